"""The pages of the site that are no lessons: the front page, made of what the lessons say about themselves."""

import re
from collections.abc import Callable, Sequence

from lessons.course import Lesson
from lessons.translations import SOURCE, translated

FRONT = """\
# One function, three ways to its gradient

<p class="trigrad-lead">Deep-learning frameworks compute gradients by backpropagation, and nobody derives a partial
derivative by hand. How can that be? Here you see it, step by step, and you measure it.</p>

A function is written once and becomes a list of elementary operations. Three differentiators that share nothing else
work on that list: SymPy differentiates the **formula**, finite differences **evaluate**, and reverse mode walks the
**list backwards**, with the chain rule at every step. When the three agree, that is evidence:

```{{code-cell}} ipython3
:tags: [remove-input]

import numpy as np
from compare import compare

compare(lambda x, y: np.log(x) + x * y - np.sin(y), 2.0, 5.0)
```

Step through it yourself, forward for the values and back for the adjoints; the arrow keys work too:

```{{code-cell}} ipython3
:tags: [remove-input]

from expression import parse

parse("log(x) + x*y - sin(y)").play(2.0, 5.0)
```

## The lessons

{count}, {hours} of work. Each is a notebook: what you read here was executed when this site was built, and
every number in the text is computed or asserted beside it. To run and change them, `pip install 'trigrad[course]'`;
then `trigrad lessons` writes them into a directory of yours and opens JupyterLab (`trigrad lessons --language zh`
writes them in Chinese). Or take a single notebook from the download button at the top of its page.

<div class="trigrad-cards">
{cards}
</div>

## How to read

Boxes that begin with **Look closer** take up a sentence that one often hears about backpropagation and hold it
against a measurement. **Wrong turn** shows a usual mistake as it fails. Words such as "faster" never stand in the text:
they are printed by a measurement, with its spread.

```{{toctree}}
:hidden:

{names}
```
"""

CLAIMS = """\
# The claims, measured

How do frameworks compute gradients by backpropagation, without anyone deriving partial derivatives by hand? There is a
usual explanation. Here it is, sentence by sentence; beside each stands what would show it to be wrong, and what was
found when this site was built. `trigrad claims` measures it on your machine.

{table}
"""

CARD = """\
<div class="trigrad-card">

Lesson {number} · {minutes} minutes

[{title}]({name}.ipynb)

{goals}

You need: {needs}.

</div>
"""


AMOUNTS = {  # of lessons, one or several, and of time
    SOURCE: ("1 lesson", "{} lessons", "about {} hours", "{} minutes"),
    "zh": ("1 课", "{} 课", "约 {} 小时", "{} 分钟"),
}
SHOWN_IN = re.compile(r"(?<=\*\*<br>)lessons? [^|]*(?=\|$)", re.MULTILINE)
TEXTS = "\n".join([FRONT, CLAIMS, CARD])  # what there is to translate


def front_page(lessons: Sequence[Lesson], others: Sequence[str] = (), language: str = SOURCE) -> str:
    """The front page in MyST Markdown: the story, and a card for each lesson."""
    minutes = sum(lesson.minutes for lesson in lessons)
    one, several, hours, short = AMOUNTS[language]
    return translated(FRONT, "pages", language).format(
        count=one if len(lessons) == 1 else several.format(len(lessons)),
        hours=hours.format(round(minutes / 60)) if minutes >= 120 else short.format(minutes),
        cards="\n".join(card(lesson) for lesson in lessons),
        names="\n".join([*(lesson.name for lesson in lessons), *others]),
    )


def claims_page(lessons: Sequence[Lesson], progress: Callable[[str], None], language: str = SOURCE) -> str:
    """What the usual explanation says, sentence by sentence, with what was measured and the lessons that show it."""
    from lessons.claims import examine  # with every differentiator: not for a front page alone

    table = linked(examine(progress=progress).to_markdown(), lessons)
    return translated(CLAIMS, "pages", language).format(table=table)


def linked(table: str, lessons: Sequence[Lesson]) -> str:
    """The table of the claims with the numbers of lessons, which stand below the verdicts, as links."""
    links = {str(lesson.number): f"[{lesson.number}]({lesson.name}.ipynb)" for lesson in lessons}
    return SHOWN_IN.sub(lambda place: re.sub(r"\d+", lambda number: links.get(number[0], number[0]), place[0]), table)


def card(lesson: Lesson) -> str:
    """What a lesson promises."""
    return translated(CARD, "pages", lesson.language).format(
        number=lesson.number,
        minutes=lesson.minutes,
        needs=lesson.needs,
        name=lesson.name,
        title=lesson.title,
        goals="\n".join(f"- {goal}" for goal in lesson.goals),
    )

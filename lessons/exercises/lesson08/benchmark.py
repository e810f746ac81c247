"""08.4: a benchmark that lies. What each of its lines measured, and the race that answers the question."""

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Record
from lessons.exercises.lesson08.posts import PLACES, RACE, Line

OTHER_ANSWERS = 2  # parts of a variant, at least, with another right option than the published exercise


@dataclass(frozen=True, slots=True)
class Post:
    """A post: its three lines, what it does about precision and repetition, its conclusion, and the better race."""

    lines: tuple[Line, ...]  # in the order of PLACES, and then the race
    options: MappingProxyType[str, MappingProxyType[str, str]]  # of each part: key -> text

    @property
    def right(self) -> dict[str, str]:
        """The right option of each part."""
        return {line.part: line.right[0] for line in self.lines}

    def solve(self, faults: Faults) -> dict[str, str]:
        """What each line of the post measured, what follows from it, and what to do instead."""
        instead = {line.part: key for line in self.lines for key, _, fault in line.wrong if fault in faults}
        return {**self.right, **instead}

    @property
    def told(self) -> str:
        """What the post does, and what is asked about it."""
        automatic, numeric, symbolic, precision, repetition, conclusion, _ = self.lines
        first, second = precision.dtypes
        contestants = (
            f"{automatic.told.format(dtype=first)}, {numeric.told.format(dtype=second, calls=repetition.calls)} "
            f"and {symbolic.told}"
        )
        sentences = (f"A blog post times {contestants}.", precision.sentence, repetition.sentence)
        return (
            f"{' '.join(filter(None, sentences))} It concludes that {conclusion.told}. What has each of its lines "
            f"measured, and why? What is to be said of {precision.asked}, of {repetition.asked} and of the conclusion? "
            "And which race answers the question?"
        )

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What people think; of the smallest number with what the three numbers are."""
        automatic, numeric, symbolic, *_ = self.lines
        sums_up = f" One {automatic.sums_up}, one {numeric.sums_up}, one {symbolic.sums_up}."
        return tuple(
            replace(fault, explanation=fault.explanation + sums_up) if fault.name == "smallest number" else fault
            for line in self.lines
            for fault in line.faults
        )

    def listed(self) -> str:
        """All parts with their options."""
        lines = []
        for part, options in self.options.items():
            lines += [f"- `{part}`", *(f"    - `{key}`: {text}" for key, text in options.items())]
        return "\n".join(lines)


def post(lines: tuple[Line, ...], generator: np.random.Generator | None = None) -> Post:
    """A post with these lines; a generator shuffles the options, without one the right ones come first."""
    shown = {}
    for line in lines:
        texts = [line.right, *((key, text) for key, text, _ in line.wrong)]
        order = range(len(texts)) if generator is None else generator.permutation(len(texts))
        shown[line.part] = MappingProxyType(dict(texts[k] for k in order))
    return Post(lines, MappingProxyType(shown))


def lies(asked: Post) -> Exercise:
    """The exercise about a post."""
    automatic, numeric, symbolic, precision, repetition, *_ = asked.lines
    odd = "Which of the three does not even know f?" if numeric.part == "np.gradient" else "How many slopes has each?"
    right, options = asked.solve(RIGHT), asked.options
    return Exercise(
        id="08.4",
        title="Find the lies",
        prompt=f"{asked.told}\n\n{asked.listed()}",
        starter=f"""
lies = {{
    "{automatic.part}": ..., "{numeric.part}": ..., "{symbolic.part}": ...,  # what was measured
    "{precision.part}": ..., "{repetition.part}": ..., "conclusion": ...,
    "race": ...,
}}
""",
        answer="lies",
        kind=Record(MappingProxyType({part: Choice(texts) for part, texts in options.items()})),
        solve=asked.solve,
        faults=asked.faults,
        public=ONE,
        hidden=no_cases,
        points=4,
        hints=(
            "Ask of each line: what ran between the two looks at the clock?",
            f"{odd} Whose building stands in the table, and whose does not?",
            "For the race read the section on benchmarks again: build, compare the answers, take turns, know the word "
            "tie.",
        ),
        also_right=(
            tuple(right.values()),
            list(right.values()),
            {part: options[part][key] for part, key in right.items()},
            {part: f" {key.upper()}." for part, key in reversed(right.items())},
            {part: np.str_(f"`{key}`") for part, key in right.items()},
            [options[part][key].capitalize() for part, key in right.items()],
        ),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise about another post, of whose three lines one at most measures a whole method."""
    while True:
        lines = tuple(pool[generator.integers(len(pool))] for pool in PLACES.values())
        repetition = lines[4]
        race = RACE.without(repetition.clash)
        asked = post((*lines, race), generator)
        others = sum(x.right[0] != y.right[0] for x, y in zip(lines, PUBLISHED.lines, strict=False))
        possible = not (repetition.sentence and any(line.once for line in lines))
        if possible and others >= OTHER_ANSWERS and sum(line.fair for line in lines) <= 1:
            return lies(asked)


PUBLISHED = post((*(pool[0] for pool in PLACES.values()), RACE))
LIES = lies(PUBLISHED)

"""`trigrad exercises`: the exercises of the course, and a check of the answers in a file."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

NAME = "exercises"
HELP = "the exercises of the lessons: list them, show one, check the answers in a file"
EXAMPLE = """examples:
  trigrad exercises list
  trigrad exercises show 05.2
  trigrad exercises show 06.1/7
  trigrad exercises start answers.py
  trigrad exercises check answers.py --only 05.2
  trigrad exercises check 05_forward_mode.ipynb
  trigrad exercises tests answers.py
  trigrad exercises matrix

06.1/7 is variant 7 of 06.1, with other numbers; an answer that is a function meets them in its hidden cases instead.
`start` writes a file with all starters, `tests` a pytest file beside it: pytest -k ex05_2. Both leave a file alone that
is there already. `matrix` hands the checker hundreds of wrong answers, and counts how many it names right.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="all exercises, with points and what is known of their mistakes")
    listing.add_argument("--lesson", type=int, metavar="N", help="only those of a lesson")
    show = actions.add_parser("show", help="one exercise: what is asked, the starter, the public cases")
    show.add_argument("id", metavar="05.2")
    check = actions.add_parser("check", help="check the answers in a Python file or a notebook")
    check.add_argument("file", metavar="FILE")
    check.add_argument("--only", metavar="05.2", action="append", help="only this exercise; may be repeated")
    start = actions.add_parser("start", help="write a Python file with the starter of every exercise")
    start.add_argument("file", metavar="FILE", nargs="?", default="answers.py", help="default: %(default)s")
    start.add_argument("--variant", type=int, metavar="K", default=0, help="variant K of those that have any")
    tests = actions.add_parser("tests", help="write a pytest file beside a file with answers")
    tests.add_argument("file", metavar="FILE", nargs="?", default="answers.py", help="default: %(default)s")
    matrix = actions.add_parser("matrix", help="how many wrong answers the checker names right")
    matrix.add_argument("--lesson", type=int, metavar="N", help="only the exercises of a lesson")
    for action in (listing, show, check, matrix):
        action.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: Namespace) -> int:
    """Do what the action says."""
    code: int = ACTIONS[arguments.action](arguments)
    return code


def of_lesson(arguments: Namespace) -> list[Any]:
    """The exercises that are asked for. Raises UsageError for a lesson without any."""
    from lessons.exercises.catalogue import catalogue
    from trigrad.subject import UsageError

    everything = catalogue().values()
    found = [item for item in everything if arguments.lesson in (None, item.lesson)]
    if not found:
        there = ", ".join(str(n) for n in sorted({item.lesson for item in everything}))
        raise UsageError(f"there are no exercises of lesson {arguments.lesson}; there are of {there}")
    return found


def list_all(arguments: Namespace) -> int:
    """A row for each exercise."""
    from lessons.exercises.showing import listed
    from trigrad.output import show

    result = listed(of_lesson(arguments))
    if arguments.json:
        print(result.to_json())
    else:
        show(result)
    return 0


def show_one(arguments: Namespace) -> int:
    """What is asked."""
    from lessons.exercises.catalogue import exercise
    from lessons.exercises.showing import as_json, as_text
    from trigrad.output import print_text

    item = exercise(arguments.id)
    if arguments.json:
        print(as_json(item))
    else:
        print_text(as_text(item))
    return 0


def check_file(arguments: Namespace) -> int:
    """A verdict on each answer; fails unless all pass."""
    from lessons.exercises.catalogue import exercise
    from lessons.exercises.files import read_answers
    from lessons.exercises.showing import verdicts_as_json
    from trigrad.output import print_text
    from trigrad.subject import UsageError

    wanted = [exercise(id).id for id in arguments.only or ()]
    answers = read_answers(Path(arguments.file))
    verdicts = [answers.verdict(id) for id in wanted] if wanted else answers.verdicts()
    if not verdicts:
        raise UsageError(f"{arguments.file} holds no answer; mark one with a line '# exercise: 05.2'")
    if arguments.json:
        print(verdicts_as_json(verdicts))
    else:
        passed = sum(verdict.passed for verdict in verdicts)
        print_text("\n\n".join([*map(str, verdicts), f"{passed} of {len(verdicts)} passed"]))
    return 0 if all(verdict.passed for verdict in verdicts) else 1


def start_file(arguments: Namespace) -> int:
    """A file with all starters."""
    from lessons.exercises.files import starter_file
    from trigrad.subject import UsageError

    if arguments.variant < 0:
        raise UsageError(f"there is no variant {arguments.variant}; they count from 1")
    return new_file(Path(arguments.file), starter_file(arguments.variant), f"trigrad exercises check {arguments.file}")


def test_file(arguments: Namespace) -> int:
    """A pytest file beside the file with the answers."""
    from lessons.exercises.files import pytest_file

    path = Path(arguments.file)
    tests = path.with_name(f"test_{path.stem}.py")
    return new_file(tests, pytest_file(path.name), f"pytest {tests} -k ex05_2")


def new_file(path: Path, text: str, next_step: str) -> int:
    """Write a file that is not there yet. Raises UsageError for one that is."""
    from trigrad.output import print_text, write_file
    from trigrad.subject import UsageError

    if path.exists():
        raise UsageError(f"{path} is there already, and is left alone; name another file")
    write_file(str(path), text)
    print_text(f"{path} written; next: {next_step}")
    return 0


def print_matrix(arguments: Namespace) -> int:
    """Fails when too few wrong answers are named right, or a right one is rejected."""
    from lessons.exercises.confusion import confusion
    from trigrad.output import progress, show

    with progress("exercises") as say:
        result = confusion(of_lesson(arguments), progress=say)
    if arguments.json:
        print(result.to_json())
    else:
        show(result)
    return 0 if result.good else 1


ACTIONS = {
    "list": list_all,
    "show": show_one,
    "check": check_file,
    "start": start_file,
    "tests": test_file,
    "matrix": print_matrix,
}

"""`trigrad claims`: what is usually said about backpropagation, each sentence measured now."""

from argparse import ArgumentParser, Namespace

NAME = "claims"
HELP = "measure what is usually said about backpropagation: 35 claims, each with its numbers and a verdict"
EXAMPLE = """examples:
  trigrad claims
  trigrad claims C12 C16
  trigrad claims --lesson 6
  trigrad claims --markdown > claims.md
"""


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("codes", metavar="C16", nargs="*", help="only these claims (default: all, C1 to C35)")
    parser.add_argument("--lesson", type=int, metavar="N", help="only the claims that a lesson shows")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--markdown", action="store_true", help="print Markdown instead of a table")
    form.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(arguments: Namespace) -> int:
    """Measure; fails when a claim does."""
    from lessons.claims import examine
    from trigrad.output import print_text, progress, show
    from trigrad.subject import usage

    with progress("claims") as say, usage():
        result = examine(arguments.codes, lesson=arguments.lesson, progress=say)
    if arguments.json:
        print(result.to_json())
    elif arguments.markdown:
        print_text(result.to_markdown())
    else:
        show(result)
    return 1 if result.failed else 0

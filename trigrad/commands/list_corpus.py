"""`trigrad list`: the functions that come with trigrad."""

from argparse import ArgumentParser, Namespace

NAME = "list"
HELP = "list the functions of the corpus, which any command takes by name"
EXAMPLE = """examples:
  trigrad list
  trigrad list --families
"""


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--families", action="store_true", help="only those that come in every size")


def run(arguments: Namespace) -> int:
    """Print the corpus as a table."""
    from compare.tables import Table
    from expression.corpus import CASES
    from expression.structure import argument_names
    from trigrad.output import show

    rows = []
    for case in CASES:
        if case.family or not arguments.families:
            f, args = case.function, case.arguments()
            names = ", ".join(argument_names(f, len(args)))
            rows.append((case.name, names, ",".join(map(str, case.family)), case.title))
    note = "sizes: a family takes --size N, and stands for FAMILY in swell and cost"
    show(Table("", ("name", "inputs", "sizes", "what"), tuple(rows), legend=(note,), left=(0, 1, 2, 3)))
    return 0

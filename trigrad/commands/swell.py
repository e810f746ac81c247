"""`trigrad swell`: how large a family's derivatives are, as trees and as shared graphs."""

from argparse import ArgumentParser, Namespace

NAME = "swell"
HELP = "show expression swell: sizes of a family's functions and derivatives, as trees and as shared graphs"
EXAMPLE = """examples:
  trigrad swell logistic --upto 12
  trigrad swell logistic --plot swell.png
"""


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("family", metavar="FAMILY", help="a family of the corpus; 'trigrad list' names them")
    parser.add_argument("--upto", type=int, metavar="N", help="the largest size")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--plot", metavar="FILE", help="draw a figure: .png, .svg or .pdf")


def run(arguments: Namespace) -> int:
    """Measure the sizes."""
    from compare.families import family_named, sizes_upto
    from compare.swelling import swell
    from trigrad.output import check_plot, deliver, progress
    from trigrad.subject import usage

    check_plot(arguments.plot)
    with usage():
        family = family_named(arguments.family)
        sizes = family.family if arguments.upto is None else sizes_upto(family, arguments.upto)
    with progress(f"swell of {arguments.family}") as say:
        result = swell(arguments.family, sizes, progress=say)
    deliver(result, as_json=arguments.json, plot=arguments.plot)
    return 0

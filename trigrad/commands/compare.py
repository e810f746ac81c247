"""`trigrad compare`: every method on one function at one point."""

from argparse import ArgumentParser, Namespace

NAME = "compare"
HELP = "differentiate one function by every method, and lay answers, sizes and costs side by side"
EXAMPLE = """examples:
  trigrad compare "log(x) + x*y - sin(y)" x=2 y=5
  trigrad compare "sum(x**2) / 2" x=1,2,3 --plot figure.svg
  trigrad compare helmholtz --size 16 --json
"""
METHODS = ("symbolic", "closed-form", "numeric", "autodiff")


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("expression", metavar="EXPR", help="a formula in Python's notation, or a name of the corpus")
    parser.add_argument("assignments", metavar="x=2", nargs="*", help="a value for each input; arrays as x=1,2,3")
    parser.add_argument("--size", type=int, metavar="N", help="the size, for a family of the corpus")
    parser.add_argument(
        "--method",
        action="append",
        choices=METHODS,
        help="ask this method, and no other that is not named too (default: symbolic, numeric, autodiff)",
    )
    parser.add_argument("--no-time", action="store_true", help="read no clock")
    parser.add_argument("--no-certify", action="store_true", help="skip the check by mpmath")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--plot", metavar="FILE", help="draw a figure: .png, .svg or .pdf")


def run(arguments: Namespace) -> int:
    """Compare; fails when no method answers."""
    from compare.comparison import compare
    from compare.methods import MAIN
    from trigrad.output import check_plot, deliver, progress
    from trigrad.subject import subject_of

    check_plot(arguments.plot)
    subject = subject_of(arguments.expression, arguments.assignments, arguments.size, values_needed=True)
    with progress(f"comparing {subject.name}") as say:
        result = compare(
            subject.f,
            *subject.args,
            methods=tuple(dict.fromkeys(arguments.method or MAIN)),
            time=not arguments.no_time,
            certify=not arguments.no_certify,
            name=subject.name,
            progress=say,
        )
    deliver(result, as_json=arguments.json, plot=arguments.plot)
    return 0 if any(record.answered for record in result.records) else 1

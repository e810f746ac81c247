"""`trigrad cost`: what a gradient costs against the function, by counts that are exact."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace

NAME = "cost"
HELP = "count what a gradient costs by each method, in multiples of the function's own cost"
EXAMPLE = """examples:
  trigrad cost helmholtz --sizes 4,8,16,32
  trigrad cost rosenbrock --sizes 8,16,32,64 --time --plot cost.pdf
"""


def sizes(text: str) -> tuple[int, ...]:
    """Sizes from a list with commas."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no list of sizes; write 4,8,16,32") from None


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("family", metavar="FAMILY", help="a family of the corpus; 'trigrad list' names them")
    parser.add_argument("--sizes", type=sizes, metavar="4,8,16", help="the sizes (default: the family's own)")
    parser.add_argument("--time", action="store_true", help="measure the time as well")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--plot", metavar="FILE", help="draw a figure: .png, .svg or .pdf")


def run(arguments: Namespace) -> int:
    """Count the costs."""
    from compare.costing import cost
    from compare.families import family_named, sizes_wanted
    from trigrad.output import check_plot, deliver, progress
    from trigrad.subject import usage

    check_plot(arguments.plot)
    with usage():
        wanted = sizes_wanted(family_named(arguments.family), arguments.sizes)
    with progress(f"cost of {arguments.family}") as say:
        result = cost(arguments.family, wanted, time=arguments.time, progress=say)
    deliver(result, as_json=arguments.json, plot=arguments.plot)
    return 0

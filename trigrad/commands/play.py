"""`trigrad play`: a function and its gradient, step by step, as a page in the browser."""

from argparse import ArgumentParser, Namespace

NAME = "play"
HELP = "step through a function and its gradient in the browser: values forward, adjoints back"
EXAMPLE = """examples:
  trigrad play "log(x) + x*y - sin(y)" x=2 y=5
  trigrad play baydin --output player.html
"""


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("expression", metavar="EXPR", help="a formula in Python's notation, or a name of the corpus")
    parser.add_argument("assignments", metavar="x=2", nargs="*", help="values for the names in EXPR")
    parser.add_argument("--size", type=int, metavar="N", help="the size, for a family of the corpus")
    parser.add_argument("--output", metavar="FILE", help="write the page to this file (.html), and open nothing")


def run(arguments: Namespace) -> int:
    """Write the page, and show it unless a file was asked for."""
    import sys
    import webbrowser
    from pathlib import Path
    from tempfile import mkdtemp

    from trigrad.subject import subject_of, usage

    subject = subject_of(arguments.expression, arguments.assignments, arguments.size, values_needed=True)
    player = subject.expression().play(*subject.args, title=subject.name)
    page = Path(arguments.output or Path(mkdtemp(prefix="trigrad-")) / "player.html")
    with usage():
        player.save(page)
    if not arguments.output and not webbrowser.open(page.as_uri()):
        print(f"no browser could be started; open {page} in one", file=sys.stderr)
    print(f"player written to {page}", file=sys.stderr)
    return 0

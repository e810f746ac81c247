"""`trigrad show`: a function or its derivative, in any form."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expression import Expression

NAME = "show"
HELP = "show a function, or its derivative as a program, in any form"
EXAMPLE = """examples:
  trigrad show "x*sin(x)" --as latex
  trigrad show "x*sin(y)" --derive autodiff --as python
  trigrad show "x*sin(y)" --derive autodiff --as compiled
  trigrad show "sum(x**2)" x=1,2,3 --derive symbolic --wrt x
  trigrad show baydin --as svg --output graph.svg
"""


def compiled_source(e: "Expression") -> str:
    """The source that runs when it is compiled."""
    from expression import compile

    return compile(e).source


FORMS: MappingProxyType[str, Callable[["Expression"], str]] = MappingProxyType(
    {
        "wengert": str,
        "infix": lambda e: e.to_infix(),
        "latex": lambda e: e.to_latex(),
        "python": lambda e: e.to_python(),
        "compiled": compiled_source,
        "svg": lambda e: e.to_svg(),
        "json": lambda e: e.to_json(),
    }
)
DERIVES = ("symbolic", "closed-form", "numeric", "autodiff")


def add_arguments(parser: ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("expression", metavar="EXPR", help="a formula in Python's notation, or a name of the corpus")
    parser.add_argument("assignments", metavar="x=1,2,3", nargs="*", help="values, which say the shapes of arrays")
    parser.add_argument("--size", type=int, metavar="N", help="the size, for a family of the corpus")
    parser.add_argument("--as", dest="form", choices=tuple(FORMS), default="wengert", help="default: wengert")
    parser.add_argument("--derive", choices=DERIVES, help="show the derivative that this method writes down")
    parser.add_argument("--wrt", metavar="x,y", help="by these inputs (default: by every one)")
    parser.add_argument("--output", metavar="FILE", help="write to a file")


def run(arguments: Namespace) -> int:
    """Show one expression."""
    from trigrad.output import print_text, write_file
    from trigrad.subject import UsageError, subject_of, usage

    if arguments.wrt and not arguments.derive:
        raise UsageError("--wrt says by what to differentiate; add --derive autodiff, or leave it out")
    subject = subject_of(arguments.expression, arguments.assignments, arguments.size, values_needed=False)
    e = subject.expression()
    if arguments.derive:
        with usage():
            e = derived(e, arguments.derive, arguments.wrt)
    text = FORMS[arguments.form](e)
    if arguments.output:
        write_file(arguments.output, text)
    else:
        print_text(text)
    return 0


def derived(e: "Expression", method: str, wrt: str | None) -> "Expression":
    """The derivative as a program; only the room that writes it is imported."""
    names = None if wrt is None else wrt if "," not in wrt else tuple(name.strip() for name in wrt.split(","))
    if method == "numeric":
        import numeric

        return numeric.derive(e, names)
    if method == "autodiff":
        import autodiff

        return autodiff.derive(e, names)
    import symbolic

    return symbolic.derive(e, names, sharing=method == "symbolic")

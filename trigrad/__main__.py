"""The command line: `trigrad compare EXPR x=2`, and its companions. `python -m trigrad` is the same.

Exit codes: 0 done; 1 refused or failed; 2 called in the wrong way; 130 interrupted.
"""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from trigrad import __version__
from trigrad.commands import claims, compare, cost, exercises, lessons, list_corpus, play, show, site, swell

COMMANDS = (compare, show, play, swell, cost, list_corpus, lessons, exercises, site, claims)
DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
MINUS = re.compile(r"-[^-h]|-h.")  # an expression that begins with a minus, and not an option


class Parser(argparse.ArgumentParser):
    """argparse, with errors in one line that name the fix."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where help is."""
        self.exit(MISUSED, f"trigrad: error: {message}; see '{self.prog} --help'\n")


def build_parser() -> Parser:
    """The parser with every command's own."""
    parser = Parser(
        "trigrad",
        description="One function, differentiated in three ways: symbolic, numeric, automatic.",
        epilog='try: trigrad compare "log(x) + x*y - sin(y)" x=2 y=5',
    )
    parser.add_argument("--version", action="version", version=f"trigrad {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        own = commands.add_parser(
            command.NAME,
            help=command.HELP,
            description=command.HELP,
            epilog=command.EXAMPLE,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(own)
        own.set_defaults(run=command.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    try:
        try:
            return run(given)
        finally:
            sys.stdout.flush()
    except SystemExit as stop:
        return int(stop.code or DONE)
    except KeyboardInterrupt:
        print("trigrad: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader has seen enough, as head does; nothing more is to be written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


def run(given: Sequence[str]) -> int:
    """Parse the arguments and run the command; errors of the project become one line."""
    parser = build_parser()
    arguments, rest = parser.parse_known_args([f" {a}" if MINUS.match(a) else a for a in given])
    if rest and hasattr(arguments, "assignments") and not any(a.startswith("-") for a in rest):
        arguments.assignments += rest  # what stands behind an option
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    from expression.errors import TrigradError
    from trigrad.subject import UsageError

    try:
        code: int = arguments.run(arguments)
    except TrigradError as error:
        print(f"trigrad: error: {error}", file=sys.stderr)
        return MISUSED if isinstance(error, UsageError) else FAILED
    except MemoryError as error:
        print(f"trigrad: error: not enough memory ({error}); take a smaller size", file=sys.stderr)
        return FAILED
    return code


if __name__ == "__main__":
    sys.exit(main())

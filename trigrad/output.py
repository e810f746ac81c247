"""Where results go: a terminal gets styled tables and a spinner, a pipe plain text, a file all or nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from expression.files import written_whole
from trigrad.subject import UsageError, usage


def show(result: Any) -> None:
    """Print a result with tables: by rich on a terminal, as plain text in a pipe."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(result)
    else:
        print_text(str(result))


def print_text(text: str) -> None:
    """Print text as it is; signs that the encoding lacks become question marks."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.rstrip("\n").encode(encoding, errors="replace").decode(encoding))


@contextmanager
def progress(what: str) -> Iterator[Callable[[str], None]]:
    """A spinner on stderr that says what is being done; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console

    with Console(stderr=True).status(what) as status:
        yield lambda text: status.update(f"{what}: {text}")


def write_file(target: str, text: str) -> None:
    """Write text beside its place, and rename it when it is whole."""
    path = Path(target)
    try:
        with written_whole(path) as part:
            part.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}; name a file in a directory that can") from error


def deliver(result: Any, *, as_json: bool, plot: str | None) -> None:
    """Print a result, as JSON or as tables, and draw its figure."""
    if as_json:
        print(result.to_json())
    else:
        show(result)
    if plot is not None:
        result.plot(plot)
        print(f"figure written to {plot}", file=sys.stderr)


def check_plot(plot: str | None) -> None:
    """Refuse a figure that could not be written, before anything is computed for it."""
    if plot is None:
        return
    from compare.plots import figure_path

    with usage():
        figure_path(plot)

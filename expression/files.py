"""Files and folders that are written whole, or not at all; several of them together, or none."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A place beside `path` for a file or a folder: it takes that place when the block ends well, else it is gone.

    Raises OSError where the place cannot be taken.

    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "answer.txt"
    >>> with written_whole(path) as part:
    ...     _ = part.write_text("42")
    >>> path.read_text(), len(list(path.parent.iterdir()))
    ('42', 1)
    """
    with written_together() as part_of:
        yield part_of(path)


@contextmanager
def written_together() -> Iterator[Callable[[Path], Path]]:
    """As `written_whole` for several: ask for the place beside each one, and write there; all are taken, or none.

    They are taken in the order in which they were asked for. Where one cannot be, the earlier ones become what they
    were before; that is kept beside them until all is done, and so a program that is killed in between loses nothing.

    Raises OSError where a place cannot be taken.

    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> with written_together() as part_of:
    ...     _ = part_of(folder / "a").write_text("1"), part_of(folder / "b").write_text("2")
    >>> sorted(path.name for path in folder.iterdir())
    ['a', 'b']
    """
    parts: dict[Path, Path] = {}

    def part_of(path: Path) -> Path:
        return parts.setdefault(path, beside(path, "part"))

    try:
        yield part_of
        take_places(parts)
    finally:
        for part in parts.values():
            remove(part)


def take_places(parts: dict[Path, Path]) -> None:
    """Let each part take its place; if one cannot, undo what the earlier ones did."""
    olds = {path: beside(path, "old") for path in parts}
    last = next(reversed(parts), None)
    with ExitStack() as undo:
        for path, part in parts.items():
            was_there = os.path.lexists(path)
            if part.is_dir() and path.is_dir():  # no folder takes the place of another
                path.rename(olds[path])
                undo.callback(olds[path].rename, path)
                was_there = False
            elif was_there and path != last:
                shutil.copy2(path, olds[path], follow_symlinks=False)
                undo.callback(olds[path].replace, path)
            part.replace(path)
            if not was_there:
                undo.callback(remove, path)
        undo.pop_all()
    for old in olds.values():
        remove(old)


def beside(path: Path, what: str) -> Path:
    """A hidden place of this program's own: two may write at once."""
    return path.with_name(f".{path.name}.{os.getpid()}.{what}")


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there and can be removed."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)

"""Files that are written whole, or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file beside `path` to write into: it takes that place when the block ends well, and is gone if it does not.

    Raises OSError where the place cannot be taken.

    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "answer.txt"
    >>> with written_whole(path) as part:
    ...     _ = part.write_text("42")
    >>> path.read_text(), len(list(path.parent.iterdir()))
    ('42', 1)
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")  # a name of its own: two programs may write at once
    try:
        yield part
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)

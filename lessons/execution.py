"""A notebook through a real kernel: the one of this Python, which reads nobody's own configuration.

The kernel is led by a process of its own, `python -m lessons.execution NOTEBOOK`: it can be stopped, and what it needs
is not loaded here.
"""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from expression.errors import LessonError, MissingPackage
from lessons.notebooks import content

LIMIT = 60  # seconds that a lesson may take on two cores
PLACES = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def executed(made: Any, name: str, limit: float = LIMIT) -> Any:
    """A notebook with the outputs of all its cells.

    Raises LessonError for a cell that fails, with the cell, and where the limit is passed; MissingPackage without
    nbclient and ipykernel.
    """
    missing = [package for package in ("nbclient", "ipykernel") if find_spec(package) is None]
    if missing:
        raise MissingPackage(f"to run lessons needs {', '.join(missing)}; run: pip install 'trigrad[course]'")
    import nbformat

    with TemporaryDirectory(prefix="trigrad-kernel-") as scratch:
        path = Path(scratch, f"{name}.ipynb")
        path.write_bytes(content(made))
        command = [sys.executable, "-m", "lessons.execution", str(path)]
        environment = own_environment(path.parent)
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=limit)
        except subprocess.TimeoutExpired as error:
            raise LessonError(f"{name}: not done after {limit:g} seconds") from error
        if done.returncode != 0:
            raise LessonError(f"{name}: the kernel died; {last_line(done.stderr)}")
        result = nbformat.read(path, as_version=4)
    check(result, name)
    return result


def check(made: Any, name: str) -> None:
    """Raise LessonError for the first cell that failed and was not to."""
    for number, cell in enumerate((cell for cell in made.cells if cell.cell_type == "code"), 1):
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", ()):
                begins = cell.source.splitlines()[0]
                what = f"{output.ename}: {ANSI.sub('', output.evalue)}"
                raise LessonError(f"{name}: code cell {number}, which begins '{begins}', fails with {what}")


def own_environment(place: Path) -> dict[str, str]:
    """The environment of a kernel, with every place of a user's configuration in a directory of its own."""
    own = {name: str(place / name.lower()) for name in PLACES}
    rooms = str(Path(__file__).resolve().parent.parent)  # found also by a kernel that runs elsewhere
    paths = os.pathsep.join([rooms, *filter(None, [os.environ.get("PYTHONPATH")])])
    return os.environ | own | {"JUPYTER_PATH": "", "PYTHONPATH": paths, "PYTHONUTF8": "1"}


def last_line(text: str) -> str:
    """What a process said last."""
    return next((line.strip() for line in reversed(ANSI.sub("", text).splitlines()) if line.strip()), "it said nothing")


def main(path: Path) -> None:
    """Run a notebook in its place; cells that fail are left in it with their error."""
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    made = nbformat.read(path, as_version=4)
    client = NotebookClient(made, timeout=None, record_timing=False, resources={"metadata": {"path": str(path.parent)}})
    client.create_kernel_manager().kernel_spec_manager = KernelSpecManager(kernel_dirs=[])  # of this Python, no other
    try:
        client.execute()
    except CellExecutionError:
        pass  # the notebook holds the error
    nbformat.write(made, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

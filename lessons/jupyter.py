"""JupyterLab as a process of its own, in the student's directory."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec

from expression.errors import LessonError, MissingPackage

INSTALL = "pip install 'trigrad[course]'"


def lab_command() -> tuple[str, ...]:
    """What starts JupyterLab.

    Raises MissingPackage where it is not installed.
    """
    if find_spec("jupyterlab") is None:
        raise MissingPackage(f"JupyterLab is not installed; run: {INSTALL}, or only write the notebooks: --no-open")
    return (sys.executable, "-m", "jupyterlab")


def open_lab(command: tuple[str, ...], directory: str | os.PathLike[str], first: str | None = None) -> None:
    """Run JupyterLab in a directory, at first with one notebook open, until it is ended.

    Ctrl-C is JupyterLab's to answer: it asks whether to stop, and a second one stops it.
    Raises LessonError if it ends with an error.
    """
    environment = os.environ | {
        "JUPYTER_PREFER_ENV_PATH": "1"
    }  # the kernel of this Python, which has the lessons' code
    process = subprocess.Popen([*command, *([first] if first else [])], cwd=directory, env=environment)
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda number, frame: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda number, frame: process.terminate()),
    }
    try:
        code = process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if code not in (0, -signal.SIGINT, -signal.SIGTERM):
        raise LessonError(
            f"JupyterLab ended with code {code}, its reason stands above; the notebooks are written: open them with"
            f" 'jupyter lab {os.fspath(directory)}' and the options that it needs"
        )

"""What the room promises of its modules: one reads a clock, one draws, and importing it costs little."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "compare").glob("*.py")) + sorted((ROOT / "trigrad").rglob("*.py"))


def imported(path):
    """Every module that a source file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
    return {name.split(".")[0] for name in found}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_one_module_reads_the_clock_and_one_draws(path):
    found = imported(path)
    assert ("time" in found or "timeit" in found) == (path.name == "timing.py")
    assert ("matplotlib" in found) == (path.name == "plots.py")
    assert "sympy" not in found  # only symbolic asks SymPy


def test_importing_the_room_costs_little():
    script = "import sys, compare; print([m for m in ('numpy', 'sympy', 'mpmath', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n"


def test_names_that_are_not_there_are_an_attribute_error():
    import compare

    assert all(getattr(compare, name) is not None for name in compare.__all__)
    with pytest.raises(AttributeError, match="module 'compare' has no attribute 'contrast'; it exports"):
        _ = compare.contrast

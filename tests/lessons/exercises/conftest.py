"""Checks keep their progress in a directory of the test's own."""

import pytest

collect_ignore = ["hostile.py"]  # it has no doctests, and those who look for some fall into its traps


@pytest.fixture(autouse=True)
def working_directory(tmp_path, monkeypatch):
    """Where the student works."""
    monkeypatch.chdir(tmp_path)
    return tmp_path

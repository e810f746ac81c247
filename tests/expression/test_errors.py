"""Whose line an error came through: the user's, and of that the student's own."""

import json
from pathlib import Path

import numpy as np
import pytest

import expression
from expression.errors import is_internal, raising_line, raising_place, user_line
from lessons.exercises.places import is_foreign, student_line


def refused(text):
    return json.loads(text)  # the innermost line here; the error is raised in a library


def caught(*args):
    with pytest.raises(ValueError) as found:
        refused(*args)
    return found.value


def test_the_users_line_is_the_innermost_outside_of_the_rooms_and_the_students_also_outside_of_libraries():
    error = caught("no JSON")
    assert raising_line(error).startswith("decoder.py, line ")
    line = refused.__code__.co_firstlineno + 1
    assert raising_place(error, is_foreign) == (refused.__code__, line)
    assert student_line(error).startswith(f"line {line} of refused: return json.loads(text)")


def test_an_error_that_was_never_raised_has_no_line():
    assert raising_line(ValueError()) == student_line(ValueError()) == "" and raising_place(ValueError()) is None


HERE = Path(expression.__file__).parent
FILES = {  # (of the machinery, not the student's)
    str(HERE / "tracing.py"): (True, True),
    str(HERE / "corpus" / "examples.py"): (False, True),
    str(HERE.parent / "lessons" / "exercises" / "running.py"): (False, True),
    np.__file__: (True, True),
    json.__file__: (False, True),
    pytest.__file__: (False, True),
    __file__: (False, False),
    "<stdin>": (False, False),
    "<string>": (False, False),
    "<ipython-input-1>": (False, False),
    "<generated>": (False, False),
    "<frozen importlib._bootstrap>": (True, True),
    "<__array_function__ internals>": (True, True),
    "<compiled f>": (True, True),
}


@pytest.mark.parametrize("filename", FILES)
def test_it_is_known_whose_a_file_is(filename):
    assert (is_internal(filename), is_foreign(filename)) == FILES[filename]


def test_the_line_on_the_stack_is_this_one():
    assert user_line() == f"test_errors.py, line {test_the_line_on_the_stack_is_this_one.__code__.co_firstlineno + 1}"

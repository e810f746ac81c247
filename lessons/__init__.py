"""The course: one notebook a lesson, written as Markdown; the student's notebooks and the site are made from these.

The lessons themselves are the files `NN_name.md` beside this one.
"""

from lessons.course import Lesson, course, read_lesson
from lessons.notebooks import Outcome, write_notebooks

__all__ = ["Lesson", "Outcome", "course", "read_lesson", "write_notebooks"]

"""Exercises that know what went wrong.

For students:

    from lessons.exercises import check, hint, progress, task

    check("06.2", backward)     the verdict: public cases, the misconception by name, the smallest example
    hint("06.2")                the next hint
    progress()                  all exercises, and how far you are
    task("06.1/7")              variant 7 of 06.1, with other numbers: to practise, or for each student another

How an exercise is written
--------------------------
One package a lesson (`lesson06` is the model), `EXERCISES: tuple[Exercise, ...]`, an `Exercise` (exercise.py) each.
Nothing else says anything about it: notebook, checker, pytest file and grader read the record.

- `solve(faults)` is one parametrised solution: `solve(frozenset())` is the right answer, `solve({"overwrites"})` a
  mutant, two names a pair. Write it as the right program with `if "name" in faults` at the places where people err, so
  that mutants cannot drift from it. It always ends, and returns what a student would hand in: a function, numbers,
  text, a choice.
- `faults`: a `Fault` for each misconception: a code of the catalogue ("M18", or ""), a name, two or three sentences, a
  question (it ends with "?") that leads to the mistake, and the smallest case that shows it. For a function that is a
  case that is run; otherwise `Case(text="x * x at 3: ...")` says it.
- `public` cases must tell each fault from the right answer; `hidden(generator)` draws others, at other points and with
  other functions, on which any two faults differ.
- An answer that is no function has `public=ONE, hidden=no_cases`, and `another(generator)` instead: the whole record
  with other numbers or functions, made by the function that makes the first one too, `TABLE = table(1.0, 0.5)`. Its
  numbers are drawn again until any two faults differ (variants.py), so that each is named in every variant.
- Functions among the arguments of a case are counted (`Budget.evaluations`); arguments are copied before each call.
- `also_right`: at least five right answers, written differently: other formats (NumPy numbers, lists, text), other
  algorithms, other forms. They are tested, and the confusion matrix takes them.
- `starter` is the student's cell, without markers; it defines `answer`, with `...` where something is to be written.

Kinds (kinds.py)
----------------
- `Function()`: what it returns on each case is compared. `Function(names=("dual_mul", "dual_exp"))`: several; the first
  argument of a case is the name of the one that is called, and `answer="dual_mul, dual_exp"`. `Function(call=drive)`:
  `drive(answer, *args)` runs an answer that is called otherwise, as a class. `rtol` where 1e-9 is too fine.
- `Value(parts=("a", "b"), rtol=1e-3)`: numbers with names, as a dictionary or in their order; without parts one number
  or an array. `rtol=0` is exact, with fractions ("1/12" and Fraction are read).
- `Formula(inputs=("x",), domain={"x": (0.1, 3.0)})`: text as "2*x*cos(x**2)", an Expression or a Python function;
  compared as functions. `solve` returns text.
- `Choice({"key": "text", ...})`: `solve` returns the key. A reason is a second Choice, in a Record.
- `Record({"mode": Choice(...), "sweeps": Value()})`: parts with a kind each; `solve` returns a dictionary.
- `Order(needs={"q": (), "r": ("q",)})`: every valid order is right; `solve` returns the names.
- `Graph(inputs=("a", "b"))`: lines such as `v1 = a * b`; names and order are free. `solve` returns the text.

Values are compared as `|a - b| <= rtol * max(|a|, |b|)`, with a little more for entries in which others cancel; lists,
tuples and arrays are one thing, and so are Python's and NumPy's numbers. Errors are values too: a mutant that raises
ZeroDivisionError explains an answer that does.
"""

from lessons.exercises.checking import check, hint, progress, task
from lessons.exercises.exercise import ONE, Budget, Case, Exercise, Fault, Forbidden, no_cases
from lessons.exercises.verdict import Outcome, Verdict

__all__ = [
    "ONE",
    "Budget",
    "Case",
    "Exercise",
    "Fault",
    "Forbidden",
    "Outcome",
    "Verdict",
    "check",
    "hint",
    "no_cases",
    "progress",
    "task",
]

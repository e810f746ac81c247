"""The rules of the game and the budget: what an answer must not call, and what it may cost."""

import ast
import builtins
import dis
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from types import CodeType, FunctionType, ModuleType
from typing import Any

from expression import trace
from lessons.exercises.exercise import Budget, Case, Exercise, Forbidden
from lessons.exercises.places import is_foreign
from lessons.exercises.running import Call, Session

LOADS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_FAST", "LOAD_CLASSDEF")
ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")


def broken_rule(exercise: Exercise, answer: Any, session: Session) -> str:
    """What an answer does that is forbidden, in a sentence; "" where it keeps to the rules."""
    for rule in exercise.rules:
        used = next((name for name in used_names(answer) if forbids(rule, name)), "")
        used = used or next((name for name in session.used if forbids(rule, name)), "")
        if used:
            return f"It uses {used}, and that is not allowed here. {rule.instead}"
    return ""


def forbids(rule: Forbidden, name: str) -> bool:
    """Whether a rule forbids a name with its module, as "autodiff.api.grad"."""
    return any(name == word or name.startswith(f"{word}.") for word in rule.names)


def used_names(answer: Any) -> Iterator[str]:
    """The names, with their modules, of what the code of an answer reads; the student's own functions are followed."""
    waiting, seen = [f for f in functions_of(answer)], set()
    while waiting:
        function = waiting.pop()
        if function.__code__ in seen:
            continue
        seen.add(function.__code__)
        for found, name in reads(function):
            if isinstance(found, FunctionType) and not is_foreign(found.__code__.co_filename):
                waiting.append(found)
            yield name


def functions_of(answer: Any) -> list[FunctionType]:
    """The Python functions that an answer consists of."""
    if isinstance(answer, dict):
        return [f for item in answer.values() for f in functions_of(item)]
    if isinstance(answer, type):
        return [f for f in vars(answer).values() if isinstance(f, FunctionType)]
    try:
        found = inspect.unwrap(getattr(answer, "__func__", answer))
    except Exception:  # it wraps itself, or its attributes raise
        found = answer
    return [found] if isinstance(found, FunctionType) else []


def reads(function: FunctionType) -> Iterator[tuple[Any, str]]:
    """What a function reads by name, as an object (None where it is not known) and as a name with its module."""
    outside = inspect_names(function)
    waiting: list[CodeType] = [function.__code__]
    while waiting:
        code = waiting.pop()
        waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        current: Any = None
        for step in dis.get_instructions(code):
            if step.opname == "IMPORT_NAME":
                yield None, str(step.argval)
                current = sys.modules.get(str(step.argval))
            elif step.opname in LOADS:
                current = outside.get(str(step.argval))
            elif step.opname in (*ATTRIBUTES, "IMPORT_FROM") and isinstance(current, ModuleType):
                name = f"{current.__name__}.{step.argval}"
                current = getattr(current, str(step.argval), None)
                yield current, name
            elif step.opname not in ("PUSH_NULL", "PRECALL", "CACHE", "EXTENDED_ARG"):
                continue
            if current is not None:
                yield current, full_name(current)


def inspect_names(function: FunctionType) -> dict[str, Any]:
    """Globals, builtins and closure of a function."""
    found = {**vars(builtins), **function.__globals__}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # not filled yet
            continue
    return found


def full_name(thing: Any) -> str:
    """The name of a module or of what a module defines, with the module."""
    if isinstance(thing, ModuleType):
        return thing.__name__
    try:
        module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    except Exception:  # an object of the student's that does not tell
        return ""
    whole = isinstance(module, str) and isinstance(name, str)
    return f"{module}.{name}".partition(".<locals>")[0] if whole else ""


class Watch:
    """Notes which functions of some modules are called by the student's code, however it got hold of them."""

    def __init__(self, names: Sequence[str]) -> None:
        """Watch the modules, and those inside them."""
        self.roots = tuple({name.split(".")[0] for name in names})
        self.used: list[str] = []

    def __call__(self, frame: Any, event: str, argument: Any) -> None:
        """What Python calls at every call in the thread."""
        if event == "call":
            module = frame.f_globals.get("__name__") or ""
            if module.split(".")[0] in self.roots and called_by_student(frame):
                self.used.append(f"{module}.{frame.f_code.co_name}")
        elif event == "c_call" and getattr(argument, "__module__", None) in self.roots:
            self.used.append(f"{argument.__module__}.{argument.__name__}")


def called_by_student(frame: Any) -> bool:
    """Whether the caller is the student's code."""
    return frame.f_back is not None and not is_foreign(frame.f_back.f_code.co_filename)


# -- cost --------------------------------------------------------------------------------------------------------------


def costs(budget: Budget | None, answer: Any, calls: Sequence[Call]) -> tuple[list[str], list[str]]:
    """What an answer costs in sentences: what is too much, and what is within the budget."""
    over: list[str] = []
    within: list[str] = []
    if budget is None:
        return over, within
    for what, limit, count in (
        ("evaluations of the function", budget.evaluations, lambda call: call.evaluations),
        ("operations", budget.operations, lambda call: operations(answer, call.case)),
    ):
        told = counted(what, limit, count, calls) if limit is not None else None
        if told is not None:
            (over if told[0] else within).append(told[1])
    lines = source_lines(answer) if budget.lines is not None else None
    if lines is not None and budget.lines is not None:
        (over if lines > budget.lines else within).append(f"It has {lines} lines; {budget.lines} are enough.")
    return over, within


def counted(
    what: str, limit: int | Callable[[Case], int], count: Callable[[Call], int | None], calls: Sequence[Call]
) -> tuple[bool, str] | None:
    """The case that is furthest over its limit, or nearest to it; None where nothing could be counted."""
    found = []
    for call in calls:
        number, most = count(call), limit if isinstance(limit, int) else limit(call.case)
        if number is not None:
            found.append((number - most, number, most, call.case.text))
    if not found:
        return None
    excess, number, most, text = max(found)
    return excess > 0, f"It takes {number} {what} on {text}; the budget is {most}."


def operations(answer: Any, case: Case) -> int | None:
    """How many operations are recorded when an answer is traced; None where it cannot be."""
    try:
        e = trace(answer, *case.args)
    except Exception:  # whatever a student's code does with a tracer
        return None
    return sum(1 for node in e.nodes if not node.is_leaf)


def source_lines(answer: Any) -> int | None:
    """Lines of code of an answer, without comments, docstrings and blank ones; None without its source."""
    total = 0
    for function in functions_of(answer):
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        except (OSError, TypeError, SyntaxError):
            return None
        total += len(code_lines(tree))
    return total or None


def code_lines(tree: ast.AST) -> set[int]:
    """The numbers of the lines on which something stands that is no docstring."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if isinstance(node, ast.stmt) and not text:
            inner = getattr(node, "body", None)
            last = inner[0].lineno - 1 if isinstance(inner, list) and inner else node.end_lineno or node.lineno
            lines.update(range(node.lineno, max(node.lineno, last) + 1) if not inner else [node.lineno])
    return lines

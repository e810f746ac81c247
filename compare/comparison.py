"""compare(f, *args): one function, differentiated by every method at one point, laid side by side."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.agreement import disagreements
from compare.certifying import ONE_SIDED, Certificate, certified_digits
from compare.certifying import certify as certify_point
from compare.diagnosis import departures, kinks, wrong_rules
from compare.layout import comparison_tables
from compare.methods import (
    MAIN,
    Answer,
    Built,
    Method,
    Task,
    largest,
    method_named,
    sizes,
    with_peak,
)
from compare.records import Record, Subject, document
from compare.tables import Shown, Table
from compare.timing import time_together, timed
from expression import Expression, measure, trace
from expression.derivatives import check_scalar
from expression.errors import ArgumentError, TrigradError
from expression.evaluation import arguments_of, forward
from expression.operations.operation import Array
from expression.structure import deliver, dtype_of, flatten, leaf_names, point, scalar_output

Progress = Callable[[str], None]
Asked = tuple[Record, Answer | None, Built | None]
SHORT = 60  # characters of a formula that may stand for a name
HALF = 8.0  # digits: a method without truncation error has more, unless f loses them


@dataclass(frozen=True, slots=True, repr=False)
class Comparison(Shown):
    """One record for each method, the function itself, the certificate, and notes in words."""

    subject: Subject
    records: tuple[Record, ...]
    certificate: Certificate
    notes: tuple[str, ...] = ()

    def __getitem__(self, method: str) -> Record:
        """The record of a method.

        Raises KeyError for one that was not asked.
        """
        for record in self.records:
            if record.method == method:
                return record
        raise KeyError(f"{method!r} was not asked; the methods are {', '.join(self.methods)}")

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that were asked."""
        return tuple(r.method for r in self.records)

    def __repr__(self) -> str:
        """What was compared; print it for the tables."""
        return f"<Comparison of {self.subject.name} by {', '.join(self.methods)}>"

    def tables(self) -> tuple[Table, ...]:
        """Answers, with the notes; and costs."""
        return comparison_tables(self)

    def to_json(self) -> str:
        """Strict JSON: non-finite floats are "nan", "inf", "-inf"; integers beyond 2**53 are strings of digits."""
        content = {
            "function": self.subject.to_dict(),
            "records": [record.to_dict() for record in self.records],
            "certified": self.certificate.to_dict(),
            "notes": list(self.notes),
        }
        return json.dumps(document("comparison", content), allow_nan=False, indent=2)

    def plot(self, target: Any = None) -> Any:
        """Draw errors and costs into a file (.png, .svg, .pdf), onto a matplotlib figure, or as a picture."""
        from compare.figures.comparison import plot_comparison

        return plot_comparison(self, target)


def compare(
    f: Callable[..., Any] | Expression,
    *args: Any,
    argnums: int | Sequence[int] | None = None,
    methods: str | Sequence[str] = MAIN,
    time: bool = True,
    certify: bool = True,
    name: str = "",
    progress: Progress | None = None,
) -> Comparison:
    """Differentiate f at args by several methods, and lay value, derivative, certainty, size and cost side by side.

    `f` is a Python function or an Expression with one output of shape (). `argnums=None` means every argument but
    integer arrays. `methods` are rows of compare.methods.METHODS; one that cannot answer says why in its own record.

    Raises ArgumentError where no method could answer: an output that is not scalar, integers, nan.

    >>> result = compare(lambda x, y: x * y, 2.0, 5.0, time=False)
    >>> result["autodiff"].derivative, result["autodiff"].digits
    ((5.0, 2.0), 16.0)
    """
    say = progress or (lambda text: None)
    chosen = [method_named(method) for method in ((methods,) if isinstance(methods, str) else methods)]
    e, refusal = traced(f, args)
    at = point(f, args, differentiated(args, argnums))
    task = Task(f, e, at, refusal)
    notes: list[str] = []
    values: list[Array] = []
    wrt: list[int] = []
    sharp: list[str] = []
    if e is not None:
        values = forward(e, arguments_of(e, args))
        wrt = [e.inputs[k].position for k in at.positions]
        sharp = kinks(e, values, wrt)
        notes += departures(e, values) + sharp
    certificate = Certificate(reason="not asked")
    if certify:
        say("certifying")
        certificate = certificate_of(task, bool(sharp))
    found = []
    for method in chosen:
        say(method.name)
        found.append(ask(method, task, certificate))
    subject = subject_of(task, args, name, values)
    notes += infinite_derivative(task, subject, found)
    records = [record for record, _, _ in found]
    if time:
        say("timing")
        subject, records = with_times(task, subject, found)
    answers = {r.method: a for r, a, _ in found if a is not None}
    excused = excuse(subject, bool(sharp), certificate)
    differing = disagreements(answers, certificate, at.names, excused)
    if differing and e is not None:
        differing += wrong_rules(e, values, wrt) or ([] if excused else lost_digits(found))
    if certificate.reason and certify:
        notes.append(f"not certified: {certificate.reason}")
    notes += [f"{record.method}: {record.note}" for record in records if record.note]
    return Comparison(subject, tuple(records), certificate, (*notes, *differing))


def traced(f: Callable[..., Any] | Expression, args: Sequence[Any]) -> tuple[Expression | None, str]:
    """The expression of f, or why there is none; a black box is no error, since numeric can differentiate it."""
    if isinstance(f, str):
        raise ArgumentError(f"compare takes a function or an Expression; write compare(parse({f!r}), ...)")
    try:
        e = f if isinstance(f, Expression) else trace(f, *args)
    except Exception as error:  # f may do with a tracer what only numbers know; where f itself fails, it says so here
        scalar_output(f(*args), "compare")
        return None, reason_of(error)
    check_scalar(e, "compare")
    return e, ""


def reason_of(error: Exception) -> str:
    """An error in words; one that is not of this project with its kind."""
    return str(error) if isinstance(error, TrigradError) else f"{type(error).__name__}: {error}"


def differentiated(args: Sequence[Any], argnums: int | Sequence[int] | None) -> int | Sequence[int]:
    """The argnums that were given; by default every argument that holds more than integer arrays."""
    if argnums is not None:
        return argnums
    kept = tuple(k for k, argument in enumerate(args) if not all(map(is_index, flatten(argument)[0])))
    kept = kept or tuple(range(len(args)))
    return kept[0] if len(args) == 1 else kept


def is_index(leaf: Any) -> bool:
    """Whether a leaf is an array of integers or truth values: indices and labels. A Python int may be a slip."""
    return isinstance(leaf, np.ndarray) and dtype_of(leaf).kind in "iub"


def certificate_of(task: Task, kinked: bool) -> Certificate:
    """What mpmath answers, where it does."""
    if task.expression is None:
        return Certificate(reason="there is no expression to evaluate in mpmath")
    leaves = arguments_of(task.expression, task.at.args)
    certificate = certify_point(task.expression, leaves, task.at.positions)
    if kinked:
        return Certificate(certificate.value, reason="at a kink there is no derivative")
    return certificate


def ask(method: Method, task: Task, certificate: Certificate) -> Asked:
    """A method's record without times, and what runs it; a refusal is a record too."""
    try:
        with np.errstate(all="ignore"):
            built, build_seconds = timed(lambda: method.build(task))
            answer, memory = with_peak(built.run)
    except Exception as error:  # whatever f raises when a method calls it: the other methods still answer
        return Record(method.name, reason=reason_of(error)), None, None
    record = Record(
        method.name,
        value=deliver(answer.value),
        derivative=task.at.mirror([deliver(x) for x in answer.derivative]),
        error=None if answer.error is None else largest(answer.error),
        digits=certified_digits(certificate, answer.derivative),
        evaluations=answer.evaluations,
        build_seconds=build_seconds if built.program is not None else None,
        memory=memory,
    )
    return with_sizes(record, method, task, built), answer, built


def with_sizes(record: Record, method: Method, task: Task, built: Built) -> Record:
    """The sizes of the program that runs, or of the one that the method would write down."""
    program = built.program
    if program is None and method.emit is not None and task.expression is not None:
        try:
            program = method.emit(task)
        except TrigradError as error:
            return replace(record, note=f"sizes are not counted: {error}")
    if program is None:
        return record
    size = sizes(program)
    return replace(record, tree_size=size.tree, dag_size=size.dag, flops=size.flops)


def with_times(task: Task, subject: Subject, found: Sequence[Asked]) -> tuple[Subject, list[Record]]:
    """Time f and every method that answered, together."""
    f = task.f if task.expression is None else task.expression
    runs: dict[str, Callable[[], Any]] = {"f": lambda: f(*task.at.args)}
    runs |= {record.method: built.run for record, _, built in found if built is not None}
    timings = time_together(runs)
    records = [replace(record, run=timings.get(record.method)) for record, _, _ in found]
    return replace(subject, run=timings["f"]), records


def infinite_derivative(task: Task, subject: Subject, found: Sequence[Asked]) -> list[str]:
    """Where a derivative stops being finite, though the value is: by node of the program that computes it."""
    if not np.isfinite(subject.value):
        return []
    for record, answer, built in found:
        if answer is None or built is None or built.program is None:
            continue
        if not all(np.isfinite(x).all() for x in answer.derivative):
            values = forward(built.program, arguments_of(built.program, task.at.args))
            return [f"the derivative by {record.method} is {note}" for note in departures(built.program, values)]
    return []


def excuse(subject: Subject, kinked: bool, certificate: Certificate) -> str:
    """Where methods that differ are not wrong for it."""
    if not np.isfinite(subject.value):
        return "where f is not finite"
    return "at a kink" if kinked or certificate.reason == ONE_SIDED else ""


def lost_digits(found: Sequence[Asked]) -> list[str]:
    """What explains that a method without truncation error is off, though no rule is wrong."""
    digits = [r.digits for r, answer, _ in found if answer is not None and answer.error is None]
    if not any(d is not None and d < HALF for d in digits):
        return []
    return ["every derivative rule fits its operation: the digits were lost to rounding, f is ill-conditioned here"]


def subject_of(task: Task, args: Sequence[Any], name: str, values: Sequence[Array]) -> Subject:
    """The function itself: its name, its inputs, its value and its sizes."""
    leaves, _ = flatten(tuple(args))
    e = task.expression
    names = leaf_names(task.f, args) if e is None else [i.name for i in e.inputs]
    inputs = tuple(zip(names, leaves, strict=True))
    label = name or name_of(task)
    if e is None:
        return Subject(label, inputs, task.at.names, deliver(task.f(*args)), reason=task.refusal)
    size = measure(e)
    value = deliver(values[e.outputs[0]])
    return Subject(label, inputs, task.at.names, value, size.tree_size, size.dag_size, size.flops)


def name_of(task: Task) -> str:
    """The name of a function, or the formula of an expression where it is short."""
    given = getattr(task.f, "__name__", "")
    if given.isidentifier():
        return str(given)
    if task.expression is not None and len(task.expression) <= SHORT:
        try:
            formula = task.expression.to_infix()
        except TrigradError:
            return "f"
        return formula if len(formula) <= SHORT else "f"
    return "f"

"""A comparison as two tables: what the methods answer, and what each had to write down and to pay."""

from dataclasses import replace
from math import hypot
from typing import Any

import numpy as np

from compare.certifying import certified_text, digits_text
from compare.records import Record, Subject
from compare.tables import Table
from compare.timing import paired_ratio
from compare.wording import integer, memory, multiple, number, seconds
from expression.structure import flatten, shape_of

COLUMNS = 3  # derivatives that stand beside each other; more of them become one norm
SHOWN_INPUTS = 4
LEGEND = (  # each for the column of that name
    ("digits", "digits: certified by mpmath at two precisions"),
    ("tree", "tree, DAG: nodes of the derivative, unshared and shared"),
    ("flops", "flops: for value and derivative"),
    ("evaluations", "evaluations: of f"),
    ("memory", "memory: peak of one run"),
)


def comparison_tables(comparison: Any) -> tuple[Table, Table]:
    """Answers, with the certified ones below and every note; costs, with those of f itself above."""
    answers, costs = answer_table(comparison), cost_table(comparison)
    shown = (*answers.headers, *costs.headers)
    legend = "; ".join(text for header, text in LEGEND if header in shown)
    return answers, replace(costs, legend=(legend,) if legend else ())


def answer_table(comparison: Any) -> Table:
    """Value, derivatives and certified digits of each method."""
    subject = comparison.subject
    labels = derivative_labels(subject)
    rows = [
        (r.method, number(r.value), *derivative_cells(r.derivative, subject), digits_text(r.digits))
        if r.answered
        else (r.method, r.reason)
        for r in comparison.records
    ]
    certificate = comparison.certificate
    if certificate.derivative is not None:
        certified = derivative_cells(certificate.floats(), subject)
        if len(certified) == len(certificate.derivative):
            pairs = zip(certificate.derivative, certified, strict=True)
            certified = [certified_text(x[()]) if x.shape == () else cell for x, cell in pairs]
        rows.append(("certified", certified_text(certificate.value), *certified, ""))
    headers = ("method", "value", *labels, "digits")
    return without_empty(Table(title(subject), headers, tuple(rows), comparison.notes))


def cost_table(comparison: Any) -> Table:
    """What each method costs; f itself comes first."""
    s = comparison.subject
    headers = ("method", "evaluations", "tree", "DAG", "flops", "build", "run", "memory")
    rows = [("f", "", count(s.tree_size), count(s.dag_size), count(s.flops), "", time_text(s.run), "")]
    rows += [
        (
            r.method,
            count(r.evaluations),
            count(r.tree_size),
            count(r.dag_size),
            count(r.flops),
            "" if r.build_seconds is None else seconds(r.build_seconds),
            time_text(r.run),
            memory(r.memory or 0),
        )
        for r in comparison.records
        if r.answered
    ]
    return without_empty(Table("", headers, tuple(rows), ratio_note(comparison.records)))


def without_empty(table: Table) -> Table:
    """The table without the columns in which nothing stands."""
    full = [row for row in table.rows if len(row) == len(table.headers)]
    kept = [k for k in range(len(table.headers)) if k == 0 or any(row[k] for row in full)]
    rows = tuple(tuple(row[k] for k in kept) if len(row) == len(table.headers) else row for row in table.rows)
    return Table(table.title, tuple(table.headers[k] for k in kept), rows, table.notes, table.legend)


def title(subject: Subject) -> str:
    """The function and the point."""
    if not subject.inputs:
        return subject.name
    given = [
        f"{name} = {number(x)}" if shape_of(x) == () else f"{name} of shape {shape_of(x)}" for name, x in subject.inputs
    ]
    rest = len(given) - SHOWN_INPUTS
    listed = ", ".join(given[:SHOWN_INPUTS]) + (f" and {rest} more" if rest > 0 else "")
    return f"{subject.name} at {listed}"


def derivative_labels(subject: Subject) -> list[str]:
    """A header for each derivative: d/dx, a norm with its shape, or one norm for many."""
    names = subject.differentiated
    if len(names) > COLUMNS:
        return [f"‖gradient‖ by {len(names)} inputs"]
    shapes = {name: shape_of(x) for name, x in subject.inputs}
    return [norm_label(name, shapes[name]) for name in names]


def norm_label(name: str, shape: tuple[int, ...]) -> str:
    """d/dx of a scalar; the Euclidean norm of a vector, Frobenius' of a matrix."""
    if shape == ():
        return f"d/d{name}"
    return f"‖d/d{name}‖{'_F' if len(shape) == 2 else ''} {shape}"


def derivative_cells(derivative: Any, subject: Subject) -> list[str]:
    """Scalars with 16 digits, arrays by their norm."""
    leaves = flatten(derivative)[0]
    if len(subject.differentiated) > COLUMNS:
        return [number(norm(np.concatenate([np.ravel(x) for x in leaves])))]
    return [number(x) if shape_of(x) == () else number(norm(x)) for x in leaves]


def norm(x: Any) -> float:
    """The square root of the sum of squares: hypot errs by less than one unit in the last place, squares add theirs."""
    return hypot(*(float(entry) for entry in np.ravel(x)))


def ratio_note(records: tuple[Record, ...]) -> tuple[str, ...]:
    """How the run times compare, in words, with ties."""
    runs = {r.method: r.run for r in records if r.run is not None}
    if len(runs) < 2:
        return ()
    fastest = min(runs, key=lambda method: runs[method].seconds)
    ratios = {method: paired_ratio(run, runs[fastest]) for method, run in runs.items()}
    first = [method for method in runs if method == fastest or ratios[method].verdict == "tie"]
    parts = [f"{' and '.join(first)} tie" if len(first) > 1 else f"{fastest} is the fastest"]
    parts += [
        f"{method} takes {multiple(ratios[method].value)} times as long" for method in runs if method not in first
    ]
    if any(len(run.rounds) == 1 for run in runs.values()):
        parts.append("measured once, so the spread is not known")
    return (f"run time: {'; '.join(parts)}",)


def count(n: int | None) -> str:
    """An integer, or nothing."""
    return "" if n is None else integer(n)


def time_text(run: Any) -> str:
    """Seconds of one call, or nothing."""
    return "" if run is None else seconds(run.seconds)

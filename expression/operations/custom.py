"""The user's own operation, with one definition: a function as its body, and its derivative rules.

autodiff uses the rules, numeric evaluates the body, symbolic differentiates the body: where they disagree, a rule is
wrong.
"""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from inspect import Parameter, signature
from typing import Any

import numpy as np

from expression.errors import ArgumentError
from expression.operations import TABLE
from expression.operations.operation import (
    REAL,
    Array,
    Interval,
    Kink,
    Operation,
    Rule,
    Shape,
    broadcast_shape,
    floating,
)

LINEAR = (None, "each", "together")


def operation(
    partials: Sequence[Rule] | None = None,
    *,
    vjps: Sequence[Rule] | None = None,
    jvps: Sequence[Rule] | None = None,
    linear: str | None = None,
    name: str | None = None,
    shape: Callable[..., Shape] | None = None,
    domain: Sequence[Interval] | None = None,
    kink: Kink | None = None,
    analytic: bool = False,
) -> Callable[[Rule], Operation]:
    """Make a function an operation of its own, with the derivative rules that are given here.

    Elementwise: `partials`, one an operand, `(y, *x) -> dy/dx_k`. Others: `vjps`, one an operand,
    `(y_bar, y, *x, **parameters) -> x_bar`, with either `jvps`, `(x_dot, y, *x, **parameters) -> y_dot`, or
    `linear="each"` where the function is linear in every operand by itself ("together": in all of them at once).
    Rules are NumPy code, so that they can be differentiated again. Keyword-only parameters of the function are its
    options: hashable, and not differentiated.

    name      how it is listed; the function's own name by default
    shape     (*shapes, **parameters) -> shape, for a body that cannot be traced; otherwise the body is traced
    domain    an interval an operand, from which tests draw
    kink      where there is no derivative, and what the rules say there
    analytic  whether a complex step may pass through: no abs, maximum, comparison or conjugate inside

    Raises ArgumentError for a name that the table has already, and for rules that do not fit the function.

    >>> @operation(partials=(lambda y, x: 1 / (1 + np.abs(x)) ** 2,))
    ... def softsign(x):
    ...     return x / (1 + np.abs(x))
    >>> float(softsign(3.0))
    0.75
    >>> from expression import trace
    >>> print(trace(lambda x: softsign(-x), 1.0))
    x -> v2
      v0 = input x
      v1 = neg(v0)
      v2 = softsign(v1)
    """

    def define(body: Rule) -> Operation:
        label = name or str(getattr(body, "__name__", ""))
        check_name(label)
        operands, options = takes(label, body)
        check_rules(label, operands, options, partials, vjps, jvps, linear)
        intervals = (REAL,) * len(operands) if domain is None else tuple(domain)
        if len(intervals) != len(operands):
            raise ArgumentError(f"{label}: domain= has {len(intervals)} intervals for {len(operands)} operands")
        return Operation(
            label,
            forward=body if partials is None else entry_by_entry(label, body),
            shape=broadcast_shape if partials is not None else None if shape is None else with_defaults(shape, options),
            dtype=floating,
            partials=None if partials is None else tuple(partials),
            vjps=None if vjps is None else tuple(with_defaults(rule, options) for rule in vjps),
            jvps=None if jvps is None else tuple(with_defaults(rule, options) for rule in jvps),
            linear=linear,
            latex=rf"\operatorname{{{{{label}}}}}\left({{args}}\right)".replace("_", r"\_"),
            domain=intervals,
            kink=kink,
            analytic=analytic,
            body=body,
            home=f"{body.__module__}:{body.__qualname__}",
        )

    return define


# -- what may go wrong in a definition -------------------------------------------------------------------------------


def check_name(label: str) -> None:
    """Refuse names that no listing could show, and those of the table."""
    if not label.isidentifier():
        raise ArgumentError(f"an operation needs a name, got {label!r}; decorate a def, or give name=")
    if label in TABLE:
        raise ArgumentError(f"{label}: the table has an operation of that name; choose another, or give name=")


def takes(label: str, body: Rule) -> tuple[list[str], dict[str, Any]]:
    """The names of a body's operands, and its keyword-only options with their defaults."""
    operands: list[str] = []
    options: dict[str, Any] = {}
    for p in signature(body).parameters.values():
        if p.kind is Parameter.KEYWORD_ONLY:
            options[p.name] = p.default
        elif p.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
            raise ArgumentError(f"{label}: {p} leaves the number of operands open; name each operand")
        elif p.default is not Parameter.empty:
            raise ArgumentError(f"{label}: {p} is an operand with a default; put a * before it to make it an option")
        else:
            operands.append(p.name)
    if not operands:
        raise ArgumentError(f"{label}: takes no operand, so there is nothing to differentiate")
    return operands, options


def check_rules(
    label: str,
    operands: Sequence[str],
    options: Collection[str],
    partials: Sequence[Rule] | None,
    vjps: Sequence[Rule] | None,
    jvps: Sequence[Rule] | None,
    linear: str | None,
) -> None:
    """Refuse rules that are missing, too many, or take the wrong arguments."""
    if (partials is None) == (vjps is None):
        raise ArgumentError(f"{label}: give either partials= (elementwise) or vjps= (every other operation)")
    if linear not in LINEAR:
        raise ArgumentError(f"{label}: linear={linear!r} must be 'each' or 'together'")
    if partials is not None and (jvps is not None or linear is not None):
        raise ArgumentError(f"{label}: partials= serve both modes; leave jvps= and linear= out")
    if partials is not None and options:
        raise ArgumentError(
            f"{label}: partials= know no options, but it takes {', '.join(options)}; give vjps= and jvps="
        )
    if vjps is not None and (jvps is None) == (linear is None):
        raise ArgumentError(f"{label}: vjps= serve the reverse mode; for the forward mode give either jvps= or linear=")
    for column, rules, first in (
        ("partials", partials, ["y"]),
        ("vjps", vjps, ["y_bar", "y"]),
        ("jvps", jvps, ["x_dot", "y"]),
    ):
        if rules is None:
            continue
        if callable(rules) or len(rules) != len(operands):
            found = "a function" if callable(rules) else f"{len(rules)}"
            names = ", ".join(operands)
            raise ArgumentError(
                f"{label}: {column}= is a tuple of {len(operands)}, one for each of {names}; got {found}"
            )
        for k, rule in enumerate(rules):
            check_arguments(f"{label}: {column}[{k}]", rule, [*first, *operands], options)


def check_arguments(what: str, rule: Rule, positional: Sequence[str], options: Collection[str]) -> None:
    """Refuse a rule that cannot be called as it will be."""
    try:
        known = signature(rule)
    except ValueError:  # a ufunc, or another function written in C, does not say
        return
    try:
        known.bind(*positional, **dict.fromkeys(options))
    except TypeError as error:
        wanted = ", ".join([*positional, *(f"{option}=" for option in options)])
        raise ArgumentError(f"{what} is called with ({wanted}), but takes {known}") from error


# -- the columns that the body gives ---------------------------------------------------------------------------------


def with_defaults(rule: Rule, options: dict[str, Any]) -> Rule:
    """A rule that knows the body's defaults, for calls that leave an option out."""
    given = {name: default for name, default in options.items() if default is not Parameter.empty}
    return partial(rule, **given) if given else rule


def entry_by_entry(label: str, body: Rule) -> Rule:
    """The body, with a check that it is elementwise, as its rules say."""

    def forward(*x: Array) -> Array:
        y = body(*x)
        shapes = [np.shape(v) for v in x]
        if np.shape(y) != np.broadcast_shapes(*shapes):
            given = ", ".join(map(str, shapes))
            raise ArgumentError(f"{label}: partials= are for elementwise functions, but {given} became {np.shape(y)}")
        return y

    return forward

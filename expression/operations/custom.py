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
from expression.operations.operation import REAL, Array, Interval, Kink, Operation, Rule, broadcast_shape, floating
from expression.operations.several import Results, SeveralOutputs
from expression.structure import shape_of

LINEAR = (None, "each", "together")


def operation(
    partials: Sequence[Rule] | None = None,
    *,
    vjps: Sequence[Rule] | None = None,
    pullback: Rule | None = None,
    jvps: Sequence[Rule] | None = None,
    linear: str | None = None,
    outputs: int | None = None,
    name: str | None = None,
    shape: Callable[..., Any] | None = None,
    domain: Sequence[Interval] | None = None,
    kink: Kink | None = None,
    analytic: bool = False,
) -> Callable[[Rule], Any]:
    """Make a function an operation of its own, with the derivative rules that are given here.

    Elementwise: `partials`, one an operand, `(y, *x) -> dy/dx_k`. Others, in reverse mode: `vjps`, one an operand,
    `(y_bar, y, *x, **parameters) -> x_bar`, or `pullback`, one for all operands, where they share work,
    `(y_bar, y, *x, **parameters) -> (x_bar, ...)`, with None for no contribution. In forward mode: `jvps`, one an
    operand, `(x_dot, y, *x, **parameters) -> y_dot`, or `linear="each"` where the function is linear in every operand
    by itself ("together": in all of them at once). Rules are NumPy code, so that they can be differentiated again.
    Keyword-only parameters of the function are its options: hashable, and not differentiated.

    outputs   how many arrays the function returns, as a tuple, if more than one: y, y_bar and y_dot are tuples then
    name      how it is listed; the function's own name by default
    shape     (*shapes, **parameters) -> shape (a tuple of shapes for several outputs), for a body that cannot be
              traced; otherwise the body is traced
    domain    an interval an operand, from which tests draw
    kink      where there is no derivative, and what the rules say there
    analytic  whether a complex step may pass through: no abs, maximum, comparison or conjugate inside

    Returns an `Operation`, or with `outputs` a `SeveralOutputs`: a function still, and an operation for every method.
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

    Polar coordinates, r = sqrt(x^2 + y^2) and theta = atan2(y, x), with one rule for both operands:

    >>> def polar_pullback(bars, outputs, x, y):
    ...     (r_bar, theta_bar), (r, theta) = bars, outputs
    ...     return (r_bar * x - theta_bar * y / r) / r, (r_bar * y + theta_bar * x / r) / r
    >>> @operation(
    ...     outputs=2,
    ...     pullback=polar_pullback,
    ...     jvps=(lambda x_dot, polar, x, y: (x_dot * x / polar[0], -x_dot * y / polar[0] ** 2),
    ...           lambda y_dot, polar, x, y: (y_dot * y / polar[0], y_dot * x / polar[0] ** 2)),
    ... )
    ... def polar(x, y):
    ...     return np.sqrt(x * x + y * y), np.arctan2(y, x)
    >>> r, theta = polar(3.0, 4.0)
    >>> print(r, theta)
    5.0 0.9272952180016122
    >>> print(trace(lambda x, y: polar(x, y)[0], 3.0, 4.0))
    x, y -> v3
      v0 = input x
      v1 = input y
      v2 = polar(v0, v1) [2]
      v3 = getitem(v2, index=(0,))
    """

    def define(body: Rule) -> Operation | SeveralOutputs:
        label = name or str(getattr(body, "__name__", ""))
        check_name(label)
        operands, options = takes(label, body)
        check_outputs(label, outputs, partials)
        check_rules(label, operands, options, partials, vjps, pullback, jvps, linear)
        intervals = (REAL,) * len(operands) if domain is None else tuple(domain)
        if len(intervals) != len(operands):
            raise ArgumentError(f"{label}: domain= has {len(intervals)} intervals for {len(operands)} operands")
        given = None if shape is None else with_defaults(shape, options)
        several = None if outputs is None else Results(label, body, outputs, given)

        def reverse(rule: Rule) -> Rule:
            known = with_defaults(rule, options)
            return known if several is None else several.reverse(known)

        def forward(rule: Rule) -> Rule:
            known = with_defaults(rule, options)
            return known if several is None else several.forward(known)

        whole = body if several is None else several.vector
        if several is not None and given is not None:
            given = several.length
        row = Operation(
            label,
            forward=whole if partials is None else entry_by_entry(label, body),
            shape=broadcast_shape if partials is not None else given,
            dtype=floating,
            partials=None if partials is None else tuple(partials),
            vjps=None if vjps is None else tuple(reverse(rule) for rule in vjps),
            pullback=None if pullback is None else one_each(label, operands, reverse(pullback)),
            jvps=None if jvps is None else tuple(forward(rule) for rule in jvps),
            linear=linear,
            latex=rf"\operatorname{{{{{label}}}}}\left({{args}}\right)".replace("_", r"\_"),
            domain=intervals,
            kink=kink,
            analytic=analytic,
            body=whole,
            home=f"{body.__module__}:{body.__qualname__}",
        )
        return row if several is None else SeveralOutputs(row, several)

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


def check_outputs(label: str, outputs: int | None, partials: Sequence[Rule] | None) -> None:
    """Refuse a number of outputs that makes no tuple, and partials for it."""
    if outputs is None:
        return
    if type(outputs) is not int or outputs < 2:
        raise ArgumentError(f"{label}: outputs={outputs!r} must be an int from 2 on; leave it out for a single output")
    if partials is not None:
        raise ArgumentError(f"{label}: partials= are for one output, but outputs={outputs}; give vjps= or pullback=")


def check_rules(
    label: str,
    operands: Sequence[str],
    options: Collection[str],
    partials: Sequence[Rule] | None,
    vjps: Sequence[Rule] | None,
    pullback: Rule | None,
    jvps: Sequence[Rule] | None,
    linear: str | None,
) -> None:
    """Refuse rules that are missing, too many, or take the wrong arguments."""
    if [partials, vjps, pullback].count(None) != 2:
        raise ArgumentError(
            f"{label}: give either partials= (elementwise), or vjps= or pullback= (every other operation)"
        )
    if linear not in LINEAR:
        raise ArgumentError(f"{label}: linear={linear!r} must be 'each' or 'together'")
    if partials is not None and (jvps is not None or linear is not None):
        raise ArgumentError(f"{label}: partials= serve both modes; leave jvps= and linear= out")
    if partials is not None and options:
        raise ArgumentError(
            f"{label}: partials= know no options, but it takes {', '.join(options)}; give vjps= and jvps="
        )
    if partials is None and (jvps is None) == (linear is None):
        given = "vjps= serve" if pullback is None else "pullback= serves"
        raise ArgumentError(f"{label}: {given} the reverse mode; for the forward mode give either jvps= or linear=")
    if pullback is not None:
        if not callable(pullback):
            names, kind = ", ".join(operands), type(pullback).__name__
            raise ArgumentError(
                f"{label}: pullback= is one function for all of {names}; got a {kind}, which vjps= would take"
            )
        check_arguments(f"{label}: pullback", pullback, ["y_bar", "y", *operands], options)
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


def one_each(label: str, operands: Sequence[str], pullback: Rule) -> Rule:
    """A joint reverse rule, with a check that it gives one contribution an operand, in the operand's shape."""

    def checked(y_bar: Array, y: Array, *x: Array, **parameters: Any) -> tuple[Array | None, ...]:
        x_bars = pullback(y_bar, y, *x, **parameters)
        if not isinstance(x_bars, tuple | list) or len(x_bars) != len(operands):
            found = f"{len(x_bars)}" if isinstance(x_bars, tuple | list) else type(x_bars).__name__
            names = ", ".join(operands)
            raise ArgumentError(f"{label}: pullback must return a tuple, one for each of {names}; got {found}")
        for operand, x_bar, v in zip(operands, x_bars, x, strict=True):
            if x_bar is not None and shape_of(x_bar) not in ((), shape_of(v)):
                raise ArgumentError(
                    f"{label}: pullback returned shape {shape_of(x_bar)} for {operand}, which has {shape_of(v)}"
                )
        return tuple(x_bars)

    return checked

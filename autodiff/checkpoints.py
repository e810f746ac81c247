"""Memory for time: what can be computed again in the reverse sweep need not be kept on the tape.

`checkpoint(f)` keeps the arguments of f, and nothing of what it computes on the way. `checkpointed_loop` keeps a few
states of a long loop, by the binomial schedule. On the tape each is one operation, so that derivatives nest as ever.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from autodiff.programs import Counts, Loop, Once, plainly, taken_apart, written_down
from autodiff.reruns import Outside, rerun
from autodiff.revolve import binomial, recomputations, schedule, whole
from autodiff.tensor import plain
from expression.operations.operation import Array, Traced
from expression.structure import dtype_of, unflatten

__all__ = ["Counts", "binomial", "checkpoint", "checkpointed_loop", "recomputations", "schedule"]


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, of which the tape keeps the arguments and the results alone: it runs again when swept back.

    Value and derivatives are those of f, to any order. Arguments and results may be pytrees; integers pass through,
    and tensors that f reads from outside (a closure's) are differentiated too. It takes one more run of f for every
    reverse sweep. In a nested derivative the outer tape records that run too, so that memory is spared on the innermost
    one alone. In a trace, which keeps no values, and inside of vmap it is f itself; around it, as checkpoint(vmap(f)),
    it spares the memory of the batch.
    Raises TapeError, in the sweep, for a function that gives another value when it runs again.
    Source: Chen et al., "Training deep nets with sublinear memory cost", arXiv:1604.06174 (2016).

    >>> import numpy as np
    >>> from autodiff import grad
    >>> layer = checkpoint(lambda w, h: np.tanh(w * h))
    >>> grad(lambda w: layer(w, layer(w, 0.5)))(1.0) == grad(lambda w: np.tanh(w * np.tanh(w * 0.5)))(1.0)
    True
    """

    @wraps(f)
    def checkpointed(*args: Any, **options: Any) -> Any:
        floats, given = taken_apart(args)
        if floats is None:
            return f(*args, **options)

        def function(*x: Array) -> Any:
            return f(*given.filled(x), **options)

        outside: Outside = {}
        first = rerun(function, [plain(x) for x in floats], outside, collect=True, forget=True)
        if any(isinstance(plain(y), Traced) for y in first.y):
            return f(*args, **options)
        results = first.values()
        outputs = [k for k in range(len(results)) if first.recorded(k) and dtype_of(results[k]).kind == "f"]
        program = Once(function, outputs)
        found = written_down(program, floats, outside, [results[k] for k in outputs], first.tape.selects)
        for k, y in zip(outputs, found, strict=True):
            results[k] = y
        return unflatten(first.structure, results)

    return checkpointed


def checkpointed_loop(
    step: Callable[..., Any], n: int, snapshots: int, *, report: Callable[[Counts], Any] | None = None
) -> Callable[..., Any]:
    """The loop `for i in range(n): state = step(i, state, *parameters)` as a function (state, *parameters) -> state.

    The tape keeps the initial state alone. A reverse sweep follows the binomial schedule: it never holds more than
    `snapshots` states, of which the initial one is the first, and the one at hand, and it computes
    t(n, s) = r n - C(s + r, s + 1) steps again, the fewest possible, with the smallest r for which C(s + r, s) >= n
    (`recomputations(n, snapshots)`); beside them every step runs once on a tape of its own.

    The state is a pytree that keeps its structure and shapes; parameters are pytrees, differentiated as the state is.
    Integers in them pass through. `report` is called after every reverse sweep with its Counts.
    Raises ArgumentError for a step that changes the structure or shapes of the state, and TapeError, in the sweep, for
    one that gives another value when it runs again.
    Source: Griewank and Walther, "Algorithm 799: revolve", ACM TOMS 26(1) (2000), 19-45.

    >>> from autodiff import grad
    >>> sweeps = []
    >>> logistic = checkpointed_loop(lambda i, x, r: r * x * (1.0 - x), 100, 5, report=sweeps.append)
    >>> slope = grad(logistic, argnums=1)(0.5, 2.5)
    >>> sweeps
    [Counts(recomputed=316, stored=6)]
    """
    whole(n, "n", 0)
    whole(snapshots, "snapshots", 1)

    def loop(state: Any, *parameters: Any) -> Any:
        floats, initial = taken_apart(state)
        more, given = taken_apart(parameters)
        if floats is None or more is None:
            return plainly(step, n, state, parameters)
        program = Loop(step, n, snapshots, report, initial, given)
        outside: Outside = {}
        values, weights = program.filled([plain(x) for x in floats]), [plain(x) for x in more]
        selects = False
        for i in range(n):
            again = program.one(i, values, weights, outside, collect=True, forget=True)
            values = again.values()
            selects = selects or again.tape.selects
            if any(isinstance(plain(y), Traced) for y in values):
                return plainly(step, n, state, parameters)
        found = written_down(program, [*floats, *more], outside, [values[k] for k in initial.places], selects)
        for k, y in zip(initial.places, found, strict=True):
            values[k] = y
        return unflatten(initial.structure, values)

    return loop

"""What an optimizer is: a learning rate and a rule for one leaf, brought to pytrees; and what it remembers."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from expression.errors import ArgumentError
from expression.operations.operation import Array, Traced
from expression.structure import Structure, as_leaf, deliver, dtype_of, flatten, shape_of, unflatten

Schedule = Callable[[int], float]  # the number of updates made so far, 0 for the first -> the learning rate of this one
LearningRate = float | Schedule
Rule = Callable[[Array, Array, Sequence[Array], Array, int], tuple[Array, ...]]


class State(NamedTuple):
    """What an optimizer remembers: a pytree of arrays and numbers, so it pickles, and its leaves go into np.savez.

    >>> from autodiff.optimizers import adam
    >>> from expression.structure import flatten, unflatten
    >>> leaves, structure = flatten(adam().init({"b": 0.0, "w": np.zeros(2)}))
    >>> leaves
    [0, 0.0, array([0., 0.]), 0.0, array([0., 0.])]
    >>> unflatten(structure, leaves).step
    0
    """

    step: int  # updates made so far
    moments: tuple[Any, ...]  # running sums or means, each in the structure, shapes and dtypes of the parameters


@dataclass(frozen=True, slots=True)
class Optimizer:
    """A learning rate and a rule for one leaf: (x, x_bar, moments, learning_rate, t) -> (x, *moments).

    The rule computes entry by entry; t is 1 in the first update. Descent by the sign alone, for example, is

    >>> by_sign = Optimizer(0.1, moments=0, rule=lambda x, x_bar, moments, rate, t: (x - rate * np.sign(x_bar),))
    >>> by_sign.update([4.0, -0.5], by_sign.init([1.0, 2.0]), [1.0, 2.0])
    ([0.9, 2.1], State(step=1, moments=()))
    """

    learning_rate: LearningRate
    moments: int  # how many a leaf has
    rule: Rule

    def __post_init__(self) -> None:
        """Check the learning rate; that of a schedule is checked at each step."""
        if not callable(self.learning_rate):
            object.__setattr__(self, "learning_rate", number("learning_rate", self.learning_rate))

    def init(self, params: Any) -> State:
        """The state before the first update: step 0, and zeros for every moment.

        Raises ArgumentError for parameters that are not real floats.

        >>> from autodiff.optimizers import sgd
        >>> sgd(0.1, momentum=0.9).init({"b": 1.0, "w": np.ones(2)})
        State(step=0, moments=({'b': 0.0, 'w': array([0., 0.])},))
        """
        leaves, structure = parameters(params)
        zeros = [[deliver(np.zeros(shape_of(x), dtype_of(x))) for x in leaves] for _ in range(self.moments)]
        return State(0, tuple(unflatten(structure, column) for column in zeros))

    @np.errstate(all="ignore")
    def update(self, gradient: Any, state: State, params: Any) -> tuple[Any, State]:
        """One step: new parameters and a new state, in memory of their own; the arguments stay as they are.

        Each leaf keeps its shape and its dtype, to which its gradient is rounded. Nan or infinity in a gradient is
        not refused: those entries of the parameters and of the moments become nan or infinite too. The step itself
        may be differentiated, by parameters, gradient, state and learning rate.

        Raises ArgumentError for a gradient or a state of another structure or other shapes than the parameters.

        >>> from autodiff.optimizers import sgd
        >>> optimizer, params = sgd(0.25), {"w": np.array([1.0, 2.0])}
        >>> optimizer.update({"w": np.array([4.0, 8.0])}, optimizer.init(params), params)
        ({'w': array([0., 0.])}, State(step=1, moments=()))
        """
        if not isinstance(state, State):
            kind = type(state).__name__
            advice = "give what init returned, or update as its second result"
            raise ArgumentError(f"update(gradient, state, params): state is a {kind}; {advice}")
        if len(state.moments) != self.moments:
            advice = "give a state of its own init"
            raise ArgumentError(f"state has {len(state.moments)} moments, this optimizer {self.moments}; {advice}")
        leaves, structure = parameters(params)
        gradients = matched(gradient, "gradient", leaves, structure)
        kept = [matched(m, f"state.moments[{k}]", leaves, structure) for k, m in enumerate(state.moments)]
        step = int(state.step)
        rate = self.rate(step)
        stepped = [
            self.rule(x, x_bar, m, rate, step + 1) for x, x_bar, *m in zip(leaves, gradients, *kept, strict=True)
        ]
        columns = [[deliver(row[k]) for row in stepped] for k in range(1 + self.moments)]
        new, *moments = (unflatten(structure, column) for column in columns)
        return new, State(step + 1, tuple(moments))

    def rate(self, step: int) -> Array:
        """The learning rate after that many updates.

        >>> from autodiff.optimizers import sgd
        >>> sgd(lambda step: 1 / (1 + step)).rate(3)
        0.25
        """
        given = self.learning_rate
        return number(f"learning_rate({step})", given(step)) if callable(given) else given


# -- checks ------------------------------------------------------------------------------------------------------------


def number(name: str, value: Any, below: float = math.inf) -> Any:
    """An option as a float from 0 up, or as it is where it is being differentiated; the rest is refused by name."""
    if isinstance(value, Traced):
        return value
    plain = isinstance(value, int | float | np.number | np.ndarray) and np.ndim(value) == 0
    if not plain or np.asarray(value).dtype.kind not in "fiu" or not 0 <= value < below:
        raise ArgumentError(f"{name}={value!r}: expected a number in [0, {below:g})")
    return float(value)


def parameters(params: Any) -> tuple[list[Array], Structure]:
    """The leaves of the parameters, all real floats, and their structure."""
    leaves, structure = flatten(params)
    checked = []
    for leaf, name in zip(leaves, leaf_names("params", structure), strict=True):
        x = as_leaf(leaf, name)
        if dtype_of(x).kind != "f":
            raise ArgumentError(f"{name} is {dtype_of(x)}: an optimizer moves real floats; write 2.0 for 2")
        checked.append(x if isinstance(x, Traced) else np.asarray(x)[()])
    return checked, structure


def matched(tree: Any, what: str, params: Sequence[Array], structure: Structure) -> list[Array]:
    """The leaves of a tree, checked to have the structure and shapes of the parameters, in the parameters' dtypes."""
    leaves, found = flatten(tree)
    if found != structure:
        raise ArgumentError(f"{what} must have the structure of params: {difference(what, found, structure)}")
    checked = []
    for leaf, name, x in zip(leaves, leaf_names(what, structure), params, strict=True):
        y = as_leaf(leaf, name)
        if shape_of(y) != shape_of(x):
            raise ArgumentError(f"{name}: expected shape {shape_of(x)}, got {shape_of(y)}")
        if dtype_of(y).kind not in "fiu":
            raise ArgumentError(f"{name} is {dtype_of(y)}: expected real floats")
        checked.append(y if isinstance(y, Traced) else np.asarray(y, dtype_of(x))[()])
    return checked


def difference(what: str, found: Structure, expected: Structure) -> str:
    """The first leaf that one structure has and the other has not."""
    ours, theirs = leaf_names(what, expected), leaf_names(what, found)
    for name in ours:
        if name not in theirs and name != what:
            return f"{name} is missing"
    for name in theirs:
        if name not in ours:
            return f"{name} has no parameter"
    return f"{expected}, got {found}"


def leaf_names(what: str, structure: Structure) -> list[str]:
    """Each leaf as one would write it: params['W'][0]."""
    return [what + "".join(f"[{step!r}]" for step in path) for path in structure.paths()]

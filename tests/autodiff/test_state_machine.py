"""Random tapes against a naive twin, which shares no code with the engine: a graph, and the chain rule by recursion."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from autodiff import GradientTape, grad, jvp, no_grad, tensor
from expression import TapeError

LARGEST, ENTRIES, STEPS = 20.0, 36, 40
# Each of STEPS operations rounds each of ENTRIES entries, which a partial of at most LARGEST carries on.
ROUNDING = STEPS * ENTRIES * LARGEST * np.finfo(float).eps
SHAPES = ((), (1,), (3,), (2, 3), (3, 2), (2, 1), (3, 3))


# -- the twin --------------------------------------------------------------------------------------------------------


class Twin:
    """A node that knows its readers, and for each of them how it sends a cotangent back."""

    def __init__(self, value, parents=()):
        self.value = np.array(value, dtype=float)
        self.readers = []
        for parent, pull in parents:
            parent.readers.append((self, pull))

    def adjoint(self, seeds, known):
        """The chain rule: the node's own seed, plus what every reader sends back."""
        if self not in known:
            bar = seeds.get(self, np.zeros(self.value.shape))
            for reader, pull in self.readers:
                bar = bar + summed_down(pull(reader.adjoint(seeds, known)), self.value.shape)
            known[self] = bar
        return known[self]


def summed_down(bar, shape):
    """A cotangent of a broadcast operand, in the operand's own shape."""
    bar = np.asarray(bar)
    while bar.ndim > len(shape):
        bar = bar.sum(axis=0)
    for axis, n in enumerate(shape):
        if n == 1 and bar.shape[axis] != 1:
            bar = bar.sum(axis=axis, keepdims=True)
    return bar


# -- the moves: NumPy code for the engine, and the twin's cotangents by hand ------------------------------------------


class Move(NamedTuple):
    """An operation: code, the shapes that it takes, and for each operand (bar, y, *x) -> its cotangent."""

    code: Callable[..., Any]
    fits: Callable[..., bool]
    pulls: tuple[Callable[..., Any], ...]


def always(*shapes):
    return True


def broadcast(a, b):
    try:
        return np.prod(np.broadcast_shapes(a, b)) <= ENTRIES
    except ValueError:
        return False


def placed(bar, x, index):
    """A cotangent of x[index], whose entries are all different."""
    whole = np.zeros(x.shape)
    np.add.at(whole, index, bar)
    return whole


ONE = {
    "neg": Move(lambda x: -x, always, (lambda b, y, x: -b,)),
    "tanh": Move(np.tanh, always, (lambda b, y, x: b * (1 - np.tanh(x) ** 2),)),
    "sin": Move(np.sin, always, (lambda b, y, x: b * np.cos(x),)),
    "bell": Move(lambda x: np.exp(-x * x), always, (lambda b, y, x: -2 * x * b * np.exp(-(x**2)),)),
    "square": Move(lambda x: x**2, always, (lambda b, y, x: 2 * x * b,)),
    "hyperbola": Move(lambda x: np.sqrt(1 + x * x), always, (lambda b, y, x: b * x / np.sqrt(1 + x**2),)),
    "twice": Move(lambda x: x + x, always, (lambda b, y, x: 2 * b,)),
    "sum": Move(np.sum, always, (lambda b, y, x: b * np.ones(x.shape),)),
    "mean": Move(lambda x: x.mean(), always, (lambda b, y, x: b * np.ones(x.shape) / x.size,)),
    "sum last": Move(
        lambda x: np.sum(x, axis=-1), lambda s: len(s) > 0, (lambda b, y, x: b[..., None] * np.ones(x.shape),)
    ),
    "sum kept": Move(
        lambda x: x.sum(axis=0, keepdims=True), lambda s: len(s) > 1, (lambda b, y, x: b * np.ones(x.shape),)
    ),
    "first": Move(lambda x: x[0], lambda s: len(s) > 0, (lambda b, y, x: placed(b, x, 0),)),
    "backwards": Move(lambda x: x[..., ::-1], lambda s: len(s) > 0, (lambda b, y, x: b[..., ::-1],)),
    "again": Move(lambda x: x[[0, 0, -1]], lambda s: len(s) > 0, (lambda b, y, x: placed(b, x, [0, 0, -1]),)),
    "transposed": Move(lambda x: x.T, lambda s: len(s) > 1, (lambda b, y, x: b.T,)),
    "flat": Move(lambda x: x.reshape(-1), always, (lambda b, y, x: b.reshape(x.shape),)),
    "branch": Move(
        lambda x: np.where(x > 0.3, np.sin(x), 2.0 * x),
        always,
        (lambda b, y, x: b * np.where(x > 0.3, np.cos(x), 2.0),),
    ),
    "python branch": Move(
        lambda x: x * 3.0 if np.sum(x) > 0 else -x, always, (lambda b, y, x: b * (3.0 if np.sum(x) > 0 else -1.0),)
    ),
}
TWO = {
    "add": Move(lambda x, z: x + z, broadcast, (lambda b, y, x, z: b, lambda b, y, x, z: b)),
    "sub": Move(lambda x, z: x - z, broadcast, (lambda b, y, x, z: b, lambda b, y, x, z: -b)),
    "mul": Move(lambda x, z: x * z, broadcast, (lambda b, y, x, z: b * z, lambda b, y, x, z: b * x)),
    "div": Move(
        lambda x, z: x / (1.5 + z * z),
        broadcast,
        (lambda b, y, x, z: b / (1.5 + z**2), lambda b, y, x, z: -2 * b * x * z / (1.5 + z**2) ** 2),
    ),
    "choose": Move(
        lambda x, z: np.where(x > 0.1, x, z),
        broadcast,
        (lambda b, y, x, z: b * (x > 0.1), lambda b, y, x, z: b * ~(x > 0.1)),
    ),
    "product": Move(
        lambda x, z: x @ z,
        lambda a, b: len(a) == len(b) == 2 and a[1] == b[0],
        (lambda b, y, x, z: b @ z.T, lambda b, y, x, z: x.T @ b),
    ),
    "inner": Move(
        lambda x, z: x @ z,
        lambda a, b: len(a) == len(b) == 1 and a == b,
        (lambda b, y, x, z: b * z, lambda b, y, x, z: b * x),
    ),
    "stack": Move(
        lambda x, z: np.stack([x, z, x]),
        lambda a, b: a == b and len(a) < 2,
        (lambda b, y, x, z: b[0] + b[2], lambda b, y, x, z: b[1]),
    ),
    # d/dt sum(x tanh t) at z = x (1 - tanh^2 z)
    **{
        f"derivative {name}": Move(
            lambda x, z, way=way: way(lambda t: np.sum(x * np.tanh(t)), z),
            lambda a, b: a == b,
            (
                lambda b, y, x, z: b * (1 - np.tanh(z) ** 2),
                lambda b, y, x, z: b * x * -2 * np.tanh(z) * (1 - np.tanh(z) ** 2),
            ),
        )
        for name, way in {
            "by grad": lambda f, z: grad(f)(z),
            "by tape": lambda f, z: inside_a_tape(f, z),
        }.items()
    },
    # d/dh f(z + h x) = cos(z) x
    "derivative by jvp": Move(
        lambda x, z: jvp(np.sin, (z,), (x,))[1],
        lambda a, b: a == b,
        (lambda b, y, x, z: b * np.cos(z), lambda b, y, x, z: -b * x * np.sin(z)),
    ),
}
WITH_NUMBER = {
    "number +": (lambda x, c: c + x, lambda b, x, c: b),
    "- number": (lambda x, c: x - c, lambda b, x, c: b),
    "number -": (lambda x, c: c - x, lambda b, x, c: -b),
    "* number": (lambda x, c: x * c, lambda b, x, c: b * c),
    "/ number": (lambda x, c: x / (2 + c * c), lambda b, x, c: b / (2 + c * c)),
    "number /": (lambda x, c: c / (2 + x * x), lambda b, x, c: -2 * b * c * x / (2 + x * x) ** 2),
}


def inside_a_tape(f, z):
    with GradientTape() as tape:
        t = tape.watch(z * 1.0)
        y = f(t)
    return tape.gradient(y, t)


# -- the machine -----------------------------------------------------------------------------------------------------


class Node(NamedTuple):
    """A place in the program, with its value on the engine and in the twin."""

    place: int
    tensor: Any
    twin: Twin


class Tapes(RuleBasedStateMachine):
    """Leaves and operations at random; gradients by all faces, whenever asked for."""

    nodes = Bundle("nodes")

    def __init__(self):
        super().__init__()
        self.program = []  # (code, places) of an operation, a value for a leaf
        self.twins = []
        self.leaves = []
        self.kept = {}  # place of a leaf -> its gradient so far, by the twin
        self.rng = np.random.default_rng(0)

    @initialize(seed=st.integers(0, 2**32 - 1))
    def begin(self, seed):
        self.rng = np.random.default_rng(seed)

    def add(self, entry, value, twin):
        self.program.append(entry)
        self.twins.append(twin)
        return Node(len(self.program) - 1, value, twin)

    @rule(target=nodes, shape=st.sampled_from(SHAPES))
    def leaf(self, shape):
        value = self.rng.uniform(-1.5, 1.5, shape)
        value = float(value) if shape == () else value
        node = self.add(value, tensor(value), Twin(value))
        self.leaves.append(node)
        return node

    def taken(self, code, nodes, pulls):
        """A new node, if its value is tame and no operand's tape is used up."""
        x = [node.twin.value for node in nodes]
        value = np.asarray(code(*x))
        if value.size > ENTRIES or not np.all(np.abs(value) < LARGEST) or len(self.program) >= STEPS:
            return multiple()
        try:
            y = code(*[node.tensor for node in nodes])
        except TapeError as error:
            assert "used up by .backward()" in str(error)
            return multiple()
        found = np.asarray(y.value)
        assert found.shape == value.shape and np.all(np.abs(found - value) <= ROUNDING)
        twin = Twin(value, [(node.twin, lambda b, p=p: p(b, value, *x)) for node, p in zip(nodes, pulls, strict=True)])
        return self.add((code, [node.place for node in nodes]), y, twin)

    @rule(target=nodes, name=st.sampled_from(sorted(ONE)), node=nodes)
    def one(self, name, node):
        move = ONE[name]
        return self.taken(move.code, [node], move.pulls) if move.fits(node.twin.value.shape) else multiple()

    @rule(target=nodes, name=st.sampled_from(sorted(TWO)), x=nodes, z=nodes)
    def two(self, name, x, z):
        move = TWO[name]
        fits = move.fits(x.twin.value.shape, z.twin.value.shape)
        return self.taken(move.code, [x, z], move.pulls) if fits else multiple()

    @rule(
        target=nodes,
        name=st.sampled_from(sorted(WITH_NUMBER)),
        node=nodes,
        c=st.one_of(st.integers(-3, 3), st.floats(-3, 3), st.sampled_from(SHAPES)),
    )
    def with_number(self, name, node, c):
        """A Python number, or an array that is no tensor."""
        c = self.rng.uniform(-1, 1, c) if isinstance(c, tuple) else c
        if not broadcast(node.twin.value.shape, np.shape(c)):
            return multiple()
        code, pull = WITH_NUMBER[name]
        return self.taken(lambda x: code(x, c), [node], [lambda b, y, x: pull(b, x, c)])

    @rule(target=nodes, x=nodes, z=nodes)
    def with_constant_from_a_tensor(self, x, z):
        """A factor that was computed with nothing recorded."""

        def code(x, z):
            with no_grad():
                c = np.cos(z) * 2.0
            return x * c

        if not broadcast(x.twin.value.shape, z.twin.value.shape):
            return multiple()
        return self.taken(code, [x, z], [lambda b, y, x, z: b * 2 * np.cos(z), lambda b, y, x, z: 0 * b])

    @rule(node=consumes(nodes), whole=st.booleans())
    def backward(self, node, whole):
        """Back from a node, with a seed or from a sum: gradients add up in the leaves."""
        seed = np.ones(node.twin.value.shape) if whole else self.rng.uniform(-1, 1, node.twin.value.shape)
        before = [leaf.tensor.grad for leaf in self.leaves]
        try:
            (np.sum(node.tensor).backward if whole else lambda: node.tensor.backward(seed))()
        except TapeError as error:
            assert "used up by .backward()" in str(error)
            assert all(leaf.tensor.grad is b for leaf, b in zip(self.leaves, before, strict=True))
            return
        known = {}
        for leaf in self.leaves:
            bar = leaf.twin.adjoint({node.twin: seed}, known)
            self.kept[leaf.place] = self.kept.get(leaf.place, 0.0) + bar
        self.compare([leaf.tensor.grad for leaf in self.leaves], [self.kept[leaf.place] for leaf in self.leaves], known)

    def compare(self, found, expected, known):
        scale = max([1.0, *(np.max(np.abs(bar)) for bar in known.values())])
        for gradient, bar in zip(found, expected, strict=True):
            gradient = np.zeros(bar.shape) if gradient is None else np.asarray(gradient)
            assert gradient.shape == bar.shape and gradient.dtype == float
            assert np.all(np.abs(gradient - bar) <= ROUNDING * scale * max(1.0, np.max(np.abs(bar))))

    def replay(self, leaves, targets):
        """The program up to the last of some places, as a function of its leaves: the values there."""
        values, leaves = [], iter(leaves)
        for entry in self.program[: max(targets) + 1]:
            if isinstance(entry, tuple):
                code, places = entry
                values.append(code(*[values[k] for k in places]))
            else:
                values.append(next(leaves))
        return [values[k] for k in targets]

    @rule(node=nodes, every=st.booleans())
    def differentiate(self, node, every):
        """The same program by the other faces, from one node or from all of them."""
        targets = list(range(node.place + 1)) if every else [node.place]
        leaves = [leaf for leaf in self.leaves if leaf.place <= node.place]
        at = [self.program[leaf.place] for leaf in leaves]
        seeds = [self.rng.uniform(-1, 1, self.twins[k].value.shape) for k in targets]
        known, by_twin = {}, {self.twins[k]: seed for k, seed in zip(targets, seeds, strict=True)}
        expected = [leaf.twin.adjoint(by_twin, known) for leaf in leaves]

        def total(*x):
            return sum(np.sum(y * seed) for y, seed in zip(self.replay(x, targets), seeds, strict=True))

        self.compare(grad(total, tuple(range(len(at))))(*at), expected, known)
        with GradientTape() as tape:
            x = tape.watch(at)
            y = total(*x) if every else self.replay(x, targets)[0]
        self.compare(tape.gradient(y, x, seed=None if every else seeds[0]), expected, known)

        dots = [self.rng.uniform(-1, 1, np.shape(a)) for a in at]
        dots = [float(d) if isinstance(a, float) else d for a, d in zip(at, dots, strict=True)]
        y_dot = jvp(total, at, dots)[1]
        along = sum(np.sum(bar * d) for bar, d in zip(expected, dots, strict=True))
        scale = max([1.0, *(np.max(np.abs(bar)) for bar in known.values())])
        assert abs(y_dot - along) <= ROUNDING * scale * len(at) * max(1.0, abs(along))

    @rule(node=consumes(nodes))
    def forget(self, node):
        """Drop a tensor; what was computed from it stays."""

    @invariant()
    def values_are_those_of_the_twin(self):
        for leaf in self.leaves:
            assert np.array_equal(leaf.tensor.value, leaf.twin.value)


Tapes.TestCase.settings = settings(max_examples=150, stateful_step_count=STEPS, deadline=None)
TestTapes = Tapes.TestCase


def test_the_twin_catches_a_wrong_rule(monkeypatch):
    """A cotangent of sin with a sign too many must be found out by the comparison."""
    machine = Tapes()
    x = machine.leaf((3,))
    right = machine.one("sin", x)
    machine.differentiate(right, True)
    monkeypatch.setitem(ONE, "sin", ONE["sin"]._replace(pulls=(lambda b, y, x: -b * np.cos(x),)))
    wrong = machine.one("sin", x)
    try:
        machine.differentiate(wrong, False)
    except AssertionError:
        return
    raise AssertionError("the wrong sign was not seen")

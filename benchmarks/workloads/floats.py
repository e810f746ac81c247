"""E1 on Python floats: 198 operations, those that micrograd has, and the partials by all five inputs.

    33 times  x = -((x * a + b) / c - d) ** 2

With u = (x a + b) / c - d and a = c this is u <- e - u^2, e = b / c - d = 1.2: in the end u jumps between 1.17 and
-0.17, so the bases of the powers have both signs, and nothing grows.
"""

from typing import Any

from benchmarks.workload import Answer, Contestant, Duel, Workload

ROUNDS = 33
Floats = tuple[float, ...]  # x, a, b, c, d


def data(size: int) -> Floats:
    """The point."""
    return (-0.4, 1.5, 2.55, 1.5, 0.5)


def chain(x: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """The program, for whatever has these operators."""
    for _ in range(ROUNDS):
        x = -(((x * a + b) / c - d) ** 2)
    return x


def by_hand(point: Floats) -> Contestant:
    """The reverse sweep as one would write it: the inner values are kept, and their loop is run backwards."""

    def run() -> Answer:
        x, a, b, c, d = point
        kept = []
        for _ in range(ROUNDS):
            s = x * a + b
            u = s / c - d
            kept.append((x, s, u))
            x = -(u**2)
        x_bar, a_bar, b_bar, c_bar, d_bar = 1.0, 0.0, 0.0, 0.0, 0.0
        for before, s, u in reversed(kept):
            u_bar = -x_bar * 2.0 * u
            d_bar -= u_bar
            s_bar = u_bar / c
            c_bar -= s_bar * s / c
            b_bar += s_bar
            a_bar += s_bar * before
            x_bar = s_bar * a
        return x, (x_bar, a_bar, b_bar, c_bar, d_bar)

    return run


def ours(point: Floats) -> Contestant:
    """The tape of trigrad."""
    from autodiff import value_and_grad

    function = value_and_grad(chain, argnums=(0, 1, 2, 3, 4))
    return lambda: function(*point)


def micrograd(point: Floats) -> Contestant:
    """Values, and backward from the last."""
    from micrograd.engine import Value

    def run() -> Answer:
        leaves = [Value(x) for x in point]
        y = chain(*leaves)
        y.backward()
        return y.data, tuple([leaf.grad for leaf in leaves])

    return run


ROWS = (
    Workload(
        name="E1 floats",
        title="198 operations on Python floats, 5 inputs",
        sizes=(1,),
        quick=(1,),
        make=data,
        contestants={"by hand": by_hand, "trigrad": ours, "micrograd": micrograd},
        reference="by hand",
        duels=(Duel("trigrad", "micrograd", {1: 6.0}, quick=True), Duel("trigrad", "by hand")),
    ),
)

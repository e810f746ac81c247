"""A2: the errors of 31,843 observations of points by cameras, ADBench's second objective, and all their Jacobians.

An observation has 15 parameters: a camera's rotation vector r, its centre C, focal length f, principal point x0 and
two coefficients k of distortion, a point X, and a weight w. Its two errors are

    w (f (1 + k1 |p|^2 + k2 |p|^4) p + x0 - seen),   p = (Z1, Z2) / Z3,   Z = R(r) (X - C)

where R turns by the angle |r| about r (Rodrigues). The Jacobian of an observation is 2 by 15; numbers of all
observations stand in the last axis.

Source: Srajer, Kukelova and Fitzgibbon, A benchmark of selected algorithmic differentiation tools on some problems in
computer vision and machine learning, Optim. Methods Softw. 33 (2018), section 4.2; Agarwal et al., Bundle adjustment in
the large, ECCV (2010). The errors 1 - w^2 of ADBench are left out.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload
from expression.operations.operation import Array

COUNT = 15
Triple = tuple[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Observations:
    """Parameters of random cameras and points, and where the points were seen."""

    parameters: Array  # (15, N)
    seen: Array  # (2, N)


def data(size: int) -> Observations:
    """As many observations; points are in front of their cameras, and angles are not near 0."""
    rng = np.random.default_rng(8)
    parameters = np.concatenate(
        [
            rng.uniform(0.1, 0.6, (3, size)),
            rng.uniform(-0.5, 0.5, (3, size)),
            rng.uniform(0.8, 1.2, (1, size)),
            rng.uniform(-0.1, 0.1, (4, size)),
            rng.uniform(-0.5, 0.5, (2, size)),
            rng.uniform(3.0, 4.0, (1, size)),
            rng.uniform(0.5, 1.5, (1, size)),
        ]
    )
    return Observations(parameters, rng.uniform(-0.5, 0.5, (2, size)))


def cross(a: Any, b: Any) -> Triple:
    """The vector product, for what has three entries along its first axis."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def dot(a: Any, b: Any) -> Any:
    """The inner product, for what has three entries along its first axis."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def by_hand(observations: Observations) -> Contestant:
    """Values, and two reverse sweeps over all observations at once, as one would write them in NumPy."""
    seen1, seen2 = observations.seen

    def run() -> Answer:
        P = observations.parameters
        angle = np.sqrt(dot(P[:3], P[:3]))
        n = P[:3] / angle
        sine, cosine = np.sin(angle), np.cos(angle)
        Y = P[11:14] - P[3:6]
        across, along = np.stack(cross(n, Y)), dot(n, Y)
        lost = 1 - cosine
        Z = cosine * Y + sine * across + (lost * along) * n
        inverse = 1 / Z[2]
        u, v = Z[0] * inverse, Z[1] * inverse
        f, k1, k2, w = P[6], P[9], P[10], P[14]
        square = u * u + v * v
        stretch = 1 + square * (k1 + square * k2)
        bend = 2 * (k1 + 2 * square * k2)
        pu, pv = stretch * u, stretch * v
        e1, e2 = f * pu + P[7] - seen1, f * pv + P[8] - seen2

        J = np.zeros((2, COUNT, len(w)))
        scale = w * f * inverse
        mixed = bend * u * v * scale
        slopes = ((bend * u * u + stretch) * scale, mixed), (mixed, (bend * v * v + stretch) * scale)
        turning = cosine * across - sine * Y + (sine * along) * n
        for row, (a, b) in zip(J, slopes, strict=True):
            Z_bar = np.stack([a, b, -(a * u + b * v)])
            inner = dot(n, Z_bar)
            row[11:14] = cosine * Z_bar + sine * np.stack(cross(Z_bar, n)) + (lost * inner) * n
            np.negative(row[11:14], out=row[3:6])
            n_bar = sine * np.stack(cross(Y, Z_bar)) + lost * (inner * Y + along * Z_bar)
            row[:3] = dot(turning, Z_bar) * n + (n_bar - dot(n, n_bar) * n) / angle
        wf = w * f * square
        J[0, 6], J[0, 7], J[0, 9], J[0, 14] = w * pu, w, wf * u, e1
        J[1, 6], J[1, 8], J[1, 9], J[1, 14] = w * pv, w, wf * v, e2
        np.multiply(J[:, 9], square, out=J[:, 10])
        return np.stack([w * e1, w * e2]), J

    return run


def errors(P: Any, seen: Any, np: Any) -> tuple[Any, Any]:
    """The two errors, in the words of a NumPy; of one observation, or of all at once."""
    r, C, X = P[0:3], P[3:6], P[11:14]
    f, x1, x2, k1, k2, w = P[6], P[7], P[8], P[9], P[10], P[14]
    angle = np.sqrt(dot(r, r))
    n, Y = r / angle, X - C
    sine, cosine = np.sin(angle), np.cos(angle)
    left = (1 - cosine) * dot(n, Y)
    Z1, Z2, Z3 = (cosine * Y[i] + sine * m + left * n[i] for i, m in enumerate(cross(n, Y)))
    u, v = Z1 / Z3, Z2 / Z3
    square = u * u + v * v
    stretch = f * (1 + k1 * square + k2 * square * square)
    return w * (stretch * u + x1 - seen[0]), w * (stretch * v + x2 - seen[1])


def ours_stacked(observations: Observations) -> Contestant:
    """The tape of trigrad over all observations at once, and a reverse sweep for each of the two errors."""
    from autodiff import vjp

    seen = observations.seen
    one = np.ones_like(seen[0])

    def run() -> Answer:
        e, pullback = vjp(lambda P: errors(P, seen, np), observations.parameters)
        return np.stack(e), np.stack([pullback((one, 0 * one))[0], pullback((0 * one, one))[0]])

    return run


def ours_compiled(observations: Observations) -> Contestant:
    """The same, with its two sweeps recorded and compiled as one program."""
    from autodiff import vjp
    from expression import compile, trace

    def both(P: Array, seen: Array) -> Answer:
        e, pullback = vjp(lambda P: errors(P, seen, np), P)
        one, none = np.ones_like(seen[0]), np.zeros_like(seen[0])
        return np.stack(e), np.stack([pullback((one, none))[0], pullback((none, one))[0]])

    arrays = observations.parameters, observations.seen
    function = compile(trace(both, *arrays))
    return lambda: function(*arrays)


def autograd(observations: Observations) -> Contestant:
    """Autograd's reverse sweeps, over all observations at once."""
    import autograd.numpy as anp
    from autograd import make_vjp
    from autograd.builtins import tuple as pair

    seen = observations.seen
    one, none = np.ones_like(seen[0]), np.zeros_like(seen[0])

    def run() -> Answer:
        pullback, e = make_vjp(lambda P: pair(errors(P, seen, anp)))(observations.parameters)
        return np.stack(e), np.stack([pullback((one, none)), pullback((none, one))])

    return run


def pytorch(observations: Observations) -> Contestant:
    """PyTorch's own map of its own Jacobian; values come with it."""
    import torch

    P, seen = torch.from_numpy(observations.parameters), torch.from_numpy(observations.seen)

    def one(p: Any, y: Any) -> tuple[Any, Any]:
        e = torch.stack(errors(p, y, torch))
        return e, e

    both = torch.func.vmap(torch.func.jacrev(one, has_aux=True), in_dims=1, out_dims=-1)

    def run() -> Answer:
        J, e = both(P, seen)
        return e, J

    return run


def pytorch_stacked(observations: Observations) -> Contestant:
    """PyTorch eager over all observations at once, and a reverse sweep for each of the two errors."""
    import torch

    P, seen = torch.from_numpy(observations.parameters).requires_grad_(), torch.from_numpy(observations.seen)
    one = torch.ones_like(seen[0])

    def run() -> Answer:
        e1, e2 = errors(P, seen, torch)
        (J1,) = torch.autograd.grad(e1, P, one, retain_graph=True)
        (J2,) = torch.autograd.grad(e2, P, one)
        return torch.stack([e1, e2]), torch.stack([J1, J2])

    return run


def jax(observations: Observations) -> Contestant:
    """JAX's map of its Jacobian, compiled; values come with it."""
    import jax
    import jax.numpy as jnp

    def one(p: Array, y: Array) -> tuple[Array, Array]:
        e = jnp.stack(errors(p, y, jnp))
        return e, e

    both = jax.jit(jax.vmap(jax.jacrev(one, has_aux=True), in_axes=1, out_axes=-1))
    P, seen = jnp.asarray(observations.parameters), jnp.asarray(observations.seen)

    def run() -> Answer:
        J, e = jax.block_until_ready(both(P, seen))
        return e, J

    return run


SIZE = 31_843
ROWS = (
    Workload(
        name="A2",
        title="ADBench's bundle adjustment: errors and their 2 x 15 Jacobians; size is the number of observations",
        sizes=(SIZE,),
        quick=(),
        make=data,
        contestants={
            "by hand": by_hand,
            "trigrad stacked": ours_stacked,
            "trigrad compiled": ours_compiled,
            "autograd": autograd,
            "PyTorch": pytorch,
            "PyTorch stacked": pytorch_stacked,
            "JAX": jax,
        },
        reference="by hand",
        duels=(
            Duel("trigrad stacked", "by hand"),
            Duel("trigrad stacked", "autograd"),
            Duel("trigrad stacked", "PyTorch stacked"),
            Duel("trigrad compiled", "by hand", {SIZE: NOT_BEHIND}),
            Duel("trigrad compiled", "autograd", {SIZE: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {SIZE: AHEAD}),
            Duel("trigrad compiled", "PyTorch stacked", {SIZE: AHEAD}),
            Duel("trigrad compiled", "JAX"),
        ),
    ),
)

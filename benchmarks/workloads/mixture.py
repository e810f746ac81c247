"""A1: the logarithm of the posterior of a Gaussian mixture, ADBench's first objective, and the gradients by all of it.

sum over points x of log sum over k of exp(alpha_k + log det Q_k - |Q_k (x - mean_k)|^2 / 2)
    - n log sum over k of exp(alpha_k) - n d log(2 pi) / 2 + the logarithm of Wishart's prior of Q

Q_k is lower triangular, a root of the inverse covariance: its diagonal is exp of the first d entries of row k of icf,
and the others stand below it, column by column. Everybody multiplies all points by all Q_k at once:
Q_k (x - mean_k) = Q_k x - Q_k mean_k.

Source: Srajer, Kukelova and Fitzgibbon, A benchmark of selected algorithmic differentiation tools on some problems in
computer vision and machine learning, Optim. Methods Softw. 33 (2018), section 4.1. Its C++ gradient by hand has no
place in a Python process; the one here is NumPy.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import lgamma, log, pi
from typing import Any

import numpy as np

from benchmarks.calling import Loss, compiled, taped, with_autograd, with_jax, with_pytorch
from benchmarks.workload import AHEAD, NOT_BEHIND, Answer, Contestant, Duel, Workload
from expression.functions import logsumexp
from expression.operations.operation import Array

GAMMA, DEGREES = 1.0, 0  # of the prior: its scale, and its degrees of freedom beyond d + 1, as in ADBench
Parameters = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Points:
    """Random points and a random mixture, as ADBench draws them: everything is normal."""

    X: Array  # (n, d)
    parameters: Parameters  # alphas (K,), means (K, d), icf (K, d + d (d - 1) / 2)

    @property
    def others(self) -> tuple[Array]:
        """What the loss takes besides its parameters."""
        return (self.X,)


def drawn(n: int, d: int, K: int) -> Points:
    """Points and a mixture of that size."""
    rng = np.random.default_rng(6)
    parameters = {
        "alphas": rng.normal(size=K),
        "means": rng.uniform(size=(K, d)),
        "icf": rng.normal(size=(K, d + d * (d - 1) // 2)) / np.sqrt(d),
    }
    return Points(rng.normal(size=(n, d)), parameters)


@lru_cache(maxsize=4)
def places(d: int) -> Array:
    """For each entry of a Q, where it is found in (its diagonal, the entries below, a zero): (d d,)."""
    columns, rows = np.triu_indices(d, 1)  # of the entries below the diagonal, column by column
    found = np.full((d, d), d + len(rows))
    np.fill_diagonal(found, np.arange(d))
    found[rows, columns] = d + np.arange(len(rows))
    return found.reshape(-1)


@lru_cache(maxsize=4)
def constant(n: int, d: int, K: int) -> float:
    """What does not depend on parameters: of the normal densities, and of the prior."""
    freedom = d + DEGREES + 1
    log_gamma = 0.25 * d * (d - 1) * log(pi) + sum(lgamma(0.5 * (freedom - j)) for j in range(d))
    return -0.5 * n * d * log(2 * pi) - K * (freedom * d * (log(GAMMA) - 0.5 * log(2)) - log_gamma)


def by_hand(points: Points) -> Contestant:
    """The reverse sweep as one would write it in NumPy; the large arrays are (n, K d), and there is one of them."""
    (X,), where = points.others, places(points.X.shape[1])
    n, d = X.shape
    K, below = len(points.parameters["alphas"]), d * (d - 1) // 2
    sources = np.argsort(where, kind="stable")[d : d + below]  # where the entries below the diagonal are in Q

    def run() -> Answer:
        alphas, means, icf = (points.parameters[name] for name in ("alphas", "means", "icf"))
        diagonal, entries = np.exp(icf[:, :d]), icf[:, d:]
        Q = np.concatenate([diagonal, entries, np.zeros((K, 1))], axis=1)[:, where].reshape(K, d, d)
        centres = np.matmul(Q, means[:, :, None])[:, :, 0]
        y = X @ Q.reshape(K * d, d).T
        y -= centres.reshape(-1)
        y = y.reshape(n, K, d)
        log_dets = icf[:, :d].sum(axis=1)
        inner = alphas + log_dets - 0.5 * np.einsum("nkd,nkd->nk", y, y)
        top = inner.max(axis=1, keepdims=True)
        shares = np.exp(inner - top)
        totals = shares.sum(axis=1, keepdims=True)
        weights = np.exp(alphas - alphas.max())
        prior = 0.5 * GAMMA**2 * ((diagonal**2).sum() + (entries**2).sum()) - DEGREES * log_dets.sum()
        log_total = alphas.max() + np.log(weights.sum())
        value = np.log(totals).sum() + top.sum() - n * log_total + prior + constant(n, d, K)

        shares /= totals
        y *= shares[:, :, None]
        counts = shares.sum(axis=0)
        pulled = y.sum(axis=0)
        Q_bar = pulled[:, :, None] * means[:, None, :] - (y.reshape(n, K * d).T @ X).reshape(K, d, d)
        found = np.empty_like(icf)
        flat = Q_bar.reshape(K, d * d)
        found[:, :d] = (flat[:, :: d + 1] + GAMMA**2 * diagonal) * diagonal + (counts - DEGREES)[:, None]
        found[:, d:] = flat[:, sources] + GAMMA**2 * entries
        means_bar = np.matmul(pulled[:, None, :], Q)[:, 0, :]
        return value, {"alphas": counts - n * weights / weights.sum(), "means": means_bar, "icf": found}

    return run


def loss(p: Parameters, X: Array) -> Array:
    """The program as one writes it in NumPy."""
    (n, d), K = X.shape, len(p["alphas"])
    log_dets, diagonal, entries = np.sum(p["icf"][:, :d], axis=1), np.exp(p["icf"][:, :d]), p["icf"][:, d:]
    Q = np.concatenate([diagonal, entries, np.zeros((K, 1))], axis=1)[:, places(d)]
    centres = np.sum(np.reshape(Q, (K, d, d)) * p["means"][:, None, :], axis=2)
    y = np.reshape(X @ np.reshape(Q, (K * d, d)).T - np.reshape(centres, (-1,)), (n, K, d))
    inner = p["alphas"] + log_dets - 0.5 * np.sum(y**2, axis=2)
    prior = 0.5 * GAMMA**2 * (np.sum(diagonal**2) + np.sum(entries**2)) - DEGREES * np.sum(log_dets)
    return np.sum(logsumexp(inner, axis=1)) - n * logsumexp(p["alphas"]) + prior + constant(n, d, K)


def autograd_words() -> Loss:
    """Autograd's own NumPy and SciPy."""
    import autograd.numpy as anp
    from autograd.scipy.special import logsumexp

    def loss(p: Parameters, X: Array) -> Array:
        (n, d), K = X.shape, len(p["alphas"])
        log_dets, diagonal = anp.sum(p["icf"][:, :d], axis=1), anp.exp(p["icf"][:, :d])
        entries = p["icf"][:, d:]
        Q = anp.concatenate([diagonal, entries, np.zeros((K, 1))], axis=1)[:, places(d)]
        centres = anp.sum(anp.reshape(Q, (K, d, d)) * p["means"][:, None, :], axis=2)
        y = anp.reshape(anp.dot(X, anp.reshape(Q, (K * d, d)).T) - anp.reshape(centres, (-1,)), (n, K, d))
        inner = p["alphas"] + log_dets - 0.5 * anp.sum(y**2, axis=2)
        prior = 0.5 * GAMMA**2 * (anp.sum(diagonal**2) + anp.sum(entries**2)) - DEGREES * anp.sum(log_dets)
        return anp.sum(logsumexp(inner, axis=1)) - n * logsumexp(p["alphas"]) + prior + constant(n, d, K)

    return loss


def pytorch_words() -> Loss:
    """PyTorch's own logsumexp."""
    import torch

    def loss(p: dict[str, Any], X: Any) -> Any:
        (n, d), K = X.shape, len(p["alphas"])
        log_dets, diagonal, entries = p["icf"][:, :d].sum(1), p["icf"][:, :d].exp(), p["icf"][:, d:]
        zero = torch.zeros((K, 1), dtype=X.dtype)
        Q = torch.cat([diagonal, entries, zero], 1)[:, torch.from_numpy(places(d))].view(K, d, d)
        centres = torch.bmm(Q, p["means"][:, :, None]).view(-1)
        y = torch.addmm(centres, X, Q.view(K * d, d).T, beta=-1).view(n, K, d)
        inner = p["alphas"] + log_dets - 0.5 * (y**2).sum(2)
        prior = 0.5 * GAMMA**2 * ((diagonal**2).sum() + (entries**2).sum()) - DEGREES * log_dets.sum()
        return torch.logsumexp(inner, 1).sum() - n * torch.logsumexp(p["alphas"], 0) + prior + constant(n, d, K)

    return loss


def jax_words() -> Loss:
    """JAX's own logsumexp."""
    import jax.numpy as jnp
    from jax.scipy.special import logsumexp

    def loss(p: Parameters, X: Array) -> Array:
        (n, d), K = X.shape, len(p["alphas"])
        log_dets, diagonal, entries = jnp.sum(p["icf"][:, :d], axis=1), jnp.exp(p["icf"][:, :d]), p["icf"][:, d:]
        Q = jnp.concatenate([diagonal, entries, jnp.zeros((K, 1))], axis=1)[:, places(d)].reshape(K, d, d)
        centres = jnp.einsum("kij,kj->ki", Q, p["means"])
        y = (X @ Q.reshape(K * d, d).T - centres.reshape(-1)).reshape(n, K, d)
        inner = p["alphas"] + log_dets - 0.5 * jnp.sum(y**2, axis=2)
        prior = 0.5 * GAMMA**2 * (jnp.sum(diagonal**2) + jnp.sum(entries**2)) - DEGREES * jnp.sum(log_dets)
        return jnp.sum(logsumexp(inner, axis=1)) - n * logsumexp(p["alphas"]) + prior + constant(n, d, K)

    return loss


CONTESTANTS = {
    "by hand": by_hand,
    "trigrad": taped(loss),
    "trigrad compiled": compiled(loss),
    "autograd": with_autograd(autograd_words),
    "PyTorch": with_pytorch(pytorch_words),
    "JAX": with_jax(jax_words),
}


def row(size: int, d: int, K: int, quick: bool) -> Workload:
    """The workload for points of d coordinates and K components."""
    return Workload(
        name=f"A1 d={d} K={K}",
        title=f"ADBench's Gaussian mixture, {d} dimensions, {K} components, random points: size is their number",
        sizes=(size,),
        quick=(size,) if quick else (),
        make=lambda n: drawn(n, d, K),
        contestants=CONTESTANTS,
        reference="by hand",
        duels=(
            Duel("trigrad", "by hand"),
            Duel("trigrad", "autograd"),
            Duel("trigrad", "PyTorch"),
            Duel("trigrad compiled", "by hand", {size: NOT_BEHIND}),
            Duel("trigrad compiled", "autograd", {size: AHEAD}),
            Duel("trigrad compiled", "PyTorch", {size: AHEAD}),
            Duel("trigrad compiled", "JAX"),
        ),
    )


SHAPES = ((1_000, 2, 5, True), (1_000, 10, 25, True), (1_000, 64, 10, False), (10_000, 10, 50, False))
ROWS = tuple(row(*shape) for shape in SHAPES)

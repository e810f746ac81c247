"""The step h, chosen from the function's own scale.

Truncation is C h^p, rounding N / h^d, and h = (d N / (p C))^(1 / (p + d)) balances them. Three quotients tell C: with a
long step H and with H/2, which differ by C H^p (1 - 2^-p), and with a short step, whose quotient must then lie where
the other two extrapolate to. Where their difference drowns in rounding, H grows; where the three disagree, H shrinks.
After Gill, Murray, Saunders and Wright, "Computing forward-difference intervals for numerical optimization", SIAM J.
Sci. Stat. Comput. 4 (1983). How much f rounds is measured (see Sampler.measure_noise) only once the three disagree.
"""

from dataclasses import dataclass
from math import log2

import numpy as np

from expression.operations.operation import Array
from numeric.differences import AGREES, Found, Quotients, for_outputs, halves, neville, worst
from numeric.lines import nearest_power_of_two
from numeric.schemes import Scheme

VISIBLE = 8.0  # a difference that is so many times its rounding error tells C to a few tenths
ASYMPTOTIC = 0.25  # H as a part of the length over which f changes: beyond it the series says nothing
DOUBT = 16.0  # the second term of the series beside the first, where both derivatives grow as f over its length
NEARER = 0.75  # between half a step and the whole one the mean of f comes as much nearer to f(x), even at a kink
WORTH = 0.25  # a better step is taken if it makes the error so much smaller
FACTOR = 64.0  # by which H grows and shrinks
GROWTHS, SHRINKS = 4, 6
LAST_DIGITS = 4.0  # no step makes a derivative better than a few units in its last place
STRETCH = 8.0  # by which the first step of an extrapolation grows ...
DIGITS = 512.0  # ... until the error is so many units in the last place, 1e-13


@dataclass(frozen=True, slots=True)
class Verdict:
    """What three quotients tell, line by line."""

    limit: Array  # what the two long steps extrapolate to
    doubt: Array  # how wrong that may be
    constant: Array  # C
    rounding: Array  # N
    long_error: Array  # of the quotient with step H, where truncation is not seen
    short_error: Array  # of the quotient with the short step
    agrees: Array  # the three agree, and with f(x): each is what it should be
    seen: Array  # and truncation was seen, so that C is known


def judge(quotients: Quotients, quotient: Array, size: Array, mean: Array, steps: Array) -> Verdict:
    """Compare quotients with steps H, H/2 and a short one: shapes (3, lines, m) and (3, lines)."""
    stencil = quotients.stencil
    p, d = stencil.order, stencil.derivative
    noise = worst(quotients.noise(size, steps))
    half_way = quotient[0] - quotient[1]
    drop = worst(half_way)
    truncation = drop / (2**p - 1)  # of the step H/2
    limit = quotient[1] - half_way / (2**p - 1)
    gap = worst(quotient[2] - limit)
    constant = truncation / steps[1] ** p
    part = steps[0] * (constant / worst(size[2])) ** (1 / (p + d))  # H over the length on which f changes
    doubt = truncation * np.minimum(1.0, DOUBT * part**stencil.gain)
    stray = strays(quotients, size, mean, steps)
    agrees = np.isfinite(gap) & (gap <= truncation / 4 + AGREES * noise[2]) & (stray == 0)
    seen = agrees & (drop > VISIBLE * noise[1])
    agrees &= ~seen | (part <= ASYMPTOTIC)
    rounding = noise[2] * steps[2] ** d
    model = np.where(seen, constant * steps[2] ** p + noise[2], noise[2])
    unexplained = np.where(seen, gap - doubt, gap)
    short_error = np.maximum(model, unexplained) + stray / steps[2] ** d
    return Verdict(limit, doubt, constant, rounding, 2 * drop + noise[0], short_error, agrees, seen & agrees)


def strays(quotients: Quotients, size: Array, mean: Array, steps: Array) -> Array:
    """How far f(x) lies from where the values around it lead, line by line; 0 where it is what they lead to.

    Their mean tends to f(x) as h^2 (as h at a kink). If the shortest step is as far off as a longer one, f does
    something at x that is narrower than all of them, as exp(-(x / s)^2) is for steps beyond s.
    """
    away = quotients.missed(mean)
    longer = np.minimum.reduce(away[np.logical_and.reduce(steps > steps[-1], axis=1)])
    beyond = away[-1] > NEARER * longer + AGREES * quotients.rounding(size[-1])
    return worst(np.where(beyond, away[-1], 0.0))


def balanced(quotients: Quotients) -> Found:
    """The step at which truncation meets rounding, found line by line, and the derivative with it."""
    stencil, lines, sampler = quotients.stencil, quotients.lines, quotients.sampler
    trial = quotients.eps ** (1 / (stencil.order + stencil.derivative + 2))
    usual = stencil.relative_step(quotients.precision)
    ladder = np.array([[1.0], [0.5], [2.0 ** round(log2(usual / trial))]])
    long = nearest_power_of_two(trial * lines.scale)
    grown, shrunk = np.zeros((2, len(lines)), dtype=int)
    active = np.arange(len(lines))
    found: Found | None = None
    while found is None or len(active):
        steps = ladder * long[active]
        quotient, size, mean = quotients.at(active, steps, here=not quotients.aside)
        verdict = judge(quotients, quotient, size, mean, steps)
        if not verdict.agrees.all() and sampler.noise is None:
            sampler.measure_noise()
            verdict = judge(quotients, quotient, size, mean, steps)
        agrees, seen = verdict.agrees, verdict.seen
        short = Found(quotient[2], for_outputs(verdict.short_error, quotient[2]), steps[2], agrees, seen)
        if found is None:
            found = short.copy()
        else:
            found.offer(active, short)
        flat = agrees & ~seen
        some_flat = flat.any()
        if some_flat:  # truncation is below rounding even at H
            plain = Found(quotient[0], for_outputs(verdict.long_error, quotient[0]), steps[0], agrees, seen)
            found.offer(active[flat], plain.on(flat))
        if seen.any():
            refine(quotients, found, active, verdict)
        if not some_flat and agrees.all():
            break
        fine = worst(quotient[0]) * max(usual**stencil.order, LAST_DIGITS * quotients.eps)
        grows = flat & (verdict.long_error > fine) & (shrunk[active] == 0) & (grown[active] < GROWTHS)
        if not quotients.is_noisy:
            grows &= worst(quotient[0] - quotient[2]) > 0  # else f is constant, or odd about x
        shrinks = ~agrees & (grown[active] == 0) & (shrunk[active] < SHRINKS)
        if not np.any(grows | shrinks):
            break
        grown[active] += grows
        shrunk[active] += shrinks
        long[active] = np.where(grows, steps[0] * FACTOR, steps[0] / FACTOR)
        lost = ~np.isfinite(verdict.constant) | (shrunk[active] == SHRINKS)
        come_near(long, active[shrinks & lost], trial * lines.size)
        active = active[grows | shrinks]
    return found


def come_near(long: Array, lost: Array, reach: Array) -> None:
    """Shorten the steps of lines on which f is not defined so far away, or nothing else helped: to the scale of |x|."""
    near = nearest_power_of_two(reach[lost])
    long[lost] = np.where(near > 0, np.minimum(near, long[lost]), long[lost])


def refine(quotients: Quotients, found: Found, active: Array, verdict: Verdict) -> None:
    """Go to the balancing step of the lines where truncation was seen, if it is worth the evaluations."""
    p, d = quotients.stencil.order, quotients.stencil.derivative

    def error(step: Array) -> Array:
        return verdict.constant * step**p + verdict.rounding / step**d

    best = nearest_power_of_two((d * verdict.rounding / (p * verdict.constant)) ** (1 / (p + d)))
    worth = verdict.seen & (error(best) < WORTH * worst(found.error[active]))
    if worth.any():
        step = best[worth]
        quotient = quotients.alone(active[worth], step[None])
        unexplained = worst(quotient[0] - verdict.limit[worth]) - verdict.doubt[worth]
        total = np.maximum(error(best)[worth], unexplained)
        sure = np.ones(len(step), bool)
        found.offer(active[worth], Found(quotient[0], for_outputs(total, quotient[0]), step, sure, sure))


def extrapolated(quotients: Quotients, halvings: int) -> Found:
    """Richardson extrapolation, with a first step that is as long as it can be."""
    lines, sampler = quotients.lines, quotients.sampler
    ladder = halves(halvings)
    long = nearest_power_of_two(0.5 * lines.scale)
    grown, shrunk = np.zeros((2, len(lines)), dtype=int)
    active = np.arange(len(lines))
    found: Found | None = None
    while found is None or len(active):
        steps = ladder * long[active]
        quotient, size, mean = quotients.at(active, steps, here=not quotients.aside)
        best, error, noise = extrapolate(quotients, quotient, size, mean, steps)
        good = converged(error, noise)
        if not good.all() and sampler.noise is None:
            sampler.measure_noise()
            best, error, noise = extrapolate(quotients, quotient, size, mean, steps)
            good = converged(error, noise)
        drop = worst(quotient[0] - quotient[1])
        flat = drop <= VISIBLE * worst(noise[1])
        fine = worst(error) <= DIGITS * quotients.eps * worst(best)
        candidate = Found(best, error, steps[0], good, ~flat)
        if found is None:
            found = candidate.copy()
        else:
            found.offer(active, candidate)
        grows = good & ~fine & (drop > 0) & (shrunk[active] == 0) & (grown[active] < GROWTHS)
        shrinks = ~good & (grown[active] == 0) & (shrunk[active] < SHRINKS)
        if not np.any(grows | shrinks):
            break
        grown[active] += grows
        shrunk[active] += shrinks
        long[active] = np.where(grows, steps[0] * STRETCH, steps[-1])
        lost = ~np.isfinite(drop) | (shrunk[active] == SHRINKS)
        come_near(long, active[shrinks & lost], 0.5 * lines.size)
        active = active[grows | shrinks]
    return found


def extrapolate(
    quotients: Quotients, quotient: Array, size: Array, mean: Array, steps: Array
) -> tuple[Array, Array, Array]:
    """The best entry of Neville's table, its error, and the rounding errors that went into it."""
    noise = quotients.noise(size, steps)
    best, error = neville(quotient, noise)
    stray = strays(quotients, size, mean, steps) / steps[-1] ** quotients.stencil.derivative
    return best, error + stray[:, None], noise


def converged(error: Array, noise: Array) -> Array:
    """Whether the error is down to what rounding makes of the shortest step."""
    good: Array = np.isfinite(worst(error)) & (worst(error) <= AGREES * worst(noise[-1]))
    return good


def imaginary(quotients: Quotients) -> Found:
    """A complex step: nothing is subtracted, so it may be as small as can be; below |x|, where f may be singular."""
    lines, precision = quotients.lines, quotients.precision
    floor = float(precision.tiny) ** 0.9  # further down, quotients underflow
    steps = nearest_power_of_two(np.maximum(quotients.stencil.relative_step(precision) * lines.nearness, floor))
    quotient, size, _ = quotients.at(np.arange(len(steps)), steps[None])
    error = LAST_DIGITS * quotients.rounding(size[0]) / size[0]
    error = error * (np.abs(quotient[0]) + size[0] / lines.scale[:, None])
    sure = np.ones(len(steps), bool)
    return Found(quotient[0], error, steps, sure, sure)


def automatic(quotients: Quotients, scheme: Scheme, with_error: bool = False) -> Found:
    """Derivatives with steps that are chosen from the function's own scale.

    An error that is asked for takes the measured noise of f.
    """
    if with_error:
        quotients.sampler.measure_noise()
    with np.errstate(all="ignore"):
        if quotients.stencil.imaginary:
            return imaginary(quotients)
        return extrapolated(quotients, scheme.halvings) if scheme.halvings > 1 else balanced(quotients)

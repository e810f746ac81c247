"""How numbers are written: 16 digits for floats, digits alone for integers of any size, units for seconds and bytes."""

from decimal import Decimal
from math import log10
from typing import Any

import numpy as np

LONGEST = 15  # digits of an integer that is still written out
SECONDS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
BYTES = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))
SAFE_INTEGER = 2**53  # what every reader of JSON holds exactly


def integer(n: int) -> str:
    """An integer of any size: written out up to 15 digits, otherwise by its leading digits and their number.

    Never `str` of a big integer, which Python refuses beyond 4300 digits, and never `float`, which overflows.

    >>> integer(41473), integer(10**1003)
    ('41,473', '1.00e1003 (1004 digits)')
    """
    if abs(n) < 10**LONGEST:
        return f"{n:,}"
    digits = digit_count(n)
    leading = abs(n) // 10 ** (digits - 3)
    return f"{'-' if n < 0 else ''}{leading // 100}.{leading % 100:02d}e{digits - 1} ({digits} digits)"


def digit_count(n: int) -> int:
    """How many decimal digits an integer has, without writing them.

    >>> digit_count(999), digit_count(1000)
    (3, 4)
    """
    n = abs(n)
    if n == 0:
        return 1
    estimate = int((n.bit_length() - 1) * log10(2))  # digits of a power of two below n: never too many
    power = 10**estimate
    while n >= power:
        power *= 10
        estimate += 1
    return estimate


def log10_of(n: int) -> float:
    """The decimal logarithm of a positive integer that may not fit a float.

    >>> round(log10_of(2 * 10**1000), 4)
    1000.301
    """
    excess = max(n.bit_length() - 64, 0)
    return log10(n >> excess) + excess * log10(2)


def number(x: Any) -> str:
    """A float with 16 significant digits, and no more zeros than it needs.

    >>> number(5.5), number(2 / 3), number(float("nan"))
    ('5.5', '0.6666666666666666', 'nan')
    """
    return f"{float(x):.16g}"


def seconds(t: float) -> str:
    """Seconds with three digits and a unit.

    >>> seconds(0.00001234), seconds(2.5)
    ('12.3 µs', '2.5 s')
    """
    for size, unit in SECONDS:
        if t >= size:
            return f"{float(f'{t / size:.3g}'):g} {unit}"
    return f"{t / 1e-9:.2g} ns"


def multiple(ratio: float) -> str:
    """How many times, with three digits.

    >>> multiple(1.5), multiple(3271.2)
    ('1.5', '3,271')
    """
    return f"{ratio:.3g}" if ratio < 1000 else integer(round(ratio))


def memory(n: int) -> str:
    """Bytes with a unit.

    >>> memory(512), memory(2_345_678)
    ('512 B', '2.35 MB')
    """
    for size, unit in BYTES:
        if n >= size:
            return f"{float(f'{n / size:.3g}'):g} {unit}"
    return f"{n} B"


def plural(n: int, noun: str) -> str:
    """A count and its noun.

    >>> plural(1, "entry"), plural(1200, "operation")
    ('1 entry', '1,200 operations')
    """
    several = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{integer(n)} {noun if n == 1 else several}"


def json_ready(x: Any) -> Any:
    """A value as strict JSON holds it: every reader gets back what was there.

    Floats that JSON does not know become the strings "nan", "inf" and "-inf", integers beyond 2**53 strings of
    decimal digits; arrays become nested lists and tuples lists.

    >>> json_ready((2**60, float("inf"), np.array([1.0])))
    ['1152921504606846976', 'inf', [1.0]]
    """
    if isinstance(x, dict):
        return {str(key): json_ready(value) for key, value in x.items()}
    if isinstance(x, list | tuple):
        return [json_ready(value) for value in x]
    if isinstance(x, np.ndarray | np.generic):
        return json_ready(x.tolist())
    if isinstance(x, float):
        return x if np.isfinite(x) else str(x)
    if isinstance(x, int) and not isinstance(x, bool) and abs(x) > SAFE_INTEGER:
        return f"{Decimal(x):f}"  # Decimal has no limit on its digits
    return x

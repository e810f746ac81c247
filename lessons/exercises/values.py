"""What an answer gives, read leniently: NumPy scalars, 0-d arrays, lists for tuples and text for numbers are all right.

The normal form of a value is made of plain numbers, text, None, tuples and dictionaries.
"""

import inspect
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import islice
from numbers import Complex, Integral, Rational, Real
from typing import Any

import numpy as np

RTOL = 1e-9  # of a number: seven digits above rounding, so that sums may be taken in any order
CANCELLED = 1e-12  # of the largest entry: what may be left where others cancel
MOST_SHOWN = 6  # entries of a sequence
MOST_NAMED = 24  # entries of a dictionary
DEEPEST_SHOWN = 4  # levels
LONGEST = 1000  # bits of a whole number that is shown
DEEPEST = 20  # levels of a value, so that one that holds itself is refused
MOST = 100_000  # entries of a collection


HUGE_POWER = re.compile(r"[eE][-+]?[\d_]{4,}")  # 1e1000 and beyond


class Unreadable(Exception):
    """An answer, or what it returned, is of no use; the message says what would be."""


def normal(value: Any, depth: int = 0) -> Any:
    """A value in its normal form.

    Raises Unreadable for what is neither a number nor text, and no collection of them.

    >>> normal([np.float64(1.5), np.array(2), np.array([[3.0, 4.0]]), "x"])
    (1.5, 2, ((3.0, 4.0),), 'x')
    """
    if depth > DEEPEST:
        raise Unreadable("something nested too deeply")
    if value is None or value is Ellipsis or type(value) in (bool, int, float, str, complex, Fraction):
        return value
    if isinstance(value, np.ndarray | np.generic):
        if value.size > MOST:
            raise Unreadable(f"an array of {value.size} entries, and no answer is that large")
        if value.dtype.hasobject and value.ndim:  # it may hold itself, and `tolist` would never come back
            return tuple(normal(item, depth + 1) for item in np.asarray(value))
        return normal(value.item() if value.dtype.hasobject else value.tolist(), depth + 1)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {normal(key, depth + 1): normal(item, depth + 1) for key, item in few(value.items())}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return tuple(normal(item, depth + 1) for item in few(value))
    if isinstance(value, set | frozenset):
        return tuple(sorted((normal(item, depth + 1) for item in value), key=repr))
    return plain_number(value)


def few(items: Iterable[Any]) -> list[Any]:
    """What a collection holds, if it is not too much for an answer; it may have no end."""
    found = list(islice(items, MOST + 1))
    if len(found) > MOST:
        raise Unreadable(f"more than {MOST} entries, and no answer is that large")
    return found


def plain_number(value: Any) -> Any:
    """A number of some library as one of Python's."""
    if inspect.iscoroutine(value):
        value.close()  # or Python warns, some time later, that nobody waited for it
        raise Unreadable("a coroutine; leave out `async` before `def`")
    try:
        if isinstance(value, Integral):
            return int(value)
        if isinstance(value, Rational):
            return Fraction(int(value.numerator), int(value.denominator))
        if isinstance(value, Real):
            return float(value)
        if isinstance(value, Complex):
            return complex(value)
        if hasattr(value, "__float__") and not callable(value):
            return float(value)
    except Exception as error:
        raise Unreadable(f"{kind_of(value)}, which gives no number: {error}") from error
    raise Unreadable(f"{described(value)}, where a number is wanted")


def number_of(value: Any) -> Any:
    """A number, also from text such as "1/12" or "-0.5"; Unreadable for what is none."""
    if isinstance(value, str):
        text = value.replace("\u2212", "-").replace(" ", "")
        if HUGE_POWER.search(text):  # a fraction of that size would fill the memory
            raise Unreadable(f"{show(value)!r} is too large or too small for a number")
        try:
            return Fraction(text)
        except (ValueError, ZeroDivisionError) as error:
            raise Unreadable(f"{show(value)!r} is no number") from error
    if is_number(value):
        return value
    raise Unreadable(f"{described(value)}, where a number is wanted")


def is_number(value: Any) -> bool:
    """Whether a normal value is a number; True and False are none."""
    return isinstance(value, int | float | complex | Fraction) and not isinstance(value, bool)


def described(value: Any) -> str:
    """What kind of thing it is, in two or three words.

    >>> described(None), described((1, 2)), described({})
    ('None', 'a tuple of 2', 'a dict of 0')
    """
    if value is None or value is Ellipsis or isinstance(value, bool):
        return repr(value)
    if callable(value):
        return f"the function {getattr(value, '__name__', type(value).__name__)}"
    if isinstance(value, tuple | list | dict | set):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return kind_of(value)


def kind_of(value: Any) -> str:
    """The name of its class with an article.

    >>> kind_of(1), kind_of(AttributeError())
    ('an int', 'an AttributeError')
    """
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def entries(value: Any, label: str = "") -> list[tuple[str, Any]]:
    """The single entries of a normal value with their places, as `[0]` or `w[1]`.

    >>> entries({"w": (1, 2), "b": 3})
    [('w[0]', 1), ('w[1]', 2), ('b', 3)]
    """
    found: list[tuple[str, Any]] = []
    waiting = [(label, value)]
    while waiting:
        place, item = waiting.pop()
        if isinstance(item, dict):
            waiting += [(f"{place}.{key}" if place else str(key), part) for key, part in reversed(item.items())]
        elif isinstance(item, tuple):
            waiting += [(f"{place}[{k}]", part) for k, part in reversed(list(enumerate(item)))]
        else:
            found.append((place, item))
    return found


def unfilled(value: Any) -> list[str]:
    """The places that still hold `...` or None."""
    return [place for place, item in entries(value) if item is None or item is Ellipsis]


def shape(value: Any) -> Any:
    """A value without its numbers: what has to be the same before numbers are compared."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(shape(item) for item in value)
    return "number" if is_number(value) else type(value).__name__


def misfit(found: Any, expected: Any) -> str:
    """How a value's structure differs from what is wanted, as the end of "it returned ..."; "" where it does not.

    >>> misfit((1.0, 2.0), (1.0, 2.0, 3.0)), misfit(None, 1.0), misfit(1, 2.5)
    ('2 numbers, where 3 are wanted', 'None: is there a `return`?', '')
    """
    if shape(found) == shape(expected):
        return ""
    if found is None:
        return "None: is there a `return`?"
    if found is Ellipsis:
        return "`...`: nothing is written there yet"
    if isinstance(expected, tuple) and isinstance(found, tuple):
        if len(found) != len(expected):
            one, more = ("number", "numbers") if all(map(is_number, (*found, *expected))) else ("entry", "entries")
            wanted = f"{len(expected)} {'is' if len(expected) == 1 else 'are'} wanted"
            return f"{len(found)} {one if len(found) == 1 else more}, where {wanted}"
        place, a, b = next((k, a, b) for k, (a, b) in enumerate(zip(found, expected, strict=True)) if misfit(a, b))
        return f"at [{place}] {misfit(a, b)}"
    if isinstance(expected, dict) and isinstance(found, dict):
        missing, extra = [k for k in expected if k not in found], [k for k in found if k not in expected]
        if missing or extra:
            text = [f"no {', '.join(map(str, missing))}"] if missing else []
            return " and ".join([*text, *([f"{', '.join(map(str, extra))} too many"] if extra else [])])
        key = next(k for k in expected if misfit(found[k], expected[k]))
        return f"for {key} {misfit(found[key], expected[key])}"
    whole = "a number" if is_number(expected) else described(expected)
    if is_number(expected) and isinstance(found, tuple) and len(found) == 1:
        return f"a sequence that holds one number, where {whole} is wanted"
    return f"{described(found)}, where {whole} is wanted"


def size_of(x: Any) -> float:
    """The size of a number as a float; infinite beyond the floats."""
    try:
        return float(abs(x))
    except OverflowError:
        return math.inf


def largest(value: Any) -> float:
    """The largest entry by size that is finite; 0 where there is none."""
    sizes = [size_of(x) for _, x in entries(value) if is_number(x)]
    return max((size for size in sizes if math.isfinite(size)), default=0.0)


def close(a: Any, b: Any, rtol: float = RTOL, scale: float = 0.0) -> bool:
    """Whether two entries are the same number up to rounding, or the same text.

    >>> close(0.1 + 0.2, 0.3), close(0.3, 0.31), close(float("nan"), float("nan"))
    (True, False, True)
    """
    if not (is_number(a) and is_number(b)):
        return type(a) is type(b) and bool(a == b)
    if a == b:
        return True
    if rtol == 0:
        return False
    try:
        a, b = complex(a), complex(b)
    except OverflowError:  # whole numbers beyond the floats are equal or not
        return False
    if not (np.isfinite(a) and np.isfinite(b)):
        return str(a) == str(b)
    return bool(abs(a - b) <= rtol * max(abs(a), abs(b)) + CANCELLED * (scale or float(b == 0)))


def same(found: Any, expected: Any, rtol: float = RTOL) -> bool:
    """Whether two normal values are the same up to rounding."""
    if shape(found) != shape(expected):
        return False
    scale = largest(expected)
    given = dict(entries(found))
    return all(close(given[place], b, rtol, scale) for place, b in entries(expected))


def show(value: Any, depth: int = 0) -> str:
    """A value as a line shows it: all its digits, and not too many entries.

    >>> show((0.1, 1 / 3, 2.0)), show({"w": 1})
    ('0.1, 0.333333333333333, 2', 'w = 1')
    """
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, tuple):
        shown = ", ".join(bracketed(item, depth + 1) for item in value[:MOST_SHOWN])
        return shown + (f", ... ({len(value)} in all)" if len(value) > MOST_SHOWN else "")
    if isinstance(value, dict):
        shown = ", ".join(f"{key} = {bracketed(item, depth + 1)}" for key, item in list(value.items())[:MOST_NAMED])
        return shown + (f", ... ({len(value)} in all)" if len(value) > MOST_NAMED else "")
    if value is Ellipsis:
        return "..."
    if isinstance(value, int) and value.bit_length() > LONGEST:
        return f"a whole number of about {round(value.bit_length() * math.log10(2))} digits"
    text = str(value)
    return text if len(text) <= 200 else f"{text[:200]} ..."


def bracketed(value: Any, depth: int) -> str:
    """A part of a value: with brackets where it has parts itself, and without these where it lies deep."""
    if not isinstance(value, tuple | dict):
        return show(value)
    return f"({show(value, depth) if depth < DEEPEST_SHOWN else '...'})"

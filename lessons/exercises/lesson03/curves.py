"""Error curves by their two arms: where truncation and rounding meet, in either arithmetic."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

VALUE = math.sin(1.0)  # the sizes of a function that is "about 1": those of the sine at 1, which the lesson measures
EPS = MappingProxyType({name: float(np.finfo(name).eps) for name in ("float32", "float64")})
OTHER = MappingProxyType({"float32": "float64", "float64": "float32"})


@dataclass(frozen=True, slots=True)
class Arms:
    """A scheme whose error is factor * f' ... ' * h**order + gain * eps * |f| / h."""

    order: int
    factor: float
    gain: float
    name: str  # behind "the"
    truncation: str
    best_step: str
    derivative: str
    size: float  # of that derivative, of the sine at 1

    def bottom(self, eps: float, f: float, derivative: float) -> tuple[float, float]:
        """The best step, and the error there."""
        h = (self.gain * eps * f / (self.order * self.factor * derivative)) ** (1 / (self.order + 1))
        return h, self.factor * derivative * h**self.order + self.gain * eps * f / h


SCHEMES = MappingProxyType(
    {
        "forward": Arms(
            *(1, 1 / 2, 2.0), "forward difference", "f'' h / 2", "2 sqrt(eps |f| / |f''|)", "f''", math.sin(1.0)
        ),
        "central": Arms(
            *(2, 1 / 6, 1.0),
            "central difference",
            "f''' h**2 / 6",
            "(3 eps |f| / |f'''|)**(1/3)",
            "f'''",
            math.cos(1.0),
        ),
        "five_point": Arms(
            *(4, 1 / 30, 1.5),
            "five-point formula",
            "f''''' h**4 / 30",
            "(11 eps |f| / |f'''''|)**(1/5)",
            "f'''''",
            math.cos(1.0),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Curve:
    """An error curve of a scheme in an arithmetic, of a function whose size is a power of ten."""

    scheme: str
    arithmetic: str
    size: int = 0

    @property
    def arms(self) -> Arms:
        """The two arms."""
        return SCHEMES[self.scheme]

    @property
    def other(self) -> "Curve":
        """The same in the other arithmetic."""
        return Curve(self.scheme, OTHER[self.arithmetic], self.size)

    @property
    def gains(self) -> bool:
        """Whether the other arithmetic has more digits."""
        return self.arithmetic == "float32"

    @property
    def turn(self) -> tuple[int, int]:
        """The powers of ten that are next to the best step and the error there."""
        h, error = self.arms.bottom(EPS[self.arithmetic], VALUE, self.arms.size)
        return round(math.log10(h)), round(math.log10(error)) + self.size

    @property
    def h(self) -> str:
        """The step at which it turns."""
        return ten_to(self.turn[0])

    @property
    def error(self) -> str:
        """The error there."""
        return ten_to(self.turn[1])


def ten_to(n: int) -> str:
    """A power of ten as it is written.

    >>> ten_to(-5), ten_to(2)
    ('1e-5', '100')
    """
    return f"1e{n}" if n < 0 else f"{10**n}"


def digit(x: float) -> str:
    """A number with one digit.

    >>> digit(0.0071), digit(1.2)
    ('7e-3', '1')
    """
    if x >= 1:
        return f"{x:.0f}"
    figure, exponent = f"{x:.0e}".split("e")
    return f"{figure}e{int(exponent)}"

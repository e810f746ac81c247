"""07.3: three slopes from one recording, and how often a recording may be asked."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Choice, Record, Value

TAPES = MappingProxyType(
    {
        "plain": "GradientTape()",
        "persistent": "GradientTape(persistent=True)",
        "impossible": "no tape can: y and z need a recording each",
    }
)
COSTS = MappingProxyType(
    {
        "1 and 1": "one recording and one sweep",
        "1 and 3": "one recording and three sweeps",
        "3 and 3": "three recordings and three sweeps",
    }
)
KIND = Record({"dz_dx": Value(), "dz_dy": Value(), "dy_dx": Value(), "tape": Choice(TAPES), "with_grad": Choice(COSTS)})
STARTER = f"""
dz_dx = ...
dz_dy = ...
dy_dx = ...
tape = ...  # one of {", ".join(f'"{key}"' for key in TAPES)}
with_grad = ...  # recordings and sweeps: one of {", ".join(f'"{key}"' for key in COSTS)}
"""
POWERS = MappingProxyType({2: "square", 3: "cube", 4: "fourth power"})
LARGEST = 10_000  # slope that is still agreeable on paper


@dataclass(frozen=True, slots=True)
class Chain:
    """y = c x**a, and z = y**b, at a point."""

    a: int
    b: int
    x: int
    c: int = 1

    @property
    def y(self) -> int:
        """The value in the middle."""
        return int(self.c * self.x**self.a)

    @property
    def factor(self) -> str:
        """The factor of y as it is written before a power; 1 is not."""
        return "" if self.c == 1 else f"{self.c}*"

    @property
    def slopes(self) -> tuple[int, int, int]:
        """dz/dx, dz/dy and dy/dx."""
        dz_dy, dy_dx = self.b * self.y ** (self.b - 1), self.a * self.c * self.x ** (self.a - 1)
        return dz_dy * dy_dx, dz_dy, dy_dx

    @property
    def at_x(self) -> int:
        """The partial of z, taken at x in place of y."""
        return int(self.b * self.x ** (self.b - 1))

    @property
    def without_exponent(self) -> int:
        """The slope of y without the exponent as a factor."""
        return int(self.c * self.x ** (self.a - 1))

    @property
    def added(self) -> int:
        """The slope of z with exponents added."""
        n = self.a + self.b
        return int(self.c**self.b * n * self.x ** (n - 1))

    def solve(self, faults: Faults) -> dict[str, Any]:
        """Three slopes, the tape and the price."""
        _, dz_dy, dy_dx = map(float, self.slopes)
        if "power without the exponent" in faults:
            dy_dx = float(self.without_exponent)
        if "at x, not at y" in faults and "nothing for an inner node" not in faults:
            dz_dy = float(self.at_x)
        dz_dx = dz_dy * dy_dx
        if "inner factor missing" in faults:
            dz_dx = dz_dy
        if "exponents added" in faults:
            dz_dx = float(self.added)
        if "chain with a plus" in faults:
            dz_dx = dz_dy + dy_dx
        if "nothing for an inner node" in faults:
            dz_dy = 0.0
        if "new leaf in the middle" in faults:
            dz_dx = dy_dx = 0.0
        tape = "plain" if "one question is enough" in faults else "impossible" if "no tape can" in faults else None
        cost = "1 and 1" if "one sweep" in faults else "1 and 3" if "grad shares a recording" in faults else None
        return {
            "dz_dx": dz_dx,
            "dz_dy": dz_dy,
            "dy_dx": dy_dx,
            "tape": tape or "persistent",
            "with_grad": cost or "3 and 3",
        }

    def right_but(self, answer: Any, **slopes: int) -> bool:
        """Whether an answer is right but for these slopes."""
        return bool(answer == {**self.solve(RIGHT), **slopes})


def faults_of(chain: Chain) -> tuple[Fault, ...]:
    """What people think, with the numbers of a chain."""
    a, b, c, x, y = chain.a, chain.b, chain.c, chain.x, chain.y
    _, dz_dy, dy_dx = chain.slopes
    inner, whole = f"{chain.factor}x**{a}", f"{c**b}*" if c > 1 else ""
    outer, flat = f"({inner})**{b}", f"{whole}x**{a * b}"
    slope_at_1 = a * b * c**b
    return (
        Fault(
            "M2",
            "inner factor missing",
            "dz/dx is given as dz/dy: how fast z grows with y. But y moves too, dy/dx times as fast as x.",
            "If x grows by 0.001, by how much does y grow, and by how much does then z?",
            Case((), f"{outer} is {flat}, and its slope at 1 is {slope_at_1}, not {b * c ** (b - 1)}"),
        ),
        Fault(
            "M2",
            "at x, not at y",
            f"The partial of z = y**{b} was taken at x = {x}. It is {power(b, 'y')}, and y is {y} there: the partial "
            "of an operation is evaluated at its own operand.",
            f"Which value stands in front of the {POWERS[b]} when x is {x}?",
            Case((), f"the slope of y**{b} at y = {y} is {dz_dy}; at {x} it would be {chain.at_x}"),
            recognise=lambda answer: chain.right_but(answer, dz_dy=chain.at_x),
        ),
        Fault(
            "M1",
            "exponents added",
            f"{chain.added} is the slope of {whole}x**{a + b}. A power of a power multiplies the exponents: "
            f"{outer} is {flat}.",
            f"How many factors x has {' * '.join([inner] * b)}?",
            Case((), f"at x = {x}, z is {y**b} = {f'{c**b} * ' if c > 1 else ''}{x}**{a * b}"),
        ),
        Fault(
            "M2",
            "chain with a plus",
            "dz/dy and dy/dx were added. Along one path the slopes are multiplied; sums belong to several paths.",
            f"If y moves {dy_dx} times as fast as x, and z {dz_dy} times as fast as y, how fast does z move?",
            Case((), "if y = 2 x and z = 3 y, then z = 6 x, not 5 x"),
        ),
        Fault(
            "M1",
            "power without the exponent",
            f"The derivative of {inner} was taken for {power_alone(chain)}; the exponent comes down as a factor.",
            f"By how much does {inner} grow between {x} and {x}.001?",
            Case((), f"the slope of {inner} at {x} is {dy_dx}"),
            recognise=lambda answer: chain.right_but(answer, dy_dx=chain.without_exponent),
        ),
        Fault(
            "M24",
            "nothing for an inner node",
            "y was computed, so nothing is kept for it, and 0 was taken for the answer. Its adjoint does exist while "
            f"the sweep runs: dz/dy is what arrives at y from the {POWERS[b]}.",
            "Which number does the sweep carry from z back to y, before it goes on to x?",
            Case((), f"z = y**{b} depends on y, so dz/dy at y = {y} is {dz_dy}, not 0"),
        ),
        Fault(
            "M24",
            "new leaf in the middle",
            "You have made a new leaf of y in the middle, and gone on with that. A leaf depends on nothing: the way "
            "from it back to x is cut, so z and y no longer depend on x. A GradientTape may be asked for y as it is: "
            "`tape.gradient(z, y)`.",
            "What stands before a leaf on the tape?",
            Case((), f"y = tensor(({inner}).value): the gradient of y with respect to x is 0 from then on"),
        ),
        Fault(
            "",
            "one question is enough",
            "A GradientTape() is used up by its first gradient: the second question raises a TapeError. "
            "Three questions to one recording need a tape that stays.",
            "What did the lesson's tape say when it was asked a second time?",
            Case((), "with GradientTape() as once: the second once.gradient(v, u) is an error"),
        ),
        Fault(
            "",
            "no tape can",
            "One recording holds y and z both, since z is computed from y. A tape may be asked from any of its "
            "numbers back, as often as you like, if it is told to stay.",
            "Which steps are on the tape when z is computed, and is y one of them?",
            Case((), f"x, {inner} and {outer} are three places on one list"),
        ),
        Fault(
            "",
            "grad shares a recording",
            "That is the price of the persistent tape. `grad` records inside the call, and nothing of it is left when "
            "the call is over: the next one records again.",
            f"How long does the recording of grad(f)({x}.0) live?",
            Case((), "two calls of grad(f) run f twice"),
        ),
        Fault(
            "",
            "one sweep",
            "A sweep starts from one output, and dz/dy and dy/dx do not start from the same. Besides, each call of "
            "`grad` makes a recording and a sweep of its own.",
            "With which seed would a single sweep give the slopes of y and of z?",
            Case((), f"grad(f)({x}.0) is one recording and one sweep; here there are three such calls"),
        ),
    )


def power(n: int, base: str) -> str:
    """The derivative of a power, as it is written.

    >>> power(2, "y"), power(3, "y")
    ('2 * y', '3 * y**2')
    """
    return f"{n} * {base}" if n == 2 else f"{n} * {base}**{n - 1}"


def power_alone(chain: Chain) -> str:
    """The wrong derivative of y, without its exponent as a factor."""
    return f"{chain.factor}x" if chain.a == 2 else f"{chain.factor}x**{chain.a - 1}"


def ask_twice(chain: Chain) -> Exercise:
    """The exercise with a chain."""
    a, b, x = chain.a, chain.b, chain.x
    dz_dx, dz_dy, dy_dx = chain.slopes
    inner = f"{chain.c} x^{a}" if chain.c > 1 else f"x^{a}"
    return Exercise(
        id="07.3",
        title="Ask twice",
        prompt=f"With one recording of $y = {inner}$ and $z = y^{b}$, find $dz/dx$, $dz/dy$ and $dy/dx$ at $x = {x}$. "
        "Which kind of tape do you need (`tape`: "
        + ", ".join(f'`"{key}"` ({text})' for key, text in TAPES.items())
        + "), and what would the same three answers cost you with three calls of `grad` (`with_grad`, recordings and "
        "sweeps: " + ", ".join(f'`"{key}"`' for key in COSTS) + ")?",
        starter=STARTER,
        answer="dz_dx, dz_dy, dy_dx, tape, with_grad",
        kind=KIND,
        solve=chain.solve,
        faults=faults_of(chain),
        public=ONE,
        hidden=no_cases,
        points=3,
        hints=(
            f"On paper: y is {chain.y}. First dy/dx and dz/dy, each at its own operand; dz/dx is their product.",
            "y is no leaf, but it is on the tape: `tape.gradient(z, y)` begins at z and ends at y.",
            "The table of the lesson says how long a recording lives, and what a second question needs, for each of "
            "the three faces.",
        ),
        also_right=(
            (float(dz_dx), float(dz_dy), float(dy_dx), TAPES["persistent"], COSTS["3 and 3"]),
            {"dz_dx": dz_dx, "dz_dy": np.array(dz_dy), "dy_dx": dy_dx, "tape": "Persistent", "with_grad": "3 and 3"},
            [np.float64(dz_dx), dz_dy, str(dy_dx), "gradienttape(persistent = true)", "3 AND 3"],
            (a * b * chain.c**b * x ** (a * b - 1), dz_dy, dy_dx, "GradientTape(persistent=True).", " 3 and 3 "),
            {
                "with_grad": "3 and 3",
                "tape": "GradientTape(persistent=True)",
                "dy_dx": f"{dy_dx}.0",
                "dz_dy": str(dz_dy),
                "dz_dx": str(dz_dx),
            },
        ),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise with another chain, as long as its slopes stay agreeable."""
    while True:
        a, b = (int(n) for n in generator.integers(2, 5, 2))
        x, c = int(generator.choice([1, 2, 3, 4, 5, 6, 10])), int(generator.integers(1, 8))
        chain = Chain(a, b, x, c)
        if chain.y != x and chain.slopes[0] <= LARGEST:
            return ask_twice(chain)


ASK_TWICE = ask_twice(Chain(a=2, b=3, x=2))

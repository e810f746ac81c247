"""07.2: what `.grad` adds up over ten calls, when only some of them find it empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from lessons.exercises.exercise import ONE, RIGHT, Case, Exercise, Fault, Faults, no_cases
from lessons.exercises.kinds import Value
from lessons.exercises.values import normal

CALLS = 10
EVERY = MappingProxyType(  # how often the gradient is forgotten: as an ordinal, and which calls these are
    {
        2: ("second", "with even numbers", "the even calls"),
        3: ("third", "whose numbers 3 divides", "the calls 3, 6 and 9"),
        4: ("fourth", "whose numbers 4 divides", "the calls 4 and 8"),
    }
)
FACTORS = MappingProxyType(  # exponent -> how one speaks of the factors, and of those behind the first
    {2: ("both factors are w, and both send", "the second"), 3: ("all three factors are w, and all send", "the others")}
)


class Calls(Value):
    """One number for each call, also by the number of the call, or as a row or a column."""

    def read(self, answer: Any) -> Any:
        """The numbers in the order of the calls."""
        value = answer if callable(answer) else normal(answer)
        if isinstance(value, str):
            value = tuple(value.replace(",", " ").strip("()[] ").split())
        if isinstance(value, Mapping) and value:
            value = tuple(value.values())
        if isinstance(value, tuple) and len(value) == 1 and isinstance(value[0], tuple):
            (value,) = value
        if isinstance(value, tuple) and value and all(isinstance(x, tuple) and len(x) == 1 for x in value):
            value = tuple(x[0] for x in value)
        return super().read(value)


@dataclass(frozen=True, slots=True)
class Loop:
    """Ten calls on the loss w**power; the gradient is forgotten before every second call, or third, or fourth."""

    w: int
    power: int
    every: int

    @property
    def slope(self) -> int:
        """The derivative of the loss."""
        return int(self.power * self.w ** (self.power - 1))

    @property
    def product(self) -> str:
        """The loss as code."""
        return " * ".join(["w"] * self.power)

    def calls(self, first: int) -> str:
        """Every so many calls from one on, in words."""
        *most, last = map(str, range(first, CALLS + 1, self.every))
        return f"{', '.join(most)} and {last}"

    def grads(self, faults: Faults) -> list[float]:
        """`w.grad` after each of ten calls."""
        if "looks before the call" in faults:  # then nobody sees what is forgotten after one
            faults -= {"forgets after the call"}
        grad, after = 0.0, []
        one_factor, loss = float(self.w ** (self.power - 1)), float(self.w**self.power)
        slope = loss if "adds the loss" in faults else one_factor if "one factor only" in faults else float(self.slope)
        for call in range(1, CALLS + 1):
            if call % self.every == ("forgets from call 1 on" in faults) and "never forgets" not in faults:
                grad = grad if "forgets after the call" in faults else 0.0
            before = grad
            grad = slope if "never adds" in faults else grad + slope
            if "forgets after the call" in faults and call % self.every == 0:
                grad = 0.0
            after.append(before if "looks before the call" in faults else grad)
        return after


def faults_of(loop: Loop) -> tuple[Fault, ...]:
    """What people think, with the numbers of a loop."""
    w, slope, every, loss = loop.w, loop.slope, loop.every, f"w**{loop.power}"
    ordinal, numbered, _ = EVERY[every]
    factors, others = FACTORS[loop.power]
    one_factor = w ** (loop.power - 1)
    kept = 3 if every == 2 else 2  # the first call that finds something in w.grad
    both = f"{slope} if it was forgotten before, {every * slope} if it was not"
    return (
        Fault(
            "M25",
            "never forgets",
            f"Every call adds {slope}, and nothing is ever forgotten. But before each {ordinal} call somebody sets "
            "the gradient back to nothing.",
            f"What is in w.grad immediately before call {every}, and what after it?",
            Case((), f"after call {every} the sum is {both}"),
        ),
        Fault(
            "M25",
            "never adds",
            f"Each call gives {slope}, as if `backward()` wrote into `.grad`. It adds to what is there, and before "
            f"call {kept} nobody has cleared anything away.",
            f"What is in w.grad immediately before call {kept}, and what does backward do with it?",
            Case((), f"after call {kept}: the {slope} of call {kept - 1} and {slope} more"),
        ),
        Fault(
            "",
            "forgets from call 1 on",
            f"Here the gradient is forgotten before the calls {loop.calls(1)}. That is every {ordinal} call too, "
            f"but in this loop it happens before the calls {numbered}.",
            f"What happens between call {every - 1} and call {every} of the exercise?",
            Case((), f"after call {every}: {slope} if the gradient was forgotten before it, {every * slope} if not"),
        ),
        Fault(
            "",
            "forgets after the call",
            f"The gradient was forgotten right after every {ordinal} call, so nothing is left where the exercise "
            f"looks. It is forgotten *before* the call, and then the call adds its {slope}.",
            f"In which order do these three come in round {every}: forget, backward, look?",
            Case((), f"after call {every}: forgotten before, then {slope} is added"),
        ),
        Fault(
            "",
            "looks before the call",
            "These are the sums before each call, when the old gradient has been forgotten or not. "
            "The question is what stands there after it.",
            "What is in w.grad when call 1 is over?",
            Case((), f"before call 1 there is nothing; after it, {slope}"),
        ),
        Fault(
            "M20",
            "adds the loss",
            f"{w**loop.power} is the loss, {loss}. What backward adds is its derivative at w = {w}.",
            f"What is the derivative of {loss}, and what is it at {w}?",
            Case((), f"after call 1: the slope of {loss} at {w} is {slope}, its value is {w**loop.power}"),
        ),
        Fault(
            "M18",
            "one factor only",
            f"Each call brings {one_factor} here. In {loop.product} {factors} something back to it.",
            f"What does the first factor of {loop.product} send to w, and what {others}?",
            Case((), f"after call 1: {' + '.join([str(one_factor)] * loop.power)}"),
        ),
    )


def zero_it(loop: Loop) -> Exercise:
    """The exercise with a loop."""
    after = [int(x) for x in loop.grads(RIGHT)]
    ordinal, _, forgetting = EVERY[loop.every]
    return Exercise(
        id="07.2",
        title="Zero it",
        prompt=f"A training loop calls `backward()` ten times on the loss $w^{loop.power}$ at $w = {loop.w}$ and "
        f"forgets the old gradient only before every {ordinal} call: before the calls {loop.calls(loop.every)}. "
        f"(`w` itself stays {loop.w}.) Predict `w.grad` after each call, on paper first, then with code.",
        starter="after = [..., ..., ..., ..., ..., ..., ..., ..., ..., ...]  # w.grad after call 1, 2, ... 10",
        answer="after",
        kind=Calls(),
        solve=loop.grads,
        faults=faults_of(loop),
        public=ONE,
        hidden=no_cases,
        points=2,
        hints=(
            f"How large is the derivative of w**{loop.power} at {loop.w}? Every call adds that number to w.grad.",
            "Make a table with three columns: w.grad before the call, forgotten or not, w.grad after it.",
            f"With code: w = tensor({loop.w}.0), and in the loop w.grad = None before {forgetting}, then "
            f"({loop.product}).backward().",
        ),
        also_right=(
            tuple(after),
            np.array(after, float),
            [np.float32(after[0]), np.array(after[1]), *after[2:-1], str(after[-1])],
            dict(enumerate(map(float, after), start=1)),
            np.array(after)[:, None],
        ),
        another=drawn,
    )


def drawn(generator: np.random.Generator) -> Exercise:
    """The exercise with another loop; the slope stays small enough to add up on paper."""
    power = int(generator.choice(list(FACTORS)))
    w = int(generator.integers(2, 13) if power == 2 else generator.integers(2, 6))
    return zero_it(Loop(w, power, int(generator.choice(list(EVERY)))))


ZERO_IT = zero_it(Loop(w=3, power=2, every=2))

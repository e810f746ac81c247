"""What a claim is, what measuring it gives, and the verdict on it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

HOLDS, CORRECTED, FAILS, LATER = "holds", "holds, corrected", "fails", "later"


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was found: in words with the numbers in them, whether the requirement is met, and the numbers alone."""

    found: str
    holds: bool
    data: dict[str, Any] = field(default_factory=dict)
    correction: str = ""  # where the claim is loose: what would be right, in one sentence with a measured number


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of the usual explanation of backpropagation, and what has to be true for it to hold."""

    code: str  # C1 to C35
    sentence: str
    requirement: str
    measure: Callable[[], Measurement]
    lesson: int  # where it is shown
    figure: str  # the call that draws it there


@dataclass(frozen=True, slots=True)
class Group:
    """Claims that belong together."""

    title: str
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """A claim with what was measured now; or the reason why nothing was."""

    claim: Claim
    measurement: Measurement | None
    reason: str = ""

    @property
    def verdict(self) -> str:
        """holds; holds, corrected; fails; or later, where it could not be measured.

        >>> Finding(Claim("C1", "", "", lambda: Measurement("", True), 1, ""), Measurement("2 = 2", True)).verdict
        'holds'
        """
        if self.measurement is None:
            return LATER
        if not self.measurement.holds:
            return FAILS
        return CORRECTED if self.measurement.correction else HOLDS

    @property
    def found(self) -> str:
        """What was measured, in words; or why nothing was."""
        return self.reason if self.measurement is None else self.measurement.found

    @property
    def correction(self) -> str:
        """What would be right, where the claim is loose."""
        return "" if self.measurement is None else self.measurement.correction

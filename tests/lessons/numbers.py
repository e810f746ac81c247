"""The rule that no number in prose is made up: it is computed or asserted in the same notebook.

What counts is a number with two significant digits or more. References, times of reading, exercises, and the codes of
claims and mistakes are not numbers in this sense.
"""

import re
from math import floor

from tests.lessons.reading import sections

NUMBER = re.compile(r"(?<![\w.\\])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w)")
IN_OUTPUT = re.compile(r"(?<![a-zA-Z_.])\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
THOUSANDS = re.compile(r"(?<=\d)(?:,|\{,\}|\\,|_|\N{THIN SPACE}|\N{NARROW NO-BREAK SPACE})(?=\d{3}(?!\d))")
FREE = (  # sections whose numbers are nobody's claim
    "",  # title, time, goals
    "Exercises",
    "Read on",
)
NOT_NUMBERS = (
    re.compile(r"\]\([^)]*\)"),  # where a link goes
    re.compile(r"\b[Ll]essons? \d+(?:(?:, | and | to )\d+)*"),
    re.compile(r"\b(?:[Tt]able|[Ff]igure|[Ss]ection|[Cc]hapter|[Aa]lgorithm|[Ee]quation|page)s? \d[\d.]*"),
    re.compile(r"\*\*\d\d\.\d\*\*|\b[Ee]xercises? \d\d\.\d(?:(?:, | and | to )\d\d\.\d)*"),
    re.compile(r"\([^()\d]*\b(?:1[6-9]|20)\d\d\b[^()]*\)"),  # (Baydin 2018)
    re.compile(r"\b(?:[Ii]n|[Ss]ince|of|[A-Z][\w']+,?) \(?(?:1[6-9]|20)\d\d\b"),  # in 1964; Wengert, 1964
    re.compile(r"_\{[^{}]*\}|_\d+"),  # an index
)


def plain(text: str) -> str:
    """Text with 1,000 written as 1000."""
    return THOUSANDS.sub("", text)


def significant(number: str) -> str:
    """The significant digits of a number; zeros at either end are none."""
    return re.split("[eE]", number)[0].replace(".", "").strip("0")


def known_numbers(evidence: str) -> set[str]:
    """The numbers in code and output; of 2.5e-16 also its two parts."""
    known = set(IN_OUTPUT.findall(plain(evidence)))
    return known | {part.lstrip("+-") for number in known for part in re.split("[eE]", number)}


def is_known(number: str, known: set[str], percent: bool = False) -> bool:
    """Whether a number is one of those, or one of them rounded or cut to as many decimals as it has; 97 % is 0.97."""
    if number in known:
        return True
    value, decimals = float(number), len(re.split("[eE]", number)[0].partition(".")[2])
    for found in (float(candidate) * factor for candidate in known for factor in ((1, 100) if percent else (1,))):
        if found == value or ((percent or decimals) and number in rounded(found, decimals)):
            return True
    return False


def rounded(value: float, decimals: int) -> tuple[str, str]:
    """A number with so many decimals, rounded and cut."""
    unit = 10**decimals
    return f"{value:.{decimals}f}", f"{floor(value * unit) / unit:.{decimals}f}"


def made_up_numbers(text: str, evidence: str) -> list[str]:
    """The numbers in prose that code and output do not show, each with its surroundings."""
    known = known_numbers(evidence)
    complaints = []
    for section, content in sections(text).items():
        if section in FREE:
            continue
        readable = plain(content)
        for pattern in NOT_NUMBERS:
            readable = pattern.sub(lambda found: " " * len(found[0]), readable)
        for found in NUMBER.finditer(readable):
            percent = re.match(r"\s*\\?%", readable[found.end() :]) is not None
            if len(significant(found[0])) >= 2 and not is_known(found[0], known, percent):
                around = " ".join(readable[max(0, found.start() - 40) : found.end() + 25].split())
                complaints.append(
                    f"'{section}': {found[0]} is neither in the code nor in its output ('{around}'); "
                    "compute it, or assert it in a cell beside it"
                )
    return complaints

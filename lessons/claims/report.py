"""The table of claims: each sentence with what was measured now, the verdict, and where it is shown."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from compare.records import document
from compare.tables import Table, to_html, to_text
from compare.wording import plural
from expression.errors import ArgumentError, MissingPackage, TrigradError
from lessons.claims.catalogue import CLAIMS, GROUPS
from lessons.claims.claim import CORRECTED, FAILS, HOLDS, LATER, Claim, Finding, Measurement
from lessons.course import HERE

VERDICTS = (HOLDS, CORRECTED, FAILS, LATER)
EXPLANATION = "A claim that *holds, corrected* is right in substance and said loosely; *Precisely:* says what is meant."
WRITTEN = frozenset(int(path.name[:2]) for path in HERE.glob("[0-9][0-9]_*.md"))
CODE = re.compile(r"\bC(?:[1-9]|[12][0-9]|3[0-5])\b")


@dataclass(frozen=True, slots=True, repr=False)
class Claims:
    """What was found about some claims, in the order of the catalogue."""

    findings: tuple[Finding, ...]
    lessons: dict[str, tuple[int, ...]]  # code -> the lessons that name it

    @property
    def failed(self) -> tuple[str, ...]:
        """The codes of the claims that fail."""
        return tuple(finding.claim.code for finding in self.findings if finding.verdict == FAILS)

    @property
    def counts(self) -> dict[str, int]:
        """How many claims have each verdict."""
        verdicts = [finding.verdict for finding in self.findings]
        return {verdict: verdicts.count(verdict) for verdict in VERDICTS if verdict in verdicts}

    @property
    def summary(self) -> str:
        """The counts in a sentence."""
        counted = "; ".join(f"{verdict}: {count}" for verdict, count in self.counts.items())
        return f"{plural(len(self.findings), 'claim')}, measured now. {counted}."

    def place(self, claim: Claim) -> str:
        """Where a claim is shown: the lessons that name it, and the one that will be about it."""
        found = [str(k) for k in self.lessons.get(claim.code, ())]
        if claim.lesson not in WRITTEN:
            found.append(f"{claim.lesson} to come")
        return f"lesson{'s' * (len(found) > 1)} {', '.join(found)}"

    def groups(self) -> list[tuple[str, list[Finding]]]:
        """The findings under the titles of their groups."""
        found = []
        for group in GROUPS:
            members = [finding for finding in self.findings if finding.claim in group.claims]
            if members:
                found.append((group.title, members))
        return found

    def tables(self) -> tuple[Table, ...]:
        """A table for each group; under its sentence every claim has its requirement and what was found."""
        tables = []
        for title, findings in self.groups():
            rows: list[tuple[str, ...]] = []
            for finding in findings:
                claim = finding.claim
                rows.append((claim.code, finding.verdict, claim.sentence))
                rows.append(("", self.place(claim), f"Needed: {claim.requirement}."))
                rows.append(("", "", f"Found: {finding.found}."))
                if finding.correction:
                    rows.append(("", "", f"Precisely: {finding.correction}."))
                rows.append(("", "", f"Figure: {claim.figure}"))
            headers = ("claim", "verdict", "what is said, what it takes, what was found")
            tables.append(Table(title, headers, tuple(rows), left=(0, 1), prose=True))
        return tuple(tables)

    def __repr__(self) -> str:
        """How many; print it for the table."""
        return f"<Claims: {self.summary}>"

    def __str__(self) -> str:
        """Plain text."""
        return "\n\n".join([*(to_text(table) for table in self.tables()), self.summary])

    def __rich__(self) -> Any:
        """What a rich console prints, within its width."""
        from rich.console import Group
        from rich.text import Text

        parts: list[Any] = []
        for table in self.tables():
            parts += [table.__rich__(), Text()]
        return Group(*parts, Text(self.summary, "bold"))

    def _repr_html_(self) -> str:
        """What Jupyter shows."""
        return "".join(to_html(table) for table in self.tables()) + f"<p>{self.summary}</p>"

    def to_markdown(self) -> str:
        """A section with a table for each group."""
        lines = [f"{self.summary} {EXPLANATION}", ""]
        for title, findings in self.groups():
            lines += [f"## {title}", "", "| Claim | What it says, and takes | Found | Verdict |", "|---|---|---|---|"]
            for finding in findings:
                claim = finding.claim
                said = f"{escaped(claim.sentence)}<br>*Needed: {escaped(claim.requirement)}.*"
                verdict = f"**{finding.verdict}**<br>{self.place(claim)}"
                found = f"{escaped(finding.found[:1].upper() + finding.found[1:])}."
                if finding.correction:
                    found += f"<br>*Precisely:* {escaped(finding.correction)}."
                found += f"<br>Figure: {quoted(claim.figure)}"
                lines.append(f"| **{claim.code}** | {said} | {found} | {verdict} |")
            lines.append("")
        return "\n".join(lines)

    def to_json(self) -> str:
        """Strict JSON; integers beyond 2**53 are strings of digits."""
        rows = [
            {
                "code": finding.claim.code,
                "claim": finding.claim.sentence,
                "requirement": finding.claim.requirement,
                "verdict": finding.verdict,
                "found": finding.found,
                "correction": finding.correction or None,
                "data": None if finding.measurement is None else finding.measurement.data,
                "lessons": self.lessons.get(finding.claim.code, ()),
                "lesson_to_come": None if finding.claim.lesson in WRITTEN else finding.claim.lesson,
                "figure": finding.claim.figure,
            }
            for finding in self.findings
        ]
        return json.dumps(document("claims", {"claims": rows, "counts": self.counts}), allow_nan=False, indent=2)


def escaped(text: str) -> str:
    """Text as it is, in a cell of a Markdown table."""
    for sign in "\\`*_<>[]|$":
        text = text.replace(sign, {"<": "&lt;", ">": "&gt;"}.get(sign, f"\\{sign}"))
    return text


def quoted(text: str) -> str:
    """A call as code, and words as they are, in a cell of a Markdown table."""
    return f"`{text}`" if "(" in text else escaped(text)


def examine(
    codes: Sequence[str] = (), *, lesson: int | None = None, progress: Callable[[str], None] | None = None
) -> Claims:
    """Measure the claims with these codes, those that a lesson shows, or all.

    Raises ArgumentError for a code that there is not, and for a lesson that shows no claim.

    >>> examine(["c16"]).findings[0].verdict
    'holds'
    """
    say = progress or (lambda text: None)
    lessons, findings = naming_lessons(), []
    wanted = chosen(codes, lesson, lessons)
    for k, claim in enumerate(wanted, 1):
        say(f"{claim.code}, {k} of {len(wanted)}")
        findings.append(judged(claim))
    return Claims(tuple(findings), lessons)


def naming_lessons() -> dict[str, tuple[int, ...]]:
    """For each code the lessons that name it."""
    found: dict[str, tuple[int, ...]] = {}
    for path in sorted(HERE.glob("[0-9][0-9]_*.md")):
        for code in set(CODE.findall(path.read_text(encoding="utf-8"))):
            found[code] = (*found.get(code, ()), int(path.name[:2]))
    return found


def chosen(codes: Sequence[str], lesson: int | None, naming: dict[str, tuple[int, ...]]) -> list[Claim]:
    """The claims that are meant, in the order of the catalogue; `naming` says which lessons name a code."""
    known = {claim.code for claim in CLAIMS}
    wanted = {code.strip().upper() for code in codes}
    for code in codes:
        if code.strip().upper() not in known:
            raise ArgumentError(f"there is no claim {code!r}; they are {CLAIMS[0].code} to {CLAIMS[-1].code}")
    shown = {claim.code: {*naming.get(claim.code, ()), claim.lesson} for claim in CLAIMS}
    lessons = sorted({k for places in shown.values() for k in places})
    if lesson is not None and lesson not in lessons:
        raise ArgumentError(f"lesson {lesson} shows no claim; those that do are {', '.join(map(str, lessons))}")
    found = [c for c in CLAIMS if (not wanted or c.code in wanted) and (lesson is None or lesson in shown[c.code])]
    if not found:
        raise ArgumentError(f"no claim of these is shown in lesson {lesson}; leave one of the two out")
    return found


def judged(claim: Claim) -> Finding:
    """Measure one claim; a demonstration that stops with an error of ours fails, and says why."""
    try:
        return Finding(claim, claim.measure())
    except MissingPackage as error:
        return Finding(claim, None, f"not measured: {error}")
    except TrigradError as error:
        return Finding(claim, Measurement(f"it stops: {error}", False))


def claims_markdown() -> str:
    """The whole table, measured now, as Markdown."""
    return examine().to_markdown()

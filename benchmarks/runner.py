"""Runs duels one after the other, each in a process of its own, and keeps what is finished, so that a run resumes."""

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.records import FAILED, LEFT_OUT, Job, Record, Settings, to_json
from benchmarks.workload import peer_of
from compare.timing import timed
from trigrad.output import write_file

ROOT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, "-m", "benchmarks.measuring")
ROOMS = ("expression", "numeric", "symbolic", "autodiff", "compare", "benchmarks")

Measure = Callable[[Job, Settings], Record]
Say = Callable[[int, Job | None, float | None], None]  # how many are done, what is next, and the seconds left


def measure_apart(job: Job, settings: Settings) -> Record:
    """Measure one duel in a new process with one thread; whatever happens to it, there is a record."""
    request = json.dumps({"job": asdict(job), "settings": asdict(settings)})
    try:
        done = subprocess.run((*COMMAND, request), cwd=ROOT, capture_output=True, text=True, timeout=settings.patience)
    except subprocess.TimeoutExpired:
        return Record(job, FAILED, f"did not end within {settings.patience:g} seconds")
    if done.returncode:
        return Record(job, FAILED, last_words(done))
    try:
        return Record.from_dict(json.loads(done.stdout.splitlines()[-1]))
    except (IndexError, KeyError, TypeError, ValueError):
        return Record(job, FAILED, "ended without a record")


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """Why a process ended as it should not have."""
    if done.returncode < 0:
        return f"died of {signal.Signals(-done.returncode).name}"
    return (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]


class Store:
    """The finished records of a run in one file, written beside its place and renamed after every duel.

    A record is used again if the code, the settings and the versions are what they were.
    """

    def __init__(self, path: Path, settings: Settings) -> None:
        """Read what an earlier run left."""
        self.path, self.settings, self.code = path, settings, fingerprint()
        self.kept: dict[str, dict[str, Any]] = {}
        if path.exists():
            self.kept = {key: kept for key, kept in read(path).items() if kept.get("code") == self.code}

    def key(self, job: Job) -> str:
        """What must be the same for a record to be used again."""
        versions = [peer_of(name).version for name in (job.ours, job.peer)]
        return json.dumps([asdict(job), asdict(self.settings), versions, sys.version_info[:3]])

    def find(self, job: Job) -> Record | None:
        """The record of an earlier run; what failed is tried again."""
        kept = self.kept.get(self.key(job))
        record = Record.from_dict(kept["record"]) if kept else None
        return None if record is None or record.status == FAILED else record

    def keep(self, record: Record) -> None:
        """Add a record to the file."""
        self.kept[self.key(record.job)] = {"code": self.code, "record": asdict(record)}
        write_file(str(self.path), to_json(self.kept))


def read(path: Path) -> dict[str, dict[str, Any]]:
    """The records of a file; none of one that is no longer whole."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def fingerprint() -> str:
    """What changes when the code that is measured does."""
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def run(
    jobs: Sequence[Job],
    store: Store,
    say: Say = lambda done, job, left: None,
    measure: Measure = measure_apart,
) -> list[Record]:
    """Every job's record, in order. The time left is estimated from what the duels of this run have taken."""
    kept = [store.find(job) for job in jobs]
    limit, spent, measured = store.settings.limit, 0.0, 0
    records: list[Record] = []
    for k, job in enumerate(jobs):
        record = kept[k]
        say(k, job, spent / measured * kept[k:].count(None) if measured else None)
        if record is None and limit is not None and spent > limit:
            record = Record(job, LEFT_OUT, f"the {limit:g} seconds of this run were over")
        elif record is None:
            record, seconds = timed(partial(measure, job, store.settings))
            spent, measured = spent + seconds, measured + 1
            store.keep(record)
        records.append(record)
    say(len(records), None, 0.0)
    return records

"""Runs duels one after the other, each in a process of its own, and keeps what is finished, so that a run resumes."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.peers import PEERS
from benchmarks.records import FAILED, Job, Record, Settings, to_json
from benchmarks.workload import package_of
from trigrad.output import write_file

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("expression", "numeric", "symbolic", "autodiff", "compare", "benchmarks")
PATIENCE = 900  # seconds for one process

Measure = Callable[[Job, Settings], Record]
Say = Callable[[int, Job | None], None]  # how many are done, and what is next


def measure_apart(job: Job, settings: Settings) -> Record:
    """Measure one duel in a new process with one thread."""
    request = json.dumps({"job": asdict(job), "settings": asdict(settings)})
    command = [sys.executable, "-m", "benchmarks.measuring", request]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return Record(job, FAILED, f"did not end within {PATIENCE} seconds")
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return Record(job, FAILED, last)
    return Record.from_dict(json.loads(done.stdout.splitlines()[-1]))


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
        versions = [PEERS[package_of(name)].version for name in (job.ours, job.peer)]
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
    jobs: Sequence[Job], store: Store, say: Say = lambda done, job: None, measure: Measure = measure_apart
) -> list[Record]:
    """Every job's record, in order."""
    records: list[Record] = []
    for job in jobs:
        say(len(records), job)
        record = store.find(job)
        if record is None:
            record = measure(job, store.settings)
            store.keep(record)
        records.append(record)
    say(len(records), None)
    return records

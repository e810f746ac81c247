"""One duel in a process of its own: check both answers, then time the two in turn.

A library in the process changes the times of everybody in it: it brings a BLAS and threads, and objects that the
garbage collector walks over. So nobody is in the process but the two whose ratio is asked for.
"""

import gc
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from benchmarks.peers import PEERS
from benchmarks.records import ABSENT, FAILED, TIMED, WRONG, Job, Record, Settings
from benchmarks.workload import TOLERANCE, Workload, difference, package_of
from compare.timing import OWN, paired_ratio, time_together, timed


def measure(row: Workload, job: Job, settings: Settings) -> Record:
    """The record of one duel: timed, or absent, wrong or failed with the reason."""
    peers = [PEERS[package_of(name)] for name in (job.ours, job.peer)]
    versions = tuple(peer.version for peer in peers)
    for peer in peers:
        if not peer.installed:
            return Record(job, ABSENT, f"{peer.name} is not installed")
    try:
        return duel(row, job, settings, versions)
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return Record(job, FAILED, text, versions)


def duel(row: Workload, job: Job, settings: Settings, versions: tuple[str, ...]) -> Record:
    """Build, check, time."""
    data = row.make(job.size)
    wanted = row.contestants[row.reference](data)()
    functions, first = {}, []
    for name in (job.ours, job.peer):
        PEERS[package_of(name)].prepare()
        function, building = timed(partial(row.contestants[name], data))
        answer, calling = timed(function)
        error = difference(answer, wanted)
        if not error <= TOLERANCE:
            reason = f"{name} is off by {error:.1e} from {row.reference}, more than {TOLERANCE:.0e}"
            return Record(job, WRONG, reason, versions)
        functions[name] = function
        first.append(building + calling)
    gc.collect()
    gc.freeze()  # what the imports left behind is not walked over while the calls are timed
    times = time_together(
        functions,
        rounds=settings.rounds,
        minimum=settings.minimum,
        budget=settings.budget,
        clock=OWN,  # on one thread as a clock on the wall, but without what others do meanwhile
        before=gc.collect,  # or the circles that one leaves behind are cleared away in the other's turn
    )
    gc.unfreeze()
    ours, peer = times[job.ours], times[job.peer]
    ratio = paired_ratio(peer, ours)
    return Record(
        job=job,
        status=TIMED,
        versions=versions,
        seconds=(ours.seconds, peer.seconds),
        first=tuple(first),
        ratio=(ratio.value, ratio.low, ratio.high),
        rounds=len(ours.rounds),
    )


def main(request: Mapping[str, Any]) -> None:
    """Measure what a request in JSON asks for, and print the record as JSON."""
    from benchmarks.workloads import WORKLOADS

    job, settings = Job(**request["job"]), Settings(**request["settings"])
    print(json.dumps(asdict(measure(WORKLOADS[job.workload], job, settings))))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

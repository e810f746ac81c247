"""One duel in a process of its own, on one core: check both answers, then time the two in turn.

A library in the process changes the times of everybody in it: it brings a BLAS and threads, and objects that the
garbage collector walks over. So nobody is in the process but the two whose ratio is asked for.
"""

import gc
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from typing import Any

from benchmarks.records import ABSENT, FAILED, TIMED, WRONG, Job, Record, Settings
from benchmarks.workload import Answer, Workload, difference, peer_of
from compare.timing import OWN, paired_ratio, time_together, timed


def measure(row: Workload, job: Job, settings: Settings) -> Record:
    """The record of one duel: timed, or absent, wrong or failed with the reason."""
    peers = [peer_of(name) for name in (job.ours, job.peer)]
    versions = tuple(peer.version for peer in peers)
    for peer in peers:
        if peer.missing:
            return Record(job, ABSENT, peer.missing)
    try:
        return duel(row, job, settings, versions)
    except ModuleNotFoundError as error:
        return Record(job, ABSENT, f"{error.name} is not installed, which {row.name} needs", versions)
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        return Record(job, FAILED, text, versions)


def duel(row: Workload, job: Job, settings: Settings, versions: tuple[str, ...]) -> Record:
    """Build, check, time."""
    data = row.make(job.size)
    wanted = row.contestants[row.reference](data)()
    functions, first, errors = {}, [], []
    for name in (job.ours, job.peer):
        peer_of(name).prepare()
        function, building = timed(partial(row.contestants[name], data))
        answer, calling = timed(function)
        error = error_of(name, answer, wanted)
        if not error <= row.tolerance:
            reason = f"{name} is off by {error:.1e} from {row.reference}, more than {row.tolerance:.0e}"
            return Record(job, WRONG, reason, versions)
        functions[name] = function
        first.append(building + calling)
        errors.append(error)
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
        errors=tuple(errors),
        ratio=(ratio.value, ratio.low, ratio.high),
        rounds=len(ours.rounds),
    )


def error_of(name: str, answer: Answer, wanted: Answer) -> float:
    """How far an answer is from the one by hand; of the function alone its value is asked, and nothing else."""
    return difference(answer, (wanted[0], ()) if peer_of(name).yardstick else wanted)


def main(request: Mapping[str, Any]) -> None:
    """Measure what a request in JSON asks for, and print the record as JSON."""
    from benchmarks.workloads import WORKLOADS

    stay_on_one_core()
    job, settings = Job(**request["job"]), Settings(**request["settings"])
    print(json.dumps(asdict(measure(WORKLOADS[job.workload], job, settings))))


def stay_on_one_core() -> None:
    """Threads that a library starts all the same share that core, where the system can be asked for it."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

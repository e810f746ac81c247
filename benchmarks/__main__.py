"""The command: `python -m benchmarks [--quick] [--only E1,N1] [--out DIR] [--json]`.

Exit codes: 0 measured; 1 an answer was wrong or a duel failed; 2 called in the wrong way; 130 interrupted.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from pathlib import Path

from benchmarks.machine import machine
from benchmarks.page import page
from benchmarks.records import Job, Settings, jobs_of
from benchmarks.report import Report
from benchmarks.runner import ROOT, Measure, Say, Store, measure_apart, run
from benchmarks.workload import Workload
from benchmarks.workloads import WORKLOADS
from compare.wording import plural
from expression.errors import TrigradError
from trigrad.output import show, write_file

FULL = Settings(rounds=31, minimum=0.01, budget=10.0, patience=180.0)
QUICK = Settings(rounds=15, minimum=0.005, budget=3.0, patience=20.0, limit=95.0)  # two minutes with the last duel
OUT = ROOT / "build" / "benchmarks"
HERE = Path(__file__).resolve().parent
DONE, FAILED, INTERRUPTED = 0, 1, 130


def build_parser() -> argparse.ArgumentParser:
    """What the command takes."""
    ids = sorted({row.id for row in WORKLOADS.values()})
    parser = argparse.ArgumentParser("python -m benchmarks", description="Measure trigrad beside its peers.")
    parser.add_argument("--quick", action="store_true", help="a part of it, at small sizes: under two minutes")
    parser.add_argument("--only", metavar="IDS", type=wanted, help=f"some workloads, of {', '.join(ids)}")
    parser.add_argument("--out", metavar="DIR", type=Path, default=OUT, help="where results are kept; a run resumes")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    return parser


def wanted(text: str) -> list[Workload]:
    """The workloads that a list of ids names."""
    ids = text.split(",")
    known = {row.id for row in WORKLOADS.values()}
    for name in ids:
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name!r} is no workload; there are {', '.join(sorted(known))}")
    return [row for row in WORKLOADS.values() if row.id in ids]


def main(argv: Sequence[str] | None = None, measure: Measure = measure_apart) -> int:
    """Run, print and write; returns the exit code."""
    arguments = build_parser().parse_args(argv)
    try:
        return measured(arguments, measure)
    except TrigradError as error:
        print(f"benchmarks: error: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("benchmarks: interrupted; the same command goes on from here", file=sys.stderr)
        return INTERRUPTED


def measured(arguments: argparse.Namespace, measure: Measure) -> int:
    """Everything between the arguments and the exit code."""
    settings = QUICK if arguments.quick else FULL
    rows = arguments.only or list(WORKLOADS.values())
    jobs = list(jobs_of(rows, arguments.quick))
    arguments.out.mkdir(parents=True, exist_ok=True)
    store = Store(arguments.out / ("quick.json" if arguments.quick else "full.json"), settings)
    with progress(len(jobs)) as say:
        report = Report(tuple(run(jobs, store, say, measure)), settings, machine())
    if arguments.json:
        print(report.to_json(), end="")
    else:
        show(report)
    write_results(report, arguments.out)
    if not arguments.quick and not arguments.only and arguments.out == OUT:
        write_results(report, HERE)
        titles = {row.name: row.title for row in WORKLOADS.values()}
        write_file(str(HERE / "README.md"), page(report, titles))
    return DONE if report.sound else FAILED


def write_results(report: Report, directory: Path) -> None:
    """The JSON and the figures; that of exponents where there are any."""
    write_file(str(directory / "results.json"), report.to_json())
    report.plot(directory / "results.svg")
    if report.exponents:
        report.plot_exponents(directory / "exponents.svg")


@contextmanager
def progress(total: int) -> Iterator[Say]:
    """A bar on stderr; in a pipe a line for each duel. Both estimate the time left."""
    if not sys.stderr.isatty():
        yield lambda done, job, left: None if job is None else print(step(done, total, job, left), file=sys.stderr)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    with Progress(TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield lambda done, job, left: bar.update(
            task, completed=done, description="" if job is None else step(done, total, job, left)
        )


def step(done: int, total: int, job: Job, left: float | None) -> str:
    """One line of progress.

    >>> step(2, 9, Job("V1", 10, "trigrad", "JAX", None), 130.0)
    '3/9 V1, size 10: trigrad and JAX; about 3 minutes left'
    """
    estimate = "" if left is None else f"; about {plural(ceil(left / 60), 'minute')} left"
    return f"{done + 1}/{total} {job}{estimate}"


if __name__ == "__main__":
    sys.exit(main())

"""The page that keeps the last results, with how they came about."""

from benchmarks.records import Record
from benchmarks.report import HEADERS, Report, row_of
from benchmarks.workload import peer_of

PAGE = """# trigrad beside its peers

Written by `python -m benchmarks`: the last run of all workloads against all peers that were installed. To run it:

```
pip install -e '.[peers]'
python -m benchmarks            # everything; resumes where it was interrupted
python -m benchmarks --quick    # under two minutes
python -m benchmarks --only E1,N1 --json
```

## Results

{goals}.

What a gradient costs beside its own function, and how that grows with n: not at all in reverse mode, as n with finite
differences. Where what a call costs beside its arithmetic wears off with n, the fitted exponent is below that.

{exponents}

![The cost of gradients over n](exponents.svg)

| {header} |
| {rule} |
{rows}

![Ratios with their quartiles and goals](results.svg)

All numbers are those of one machine:

{machine}

## How it is measured

- A duel is one of ours and one peer. They are alone in a process that is held to one thread, since every library that
  is imported changes the times of all others in its process.
- Both answers, value and gradient, are compared with code written by hand before anything is timed. Whoever is wrong
  is not timed: a fast wrong answer is a failure.
- *first* is building and the first call, compilation included, and no part of *time*; importing the library is in
  neither. What compiles its program does so for the shapes at hand, and its answers are fresh arrays (CasADi's are
  buffers that the next call overwrites: its fastest way).
- *errors* are those of the two answers, |a - b| / max(1, |a| + |b|) at the worst; finite differences have some.
- *f alone* is the function without its gradient, in the same way as ours: then the last column says how many times as
  long the gradient takes.
- The two take turns. A round repeats each of them, a power of two of times, until it takes {minimum}; there are up to
  {rounds} rounds. Times are medians over the rounds. The ratio is the median of the ratios within rounds, since
  absolute times drift; its quartiles say how well it is known. A ratio under 1.2 either way, or one whose quartiles
  hold 1, is a tie. The clock is that of the process, so that what else the machine does is not counted; and what one
  leaves to the garbage collector is cleared away before the other's turn.
- Ratios are the peer's time over ours: above 1 we are faster. *ahead*, *tie* and *behind* are said of us. A goal is
  the least ratio that is aimed at; against code by hand it is below 1: as fast is as fast as can be expected.
- Each peer runs as its users run it: PyTorch with its fused layers and losses ("op by op": the same operations as
  ours), JAX under jit in float64, CasADi by its buffers, and by the C code that it writes if there is a
  compiler. trigrad and MyGrad guard the arrays that they have read against changes ("unguarded": without that).

| workload | what |
| --- | --- |
{workloads}
"""


def page(report: Report, titles: dict[str, str]) -> str:
    """The page in Markdown; the figures lie beside it."""
    return PAGE.format(
        goals=report.goals,
        header=" | ".join(HEADERS),
        rule=" | ".join(["---"] * len(HEADERS)),
        rows="\n".join(line(row_of(record)) for record in report.records),
        exponents="\n".join(f"- {found}" for found in report.exponents) or "nothing was timed",
        machine="\n".join(f"- {name}: {value}" for name, value in {**report.machine, **peers(report.records)}.items()),
        minimum=f"{1000 * report.settings.minimum:g} ms",
        rounds=report.settings.rounds,
        workloads="\n".join(f"| {name} | {title} |" for name, title in titles.items()),
    )


def line(cells: tuple[str, ...]) -> str:
    """One row of a table; a reason stands in the last column."""
    missing = len(HEADERS) - len(cells)
    return f"| {' | '.join((*cells[:-1], *[''] * missing, cells[-1]))} |"


def peers(records: tuple[Record, ...]) -> dict[str, str]:
    """The versions of all peers that were there."""
    found = {peer_of(r.job.peer): r.versions[1] for r in records if r.versions}
    return {
        peer.name: version
        for peer, version in found.items()
        if peer.package not in ("numpy", "autodiff") and not peer.program
    }

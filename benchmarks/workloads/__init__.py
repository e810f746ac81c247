"""The table of workloads, a file for each program."""

from benchmarks.workload import Workload
from benchmarks.workloads import arrays, floats, mlp, moons

WORKLOADS: dict[str, Workload] = {row.name: row for module in (floats, arrays, mlp, moons) for row in module.ROWS}

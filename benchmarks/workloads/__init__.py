"""The table of workloads, a file for each program."""

from benchmarks.workload import Workload
from benchmarks.workloads import (
    arrays,
    bundle,
    convolution,
    differences,
    floats,
    formula,
    helmholtz,
    logistic,
    lstm,
    mixture,
    mlp,
    moons,
    recurrent,
    regression,
    rosenbrock,
    speelpenning,
    symbolics,
    transformer,
)

PROGRAMS = (
    floats,
    arrays,
    logistic,
    speelpenning,
    formula,
    helmholtz,
    moons,
    rosenbrock,
    regression,
    mlp,
    recurrent,
    transformer,
    convolution,
    mixture,
    bundle,
    lstm,
    differences,
    symbolics,
)
WORKLOADS: dict[str, Workload] = {row.name: row for program in PROGRAMS for row in program.ROWS}

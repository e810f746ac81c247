"""Answers to the exercises of lesson 8 that people gave in public: counts, modes, and what a benchmark says."""

from typing import Any

from lessons.exercises.found.record import NO_NAME, wrong

RACE = {
    "jax.grad": "build",
    "np.gradient": "samples",
    "SymPy": "run",
    "precision": "apart",
    "one call": "noise",
    "conclusion": "none",
    "race": "fair",
}
MODES = {
    "simulation": "forward",
    "simulation sweeps": 6,
    "network": "reverse",
    "network sweeps": 1,
    "arm": "reverse",
    "arm sweeps": 6,
    "because": "sweeps",
    "hour": "together",
}

WRONG: tuple[Any, ...] = (
    wrong(
        "08.1",
        {"f": 2 + 1 + 2, "gradient": 1 + 1 + 1 + 2 + 1, "tree": 4 + 5},
        "sine is one",
        "facebookresearch/NeuralCompression/pull/5",
        "A flop counter gives every elementwise operation, sqrt too, a count of 1.",
    ),
    wrong(
        "08.1",
        (5, 6, 9),
        "sine is one",
        "thousandbrainsproject/monty_lab/pull/9",
        "A flop counter counts a logarithm as one operation.",
    ),
    wrong(
        "08.1",
        (2 + 0 + 2, 1 + 0 + 1 + 2 + 1, 3 + 4),
        "sine is free",
        "sophgo/tpu-mlir/issues/49",
        "getFLOPs() of a sigmoid is 0.",
        NO_NAME,
    ),
    wrong(
        "08.2",
        {**MODES, "simulation": "reverse", "simulation sweeps": 40},
        "always reverse",
        "jax-ml/jax/issues/215",
        "Takes jacrev for a function of 20 inputs and 20480 outputs.",
    ),
    wrong(
        "08.2",
        {**MODES, "simulation": "reverse", "simulation sweeps": 40},
        "always reverse",
        "jump-dev/MathOptInterface.jl/issues/2526",
        "Jacobians are computed by reverse mode always, with fewer variables than rows too.",
    ),
    wrong(
        "08.2",
        {**MODES, "network": "forward", "network sweeps": 1_000_000, "arm": "forward", "arm sweeps": 7}
        | {"because": "tape"},
        "always forward + no tape decides",
        "pytorch/pytorch/issues/94395",
        "Proposes jacfwd in place of jacrev, since forward mode creates no graph and saves no tensors.",
    ),
    wrong(
        "08.3",
        {"at 40": 7, "at 3": 2},
        "",
        "JuliaDiff/FiniteDiff.jl/pull/19",
        "Takes n**2 for the number of evaluations that differences need.",
    ),
    wrong(
        "08.4",
        {**RACE, "jax.grad": "run", "one call": "exact", "conclusion": "numeric"},
        "first call is a call + one shot + smallest number",
        "JuliaDiff/ForwardDiff.jl/issues/502",
        "Times each method by its first call, compiling included, and concludes that differences take a tenth.",
    ),
    wrong(
        "08.4",
        {**RACE, "jax.grad": "run"},
        "first call is a call",
        "jax-ml/jax/issues/14185",
        "Times jax.grad from its first call on, beside the analytic derivative.",
    ),
    wrong(
        "08.4",
        {**RACE, "jax.grad": "run"},
        "first call is a call",
        "anindex/gtmp/issues/1",
        "Reports the time of a planner whose first run compiles.",
    ),
    wrong(
        "08.4",
        {**RACE, "np.gradient": "gradient"},
        "gradient by name",
        "lesgourg/class_public/issues/284",
        "Compares a derivative with numpy.gradient of its values, which knows neither the function nor the spacing.",
    ),
)

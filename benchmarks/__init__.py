"""trigrad beside its peers: every workload against every installed peer, measured in one run.

`python -m benchmarks` runs all of it, `python -m benchmarks --quick` in two minutes. Everything here runs on one
thread, and the libraries read that when they are imported; so it is said here, before any of them.
"""

import os

ONE_THREAD = {
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
os.environ.update(ONE_THREAD)

"""trigrad beside its peers: every workload against every installed peer, measured in one run.

`python -m benchmarks` runs all of it, `python -m benchmarks --quick` a part in two minutes. Everything here runs on
one thread, and the libraries read that when they are imported; so it is said here, before any of them.
"""

import os

ONE_THREAD = {
    "JAX_PLATFORMS": "cpu",
    "MKL_NUM_THREADS": "1",
    "NPROC": "1",  # the threads of XLA's pools
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
}
os.environ.update(ONE_THREAD)

"""trigrad beside its peers: every workload against every installed peer, measured in one run.

`python -m benchmarks` runs all of it, `python -m benchmarks --quick` in two minutes.
"""

"""One function, every differentiator: answers, certified digits, sizes and costs side by side.

Everything is imported when it is first used: SymPy alone takes half a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compare.accuracy import VCurve, v_curve
    from compare.baydin import BaydinTable, baydin_table
    from compare.bounding import Bounds, bounds
    from compare.certify import Certificate, certify
    from compare.comparison import Comparison, compare
    from compare.costing import Cost, cost
    from compare.crossing import Crossover, crossover
    from compare.directional import Directions, directions
    from compare.drifting import Drift, drift, logistic_derivative
    from compare.eliminating import Elimination, elimination
    from compare.four_phases import Phases, phases
    from compare.overlaying import Overlay, overlay
    from compare.paths import Paths, count_paths
    from compare.racing import Race, race
    from compare.records import Record, Subject
    from compare.rewriting import Rewritings, rewritings
    from compare.rules import Rules, rules_of
    from compare.sharing import Sharing, tree_and_dag
    from compare.surveying import Survey, survey
    from compare.swelling import Swell, swell
    from compare.taping import Recording, recording
    from compare.timing import Timing, paired_ratio, time_together
    from compare.traces import ForwardTrace, ReverseTrace, forward_trace, reverse_trace
    from compare.trio import Trio, three_forms

HOME = {
    "BaydinTable": "compare.baydin",
    "Bounds": "compare.bounding",
    "Certificate": "compare.certify",
    "Comparison": "compare.comparison",
    "Cost": "compare.costing",
    "Crossover": "compare.crossing",
    "Directions": "compare.directional",
    "Drift": "compare.drifting",
    "Elimination": "compare.eliminating",
    "ForwardTrace": "compare.traces",
    "Overlay": "compare.overlaying",
    "Paths": "compare.paths",
    "Phases": "compare.four_phases",
    "Race": "compare.racing",
    "Record": "compare.records",
    "Recording": "compare.taping",
    "ReverseTrace": "compare.traces",
    "Rewritings": "compare.rewriting",
    "Rules": "compare.rules",
    "Sharing": "compare.sharing",
    "Subject": "compare.records",
    "Survey": "compare.surveying",
    "Swell": "compare.swelling",
    "Timing": "compare.timing",
    "Trio": "compare.trio",
    "VCurve": "compare.accuracy",
    "baydin_table": "compare.baydin",
    "bounds": "compare.bounding",
    "certify": "compare.certify",
    "compare": "compare.comparison",
    "cost": "compare.costing",
    "count_paths": "compare.paths",
    "crossover": "compare.crossing",
    "directions": "compare.directional",
    "drift": "compare.drifting",
    "elimination": "compare.eliminating",
    "forward_trace": "compare.traces",
    "logistic_derivative": "compare.drifting",
    "overlay": "compare.overlaying",
    "paired_ratio": "compare.timing",
    "phases": "compare.four_phases",
    "race": "compare.racing",
    "recording": "compare.taping",
    "reverse_trace": "compare.traces",
    "rewritings": "compare.rewriting",
    "rules_of": "compare.rules",
    "survey": "compare.surveying",
    "swell": "compare.swelling",
    "three_forms": "compare.trio",
    "time_together": "compare.timing",
    "tree_and_dag": "compare.sharing",
    "v_curve": "compare.accuracy",
}

__all__ = [
    "BaydinTable",
    "Bounds",
    "Certificate",
    "Comparison",
    "Cost",
    "Crossover",
    "Directions",
    "Drift",
    "Elimination",
    "ForwardTrace",
    "Overlay",
    "Paths",
    "Phases",
    "Race",
    "Record",
    "Recording",
    "ReverseTrace",
    "Rewritings",
    "Rules",
    "Sharing",
    "Subject",
    "Survey",
    "Swell",
    "Timing",
    "Trio",
    "VCurve",
    "baydin_table",
    "bounds",
    "certify",
    "compare",
    "cost",
    "count_paths",
    "crossover",
    "directions",
    "drift",
    "elimination",
    "forward_trace",
    "logistic_derivative",
    "overlay",
    "paired_ratio",
    "phases",
    "race",
    "recording",
    "reverse_trace",
    "rewritings",
    "rules_of",
    "survey",
    "swell",
    "three_forms",
    "time_together",
    "tree_and_dag",
    "v_curve",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in HOME:
        raise AttributeError(f"module 'compare' has no attribute {name!r}; it exports {', '.join(__all__)}")
    return getattr(import_module(HOME[name]), name)

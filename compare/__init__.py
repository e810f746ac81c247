"""One function, every differentiator: answers, certified digits, sizes and costs side by side.

Everything is imported when it is first used: SymPy alone takes half a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compare.certifying import Certificate, certify
    from compare.comparison import Comparison, compare
    from compare.costing import Cost, cost
    from compare.experiments.accuracy import VCurve, v_curve
    from compare.experiments.baydin import BaydinTable, baydin_table
    from compare.experiments.bounding import Bounds, bounds
    from compare.experiments.crossing import Crossover, crossover
    from compare.experiments.directional import Directions, directions
    from compare.experiments.drifting import Drift, drift, logistic_derivative
    from compare.experiments.eliminating import Elimination, elimination
    from compare.experiments.four_phases import Phases, phases
    from compare.experiments.overlaying import Overlay, overlay
    from compare.experiments.paths import Paths, count_paths
    from compare.experiments.rewriting import Rewritings, rewritings
    from compare.experiments.rules import Rules, rules_of
    from compare.experiments.sharing import Sharing, tree_and_dag
    from compare.experiments.surveying import Survey, survey
    from compare.experiments.taping import Recording, recording
    from compare.experiments.traces import ForwardTrace, ReverseTrace, forward_trace, reverse_trace
    from compare.experiments.trio import Trio, three_forms
    from compare.racing import Race, race
    from compare.records import Record, Subject
    from compare.swelling import Swell, swell
    from compare.timing import Timing, paired_ratio, time_together

HOME = {
    "BaydinTable": "compare.experiments.baydin",
    "Bounds": "compare.experiments.bounding",
    "Certificate": "compare.certifying",
    "Comparison": "compare.comparison",
    "Cost": "compare.costing",
    "Crossover": "compare.experiments.crossing",
    "Directions": "compare.experiments.directional",
    "Drift": "compare.experiments.drifting",
    "Elimination": "compare.experiments.eliminating",
    "ForwardTrace": "compare.experiments.traces",
    "Overlay": "compare.experiments.overlaying",
    "Paths": "compare.experiments.paths",
    "Phases": "compare.experiments.four_phases",
    "Race": "compare.racing",
    "Record": "compare.records",
    "Recording": "compare.experiments.taping",
    "ReverseTrace": "compare.experiments.traces",
    "Rewritings": "compare.experiments.rewriting",
    "Rules": "compare.experiments.rules",
    "Sharing": "compare.experiments.sharing",
    "Subject": "compare.records",
    "Survey": "compare.experiments.surveying",
    "Swell": "compare.swelling",
    "Timing": "compare.timing",
    "Trio": "compare.experiments.trio",
    "VCurve": "compare.experiments.accuracy",
    "baydin_table": "compare.experiments.baydin",
    "bounds": "compare.experiments.bounding",
    "certify": "compare.certifying",
    "compare": "compare.comparison",
    "cost": "compare.costing",
    "count_paths": "compare.experiments.paths",
    "crossover": "compare.experiments.crossing",
    "directions": "compare.experiments.directional",
    "drift": "compare.experiments.drifting",
    "elimination": "compare.experiments.eliminating",
    "forward_trace": "compare.experiments.traces",
    "logistic_derivative": "compare.experiments.drifting",
    "overlay": "compare.experiments.overlaying",
    "paired_ratio": "compare.timing",
    "phases": "compare.experiments.four_phases",
    "race": "compare.racing",
    "recording": "compare.experiments.taping",
    "reverse_trace": "compare.experiments.traces",
    "rewritings": "compare.experiments.rewriting",
    "rules_of": "compare.experiments.rules",
    "survey": "compare.experiments.surveying",
    "swell": "compare.swelling",
    "three_forms": "compare.experiments.trio",
    "time_together": "compare.timing",
    "tree_and_dag": "compare.experiments.sharing",
    "v_curve": "compare.experiments.accuracy",
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

"""One function, every differentiator: answers, certified digits, sizes and costs side by side.

Everything is imported when it is first used: SymPy alone takes half a second.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compare.certify import Certificate, certify
    from compare.comparison import Comparison, compare
    from compare.costing import Cost, cost
    from compare.records import Record, Subject
    from compare.swelling import Swell, swell
    from compare.timing import Timing, paired_ratio, time_together

HOME = {
    "Certificate": "compare.certify",
    "Comparison": "compare.comparison",
    "Cost": "compare.costing",
    "Record": "compare.records",
    "Subject": "compare.records",
    "Swell": "compare.swelling",
    "Timing": "compare.timing",
    "certify": "compare.certify",
    "compare": "compare.comparison",
    "cost": "compare.costing",
    "paired_ratio": "compare.timing",
    "swell": "compare.swelling",
    "time_together": "compare.timing",
}

__all__ = [
    "Certificate",
    "Comparison",
    "Cost",
    "Record",
    "Subject",
    "Swell",
    "Timing",
    "certify",
    "compare",
    "cost",
    "paired_ratio",
    "swell",
    "time_together",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in HOME:
        raise AttributeError(f"module 'compare' has no attribute {name!r}; it exports {', '.join(__all__)}")
    return getattr(import_module(HOME[name]), name)

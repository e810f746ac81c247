"""The claims of the usual explanation of backpropagation, each with a measurement that could refute it."""

from lessons.claims.catalogue import CLAIMS, GROUPS
from lessons.claims.claim import Claim, Finding, Group, Measurement
from lessons.claims.report import Claims, claims_markdown, examine

__all__ = ["CLAIMS", "GROUPS", "Claim", "Claims", "Finding", "Group", "Measurement", "claims_markdown", "examine"]

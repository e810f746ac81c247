"""The claims of the usual explanation of backpropagation, C1 to C35, in groups."""

from lessons.claims import adjoints, costs, generality, recording, rules, sizes, summary, sweeping, using
from lessons.claims.claim import Claim, Group

GROUPS: tuple[Group, ...] = (
    recording.GROUP,
    rules.GROUP,
    sweeping.GROUP,
    adjoints.GROUP,
    using.GROUP,
    sizes.GROUP,
    costs.GROUP,
    generality.GROUP,
    summary.GROUP,
)
CLAIMS: tuple[Claim, ...] = tuple(claim for group in GROUPS for claim in group.claims)

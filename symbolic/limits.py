"""Sizes known before anything is written, and what is refused because of them."""

from expression.errors import SizeLimitError
from expression.measures import scalar_size
from expression.nodes import Expression

NODES_A_NODE = 5  # scalar nodes of a function and its gradient, for each scalar node of the function
SHARED_LIMIT = 500_000  # nodes of a list: a few seconds, a few hundred megabytes
CLOSED_LIMIT = 500_000  # nodes of the textbook tree: what SymPy differentiates in a few seconds


def check_size(caller: str, size: int, limit: int, advice: str) -> None:
    """Raise SizeLimitError when a size that is known beforehand is over the limit."""
    if size > limit:
        raise SizeLimitError(
            f"{caller} would write {digits(size)} nodes, the limit is {limit}; {advice}, or raise limit="
        )


def digits(size: int) -> str:
    """A number that may have thousands of digits, in a line."""
    count = (size.bit_length() - 1) * 30103 // 100_000
    return f"about 10^{count}" if count > 18 else str(size)


def shared_size(e: Expression, sweeps: int = 1) -> int:
    """Nodes of the scalar list with that many reverse sweeps."""
    return scalar_size(e) * (1 + (NODES_A_NODE - 1) * sweeps)

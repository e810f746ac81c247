"""Right answers to 04.2, written differently."""

from typing import Any

import numpy as np


def size_by_list(e: Any) -> int:
    """A list, in the order of the nodes."""
    sizes: list[int] = []
    for node in e.nodes:
        sizes.append(1 + sum(sizes[j] for j in node.operands))
    return sizes[-1] if len(e.nodes) - 1 == e.outputs[0] else sizes[e.outputs[0]]


def size_by_array(e: Any) -> Any:
    """An array of Python's whole numbers."""
    sizes = np.ones(len(e.nodes), dtype=object)
    for k, node in enumerate(e.nodes):
        for j in node.operands:
            sizes[k] += sizes[j]
    return sizes[list(e.outputs)][0]


def size_by_memory(e: Any) -> int:
    """Recursion that remembers."""
    known: dict[int, int] = {}

    def below(k: int) -> int:
        if k not in known:
            known[k] = 1 + sum(map(below, e.nodes[k].operands))
        return known[k]

    return below(e.outputs[0])


def size_from_the_top(e: Any) -> int:
    """How often each node stands in the tree, from the output down."""
    copies = [0] * len(e.nodes)
    copies[e.outputs[0]] = 1
    for k in reversed(range(len(e.nodes))):
        for j in e.nodes[k].operands:
            copies[j] += copies[k]
    return sum(copies)


def size_by_floats(e: Any) -> float:
    """Floats, exact up to 2**53."""
    sizes: dict[int, float] = {}
    for k, node in enumerate(e.nodes):
        sizes[k] = 1.0 + float(np.sum([sizes[j] for j in node.operands]))
    return sizes[e.outputs[0]]


def by_loop(n: int) -> int:
    """The two recurrences side by side."""
    t, d = 1, 1
    for _ in range(1, n):
        t, d = 2 * t + 5, 2 * d + 3 * t + 14
    return d


def by_matrix(n: int) -> Any:
    """A power of a matrix."""
    step = np.array([[2, 0, 5], [3, 2, 14], [0, 0, 1]], dtype=object)
    return (np.linalg.matrix_power(step, n - 1) @ np.array([1, 1, 1], dtype=object))[1]


ALSO_RIGHT = (
    (size_by_list, by_loop, [[9, -9, 2], [0, 9, -15], [0, 0, 14], [9, 0, 1]]),
    {
        "size": size_by_array,
        "derivative_size": lambda n: 9 * (n - 1) * 2 ** (n - 1) + 1,
        "proof": np.array([[9, -9, 2], [0, 9, -15], [0, 0, 14], [9, 0, 1]]),
    },
    [size_by_memory, by_matrix, ((9, -9, 2), (0, 9, -15), (0, 0, 14), (9, 0, 1))],
    (
        size_from_the_top,
        lambda n: (9 * (n - 1) << (n - 1)) + 1,
        {"2 D_n": ("9", "-9", "2"), "3 T_n": (0, 9, -15), "14": (0, 0, 14), "D_(n+1)": (9, 0, 1)},
    ),
    (
        size_by_floats,
        lambda n: 9 * (n - 1) * 2.0 ** (n - 1) + 1.0,
        {"D_(n+1)": (9.0, 0.0, 1.0), "14": (0.0, 0.0, 14.0), "3 T_n": (0.0, 9.0, -15.0), "2 D_n": (9.0, -9.0, 2.0)},
    ),
)

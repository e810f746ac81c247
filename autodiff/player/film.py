"""The frames of a recording, as plain data: what each step of the forward and of the reverse sweep computes.

    forward   a node gets its value
    seed      the reverse sweep begins: the output's adjoint is 1
    send      an operation sends one contribution back: adjoint * partial, added to an operand's adjoint
    still     an operation has nothing to send
    arrive    a leaf's adjoint is complete
    end       the gradient

One contribution is one frame, so that `+=` is seen wherever a node was read more than once.
"""

import linecache
import sys
from collections.abc import Callable
from functools import cache, lru_cache
from os.path import basename
from typing import Any

from autodiff.player.nodes import Recording, Shown
from autodiff.player.values import Json, as_json
from autodiff.sweeps import spread
from autodiff.tape import Event
from expression import trace
from expression.formats.infix import BINDINGS, PREFIXES, shown_options
from expression.formats.labels import MINUS, SYMBOLS, label_of, shortened
from expression.measures import reads
from expression.nodes import Expression, Node
from expression.operations.literals import ZERO, is_literal
from expression.operations.operation import Array, Operation
from expression.structure import dtype_of, shape_of

LONGEST_FORMULA = 36  # characters; a longer partial is shown by its value alone
LONGEST_OPTIONS = 60

IN_WORDS = {  # what goes back through operations that have no single partial
    "sum": "the adjoint of the sum, for each entry that was added up",
    "max": "the adjoint for the largest entry, shared equally where several are, and 0 for the others",
    "min": "the adjoint for the smallest entry, shared equally where several are, and 0 for the others",
    "reshape": "the adjoint, in the shape that the entries had",
    "transpose": "the adjoint, transposed back",
    "broadcast_to": "the adjoint, added up over what was repeated",
    "getitem": "the adjoint at the entries that were read, and 0 at the others",
    "concatenate": "this piece's part of the adjoint",
}
PRODUCT = ("the adjoint times the right factor, transposed", "the left factor, transposed, times the adjoint")


def film(recording: Recording, title: str) -> dict[str, Json]:
    """Everything that the page shows, without any picture of it."""
    find = cache(code_of)  # many nodes stand in one line
    return {
        "title": title,
        "output": recording.output,
        "nodes": [shown_node(i, shown, find) for i, shown in enumerate(recording.nodes)],
        "frames": [*forward_frames(recording), *reverse_frames(recording), {"kind": "end", "node": recording.output}],
    }


# -- nodes -------------------------------------------------------------------------------------------------------------


def shown_node(i: int, shown: Shown, find: Callable[[str], tuple[str, str]]) -> dict[str, Json]:
    """What a node is, what it read, what it keeps for the way back."""
    node = shown.node
    found: dict[str, Json] = {
        "role": shown.role,
        "label": shortened(label_of(node, shown.name)),
        "name": shown.name,
        "operation": node.operation.name,
        "value": as_json(shown.values[0]),
        "active": shown.differentiated,
    }
    if shown.operands:
        found |= {
            "form": form(shown),
            "infix": node.operation.name in BINDINGS or node.operation.name in PREFIXES,
            "ordered": len(shown.operands) > 1 and not node.operation.commutative,
            "operands": [as_operand(j, x) for j, x in zip(shown.operands, shown.values[1:], strict=True)],
        }
        if shown.differentiated:
            found["saved"] = saved(i, shown)
    if node.line:
        place, code = find(node.line)
        found |= {"line": place, "code": code}
    return found


def as_operand(j: int | None, x: Array) -> Json:
    """The node that was read, or a constant that has none."""
    return {"constant": as_json(x)} if j is None else j


def form(shown: Shown) -> str:
    """How an operation is written, with {0}, {1} in the places of its operands."""
    node, count = shown.node, len(shown.operands)
    name = node.operation.name
    symbol = SYMBOLS.get(name)
    if name in BINDINGS and count == 2:
        return f"{{0}} {symbol or BINDINGS[name].symbol} {{1}}"
    if name in PREFIXES:
        return f"{symbol or MINUS}{{0}}"
    if name == "getitem":
        return f"{{0}}{braced(label_of(node, ''))}"
    options = ", ".join(f"{key}={value!r}" for key, value in telling(shown).items())
    options = options if len(options) <= LONGEST_OPTIONS else options[: LONGEST_OPTIONS - 1] + "…"
    places = [f"{{{k}}}" for k in range(count)]
    return f"{name}({', '.join([*places, *([braced(options)] if options else [])])})"


def telling(shown: Shown) -> dict[str, Any]:
    """The parameters without those that say the usual: all axes, and none of them kept."""
    options: dict[str, Any] = (
        shown_options(shown.node) if shown.node.operation.programs else dict(shown.node.parameters)
    )
    every = tuple(range(len(shape_of(shown.values[1]))))
    return {key: v for key, v in options.items() if v is not False and v is not None and (key, v) != ("axis", every)}


def braced(text: str) -> str:
    """Text in which no brace can be taken for a place."""
    return text.replace("{", "(").replace("}", ")")


def saved(i: int, shown: Shown) -> list[Json]:
    """What the reverse rules of a node read: operands, as they are in the list of operands, and its own result."""
    x = shown.values[1:]
    wanted = tuple([j is not None and dtype_of(v).kind == "f" for j, v in zip(shown.operands, x, strict=True)])
    node = shown.node
    shapes, dtypes = tuple([shape_of(v) for v in x]), tuple([dtype_of(v) for v in x])
    result, operands = reads(node.operation, shapes, dtypes, node.parameters, wanted)
    kept = [as_operand(shown.operands[k], x[k]) for k in operands]
    return [*kept, i] if result else kept


def code_of(line: str) -> tuple[str, str]:
    """Where a line is, in words, and its source text: empty where no file or more than one has that name."""
    if line.startswith("column "):
        return f"{line} of the text", ""
    name, _, number = line.rpartition(", line ")
    modules = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
    files = sorted({file for file in [*linecache.cache, *modules] if basename(file) == name})
    if not name or len(files) != 1:
        return line, ""
    place = f"line {number} of its cell" if "ipykernel" in files[0] else line
    return place, linecache.getline(files[0], int(number)).strip()


# -- frames ------------------------------------------------------------------------------------------------------------


def forward_frames(recording: Recording) -> list[dict[str, Json]]:
    """One for each node but constants, which are there from the beginning."""
    return [{"kind": "forward", "node": i} for i, shown in enumerate(recording.nodes) if shown.role != "constant"]


def reverse_frames(recording: Recording) -> list[dict[str, Json]]:
    """The seed, then one frame for each contribution."""
    frames: list[dict[str, Json]] = []
    like = [shown.values[0] for shown in recording.nodes]
    for k, event in enumerate(recording.reverse):
        whole = as_json(spread(event.adjoint, like[event.node]))
        if k == 0:
            frames.append({"kind": "seed", "node": event.node, "after": whole})
        if event.operation == "input":
            frames.append({"kind": "arrive", "node": event.node})
        elif not event.contributions:
            frames.append({"kind": "still", "node": event.node})
        else:
            frames += sends(recording, event, like)
    return frames


def sends(recording: Recording, event: Event, like: list[Array]) -> list[dict[str, Json]]:
    """The contributions of one operation."""
    frames = []
    places = iter(sending_places(event))
    for (j, contribution), (_, after) in zip(event.contributions, event.sums, strict=True):
        k = next(places)
        frame: dict[str, Json] = {
            "kind": "send",
            "node": event.node,
            "to": j,
            "operand": k,
            "contribution": as_json(spread(contribution, like[j])),
            "after": as_json(spread(after, like[j])),
        }
        partial = event.partials[k] if event.partials else None
        if partial is None:
            frame["words"] = words(recording.nodes[event.node].node, k)
        else:
            frame["partial"] = as_json(partial)
            frame["formula"] = formula(recording, event.node, k)
            frame["summed"] = shape_of(like[j]) != shape_of(like[event.node])
        frames.append(frame)
    return frames


def sending_places(event: Event) -> list[int]:
    """Which operand each contribution belongs to: a node may be read twice, and a partial that is 0 sends nothing."""
    places = []
    k = 0
    for j, _ in event.contributions:
        while event.operands[k] != j or (event.partials and is_literal(event.partials[k], ZERO)):
            k += 1
        places.append(k)
        k += 1
    return places


def words(node: Node, k: int) -> str:
    """How the adjoint goes back where there is no single partial."""
    if node.operation.name == "matmul":
        return PRODUCT[k]
    return IN_WORDS.get(node.operation.name, f"what the reverse rule of {node.operation.name} gives")


def formula(recording: Recording, i: int, k: int) -> str:
    """The partial as the table's rule has it, in the names of the nodes; empty where it is long."""
    shown = recording.nodes[i]
    fixed = [j is None or recording.nodes[j].role == "constant" for j in shown.operands]
    numbers = tuple([as_number(x) if is_fixed else None for is_fixed, x in zip(fixed, shown.values[1:], strict=True)])
    text = rule_text(shown.node.operation, k, numbers)
    names = [f"v{i}", *["constant" if j is None else f"v{j}" for j in shown.operands]]
    for place, name in enumerate(names):
        text = text.replace(f"<{place}>", name)
    return text if len(text) <= LONGEST_FORMULA else ""


def as_number(x: Array) -> float | None:
    """A constant number, to be written as it is; None for an array."""
    return float(x) if shape_of(x) == () else None


@lru_cache(maxsize=1024)
def rule_text(operation: Operation, k: int, numbers: tuple[float | None, ...]) -> str:
    """The rule of one partial, recorded and written down, with <0> for the result and <1>, <2> for the operands."""

    def rule(y: Any, x: list[Any]) -> Any:
        return operation.dy_dx(k, y, *[v if c is None else c for v, c in zip(x, numbers, strict=True)])

    e = trace(rule, 1.0, [1.0] * len(numbers))
    return in_places(e)


def in_places(e: Expression) -> str:
    """The closed form with numbered places instead of names."""
    names = [f"<{place}>" for place in range(len(e.inputs))]
    inputs = tuple([i._replace(name=name) for i, name in zip(e.inputs, names, strict=True)])
    return Expression(e.nodes, inputs, e.outputs, e.arguments, e.results).to_infix()

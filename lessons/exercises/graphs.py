"""Orders and graphs: any valid order is right, and any numbering of one graph."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from expression import Expression
from lessons.exercises.kind import Kind
from lessons.exercises.values import Unreadable, described, entries, normal, show

WORDS = re.compile(r"[,;\s]+")
BETWEEN = re.compile(r"(?:[,;\s<→]|->)+")
LINE = re.compile(r"\s*(?P<name>\w+)\s*(?:=|:|<-|←)\s*(?P<right>.+?)\s*")
CALL = re.compile(r"(?:np\.|math\.)?(?P<name>[A-Za-z_]\w*)\s*\((?P<operands>[^()]*)\)")
INFIX = re.compile(r"(?P<a>[\w.]+)\s*(?P<sign>\*\*|[-+*/^])\s*(?P<b>[\w.]+)")
NAME = re.compile(r"(?:(?:input|parameter|constant)\s+)?(?P<what>[\w.]+)")
NAMED = "is"  # what is no operation, but a name for an input, a constant or a node
MINUS = re.compile(r"-\s*(?P<a>[\w.]+)")
SIGNS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "**": "pow", "^": "pow"}
SAME = {
    "ln": "log",
    "plus": "add",
    "minus": "sub",
    "times": "mul",
    "divide": "div",
    "multiply": "mul",
    "subtract": "sub",
}
TYPESET = str.maketrans("\u00d7\u00b7\u00f7\u2212", "**/-")
COMMUTATIVE = ("add", "mul")
LONGEST = 1000  # characters of a meaning; a chain of sums of a node with itself would double it with each line


@dataclass(frozen=True, slots=True)
class Order(Kind):
    """An order of items in which each stands below those it needs; every such order is right."""

    needs: Mapping[str, tuple[str, ...]]  # item -> the items that have to stand above it
    inputs: tuple[str, ...] = ()  # which may be named too, and are always there

    def read(self, answer: Any) -> Any:
        """The items in their order: a sequence, text with commas or lines, or lines such as `q = x * x`."""
        if isinstance(answer, str):
            lines = [line for line in re.split(r"[\n;]+", answer) if line.strip()]
            given = lines if len(lines) > 1 or "=" in answer else [word for word in BETWEEN.split(answer) if word]
            if len(given) == 1 and all(letter in self.needs for letter in given[0].strip()):
                given = list(given[0].strip())
        else:
            found = normal(answer)
            if not isinstance(found, tuple):
                raise Unreadable(f"an order of {', '.join(sorted(self.needs))} is wanted, got {described(found)}")
            given = [str(item) for item in found]
        items = tuple(item for line in given if (item := line.split("=")[0].strip()) not in self.inputs)
        unknown = [item for item in items if item not in self.needs]
        if unknown:
            there = ", ".join(sorted(self.needs))
            raise Unreadable(f"{', '.join(map(str, unknown))} is not among the items; they are {there}")
        return items

    def misfit(self, found: Any, expected: Any) -> str:
        """Items that are missing, stand there twice, or stand above what they need."""
        missing = [item for item in self.needs if item not in found]
        if missing:
            return f"no {', '.join(missing)}"
        twice = sorted({item for item in found if found.count(item) > 1})
        if twice:
            return f"{', '.join(twice)} twice"
        for k, item in enumerate(found):
            late = [need for need in self.needs[item] if need in found[k:]]
            if late:
                return f"{item} above {late[0]}, which it reads"
        return ""

    def same(self, found: Any, expected: Any) -> bool:
        """Both are orders that hold, or both are wrong in the same way."""
        valid = [not self.misfit(items, None) for items in (found, expected)]
        return all(valid) or (not any(valid) and found == expected)

    def entries(self, value: Any) -> list[tuple[str, Any]]:
        """The order as a whole."""
        return [("", value)]

    def show(self, value: Any) -> str:
        """The items from the first to the last."""
        return " ".join(value)


@dataclass(frozen=True, slots=True)
class Graph(Kind):
    """The graph of a computation as a list, one operation a line: `v1 = a * b`, `v2 = sin(v1)`.

    The lines may be text, or a sequence of lines or of tuples `(name, operation, operand, ...)`. Names and the order of
    independent lines are free, and so is the order of the operands of a sum or a product; the last line is the output.
    """

    inputs: tuple[str, ...]

    def read(self, answer: Any) -> Any:
        """The lines as `(name, operation, operands)`."""
        if answer is None or answer is Ellipsis:
            raise Unreadable("nothing is written yet")
        if isinstance(answer, Expression):
            answer = str(answer)
        if isinstance(answer, Mapping):
            answer = list(answer.items())
        given = normal(answer) if isinstance(answer, Iterable) else answer
        if isinstance(given, tuple) and all(isinstance(line, str) for line in given):
            given = "\n".join(given)
        if isinstance(given, str):
            lines = [line for line in re.split(r"[\n;]+", given) if line.split("#")[0].strip()]
            given = tuple(line for line in lines if "->" not in line)  # a listing's head: a, b -> v3
        if not isinstance(given, tuple):
            raise Unreadable(f"a list of lines such as v1 = a * b is wanted, got {described(given)}")
        if any(part in (None, ..., "...") or str(part).endswith("= ...") for _, part in entries(given)):
            raise Unreadable("nothing is written yet in one of the lines")
        parsed = tuple(self.line(item) for item in given)
        known: dict[str, str] = {name: name for name in self.inputs}  # what a line may read, and what that is
        nodes = []
        for name, operation, operands in parsed:
            for operand in operands:
                if operand not in known and not is_constant(operand):
                    later = any(operand == other for other, _, _ in parsed)
                    why = "which stands below it" if later else f"and there is no line for it; inputs: {self.listed}"
                    raise Unreadable(f"the line {name} = {operation}({', '.join(operands)}) reads {operand}, {why}")
            if operation != NAMED:
                nodes.append((name, operation, tuple(known.get(x, x) for x in operands)))
            elif operands == (name,):
                continue
            if name in known:
                raise Unreadable(f"the name {name} has two lines; give each node a name of its own")
            known[name] = name if operation != NAMED else known.get(operands[0], operands[0])
        if not nodes:
            raise Unreadable("nothing is written yet")
        return tuple(nodes)

    @property
    def listed(self) -> str:
        """The inputs in a sentence."""
        return ", ".join(self.inputs)

    def line(self, item: Any) -> tuple[str, str, tuple[str, ...]]:
        """One line; `v0 = input a` and `v0 = a` are no operations, and only name what is there."""
        if isinstance(item, tuple):
            flat = [str(part) for piece in item for part in (piece if isinstance(piece, tuple) else (piece,))]
            if len(flat) < 2:
                raise Unreadable(f"{show(item)} is no line; write (name, operation, operand, ...)")
            name, operation, *operands = flat
            if not operands and operation != "input":
                return self.line(f"{name} = {operation}")
            if operation == "input":
                return (name, NAMED, tuple(operands[:1]) or (name,))
            return (name, named_operation(operation), tuple(operands))
        found = LINE.fullmatch(str(item).split("#")[0])
        if found is None:
            raise Unreadable(f"{str(item).strip()!r} is no line; write it as v1 = a * b")
        name, right = found["name"], found["right"].translate(TYPESET)
        if right[0] == "(" and right[-1] == ")" and right.count("(") == 1:
            right = right[1:-1].strip()
        if named := NAME.fullmatch(right):
            return (name, NAMED, (named["what"],))
        if call := CALL.fullmatch(right):
            operands = [word for word in WORDS.split(call["operands"]) if word]
            return (name, named_operation(call["name"]), tuple(operands))
        if infix := INFIX.fullmatch(right):
            return (name, SIGNS[infix["sign"]], (infix["a"], infix["b"]))
        if minus := MINUS.fullmatch(right):
            return (name, "neg", (minus["a"],))
        raise Unreadable(f"the line {name} = {right} is not one operation; give each operation a line of its own")

    def misfit(self, found: Any, expected: Any) -> str:
        """What the lists compute is compared, not how they look."""
        return ""

    def same(self, found: Any, expected: Any) -> bool:
        """Whether the two graphs are one: an operation twice is another graph."""
        return self.meanings(found) == self.meanings(expected)

    def meanings(self, lines: Any) -> tuple[list[str], str]:
        """What every node computes, in terms of the inputs alone, and the output: the same for the same graph.

        Two nodes with one meaning are one operation written twice, so the count of each meaning is part of it.
        """
        means = {name: name for name in self.inputs}
        for name, operation, operands in lines:
            parts = [means[x] if x in means else f"{float(x):g}" for x in operands]
            if operation in COMMUTATIVE:
                parts.sort()
            meaning = f"{operation}({', '.join(parts)})"
            means[name] = meaning if len(meaning) <= LONGEST else f"{operation}(... {digest(meaning)})"
        return sorted(means[name] for name, _, _ in lines), means[lines[-1][0]]

    def explain(self, found: Any, expected: Any) -> str:
        """An operation that is written twice, one that is missing, one too many, or another output."""
        (mine, output), (right, wanted) = self.meanings(found), self.meanings(expected)
        twice = sorted({part for part in mine if mine.count(part) > max(1, right.count(part))}, key=len)
        if twice:
            return f"{twice[0]} is computed twice: two nodes where one, read twice, would do."
        extra = sorted(set(mine) - set(right), key=len)
        if extra:
            return f"No node of this graph computes {extra[0]}."
        missing = sorted(set(right) - set(mine), key=len)
        if missing:
            return f"A node is missing: of {len(right)} there are {len(mine)}."
        return "" if output == wanted else f"The last line computes {output}, and that is not the output."

    def entries(self, value: Any) -> list[tuple[str, Any]]:
        """The graph as a whole."""
        return [("", value)]

    def show(self, value: Any) -> str:
        """The lines, one after the other."""
        return "; ".join(f"{name} = {operation}({', '.join(operands)})" for name, operation, operands in value)


def digest(text: str) -> str:
    """A short text that stands for a long one."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def named_operation(text: str) -> str:
    """An operation by the name that the table has for it."""
    text = text.strip().removeprefix("np.").removeprefix("math.")
    return SIGNS.get(text) or SAME.get(text.lower(), text.lower())


def is_constant(text: str) -> bool:
    """Whether an operand is a number.

    >>> is_constant("2.5"), is_constant("a")
    (True, False)
    """
    try:
        float(text)
    except ValueError:
        return False
    return True

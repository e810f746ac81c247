"""What a text may say: the kinds of nodes of Python's tree that an expression has, and calls of known functions."""

import ast
from collections.abc import Container, Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from expression.text import Text
from expression.vocabulary import CONSTANTS, JUNCTIONS, OPERATORS, PREFIXES, Function, functions

REFUSED: Mapping[type[ast.AST], str] = MappingProxyType(
    {
        ast.BitXor: "^ is no power in Python; write **",
        ast.LShift: "<< has no meaning for floats",
        ast.RShift: ">> has no meaning for floats",
        ast.Lambda: "lambda defines a function; write its body",
        ast.NamedExpr: ":= assigns; write the value where it is used",
        ast.Starred: "* unpacks; write the arguments one by one",
        ast.Attribute: "attributes cannot be read; only functions may be called, as sin(x) or np.sin(x)",
        ast.Slice: "a slice stands only in a subscript, as x[1:3]",
        ast.Tuple: "a tuple stands only around the whole text, for several outputs",
    }
)


class Grammar:
    """The whitelist, for one text with its inputs."""

    __slots__ = ("names", "source")

    def __init__(self, source: Text, names: Container[str]) -> None:
        """Refusals point into the source; names are those of the inputs."""
        self.source = source
        self.names = names

    def operands(self, node: ast.expr) -> list[ast.expr]:
        """The operands of a node; refuses every kind of node that is not part of the language."""
        match node:
            case ast.Name() | ast.Constant():
                return []
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
                return []  # a negative number is one constant, so that x**-1 is a power with a constant exponent
            case ast.UnaryOp():
                return [node.operand]
            case ast.BinOp() if type(node.op) in OPERATORS or type(node.op) in JUNCTIONS:
                return [node.left, node.right]
            case ast.BinOp():
                self.source.refuse(node, REFUSED[type(node.op)])
            case ast.BoolOp():
                return node.values
            case ast.Compare() if len(node.ops) > 1:
                self.source.refuse(node, "comparisons do not chain here; write (a < b) & (b < c)")
            case ast.Compare() if type(node.ops[0]) in OPERATORS:
                return [node.left, node.comparators[0]]
            case ast.Compare():
                self.source.refuse(node, "compare with <, <=, >, >=, == or !=")
            case ast.IfExp():
                return [node.test, node.body, node.orelse]
            case ast.Call():
                name, function = self.function(node)
                return self.arguments(node, name, function)
            case ast.Subscript():
                return [node.value]
            case ast.List(elts=[_, *_]):
                return [] if is_numeric(node) else node.elts
            case ast.Attribute() if self.dotted(node) in CONSTANTS:
                return []
        self.source.refuse(node, REFUSED.get(type(node), f"{type(node).__name__} is not part of an expression"))

    def dotted(self, node: ast.expr) -> str:
        """A name without its `np.`; the empty text for anything else."""
        steps: list[str] = []
        while isinstance(node, ast.Attribute) and len(steps) < 3:
            steps.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        full = ".".join([node.id, *reversed(steps)])
        prefix = next((p for p in PREFIXES if full.startswith(p)), "")
        rest = full.removeprefix(prefix)
        return rest if "." not in rest and (prefix or not steps) else ""

    def function(self, node: ast.Call) -> tuple[str, Function]:
        """The function that a call means, its arguments counted."""
        name = self.dotted(node.func)
        if isinstance(node.func, ast.Constant):
            self.source.refuse(node, "a number is not a function; put * between")
        if not name:
            self.source.refuse(node.func, "only functions may be called by name, as sin(x) or np.sin(x)")
        found = functions().get(name)
        if found is None and name in self.names:
            self.source.refuse(node, f"{name} is an input, not a function; a product is written {name} * (...)")
        if found is None:
            hint = nearest(name, functions()) or "; a product is written with *"
            self.source.refuse(node.func, f"unknown function {short(name)}{hint}")
        return name, found

    def arguments(self, node: ast.Call, name: str, function: Function) -> list[ast.expr]:
        """The arrays that a call passes, counted, and its options checked by name."""
        given = node.args
        match given:
            case [ast.List(elts=parts) | ast.Tuple(elts=parts)] if function.joins:
                given = parts
        if len(given) > 1 and name in ("max", "min") and isinstance(node.func, ast.Attribute):
            self.source.refuse(node, f"np.{name} takes one array; write {name}imum(a, b) for two, or axis= for an axis")
        least, most = function.least, function.most
        if not least <= len(given) <= most:
            takes = f"{least} argument{'s' * (least != 1)}" if least == most else f"{least} to {most} arguments"
            self.source.refuse(node, f"{name} takes {takes}, got {len(given)}")
        options = [option.arg or "**" for option in node.keywords]
        for k, option in enumerate(options):
            if option not in function.options:
                known = f"; it takes {', '.join(f'{o}=' for o in function.options)}" if function.options else ""
                self.source.refuse(node, f"{name} has no option {short(option)}{known}")
            if option in options[:k]:
                self.source.refuse(node, f"{name} is given {option}= twice")
        return given

    def static(self, node: ast.AST | None, depth: int = 0) -> Any:
        """An int, truth value, None, ellipsis, slice or tuple of them, read without a trace."""
        match node:
            case None:
                return None
            case ast.Constant(value=int() | None | bool() as value):
                return value
            case ast.Constant(value=value) if value is ...:
                return value
            case ast.Name(id="newaxis"):
                return None
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
                return -value
            case ast.Slice():
                return slice(*(self.static(part, depth + 1) for part in (node.lower, node.upper, node.step)))
            case ast.Tuple() if depth < 3:
                return tuple(self.static(part, depth + 1) for part in node.elts)
            case ast.List() if depth < 3:
                return [self.static(part, depth + 1) for part in node.elts]
        self.source.refuse(node, "only ints, slices and tuples of them may stand here")


def is_numeric(node: ast.List) -> bool:
    """Whether a list holds nothing but numbers, and lists of them."""
    pending: list[ast.expr] = list(node.elts)
    while pending:
        match pending.pop():
            case (
                ast.Constant(value=int() | float())
                | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float()))
            ):
                pass
            case ast.List(elts=[_, *_] as parts):
                pending.extend(parts)
            case _:
                return False
    return True


def nearest(name: str, known: Iterable[str]) -> str:
    """The question whether a word that is known was meant; words with the same initial come first."""
    found = get_close_matches(name[:40], list(known), n=3)
    found.sort(key=lambda word: word[0] != name[0])
    return f"; did you mean {found[0]}?" if found else ""


def short(name: str) -> str:
    """A word that fits into a message."""
    return name if len(name) <= 40 else name[:37] + "..."

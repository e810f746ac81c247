"""Text in: Python's expression grammar, read through `ast` with a whitelist, written down on a trace.

Nothing is executed: `ast` gives a tree, and every kind of node that is not listed here is refused. The tree is
walked with a stack, so depth costs nothing here.
"""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from keyword import iskeyword
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np

from expression.errors import ExpressionError, TrigradError
from expression.grammar import Grammar, nearest, short
from expression.nodes import Expression
from expression.operations import TABLE
from expression.operations.operation import Array, Shape
from expression.structure import dtype_of
from expression.text import Text
from expression.tracing import Trace, Tracer
from expression.vocabulary import CONSTANTS, JUNCTIONS, OPERATORS, functions

FLOAT64 = np.dtype(np.float64)
MAX_EXPONENT = 10_000  # beyond it x**n is 0, 1 or infinite for all but the x next to 1
MAX_ENTRIES = 10_000_000  # of an array that a text builds


class Term(NamedTuple):
    """A part of the text that is understood: a tracer or a constant, and its value where that is a number."""

    x: Any  # a constant is written down by the operation that reads it, as when Python is traced
    value: Any = None

    @property
    def is_condition(self) -> bool:
        """Whether it is true or false, and no number."""
        return dtype_of(self.x).kind == "b"


def parse(text: str, inputs: Sequence[str] | Mapping[str, Any] | None = None) -> Expression:
    """Read a text as an Expression; nothing in it is executed.

    The grammar is Python's: + - * / // % ** @, comparisons, `a if c else b`, subscripts of ints and slices, and
    calls of the functions of the table by NumPy's names (`np.` may stand before them). Names become inputs in
    order of appearance; `inputs` fixes them, and as a mapping gives their shapes. Several texts with commas between
    them are several outputs. Nothing is simplified and no constants are folded.
    Raises ExpressionError, and nothing else: one line that says what is wrong, then the text with a caret under
    the column.

    >>> print(parse("log(x) + x*y - sin(y)"))
    x, y -> v6
      v0 = input x
      v1 = input y
      v2 = log(v0)
      v3 = mul(v0, v1)
      v4 = add(v2, v3)
      v5 = sin(v1)
      v6 = sub(v4, v5)
    >>> parse("sum(x**2)", inputs={"x": (3,)})(np.array([1.0, 2.0, 3.0]))
    14.0
    """
    if not isinstance(text, str):
        raise ExpressionError(f"parse reads text, got {type(text).__name__}")
    shapes = declared(inputs)
    source = Text(text)
    source.scan()
    return Writer(source).expression(source.tree(), shapes)


def declared(inputs: Sequence[str] | Mapping[str, Any] | None) -> dict[str, Shape] | None:
    """The shapes of the inputs that the caller fixed."""
    if inputs is None:
        return None
    if isinstance(inputs, str) or not isinstance(inputs, Iterable):
        raise ExpressionError(f"inputs={inputs!r}: give names, as ('x', 'y'), or a mapping from names to shapes")
    shapes: dict[str, Shape] = {}
    for name, given in inputs.items() if isinstance(inputs, Mapping) else [(name, ()) for name in inputs]:
        if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
            raise ExpressionError(f"inputs: {name!r} is not a name that a text can use")
        name = normalize("NFKC", name)  # as Python's parser reads names
        if name in shapes:
            raise ExpressionError(f"inputs: {name} stands there twice")
        shape = tuple(given) if isinstance(given, tuple | list) else (given,)
        if not all(type(n) is int and n >= 0 for n in shape):
            raise ExpressionError(f"inputs: {name} needs a shape such as (3,) or (), got {given!r}")
        shapes[name] = shape
    return shapes


class Writer:
    """The trace that a text is written on."""

    __slots__ = ("grammar", "names", "recording", "source")

    def __init__(self, source: Text) -> None:
        """Begin an empty trace."""
        self.source = source
        self.recording = Trace()
        self.recording.line = ""
        self.names: dict[str, Term] = {}
        self.grammar = Grammar(source, self.names)

    def expression(self, root: ast.expr, shapes: dict[str, Shape] | None) -> Expression:
        """Declare the inputs, then write the tree down in postorder."""
        for name, shape in (dict.fromkeys(self.appearing(root), ()) if shapes is None else shapes).items():
            self.names[name] = Term(self.recording.input(name, shape, FLOAT64))
        parts = root.elts if isinstance(root, ast.Tuple) else [root]
        terms = [self.written(part) for part in parts]
        result = tuple(term.x for term in terms) if isinstance(root, ast.Tuple) else terms[0].x
        return self.recording.expression(tuple(term.x for term in self.names.values()), result)

    def appearing(self, root: ast.expr) -> list[str]:
        """The names that are inputs because nothing else is meant by them, in order of appearance."""
        called = {id(node.func) for node in ast.walk(root) if isinstance(node, ast.Call)}
        found = [node for node in ast.walk(root) if isinstance(node, ast.Name) and id(node) not in called]
        owners = {id(node.value) for node in ast.walk(root) if isinstance(node, ast.Attribute)}
        found = [node for node in found if id(node) not in owners and node.id not in CONSTANTS]
        return [node.id for node in sorted(found, key=lambda node: node.col_offset) if node.id not in functions()]

    def written(self, root: ast.expr) -> Term:
        """Write a tree down: operands first, then what joins them."""
        pending: list[tuple[ast.expr, int]] = [(root, -1)]
        done: list[Term] = []
        while pending:
            node, count = pending.pop()
            if count < 0:
                below = self.grammar.operands(node)
                pending.append((node, len(below)))
                pending.extend([(child, -1) for child in reversed(below)])
                continue
            terms = done[len(done) - count :]
            del done[len(done) - count :]
            self.recording.line = f"column {self.source.column(node) + 1}"
            done.append(self.joined(node, terms))
        return done[0]

    def joined(self, node: ast.expr, terms: list[Term]) -> Term:
        """The term of a node whose operands are written."""
        match node:
            case ast.Name():
                return self.named(node)
            case ast.Attribute():
                return self.constant(node, CONSTANTS[self.grammar.dotted(node)])
            case ast.Constant():
                return self.constant(node, node.value)
            case ast.UnaryOp(operand=ast.Constant(value=value)) if not terms:
                return self.constant(node, -self.number(node, value))
            case ast.UnaryOp() | ast.BinOp() | ast.BoolOp() if type(node.op) in JUNCTIONS:
                return self.junction(node, JUNCTIONS[type(node.op)], terms)
            case ast.UnaryOp() | ast.BinOp():
                if isinstance(node.op, ast.Pow):
                    self.check_exponent(node, terms[1])
                if isinstance(node.op, ast.USub | ast.Sub) and all(term.is_condition for term in terms):
                    self.source.refuse(node, "a condition is not a number; write where(condition, 1, 0)")
                return self.applied(node, OPERATORS[type(node.op)], terms)
            case ast.Compare():
                return self.applied(node, OPERATORS[type(node.ops[0])], terms)
            case ast.IfExp():
                self.check_condition(node.test, terms[0])
                return self.applied(node, TABLE["where"], terms)
            case ast.Call():
                return self.call(node, terms)
            case ast.Subscript():
                index = self.grammar.static(node.slice)
                return self.applied(node, lambda x: x[index], terms)
            case ast.List() if not terms:
                return self.array(node)
            case _:
                return self.applied(
                    node, lambda *x: np.stack(self.recording.own_all(x)), [Term(term.x) for term in terms]
                )

    def applied(self, node: ast.expr, function: Callable[..., Array], terms: Sequence[Term]) -> Term:
        """Record a function of terms; where all are numbers, find its value too, to refuse what overflows."""
        x = [term.x for term in terms]
        try:
            y = function(*(x if any(isinstance(operand, Tracer) for operand in x) else self.recording.own_all(x)))
            value = None
            if terms and all(term.value is not None for term in terms):
                with np.errstate(all="ignore"):
                    value = function(*[term.value for term in terms])
        except (TrigradError, ValueError, TypeError, LookupError, ArithmeticError, MemoryError) as error:
            message = str(error).partition("\n")[0].removesuffix(f" ({self.recording.line})")
            self.source.refuse(node, message or type(error).__name__)
        if not isinstance(y, Tracer):
            self.source.refuse(node, "this does not give an array")
        if y.size > MAX_ENTRIES:
            self.source.refuse(node, f"an array of shape {y.shape} has more than {MAX_ENTRIES:,} entries; use trace")
        if value is not None and np.ndim(value) != 0:
            value = None
        if value is not None and not np.isfinite(value) and all(np.isfinite(term.value) for term in terms):
            reason = "it is not real" if np.isnan(value) else "float64 ends at 1.8e308"
            self.source.refuse(node, f"this constant part evaluates to {value}: {reason}")
        return Term(y, value)

    def junction(self, node: ast.expr, function: Callable[..., Array], terms: list[Term]) -> Term:
        """Join conditions, two by two."""
        if not all(term.is_condition for term in terms):
            self.source.refuse(
                node, "and, or, not, &, | and ~ join conditions; put each in brackets, as in (x > 0) & (y > 0)"
            )
        result, *rest = terms
        if not rest:
            return self.applied(node, function, [result])
        for term in rest:
            result = self.applied(node, function, [result, term])
        return result

    # -- words ----------------------------------------------------------------------------------------------------

    def constant(self, node: ast.expr, value: Any) -> Term:
        """A number; integers become floats."""
        number = self.number(node, value)
        return Term(number, np.asarray(number)[()])

    def array(self, node: ast.List) -> Term:
        """A list of numbers, as a constant array."""
        try:
            return Term(np.array(ast.literal_eval(node), dtype=FLOAT64))
        except (ValueError, OverflowError) as error:
            self.source.refuse(node, f"this list is no array: {error}")

    def number(self, node: ast.expr, value: Any) -> Any:
        """The number that a literal stands for."""
        if isinstance(value, bool):
            return value
        if not isinstance(value, int | float):
            self.source.refuse(node, f"{type(value).__name__} is no number; constants are floats")
        try:
            number = float(value)
        except OverflowError:
            number = np.inf
        if np.isinf(number) and not isinstance(node, ast.Name | ast.Attribute):
            self.source.refuse(node, "this number is too large: float64 ends at 1.8e308")
        return number

    def check_exponent(self, node: ast.expr, exponent: Term) -> None:
        """Refuse a constant exponent that only overflows."""
        if exponent.value is not None and np.isfinite(exponent.value) and abs(exponent.value) > MAX_EXPONENT:
            self.source.refuse(
                node, f"an exponent of {exponent.value:g} overflows float64; at most {MAX_EXPONENT:,} is read"
            )

    def check_condition(self, node: ast.expr, condition: Term) -> None:
        """Refuse a number where a condition is due."""
        if not condition.is_condition:
            self.source.refuse(node, "the condition must be a comparison, as in x > 0")

    def named(self, node: ast.Name) -> Term:
        """An input, or a constant that has a name."""
        name = node.id
        if name in self.names:
            return self.names[name]
        if name in CONSTANTS:
            return self.constant(node, CONSTANTS[name])
        if name in functions():
            self.source.refuse(node, f"{name} is a function; call it, as {name}(x)")
        hint = nearest(name, [*self.names, *CONSTANTS])
        known = short(", ".join(self.names)) or "none"
        self.source.refuse(node, f"unknown name {short(name)}{hint}; the inputs are {known}")

    def call(self, node: ast.Call, terms: list[Term]) -> Term:
        """Call a function, its options read as they stand."""
        name, function = self.grammar.function(node)
        options = {str(option.arg): self.grammar.static(option.value) for option in node.keywords}
        if name in ("pow", "power", "float_power"):
            self.check_exponent(node, terms[1])
        if name == "where":
            self.check_condition(node.args[0], terms[0])
        if not options:
            return self.applied(node, function.call, terms)
        return self.applied(node, lambda *x: function.call(*x, **options), [Term(term.x) for term in terms])

"""Text in: Python's expression grammar, read through `ast` with a whitelist, written down on a trace.

Nothing is executed: `ast` gives a tree, and every kind of node that is not listed here is refused. The tree is
walked with a stack, so depth costs nothing here.
"""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from keyword import iskeyword
from types import MappingProxyType
from typing import Any, NamedTuple
from unicodedata import normalize

import numpy as np

from expression.errors import ExpressionError, TrigradError
from expression.nodes import Expression
from expression.operations import TABLE
from expression.operations.operation import Array, Shape
from expression.structure import dtype_of
from expression.text import Text
from expression.tracing import Trace, Tracer
from expression.vocabulary import CONSTANTS, JUNCTIONS, OPERATORS, PREFIXES, Function, functions

FLOAT64 = np.dtype(np.float64)
MAX_EXPONENT = 10_000  # beyond it x**n is 0, 1 or infinite for all but the x next to 1
MAX_ENTRIES = 10_000_000  # of an array that a text builds

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

    __slots__ = ("names", "recording", "source")

    def __init__(self, source: Text) -> None:
        """Begin an empty trace."""
        self.source = source
        self.recording = Trace()
        self.recording.line = ""
        self.names: dict[str, Term] = {}

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
                below = self.operands(node)
                pending.append((node, len(below)))
                pending.extend([(child, -1) for child in reversed(below)])
                continue
            terms = done[len(done) - count :]
            del done[len(done) - count :]
            self.recording.line = f"column {self.source.column(node) + 1}"
            done.append(self.joined(node, terms))
        return done[0]

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

    def joined(self, node: ast.expr, terms: list[Term]) -> Term:
        """The term of a node whose operands are written."""
        match node:
            case ast.Name():
                return self.named(node)
            case ast.Attribute():
                return self.constant(node, CONSTANTS[self.dotted(node)])
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
                index = self.static(node.slice)
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

    def call(self, node: ast.Call, terms: list[Term]) -> Term:
        """Call a function, its options read as they stand."""
        name, function = self.function(node)
        options = {str(option.arg): self.static(option.value) for option in node.keywords}
        if name in ("pow", "power", "float_power"):
            self.check_exponent(node, terms[1])
        if name == "where":
            self.check_condition(node.args[0], terms[0])
        if not options:
            return self.applied(node, function.call, terms)
        return self.applied(node, lambda *x: function.call(*x, **options), [Term(term.x) for term in terms])

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

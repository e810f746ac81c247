"""JSON out and in: one row a node, exact to the last bit; whatever comes in is checked before it is believed.

    {"format": "trigrad-expression", "version": 1,
     "inputs": [["x", 0, "input"]],                     name, position, role
     "outputs": [2],                                    positions
     "arguments": {"tuple": ["*"]}, "results": "*",     pytrees: tuple, list, dict, null, and * for a leaf
     "types": [["float64", []]],                        dtype and shape
     "lines": [""],                                     of the source
     "nodes": [["input", [], 0, 0, {"index": 0}],       operation, operands, type, line, parameters where there are any
               ["constant", [], 0, 0, {"value": 2.0}],
               ["mul", [1, 0], 0, 0]]}

A constant of shape () is a number, "nan", "inf" or "-inf"; any other is {"base64": ...} of its little-endian bytes.
Parameters are plain data; their tuples are lists here. A program within, of a loop or a branch, is {"program": {...}},
a document of its own.
"""

import base64
import json
import reprlib
from collections.abc import Mapping, Sequence
from keyword import iskeyword
from math import isfinite, prod
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NoReturn

import numpy as np

from expression.errors import ExpressionError, TrigradError
from expression.nodes import ROLES, DType, Expression, Frozen, Input, Node
from expression.operations import TABLE
from expression.operations.leaves import CONSTANT, INPUT
from expression.operations.operation import Array, Operation, Shape
from expression.operations.programs import Program
from expression.operations.several import SeveralOutputs
from expression.structure import Structure, flatten, unflatten

FORMAT = "trigrad-expression"
VERSION = 1
MAX_LENGTH = 2**30  # characters of a document
MAX_AXES = 64  # NumPy's own limit
MAX_DEPTH = 100  # of a pytree, and of a parameter
MAX_PROGRAMS = 20  # of programs within programs
LEAF = "*"
CODES = ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16")
DTYPES: Mapping[str, DType] = MappingProxyType({np.dtype(code).name: np.dtype(code) for code in CODES})
NOT_FINITE = MappingProxyType({"nan": np.nan, "inf": np.inf, "-inf": -np.inf})
MALFORMED = (TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError, MemoryError)


def fail(message: str) -> NoReturn:
    """Refuse a document, or an expression that has no place in one."""
    raise ExpressionError(f"JSON: {message}")


# -- out ---------------------------------------------------------------------------------------------------------------


def to_json(e: Expression) -> str:
    """Versioned JSON, one line a node; `from_json` gives the same expression back, bit for bit.

    Raises ExpressionError for what JSON cannot hold: a pytree of a user's own classes, a parameter that is no plain
    data, an extended dtype.

    >>> from expression import parse
    >>> from_json(to_json(parse("x * y + x"))) == parse("x * y + x")
    True
    """
    types: dict[tuple[DType, Shape], int] = {}
    lines: dict[str, int] = {}
    names: dict[Operation, str] = {}
    rows = []
    for i, node in enumerate(e.nodes):
        name = names.get(node.operation) or names.setdefault(node.operation, name_out(node.operation))
        kind = types.setdefault((node.dtype, node.shape), len(types))
        line = lines.setdefault(node.line, len(lines))
        parameters = f", {json.dumps(parameters_out(node, i))}" if node.parameters else ""
        rows.append(f"[{name}, {list(node.operands)}, {kind}, {line}{parameters}]")
    parts = {
        "format": FORMAT,
        "version": VERSION,
        "inputs": [[checked_name(i.name), i.position, i.role] for i in e.inputs],
        "outputs": e.outputs,
        "arguments": tree_out(e.arguments),
        "results": tree_out(e.results),
        "types": [[dtype_out(dtype), shape] for dtype, shape in types],
        "lines": list(lines),
    }
    head = [f'"{key}": {json.dumps(part)}' for key, part in parts.items()]
    return "{" + ",\n".join([*head, '"nodes": [\n' + ",\n".join(rows) + "\n]"]) + "}\n"


def name_out(operation: Operation) -> str:
    """The name of an operation, quoted."""
    if operation.name in TABLE and TABLE[operation.name] is not operation:
        fail(f"the operation {operation.name} is not the table's; give it another name")
    return json.dumps(operation.name)


def dtype_out(dtype: DType) -> str:
    """The name of a dtype."""
    if DTYPES.get(dtype.name) != dtype:
        fail(f"dtype {dtype.str} has no portable form; convert with .astype(float)")
    return dtype.name


def parameters_out(node: Node, i: int) -> dict[str, Any]:
    """Parameters as JSON has them."""
    if node.operation is CONSTANT:
        return {"value": value_out(node.parameters[0][1])}
    return {key: plain(value, f"v{i}: parameter {key}") for key, value in node.parameters}


def plain(value: Any, what: str, depth: int = 0) -> Any:
    """Plain data as JSON has it: tuples become lists."""
    if value is None or type(value) in (bool, int, str) or (type(value) is float and isfinite(value)):
        return value
    if type(value) is tuple and depth < MAX_DEPTH:
        return [plain(item, what, depth + 1) for item in value]
    if isinstance(value, Program):
        return {"program": json.loads(to_json(value.expression))}
    fail(f"{what} is {value!r}; only numbers, texts, None and tuples of them can be written")


def value_out(frozen: Frozen) -> Any:
    """The value of a constant: a number where a number says it all."""
    value = frozen.value
    if value.ndim == 0:
        if value.dtype.kind in "biu":
            return value.item()
        parts = [real_out(float(part)) for part in ((value.real, value.imag) if value.dtype.kind == "c" else (value,))]
        number = parts if value.dtype.kind == "c" else parts[0]
        if Frozen(number_in(number, value.dtype)) == frozen:  # not so for a nan with bits of its own
            return number
    little = np.ascontiguousarray(value).astype(value.dtype.newbyteorder("<"))
    return {"base64": base64.b64encode(little.tobytes()).decode("ascii")}


def real_out(x: float) -> float | str:
    """A real number; JSON has no nan and no infinities."""
    return x if isfinite(x) else "nan" if np.isnan(x) else "inf" if x > 0 else "-inf"


def tree_out(structure: Structure) -> Any:
    """A pytree, its leaves marked."""
    return branch_out(unflatten(structure, [LEAF] * structure.num_leaves), 0)


def branch_out(tree: Any, depth: int) -> Any:
    """A part of a pytree."""
    if depth > MAX_DEPTH:
        fail(f"a pytree more than {MAX_DEPTH} levels deep cannot be written")
    if tree is None or type(tree) is str:
        return tree
    if type(tree) in (tuple, list):
        return {type(tree).__name__: [branch_out(part, depth + 1) for part in tree]}
    if type(tree) is dict and all(type(key) in (str, int) for key in tree):
        return {"dict": [[key, branch_out(part, depth + 1)] for key, part in tree.items()]}
    fail(f"a pytree of {type(tree).__name__} cannot be written; use tuples, lists, and dicts with keys of str or int")


# -- in ----------------------------------------------------------------------------------------------------------------


def from_json(text: str, operations: Sequence[Operation | SeveralOutputs] = ()) -> Expression:
    """Read what `to_json` wrote; `operations` are the user's own that it holds.

    Raises ExpressionError, and nothing else, for anything that is not a valid expression. No array is made larger
    than the text that holds it.
    """
    if not isinstance(text, str):
        fail(f"expected text, got {type(text).__name__}")
    if len(text) > MAX_LENGTH:
        fail(f"{len(text):,} characters; at most {MAX_LENGTH:,} are read")
    try:
        document = json.loads(
            text, parse_constant=lambda word: fail(f'{word} is no number of JSON; write "nan" or "inf"')
        )
    except (ValueError, RecursionError, MemoryError) as error:
        fail(f"{error or type(error).__name__}")
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        fail(f'this is no expression; it should begin with {{"format": "{FORMAT}", "version": {VERSION}')
    if document.get("version") != VERSION:
        fail(f"version {document.get('version')!r} is not known; this program reads version {VERSION}")
    return expression_in(document, operations, 0)


def expression_in(document: dict[str, Any], operations: Sequence[Operation | SeveralOutputs], depth: int) -> Expression:
    """A document, or one within another at that depth."""
    if depth > MAX_PROGRAMS:
        fail(f"programs more than {MAX_PROGRAMS} deep within one another are not read")
    try:
        return Expression(
            nodes_in(
                listed(document, "nodes"),
                [type_in(row) for row in listed(document, "types")],
                [checked(line, str, "a source line") for line in listed(document, "lines")],
                operations,
                depth,
            ),
            tuple([input_in(row) for row in listed(document, "inputs")]),
            tuple([checked(j, int, "an output") for j in listed(document, "outputs")]),
            flatten(branch_in(document.get("arguments"), 0))[1],
            flatten(branch_in(document.get("results"), 0))[1],
        )
    except ExpressionError:
        raise
    except (TrigradError, *MALFORMED) as error:
        fail(f"{error or type(error).__name__}")


def listed(document: dict[str, Any], key: str) -> list[Any]:
    """A section that must be a list."""
    section: list[Any] = checked(document.get(key), list, f'"{key}"')
    return section


def checked(x: Any, kind: type, what: str) -> Any:
    """A value of exactly that type (True is no int here)."""
    if type(x) is not kind:
        fail(f"{what} should be a {kind.__name__}, got {brief(x)}")
    return x


def brief(x: Any) -> str:
    """A value, or its beginning, for a message in one line."""
    return reprlib.repr(x)


def checked_name(name: Any) -> str:
    """The name of an input."""
    if not isinstance(name, str) or not name.isidentifier() or iskeyword(name):
        fail(f"an input's name should be an identifier, got {brief(name)}")
    return name


def input_in(row: Any) -> Input:
    """An input: name, position, role."""
    if type(row) is not list or len(row) != 3 or row[2] not in ROLES:
        fail(f'an input should be [name, position, "input" or "parameter"], got {brief(row)}')
    return Input(checked_name(row[0]), checked(row[1], int, f"the position of {row[0]}"), row[2])


def type_in(row: Any) -> tuple[Shape, DType]:
    """A shape and a dtype."""
    if type(row) is not list or len(row) != 2 or type(row[0]) is not str or type(row[1]) is not list:
        fail(f"a type should be [dtype, shape], got {brief(row)}")
    dtype, shape = row
    if dtype not in DTYPES:
        fail(f"unknown dtype {brief(dtype)}; known are {', '.join(DTYPES)}")
    if len(shape) > MAX_AXES or not all(type(n) is int and 0 <= n < 2**63 for n in shape):
        fail(f"a shape should be at most {MAX_AXES} lengths, got {brief(shape)}")
    return tuple(shape), DTYPES[dtype]


def nodes_in(
    rows: list[Any],
    types: list[tuple[Shape, DType]],
    lines: list[str],
    operations: Sequence[Operation | SeveralOutputs],
    depth: int,
) -> tuple[Node, ...]:
    """Every node, read by its row; shapes and dtypes are proved later, by the expression."""
    own = [row.row if isinstance(row, SeveralOutputs) else row for row in operations]
    table = {**{operation.name: operation for operation in own}, **TABLE}
    nodes = []
    for i, row in enumerate(rows):
        if type(row) is not list or not 4 <= len(row) <= 5:
            fail(f"v{i} should be [operation, operands, type, line, parameters], got {brief(row)}")
        name, operands, kind, line = row[:4]
        operation = table.get(name) if type(name) is str else None
        if operation is None:
            fail(
                f"v{i}: unknown operation {brief(name)}; give your own operations as from_json(text, operations=(...,))"
            )
        for j in operands if type(operands) is list else (None,):
            if type(j) is not int or not 0 <= j < i:
                fail(f"v{i}: operands should be positions of nodes before it, got {brief(operands)}")
        if type(kind) is not int or not 0 <= kind < len(types) or type(line) is not int or not 0 <= line < len(lines):
            fail(f"v{i}: type {brief(kind)} or line {brief(line)} stands in no list")
        shape, dtype = types[kind]
        given = row[4:]
        programs: dict[str, Program] = {}
        if operation.programs:
            programs = programs_in(operation, given, operations, depth, i)
            others = {key: value for key, value in row[4].items() if key not in programs}
            given = [others] if others else []
        parameters = parameters_in(operation, given[0], shape, dtype, i) if given else ()
        if programs:
            parameters = tuple(sorted([*parameters, *programs.items()], key=itemgetter(0)))
        if operation is INPUT or operation is CONSTANT:
            if operands or not parameters:
                fail(f"v{i}: {name} takes one parameter and no operands")
        nodes.append(Node(operation, tuple(operands), parameters, shape, dtype, lines[line]))
    return tuple(nodes)


def programs_in(
    operation: Operation, given: list[Any], operations: Sequence[Operation | SeveralOutputs], depth: int, i: int
) -> dict[str, Program]:
    """The programs that a loop or a branch runs."""
    found = {}
    for key in operation.programs:
        value = given[0].get(key) if given and type(given[0]) is dict else None
        if type(value) is not dict or list(value) != ["program"] or type(value["program"]) is not dict:
            fail(f'v{i}: {operation.name} takes {{"program": ...}} as {key}, got {brief(value)}')
        found[key] = Program(expression_in(value["program"], operations, depth + 1))
    return found


def parameters_in(operation: Operation, given: Any, shape: Shape, dtype: DType, i: int) -> tuple[tuple[str, Any], ...]:
    """The parameters of a node."""
    what = f"v{i}: {operation.name}"
    if type(given) is not dict or not given:
        fail(f"{what}: parameters should be an object, got {brief(given)}")
    if operation is CONSTANT or operation is INPUT:
        key = "value" if operation is CONSTANT else "index"
        if list(given) != [key]:
            fail(f'{what} takes the parameter "{key}", got {brief(list(given))}')
        if operation is INPUT:
            return ((key, checked(given[key], int, f"{what}: its index")),)
        try:
            return ((key, Frozen(value_in(given[key], shape, dtype))),)
        except MALFORMED as error:
            fail(f"{what}: {brief(given[key])} is no {dtype} of shape {shape}: {error}")
    for key in given:
        if not key.isidentifier():
            fail(f"{what} takes no parameter {brief(key)}")
    own = TABLE.get(operation.name) is not operation
    return tuple([(key, parameter_in(value, f"{what}: parameter {key}", own)) for key, value in given.items()])


def parameter_in(value: Any, what: str, own: bool, depth: int = 0) -> Any:
    """Plain data as Python has it: lists become tuples. Only a user's own operation may have a float."""
    if type(value) is list and depth < MAX_DEPTH:
        return tuple([parameter_in(item, what, own, depth + 1) for item in value])
    if value is None or type(value) in (bool, int, str) or (own and type(value) is float and isfinite(value)):
        return value
    fail(f"{what} cannot be {brief(value)}")


def value_in(given: Any, shape: Shape, dtype: DType) -> Array:
    """The value of a constant."""
    if type(given) is not dict:
        if shape:
            raise ValueError("an array stands as base64")
        return number_in(given, dtype)
    data = base64.b64decode(given["base64"], validate=True)
    if len(data) != prod(shape) * dtype.itemsize:
        raise ValueError(f"{prod(shape) * dtype.itemsize} bytes should stand there, got {len(data)}")
    if dtype.kind == "b" and data.strip(b"\0\1"):
        raise ValueError("a truth value is 0 or 1")
    return np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype).reshape(shape)


def number_in(given: Any, dtype: DType) -> Array:
    """A number of that dtype, which must hold it exactly."""
    if dtype.kind == "c":
        re, im = given
        value = np.zeros((), dtype)
        value.real, value.imag = number_in(re, value.real.dtype), number_in(im, value.real.dtype)
        return value
    if dtype.kind == "f" and type(given) is str:
        return np.array(NOT_FINITE[given], dtype)
    if type(given) is not {"b": bool, "i": int, "u": int, "f": float}[dtype.kind]:
        raise TypeError(f"{type(given).__name__} given")
    with np.errstate(all="ignore"):
        value = np.array(given, dtype)
    if value.item() != given or not np.isfinite(value):
        raise ValueError(f"{dtype} cannot hold it")
    return value


def branch_in(tree: Any, depth: int) -> Any:
    """A part of a pytree, with 0 for its leaves."""
    if tree is None:
        return None
    if tree == LEAF:
        return 0
    if depth > MAX_DEPTH or type(tree) is not dict or len(tree) != 1:
        fail(f'a pytree should be "*", null or {{"tuple": [...]}}, at most {MAX_DEPTH} deep, got {brief(tree)}')
    [(kind, parts)] = tree.items()
    if kind in ("tuple", "list") and type(parts) is list:
        branches = [branch_in(part, depth + 1) for part in parts]
        return tuple(branches) if kind == "tuple" else branches
    if kind == "dict" and type(parts) is list:
        pairs = [pair for pair in parts if type(pair) is list and len(pair) == 2 and type(pair[0]) in (str, int)]
        branch = {key: branch_in(part, depth + 1) for key, part in pairs}
        if len(branch) == len(parts):
            return branch
    fail(f"a pytree holds tuple, list or dict with different keys, got {brief(tree)}")

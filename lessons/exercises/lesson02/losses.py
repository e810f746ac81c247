"""Small losses as lists, and what depends on what in them."""

from dataclasses import dataclass
from functools import cached_property

from expression import Expression, parse

INPUT, PARAMETER, CONSTANT = ROLES = ("input", "parameter", "constant")
SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}
COLUMNS = 3
BETWEEN = 5  # spaces between two columns


@dataclass(frozen=True)
class Loss:
    """A model's error, squared, and a penalty on the weight; the bias is read once, beside another line."""

    model: str  # with {x}, {weight} and {bias}
    beside: str  # what the bias is combined with, with {x} and {weight}
    x: str = "x"
    target: str = "y"
    weight: str = "w"
    bias: str = "b"
    rate: str = "0.01"
    penalty_first: bool = False

    def named(self, text: str) -> str:
        """A text with the names of the leaves."""
        return text.format(x=self.x, weight=self.weight, bias=self.bias)

    @property
    def inputs(self) -> tuple[str, ...]:
        """The leaves that have names."""
        return (self.x, self.target, self.weight, self.bias)

    @property
    def text(self) -> str:
        """The formula."""
        parts = [f"({self.named(self.model)} - {self.target})**2", f"{self.rate} * {self.weight}**2"]
        return " + ".join(parts[:: -1 if self.penalty_first else 1])

    @cached_property
    def e(self) -> Expression:
        """The loss."""
        return parse(self.text, self.inputs)

    @cached_property
    def leaves(self) -> dict[str, str]:
        """The leaves with their roles."""
        roles = (INPUT, INPUT, PARAMETER, PARAMETER)
        return dict(zip(self.inputs, roles, strict=True)) | {"2": CONSTANT, self.rate: CONSTANT}

    @cached_property
    def leaf_lines(self) -> dict[str, str]:
        """The lines of the leaves, with their names."""
        constants = {k: f"{node.constant:g}" for k, node in enumerate(self.e.nodes) if node.constant is not None}
        return {f"v{k}": name for k, name in (dict(enumerate(self.inputs)) | constants).items()}

    def leaf_line(self, leaf: str) -> str:
        """The line of a leaf."""
        return next(line for line, name in self.leaf_lines.items() if name == leaf)

    @cached_property
    def below(self) -> tuple[str, ...]:
        """All lines below the inputs."""
        return tuple(f"v{k}" for k in range(len(self.inputs), len(self.e)))

    @cached_property
    def computed(self) -> tuple[str, ...]:
        """The lines that are no leaves."""
        return tuple(line for line in self.below if line not in self.leaf_lines)

    @cached_property
    def bias_at(self) -> int:
        """The line of the bias."""
        return self.inputs.index(self.bias)

    @cached_property
    def on_bias(self) -> tuple[str, ...]:
        """The lines that depend on the bias, from the one that reads it to the loss."""
        return tuple(line for line in self.computed if self.bias_at in self.e.leaves_of(int(line[1:])))

    @cached_property
    def line_beside(self) -> str:
        """The line that the bias is combined with."""
        operands = self.e.nodes[int(self.on_bias[0][1:])].operands
        return next(f"v{k}" for k in operands if k != self.bias_at)

    @property
    def sign(self) -> str:
        """How the two are combined."""
        return SIGNS[self.e.nodes[int(self.on_bias[0][1:])].operation.name]

    @cached_property
    def penalty(self) -> tuple[str, ...]:
        """The lines of the penalty."""
        inputs = set(range(len(self.inputs)))
        alone = {self.inputs.index(self.weight)}
        return tuple(line for line in self.computed if inputs & set(self.e.leaves_of(int(line[1:]))) == alone)

    @property
    def error(self) -> str:
        """The line of the squared error, which the loss reads."""
        return self.on_bias[-2]

    @property
    def wave(self) -> str:
        """The line of the function in the model, as it is written."""
        return next(text for line in self.computed if "(" in (text := self.line(line)))

    def line(self, name: str) -> str:
        """A line as it is written."""
        node = self.e.nodes[int(name[1:])]
        operands = [f"v{k}" for k in node.operands]
        if name in self.leaf_lines:
            return f"{name} = {self.leaf_lines[name]}"
        operation = node.operation.name
        sign = SIGNS.get(operation)
        return f"{name} = " + (f" {sign} ".join(operands) if sign else f"{operation}({', '.join(operands)})")

    @property
    def listing(self) -> str:
        """The list as a comment in columns."""
        lines = [self.line(f"v{k}") for k in range(len(self.e))]
        lines[-1] += ", the loss"
        rows = -(-len(lines) // COLUMNS)
        columns = [lines[k : k + rows] for k in range(0, len(lines), rows)]
        widths = [max(map(len, column)) + BETWEEN for column in columns]
        texts = (
            "".join(
                column[row].ljust(width) for column, width in zip(columns, widths, strict=True) if row < len(column)
            )
            for row in range(rows)
        )
        return "\n".join(f"# {text}".rstrip() for text in texts)


NETWORK = Loss("tanh({weight}*{x} + {bias})", "{weight} * {x}")
MODELS = (
    (NETWORK.model, NETWORK.beside),
    ("sin({weight}*{x} + {bias})", "{weight} * {x}"),
    ("exp({weight}*{x} + {bias})", "{weight} * {x}"),
    ("tanh({weight}*{x}) + {bias}", "tanh({weight} * {x})"),
    ("tanh({weight}*{x}) * {bias}", "tanh({weight} * {x})"),
    ("exp({x} - {weight}) * {bias}", "exp({x} - {weight})"),
    ("tanh(({x} - {weight}) * {bias})", "{x} - {weight}"),
)
LETTERS = tuple(map(tuple, ("xywb", "xzac", "sywc", "uzkb", "xymd")))  # example, target, weight, bias
RATES = ("0.1", "0.001", "0.02", "0.05")  # another than that of NETWORK, so that its marks do not fit

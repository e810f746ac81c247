"""Table 1 of Baydin et al., line by line: the logistic map, its derivative as differentiated, and simplified.

    l_1 = x,   l_(n+1) = 4 l_n (1 - l_n)

Baydin, Pearlmutter, Radul and Siskind, "Automatic differentiation in machine learning: a survey", JMLR 18 (2018).
Each published formula is read by the parser, shown by algebra to be what SymPy derives from the loop, and measured.
"""

import re
from dataclasses import dataclass

import symbolic
from compare.tables import Shown, Table
from expression import Expression, measure, parse
from expression.corpus import case

PUBLISHED = (  # n, l_n, the terms of its derivative as differentiated, the derivative simplified
    (1, "x", ("1",), "1"),
    (2, "4*x*(1 - x)", ("4*(1 - x)", "-4*x"), "4 - 8*x"),
    (
        3,
        "16*x*(1 - x)*(1 - 2*x)**2",
        ("16*(1 - x)*(1 - 2*x)**2", "-16*x*(1 - 2*x)**2", "-64*x*(1 - x)*(1 - 2*x)"),
        "16*(1 - 10*x + 24*x**2 - 16*x**3)",
    ),
    (
        4,
        "64*x*(1 - x)*(1 - 2*x)**2*(1 - 8*x + 8*x**2)**2",
        (
            "128*x*(1 - x)*(-8 + 16*x)*(1 - 2*x)**2*(1 - 8*x + 8*x**2)",
            "64*(1 - x)*(1 - 2*x)**2*(1 - 8*x + 8*x**2)**2",
            "-64*x*(1 - 2*x)**2*(1 - 8*x + 8*x**2)**2",
            "-256*x*(1 - x)*(1 - 2*x)*(1 - 8*x + 8*x**2)**2",
        ),
        "64*(1 - 42*x + 504*x**2 - 2640*x**3 + 7040*x**4 - 9984*x**5 + 7168*x**6 - 2048*x**7)",
    ),
)
HEADERS = ("", "tree / DAG", "formula")
TERMS = 4  # of a polynomial, on one line


def formula(text: str) -> Expression:
    """A published formula; x is an input of it also where it does not occur."""
    return parse(text, inputs=("x",))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    n: int
    texts: tuple[str, str, str]  # the function, its derivative, and that simplified
    terms: tuple[str, ...]  # of the derivative

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The three formulas in the shared format."""
        return tuple(formula(text) for text in self.texts)

    @property
    def names(self) -> tuple[str, str, str]:
        """What the three are."""
        return f"l{self.n}", f"l{self.n}'", f"l{self.n}' simplified"

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Nodes of each formula, as a tree and with equal parts stored once."""
        return tuple((found.tree_size, found.dag_size) for found in map(measure, self.expressions))

    @property
    def agrees(self) -> bool:
        """Whether algebra shows the published formulas to be those of the loop."""
        function, derivative, simplified = self.expressions
        loop = case("logistic").trace(self.n)
        true = symbolic.derive(loop, "x", sharing=False)
        pairs = ((function, loop), (derivative, true), (simplified, true))
        return all(symbolic.equal(a, b) for a, b in pairs)

    def latex(self) -> tuple[str, str, str]:
        """The three formulas; one line for each term of the derivative, and not too long a one for a polynomial."""
        signs = ["-" if term.startswith("-") else "+" for term in self.terms]
        texts = [formula_latex(term.removeprefix("-")) for term in self.terms]
        function, _, simplified = map(formula_latex, self.texts)
        terms = re.split(r" (?=[+-] )", simplified)
        halves = [" ".join(terms[:TERMS]), " ".join(terms[TERMS:])] if len(terms) > TERMS else [simplified]
        return function, aligned([f"{s} {t}" for s, t in zip(signs, texts, strict=True)]), aligned(halves)


def aligned(lines: list[str]) -> str:
    """Lines one below the other; the first begins without a plus. A bracket may be open over several lines."""
    lines = [lines[0].removeprefix("+ "), *lines[1:]]
    if len(lines) == 1:
        return lines[0]
    plain = [line.replace(r"\left(", "(").replace(r"\right)", ")") for line in lines]
    return r"\begin{aligned}&" + r" \\ &{}".join(plain) + r"\end{aligned}"


def formula_latex(text: str) -> str:
    """A formula as the paper sets it, without dots between factors."""
    return formula(text).to_latex().replace(r" \cdot ", r"\,")


@dataclass(frozen=True, slots=True, repr=False)
class BaydinTable(Shown):
    """The published table with what is measured of it."""

    lines: tuple[Line, ...]

    @property
    def agrees(self) -> bool:
        """Whether every published formula is what SymPy derives from the loop."""
        return all(line.agrees for line in self.lines)

    def rows(self) -> list[tuple[str, str, str, str]]:
        """For each formula its name, sizes, text and LaTeX."""
        rows = []
        for line in self.lines:
            for name, text, latex, (tree, dag) in zip(line.names, line.texts, line.latex(), line.sizes, strict=True):
                rows.append((name, f"{tree:,} / {dag:,}", text, latex))
        return rows

    def table(self) -> Table:
        """The formulas as text."""
        rows = tuple((name, sizes, text) for name, sizes, text, _ in self.rows())
        return Table("Table 1 of Baydin et al. (2018)", HEADERS, rows, left=(0, 2))

    def __repr__(self) -> str:
        """What it is; print it for the table."""
        return f"<Table 1 of Baydin et al. (2018): {len(self.lines)} lines>"

    def _repr_html_(self) -> None:
        """Nothing: Jupyter prefers HTML to Markdown, and HTML would show the formulas as plain text."""

    def _repr_markdown_(self) -> str:
        """What Jupyter shows, its formulas set."""
        lines = [f"| {' | '.join(HEADERS)} |", "|:--|--:|:--|"]
        for name, sizes, _, latex in self.rows():
            symbol, _, rest = name.partition(" ")
            title = f"${symbol.replace('l', 'l_')}$ {rest}".strip()
            lines.append(f"| {title} | {sizes} | ${latex}$ |")
        return "\n".join(lines)


def baydin_table(upto: int = 4) -> BaydinTable:
    """The lines of Table 1 up to l_n, at most l_4.

    >>> [tree for tree, dag in baydin_table(3).lines[2].sizes]
    [15, 39, 19]
    """
    lines = []
    for n, function, terms, simplified in PUBLISHED[:upto]:
        joined = terms[0] + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in terms[1:])
        lines.append(Line(n, (function, joined, simplified), terms))
    return BaydinTable(tuple(lines))

"""three_forms(e): one expression as a list, as a tree and as a DAG, side by side."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

from compare.wording import integer, plural
from expression import Expression, measure, trace
from expression.errors import TrigradError

WIDTH = re.compile(r'<svg [^>]*?\bwidth="([\d.]+)"')


@dataclass(frozen=True, slots=True, repr=False)
class Trio:
    """The same function three times: what differs is what stands there more than once."""

    expression: Expression

    @property
    def sizes(self) -> dict[str, int]:
        """Nodes of each form: list and DAG store a part once, the tree as often as it is read."""
        found = measure(self.expression)
        return {"list": len(self.expression), "tree": found.tree_size, "DAG": found.dag_size}

    def __repr__(self) -> str:
        """The sizes; print it for the forms."""
        return "<Trio: " + ", ".join([f"{form} of {plural(n, 'node')}" for form, n in self.sizes.items()]) + ">"

    def __str__(self) -> str:
        """The listing, and the formula, in which a shared part is written again wherever it is read."""
        sizes = self.sizes
        return (
            f"list, {plural(sizes['list'], 'node')}; the DAG has {integer(sizes['DAG'])}\n{self.expression}\n"
            f"tree, {plural(sizes['tree'], 'node')}\n  {self.shown(Expression.to_infix)}"
        )

    def _repr_html_(self) -> str:
        """What Jupyter shows: the listing, the tree and the DAG beside each other."""
        listing = "margin: 0; white-space: pre; font-family: monospace; line-height: 1.35"
        parts = {
            "list": f'<pre style="{listing}">{escape(str(self.expression))}</pre>',
            "tree": self.shown(lambda e: e.to_svg(tree=True)),
            "DAG": self.shown(Expression.to_svg),
        }
        counts = {form: plural(n, "node") for form, n in self.sizes.items()}
        figures = [
            f'<figure style="margin: 0; {flexible(shown)}"><figcaption><b>{form}</b>, {counts[form]}</figcaption>'
            f"{shown}</figure>"
            for form, shown in parts.items()
        ]
        style = "display: flex; flex-wrap: wrap; gap: 1em; align-items: flex-start"
        return f'<div style="{style}">{"".join(figures)}</div>'

    def shown(self, form: Callable[[Expression], str]) -> str:
        """A form, or why it is not shown: it is too large."""
        try:
            return form(self.expression)
        except TrigradError as error:
            return str(error)


def flexible(shown: str) -> str:
    """A style that lets a picture shrink to six tenths before the row breaks; text keeps its width.

    >>> flexible('<svg width="300">'), flexible("<pre>")
    ('flex: 300 1 180px; max-width: 300px', 'flex: none')
    """
    width = WIDTH.match(shown)
    if width is None:
        return "flex: none"
    return f"flex: {width[1]} 1 {0.6 * float(width[1]):.0f}px; max-width: {width[1]}px"


def three_forms(f: Callable[..., Any] | Expression, *args: Any) -> Trio:
    """An expression, or a function traced at arguments, in three forms.

    >>> from expression import parse
    >>> print(three_forms(parse("(x + y) * (x + y)")))
    list, 4 nodes; the DAG has 4
    x, y -> v3
      v0 = input x
      v1 = input y
      v2 = add(v0, v1)
      v3 = mul(v2, v2)
    tree, 7 nodes
      (x + y) * (x + y)
    """
    return Trio(f if isinstance(f, Expression) else trace(f, *args))

"""One text on its way in: its characters, numbers and brackets, its columns, and how it is refused."""

import ast
import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, NoReturn

from expression.errors import ExpressionError

MAX_LENGTH = 100_000  # characters of a text
MAX_BRACKETS = 100  # brackets within brackets; CPython's own parser gives up at 200
MAX_DIGITS = 1_000  # of a number; float64 ends at 10**308
WINDOW = 72  # characters shown around an offending column

NUMBER = r"(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?"
TOKEN = re.compile(rf"(?P<number>{NUMBER})|(?P<name>\w+)|(?P<other>\S)")
CHARACTERS = frozenset("+-*/%@()[],<>=!:&|~^.")
BLANKS = str.maketrans("\t\n\r\f\v\xa0", "      ")
PAIRS = MappingProxyType({")": "(", "]": "["})
INSTEAD = MappingProxyType(
    {
        "\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{MULTIPLICATION SIGN}": "*", "\N{MIDDLE DOT}": "*",
        "\N{DIVISION SIGN}": "/", "\N{SUPERSCRIPT TWO}": "**2", "\N{SUPERSCRIPT THREE}": "**3",
        "\N{SQUARE ROOT}": "sqrt", "\N{LESS-THAN OR EQUAL TO}": "<=", "\N{GREATER-THAN OR EQUAL TO}": ">=",
        "\N{NOT EQUAL TO}": "!=", "{": "(", "}": ")", "#": "the expression alone, without a comment",
    }
)  # fmt: skip


class Text:
    """A text, and the columns that errors point to (counted from 0 here, from 1 in messages)."""

    __slots__ = ("columns", "start", "text")

    def __init__(self, text: str) -> None:
        """Refuse what is too long, and read every blank as a space."""
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"the text has {len(text):,} characters; at most {MAX_LENGTH:,} are read")
        self.text = text.translate(BLANKS)
        self.start = len(self.text) - len(self.text.lstrip())
        self.columns = self.columns_of_bytes()

    def columns_of_bytes(self) -> Sequence[int]:
        """The column of each byte of the text in UTF-8, which is how `ast` counts."""
        if self.text.isascii():
            return range(self.start, len(self.text) + 1)
        sizes = [len(c.encode("utf-8", "surrogatepass")) for c in self.text] + [1]
        return [k for k, size in enumerate(sizes) if k >= self.start for _ in range(size)]

    def column(self, node: Any) -> int:
        """Where a node of the tree is: at its operator where it stands between two operands, else where it starts."""
        if not isinstance(node, ast.BinOp | ast.Compare):
            start: int = node.col_offset
            return self.columns[start]
        column = self.columns[node.left.end_col_offset or 0]
        while self.text[column] in ") ":
            column += 1
        return column

    def fail(self, column: int, message: str) -> NoReturn:
        """Refuse the text: the message in one line, then the text with a caret under the column."""
        column = min(max(column, 0), len(self.text))
        first = max(0, min(column - WINDOW // 2, len(self.text) - WINDOW))
        shown = "".join(c if c.isprintable() else "?" for c in self.text[first : first + WINDOW])
        before = "..." if first else ""
        after = "..." if first + WINDOW < len(self.text) else ""
        caret = " " * (len(before) + column - first)
        raise ExpressionError(f"column {column + 1}: {message}\n  {before}{shown}{after}\n  {caret}^") from None

    def refuse(self, node: ast.AST, message: str) -> NoReturn:
        """Refuse a node of the tree."""
        self.fail(self.column(node), message)

    def unexpected(self, column: int) -> NoReturn:
        """Refuse a character."""
        character = self.text[column]
        if character in INSTEAD:
            self.fail(column, f"unexpected character {character!r}; write {INSTEAD[character]}")
        self.fail(column, f"unexpected character {character!a}")

    def scan(self) -> None:
        """Check characters, numbers and brackets, so that only plausible texts reach Python's parser."""
        if not self.text.strip():
            self.fail(0, "the text is empty; write an expression, as x**2 + 1")
        opened: list[int] = []
        for token in TOKEN.finditer(self.text):
            column, word = token.start(), token.group()
            if token.lastgroup == "number":
                self.check_number(word, column)
            elif token.lastgroup == "name":
                if not word.isidentifier():
                    self.unexpected(column + next(k for k in range(len(word)) if not word[: k + 1].isidentifier()))
            elif word not in CHARACTERS:
                self.unexpected(column)
            elif word in "([":
                opened.append(column)
                if len(opened) > MAX_BRACKETS:
                    self.fail(column, f"more than {MAX_BRACKETS} brackets within each other; name a part, or use trace")
            elif word in ")]":
                if not opened:
                    self.fail(column, f"{word!r} closes nothing")
                place = opened.pop()
                if self.text[place] != PAIRS[word]:
                    self.fail(column, f"{word!r} cannot close the {self.text[place]!r} of column {place + 1}")
        if opened:
            self.fail(opened[-1], f"{self.text[opened[-1]]!r} is never closed")

    def check_number(self, word: str, column: int) -> None:
        """Refuse a number that is too long, or that runs into a word."""
        if len(word) > MAX_DIGITS:
            self.fail(column, f"a number of {len(word):,} digits; float64 holds 17")
        after = self.text[column + len(word) : column + len(word) + 1]
        if after.isidentifier() or after.isdigit():
            self.fail(column + len(word), f"the number {word} runs into {after!r}; put an operator between, as in 2*x")

    def tree(self) -> ast.expr:
        """The tree of the text, by Python's parser."""
        try:
            return ast.parse(self.text[self.start :], mode="eval").body
        except (RecursionError, MemoryError):
            self.fail(self.start, "too many operations within each other; name a part, or use trace")
        except SyntaxError as error:
            end = len(self.text.rstrip())
            column = self.start + error.offset - 1 if error.offset else end  # 0 is CPython's word for the end
            if column >= end:
                self.fail(end, "the text ends where an operand should follow")
            if self.text[column] == "=":
                self.fail(column, "= assigns; write its right side alone, or == to compare")
            self.fail(column, (error.msg or "invalid syntax").replace("\n", " "))
        except ValueError as error:
            self.fail(self.start, str(error).replace("\n", " "))

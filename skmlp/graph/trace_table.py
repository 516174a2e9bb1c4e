"""Tables of text that print aligned."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator, Sequence

from skmlp.base.optional import require
from skmlp.base.types import DataFrame

__all__ = ["TraceTable"]


class TraceTable:
    """Table of a pass through a graph, which prints as on paper.

    Parameters
    ----------
    title : str
        Line above the table.
    columns : sequence of str
        Names of the columns.
    rows : sequence of tuple of str
        Cells of each row.
    """

    def __init__(
        self, title: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]]
    ) -> None:
        self.title = title
        self.columns = tuple(columns)
        self.rows = [tuple(row) for row in rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return iter(self.rows)

    def __str__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(map(_width, cells)) for cells in zip(*lines, strict=True)]
        texts = [
            " │ ".join(
                cell + " " * (width - _width(cell))
                for cell, width in zip(line, widths, strict=True)
            ).rstrip()
            for line in lines
        ]
        rule = "─┼─".join("─" * width for width in widths)
        return "\n".join([self.title, texts[0], rule, *texts[1:]])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the table as HTML, for notebooks."""
        style = 'style="text-align: left"'
        head = "".join(f"<th {style}>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>"
            + "".join(f"<td {style}>{html.escape(cell)}</td>" for cell in row)
            + "</tr>"
            for row in self.rows
        )
        return (
            f"<table><caption>{html.escape(self.title)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def to_frame(self) -> DataFrame:
        """Return the table as a pandas data frame of text.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        pandas = require("pandas", "a data frame")
        return pandas.DataFrame(self.rows, columns=list(self.columns))


def _width(text):
    """Return how many places text takes in a terminal: accents take none."""
    return sum(not unicodedata.combining(letter) for letter in text)

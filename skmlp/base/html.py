"""HTML of results for notebooks: tables and paragraphs in the colours of the page."""

from html import escape

__all__ = ["html_of", "html_paragraph", "html_table"]

# Lines have the colour of the text, and nothing has a background of its own: a light
# and a dark page are both readable.
_LINE = "1px solid currentColor"
_TABLE = "border-collapse: collapse; margin: 0.5em 0"
_CAPTION = "caption-side: top; text-align: left; font-weight: bold; color: inherit"
_CELL = "padding: 0.15em 0.7em; color: inherit; background: transparent"


def html_table(caption, headings, rows):
    """Return a table as HTML; all texts are escaped.

    Parameters
    ----------
    caption : str
        Line above the table.
    headings : list of str
        Headings of the columns; the first is that of the names.
    rows : iterable of (str, list of str)
        Name and cells of each row.
    """
    head = "".join(
        f'<th scope="col" style="{_cell(j)}; border-bottom: {_LINE}">'
        f"{escape(each)}</th>"
        for j, each in enumerate(map(str, headings))
    )
    body = "".join(
        f'<tr style="background: transparent"><th scope="row" style="{_cell(0)}; '
        f'font-weight: normal">{escape(str(name))}</th>'
        + "".join(f'<td style="{_cell(1)}">{escape(str(cell))}</td>' for cell in cells)
        + "</tr>"
        for name, cells in rows
    )
    return (
        f'<table style="{_TABLE}"><caption style="{_CAPTION}">{escape(caption)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def html_paragraph(text):
    """Return a paragraph as HTML; the text is escaped."""
    return f"<p>{escape(str(text))}</p>"


def html_of(*parts):
    """Return tables and paragraphs as one element of a notebook."""
    return f'<div style="color: inherit; overflow-x: auto">{"".join(parts)}</div>'


def _cell(column):
    """Return the style of a cell: names are left of their column, numbers right."""
    return f"{_CELL}; text-align: {'left' if column == 0 else 'right'}"

"""HTML of a comparison, for notebooks."""

from skmlp.base.html import html_of, html_paragraph, html_table
from skmlp.model_comparison.report import footnotes, score_table, sizes
from skmlp.model_comparison.verdict import verdict
from skmlp.model_comparison.visible_text import visible_comparison

__all__ = ["comparison_html"]


def comparison_html(comparison):
    """Return the table of scores, the verdict and the notes as HTML."""
    comparison = visible_comparison(comparison)
    table = score_table(comparison)
    rows = [
        (name, [f"{cell.text(' ')}{' *' if cell.is_best else ''}" for cell in cells])
        for name, cells in table.rows
    ]
    caption = f"{comparison.data.name}: {sizes(comparison)}"
    best = any(cell.is_best for _, cells in table.rows for cell in cells)
    texts = ["* best mean of a column"] if best else []
    texts += [*footnotes(comparison), " ".join(verdict(comparison))]
    texts += [f"Note: {note}." for note in comparison.notes]
    paragraphs = map(html_paragraph, texts)
    return html_of(html_table(caption, ["", *table.headings], rows), *paragraphs)

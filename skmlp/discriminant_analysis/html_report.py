"""HTML of a summary of discriminant analysis, for notebooks."""

from skmlp.base.html import html_of, html_paragraph, html_table
from skmlp.discriminant_analysis.report import all_tests, table_texts

__all__ = ["summary_html"]


def summary_html(summary):
    """Return the tables and the sentences of a summary as HTML."""
    captions = {
        "features": "Linear discriminant analysis: columns, class means and loadings",
        "directions": "Discriminant directions",
    }
    tables = []
    for table, caption in captions.items():
        headings, rows = table_texts(summary, table)
        tables.append(html_table(caption, ["", *headings], rows))
    rows = [(name, cells) for name, *cells in all_tests(summary)]
    headings = ["", "statistic", "distribution", "value", "df", "P"]
    tables.append(html_table("Tests of the assumptions", headings, rows))
    return html_of(*tables, *map(html_paragraph, summary.sentences))

"""Show a comparison on a terminal with rich: a coloured table and a progress bar."""

import math
import sys

from skmlp.model_comparison.difference_table import difference_lines, wrapped
from skmlp.model_comparison.report import (
    footnotes,
    heading,
    model_lines,
    other_scores,
    plain_lines,
    score_table,
    two_lines,
)
from skmlp.model_comparison.verdict import verdict

__all__ = ["print_on_terminal"]


def print_on_terminal(comparison, console, *, verbose=False):
    """Print the report on a rich console, with the best of each column in bold."""
    plain = {"highlight": False, "markup": False}
    console.print(heading(comparison), style="bold", **plain)
    tables = [score_table(comparison)]
    if verbose:
        tables += other_scores(comparison)
    for table in tables:
        console.print(rich_table(table, console.width), highlight=False)
    for note in footnotes(comparison):
        console.print(wrapped(note, console.width), style="dim", **plain)
    tests = difference_lines(comparison, console.width, verbose=verbose)
    if tests:
        console.print("\n" + "\n".join(tests), style="dim", **plain)
    models = model_lines(comparison, console.width) if verbose else []
    if models:
        console.print("\n" + "\n".join(models), style="dim", **plain)
    sentences = verdict(comparison)
    if sentences:
        console.print()
    for number, sentence in enumerate(sentences):
        style = "" if number else "bold"
        console.print(wrapped(sentence, console.width), style=style, **plain)
    if comparison.notes:
        console.print()
    for note in comparison.notes:
        text = wrapped(f"Note: {note}.", console.width)
        console.print(text, style="yellow", **plain)


def rich_table(table, width):
    """Return a rich table; on a narrow terminal deviations stand below their means."""
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    # rich puts one column between two cells, and one on either side of the table.
    room = max(map(len, plain_lines(table, math.inf))) + 2
    is_wide = room <= width
    is_narrow = room - len(table.headings) > width
    padding = (0, 0, 0, 1 if is_wide else 0)
    shown = RichTable(box=box.SIMPLE_HEAD, padding=padding, pad_edge=False)
    shown.add_column("", max_width=10 if is_narrow else None)
    for title in table.headings:
        shown.add_column(
            "\n".join(two_lines(title)).strip(), justify="right", vertical="top"
        )
    for name, cells in table.rows:
        shown.add_row(
            Text(name, style="dim" if name.startswith(" ") else ""),
            *(
                Text(
                    cell.text("\n" if is_narrow else ""),
                    style="bold green" if cell.is_best else "",
                )
                for cell in cells
            ),
        )
    return shown


def rich_console(stream):
    """Return a rich console for a terminal, or None for a pipe or without rich."""
    if not stream.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(file=stream)


class FitProgress:
    """Context manager that shows a progress bar if standard error is a terminal."""

    def __enter__(self):
        self._bar = None
        console = rich_console(sys.stderr)
        if console is None:
            if sys.stderr.isatty():
                print(
                    "No progress bar and no colours without rich: "
                    'pip install "skmlp[compare]"',
                    file=sys.stderr,
                )
            return None
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("fits"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("comparing", total=None)
        return self._on_fit

    def __exit__(self, *exception):
        if self._bar is not None:
            self._bar.stop()

    def _on_fit(self, done, total, name):
        self._bar.update(
            self._task, completed=done, total=total, description=f"{name:<20.20}"
        )

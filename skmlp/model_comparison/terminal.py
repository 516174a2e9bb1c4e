"""Show a comparison on a terminal with rich: a coloured table and a progress bar."""

import math
import shutil
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
from skmlp.model_comparison.visible_text import visible, visible_comparison

__all__ = ["print_on_terminal"]


def print_on_terminal(comparison, console, *, verbose=False):
    """Print the report on a rich console, with the best of each column in bold.

    Names are printed as they are: no markup or emoji code of rich acts in a Text.
    """
    from rich.text import Text

    comparison = visible_comparison(comparison)

    def show(text, style=""):
        console.print(Text(text, style=style))

    show(heading(comparison), "bold")
    tables = [score_table(comparison)]
    if verbose:
        tables += other_scores(comparison)
    for table in tables:
        console.print(rich_table(table, console.width), highlight=False)
    for note in footnotes(comparison):
        show(wrapped(note, console.width), "dim")
    tests = difference_lines(comparison, console.width, verbose=verbose)
    models = model_lines(comparison, console.width) if verbose else []
    for lines in filter(None, (tests, models)):
        show("\n" + "\n".join(lines), "dim")
    sentences = verdict(comparison)
    if sentences:
        console.print()
    for number, sentence in enumerate(sentences):
        show(wrapped(sentence, console.width), "" if number else "bold")
    if comparison.notes:
        console.print()
    for note in comparison.notes:
        show(wrapped(f"Note: {note}.", console.width), "yellow")


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
            Text("\n".join(two_lines(title)).strip()), justify="right", vertical="top"
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
    return Console(file=stream, markup=False, emoji=False, highlight=False)


class FitProgress:
    """Context manager that shows the progress if standard error is a terminal.

    That is a bar of rich, or one line without rich. The RunningTime `running` tells the
    time that is left.
    """

    def __init__(self, running):
        self._running = running
        self._bar = None
        self._n_shown = 0

    def __enter__(self):
        if not sys.stderr.isatty():
            return None
        console = rich_console(sys.stderr)
        if console is None:
            print(
                "No progress bar and no colours without rich: "
                'pip install "skmlp[compare]"',
                file=sys.stderr,
            )
            return self._rewrite_line
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("fits"),
            _time_column(self._running),
            console=console,
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task("comparing", total=None)
        return self._move_bar

    def __exit__(self, *exception):
        if self._bar is not None:
            self._bar.stop()
        elif self._n_shown:
            self._write("\r" + " " * self._n_shown + "\r")

    def _move_bar(self, done, total, name):
        self._bar.update(
            self._task,
            completed=done,
            total=total,
            description=f"{visible(name):<20.20}",
        )

    def _rewrite_line(self, done, total, name):
        line = (
            f"{done}/{total} fits, {time_left_in_words(self._running.left())}: "
            f"{visible(name)}"
        )
        # A line that wraps could not be rewritten.
        line = line[: max(1, shutil.get_terminal_size().columns - 1)]
        self._write("\r" + line.ljust(self._n_shown))
        self._n_shown = len(line)

    def _write(self, text):
        sys.stderr.write(text)
        sys.stderr.flush()


def time_left_in_words(seconds):
    """Return '0:01:30 left', or 'time left unknown' for None."""
    if seconds is None:
        return "time left unknown"
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02} left"


def _time_column(running):
    """Return a column of rich's progress bar with the time that is left."""
    from rich.progress import ProgressColumn
    from rich.text import Text

    class TimeLeftColumn(ProgressColumn):
        """Column with the time that is left, estimated anew after each fit."""

        max_refresh = 0.5

        def render(self, task):
            return Text(time_left_in_words(running.left()), style="cyan")

    return TimeLeftColumn()

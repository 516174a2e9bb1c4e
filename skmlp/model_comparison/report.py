"""Report a comparison as plain text: heading, table of scores, tests and verdict."""

import math
import re
import textwrap
from dataclasses import dataclass

import numpy as np

from skmlp.base.text import short_p_value, signed
from skmlp.model_comparison.metrics import FIT_TIME

__all__ = ["as_text", "verdict"]

WIDTH = 100
_SHORT_HEADING = 11


@dataclass(frozen=True)
class Cell:
    """Texts of a mean and its deviation; `is_best` marks the best mean of a column."""

    mean: str
    deviation: str = ""
    is_best: bool = False

    def text(self, break_before=""):
        """Return mean and deviation, with `break_before` in front of the deviation."""
        return self.mean + (break_before + self.deviation if self.deviation else "")


@dataclass(frozen=True)
class Table:
    """Column headings, and rows of a name and its Cells."""

    headings: list[str]
    rows: list[tuple[str, list[Cell]]]


def as_text(comparison, width=WIDTH):
    """Return the whole report as plain text, with lines of at most `width` letters."""
    paragraphs = [
        heading(comparison),
        "\n".join(plain_lines(score_table(comparison), width)),
        "\n".join(_wrapped(note, width) for note in footnotes(comparison)),
        "\n".join(contest_lines(comparison)),
        _wrapped(comparison.verdict(), width),
        "\n".join(_wrapped(f"Note: {note}.", width) for note in comparison.notes),
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def heading(comparison):
    """Return one line on the data and the folds."""
    data, folds = comparison.data, comparison.folds
    classes = f", {data.n_classes} classes" if data.n_classes else ""
    per_repeat = folds.n_folds // folds.n_repeats
    repeats = f", repeated {folds.n_repeats} times" if folds.n_repeats > 1 else ""
    return (
        f"{data.name}: {data.task}, {data.n_rows} rows, {data.n_columns} "
        f"column{'s' * (data.n_columns != 1)}{classes}; {per_repeat} folds{repeats}"
    )


def footnotes(comparison):
    """Return lines that explain the numbers in the table."""
    notes = [f"mean ± standard deviation over {comparison.folds.n_folds} folds"]
    if comparison.counterparts:
        notes[0] += (
            "; ratio: scikit-learn's fit time over that of skmlp, median of the folds"
        )
    dashes = [
        name
        for name, scores in comparison.scores.items()
        if name not in comparison.counterparts.values()
        and any(np.isnan(values).all() for values in scores.values())
    ]
    if dashes:
        notes.append(f"–: {', '.join(dashes)} predicts no probabilities")
    return notes


def contest_lines(comparison):
    """Return the lines of the paired differences on which the verdict is based."""
    differences = comparison.contest()
    if not differences:
        return []
    first = differences[0]
    rows = [
        (
            f"  {each.metric}",
            signed(each.difference),
            f"  {100 * each.confidence:g} % interval",
            signed(each.interval[0]),
            "to",
            signed(each.interval[1]),
            f"  t({each.degrees_of_freedom}) =",
            f"{each.statistic:.2f}".replace("-", "−"),
            f"  {short_p_value(each.p_value)}",
        )
        for each in differences
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    align = "<><>>>>><"
    return [
        f"{first.first} − {first.second}: paired difference, "
        "corrected resampled t-test (Nadeau and Bengio 2003)",
        *(
            " ".join(
                f"{text:{side}{width}}"
                for text, side, width in zip(row, align, widths, strict=True)
            ).rstrip()
            for row in rows
        ),
    ]


def score_table(comparison):
    """Return the Table of scores and fit times of a Comparison."""
    summary = comparison.summary()
    columns = [
        _score_column([summary[name][metric.name] for name in summary], metric)
        for metric in comparison.metrics
    ]
    headings = [metric.label for metric in comparison.metrics]
    columns.append(_time_column([summary[name][FIT_TIME] for name in summary]))
    headings.append("fit time")
    if comparison.counterparts:
        columns.append(_ratio_column(comparison))
        headings.append("ratio")
    theirs = comparison.counterparts.values()
    names = ["  sklearn" if name in theirs else name for name in summary]
    return Table(headings, list(zip(names, zip(*columns, strict=True), strict=True)))


def _score_column(entries, metric):
    """Return the Cells of a metric from the (mean, deviation) of every estimator."""
    means = [entry.mean for entry in entries if not math.isnan(entry.mean)]
    decimals = _decimals(max(map(abs, means), default=1))
    best = max(means, default=0) if metric.larger_is_better else min(means, default=0)
    shown_best = _format_number(best, decimals)
    return [
        Cell("–")
        if math.isnan(mean)
        else Cell(
            _format_number(mean, decimals),
            f"±{_format_number(deviation, decimals)}",
            _format_number(mean, decimals) == shown_best,
        )
        for mean, deviation in entries
    ]


def _time_column(entries):
    """Return the Cells of the fit times from (mean, deviation) in seconds."""
    fastest = min(entry.mean for entry in entries)
    cells = []
    for mean, deviation in entries:
        unit, scale = ("s", 1) if mean >= 1 else ("ms", 1000)
        digits = 2 if unit == "s" else 1
        decimals = max(0, digits - math.floor(math.log10(max(mean * scale, 0.01))))
        cells.append(
            Cell(
                f"{mean * scale:.{decimals}f}",
                f"±{deviation * scale:.{decimals}f} {unit}",
                mean == fastest,
            )
        )
    return cells


def _ratio_column(comparison):
    """Return the Cells of scikit-learn's fit time ÷ ours, empty in other rows."""
    ratios = comparison.time_ratios()
    by_counterpart = {
        theirs: ratios[ours] for ours, theirs in comparison.counterparts.items()
    }
    return [
        Cell(_format_ratio(by_counterpart[name]) if name in by_counterpart else "")
        for name in comparison.scores
    ]


def _format_ratio(ratio):
    """Return a ratio with two or more significant digits, such as '3.4×'."""
    return f"{ratio:.{2 if ratio < 0.995 else 1 if ratio < 9.95 else 0}f}×"


def _wrapped(text, width):
    """Wrap text at `width`, without a break inside equations and percentages."""
    glued = re.sub(r" ([=<%]) ?", lambda match: match[0].replace(" ", "\xa0"), text)
    return textwrap.fill(glued, width).replace("\xa0", " ")


def plain_lines(table, width=WIDTH):
    """Return the lines of a table, with narrower gaps if `width` requires them."""
    columns = [
        [*two_lines(heading), *(cells[j].text() for _, cells in table.rows)]
        for j, heading in enumerate(table.headings)
    ]
    names = ["", "", *(name for name, _ in table.rows)]
    widths = [max(map(len, column)) for column in columns]
    name_width = max(map(len, names))
    gap = "  " if name_width + sum(widths) + 2 * len(widths) <= width else " "
    lines = [
        gap.join(
            [
                f"{name:<{name_width}}",
                *(f"{text:>{w}}" for text, w in zip(row, widths, strict=True)),
            ]
        ).rstrip()
        for name, *row in zip(names, *columns, strict=True)
    ]
    rule = "─" * max(map(len, lines))
    return [*(line for line in lines[:2] if line), rule, *lines[2:]]


def two_lines(heading):
    """Split a heading into two lines; a short one stands on the second."""
    if len(heading) <= _SHORT_HEADING:
        return "", heading
    first, _, last = heading.rpartition(" ")
    return first, last


def _decimals(largest):
    """Return a number of decimals: 3 if `largest` < 10, else those for 4 digits."""
    if largest < 10:
        return 3
    return max(0, 3 - math.floor(math.log10(largest)))


def _format_number(number, decimals):
    """Return a number with fixed decimals, or as '1.2e-05' if too small or large."""
    needs_exponent = number != 0 and (abs(number) < 0.0005 or abs(number) >= 1e7)
    text = f"{number:.1e}" if needs_exponent else f"{number:.{decimals}f}"
    return text if needs_exponent else text.replace("-", "−")


def verdict(differences, data_name):
    """Return one sentence that says which of two estimators is better, by metric."""
    first, second = differences[0].first, differences[0].second
    winners = {difference.better for difference in differences}
    if winners == {None}:
        headline, *others = differences
        findings = [f"difference in {headline.metric} {headline}"]
        findings += [f"{each.metric}: {short_p_value(each.p_value)}" for each in others]
        return (
            f"{_capitalise(first)} and {second} cannot be told apart on {data_name} "
            f"({'; '.join(findings)})."
        )
    if len(winners) == 1:
        qualities = " and ".join(_advantage(each) for each in differences)
        return f"On {data_name}, {winners.pop()} has {qualities}."
    return f"On {data_name}, {', but '.join(map(_metric_clause, differences))}."


def _metric_clause(paired):
    """Return the clause of the verdict for one metric."""
    if paired.better is not None:
        return f"{paired.better} has {_advantage(paired)}"
    return (
        f"{paired.first} and {paired.second} cannot be told apart in {paired.metric} "
        f"(difference {paired})"
    )


def _advantage(paired):
    """Return 'the higher accuracy (difference ...)' for a significant difference."""
    degree = "higher" if paired.larger_is_better else "lower"
    return f"the {degree} {paired.metric} (difference {paired})"


def _capitalise(text):
    """Return `text` with its first letter in upper case."""
    return text[:1].upper() + text[1:]

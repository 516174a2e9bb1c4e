"""Report a comparison as plain text: heading, table of scores, tests and verdict."""

import math
from dataclasses import dataclass

import numpy as np

from skmlp.base.text import counted
from skmlp.model_comparison.difference_table import difference_lines, wrapped
from skmlp.model_comparison.metrics import FIT_TIME
from skmlp.model_comparison.ranking import family, ranking
from skmlp.model_comparison.verdict import verdict
from skmlp.model_comparison.visible_text import visible_comparison

__all__ = ["as_text"]

WIDTH = 100
_SHORT_HEADING = 11
_ROUNDING = 1e-12


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


def as_text(comparison, width=WIDTH, *, verbose=False):
    """Return the whole report as plain text, with lines of at most `width` letters."""
    comparison = visible_comparison(comparison)
    tables = [score_table(comparison)]
    if verbose:
        tables += other_scores(comparison)
    paragraphs = [
        heading(comparison),
        *("\n".join(plain_lines(table, width)) for table in tables),
        "\n".join(wrapped(note, width) for note in footnotes(comparison)),
        "\n".join(difference_lines(comparison, width, verbose=verbose)),
        "\n".join(model_lines(comparison, width) if verbose else ()),
        "\n".join(wrapped(sentence, width) for sentence in verdict(comparison)),
        "\n".join(wrapped(f"Note: {note}.", width) for note in comparison.notes),
    ]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def model_lines(comparison, width):
    """Return lines on the preparation of the columns, and on every model."""
    if comparison.recipe is None:
        return []
    lines = ["What was fitted"]
    lines += [wrapped(each, width - 4) for each in comparison.recipe.lines()]
    return ["\n    ".join(each.splitlines()) for each in lines]


def heading(comparison):
    """Return one line on the data and the folds."""
    return f"{comparison.data.name}: {sizes(comparison)}"


def sizes(comparison):
    """Return the task, the sizes of the data, and the folds as text."""
    data, folds = comparison.data, comparison.folds
    classes = f", {data.n_classes} classes" if data.n_classes else ""
    return (
        f"{data.task}, {data.n_rows} row{'s' * (data.n_rows != 1)}, {data.n_columns} "
        f"column{'s' * (data.n_columns != 1)}{classes}; {_folds_done(folds)}"
    )


def _folds_done(folds):
    """Return '5 folds, repeated 3 times', or '7 of 15 folds' if not all were done."""
    if folds.n_planned is not None and folds.n_folds < folds.n_planned:
        return f"{folds.n_folds} of {counted(folds.n_planned, 'fold')}"
    per_repeat = folds.n_folds // folds.n_repeats
    repeats = f", repeated {folds.n_repeats} times" if folds.n_repeats > 1 else ""
    return f"{counted(per_repeat, 'fold')}{repeats}"


def footnotes(comparison):
    """Return lines that explain the numbers in the table."""
    groups = ranking(comparison)
    notes = [f"mean ± standard deviation over {comparison.folds.n_folds} folds"]
    if comparison.folds.n_folds == 1:
        notes = ["scores of one fold"]
    if groups and len(family(comparison)) > 1:
        metric = groups[0].metric
        better = "higher" if metric.larger_is_better else "lower"
        notes[0] += f"; ranked by {metric.label}, {better} is better"
    if comparison.counterparts:
        notes.append(
            "ratio: scikit-learn's fit time over that of skmlp, median of the folds"
        )
    if comparison.baseline:
        words = "the shares of the classes, and the most frequent class"
        if comparison.data.task == "regression":
            words = "the mean"
        notes.append(f"{comparison.baseline}: always predicts {words}")
    notes += _footnote_of_dashes(comparison, groups)
    seen = [
        each for each in ("average precision", "F1") if each in _headings(comparison)
    ]
    if seen and comparison.positive_class is not None:
        verb = "is that" if len(seen) == 1 else "are those"
        notes.append(
            f"{' and '.join(seen)} {verb} of class {comparison.positive_class}, the "
            "rarer one (of equal ones the later)"
        )
    return notes + _footnotes_of_folds(comparison)


def _footnote_of_dashes(comparison, groups):
    """Return a line on the candidates without probabilities, and how they are ranked.

    The list is empty if all of them predict some.
    """
    needing = [each.name for each in comparison.metrics if each.needs_probabilities]
    dashes = [
        name
        for name in family(comparison)
        if any(np.isnan(comparison.scores[name][each]).all() for each in needing)
    ]
    if not dashes:
        return []
    is_one = len(dashes) == 1
    verb = "predicts" if is_one else "predict"
    note = f"–: {' and '.join(dashes)} {verb} no probabilities"
    if len(groups) > 1 and groups[0].metric.needs_probabilities:
        verb = "is" if is_one else "are"
        note += f", and {verb} ranked apart, by {groups[1].metric.label}"
    return [note]


def _footnotes_of_folds(comparison):
    """Return a line for each shown metric that some folds lack, as a class is missing.

    A metric that an estimator has in no fold is left out.
    """
    notes = []
    for metric in shown_metrics(comparison):
        known = [
            np.count_nonzero(~np.isnan(scores[metric.name]))
            for scores in comparison.scores.values()
        ]
        some = [count for count in known if 0 < count < comparison.folds.n_folds]
        if some:
            notes.append(
                f"{metric.label}: over {min(some)} of the {comparison.folds.n_folds} "
                "folds, as the test rows of the others lack a class"
            )
    return notes


def shown_metrics(comparison):
    """Return the metrics of the table, less those that no candidate has."""
    kinds = {each.name: each for each in comparison.metrics}
    names = comparison.leading or kinds
    return [
        kinds[name]
        for name in names
        if any(
            not np.isnan(comparison.scores[each][name]).all()
            for each in family(comparison)
        )
    ]


def _headings(comparison):
    """Return the labels of the metrics of the table."""
    return [each.label for each in shown_metrics(comparison)]


def rows_in_order(comparison):
    """Return the names of the rows: ranked, each before its counterpart; baseline."""
    ranked = comparison.ranking()
    ours = [*ranked, *(name for name in family(comparison) if name not in ranked)]
    order = []
    for name in ours:
        order.append(name)
        if name in comparison.counterparts:
            order.append(comparison.counterparts[name])
    return [*order, *([comparison.baseline] if comparison.baseline else [])]


def score_table(comparison):
    """Return the Table of the leading scores and the fit times of a Comparison."""
    summary = comparison.summary()
    order = rows_in_order(comparison)
    table = _table(comparison, shown_metrics(comparison))
    times = _time_column(
        [summary[name][FIT_TIME] for name in order],
        order.index(comparison.baseline) if comparison.baseline else None,
    )
    columns, headings = [times], ["fit time"]
    if comparison.counterparts:
        columns.append(_ratio_column(comparison, order))
        headings.append("ratio")
    return Table(
        [*table.headings, *headings],
        [
            (name, [*cells, *more])
            for (name, cells), *more in zip(table.rows, *columns, strict=True)
        ],
    )


def other_scores(comparison):
    """Return a list with the Table of the metrics that do not lead, if any do not."""
    shown = shown_metrics(comparison)
    others = [each for each in comparison.metrics if each not in shown]
    return [_table(comparison, others)] if others else []


def _table(comparison, metrics):
    """Return the Table of some metrics."""
    summary = comparison.summary()
    order = rows_in_order(comparison)
    columns = [
        _score_column(
            [summary[name][metric.name] for name in order],
            metric,
            order.index(comparison.baseline) if comparison.baseline else None,
        )
        for metric in metrics
    ]
    theirs = comparison.counterparts.values()
    names = ["  sklearn" if name in theirs else name for name in order]
    return Table(
        [metric.label for metric in metrics],
        list(zip(names, map(list, zip(*columns, strict=True)), strict=True)),
    )


def _score_column(entries, metric, baseline):
    """Return the Cells of a metric from the (mean, deviation) of every estimator.

    The row number `baseline` is never marked as the best.
    """
    if metric.is_share:  # the sums of shares have rounding errors
        entries = [
            (0.0 if abs(mean) < _ROUNDING else mean, deviation)
            for mean, deviation in entries
        ]
    known = [mean for mean, _ in entries if not math.isnan(mean)]
    decimals = _decimals(max(map(abs, known), default=1))
    means = [
        mean
        for row, (mean, _) in enumerate(entries)
        if row != baseline and not math.isnan(mean)
    ]
    best = max(means, default=0) if metric.larger_is_better else min(means, default=0)
    shown_best = _format_number(best, decimals)
    return [
        Cell("–")
        if math.isnan(mean)
        else Cell(
            _format_number(mean, decimals),
            _format_deviation(deviation, mean, decimals),
            row != baseline and _format_number(mean, decimals) == shown_best,
        )
        for row, (mean, deviation) in enumerate(entries)
    ]


def _time_column(entries, baseline):
    """Return the Cells of the fit times from (mean, deviation) in seconds."""
    fastest = min(entry.mean for row, entry in enumerate(entries) if row != baseline)
    cells = []
    for row, (mean, deviation) in enumerate(entries):
        unit, scale = ("s", 1) if mean >= 1 else ("ms", 1000)
        digits = 2 if unit == "s" else 1
        decimals = max(0, digits - math.floor(math.log10(max(mean * scale, 0.01))))
        cells.append(
            Cell(
                f"{mean * scale:.{decimals}f}",
                f" {unit}"
                if math.isnan(deviation)
                else f"±{deviation * scale:.{decimals}f} {unit}",
                row != baseline and mean == fastest,
            )
        )
    return cells


def _ratio_column(comparison, order):
    """Return the Cells of scikit-learn's fit time ÷ ours, empty in other rows."""
    ratios = comparison.time_ratios()
    by_counterpart = {
        theirs: ratios[ours] for ours, theirs in comparison.counterparts.items()
    }
    return [
        Cell(_format_ratio(by_counterpart[name]) if name in by_counterpart else "")
        for name in order
    ]


def _format_ratio(ratio):
    """Return a ratio with two or more significant digits, such as '3.4×'."""
    return f"{ratio:.{2 if ratio < 0.995 else 1 if ratio < 9.95 else 0}f}×"


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
    if _needs_exponent(number):
        return f"{number:.1e}".replace("-", "−")
    return f"{number:.{decimals}f}".replace("-", "−")


def _format_deviation(deviation, mean, decimals):
    """Return '±0.012', with the decimals of the mean; '' if there is no deviation."""
    if math.isnan(deviation):
        return ""
    if _needs_exponent(mean) or deviation >= 1e7:
        return f"±{deviation:.1e}".replace("-", "−")
    return f"±{deviation:.{decimals}f}"


def _needs_exponent(number):
    """Return True if a number is too small or too large for fixed decimals."""
    return number != 0 and (abs(number) < 0.0005 or abs(number) >= 1e7)

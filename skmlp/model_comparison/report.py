"""A comparison in words and one table: plain text, or with rich on a terminal."""

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
    """A mean with its deviation, and whether no other in the column is better."""

    mean: str
    deviation: str = ""
    is_best: bool = False

    def text(self, break_before=""):
        """Both on one line, or with the deviation below."""
        return self.mean + (break_before + self.deviation if self.deviation else "")


@dataclass(frozen=True)
class Table:
    """Headings of the columns, and the rows: a name and cells."""

    headings: list[str]
    rows: list[tuple[str, list[Cell]]]


def as_text(comparison, width=WIDTH):
    """The whole report as plain text."""
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
    """The data and the folds, in one line."""
    data, folds = comparison.data, comparison.folds
    classes = f", {data.n_classes} classes" if data.n_classes else ""
    per_repeat = folds.n_folds // folds.n_repeats
    repeats = f", repeated {folds.n_repeats} times" if folds.n_repeats > 1 else ""
    return (
        f"{data.name}: {data.task}, {data.n_rows} rows, {data.n_columns} "
        f"column{'s' * (data.n_columns != 1)}{classes}; {per_repeat} folds{repeats}"
    )


def footnotes(comparison):
    """What the numbers in the table are."""
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
    """The paired differences that the verdict rests on."""
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
    """Comparison -> Table."""
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
    """(mean, deviation) of every estimator -> Cells."""
    means = [entry.mean for entry in entries if not math.isnan(entry.mean)]
    decimals = _decimals(max(map(abs, means), default=1))
    best = max(means, default=0) if metric.larger_is_better else min(means, default=0)
    shown_best = _fixed(best, decimals)
    return [
        Cell("–")
        if math.isnan(mean)
        else Cell(
            _fixed(mean, decimals),
            f"±{_fixed(deviation, decimals)}",
            _fixed(mean, decimals) == shown_best,
        )
        for mean, deviation in entries
    ]


def _time_column(entries):
    """(mean, deviation) in seconds of every estimator -> Cells."""
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
    """How many times as long scikit-learn takes, in the rows that are its own."""
    ratios = comparison.time_ratios()
    by_counterpart = {
        theirs: ratios[ours] for ours, theirs in comparison.counterparts.items()
    }
    return [
        Cell(_times(by_counterpart[name]) if name in by_counterpart else "")
        for name in comparison.scores
    ]


def _times(ratio):
    """A ratio in two digits or more."""
    return f"{ratio:.{2 if ratio < 0.995 else 1 if ratio < 9.95 else 0}f}×"


def _wrapped(text, width):
    """Lines of at most that width; equations and percentages stay whole."""
    glued = re.sub(r" ([=<%]) ?", lambda match: match[0].replace(" ", "\xa0"), text)
    return textwrap.fill(glued, width).replace("\xa0", " ")


def plain_lines(table, width=WIDTH):
    """A table of aligned columns; they stand closer where the width asks for it."""
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
    """A long heading on two lines, a short one on the second."""
    if len(heading) <= _SHORT_HEADING:
        return "", heading
    first, _, last = heading.rpartition(" ")
    return first, last


def _decimals(largest):
    """As many as show three digits or more of the largest mean of a column."""
    if largest < 10:
        return 3
    return max(0, 3 - math.floor(math.log10(largest)))


def _fixed(number, decimals):
    """Fixed decimals, or powers of ten for what they cannot show."""
    is_odd = number != 0 and (abs(number) < 0.0005 or abs(number) >= 1e7)
    text = f"{number:.1e}" if is_odd else f"{number:.{decimals}f}"
    return text if is_odd else text.replace("-", "−")


def verdict(differences, data_name):
    """One plain sentence on what paired differences of one pair amount to."""
    first, second = differences[0].first, differences[0].second
    winners = {difference.better for difference in differences}
    if winners == {None}:
        headline, *others = differences
        findings = [f"difference in {headline.metric} {headline}"]
        findings += [f"{each.metric}: {short_p_value(each.p_value)}" for each in others]
        return (
            f"{_capital(first)} and {second} cannot be told apart on {data_name} "
            f"({'; '.join(findings)})."
        )
    if len(winners) == 1:
        qualities = " and ".join(_quality(each) for each in differences)
        return f"On {data_name}, {winners.pop()} has {qualities}."
    return f"On {data_name}, {', but '.join(map(_clause, differences))}."


def _clause(paired):
    """What one metric says."""
    if paired.better is not None:
        return f"{paired.better} has {_quality(paired)}"
    return (
        f"{paired.first} and {paired.second} cannot be told apart in {paired.metric} "
        f"(difference {paired})"
    )


def _quality(paired):
    """What the better one has."""
    degree = "higher" if paired.larger_is_better else "lower"
    return f"the {degree} {paired.metric} (difference {paired})"


def _capital(text):
    """The first letter of a sentence, unless a word is all capitals already."""
    return text[:1].upper() + text[1:]

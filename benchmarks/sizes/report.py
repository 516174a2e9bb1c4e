"""Print the measurements of "every size" as a table, with a summary below it."""

from dataclasses import asdict
from statistics import median

from benchmarks.units import duration

_WIDTHS = (48, 7, 9, 7, 10)


def header():
    """Return the column heads of the table, below what they mean."""
    lines = (
        "Every size: whole fits and some predictions, processor time on one thread, "
        "medians of alternated runs.",
        "Pairs: ours/scikit-learn's. Objective: ours ÷ scikit-learn's − 1. Slope: the "
        "largest entry of the gradient.",
        "*: the fit warns that it has not converged. ✗: slower, or a worse result.",
    )
    heads = _line("work", "ours", "sk-learn", "faster", "n_iter_") + "  result"
    return "\n".join(("", *lines, heads, "-" * 117))


def row(entry, measured):
    """Return the line of a row."""
    ratio = measured.times_faster
    sides = (measured.ours, measured.theirs)
    counts = "–"
    if sides[0].n_iter is not None and entry.n_predicted is None:
        marks = ("" if side.converged else "*" for side in sides)
        counts = "/".join(
            f"{side.n_iter}{mark}" for side, mark in zip(sides, marks, strict=True)
        )
    cells = _line(
        entry.name,
        *(duration(side.median) for side in sides),
        f"{ratio:.2f}" + ("✗" if ratio < 1 else " "),
        counts,
    )
    return f"{cells}  {measured.quality.text}{'✗' if measured.quality.worse else ''}"


def summary(measured):
    """Return lines that count and rank the ratios of {Row: Measurement}."""
    ratios = {entry: each.times_faster for entry, each in measured.items()}
    slowest = min(ratios, key=ratios.get)
    lines = [
        f"{len(ratios)} rows: {_at_least(ratios, 1.0)} at or above 1.0, "
        f"{_at_least(ratios, 0.9)} at or above 0.9",
        f"slowest {ratios[slowest]:.2f} ({slowest.name}); "
        f"median {median(ratios.values()):.2f}",
    ]
    logistic = [ratio for entry, ratio in ratios.items() if entry.is_logistic_fit]
    if logistic:
        lines[1] += f"; median of LogisticRegression's fits {median(logistic):.2f}"
    worse = [entry.name for entry, each in measured.items() if each.quality.worse]
    lines.append(f"rows with a worse result: {len(worse)}")
    return "\n".join(("", *lines, *(f"  {name}" for name in worse)))


def numbers(measured):
    """Return the numbers of {Row: Measurement} for JSON."""
    return {
        entry.name: asdict(each) | {"times_faster": each.times_faster}
        for entry, each in measured.items()
    }


def _at_least(ratios, limit):
    return sum(ratio >= limit for ratio in ratios.values())


def _line(name, *cells):
    widths = zip(cells, _WIDTHS[1:], strict=True)
    return f"{name:<{_WIDTHS[0]}}" + "".join(f"{c:>{width}}" for c, width in widths)

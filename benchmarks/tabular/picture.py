"""Picture of the records: the gain of every setting on every table."""

import numpy as np
from matplotlib.figure import Figure

from benchmarks.tabular.report import (
    HEADINGS,
    LARGER_IS_BETTER,
    MAIN,
    REFERENCE,
    complete_tables,
    mean_score,
)
from benchmarks.tabular.runs import METRICS

__all__ = ["plot"]

# Colour-blind safe: Okabe and Ito (2008).
_OURS, _THEIRS = "#0072B2", "#8C8C8C"
_LINEAR = 0.05  # gains of this size; the axis is logarithmic beyond


def plot(records, tables, file):
    """Draw the main score of every setting on every table, and save it to a file."""
    complete = {task: complete_tables(records, tables, task) for task in METRICS}
    complete = {
        task: found
        for task, found in complete.items()
        if found and REFERENCE[task] in next(iter(found.values()))
    }
    if not complete:
        raise ValueError(
            "there is nothing to draw: the setting of reference is missing."
        )
    n_rows = [len(next(iter(found.values()))) for found in complete.values()]
    figure = Figure(figsize=(9.5, 1.6 + 0.3 * sum(n_rows)), layout="constrained")
    axes = figure.subplots(
        len(complete), 1, squeeze=False, gridspec_kw={"height_ratios": n_rows}
    )
    for axis, (task, found) in zip(axes[:, 0], complete.items(), strict=True):
        _draw(axis, task, found)
    figure.savefig(file, dpi=120)


def _ticks(smallest, largest):
    """Return 0, and the powers of ten from 0.1 on that lie between two gains."""
    powers = [10.0**k for k in range(-1, 7)]
    negative = [-power for power in reversed(powers) if -power >= smallest]
    return [*negative, 0.0, *(power for power in powers if power <= largest)]


def _draw(axis, task, complete):
    """Draw one task: a row a setting, a point a table, and a bar at the median."""
    metric, reference = MAIN[task], REFERENCE[task]
    sign = 1 if metric in LARGER_IS_BETTER else -1
    gains = {
        key: [
            sign
            * (mean_score(table, key, metric) - mean_score(table, reference, metric))
            for table in complete.values()
        ]
        for key in next(iter(complete.values()))
    }
    order = sorted(gains, key=lambda key: np.median(gains[key]))
    axis.axvline(0, color="0.8", linewidth=1)
    for row, key in enumerate(order):
        colour = _OURS if key.startswith("skmlp") else _THEIRS
        points = {"ms": 4, "alpha": 0.45, "color": colour, "clip_on": False}
        axis.plot(gains[key], [row] * len(gains[key]), "o", **points)
        median = np.median(gains[key])
        axis.plot(median, row, "|", ms=15, mew=3, color=colour)
    axis.set_yticks(range(len(order)), order)
    axis.set_xscale("symlog", linthresh=_LINEAR)
    gained = [gain for values in gains.values() for gain in values]
    ticks = _ticks(min(gained), max(gained))
    axis.set_xticks(ticks, [f"{tick:g}".replace("-", "−") for tick in ticks])
    axis.minorticks_off()
    axis.set_xlabel(f'gain in {HEADINGS[metric]} over "{reference}"; right is better')
    axis.set_title(f"{task}: a point for each of {len(complete)} tables", loc="left")
    axis.spines[["top", "right", "left"]].set_visible(False)

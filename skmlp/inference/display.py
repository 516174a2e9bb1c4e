"""Forest plot of coefficients with their intervals."""

import textwrap

import numpy as np

from skmlp.base.optional import require
from skmlp.base.plotting import COLOURS, INK, MARKERS, PALE, keep_spines

__all__ = ["forest"]

# Names with more characters are wrapped.
_MAX_LINE_LENGTH = 32


def forest(inference, ax, *, level, method, odds, per_deviation):
    """Draw coefficients and intervals of all features; return the axes.

    The first feature is on top.
    """
    require("matplotlib", "a plot")
    import matplotlib.pyplot as plt

    first = int(inference.terms[0] == "intercept")
    names = [_wrapped(name) for name in inference.terms[first:]]
    unit = inference.term_deviations[first:] if per_deviation else np.ones(len(names))
    middle = inference.coefficients[:, first:] * unit
    limits = inference.confidence_intervals(level, method)[:, first:]
    limits = limits * unit[:, np.newaxis]
    if odds:
        middle, limits = np.exp(middle), np.exp(limits)
    n_outputs = len(middle)
    if ax is None:
        n_lines = max(1 + name.count("\n") for name in names)
        height = 1.4 + max(0.32, 0.2 * n_outputs + 0.1, 0.2 * n_lines) * len(names)
        letters = max(len(line) for name in names for line in name.split("\n"))
        size = (max(7, 4.8 + 0.1 * letters), height)
        _, ax = plt.subplots(figsize=size, layout="constrained")
    rows = np.arange(len(names))
    for k, label in enumerate(inference.outputs):
        shift = (k - (n_outputs - 1) / 2) * min(0.22, 0.8 / n_outputs)
        colour = COLOURS[k % len(COLOURS)]
        lower, upper = _with_finite_limits(limits[k])
        ax.hlines(rows + shift, lower, upper, color=colour, linewidth=2)
        ax.plot(
            middle[k],
            rows + shift,
            MARKERS[k % len(MARKERS)],
            color=colour,
            markersize=6,
            label=f"{label} against {inference.reference}",
        )
    ax.axvline(1.0 if odds else 0.0, color=INK, linewidth=1, zorder=0)
    ax.set_yticks(rows, names)
    ax.set_ylim(len(names) - 0.5, -0.5)
    if odds:
        _set_log_scale(ax)
    else:
        ax.locator_params(axis="x", nbins=6)
    ax.grid(axis="x", color=PALE, linewidth=0.6)
    keep_spines(ax, "bottom")
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel(_axis_label(inference, odds, per_deviation))
    if n_outputs > 1:
        ax.legend(
            frameon=False, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=n_outputs
        )
    return ax


def _wrapped(name):
    """Return `name` wrapped into lines of at most _MAX_LINE_LENGTH characters."""
    return "\n".join(textwrap.wrap(name, _MAX_LINE_LENGTH)) or name


def _set_log_scale(ax):
    """Set a logarithmic x axis with ticks at plain numbers.

    The fewer powers of ten it spans, the more ticks there are between them.
    """
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, NullLocator

    ax.set_xscale("log")
    least, most = ax.get_xlim()
    if most > 2.5 * least:
        wide, wider = most > 15 * least, most > 300 * least
        steps = (1,) if wider else (1, 2, 5) if wide else (1, 1.5, 2, 3, 5, 7)
        ax.xaxis.set_major_locator(LogLocator(subs=steps))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(6, steps=(1, 2, 5, 10)))
        ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter(NullFormatter())


def _with_finite_limits(limits):
    """Return lower and upper limits, the infinite ones clipped to the finite ones."""
    finite = limits[np.isfinite(limits)]
    least, most = (finite.min(), finite.max()) if finite.size else (-1.0, 1.0)
    return np.clip(limits, least, most).T


def _axis_label(inference, odds, per_deviation):
    """Return the label of the x axis."""
    what = "odds ratio" if odds else "change of the log-odds"
    if len(inference.classes) == 2:
        what += f" of class {inference.classes[1]}"
    return f"{what} per {'standard deviation' if per_deviation else 'unit'}"

"""Draw the calibration curves of a comparison: what was predicted, what was found."""

import numpy as np

from skmlp.base.plot_layout import dress
from skmlp.base.plotting import inks_on
from skmlp.model_comparison.report import rows_in_order

__all__ = ["curves_of", "draw_curves"]

# Bins with fewer predictions, or a smaller share of them, are not drawn: noise.
_MIN_ROWS, _MIN_SHARE = 10, 0.005


def curves_of(comparison):
    """Return {name: (mean predictions, found means or shares, rows)} of drawn bins."""
    found = {}
    for name in rows_in_order(comparison):
        if name not in comparison.curves:
            continue
        curve = comparison.curves[name]
        least = 1
        if comparison.data.task == "classification":
            least = max(_MIN_ROWS, _MIN_SHARE * curve[0].sum())
        rows, predicted, observed = curve[:, curve[0] >= least]
        if len(rows):
            found[name] = predicted / rows, observed / rows, rows
    return found


def draw_curves(axis, comparison, curves, styles):
    """Draw the curves with their diagonal; return handles and labels of a legend."""
    is_classification = comparison.data.task == "classification"
    inks = inks_on(axis.get_facecolor())
    handles, labels = [], []
    summary = comparison.summary()
    for name, curve in curves.items():
        handles.append(_draw_curve(axis, curve, styles[name], inks))
        labels.append(name)
        if is_classification:
            error = summary[name]["calibration_error"].mean
            labels[-1] = f"{name} ({error:.3f})"
    ends = [end for x, y, _ in curves.values() for end in (x, y)]
    low = min(map(np.min, ends), default=0.5)
    high = max(map(np.max, ends), default=1.0)
    if is_classification:
        # Very good models are close to 1, in a corner of the whole square.
        step = 0.2 if low < 0.3 else 0.1 if low < 0.8 else 0.05
        low = np.floor(min(low, 0.9) / step) * step
        # Limits that end at 1 would cut the markers there.
        limits = (low - 0.04 * (1 - low), 1 + 0.06 * (1 - low))
        ticks = [tick for tick in 1 - step * np.arange(10) if tick > limits[0]]
        axis.set(xticks=ticks, yticks=ticks)
    else:
        margin = 0.06 * (high - low) or 1.0
        limits = (low - margin, high + margin)
        axis.locator_params(nbins=5)
    axis.plot(limits, limits, color=inks.line, lw=1, linestyle=(0, (4, 3)), zorder=0)
    axis.set(xlim=limits, ylim=limits)
    axis.set_aspect("equal", adjustable="box", anchor="N")
    texts = {
        "title": "Calibration by deciles of the prediction",
        "x": "mean prediction in a decile",
        "y": "mean true value in that decile",
    }
    if is_classification:
        texts = {
            "title": "Calibration of the predicted class",
            "x": "mean predicted probability",
            "y": "share of correct predictions",
        }
        if curves and max(len(rows) for *_, rows in curves.values()) == 1:
            texts["title"] = "Nearly all predictions are in one bin of probability"
    dress(axis, grid="both", share=0.9, **texts)
    return handles, labels


def _draw_curve(axis, curve, style, inks):
    """Draw a curve as points and a line; return a handle for the legend."""
    x, y, rows = curve
    line = {"color": style["color"], "linestyle": style.get("linestyle", "-")}
    axis.plot(x, y, linewidth=1.4, alpha=0.8, **line)
    is_hollow = "linestyle" in style
    axis.scatter(
        x,
        y,
        s=18 + 130 * np.sqrt(rows / rows.sum()),
        marker=style["marker"],
        facecolor="none" if is_hollow else style["color"],
        edgecolor=inks.text if is_hollow else style["color"],
        linewidth=0.9,
        alpha=0.9,
        zorder=4 if is_hollow else 3,
    )
    # An empty plot, so that the legend shows line and marker together.
    return axis.plot([], [], linewidth=1.4, markersize=6.5, **style)[0]

"""Arrows of features in a plane, by their correlations with its axes."""

import numpy as np

from skmlp.base.plot_layout import letter_size, short_names
from skmlp.base.plotting import inks_on

__all__ = ["correlations_within", "draw_arrows"]


def draw_arrows(ax, arrows, names):
    """Draw the longest arrows of the features whose names have room.

    `arrows` are their tips (n_features, 2), up to a factor. Returns the drawn arrows,
    and the indices of their features, the longest first.
    """
    inks = inks_on(ax.get_facecolor())
    reach = 0.75 * np.min(np.abs([*ax.get_xlim(), *ax.get_ylim()]))
    reach = max(reach, 2.0) / np.hypot(*arrows.T).max(initial=1e-9)
    width = np.ptp(ax.get_xlim())
    points = letter_size(ax) / 72 * ax.figure.dpi
    letter = 0.62 * points * width / ax.bbox.width
    short = short_names(names, int(np.clip(0.35 * width / letter, 6, 16)))
    line = 1.5 * points * np.ptp(ax.get_ylim()) / ax.bbox.height
    boxes, drawn, shown = [], [], []
    for j in np.argsort(-np.hypot(*arrows.T), kind="stable"):
        tip = reach * arrows[j]
        name = short[j]
        side = 1 if tip[0] >= 0 else -1
        ends = sorted([tip[0], tip[0] + side * letter * (len(name) + 1)])
        low, high = ax.get_xlim()
        box = (*ends, tip[1] - line / 2, tip[1] + line / 2)
        if any(_touch(box, other) for other in boxes) or len(boxes) == 12:
            continue
        if ends[0] < low or ends[1] > high:
            continue
        boxes.append(box)
        shown.append(int(j))
        arrow = {"arrowstyle": "-|>", "color": inks.text, "lw": 1.2}
        arrow |= {"shrinkA": 0, "shrinkB": 0}
        drawn.append(ax.annotate("", tip, (0, 0), arrowprops=arrow, zorder=6))
        ax.text(
            *(tip[0] + side * 0.4 * letter, tip[1], name),
            ha="left" if side > 0 else "right",
            va="center",
            color=inks.text,
            fontsize=letter_size(ax) - 1,
            parse_math=False,
            zorder=7,
            bbox={
                "facecolor": ax.get_facecolor(),
                "alpha": 0.75,
                "edgecolor": "none",
                "pad": 0.8,
            },
        )
    return drawn, shown


def _touch(first, second):
    """Return True if two boxes (left, right, low, high) overlap."""
    a, b = first, second
    return a[0] < b[1] and b[0] < a[1] and a[2] < b[3] and b[2] < a[3]


def correlations_within(X, rows, y):
    """Return the correlations within classes of columns of X with those of `rows`."""
    X, rows = np.array(X, dtype=float), np.array(rows, dtype=float)
    for label in np.unique(y):
        of_class = y == label
        X[of_class] -= X[of_class].mean(axis=0)
        rows[of_class] -= rows[of_class].mean(axis=0)
    lengths = np.outer(np.linalg.norm(X, axis=0), np.linalg.norm(rows, axis=0))
    return np.divide(X.T @ rows, lengths, out=np.zeros_like(lengths), where=lengths > 0)

"""Draw the scores of all folds by estimator, one panel a metric."""

import numpy as np

from skmlp.base.plot_layout import dress, letter_size, short_names
from skmlp.base.plotting import inks_on
from skmlp.base.text import signed
from skmlp.model_comparison.ranking import family
from skmlp.model_comparison.report import rows_in_order, shown_metrics

__all__ = ["draw_scores", "drawn_metrics"]

# The legend of the calibration curves shows the calibration error instead.
_NOT_IN_PANELS = ("calibration_error",)
_MOST_PANELS = 6
# A baseline further from the scores than this many times their range is written only.
_FAR = 0.5


def drawn_metrics(comparison):
    """Return the metrics of the panels: those of the table, then others."""
    leading = shown_metrics(comparison)
    others = [each for each in comparison.metrics if each not in leading]
    return [
        each
        for each in (*leading, *others)
        if each.name not in _NOT_IN_PANELS
        and not all(
            np.isnan(comparison.scores[name][each.name]).all()
            for name in family(comparison)
        )
    ][:_MOST_PANELS]


def draw_scores(axis, comparison, metric, styles, *, letters=28, heading=""):
    """Draw one metric: per estimator a pale dot per fold, and mean ± deviation.

    The names of the estimators, cut to `letters`, are left of the axes (0: no names);
    `heading` is put before the title.
    """
    # The vertical jitter has no meaning; it only keeps the dots apart.
    jitter = np.random.default_rng(0).uniform(-0.22, 0.22, comparison.folds.n_folds)
    order = rows_in_order(comparison)
    far = _far_baseline(comparison, metric)
    inks = inks_on(axis.get_facecolor())
    for row, name in enumerate(order):
        values = comparison.scores[name][metric.name]
        known = ~np.isnan(values)
        missing = "no probabilities" if metric.needs_probabilities else "no score"
        if not known.any() or (name == comparison.baseline and far):
            axis.text(
                *(0.5, row, missing if not known.any() else far),
                transform=axis.get_yaxis_transform(),
                ha="center",
                va="center",
                size=letter_size(axis) - 1,
                style="italic",
                color=inks.soft_text,
            )
            continue
        style = styles[name]
        values, offsets = values[known], row + jitter[known]
        axis.scatter(values, offsets, s=11, color=style["color"], alpha=0.3, lw=0)
        axis.errorbar(
            *(values.mean(), row),
            xerr=values.std(ddof=1) if len(values) > 1 else 0.0,
            markersize=7,
            elinewidth=2,
            capsize=3.5,
            markeredgewidth=1.6,
            zorder=3,
            **style | {"linestyle": "none"},
        )
    axis.set_ylim(len(order) - 0.45, -0.55)
    arrow = "higher is better" if metric.larger_is_better else "lower is better"
    title = f"{heading}{metric.label[0].upper()}{metric.label[1:]}"
    axis.locator_params(axis="x", nbins=4)
    dress(axis, title=title, x=arrow, grid="x", spines=("bottom",), share=0.75)
    labels = short_names(order, letters) if letters else []
    axis.set_yticks(range(len(order)), labels or [""] * len(order), parse_math=False)
    axis.tick_params(axis="y", length=0, labelsize=letter_size(axis))


def _far_baseline(comparison, metric):
    """Return '0.98, further right' for a baseline far from all candidates, else ''.

    Drawn to scale, it would press the candidates together.
    """
    others = [
        scores[metric.name]
        for name, scores in comparison.scores.items()
        if name != comparison.baseline
    ]
    if comparison.baseline is None or np.isnan(others).all():
        return ""
    low, high = np.nanmin(others), np.nanmax(others)
    mean = comparison.summary()[comparison.baseline][metric.name].mean
    reach = _FAR * (high - low)
    if np.isnan(mean) or low - reach <= mean <= high + reach:
        return ""
    side = "left" if mean < low else "right"
    return f"{signed(mean)}, further {side}"

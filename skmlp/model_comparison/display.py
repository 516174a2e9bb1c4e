"""Draw a comparison as a figure: scores of all folds, and calibration curves."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from skmlp.base.optional import require
from skmlp.base.plot_layout import (
    legend_below,
    letters_across,
    outside_inks,
    panels,
    short_names,
)
from skmlp.base.plotting import inks_on, luminance
from skmlp.base.types import Axes, Figure
from skmlp.model_comparison.calibration_panel import curves_of, draw_curves
from skmlp.model_comparison.model_styles import styles_of
from skmlp.model_comparison.report import rows_in_order, sizes
from skmlp.model_comparison.score_panels import draw_scores, drawn_metrics
from skmlp.model_comparison.visible_text import visible_comparison

__all__ = ["ComparisonDisplay", "draw_comparison"]

# Least size of a panel on axes of the user, in inches.
_LEAST_WIDTH, _LEAST_HEIGHT = 2.9, 2.4
# Letters that fit into a line of the legend of a new figure.
_LEGEND_LETTERS = 52
# Letters of a name on a new figure.
_NAME_LETTERS = 28


class ComparisonDisplay:
    """Scores of all folds by estimator and metric, and calibration curves.

    A panel has a pale dot for each fold, and the mean ± standard deviation of each
    estimator. An estimator has one colour and one marker in all figures.

    Parameters
    ----------
    comparison : Comparison
        Result of :func:`compare`.

    Attributes
    ----------
    names : list of str
        Names of the estimators in the order of the rows, with visible letters.
    metrics : list of Metric
        Metrics that have a panel if there is room for all.
    means, deviations : ndarray of shape (n_estimators, n_metrics)
        Mean and sample standard deviation of the scores over the folds; NaN where an
        estimator has no score.
    curves : dict of str to tuple of three ndarray of shape (n_bins,)
        Mean predictions, shares of correct predictions (in a regression the mean true
        values), and numbers of rows, of the bins with enough rows.
    axes_ : list of matplotlib Axes
        Axes of the metrics that are drawn, then those of the curves, if drawn.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    legend_ : matplotlib Legend or None
        Legend of the curves.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp.model_comparison import ComparisonDisplay, compare
    >>> X, y = load_iris(return_X_y=True)
    >>> comparison = compare(X, y, ["LDA", "logistic regression"], cv=3, repeats=1)
    >>> display = ComparisonDisplay(comparison).plot()
    >>> display.names
    ['LDA', 'logistic regression', 'baseline']
    """

    axes_: list[Any]
    figure_: Figure
    legend_: Any

    def __init__(self, comparison: Any) -> None:
        self.comparison = comparison
        self._shown = shown = visible_comparison(comparison)
        self.names = rows_in_order(shown)
        self.metrics = drawn_metrics(shown)
        summary = shown.summary()
        self.means, self.deviations = (
            np.array(
                [
                    [getattr(summary[name][each.name], part) for each in self.metrics]
                    for name in self.names
                ]
            )
            for part in ("mean", "deviation")
        )
        self.curves = curves_of(shown)

    @classmethod
    def from_comparison(cls, comparison: Any, *, ax: Axes | None = None) -> Self:
        """Draw a comparison; needs matplotlib.

        Parameters
        ----------
        comparison : Comparison
            Result of :func:`compare`.
        ax : matplotlib Axes, default=None
            As in :meth:`plot`.

        Returns
        -------
        display : ComparisonDisplay
        """
        return cls(comparison).plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the panels.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to be divided. They hold the first metrics that have room, and the
            curves if there is room for two panels or more. None: a new figure with all
            metrics, with its own canvas: no window opens, and pyplot's state does not
            change.

        Returns
        -------
        display : ComparisonDisplay
            The display itself.
        """
        require("matplotlib", "a plot")
        from matplotlib.text import Text

        self.legend_ = None
        if ax is None:
            self._draw_figure()
        else:
            self._draw_inside(ax)
        self.figure_ = self.axes_[0].figure.figure
        for axis in self.axes_:
            for text in axis.findobj(Text):
                text.set_parse_math(False)  # a name may contain $
        return self

    def _draw_inside(self, ax):
        """Draw the panels that have room on axes of the user."""
        n_columns = max(1, int(ax.bbox.width / ax.figure.dpi / _LEAST_WIDTH))
        n_rows = max(1, int(ax.bbox.height / ax.figure.dpi / _LEAST_HEIGHT))
        n_wanted = len(self.metrics) + bool(self.curves)
        n_rows = min(n_rows, -(-n_wanted // n_columns))
        grid = panels(ax, n_rows, n_columns, ()).ravel()
        with_curve = bool(self.curves) and len(grid) > 1
        metrics = self.metrics[: len(grid) - with_curve]
        heading = f"{self._shown.data.name}: "
        styles = styles_of(self._shown, grid[0].get_facecolor())
        for k, (axis, metric) in enumerate(zip(grid, metrics, strict=False)):
            letters = 0 if k % n_columns else max(12, letters_across(axis, 0.5))
            settings = {"letters": letters, "heading": heading if k == 0 else ""}
            draw_scores(axis, self._shown, metric, styles, **settings)
        self.axes_ = list(grid[: len(metrics)])
        rest = grid[len(metrics) :]
        if with_curve:
            handles = draw_curves(rest[0], self._shown, self.curves, styles)
            lines = 1 + len(rest[0].get_xlabel().splitlines())
            self.legend_ = legend_below(rest[0], *handles, lines=lines, share=0.8)
            self.axes_.append(rest[0])
            rest = rest[1:]
        for axis in rest:
            axis.remove()

    def _draw_figure(self):
        """Draw all panels on a new figure."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure as NewFigure

        comparison, n_panels = self._shown, len(self.metrics)
        n_rows = 2 if n_panels > 3 else n_panels
        n_columns = -(-n_panels // n_rows)
        height = 1.5 + n_rows * max(1.4, 0.34 * len(comparison.scores) + 0.75)
        size = (3.2 * n_columns + 5.2, max(height, 5.0))
        figure = NewFigure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        title, scores_part, curve_part = _subfigures(figure, n_columns)
        _write_title(title, comparison)
        grid = scores_part.subplots(n_rows, n_columns, squeeze=False).ravel()
        styles = styles_of(comparison, grid[0].get_facecolor())
        for k, (axis, metric) in enumerate(zip(grid, self.metrics, strict=False)):
            letters = 0 if k % n_columns else _NAME_LETTERS
            draw_scores(axis, comparison, metric, styles, letters=letters)
        for axis in grid[n_panels:]:
            axis.remove()
        axis = curve_part.subplots()
        handles, labels = draw_curves(axis, comparison, self.curves, styles)
        if handles:
            self.legend_ = _legend(axis, handles, labels, comparison)
        self.axes_ = [*grid[:n_panels], axis]


def draw_comparison(comparison):
    """Return a matplotlib figure of a Comparison, with its own canvas."""
    return ComparisonDisplay(comparison).plot().figure_


def _subfigures(figure, n_columns):
    """Return three subfigures: title (top), scores (left), curves (right)."""
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.08)
    title, body = figure.subfigures(
        2, 1, height_ratios=[0.75, figure.get_figheight() - 0.75]
    )
    scores_part, curve_part = body.subfigures(
        1, 2, width_ratios=[3.2 * n_columns + 0.7, 4.5]
    )
    return title, scores_part, curve_part


def _write_title(part, comparison):
    """Write the name of the data in bold, and below it sizes and folds."""
    page = part.figure.get_facecolor()
    inks = inks_on(page if luminance(page) < 1 else "white")
    settings = {"va": "center", "parse_math": False}
    title = {"size": 16, "weight": "bold", "color": inks.text, **settings}
    part.text(0.012, 0.62, comparison.data.name, **title)
    below = {"size": 10.5, "color": inks.soft_text, **settings}
    part.text(0.012, 0.18, sizes(comparison), **below)


def _legend(axis, handles, labels, comparison):
    """Add a legend below the axes, where it hides no curve."""
    title = None
    if comparison.data.task == "classification":
        title = "calibration error in brackets; larger markers: more rows"
    labels = short_names(labels, _LEGEND_LETTERS)
    beside = 2 * (max(map(len, labels)) + 6) <= _LEGEND_LETTERS
    legend = axis.figure.legend(
        handles,
        # A label that begins with an underscore would not be in the legend; the blank
        # is taken away below.
        [f" {label}" for label in labels],
        loc="outside lower center",
        ncols=2 if beside else 1,
        fontsize=9,
        title=title,
        title_fontsize=8.5,
        frameon=False,
    )
    inks = outside_inks(axis)
    legend.get_title().set_color(inks.soft_text)
    for text in legend.get_texts():
        text.set_text(text.get_text()[1:])
        text.set_color(inks.text)
        text.set_parse_math(False)
    return legend

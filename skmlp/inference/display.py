"""Forest plot of coefficients with their intervals."""

from __future__ import annotations

from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator

from skmlp.base.plot_layout import (
    dress,
    legend_below,
    letter_size,
    letters_across,
    lines_down,
    set_log_scale,
    short_names,
    style_of,
    wrapped,
)
from skmlp.base.plotting import axes_or_new, inks_on
from skmlp.base.text import cut
from skmlp.base.types import Array, ArrayLike, Axes, Figure, MatrixLike
from skmlp.inference.from_estimator import inference_fields
from skmlp.inference.intervals import Method
from skmlp.inference.profile_likelihood import confidence_intervals

__all__ = ["ForestDisplay"]

# Names with more letters are wrapped; of very long ones the beginning is shown.
_LINE_LENGTH, _NAME_LENGTH = 32, 96


class ForestDisplay:
    """Forest plot: estimates of effects and their intervals, one row a feature.

    With more than two classes a row has one estimate for each class but the reference.
    Infinite limits are drawn at the largest finite ones.

    Parameters
    ----------
    features : list of str of length n_features
        Names of the features.
    outputs : list of length n_outputs
        Labels of the classes whose log-odds are meant.
    reference : object
        Label of the class with which they are compared.
    estimates : array-like of shape (n_outputs, n_features)
        Coefficients or odds ratios.
    intervals : array-like of shape (n_outputs, n_features, 2)
        Lower and upper limits of their intervals.
    odds : bool, default=False
        Whether these are odds ratios, which are drawn on a logarithmic scale.
    per_deviation : bool, default=False
        Whether the effects are those of a standard deviation of a feature.
    level : float, default=0.95
        Confidence level of the intervals.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the plot.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    points_ : list of matplotlib Line2D
        Estimates of each output.
    intervals_ : list of matplotlib LineCollection
        Intervals of each output.
    shown_ : ndarray of int
        Indices of the features that are drawn, in the order of the rows.
    legend_ : matplotlib Legend or None
        Legend of the outputs; None if there is only one.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skmlp import LogisticRegression
    >>> from skmlp.inference import ForestDisplay
    >>> X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    >>> X = X[["mean radius", "mean texture", "mean symmetry"]]
    >>> fitted = LogisticRegression(C=np.inf).fit(X, y)
    >>> display = ForestDisplay.from_estimator(fitted, X, y, odds=True)
    >>> display.estimates.round(2)
    array([[0.29, 0.75, 0.  ]])
    """

    ax_: Axes
    figure_: Figure
    points_: list[Any]
    intervals_: list[Any]
    shown_: Array
    legend_: Any

    def __init__(
        self,
        features: list[str],
        outputs: ArrayLike,
        reference: object,
        estimates: ArrayLike,
        intervals: ArrayLike,
        *,
        odds: bool = False,
        per_deviation: bool = False,
        level: float = 0.95,
    ) -> None:
        self.features = list(features)
        self.outputs = list(np.asarray(outputs))
        self.reference = reference
        self.estimates = np.asarray(estimates, dtype=float)
        self.intervals = np.asarray(intervals, dtype=float)
        self.odds, self.per_deviation, self.level = odds, per_deviation, level
        wanted = (len(self.outputs), len(self.features))
        if self.estimates.shape != wanted:
            raise ValueError(
                f"estimates has shape {self.estimates.shape}; expected {wanted}, one "
                "row for each of outputs and one column for each of features."
            )
        if self.intervals.shape != (*wanted, 2):
            raise ValueError(
                f"intervals has shape {self.intervals.shape}; expected {(*wanted, 2)}, "
                "a lower and an upper limit for each of the estimates."
            )

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: MatrixLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        cov: Literal["mle", "robust", "cluster"] = "mle",
        *,
        groups: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        reference: object = None,
        feature_names: list[str] | None = None,
        level: float = 0.95,
        method: Method = "wald",
        odds: bool = False,
        per_deviation: bool = False,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the coefficients of a fitted logistic regression; needs matplotlib.

        Parameters
        ----------
        estimator : LogisticRegression or LogisticRegressionCV
            Estimator of skmlp or scikit-learn, fitted without a penalty (``C=np.inf``)
            or with a ridge penalty.
        X, y, sample_weight, cov, groups, offset, reference, feature_names
            As in :meth:`LogisticInference.from_estimator`: the rows of the fit, the
            kind of the standard errors, and what the effects are compared with.
        level, method, odds, per_deviation
            As in :meth:`LogisticInference.plot`.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; None: those of a new figure.

        Returns
        -------
        display : ForestDisplay

        Raises
        ------
        TypeError, ValueError
            As :meth:`LogisticInference.from_estimator`.
        """
        settings = {"groups": groups, "offset": offset, "reference": reference}
        settings["feature_names"] = feature_names
        fields = inference_fields(estimator, X, y, sample_weight, cov, **settings)
        coefficients, classes = fields["coefficients"], fields["classes"]
        errors = np.sqrt(np.maximum(np.diag(fields["covariance"]), 0))
        found = coefficients, errors.reshape(coefficients.shape), fields["_fit"], cov
        intervals = confidence_intervals(*found, level, method)
        return cls._of_terms(
            fields["terms"],
            classes[classes != fields["reference"]],
            fields["reference"],
            coefficients,
            intervals,
            fields["term_deviations"],
            int(fields["has_intercept"]),
            {"odds": odds, "per_deviation": per_deviation, "level": level},
        ).plot(ax=ax)

    @classmethod
    def from_inference(
        cls,
        inference: Any,
        *,
        level: float = 0.95,
        method: Method = "wald",
        odds: bool = False,
        per_deviation: bool = False,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the coefficients of a LogisticInference; needs matplotlib.

        Parameters
        ----------
        inference : LogisticInference
            Inference that has the coefficients and their standard errors.
        level, method, odds, per_deviation
            As in :meth:`LogisticInference.plot`.
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; None: those of a new figure.

        Returns
        -------
        display : ForestDisplay
        """
        return cls._of_terms(
            inference.terms,
            inference.outputs,
            inference.reference,
            inference.coefficients,
            inference.confidence_intervals(level, method),
            inference.term_deviations,
            int(inference.has_intercept),
            {"odds": odds, "per_deviation": per_deviation, "level": level},
        ).plot(ax=ax)

    @classmethod
    def _of_terms(
        cls,
        terms: list[str],
        outputs: ArrayLike,
        reference: object,
        coefficients: Array,
        intervals: Array,
        deviations: Array,
        first: int,
        settings: dict[str, Any],
    ) -> Self:
        """Return the display of the terms from `first` on, that is, of the features."""
        unit = np.ones(len(terms) - first)
        if settings["per_deviation"]:
            unit = deviations[first:]
        middle = coefficients[:, first:] * unit
        limits = intervals[:, first:] * unit[:, np.newaxis]
        if settings["odds"]:
            with np.errstate(over="ignore"):
                middle, limits = np.exp(middle), np.exp(limits)
        return cls(terms[first:], outputs, reference, middle, limits, **settings)

    def plot(self, ax: Axes | None = None, *, max_features: int | None = None) -> Self:
        """Draw the estimates and their intervals, the first feature on top.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; None: those of a new figure, high enough for all features.
        max_features : int, default=None
            Number of features to draw: those whose estimates are furthest from no
            effect, in widths of their intervals. None: all on a new figure, as many as
            have room on given axes. The label of x says how many.

        Returns
        -------
        display : ForestDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `max_features` is below 1.
        """
        if max_features is not None and max_features < 1:
            raise ValueError(
                f"max_features={max_features!r} must be at least 1, or None for all."
            )
        n_outputs, n_features = self.estimates.shape
        given = ax is not None
        new = axes_or_new(ax, self._size(max_features))
        most = n_features if max_features is None else max_features
        if given and max_features is None:
            most = self._most_rows(new)
        self.shown_ = shown = self._furthest(min(most, n_features))
        self.ax_, self.figure_ = new, new.figure
        self.points_, self.intervals_ = [], []
        rows = np.arange(len(shown))
        for k in range(n_outputs):
            shift = (k - (n_outputs - 1) / 2) * min(0.22, 0.8 / n_outputs)
            style = style_of(k, new.get_facecolor())
            colour, marker, line = style.values()
            lower, upper = _with_finite_limits(self.intervals[k])[:, shown]
            self.intervals_.append(
                new.hlines(rows + shift, lower, upper, color=colour, lw=2, ls=line)
            )
            self.points_ += new.plot(
                *(self.estimates[k, shown], rows + shift, marker),
                color=colour,
                markersize=6 if n_outputs < 5 else 4,
            )
        inks = inks_on(new.get_facecolor())
        new.axvline(1.0 if self.odds else 0.0, color=inks.text, linewidth=1, zorder=0)
        if self.odds:
            set_log_scale(new)
        else:
            new.locator_params(axis="x", nbins=6)
        dress(
            new,
            title=self._title(shown),
            x=self._axis_label(len(shown)),
            grid="x",
            spines=("bottom",),
            share=0.75 if given else 1.0,
        )
        self._name_rows(new, shown, given)
        self.legend_ = None
        if n_outputs > 1:
            title = f"log-odds against {cut(self.reference, 24)}:"
            lines = 1 + len(new.get_xlabel().splitlines())
            found = self.points_, list(map(str, self.outputs))
            self.legend_ = legend_below(
                new, *found, title=title, lines=lines, share=0.75
            )
        return self

    def _size(self, max_features):
        """Return the width and height of a new figure, in inches."""
        names = short_names(self.features, _NAME_LENGTH)
        names = [wrapped(name, _LINE_LENGTH) for name in names]
        n_lines = max(1 + name.count("\n") for name in names)
        n_rows = min(len(names), max_features or len(names))
        n_outputs = len(self.outputs)
        height = 1.4 + max(0.32, 0.2 * n_outputs + 0.1, 0.2 * n_lines) * n_rows
        height += 0.5 if n_outputs > 1 else 0.0
        letters = max(len(line) for name in names for line in name.split("\n"))
        return max(7, 4.8 + 0.1 * letters), max(height, 2.2)

    def _most_rows(self, ax):
        """Return the number of features for which given axes have room."""
        n_outputs = len(self.outputs)
        # Lines of the title, of the labels, and of the legend.
        per_row = max(1.4, 0.45 * n_outputs)
        taken = 3 + (1 + n_outputs / 3 if n_outputs > 1 else 0)
        return max(1, int((1.2 * lines_down(ax) - taken) / per_row))

    def _furthest(self, most):
        """Return the indices of the `most` features furthest from no effect."""
        middle, limits = self.estimates, self.intervals
        if self.odds:
            with np.errstate(divide="ignore", invalid="ignore"):
                middle, limits = np.log(middle), np.log(limits)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.abs(middle) / (limits[..., 1] - limits[..., 0])
        order = np.argsort(-np.nan_to_num(distance.max(axis=0)), kind="stable")
        return np.sort(order[:most])

    def _title(self, shown):
        """Return how many intervals contain no effect."""
        none = 1.0 if self.odds else 0.0
        limits = self.intervals[:, shown]
        clear = (limits[..., 0] > none) | (limits[..., 1] < none)
        what = "odds ratios" if self.odds else "coefficients"
        return (
            f"{clear.sum()} of {clear.size} {what} differ from {none:g} "
            f"({100 * self.level:g} % intervals)"
        )

    def _axis_label(self, n_shown):
        """Return the label of the x axis."""
        what = "odds ratio" if self.odds else "change of the log-odds"
        if len(self.outputs) == 1:
            what += f" of class {self.outputs[0]}"
        what += f" per {'standard deviation' if self.per_deviation else 'unit'}"
        if n_shown < len(self.features):
            what += f" ({n_shown} of {len(self.features)} features, the clearest)"
        return what

    def _name_rows(self, ax, shown, given):
        """Write the names of the features, and give the rows room."""
        width, most = _LINE_LENGTH, _NAME_LENGTH
        if given:
            width = most = min(_LINE_LENGTH, letters_across(ax, 0.4))
        names = short_names([self.features[each] for each in shown], most)
        names = [wrapped(name, width) for name in names]
        ax.set_yticks(np.arange(len(shown)), names, parse_math=False)
        ax.set_ylim(len(shown) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0, labelsize=letter_size(ax))


def _with_finite_limits(limits):
    """Return lower and upper limits, the infinite ones clipped to the finite ones."""
    finite = limits[np.isfinite(limits)]
    least, most = (finite.min(), finite.max()) if finite.size else (-1.0, 1.0)
    return np.clip(limits, least, most).T

"""Scores of rows, densities of the classes, the posterior, and its calibration."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import scipy.special
import scipy.stats
from sklearn.base import BaseEstimator
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    column_or_1d,
)

from skmlp.base.options import use_one_of
from skmlp.base.plot_layout import dress, legend_below, panels, style_of
from skmlp.base.plotting import inks_on
from skmlp.base.text import cut
from skmlp.base.types import Array, ArrayLike, Axes, Figure, MatrixLike

__all__ = ["PosteriorDisplay"]

# Ticks of more rows would hide each other; that many are drawn, evenly spaced.
_MOST_TICKS = 400


class PosteriorDisplay:
    """Scores of two classes, the posterior probability, and its calibration.

    Three panels: the densities of the classes along the score, with the normal
    densities that discriminant analysis assumes; the probability, which is the sigmoid
    of the score, with the rows and the share of the class among rows of about equal
    score; and that share against the mean predicted probability. With more than two
    classes one class is compared with all others, and the score is the log-odds.

    Parameters
    ----------
    scores : array-like of shape (n_samples,)
        Log-odds of the class for every row.
    is_class : array-like of bool, shape (n_samples,)
        Whether a row belongs to the class.
    names : tuple of str, default=('other', 'class')
        Names of the other class or classes, and of the class.
    normal : array-like of shape (3,), default=None
        Means of the scores of the other class and of the class, and their common
        standard deviation, by a model with normal classes.
    n_bins : int, default=10
        Number of bins, which have about equal numbers of rows.

    Attributes
    ----------
    probabilities : ndarray of shape (n_samples,)
        Sigmoids of the scores.
    bin_counts, bin_scores, bin_probabilities, bin_shares : ndarray of shape (n_found,)
        Number of rows, mean score, mean probability and share of the class in each bin
        that has rows.
    calibration_error : float
        Mean over the rows of |bin_shares − bin_probabilities| of their bin.
    n_wrong : int
        Number of rows on the wrong side of a score of 0.
    axes_ : ndarray of matplotlib Axes of shape (3,)
        Axes with the densities, the posterior and the calibration.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    legend_ : matplotlib Legend
        Legend of the classes.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from skmlp import LinearDiscriminantAnalysis
    >>> from skmlp.discriminant_analysis import PosteriorDisplay
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> lda = LinearDiscriminantAnalysis().fit(X, y)
    >>> display = PosteriorDisplay.from_estimator(lda, X, y)
    >>> display.n_wrong
    20
    """

    axes_: Array
    figure_: Figure
    legend_: Any

    def __init__(
        self,
        scores: ArrayLike,
        is_class: ArrayLike,
        names: tuple[str, str] = ("other", "class"),
        *,
        normal: ArrayLike | None = None,
        n_bins: int = 10,
    ) -> None:
        self.scores = np.asarray(scores, dtype=float)
        self.is_class = np.asarray(is_class, dtype=bool)
        self.names = tuple(map(str, names))
        self.normal = None if normal is None else np.asarray(normal, dtype=float)
        self.n_bins = n_bins
        if self.scores.ndim != 1 or self.scores.shape != self.is_class.shape:
            raise ValueError(
                f"scores and is_class have the shapes {self.scores.shape} and "
                f"{self.is_class.shape}; give one number and one bool for each row."
            )
        if not len(self.scores) or not np.all(np.isfinite(self.scores)):
            raise ValueError("scores must be finite numbers of at least one row.")
        if n_bins < 1:
            raise ValueError(f"n_bins={n_bins!r} must be at least 1; 10 is usual.")
        self.probabilities = scipy.special.expit(self.scores)
        edges = np.quantile(self.probabilities, np.linspace(0, 1, n_bins + 1)[1:-1])
        number = np.searchsorted(edges, self.probabilities)
        counts = np.bincount(number, minlength=n_bins)
        found = counts > 0
        self.bin_counts = counts[found]
        self.bin_scores, self.bin_probabilities, self.bin_shares = (
            np.bincount(number, values, minlength=n_bins)[found] / self.bin_counts
            for values in (self.scores, self.probabilities, self.is_class)
        )

    @property
    def calibration_error(self) -> float:
        """Mean over the rows of |share of the class − mean probability| of the bin."""
        gaps = np.abs(self.bin_shares - self.bin_probabilities)
        return float(np.average(gaps, weights=self.bin_counts))

    @property
    def n_wrong(self) -> int:
        """Number of rows on the wrong side of a score of 0."""
        return int(np.count_nonzero((self.scores > 0) != self.is_class))

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: MatrixLike,
        y: ArrayLike,
        *,
        target: object = None,
        n_bins: int = 10,
        ax: Axes | Array | None = None,
    ) -> Self:
        """Draw the scores and probabilities of rows; needs matplotlib.

        Parameters
        ----------
        estimator : LinearDiscriminantAnalysis, LogisticRegression or other classifier
            Fitted classifier of skmlp or scikit-learn that predicts probabilities.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, best others than those of the fit.
        y : array-like of shape (n_samples,)
            Class labels of the rows.
        target : label, default=None
            Class whose probability is drawn; None: the last of ``classes_``.
        n_bins : int, default=10
            Number of bins of the calibration.
        ax : matplotlib Axes or array of three Axes, default=None
            One is divided; None: those of a new figure.

        Returns
        -------
        display : PosteriorDisplay

        Raises
        ------
        TypeError
            If the estimator predicts no probabilities.
        ValueError
            If `target` or a label in `y` is no class of the fit.
        """
        if not hasattr(estimator, "predict_log_proba"):
            raise TypeError(
                f"estimator is a {type(estimator).__name__}, which predicts no "
                "probabilities; give LinearDiscriminantAnalysis, LogisticRegression or "
                "another classifier that has predict_log_proba."
            )
        check_is_fitted(estimator)
        classes = np.asarray(estimator.classes_)
        y = column_or_1d(y)
        check_consistent_length(X, y)
        unknown = np.setdiff1d(y, classes)
        if len(unknown):
            raise ValueError(
                f"y has labels that are no classes of the fit: {unknown}; give rows "
                "of the fitted classes only."
            )
        target = classes[-1] if target is None else target
        place = np.flatnonzero(classes == target)
        if len(place) != 1:
            raise ValueError(
                use_one_of(
                    f"target={target!r} is no class of the fit",
                    list(map(str, classes)),
                    got=target,
                )
            )
        k = int(place[0])
        other = str(classes[1 - k]) if len(classes) == 2 else "all other classes"
        scores, normal = _log_odds(estimator, X, k), None
        if len(classes) == 2 and hasattr(estimator, "priors_"):
            # In each class the score is normal with the variance Δ², and the means
            # differ by Δ².
            of_means = _log_odds(estimator, _like(X, estimator.means_), k)
            gap = np.sqrt(abs(of_means[1] - of_means[0]))
            normal = of_means[1 - k], of_means[k], gap
            normal = normal if gap > 0 else None
        names = other, str(target)
        return cls(scores, y == target, names, normal=normal, n_bins=n_bins).plot(ax=ax)

    def plot(self, ax: Axes | Array | None = None) -> Self:
        """Draw the three panels.

        Parameters
        ----------
        ax : matplotlib Axes or array of three Axes, default=None
            One is divided; None: those of a new figure.

        Returns
        -------
        display : PosteriorDisplay
            The display itself.
        """
        if isinstance(ax, list | tuple | np.ndarray):
            axes = panels(ax, 1, 3, ())[0]
        else:
            left, right = panels(ax, 1, 2, (9, 4.6), width_ratios=(1.15, 1))[0]
            axes = np.append(panels(left, 2, 1, (), height_ratios=(1, 1.2)), right)
        self.axes_, self.figure_ = axes, axes[0].figure
        low, high, n_beyond = self._limits()
        for each in axes[:2]:
            each.set_xlim(low, high)
        self._draw_densities(axes[0], low, high)
        self._draw_posterior(axes[1], low, high, n_beyond)
        self._draw_calibration(axes[2])
        return self

    def _limits(self):
        """Return the limits of the scores, and the number of rows beyond them."""
        low, high = np.quantile(self.scores, (0.01, 0.99))
        margin = 0.25 * (high - low) or 1.0
        low = max(low - margin, self.scores.min() - 0.2 * margin)
        high = min(high + margin, self.scores.max() + 0.2 * margin)
        low, high = min(low, -0.1 * margin), max(high, 0.1 * margin)
        n_beyond = np.count_nonzero((self.scores < low) | (self.scores > high))
        return low, high, n_beyond

    def _draw_densities(self, ax, low, high):
        """Draw histograms of the scores by class, and the normal densities."""
        edges = np.linspace(low, high, 31)
        places = np.linspace(low, high, 300)
        for k in range(2):
            of_class = self.scores[self.is_class == bool(k)]
            style = style_of(k, ax.get_facecolor())
            if len(of_class):
                heights = np.histogram(of_class, edges)[0] / len(of_class)
                heights = heights / (edges[1] - edges[0])
                ax.stairs(heights, edges, fill=True, color=style["color"], alpha=0.35)
                line = "-" if k == 0 else "--"
                ax.stairs(heights, edges, color=style["color"], linewidth=1, ls=line)
            if self.normal is not None:
                density = scipy.stats.norm(self.normal[k], self.normal[2]).pdf(places)
                ax.plot(places, density, color=style["color"], linewidth=2)
        ax.set_ylim(0, None)
        ax.set_yticks([])
        ink = inks_on(ax.get_facecolor()).text
        ax.axvline(0, color=ink, linewidth=0.8, linestyle=":")
        title = f"{self.n_wrong:,} of {len(self.scores):,} rows on the wrong side of 0"
        dress(ax, title=title, y="density", spines=("bottom",))
        ax.tick_params(labelbottom=False)

    def _draw_posterior(self, ax, low, high, n_beyond):
        """Draw the sigmoid of the score, the rows, and the shares of the class."""
        inks = inks_on(ax.get_facecolor())
        places = np.linspace(low, high, 300)
        ax.axvline(0, color=inks.text, linewidth=0.8, linestyle=":")
        handles = []
        for k in range(2):
            style = style_of(k, ax.get_facecolor())
            of_class = np.sort(self.scores[self.is_class == bool(k)])
            step = max(1, len(of_class) // _MOST_TICKS)
            heights = np.full(len(of_class[::step]), 1.12 if k else -0.12)
            settings = {"color": style["color"], "markersize": 6, "alpha": 0.5}
            ax.plot(of_class[::step], heights, "|", **settings)
            settings = {"color": style["color"], "linewidth": 5, "alpha": 0.6}
            handles += ax.plot([], [], ls="-" if k == 0 else (0, (1, 0.4)), **settings)
        handles += ax.plot(places, scipy.special.expit(places), color=inks.text, lw=1.8)
        green = style_of(2, ax.get_facecolor())["color"]
        handles.append(
            ax.errorbar(
                *(self.bin_scores, self.bin_shares, self._errors()),
                fmt="D",
                color=green,
                markersize=4,
                elinewidth=1,
            )
        )
        ax.set(ylim=(-0.25, 1.25), yticks=[0, 0.5, 1])
        beyond = f"; {n_beyond:,} rows are beyond" if n_beyond else ""
        label = f"score (log-odds{beyond})"
        dress(ax, x=label, y=f"P({cut(self.names[1], 12)})")
        labels = [*self.names, "sigmoid", "share in bin"]
        lines = 1 + len(ax.get_xlabel().splitlines())
        self.legend_ = legend_below(ax, handles, labels, lines=lines)

    def _draw_calibration(self, ax):
        """Draw the shares of the class against the mean probabilities of the bins."""
        inks = inks_on(ax.get_facecolor())
        ax.plot([0, 1], [0, 1], color=inks.line, linewidth=1, linestyle="--")
        green = style_of(2, ax.get_facecolor())["color"]
        ax.errorbar(
            *(self.bin_probabilities, self.bin_shares, self._errors()),
            fmt="D-",
            color=green,
            markersize=5,
            elinewidth=1,
        )
        ticks = [0, 0.5, 1]
        limits = (-0.05, 1.05)
        ax.set(xlim=limits, ylim=limits, xticks=ticks, yticks=ticks)
        ax.set_aspect("equal", anchor="N")
        dress(
            ax,
            title=f"Calibration error {self.calibration_error:.3f}",
            x="mean predicted probability",
            y="share of the class",
            grid="both",
        )

    def _errors(self):
        """Return the standard errors of the shares, if the probabilities are true."""
        variance = self.bin_probabilities * (1 - self.bin_probabilities)
        return np.sqrt(variance / self.bin_counts)


def _log_odds(estimator, X, k):
    """Return the log-odds of class k against all others (n_samples,)."""
    if len(estimator.classes_) == 2 and hasattr(estimator, "decision_function"):
        scores = estimator.decision_function(X)
        return scores if k == 1 else -scores
    logs = estimator.predict_log_proba(X)
    return logs[:, k] - scipy.special.logsumexp(np.delete(logs, k, axis=1), axis=1)


def _like(X, rows):
    """Return rows as a data frame with the columns of X, if X is one."""
    if hasattr(X, "columns") and hasattr(X, "iloc"):
        return type(X)(rows, columns=X.columns)
    return rows

"""Rows in the coordinates that separate the class means best."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import scipy.stats
from sklearn.base import BaseEstimator
from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis as SklearnDiscriminantAnalysis,
)
from sklearn.utils.validation import (
    check_is_fitted,
    column_or_1d,
)

from skmlp.base.plot_layout import (
    dress,
    legend_below,
    legend_beside,
    style_of,
)
from skmlp.base.plotting import axes_or_new, inks_on, root_figure
from skmlp.base.rows import dense
from skmlp.base.types import ArrayLike, Axes, Figure, MatrixLike
from skmlp.base.validation import check_X_y, require_estimator
from skmlp.discriminant_analysis.biplot import correlations_within, draw_arrows
from skmlp.discriminant_analysis.predictions import GaussianPredictions

__all__ = ["DiscriminantDisplay"]

# Shares of the rows of a normal class inside the two ellipses.
_SHARES = (0.5, 0.95)
# More classes have their legend beside the axes, and one circle each.
_MANY = 6


class DiscriminantDisplay:
    """Rows, means and ellipses of the classes in canonical coordinates.

    The canonical coordinates are the projections on the discriminant directions, along
    which the class means differ most. The covariance within classes is the identity
    there, so its ellipses are circles: 50 % and 95 % of a normal class lie inside the
    two circles around its mean (with more than six classes there is one, of 50 %).
    With one direction, such as for two classes, the densities of the classes are drawn.

    Parameters
    ----------
    rows : array-like of shape (n_samples, n_directions)
        Canonical coordinates of the rows.
    labels : array-like of shape (n_samples,)
        Class labels of the rows.
    classes : array-like of shape (n_classes,)
        All class labels.
    means : array-like of shape (n_classes, n_directions)
        Canonical coordinates of the class means.
    shares : array-like of shape (n_directions,)
        Share of the variance between classes along each direction.
    structure : array-like of shape (n_features, n_directions), default=None
        Correlations within classes of the features with the coordinates.
    feature_names : list of str, default=None
        Names of the features; None: x0, x1, ...

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the plot.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    arrows_ : list of matplotlib Annotation
        Arrows of a biplot.
    shown_ : list of int
        Indices of the features that have an arrow, the longest first.
    legend_ : matplotlib Legend
        Legend of the classes.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import LinearDiscriminantAnalysis
    >>> from skmlp.discriminant_analysis import DiscriminantDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> lda = LinearDiscriminantAnalysis().fit(X, y)
    >>> display = DiscriminantDisplay.from_estimator(lda, X, y, biplot=True)
    >>> display.ax_.get_title(loc="left")
    'Direction 1 has 99.1 % of the variance between classes'
    """

    ax_: Axes
    figure_: Figure
    arrows_: list[Any]
    shown_: list[int]
    legend_: Any

    def __init__(
        self,
        rows: ArrayLike,
        labels: ArrayLike,
        classes: ArrayLike,
        means: ArrayLike,
        shares: ArrayLike,
        *,
        structure: ArrayLike | None = None,
        feature_names: list[str] | None = None,
    ) -> None:
        self.rows = np.asarray(rows, dtype=float)
        self.labels, self.classes = np.asarray(labels), np.asarray(classes)
        self.means = np.asarray(means, dtype=float)
        self.shares = np.asarray(shares, dtype=float)
        self.structure = None if structure is None else np.asarray(structure, float)
        if self.rows.ndim != 2 or len(self.rows) != len(self.labels):
            raise ValueError(
                f"rows has shape {self.rows.shape}; expected ({len(self.labels)}, "
                "n_directions), one row for each of labels."
            )
        wanted = (len(self.classes), self.rows.shape[1])
        if self.means.shape != wanted:
            raise ValueError(
                f"means has shape {self.means.shape}; expected {wanted}, the class "
                "means in the coordinates of rows."
            )
        n_features = 0 if self.structure is None else len(self.structure)
        default = [f"x{j}" for j in range(n_features)]
        self.feature_names = default if feature_names is None else list(feature_names)
        if self.structure is not None and (
            self.structure.shape != (len(self.feature_names), wanted[1])
        ):
            raise ValueError(
                f"structure has shape {self.structure.shape}; expected "
                f"{(len(self.feature_names), wanted[1])}, one row for each feature."
            )

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        X: MatrixLike,
        y: ArrayLike,
        *,
        biplot: bool = False,
        directions: tuple[int, int] = (0, 1),
        feature_names: list[str] | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw rows in the canonical coordinates of a fit; needs matplotlib.

        Parameters
        ----------
        estimator : LinearDiscriminantAnalysis
            Fitted estimator of skmlp or scikit-learn, with the solver 'svd' or 'eigen'.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows.
        y : array-like of shape (n_samples,)
            Class labels of the rows.
        biplot, directions
            As in :meth:`plot`.
        feature_names : list of str, default=None
            Names of the features; None: those of X in the fit, or x0, x1, ...
        ax : matplotlib Axes, default=None
            Axes to draw on; None: those of a new figure.

        Returns
        -------
        display : DiscriminantDisplay

        Raises
        ------
        TypeError
            If the estimator is no LinearDiscriminantAnalysis.
        ValueError
            If the fit has no directions, or a label in `y` is no class of the fit.
        """
        kinds = GaussianPredictions, SklearnDiscriminantAnalysis
        require_estimator("estimator", estimator, kinds, "LinearDiscriminantAnalysis")
        check_is_fitted(estimator)
        if estimator.solver == "lsqr" or not hasattr(estimator, "transform"):
            raise ValueError(
                "solver='lsqr' computes no directions; fit with solver='svd' or "
                "solver='eigen'."
            )
        y = column_or_1d(y)
        rows = np.asarray(estimator.transform(X))
        unknown = np.setdiff1d(y, estimator.classes_)
        if len(unknown):
            raise ValueError(
                f"y has labels that are no classes of the fit: {unknown}; give rows "
                "of the fitted classes only."
            )
        n_directions = rows.shape[1]
        if n_directions == 0:
            raise ValueError(
                "The class means of the fit are equal, so there is no direction to "
                "draw; fit rows whose classes differ."
            )
        names = feature_names
        if names is None and hasattr(estimator, "feature_names_in_"):
            names = list(estimator.feature_names_in_)
        values, _ = check_X_y(X, y, accept_sparse="csr", dtype=np.float64)
        # `transform` is affine, with these slopes; its values at zero are the rest.
        scalings = np.asarray(estimator.scalings_)[:, :n_directions]
        start = rows[0] - (values[:1] @ scalings)[0]
        return cls(
            rows,
            y,
            estimator.classes_,
            np.asarray(estimator.means_) @ scalings + start,
            np.asarray(estimator.explained_variance_ratio_)[:n_directions],
            structure=correlations_within(dense(values), rows, y),
            feature_names=names,
        ).plot(ax=ax, biplot=biplot, directions=directions)

    def plot(
        self,
        ax: Axes | None = None,
        *,
        biplot: bool = False,
        directions: tuple[int, int] = (0, 1),
    ) -> Self:
        """Draw the plane of two directions, or the densities along the only one.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None: those of a new figure.
        biplot : bool, default=False
            Whether to draw the features as arrows, by their correlations within classes
            with the two directions. The longest arrows whose names have room are drawn.
        directions : tuple of two int, default=(0, 1)
            Directions of the two axes, counted from 0. With one direction they have no
            effect.

        Returns
        -------
        display : DiscriminantDisplay
            The display itself.

        Raises
        ------
        ValueError
            If there is no such direction, or a biplot has no structure or one direction
            only.
        """
        n_directions = self.rows.shape[1]
        if biplot and (self.structure is None or n_directions == 1):
            reason = "one direction" if n_directions == 1 else "no structure"
            raise ValueError(
                f"biplot=True needs two directions and the structure, but there is "
                f"{reason}; set biplot=False."
            )
        pair = [int(each) for each in directions]
        if n_directions > 1 and (
            len(set(pair)) != 2 or not all(0 <= each < n_directions for each in pair)
        ):
            raise ValueError(
                f"directions={directions!r} must be two different numbers from 0 to "
                f"{n_directions - 1}."
            )
        size = (6.4, 5.4 if n_directions > 1 else 3.8)
        self.ax_ = drawn = axes_or_new(ax, size)
        self.figure_ = drawn.figure
        self.arrows_, self.shown_ = [], []
        if n_directions == 1:
            self._draw_densities(drawn)
        else:
            self._draw_plane(drawn, pair, biplot)
        return self

    def _draw_densities(self, ax):
        """Draw a histogram and the normal density of every class."""
        low, high = self.rows.min(), self.rows.max()
        low = min(low, self.means.min() - 3)
        high = max(high, self.means.max() + 3)
        edges, places = np.linspace(low, high, 36), np.linspace(low, high, 400)
        handles = []
        for k, label in enumerate(self.classes):
            style = style_of(k, ax.get_facecolor())
            values = self.rows[self.labels == label, 0]
            if len(values):
                heights = np.histogram(values, edges)[0] / len(values)
                heights = heights / (edges[1] - edges[0])
                ax.stairs(heights, edges, fill=True, color=style["color"], alpha=0.3)
            density = scipy.stats.norm(self.means[k, 0]).pdf(places)
            line = "-" if k % 2 == 0 else "--"
            ax.plot(places, density, color=style["color"], linewidth=2, ls=line)
            top, marker = scipy.stats.norm.pdf(0), style["marker"]
            handles += ax.plot(
                self.means[k], [top], color=style["color"], marker=marker
            )
        ax.set(ylim=(0, None), yticks=[])
        distance = np.ptp(self.means[:, 0])
        title = f"The class means are {distance:.2f} standard deviations apart"
        x = "canonical coordinate (standard deviations within classes)"
        dress(ax, title=title, x=x, y="density", spines=("bottom",))
        self._add_legend(ax, handles)

    def _draw_plane(self, ax, pair, biplot):
        """Draw rows, means and circles of all classes, and the arrows of a biplot."""
        rows, means = self.rows[:, pair], self.means[:, pair]
        angles = np.linspace(0, 2 * np.pi, 181)
        circle = np.column_stack([np.cos(angles), np.sin(angles)])
        size = np.clip(30 / np.sqrt(len(rows)), 1.5, 4.5)
        edge = inks_on(ax.get_facecolor()).text
        handles = []
        for k, label in enumerate(self.classes):
            style = style_of(k, ax.get_facecolor())
            colour, marker, line = style.values()
            of_class = rows[self.labels == label]
            faint = {"markersize": size, "alpha": 0.35, "markeredgewidth": 0}
            ax.plot(*of_class.T, marker, color=colour, **faint)
            for share in self._circles():
                around = means[k] + np.sqrt(scipy.stats.chi2(2).ppf(share)) * circle
                ax.plot(*around.T, color=colour, linewidth=1.3, linestyle=line)
            drawn = {"markersize": 8, "markeredgecolor": edge, "zorder": 5}
            handles += ax.plot(*means[k], marker, color=colour, **drawn)
        ax.set_aspect("equal", adjustable="datalim")
        names = [
            f"direction {each + 1} ({100 * self.shares[each]:.1f} %)" for each in pair
        ]
        first = int(np.argmax(self.shares))
        title = (
            f"Direction {first + 1} has {100 * self.shares[first]:.1f} % of the "
            "variance between classes"
        )
        dress(ax, title=title, x=names[0], y=names[1], grid="both")
        label = ax.get_xlabel()
        if biplot:
            ax.set_xlabel(f"{label}\n ")  # keeps room for the number of arrows
        self._add_legend(ax, handles)
        if biplot:
            root_figure(ax).draw_without_rendering()  # sets limits and sizes
            found = draw_arrows(ax, self.structure[:, pair], self.feature_names)
            self.arrows_, self.shown_ = found
            n_features = len(self.feature_names)
            ax.set_xlabel(
                f"{label}\narrows: {len(self.shown_)} of {n_features} features"
            )

    def _add_legend(self, ax, handles):
        """Add the legend of the classes; their markers are those of the means."""
        lines = 1 + len(ax.get_xlabel().splitlines())
        labels = list(map(str, self.classes))
        if self.rows.shape[1] == 1:
            title = "classes; lines: normal densities"
        else:
            held = " and ".join(f"{100 * share:.0f} %" for share in self._circles())
            title = f"classes; circles hold {held} of a normal class"
        if len(labels) > _MANY:
            self.legend_ = legend_beside(ax, handles, labels, title=title)
        else:
            self.legend_ = legend_below(ax, handles, labels, title=title, lines=lines)

    def _circles(self):
        """Return the shares of a normal class in its circles: one if many classes."""
        return _SHARES[:1] if len(self.classes) > _MANY else _SHARES

"""Decision boundaries of classifiers, and surfaces of regressors, in two dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmlp.base.plot_layout import (
    dress,
    legend_below,
    letter_size,
    letters_across,
    lines_down,
    outside_inks,
    panels,
    short_names,
    style_of,
)
from skmlp.base.plotting import SEQUENTIAL, inks_on, root_figure
from skmlp.base.types import Array, ArrayLike, Axes, Figure
from skmlp.multilayer_perceptron.boundary_grid import (
    MOST_CLASSES,
    ends_inside,
    extent,
    hidden_lines_of,
    like,
    range_of,
    response_of,
)

__all__ = ["BoundaryDisplay"]

_STRONGEST = 0.6  # share of the colour of a class where it is certain


class BoundaryDisplay:
    """Predictions of a model of two features, as areas of colour, with the rows.

    Where a classifier is certain, the colour of the class is strongest; at a boundary
    it fades. Rows have the colour and the marker of their own class. A regressor has
    one scale of colours for its surface and for the targets of the rows.

    Parameters
    ----------
    x0, x1 : array-like of shape (n_columns,) and (n_rows,)
        Values of the two features at the points of the grid, in ascending order.
    response : array-like of shape (n_rows, n_columns, n_classes) or (n_rows, n_columns)
        Probabilities or scores of the classes, or predictions of a regressor.
    classes : list, default=None
        Names of the classes, at most ten; None: a regressor.
    probabilities : bool, default=True
        Whether the response of a classifier holds probabilities; otherwise scores.
    X : array-like of shape (n_samples, 2), default=None
        Rows to draw.
    y : array-like of shape (n_samples,), default=None
        Classes or targets of the rows.
    feature_names : list of str, default=None
        Names of the two features; None: x0 and x1.
    hidden_lines : array-like of shape (n_units, 3), default=None
        For each unit of the first hidden layer, w0, w1 and b of the line
        w0·x0 + w1·x1 + b = 0, at which its input changes sign.

    Attributes
    ----------
    predicted : ndarray of shape (n_rows, n_columns)
        Number of the class predicted at each point; for a regressor, the response.
    image_ : matplotlib AxesImage or QuadMesh
        Areas of colour.
    ax_ : matplotlib Axes
        Axes with the picture.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    points_ : dict
        Artists of the rows, by class; 'all' for a regressor.
    lines_ : list of matplotlib Line2D
        Lines of the hidden units that cross the picture.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from skmlp import MLPClassifier
    >>> from skmlp.multilayer_perceptron import BoundaryDisplay
    >>> X, y = make_moons(200, noise=0.2, random_state=0)
    >>> network = MLPClassifier((8,), solver="lbfgs", random_state=0).fit(X, y)
    >>> display = BoundaryDisplay.from_estimator(network, X, y, hidden_units=True)
    >>> display.response.shape
    (200, 200, 2)
    """

    ax_: Axes
    figure_: Figure
    image_: Any
    points_: dict[Any, Any]
    lines_: list[Any]

    def __init__(
        self,
        x0: ArrayLike,
        x1: ArrayLike,
        response: ArrayLike,
        *,
        classes: Sequence[Any] | None = None,
        probabilities: bool = True,
        X: ArrayLike | None = None,
        y: ArrayLike | None = None,
        feature_names: Sequence[str] | None = None,
        hidden_lines: ArrayLike | None = None,
    ) -> None:
        self.x0, self.x1 = np.asarray(x0, float), np.asarray(x1, float)
        self.response = np.asarray(response, dtype=float)
        self.classes = None if classes is None else list(classes)
        shape: tuple[int, ...] = (len(self.x1), len(self.x0))
        if self.classes is not None:
            if not 2 <= len(self.classes) <= MOST_CLASSES:
                raise ValueError(
                    f"classes has {len(self.classes)} names; from 2 to {MOST_CLASSES} "
                    "can be told apart."
                )
            shape = (*shape, len(self.classes))
        if self.response.shape != shape:
            raise ValueError(
                f"response has shape {self.response.shape}; expected {shape}."
            )
        self.probabilities = probabilities
        self.X = None if X is None else np.asarray(X, dtype=float)
        if self.X is not None and (self.X.ndim != 2 or self.X.shape[1] != 2):
            raise ValueError(f"X has shape {self.X.shape}; expected (n_samples, 2).")
        self.y = None if y is None else np.asarray(y)
        if self.y is not None and (
            self.X is None or self.y.shape != (len(np.atleast_2d(self.X)),)
        ):
            raise ValueError("y must have one value for each row of X.")
        names = ["x0", "x1"] if feature_names is None else list(feature_names)
        if len(names) != 2:
            raise ValueError(f"feature_names has {len(names)} names; give two.")
        self.feature_names = list(map(str, names))
        self.hidden_lines = (
            None if hidden_lines is None else np.asarray(hidden_lines, float)
        )

    @property
    def predicted(self) -> Array:
        """Number of the predicted class of each point, or the response itself."""
        if self.classes is None:
            return self.response
        return np.argmax(self.response, axis=2)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        resolution: int = 200,
        hidden_units: bool = False,
        feature_names: Sequence[str] | None = None,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the predictions of a fitted estimator around rows; needs matplotlib.

        Classifiers are asked for `predict_proba` if they have it, else for
        `decision_function`; regressors for `predict`.

        Parameters
        ----------
        estimator : estimator
            Fitted classifier or regressor of two features, also a pipeline.
        X : array-like of shape (n_samples, 2)
            Rows, which also set the limits of the picture: their range and a tenth.
        y : array-like of shape (n_samples,), default=None
            Classes or targets of the rows; None: rows are drawn without a class.
        resolution : int, default=200
            Number of points of the grid in each direction.
        hidden_units : bool, default=False
            Whether to draw the lines at which the inputs of the units of the first
            hidden layer change sign. Only for a network of skmlp itself.
        feature_names : list of str, default=None
            Names of the two features; None: those of the fit, if it had any.
        ax : matplotlib Axes, default=None
            Axes to draw on; None: those of a new figure.

        Returns
        -------
        display : BoundaryDisplay

        Raises
        ------
        ValueError
            If the rows have not two features, if the estimator predicts several
            targets or has more than ten classes, or if it has no hidden units to draw.
        """
        check_is_fitted(estimator)
        rows = np.asarray(X, dtype=float)
        if rows.ndim != 2 or rows.shape[1] != 2 or not len(rows):
            raise ValueError(
                f"X has shape {rows.shape}; a boundary is drawn for two features. Fit "
                "a model to two columns, such as X[:, :2] or two principal components."
            )
        if resolution < 2:
            raise ValueError(f"resolution={resolution} must be at least 2.")
        lines = hidden_lines_of(estimator) if hidden_units else None
        if feature_names is None:
            feature_names = getattr(estimator, "feature_names_in_", None)
        x0, x1 = (range_of(column, resolution) for column in rows.T)
        grid = np.stack(np.meshgrid(x0, x1), axis=-1).reshape(-1, 2)
        response, classes, certain = response_of(estimator, like(X, grid))
        display = cls(
            *(x0, x1, response.reshape(len(x1), len(x0), *response.shape[1:])),
            classes=classes,
            probabilities=certain,
            X=rows,
            y=y,
            feature_names=feature_names,
            hidden_lines=lines,
        )
        return display.plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the areas, the boundaries, the rows and the lines of hidden units.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None: those of a new figure.

        Returns
        -------
        display : BoundaryDisplay
            The display itself.
        """
        ax = panels(ax, 1, 1, (5.6, 4.8))[0, 0]
        figure: Any = ax.figure
        self.ax_, self.figure_, self.points_, self.lines_ = ax, figure, {}, []
        handles, labels = [], []
        if self.classes is None:
            self._draw_surface(ax)
        else:
            handles, labels = self._draw_classes(ax)
        if self.hidden_lines is not None:
            self._draw_lines(ax)
        ax.set(xlim=(self.x0[0], self.x0[-1]), ylim=(self.x1[0], self.x1[-1]))
        names = short_names(self.feature_names, max(12, letters_across(ax, 0.8)))
        ax.locator_params(nbins=5)
        title = self._title()
        dress(ax, title=title, x=names[0], y=names[1], spines=(), share=0.85)
        ax.set_axisbelow(False)
        if labels:
            legend_below(ax, handles, labels, share=0.9)
        # The label of y must fit into the height that title and legend leave.
        whole: Any = root_figure(ax)
        whole.draw_without_rendering()
        most = max(4, int(2.2 * lines_down(ax)) - 1)
        ax.set_ylabel(short_names([self.feature_names[1]], most)[0], parse_math=False)
        return self

    def _draw_classes(self, ax):
        """Draw areas and rows of all classes; return handles and labels."""
        from matplotlib.colors import to_rgb

        background = ax.get_facecolor()
        styles = [style_of(k, background) for k in range(len(self.classes))]
        colours = np.array([to_rgb(style["color"]) for style in styles])
        strength = _STRONGEST * self._certainty()[..., np.newaxis]
        areas = colours[self.predicted] * strength
        areas += np.array(to_rgb(background)) * (1 - strength)
        self.image_ = ax.imshow(
            areas,
            origin="lower",
            extent=extent(self.x0, self.x1),
            aspect="auto",
            interpolation="nearest",
        )
        self._draw_boundaries(ax)
        edge = inks_on(background).text
        handles = []
        for k, style in enumerate(styles):
            point = {
                "color": style["color"],
                "marker": style["marker"],
                "linestyle": "",
                "markersize": 5,
                "markeredgecolor": edge,
                "markeredgewidth": 0.5,
            }
            rows = np.zeros((0, 2))
            if self.y is not None:
                rows = self.X[self.y == self.classes[k]]
            (points,) = ax.plot(*rows.T, **point)
            self.points_[self.classes[k]] = points
            handles.append(points)
        if self.y is None and self.X is not None:
            (self.points_["all"],) = ax.plot(*self.X.T, ".", color=edge, markersize=3)
        return handles, list(map(str, self.classes))

    def _certainty(self):
        """Return how certain the prediction is at each point, from 0 to 1."""
        if self.probabilities:
            fewest = 1 / len(self.classes)
            return np.clip((self.response.max(axis=2) - fewest) / (1 - fewest), 0, 1)
        ordered = np.sort(self.response, axis=2)
        lead = ordered[..., -1] - ordered[..., -2]
        return lead / (lead.max() or 1.0)

    def _draw_boundaries(self, ax):
        """Draw the lines between the areas of the classes, and the levels of two."""
        line = inks_on(ax.get_facecolor()).text
        if len(self.classes) == 2 and self.probabilities:
            second = self.response[..., 1]
            levels, widths, styles = (0.1, 0.5, 0.9), (0.7, 1.4, 0.7), (":", "-", ":")
            for level, width, style in zip(levels, widths, styles, strict=True):
                if second.min() < level < second.max():
                    ax.contour(
                        *(self.x0, self.x1, second, [level]),
                        colors=[line],
                        linewidths=width,
                        linestyles=style,
                    )
            return
        for k in range(len(self.classes) - (len(self.classes) == 2)):
            others = np.delete(self.response, k, axis=2).max(axis=2)
            lead = self.response[..., k] - others
            if lead.min() < 0 < lead.max():
                ax.contour(
                    *(self.x0, self.x1, lead, [0.0]), colors=[line], linewidths=1.0
                )

    def _draw_surface(self, ax):
        """Draw the predictions of a regressor, with a scale of colours."""
        shown = self.response
        if self.y is not None:
            shown = np.concatenate([shown.ravel(), self.y.astype(float)])
        limits = {"vmin": float(np.min(shown)), "vmax": float(np.max(shown))}
        self.image_ = ax.imshow(
            self.response,
            origin="lower",
            extent=extent(self.x0, self.x1),
            aspect="auto",
            cmap=SEQUENTIAL,
            **limits,
        )
        if self.X is not None:
            colour = {"color": inks_on(ax.get_facecolor()).text}
            if self.y is not None:
                colour = {"c": self.y.astype(float), "cmap": SEQUENTIAL, **limits}
            self.points_["all"] = ax.scatter(
                *self.X.T, s=18, edgecolors="#ffffff", linewidths=0.6, **colour
            )
        inks = outside_inks(ax)
        size = letter_size(ax) - 1
        bar = self.figure_.colorbar(self.image_, ax=ax, aspect=30, pad=0.02)
        bar.set_label("prediction", color=inks.text, fontsize=size)
        bar.ax.tick_params(colors=inks.soft_text, labelsize=max(6.0, size), length=2)
        bar.ax.locator_params(nbins=5)
        bar.outline.set_visible(False)

    def _draw_lines(self, ax):
        """Draw the line of every hidden unit that crosses the picture."""
        colour = inks_on(ax.get_facecolor()).line
        for w0, w1, b in self.hidden_lines:
            ends = ends_inside(w0, w1, b, self.x0, self.x1)
            if ends is not None:
                (line,) = ax.plot(*ends, color=colour, lw=0.8, ls=(0, (5, 3)))
                self.lines_.append(line)

    def _title(self):
        """Return what the picture shows, and how many rows are on the wrong side."""
        if self.classes is None:
            what = "Predictions, and targets of the rows in the same colours"
            return what if self.y is not None else "Predictions"
        values = "Probabilities" if self.probabilities else "Scores"
        text = f"{values} of {len(self.classes)} classes"
        if self.hidden_lines is not None:
            text += f"; {len(self.lines_)} lines of hidden units"
        return text

"""Weights of the first layer, or coefficients, as images or as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from skmlp.base.plot_layout import (
    dress,
    letter_size,
    letters_across,
    lines_down,
    outside_inks,
    panels,
    short_names,
    wrapped,
)
from skmlp.base.plotting import axes_or_new, diverging_on
from skmlp.base.text import counted
from skmlp.base.types import Array, ArrayLike, Axes, Figure

__all__ = ["WeightsDisplay"]


class WeightsDisplay:
    """Weights of the first layer of a network, or coefficients of a linear model.

    With `shape`, the weights of each unit are an image. Otherwise all weights are a
    heat map, with a row per feature and a column per unit. Colours are symmetric about
    zero, and white (on a dark page, black) is zero.

    Parameters
    ----------
    weights : array-like of shape (n_features, n_units)
        Weights from every feature to every unit.
    shape : tuple of int, default=None
        Height and width of the images; their product is the number of features. None:
        a heat map is drawn.
    feature_names : list of str, default=None
        Names of the features, for the heat map; None: x0, x1, and so on.
    unit_names : list of str, default=None
        Names of the units; None: their numbers.

    Attributes
    ----------
    units : ndarray of int
        Numbers of the units that were drawn last: those with the longest vectors of
        weights, in their order.
    features : ndarray of int
        Numbers of the features that were drawn last, chosen in the same way.
    axes_ : ndarray of matplotlib Axes
        Axes of the images, or of the heat map.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    images_ : list of matplotlib AxesImage
        The images, or the heat map alone.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skmlp import LogisticRegression
    >>> from skmlp.multilayer_perceptron import WeightsDisplay
    >>> X, y = load_digits(n_class=3, return_X_y=True)
    >>> model = LogisticRegression().fit(X / 16, y)
    >>> display = WeightsDisplay.from_estimator(model, shape=(8, 8))
    >>> display.unit_names
    ['0', '1', '2']
    """

    units: Array
    features: Array
    axes_: Array
    figure_: Figure
    images_: list[Any]

    def __init__(
        self,
        weights: ArrayLike,
        *,
        shape: tuple[int, int] | None = None,
        feature_names: Sequence[str] | None = None,
        unit_names: Sequence[str] | None = None,
    ) -> None:
        self.weights = np.asarray(weights, dtype=float)
        if self.weights.ndim != 2 or 0 in self.weights.shape:
            raise ValueError(
                f"weights has shape {self.weights.shape}; expected (n_features, "
                "n_units), both at least one."
            )
        n_features, n_units = self.weights.shape
        if shape is not None:
            height, width = shape
            if height * width != n_features:
                raise ValueError(
                    f"shape={tuple(shape)} has {height * width} pixels, but there are "
                    f"{n_features} features; give a height and a width whose product "
                    "is the number of features."
                )
        self.shape = shape
        self.feature_names = _names(
            "feature_names", feature_names, [f"x{k}" for k in range(n_features)]
        )
        self.unit_names = _names("unit_names", unit_names, list(range(n_units)))

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        shape: tuple[int, int] | None = None,
        feature_names: Sequence[str] | None = None,
        max_units: int = 25,
        max_features: int = 30,
        ax: Axes | Array | None = None,
    ) -> Self:
        """Draw the weights of the first layer of a fitted estimator; needs matplotlib.

        Parameters
        ----------
        estimator : estimator of skmlp
            Fitted Perceptron, LinearDiscriminantAnalysis, LogisticRegression,
            MLPClassifier or MLPRegressor.
        shape : tuple of int, default=None
            Height and width of images; None: a heat map.
        feature_names : list of str, default=None
            Names of the features; None: those of the fit, if it had any.
        max_units, max_features : int, default=25 and 30
            Largest number of units, and of features of a heat map, that are drawn:
            those with the longest vectors of weights.
        ax : matplotlib Axes or array of Axes, default=None
            One is divided for images; None: those of a new figure.

        Returns
        -------
        display : WeightsDisplay

        Raises
        ------
        TypeError
            If it is no estimator of skmlp.
        ValueError
            If `shape` does not fit the number of features.
        """
        if isinstance(estimator, type) or not hasattr(estimator, "fitted_network"):
            raise TypeError(
                "estimator must be a fitted estimator of skmlp; got "
                f"{getattr(estimator, '__name__', type(estimator).__name__)}. For a "
                "pipeline, pass its last step."
            )
        weights = estimator.fitted_network().weights
        if feature_names is None:
            feature_names = getattr(estimator, "feature_names_in_", None)
        names = None
        if len(weights) == 1:
            names = _output_names(estimator, weights[0].shape[1])
        display = cls(
            weights[0], shape=shape, feature_names=feature_names, unit_names=names
        )
        return display.plot(ax=ax, max_units=max_units, max_features=max_features)

    def plot(
        self,
        ax: Axes | Array | None = None,
        *,
        max_units: int = 25,
        max_features: int = 30,
    ) -> Self:
        """Draw the images, or the heat map.

        Parameters
        ----------
        ax : matplotlib Axes or array of Axes, default=None
            One is divided for images; None: those of a new figure.
        max_units, max_features : int, default=25 and 30
            Largest number of units, and of features of a heat map, to draw.

        Returns
        -------
        display : WeightsDisplay
            The display itself.
        """
        for name, value in (("max_units", max_units), ("max_features", max_features)):
            if value < 1:
                raise ValueError(f"{name}={value} must be at least 1.")
        self.units = _longest(self.weights.T, max_units)
        if self.shape is None:
            self.features = _longest(self.weights, max_features)
            self._draw_map(ax)
        else:
            self.features = np.arange(len(self.weights))
            self._draw_images(ax)
        return self

    def _limit(self):
        """Return the weight of the strongest colour."""
        shown = np.abs(self.weights[np.ix_(self.features, self.units)])
        return float(np.nanmax(shown, initial=0.0)) or 1.0

    def _draw_images(self, ax):
        """Draw an image for each unit, below a common scale of colours."""
        n = len(self.units)
        columns = int(np.ceil(np.sqrt(n)))
        rows = -(-n // columns)
        if isinstance(ax, list | tuple | np.ndarray):
            rows, columns = n, 1
            whole = np.ravel(np.asarray(ax, dtype=object))[0]
        else:
            size = (max(3.4, 0.8 + 1.1 * columns), 0.8 + 1.15 * rows)
            whole = ax = axes_or_new(ax, size)
        across = letters_across(whole, 0.9)
        axes = panels(ax, rows, columns, (1, 1)).ravel()
        self.axes_, self.figure_, self.images_ = axes[:n], axes[0].figure, []
        limit = self._limit()
        for each, unit in zip(self.axes_, self.units, strict=True):
            self.images_.append(
                each.imshow(
                    self.weights[:, unit].reshape(self.shape),
                    cmap=diverging_on(each.get_facecolor()),
                    vmin=-limit,
                    vmax=limit,
                )
            )
            each.set(xticks=[], yticks=[])
            dress(each, spines=("left", "right", "top", "bottom"))
            for spine in each.spines.values():
                spine.set_linewidth(0.5)
            name = short_names([self.unit_names[unit]], letters_across(each))[0]
            each.set_xlabel(name, parse_math=False, labelpad=2)
        for unused in axes[n:]:
            unused.set_axis_off()
        text, ink = wrapped(self._title("image"), across), outside_inks(whole).text
        # The title is wider than its image: an empty one reserves its height.
        blank = "\n".join(" " for _ in text.split("\n"))
        axes[0].set_title(blank, fontsize=letter_size(whole))
        heading = axes[0].annotate(
            *(text, (0, 1), (0, 6)),
            xycoords="axes fraction",
            textcoords="offset points",
            annotation_clip=False,
            color=ink,
            fontsize=letter_size(whole),
        )
        heading.set_in_layout(False)
        self._add_scale(list(axes))

    def _draw_map(self, ax):
        """Draw the heat map, below which the names of the units stand."""
        n_features, n_units = len(self.features), len(self.units)
        size = (3.4 + 0.28 * n_units, 1.6 + 0.2 * n_features)
        ax = panels(ax, 1, 1, (min(size[0], 11), min(max(size[1], 2.4), 9)))[0, 0]
        self.axes_, self.figure_ = np.array([ax], dtype=object), ax.figure
        limit = self._limit()
        image = ax.imshow(
            self.weights[np.ix_(self.features, self.units)],
            cmap=diverging_on(ax.get_facecolor()),
            vmin=-limit,
            vmax=limit,
            aspect="auto",
            interpolation="nearest",
        )
        self.images_ = [image]
        dress(ax, title=self._title("row"), spines=(), share=0.95)
        size = letter_size(ax) - 1.5
        room = lines_down(ax, 0.95)
        every = -(-n_features // room)
        shown = np.arange(0, n_features, every)
        names = [self.feature_names[k] for k in self.features[shown]]
        names = short_names(names, max(8, letters_across(ax, 0.35)))
        _set_ticks(ax.yaxis, shown, names, size)
        names = [self.unit_names[k] for k in self.units]
        upright = max(map(len, names)) * n_units > letters_across(ax, 0.45)
        every = -(-n_units // max(2, letters_across(ax, 0.3 if upright else 0.5) // 2))
        shown = np.arange(0, n_units, every)
        names = short_names([names[k] for k in shown], max(6, lines_down(ax, 0.6)))
        _set_ticks(ax.xaxis, shown, names, size)
        if upright and max(map(len, names)) > 2:
            ax.tick_params(axis="x", labelrotation=90)
        self._add_scale([ax])

    def _add_scale(self, axes):
        """Add the scale of colours, with few ticks."""
        from matplotlib.ticker import MaxNLocator

        bar = self.figure_.colorbar(self.images_[0], ax=axes, aspect=30, pad=0.02)
        inks = outside_inks(axes[0])
        size = max(6.0, letter_size(axes[0]) - 1)
        bar.set_label("weight", color=inks.text, fontsize=size)
        bar.ax.tick_params(colors=inks.soft_text, labelsize=size, length=2)
        bar.ax.yaxis.set_major_locator(MaxNLocator(4, symmetric=True))
        bar.outline.set_visible(False)

    def _title(self, what):
        """Return what is drawn, and how many units and features are left out."""
        n_features, n_units = self.weights.shape
        units = counted(n_units, "unit")
        if len(self.units) < n_units:
            units = f"{len(self.units)} of {units}, those with the largest weights"
        if what == "image":
            return f"Weights to {units}"
        features = counted(n_features, "feature")
        if len(self.features) < n_features:
            features = f"{len(self.features)} largest of {features}"
        return f"Weights of {features} to {units}"


def _set_ticks(axis, places, names, size):
    """Set ticks with names, which are no formulas."""
    axis.set_ticks(places, names)
    axis.set_tick_params(length=0, labelsize=max(5.0, size))
    for label in axis.get_ticklabels():
        label.set_parse_math(False)


def _names(parameter, names, default):
    """Return names as a list of strings; raise ValueError for another number."""
    names = default if names is None else list(names)
    if len(names) != len(default):
        raise ValueError(
            f"{parameter} has {len(names)} names; give {len(default)}, one for each."
        )
    return list(map(str, names))


def _output_names(estimator, n_outputs):
    """Return the class labels of a model without hidden layers, or None."""
    classes = getattr(estimator, "classes_", None)
    if classes is None or isinstance(classes, list):
        return None
    if n_outputs == 1 and len(classes) == 2:
        return [f"{classes[1]} against {classes[0]}"]
    return list(classes) if len(classes) == n_outputs else None


def _longest(vectors, most):
    """Return the numbers of the longest vectors, at most `most`, in their order."""
    if len(vectors) <= most:
        return np.arange(len(vectors))
    lengths = np.linalg.norm(vectors, axis=1)
    return np.sort(np.argsort(-lengths, kind="stable")[:most])

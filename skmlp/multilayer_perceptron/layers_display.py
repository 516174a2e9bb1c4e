"""Histograms of activations, gradients, weights and their changes, by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from skmlp.base.plot_layout import dress, lines_down, outside_inks, panels, style_of
from skmlp.base.types import Array, ArrayLike, Axes, Figure, MatrixLike
from skmlp.base.validation import require_estimator
from skmlp.multilayer_perceptron.base import MultilayerPerceptron
from skmlp.multilayer_perceptron.layer_values import layer_values

__all__ = ["LayersDisplay"]

_FIRST, _TRAINED = "first weights", "trained"
_QUANTITIES = {
    "activations": "activation",
    "gradients": "dℓ/dz",
    "weights": "weight",
    "updates": "change by training",
}
_N_BINS = 50
_MOST_LAYERS = 12
# Histograms leave out this share of the numbers, in the tails on both sides.
_TAILS = 0.004


class LayersDisplay:
    """Normalised histograms of what the layers of a network hold, by layer.

    As in the figures of Glorot and Bengio (2010), the area below each histogram is
    one. A column of panels has the network with its first weights, as they were drawn
    at random, and another one the trained network. Layers that saturate, or whose
    gradients vanish towards the first layer, are seen here.

    Parameters
    ----------
    values : dict of str to dict
        For each state, 'first weights' and 'trained', the quantities 'activations',
        'gradients', 'weights' and 'updates': lists with an array for each layer, of
        any shape. Layers and states that are missing are not drawn.

    Attributes
    ----------
    densities : dict of tuple to tuple of ndarray
        Edges of the bins (n_bins + 1,) and heights (n_bins,) of each histogram, by
        (state, quantity, number of the layer). Bins of one quantity span the middle
        99.2 % of the numbers of all layers and states; others are left out of the
        picture, but count in the heights.
    axes_ : ndarray of matplotlib Axes of shape (n_quantities, n_states)
        Axes of the panels.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    lines_ : dict of tuple to matplotlib artist
        Histograms by the keys of `densities`.

    References
    ----------
    Glorot, X. and Bengio, Y. (2010). Understanding the difficulty of training deep
    feedforward neural networks. Proceedings of AISTATS, 249-256.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import MLPClassifier
    >>> from skmlp.multilayer_perceptron import LayersDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> settings = {"solver": "lbfgs", "alpha": 0.1, "max_iter": 999}
    >>> network = MLPClassifier((8, 8), random_state=0, **settings).fit(X, y)
    >>> display = LayersDisplay.from_estimator(network, X, y)
    >>> [layer.shape for layer in display.values["trained"]["gradients"]]
    [(150, 8), (150, 8), (150, 3)]
    """

    axes_: Array
    figure_: Figure
    lines_: dict[tuple[str, str, int], Any]

    def __init__(self, values: Mapping[str, Mapping[str, Sequence[ArrayLike]]]) -> None:
        unknown = set(values) - {_FIRST, _TRAINED}
        if unknown or not values:
            raise ValueError(
                f"values has the states {sorted(map(str, values))}; give "
                f"{_FIRST!r}, {_TRAINED!r} or both."
            )
        self.values = {}
        for state, quantities in values.items():
            other = set(quantities) - set(_QUANTITIES)
            if other:
                raise ValueError(
                    f"values[{state!r}] has {sorted(other)}; known quantities are "
                    f"{list(_QUANTITIES)}."
                )
            self.values[state] = {
                name: [np.asarray(layer, dtype=float) for layer in layers]
                for name, layers in quantities.items()
            }
        self.densities: dict[tuple[str, str, int], tuple[Array, Array]] = {}
        for name in _QUANTITIES:
            self._count(name)

    def _count(self, name):
        """Compute the histograms of one quantity, with equal bins."""
        arrays = {
            (state, name, number): layer.ravel()[np.isfinite(layer.ravel())]
            for state, own in self.values.items()
            for number, layer in enumerate(own.get(name, ()))
        }
        arrays = {key: numbers for key, numbers in arrays.items() if len(numbers)}
        if not arrays:
            return
        # The range of every layer counts alike, however many numbers it has.
        tails = [np.quantile(each, (_TAILS, 1 - _TAILS)) for each in arrays.values()]
        low, high = np.min(tails), np.max(tails)
        if low == high:
            low, high = low - 0.5, high + 0.5
        edges = np.linspace(low, high, _N_BINS + 1)
        for key, numbers in arrays.items():
            counts, _ = np.histogram(numbers, edges)
            heights = counts / (len(numbers) * (edges[1] - edges[0]))
            self.densities[key] = (edges, heights)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: MatrixLike,
        y: ArrayLike,
        *,
        first_weights: bool = True,
        ax: Axes | Array | None = None,
    ) -> Self:
        """Draw the layers of a fitted network; needs matplotlib.

        Nothing is trained: the first weights are drawn again, from `random_state` and
        by `weight_init`, as `initialize` does. The gradients are those of the loss of
        each row of X, without penalty, weights of rows or dropout, with respect to the
        inputs z of the units: dℓ/dz, computed by back-propagation in the units of y.
        The updates are the trained weights minus the first ones.

        Parameters
        ----------
        estimator : MLPClassifier or MLPRegressor
            Fitted network with at least one hidden layer.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows for which activations and gradients are computed: the training rows,
            or some of them. For the first weights of a classifier, y must have all
            classes.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets of the rows.
        first_weights : bool, default=True
            Whether to draw the first weights and the updates, too.
        ax : matplotlib Axes or array of Axes, default=None
            One is divided; an array has four axes for each state, row by row. None:
            those of a new figure.

        Returns
        -------
        display : LayersDisplay

        Raises
        ------
        ValueError
            If there is no hidden layer, or if the first weights are not known:
            `random_state` is no int, `n_init` is above 1, or `warm_start` is set.
        """
        require_estimator(
            "estimator", estimator, MultilayerPerceptron, "network of skmlp"
        )
        check_is_fitted(estimator, "coefs_")
        if not estimator.fitted_network().network.activations:
            raise ValueError(
                "estimator has no hidden layer; give a network with hidden layers."
            )
        values = {}
        if first_weights:
            values[_FIRST] = layer_values(_with_first_weights(estimator, X, y), X, y)
        values[_TRAINED] = layer_values(estimator, X, y)
        if first_weights:
            values[_TRAINED]["updates"] = [
                after - before
                for after, before in zip(
                    values[_TRAINED]["weights"], values[_FIRST]["weights"], strict=True
                )
            ]
        return cls(values).plot(ax=ax)

    def plot(self, ax: Axes | Array | None = None) -> Self:
        """Draw the histograms: a row for each quantity, a column for each state.

        Parameters
        ----------
        ax : matplotlib Axes or array of Axes, default=None
            One is divided; None: those of a new figure.

        Returns
        -------
        display : LayersDisplay
            The display itself.
        """
        states = [state for state in (_FIRST, _TRAINED) if state in self.values]
        named = {name for _, name, _ in self.densities}
        rows = [name for name in _QUANTITIES if name in named]
        n_layers = 1 + max(number for _, _, number in self.densities)
        if n_layers > _MOST_LAYERS:
            raise ValueError(
                f"There are {n_layers} layers; the lines of at most {_MOST_LAYERS} can "
                "be told apart. Give the display the values of some layers."
            )
        size = (2.2 + 2.6 * len(states), 0.6 + 1.5 * len(rows))
        grid = panels(ax, len(rows), len(states), size)
        self.axes_, self.figure_, self.lines_ = grid, grid[0, 0].figure, {}
        empty = None
        for row, name in enumerate(rows):
            for column, state in enumerate(states):
                each = grid[row, column]
                if not any(key[:2] == (state, name) for key in self.densities):
                    each.set_axis_off()
                    empty = each
                    continue
                self._draw(each, state, name)
                title = state.capitalize() if row == 0 else ""
                y = "density" if column == 0 or empty is not None else ""
                dress(each, title=title, x=_QUANTITIES[name], y=y)
                each.xaxis.labelpad = 1
        self._name_layers(grid[0, -1] if empty is None else empty, n_layers, empty)
        return self

    def _draw(self, ax, state, name):
        """Draw the histograms of all layers into one panel."""
        from matplotlib.ticker import MaxNLocator

        for key, (edges, heights) in self.densities.items():
            if key[:2] != (state, name):
                continue
            style = style_of(key[2], ax.get_facecolor())
            self.lines_[key] = ax.stairs(
                heights,
                edges,
                color=style["color"],
                linestyle=("-", "--", "-.", ":")[key[2] % 4],
                linewidth=1.4,
            )
        # One layer whose numbers are nearly all equal must not flatten the others.
        peaks = [
            heights.max()
            for key, (_, heights) in self.densities.items()
            if key[:2] == (state, name)
        ]
        ax.set_ylim(0, 1.05 * min(max(peaks), 4 * float(np.median(peaks))))
        ax.xaxis.set_major_locator(MaxNLocator(4))
        ax.yaxis.set_major_locator(MaxNLocator(max(1, min(3, lines_down(ax, 0.4)))))

    def _name_layers(self, ax, n_layers, empty):
        """Write the legend of the layers: into the empty panel, or beside the first."""
        handles, labels = [], []
        for number in range(n_layers):
            handle = next(line for key, line in self.lines_.items() if key[2] == number)
            handles.append(handle)
            last = number == n_layers - 1 and number > 0
            labels.append("output layer" if last else f"layer {number + 1}")
        place = {"loc": "upper left", "bbox_to_anchor": (1.02, 1.0)}
        if empty is not None:
            place = {"loc": "center"}
        per_column = max(1, lines_down(ax, 0.7))
        legend = ax.legend(
            handles,
            labels,
            **place,
            frameon=False,
            fontsize=6.5,
            borderaxespad=0,
            ncols=1 if empty is None else -(-n_layers // per_column),
            handlelength=1.6,
            columnspacing=0.8,
        )
        for text in legend.get_texts():
            text.set_color(outside_inks(ax).text)


def _with_first_weights(estimator, X, y):
    """Return a copy of the network with the weights that its fit began with."""
    reasons = {
        "random_state": not isinstance(estimator.random_state, Integral),
        "n_init": estimator.n_init > 1,
        "warm_start": estimator.warm_start,
    }
    for name, unknown in reasons.items():
        if unknown:
            raise ValueError(
                f"{name}={getattr(estimator, name)!r}: the first weights of this fit "
                "cannot be drawn again. Fit with an int as random_state, n_init=1 and "
                "warm_start=False, or use first_weights=False."
            )
    first = clone(estimator).initialize(X, y)
    classes = getattr(estimator, "classes_", None)
    if classes is not None and not _equal(first.classes_, classes):
        raise ValueError(
            "y has not all classes of the fit, so the first weights would have another "
            "shape; give rows of all classes, or use first_weights=False."
        )
    shapes = [w.shape for w in first.coefs_], [w.shape for w in estimator.coefs_]
    if shapes[0] != shapes[1]:
        raise ValueError(
            "The parameters of the estimator have changed since its fit, so its first "
            "weights are not known; fit again, or use first_weights=False."
        )
    if hasattr(estimator, "_targets"):  # numeric targets may have a scale of all rows
        first._targets = estimator._targets
    return first


def _equal(ours, theirs):
    """Return True if two sets of classes, or lists of such, are equal."""
    if isinstance(ours, list):
        return all(map(np.array_equal, ours, theirs))
    return np.array_equal(ours, theirs)

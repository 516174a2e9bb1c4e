"""Units and weights of a small network, as circles and lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from skmlp.base.plot_layout import (
    dress,
    label_ends,
    letter_size,
    letters_across,
    lines_down,
    panels,
    short_names,
)
from skmlp.base.plotting import colours_on, inks_on
from skmlp.base.text import counted
from skmlp.base.types import ArrayLike, Axes, Figure

__all__ = ["NetworkDisplay"]


class NetworkDisplay:
    """Layers, units and weights of a network.

    Each weight is a line between two units: the wider, the larger its absolute value;
    solid if it is positive, dashed and of another colour if it is negative. Weights
    that are zero have no line. Intercepts are not drawn.

    Parameters
    ----------
    weights : list of array-like of shape (fan_in, fan_out)
        Weights of every layer, from the inputs to the outputs.
    input_names, output_names : list of str, default=None
        Names of the features and of the outputs; None: x0, x1, … and ŷ0, ŷ1, …
    layer_names : list of str, default=None
        Names of all layers of units, from the inputs to the outputs; None: 'inputs',
        'hidden 1', and so on, and 'outputs'.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the picture.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    places : list of ndarray of shape (n_units, 2)
        Places of the units of each layer.
    lines_ : list of matplotlib LineCollection
        Lines of each layer of weights, in the order of the weights that are not zero,
        row by row.
    units_ : list of matplotlib Line2D
        Circles of each layer.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import MLPClassifier
    >>> from skmlp.multilayer_perceptron import NetworkDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> network = MLPClassifier((5,), solver="lbfgs", random_state=0).fit(X, y)
    >>> display = NetworkDisplay.from_estimator(network)
    >>> [len(places) for places in display.places]
    [4, 5, 3]
    """

    ax_: Axes
    figure_: Figure
    lines_: list[Any]
    units_: list[Any]

    def __init__(
        self,
        weights: Sequence[ArrayLike],
        *,
        input_names: Sequence[str] | None = None,
        output_names: Sequence[str] | None = None,
        layer_names: Sequence[str] | None = None,
    ) -> None:
        self.weights = [np.asarray(each, dtype=float) for each in weights]
        shapes = [each.shape for each in self.weights]
        if not shapes or any(len(shape) != 2 or 0 in shape for shape in shapes):
            raise ValueError(
                f"weights has the shapes {shapes}; give an array (fan_in, fan_out) for "
                "each layer."
            )
        sizes = [shapes[0][0], *(shape[1] for shape in shapes)]
        if [shape[0] for shape in shapes] != sizes[:-1]:
            raise ValueError(
                f"weights has the shapes {shapes}; the fan_in of each layer must be "
                "the fan_out of the layer before it."
            )
        hidden = [f"hidden {k}" for k in range(1, len(shapes))]
        self.input_names = _names("input_names", input_names, sizes[0], "x")
        self.output_names = _names("output_names", output_names, sizes[-1], "ŷ")
        defaults = ["inputs", *hidden, "outputs"]
        self.layer_names = defaults if layer_names is None else list(layer_names)
        if len(self.layer_names) != len(defaults):
            raise ValueError(
                f"layer_names has {len(self.layer_names)} names; give {len(defaults)}."
            )
        self.places = [
            np.column_stack([np.full(n, float(layer)), _heights(n)])
            for layer, n in enumerate(sizes)
        ]

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        feature_names: Sequence[str] | None = None,
        max_units: int = 32,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the network of a fitted estimator; needs matplotlib.

        Parameters
        ----------
        estimator : estimator of skmlp
            Fitted MLPClassifier or MLPRegressor. A linear classifier is a network
            without hidden layers.
        feature_names : list of str, default=None
            Names of the features; None: those of the fit, if it had any.
        max_units : int, default=32
            Largest number of units of a layer, or of features, that is drawn.
        ax : matplotlib Axes, default=None
            Axes to draw on; None: those of a new figure.

        Returns
        -------
        display : NetworkDisplay

        Raises
        ------
        TypeError
            If it is no estimator of skmlp.
        ValueError
            If a layer has more than `max_units` units.
        """
        if isinstance(estimator, type) or not hasattr(estimator, "fitted_network"):
            raise TypeError(
                "estimator must be a fitted estimator of skmlp; got "
                f"{getattr(estimator, '__name__', type(estimator).__name__)}. For a "
                "pipeline, pass its last step."
            )
        fitted = estimator.fitted_network()
        sizes = fitted.network.layer_sizes
        if max(sizes) > max_units:
            raise ValueError(
                f"A layer has {max(sizes)} units or features, but at most max_units="
                f"{max_units} are drawn, as more lines cannot be told apart. Fit a "
                "smaller network, raise max_units, or use WeightsDisplay."
            )
        if feature_names is None:
            feature_names = getattr(estimator, "feature_names_in_", None)
        classes = getattr(estimator, "classes_", None)
        outputs = None
        if classes is not None and not isinstance(classes, list):
            outputs = list(classes) if len(classes) == sizes[-1] else None
            if sizes[-1] == 1 and len(classes) == 2:
                outputs = [classes[1]]
        kinds = [getattr(each, "name", "own") for each in fitted.network.activations]
        names = [f"hidden {k + 1}: {kind}" for k, kind in enumerate(kinds)]
        display = cls(
            fitted.weights,
            input_names=feature_names,
            output_names=outputs,
            layer_names=["inputs", *names, "outputs"],
        )
        return display.plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the lines, the units and the names.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None: those of a new figure.

        Returns
        -------
        display : NetworkDisplay
            The display itself.
        """
        most = max(map(len, self.places))
        size = (3.4 + 1.3 * len(self.weights), float(np.clip(1.6 + 0.24 * most, 3, 8)))
        ax = panels(ax, 1, 1, size)[0, 0]
        figure: Any = ax.figure
        self.ax_, self.figure_, self.lines_, self.units_ = ax, figure, [], []
        largest = max(float(np.abs(each).max()) for each in self.weights) or 1.0
        for layer in range(len(self.weights)):
            self._draw_weights(ax, layer, largest)
        inks = inks_on(ax.get_facecolor())
        diameter = float(np.clip(110 / most, 3.5, 11))
        for places in self.places:
            (circles,) = ax.plot(
                *places.T,
                "o",
                color=ax.get_facecolor(),
                markeredgecolor=inks.text,
                markersize=diameter,
                zorder=3,
            )
            self.units_.append(circles)
        ax.set(xlim=(-0.12, len(self.weights) + 0.12), ylim=(-0.04, 1.04))
        dress(ax, title=self._title(largest), spines=(), share=0.9)
        self._name_inputs_and_layers(ax)
        ends = self.places[-1][:, 1]
        colours = [inks.text] * len(ends)
        label_ends(ax, ends, self.output_names, colours, share=0.25)
        return self

    def _draw_weights(self, ax, layer, largest):
        """Draw the lines of one layer of weights, the largest ones on top."""
        from matplotlib.collections import LineCollection

        weights = self.weights[layer]
        sources, targets = np.nonzero(weights)
        values = weights[sources, targets]
        share = np.abs(values) / largest
        starts, ends = self.places[layer][sources], self.places[layer + 1][targets]
        negative, positive = colours_on(ax.get_facecolor())[:2]
        lines = LineCollection(
            list(np.stack([starts, ends], axis=1)),
            colors=[positive if value > 0 else negative for value in values],
            linestyles=["-" if value > 0 else (0, (4, 2)) for value in values],
            linewidths=0.2 + 3.3 * share,
            alpha=0.25 + 0.75 * share,
            zorder=1,
        )
        ax.add_collection(lines)
        self.lines_.append(lines)

    def _name_inputs_and_layers(self, ax):
        """Set the names of inputs and layers as tick labels."""
        size = letter_size(ax) - 1
        heights = self.places[0][:, 1]
        every = -(-len(heights) // lines_down(ax, 0.85))
        names = short_names(self.input_names[::every], max(8, letters_across(ax, 0.3)))
        ax.set_yticks(heights[::every], names)
        width = max(4, int(0.7 * letters_across(ax) / len(self.layer_names)) - 1)
        names = [name.replace(": ", "\n") for name in self.layer_names]
        names = ["\n".join(line[:width] for line in n.split("\n")) for n in names]
        ax.set_xticks(range(len(self.layer_names)), names)
        ax.tick_params(length=0, labelsize=max(5.5, size))
        for label in (*ax.get_yticklabels(), *ax.get_xticklabels()):
            label.set_parse_math(False)

    def _title(self, largest):
        """Return how many weights there are, and what the widest line stands for."""
        n_weights = sum(each.size for each in self.weights)
        return (
            f"{counted(n_weights, 'weight')}: solid if positive, dashed if negative; "
            f"the widest is {largest:.2g}"
        )


def _heights(n):
    """Return the heights of n units, from the top, centred between 0 and 1."""
    if n == 1:
        return np.array([0.5])
    reach = min(1.0, 0.22 * (n - 1))
    return 0.5 + reach * np.linspace(0.5, -0.5, n)


def _names(parameter, names, n, letter):
    """Return names as a list of strings; raise ValueError for another number."""
    if names is None:
        return [letter] if n == 1 else [f"{letter}{k}" for k in range(n)]
    names = list(map(str, names))
    if len(names) != n:
        raise ValueError(f"{parameter} has {len(names)} names; give {n}.")
    return names

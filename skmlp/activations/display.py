"""Picture of activations and their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from skmlp.activations.base import Activation
from skmlp.base.derivative_check import is_pair
from skmlp.base.plot_layout import dress, letters_across, outside_inks, panels
from skmlp.base.plotting import colours_on, inks_on
from skmlp.base.text import cut
from skmlp.base.types import Array, Axes, Figure
from skmlp.graph.user_functions import name_of

__all__ = ["ActivationsDisplay"]

_MOST_PANELS = 24
_N_POINTS = 401

Choice = str | Activation | Callable[..., Any] | tuple[Any, Any]


class ActivationsDisplay:
    """Activations σ and their derivatives dσ/dz, one panel for each.

    Parameters
    ----------
    z : ndarray of shape (n_points,)
        Inputs of the units, in ascending order.
    values : dict of str to ndarray of shape (n_points,)
        Outputs σ(z) by the name of the activation.
    derivatives : dict of str to ndarray of shape (n_points,)
        Derivatives dσ/dz by the same names.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes of shape (n_activations,)
        Axes in the order of the names.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    lines_ : dict of tuple to matplotlib Line2D
        Lines by (name, 'value') and (name, 'derivative').

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.activations import ActivationsDisplay
    >>> display = ActivationsDisplay.from_activations(["tanh", np.sin])
    >>> list(display.values)
    ['tanh', 'sin']
    """

    axes_: Array
    figure_: Figure
    lines_: dict[tuple[str, str], Any]

    def __init__(
        self, z: Array, values: Mapping[str, Array], derivatives: Mapping[str, Array]
    ) -> None:
        self.z = np.asarray(z, dtype=float)
        self.values, self.derivatives = dict(values), dict(derivatives)
        if self.z.ndim != 1 or len(self.z) < 2 or not np.isfinite(self.z).all():
            raise ValueError(
                f"z has shape {self.z.shape}; expected at least two finite numbers, "
                "such as numpy.linspace(-4, 4, 401)."
            )
        if list(self.values) != list(self.derivatives):
            raise ValueError("derivatives must have the names that values has.")
        if not 1 <= len(self.values) <= _MOST_PANELS:
            raise ValueError(
                f"activations: {len(self.values)} are given; give from 1 to "
                f"{_MOST_PANELS} for one figure."
            )
        for name in self.values:
            for curve in (self.values[name], self.derivatives[name]):
                if np.shape(curve) != self.z.shape:
                    raise ValueError(
                        f"the values of {name!r} have shape {np.shape(curve)}; "
                        f"expected that of z, {self.z.shape}."
                    )

    @classmethod
    def from_activations(
        cls,
        activations: Choice | Sequence[Choice] | Mapping[str, Choice] | None = None,
        *,
        z: Array | None = None,
        ax: Axes | Array | None = None,
    ) -> Self:
        """Draw activations and the derivatives that networks use; needs matplotlib.

        Parameters
        ----------
        activations : name, Activation, function, pair, list or dict, default=None
            What the parameter `activation` of a network takes: names, objects,
            functions of NumPy, pairs (σ, dσ/dz); or a list of them, or a dict with
            names for the panels. None: all activations of the package.
        z : array-like of shape (n_points,), default=None
            Inputs of the units; None: 401 numbers from −4 to 4.
        ax : matplotlib Axes or array of Axes, default=None
            One is divided; None: those of a new figure.

        Returns
        -------
        display : ActivationsDisplay

        Raises
        ------
        ValueError
            If a name is unknown, or a function is no activation.
        """
        if activations is None:
            activations = list(Activation.table)
        if isinstance(activations, Mapping):
            chosen = dict(activations)
        else:
            several = isinstance(activations, list | tuple) and not is_pair(activations)
            choices: Any = activations if several else [activations]
            chosen = {}
            for each in choices:
                name = first = _label(each)
                number = 1
                while name in chosen:
                    number += 1
                    name = f"{first} ({number})"
                chosen[name] = each
        points = np.linspace(-4, 4, _N_POINTS) if z is None else np.asarray(z, float)
        values, derivatives = {}, {}
        for name, each in chosen.items():
            a, pullback = Activation.resolve(each).forward(points.reshape(1, -1))
            values[name] = np.array(a[0])
            derivatives[name] = np.array(pullback(np.ones_like(a))[0])
        return cls(points, values, derivatives).plot(ax=ax)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        z: Array | None = None,
        ax: Axes | Array | None = None,
    ) -> Self:
        """Draw the activations of the hidden layers of a fitted network.

        Parameters
        ----------
        estimator : MLPClassifier or MLPRegressor
            Fitted network.
        z : array-like of shape (n_points,), default=None
            Inputs of the units; None: 401 numbers from −4 to 4.
        ax : matplotlib Axes or array of Axes, default=None
            One is divided; None: those of a new figure.

        Returns
        -------
        display : ActivationsDisplay

        Raises
        ------
        ValueError
            If the network has no hidden layer.
        """
        if not hasattr(estimator, "fitted_network"):
            raise TypeError(
                f"estimator is of type {type(estimator).__name__}; give a fitted "
                "MLPClassifier or MLPRegressor of skmlp."
            )
        found: tuple[Activation, ...] = estimator.fitted_network().network.activations
        if not found:
            raise ValueError(
                "estimator has no hidden layer, thus no activation; give a network "
                "with hidden layers."
            )
        by_name: dict[str, Choice] = {}
        for activation in found:
            by_name.setdefault(_label(activation), activation)
        return cls.from_activations(by_name, z=z, ax=ax)

    def plot(self, ax: Axes | Array | None = None) -> Self:
        """Draw a panel for each activation.

        Parameters
        ----------
        ax : matplotlib Axes or array of Axes, default=None
            One is divided; None: those of a new figure.

        Returns
        -------
        display : ActivationsDisplay
            The display itself.
        """
        n = len(self.values)
        # One more place for the legend.
        columns = int(np.ceil(np.sqrt(n + 1)))
        rows = -(-(n + 1) // columns)
        given = isinstance(ax, list | tuple | np.ndarray)
        if given:
            rows, columns = n, 1
        axes = panels(ax, rows, columns, (1.2 + 1.7 * columns, 0.8 + 1.4 * rows))
        axes = axes.ravel()
        self.axes_, self.figure_, self.lines_ = axes[:n], axes[0].figure, {}
        low, high = self._limits()
        for place, (each, name) in enumerate(zip(self.axes_, self.values, strict=True)):
            self._draw(each, name)
            each.set(xlim=(self.z.min(), self.z.max()), ylim=(low, high))
            if not given and place + columns < n:
                each.tick_params(labelbottom=False)
            if not given and place % columns:
                each.tick_params(labelleft=False)
        for unused in axes[n:]:
            unused.set_axis_off()
        if not given:
            self._explain(axes[n])
        return self

    def _limits(self):
        """Return the limits of y, which all panels share."""
        curves = np.concatenate([*self.values.values(), *self.derivatives.values()])
        known = curves[np.isfinite(curves)]
        if not len(known):
            return -1.0, 1.0
        low, high = known.min(), known.max()
        if len(self.values) > 1:  # one steep function must not flatten the others
            low, high = max(low, -2.2), min(high, 3.2)
        margin = 0.08 * ((high - low) or 1.0)
        return low - margin, high + margin

    def _draw(self, ax, name):
        """Draw one activation and its derivative."""
        from matplotlib.ticker import MaxNLocator

        line = inks_on(ax.get_facecolor()).line
        ax.axhline(0, color=line, linewidth=0.6, alpha=0.6)
        ax.axvline(0, color=line, linewidth=0.6, alpha=0.6)
        first, second = colours_on(ax.get_facecolor())[:2]
        curves = {
            "value": (self.values[name], first, "-"),
            "derivative": (self.derivatives[name], second, "--"),
        }
        for what, (y, colour, style) in curves.items():
            (self.lines_[name, what],) = ax.plot(
                self.z, y, color=colour, linestyle=style, linewidth=1.7
            )
        ax.xaxis.set_major_locator(MaxNLocator(2))
        ax.yaxis.set_major_locator(MaxNLocator(3))
        dress(ax, title=cut(name, letters_across(ax)))

    def _explain(self, ax):
        """Write what the lines are, into an empty panel."""
        first, second = colours_on(ax.get_facecolor())[:2]
        lines = (("σ(z)", first, "-"), ("dσ/dz", second, "--"))
        for row, (text, colour, style) in enumerate(lines):
            height = 0.8 - 0.32 * row
            ax.plot(
                *([0.02, 0.3], [height, height]),
                color=colour,
                linestyle=style,
                linewidth=1.7,
                transform=ax.transAxes,
            )
            ax.text(
                *(0.36, height, text),
                color=outside_inks(ax).text,
                transform=ax.transAxes,
                va="center",
                fontsize=7.5,
            )
        ax.text(
            *(0.02, 0.16, "over z"),
            color=outside_inks(ax).soft_text,
            transform=ax.transAxes,
            va="center",
            fontsize=7.5,
        )


def _label(choice):
    """Return the name of an activation, for its panel."""
    if isinstance(choice, str):
        return choice
    function = choice[0] if isinstance(choice, tuple) else choice
    function = getattr(function, "function", function)
    if isinstance(function, Activation):
        return getattr(function, "name", None) or type(function).__name__
    return name_of(function)

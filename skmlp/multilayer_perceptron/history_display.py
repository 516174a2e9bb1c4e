"""Losses, scores, learning rates and gradients of fits, by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmlp.base.plot_layout import dress, label_ends, lines_down, panels, style_of
from skmlp.base.plotting import inks_on
from skmlp.base.text import counted, cut
from skmlp.base.types import Array, ArrayLike, Axes, Figure

__all__ = ["HistoryDisplay"]

# Quantities that can be drawn: what they are, and whether their axis is logarithmic.
_QUANTITIES = {
    "loss": ("loss", False),
    "training_loss": ("training loss", False),
    "validation_loss": ("validation loss", False),
    "validation_score": ("validation score", False),
    "mistakes": ("mistakes", False),
    "learning_rate": ("learning rate", True),
    "gradient_norm": ("gradient norm", True),
}
_LOSSES = ("loss", "training_loss", "validation_loss")
# Quantities that tell the best epoch: the first one recorded in all fits counts.
_SCORES = {
    "validation_score": "highest",
    "validation_loss": "lowest",
    "training_loss": "lowest",
    "loss": "lowest",
    "mistakes": "lowest",
}
_LINES = ("-", "--", ":")
_MOST_FITS = 12


class HistoryDisplay:
    """Losses, validation scores, learning rates and gradient norms of fits, by epoch.

    Each panel has one quantity; the losses of a single fit share the first one. The
    best epoch of each fit has a star.

    Parameters
    ----------
    histories : dict of str to dict
        For each fit, by its name, the recorded values: arrays of shape (n_epochs,) by
        the names of ``history_``, such as 'loss'. Others are ignored.
    quantities : list of str, default=None
        Names of the quantities to draw. None: all that are recorded; of several fits,
        of 'loss', 'training_loss' and 'validation_loss' the last that all have.
    step : {'epoch', 'iteration'}, default='epoch'
        What one value stands for, for the labels.

    Attributes
    ----------
    criterion : str or None
        Quantity by which epochs are compared: the first of 'validation_score',
        'validation_loss', 'training_loss', 'loss' and 'mistakes' that all fits have.
    best_epochs : dict of str to int
        Best epoch of each fit by the criterion, counted from 1; fits whose values
        are all NaN are left out.
    axes_ : ndarray of matplotlib Axes of shape (n_panels,)
        Axes in the order of the quantities.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    lines_ : dict of tuple to matplotlib Line2D
        Lines by (name of the fit, quantity).

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import MLPClassifier
    >>> from skmlp.multilayer_perceptron import HistoryDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> settings = {"learning_rate_init": 0.01, "max_iter": 999, "random_state": 0}
    >>> network = MLPClassifier((8,), early_stopping="loss", **settings)
    >>> display = HistoryDisplay.from_estimator(network.fit(X, y))
    >>> display.quantities
    ['loss', 'validation_loss', 'validation_score', 'learning_rate']
    """

    axes_: Array
    figure_: Figure
    lines_: dict[tuple[str, str], Any]

    def __init__(
        self,
        histories: Mapping[str, Mapping[str, ArrayLike]],
        *,
        quantities: Sequence[str] | None = None,
        step: str = "epoch",
    ) -> None:
        if not histories or len(histories) > _MOST_FITS:
            raise ValueError(
                f"histories has {len(histories)} fits; give from 1 to {_MOST_FITS}, "
                "as more lines cannot be told apart."
            )
        self.histories = {
            str(name): _checked(name, values) for name, values in histories.items()
        }
        self.step = step
        own = self.histories.values()
        common = [key for key in _QUANTITIES if all(key in each for each in own)]
        some = [key for key in _QUANTITIES if any(key in each for each in own)]
        if quantities is None:
            losses = [key for key in _LOSSES if key in (common or some)]
            dropped = losses[:-1] if len(self.histories) > 1 else []
            quantities = [key for key in some if key not in dropped]
            if dropped or (len(self.histories) > 1 and losses):
                quantities = [
                    key for key in quantities if key not in _LOSSES or key in losses
                ]
        unknown = [key for key in quantities if key not in some]
        if unknown or not len(quantities):
            raise ValueError(
                f"quantities={list(quantities)} are not all recorded; choose from "
                f"{some}. With record='epoch' a network records more of them."
            )
        self.quantities = list(quantities)
        self.criterion = next((key for key in _SCORES if key in common), None)
        self.best_epochs = {}
        for name, values in self.histories.items():
            curve = values.get(self.criterion or "")
            if curve is not None and not np.isnan(curve).all():
                highest = _SCORES[str(self.criterion)] == "highest"
                best = np.nanargmax(curve) if highest else np.nanargmin(curve)
                self.best_epochs[name] = int(best) + 1

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        quantities: Sequence[str] | None = None,
        ax: Axes | Array | None = None,
    ) -> Self:
        """Draw the history of one fitted estimator; needs matplotlib.

        Parameters
        ----------
        estimator : MLPClassifier, MLPRegressor, LogisticRegression or Perceptron
            Fitted estimator of skmlp. A network has a ``history_``, a logistic
            regression the losses of its epochs or iterations (``loss_curve_``), and a
            perceptron its mistakes (``mistakes_curve_``).
        quantities : list of str, default=None
            Names of the quantities to draw; None: all.
        ax : matplotlib Axes or array of Axes, default=None
            Axes of the panels. One is divided; None: those of a new figure.

        Returns
        -------
        display : HistoryDisplay

        Raises
        ------
        TypeError
            If the estimator keeps no history.
        ValueError
            If a quantity was not recorded.
        """
        named = {type(estimator).__name__: estimator}
        return cls.from_estimators(named, quantities=quantities, ax=ax)

    @classmethod
    def from_estimators(
        cls,
        estimators: Mapping[str, Any],
        *,
        quantities: Sequence[str] | None = None,
        ax: Axes | Array | None = None,
    ) -> Self:
        """Draw the histories of several fitted estimators; needs matplotlib.

        Parameters
        ----------
        estimators : dict of str to estimator
            Fitted estimators by their names, as `from_estimator` takes them.
        quantities : list of str, default=None
            Names of the quantities to draw; None: see the class.
        ax : matplotlib Axes or array of Axes, default=None
            Axes of the panels. One is divided; None: those of a new figure.

        Returns
        -------
        display : HistoryDisplay
        """
        if not isinstance(estimators, Mapping):
            raise TypeError(
                f"estimators is of type {type(estimators).__name__}; give a dict of "
                "names to fitted estimators, or use from_estimator for one."
            )
        histories = {name: _history_of(each) for name, each in estimators.items()}
        by_epochs = [_counts_epochs(each) for each in estimators.values()]
        step = "epoch" if all(by_epochs) else "iteration"
        display = cls(histories, quantities=quantities, step=step)
        return display.plot(ax=ax)

    def plot(self, ax: Axes | Array | None = None) -> Self:
        """Draw all quantities.

        Parameters
        ----------
        ax : matplotlib Axes or array of Axes, default=None
            One is divided; None: those of a new figure.

        Returns
        -------
        display : HistoryDisplay
            The display itself.
        """
        groups = self._groups()
        columns = 1 if len(groups) < 3 else 2
        rows = -(-len(groups) // columns)
        if isinstance(ax, list | tuple | np.ndarray):
            rows, columns = len(groups), 1
        size = (4.8 + 2.4 * columns, 1.2 + 2.1 * rows)
        grid = panels(ax, rows, columns, size)
        axes = grid.ravel()
        for unused in axes[len(groups) :]:
            unused.set_axis_off()
        self.axes_, self.figure_ = axes[: len(groups)], axes[0].figure
        self.lines_ = {}
        labels = []
        for place, (each, group) in enumerate(zip(self.axes_, groups, strict=True)):
            lowest = place + columns >= len(groups)
            labels.append(self._draw(each, group, lowest=lowest, titled=place == 0))
        for place, (each, ends) in enumerate(zip(self.axes_, labels, strict=True)):
            several = len(self.histories) > 1
            last = place % columns == columns - 1 or place == len(groups) - 1
            if len(ends) > 1 and (not several or last):
                heights, names, colours = zip(*ends, strict=True)
                label_ends(each, heights, names, colours, share=0.4)
        return self

    def _groups(self):
        """Return the quantities of each panel."""
        losses = [key for key in self.quantities if key in _LOSSES]
        others = [[key] for key in self.quantities if key not in _LOSSES]
        if len(self.histories) == 1 and losses:
            return [losses, *others]
        return [[key] for key in losses] + others

    def _draw(self, ax, group, *, lowest, titled):
        """Draw one panel; return (height, name, colour) of the end of each line."""
        from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

        background, ends = ax.get_facecolor(), []
        longest = 1
        for number, (name, values) in enumerate(self.histories.items()):
            for place, key in enumerate(group):
                if key not in values:
                    continue
                curve = values[key]
                style = style_of(number + place, background)
                if len(group) > 1:
                    style["linestyle"] = _LINES[place]
                marker = style.pop("marker")
                epochs = np.arange(1, len(curve) + 1)
                (line,) = ax.plot(epochs, curve, linewidth=1.6, **style)
                if len(self.histories) > 1:
                    line.set(marker=marker, markersize=4, markevery=_every(curve))
                self.lines_[name, key] = line
                longest = max(longest, len(curve))
                known = curve[np.isfinite(curve)]
                if len(known):
                    label = name if len(self.histories) > 1 else _QUANTITIES[key][0]
                    ends.append((known[-1], label, style["color"]))
                best = self.best_epochs.get(name)
                if key == self.criterion and best is not None:
                    ax.plot(
                        *(best, curve[best - 1], "*"),
                        color=style["color"],
                        markersize=11,
                        markeredgecolor=inks_on(background).text,
                        zorder=4,
                    )
                elif best is not None and len(self.histories) == 1 and place == 0:
                    ax.axvline(best, color=inks_on(background).line, lw=0.8, ls=":")
        what, logarithmic = _QUANTITIES[group[0]]
        if len(group) > 1:
            what = "loss"
        drawn = [self.lines_[key].get_ydata() for key in self.lines_ if key[1] in group]
        positive = all(np.all(y[np.isfinite(y)] > 0) for y in drawn)
        if logarithmic and positive:
            ax.set_yscale("log")
            ax.yaxis.set_major_locator(LogLocator(numticks=4))
            ax.yaxis.set_minor_locator(NullLocator())
            low, high = np.log10(ax.get_ylim())
            if np.ceil(low) > np.floor(high) - 1:  # too few powers of ten inside
                ends_of = 10 ** np.array([np.floor(low), np.ceil(high)])
                ax.set_ylim(ends_of[0] * 0.8, ends_of[1] * 1.25)
            ax.yaxis.set_major_formatter("{x:g}")
        else:
            ax.yaxis.set_major_locator(MaxNLocator(min(5, lines_down(ax, 0.5))))
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=True, min_n_ticks=1))
        margin = max(0.5, 0.03 * longest)
        ax.set_xlim(1 - margin, longest + margin)
        x = self.step if lowest else ""
        title = self._title() if titled else ""
        dress(ax, title=title, x=x, y=what, grid="y", share=1.0)
        return ends

    def _title(self):
        """Return which epoch was the best one."""
        if not self.best_epochs:
            return "No value of any epoch is finite"
        criterion = str(self.criterion)
        what, word = _QUANTITIES[criterion][0], _SCORES[criterion]
        best_of = max if word == "highest" else min
        values = {
            name: self.histories[name][criterion][best - 1]
            for name, best in self.best_epochs.items()
        }
        name = best_of(values, key=values.__getitem__)
        after = counted(self.best_epochs[name], self.step)
        if len(self.histories) == 1:
            if word == "lowest" and what == "mistakes":
                return f"Fewest mistakes in {self.step} {self.best_epochs[name]}"
            return f"{what.capitalize()} was {word} after {after}"
        return f"{cut(name, 24)} has the {word} {what}, after {after}"


def _every(curve):
    """Return the distance between markers, of which a line has about ten."""
    return max(1, len(curve) // 10)


def _checked(name, values):
    """Return the known quantities of a fit as float arrays (n_epochs,)."""
    if not isinstance(values, Mapping):
        raise TypeError(
            f"histories[{name!r}] is of type {type(values).__name__}; give a dict of "
            "arrays, such as the attribute history_ of a network."
        )
    found = {
        key: np.asarray(values[key], dtype=float)
        for key in _QUANTITIES
        if values.get(key) is not None
    }
    for key, curve in found.items():
        if curve.ndim != 1 or not len(curve):
            raise ValueError(
                f"histories[{name!r}][{key!r}] has shape {curve.shape}; expected "
                "(n_epochs,), with at least one epoch."
            )
    if not found:
        raise ValueError(
            f"histories[{name!r}] has none of {list(_QUANTITIES)}; fit the estimator "
            "before, or give the values of its epochs."
        )
    return found


def _history_of(estimator):
    """Return {quantity: values} that a fitted estimator has recorded."""
    kinds = ("history_", "loss_curve_", "mistakes_curve_")
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        raise TypeError(
            "estimator must be a fitted estimator of skmlp; got "
            f"{getattr(estimator, '__name__', type(estimator).__name__)}."
        )
    check_is_fitted(estimator)
    recorded = getattr(estimator, "history_", None)
    if recorded:
        return recorded
    curves = {
        name: getattr(estimator, attribute, None)
        for name, attribute in zip(("loss", "mistakes"), kinds[1:], strict=True)
    }
    curves = {name: curve for name, curve in curves.items() if curve is not None}
    if any(len(curve) for curve in curves.values()):
        return curves
    raise TypeError(
        f"estimator is a {type(estimator).__name__}, which has none of {kinds}: its "
        "fit keeps no history. Give a network, a logistic regression or a perceptron."
    )


def _counts_epochs(estimator):
    """Return True if the values of a fit belong to epochs, not to iterations."""
    if hasattr(estimator, "mistakes_curve_"):
        return True
    if hasattr(estimator, "coefs_"):
        return estimator.solver != "lbfgs"
    return getattr(estimator, "_training", None) is not None

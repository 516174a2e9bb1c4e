"""Mistakes of a perceptron by epoch, its margin, and Novikoff's bound."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from skmlp.base.plot_layout import dress, label_ends, lines_down, panels, style_of
from skmlp.base.plotting import inks_on
from skmlp.base.text import counted
from skmlp.base.types import Array, ArrayLike, Axes, Figure, MatrixLike
from skmlp.base.validation import check_sample_weight, check_X_y, require_estimator
from skmlp.perceptron.estimator import Perceptron

__all__ = ["MistakesDisplay"]


class MistakesDisplay:
    """Mistakes of a perceptron in every epoch, its margin, and Novikoff's bound.

    The first panel has the mistakes of each epoch, their sum so far and the bound
    (R/γ)² of that sum (Novikoff 1962), on a scale that is logarithmic above 1. The
    second has the geometric margin after each epoch: the smallest distance of a row
    from the boundary, negative while a row lies on the wrong side.

    Parameters
    ----------
    mistakes : array-like of int, shape (n_epochs,)
        Number of mistakes in each epoch.
    margins : array-like of shape (n_epochs,), default=None
        Geometric margin after each epoch; None: there is no second panel.
    bound : float, default=inf
        Novikoff's upper bound of all mistakes; infinite if there is none.

    Attributes
    ----------
    totals : ndarray of int, shape (n_epochs,)
        Sum of the mistakes up to each epoch.
    best_margins : ndarray of shape (n_epochs,) or None
        Largest margin up to each epoch.
    axes_ : ndarray of matplotlib Axes of shape (n_panels,)
        Axes with the mistakes and with the margins.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    lines_ : dict of str to matplotlib Line2D
        Lines named 'mistakes', 'totals', 'bound', 'margins' and 'best_margins', as far
        as they are drawn.

    References
    ----------
    Novikoff, A. B. J. (1962). On convergence proofs on perceptrons. Symposium on the
    Mathematical Theory of Automata, 12, 615-622.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import Perceptron
    >>> from skmlp.perceptron import MistakesDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> perceptron = Perceptron().fit(X, y == 0)
    >>> display = MistakesDisplay.from_estimator(perceptron, X, y == 0)
    >>> display.totals
    array([7, 7])
    """

    axes_: Array
    figure_: Figure
    lines_: dict[str, Any]

    def __init__(
        self,
        mistakes: ArrayLike,
        *,
        margins: ArrayLike | None = None,
        bound: float = np.inf,
    ) -> None:
        self.mistakes = np.asarray(mistakes)
        self.margins = None if margins is None else np.asarray(margins, dtype=float)
        self.bound = float(bound)
        if self.mistakes.ndim != 1 or not len(self.mistakes):
            raise ValueError(
                f"mistakes has shape {self.mistakes.shape}; expected (n_epochs,), with "
                "at least one epoch."
            )
        if self.margins is not None and self.margins.shape != self.mistakes.shape:
            raise ValueError(
                f"margins has shape {self.margins.shape}; expected "
                f"{self.mistakes.shape}, one for each of mistakes, or None."
            )

    @property
    def totals(self) -> Array:
        """Sum of the mistakes up to each epoch (n_epochs,)."""
        return np.cumsum(self.mistakes)

    @property
    def best_margins(self) -> Array | None:
        """Largest margin up to each epoch (n_epochs,); None without margins."""
        return None if self.margins is None else np.fmax.accumulate(self.margins)

    @classmethod
    def from_estimator(
        cls,
        estimator: Perceptron,
        X: MatrixLike | None = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        ax: Axes | Array | None = None,
    ) -> Self:
        """Draw the mistakes of a fitted perceptron; needs matplotlib.

        A fit keeps the mistakes of its epochs, but not their weights. With X and y a
        copy of the estimator is fitted again to compute the margins.

        Parameters
        ----------
        estimator : Perceptron
            Fitted estimator of skmlp.
        X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
            Rows of the fit; None: no margins are drawn.
        y : array-like of shape (n_samples,), default=None
            Class labels of the rows.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows in the fit. Rows of weight zero have no margin.
        ax : matplotlib Axes or array of Axes, default=None
            Axes of the panels, two with X and y and one without. One is divided; None:
            those of a new figure.

        Returns
        -------
        display : MistakesDisplay

        Raises
        ------
        TypeError
            If the estimator is no Perceptron of skmlp.
        ValueError
            If one of X and y is missing, or if the fit to these rows makes other
            mistakes, as with other initial weights or ``random_state=None``.
        """
        require_estimator("estimator", estimator, Perceptron, "Perceptron of skmlp")
        check_is_fitted(estimator)
        if (X is None) != (y is None):
            missing = "X" if X is None else "y"
            raise ValueError(
                f"{missing} is missing; give both X and y to draw the margins, or "
                "neither."
            )
        mistakes = estimator.mistakes_curve_
        margins = None
        if X is not None:
            found, margins = _repeat(estimator, X, y, sample_weight)
            if not np.array_equal(found, mistakes):
                raise ValueError(
                    "A fit to X and y makes other mistakes than the estimator made; "
                    "give the rows of its fit, which must begin with zero weights and "
                    "have a fixed random_state, or leave X and y out."
                )
        bound = getattr(estimator, "mistake_bound_", np.inf)
        return cls(mistakes, margins=margins, bound=bound).plot(ax=ax)

    def plot(self, ax: Axes | Array | None = None) -> Self:
        """Draw the mistakes, and the margins if they are known.

        Parameters
        ----------
        ax : matplotlib Axes or array of Axes, default=None
            One is divided; None: those of a new figure.

        Returns
        -------
        display : MistakesDisplay
            The display itself.
        """
        n_panels = 1 if self.margins is None else 2
        size = (6.4, 3.2 if n_panels == 1 else 5.2)
        axes = panels(ax, n_panels, 1, size, sharex=True)[:, 0]
        self.axes_, self.figure_, self.lines_ = axes, axes[0].figure, {}
        labels = [self._draw_mistakes(axes[0])]
        if n_panels == 2:
            labels.append(self._draw_margins(axes[1]))
            axes[0].set_xlabel("")
        for each, (ends, names, colours) in zip(axes, labels, strict=True):
            label_ends(each, ends, names, colours, share=0.3)
        return self

    def _draw_mistakes(self, ax):
        """Draw mistakes, sums and bound; return heights, names and colours of labels.

        The bound is drawn if it is finite.
        """
        from matplotlib.ticker import MaxNLocator, NullLocator

        epochs = np.arange(1, len(self.mistakes) + 1)
        named = {
            "mistakes": "in epoch",
            "totals": "so far",
            "bound": "bound (R/γ)²",
        }
        heights = {"mistakes": self.mistakes[-1], "totals": self.totals[-1]}
        colours = {}
        for k, name in enumerate(heights):
            style = style_of(k, ax.get_facecolor())
            style["linestyle"] = ("-", "--")[k]
            (self.lines_[name],) = ax.plot(
                epochs,
                getattr(self, name),
                **style | {"markersize": 4, "linewidth": 1.6},
                markevery=max(1, len(epochs) // 20),
            )
            colours[name] = style["color"]
        most = self.totals[-1]
        if np.isfinite(self.bound):
            colours["bound"] = inks_on(ax.get_facecolor()).text
            line = {"color": colours["bound"], "linestyle": ":", "linewidth": 1.6}
            self.lines_["bound"] = ax.axhline(self.bound, **line)
            heights["bound"] = self.bound
            most = max(most, self.bound)
        ax.set_yscale("symlog", linthresh=1)
        decades = np.arange(1 + int(np.log10(max(most, 1))))
        step = -(-len(decades) // max(2, lines_down(ax, 0.3)))
        ax.set_yticks([0, *10.0 ** decades[::step]])
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter("{x:,.0f}")
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        margin = max(0.5, 0.02 * len(epochs))
        ax.set(xlim=(1 - margin, len(epochs) + margin), ylim=(-0.3, 3 * max(most, 1)))
        dress(ax, title=self._title(), x="epoch", y="mistakes", grid="y", share=0.95)
        names = [named[name] for name in heights]
        return list(heights.values()), names, [colours[name] for name in heights]

    def _draw_margins(self, ax):
        """Draw the margins; return heights, names and colours of labels."""
        epochs = np.arange(1, len(self.mistakes) + 1)
        inks = inks_on(ax.get_facecolor())
        ax.axhline(0, color=inks.text, linewidth=0.8)
        values = {"margins": self.margins, "best_margins": self.best_margins}
        colours = []
        for k, (name, heights) in enumerate(values.items()):
            style = style_of(2 + k, ax.get_facecolor())
            style["linestyle"] = ("-", "--")[k]
            (self.lines_[name],) = ax.plot(
                epochs,
                heights,
                **style | {"markersize": 4, "linewidth": 1.6},
                markevery=max(1, len(epochs) // 20),
            )
            colours.append(style["color"])
        known = self.margins[np.isfinite(self.margins)]
        low, high = min(known.min(initial=0), 0), max(known.max(initial=0), 0)
        reach = (high - low) or 1.0
        ax.set_ylim(low - 0.12 * reach, high + 0.12 * reach)
        ax.locator_params(axis="y", nbins=4)
        best = known.max(initial=-np.inf)
        if best > 0:
            epoch = int(np.nanargmax(np.where(self.margins == best, 1, 0))) + 1
            title = f"The largest margin, {best:.3g}, was reached in epoch {epoch}"
        else:
            title = "After every epoch some row is on the wrong side"
        dress(ax, title=title, x="epoch", y="margin (units of X)", grid="y", share=0.95)
        ends = [values[name][-1] for name in values]
        ends = [end if np.isfinite(end) else 0.0 for end in ends]
        return ends, ["after epoch", "best so far"], colours

    def _title(self):
        """Return how many mistakes were made, and whether the classes are separated."""
        total = counted(self.totals[-1], "mistake")
        if self.mistakes[-1] > 0:
            last = counted(self.mistakes[-1], "mistake")
            return (
                f"Still {last} in epoch {len(self.mistakes)}: not separated, so there "
                "is no bound"
            )
        if np.isfinite(self.bound):
            return f"{total}, then none; Novikoff's bound is {self.bound:,.0f}"
        return f"{total}, then none; this fit has no bound"


class _Recorder:
    """Observer that keeps weights and intercepts after every epoch."""

    watches = True

    def __init__(self):
        self.weights = []

    def begin(self, attributes):
        """Do nothing at the beginning of an epoch."""

    def end(self, attributes):
        """Keep the weights; return False, as the fit goes on."""
        found = attributes()
        self.weights.append((found["coef_"], found["intercept_"]))
        return False

    def close(self):
        """Do nothing at the end of the fit."""


def _repeat(estimator, X, y, sample_weight):
    """Return the mistakes of a new fit, and the geometric margin after each epoch."""
    again, recorder = clone(estimator).set_params(verbose=0), _Recorder()
    again._observe = lambda *data, **settings: recorder
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        again.fit(X, y, sample_weight=sample_weight)
    X, y = check_X_y(X, y, accept_sparse="csr", dtype=[np.float64, np.float32])
    labels = np.searchsorted(again.classes_, y)
    weights = check_sample_weight(sample_weight, X, dtype=np.float64)
    X, labels = X[weights > 0], labels[weights > 0]
    joint = again.multi_class == "joint" and len(again.classes_) > 2
    margins = [_margin(X, labels, *each, joint=joint) for each in recorder.weights]
    return again.mistakes_curve_, np.array(margins)


def _margin(X, labels, coef, intercept, *, joint):
    """Return the smallest distance of a row from a boundary; negative if it is wrong.

    NaN if weights are zero, so that there is no boundary.
    """
    scores = X @ coef.T + intercept
    rows = np.arange(len(labels))
    with np.errstate(invalid="ignore", divide="ignore"):
        if joint:
            lead = scores[rows, labels][:, np.newaxis] - scores
            length = np.linalg.norm(coef[labels][:, np.newaxis] - coef, axis=2)
            lead[rows, labels], length[rows, labels] = np.inf, 1
            return float(np.min(lead / length))
        if len(coef) == 1:
            signs = np.where(labels == 1, 1, -1)[:, np.newaxis]
        else:
            signs = np.where(labels[:, np.newaxis] == np.arange(len(coef)), 1, -1)
        return float(np.min(signs * scores / np.linalg.norm(coef, axis=1)))

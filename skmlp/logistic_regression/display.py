"""Coefficients along a path of values of C, and the number that is not zero."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skmlp.base.options import use_one_of
from skmlp.base.plot_layout import dress, label_ends, panels, style_of
from skmlp.base.plotting import inks_on
from skmlp.base.text import cut
from skmlp.base.types import Array, ArrayLike, Axes, Figure

__all__ = ["PathDisplay"]

# Coefficients beyond this multiple of the largest one at the chosen C are cut off.
_REACH = 4.0


class PathDisplay:
    """Path of coefficients: their values, and how many are not zero, for each C.

    The largest coefficients at the chosen C have colours and names, the others are
    grey.

    Parameters
    ----------
    Cs : array-like of shape (n_cs,)
        Values of C, the inverse strength of the penalty, in ascending order.
    coefficients : array-like of shape (n_cs, n_features) or (n_folds, n_cs, \
n_features)
        Coefficients for every C, without the intercept. Of several folds the means are
        drawn.
    feature_names : list of str, default=None
        Names of the features; None: x0, x1, ...
    chosen : float, default=None
        The chosen C; None: none is marked.
    output : str, default=''
        What the coefficients are those of, such as 'class a'.

    Attributes
    ----------
    n_nonzero : ndarray of shape (n_cs,)
        Number of coefficients that are not zero, the mean over the folds.
    means : ndarray of shape (n_cs, n_features)
        Coefficients, the mean over the folds.
    axes_ : ndarray of matplotlib Axes of shape (2,)
        Axes with the coefficients and with their number.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    lines_ : list of matplotlib Line2D
        Lines of the features, in their order.
    shown_ : list of int
        Indices of the features with a colour, the largest first.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import scale
    >>> from skmlp import LogisticRegressionCV
    >>> from skmlp.logistic_regression import PathDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> search = LogisticRegressionCV(
    ...     Cs=np.logspace(-2, 1, 6), l1_ratios=(1,), solver="saga", max_iter=1000,
    ...     scoring="neg_log_loss", use_legacy_attributes=False
    ... ).fit(scale(X), y == 2)
    >>> display = PathDisplay.from_estimator(search)
    >>> display.n_nonzero
    array([0. , 1.2, 1.4, 3. , 3.6, 4. ])
    """

    axes_: Array
    figure_: Figure
    lines_: list[Any]
    shown_: list[int]

    def __init__(
        self,
        Cs: ArrayLike,
        coefficients: ArrayLike,
        feature_names: list[str] | None = None,
        *,
        chosen: float | None = None,
        output: str = "",
    ) -> None:
        self.Cs = np.asarray(Cs, dtype=float)
        self.coefficients = np.asarray(coefficients, dtype=float)
        self.chosen = None if chosen is None else float(chosen)
        self.output = output
        if self.Cs.ndim != 1 or np.any(self.Cs <= 0) or np.any(np.diff(self.Cs) <= 0):
            raise ValueError("Cs must be positive numbers in ascending order.")
        shape = self.coefficients.shape
        if len(shape) not in (2, 3) or shape[-2] != len(self.Cs) or shape[-1] == 0:
            raise ValueError(
                f"coefficients has shape {shape}; expected ({len(self.Cs)}, "
                f"n_features) or (n_folds, {len(self.Cs)}, n_features), one row for "
                "each of Cs."
            )
        default = [f"x{j}" for j in range(shape[-1])]
        self.feature_names = default if feature_names is None else list(feature_names)
        if len(self.feature_names) != shape[-1]:
            raise ValueError(
                f"feature_names has {len(self.feature_names)} names for {shape[-1]} "
                "features; give one for each."
            )

    @property
    def means(self) -> Array:
        """Coefficients, the mean over the folds (n_cs, n_features)."""
        many = self.coefficients.ndim == 3
        return self.coefficients.mean(axis=0) if many else self.coefficients

    @property
    def n_nonzero(self) -> Array:
        """Number of coefficients that are not zero, the mean over folds (n_cs,)."""
        counts = np.count_nonzero(self.coefficients, axis=-1).astype(float)
        return counts.mean(axis=0) if counts.ndim == 2 else counts

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseEstimator,
        *,
        target: object = None,
        feature_names: list[str] | None = None,
        n_largest: int = 6,
        ax: Axes | Array | None = None,
    ) -> Self:
        """Draw the path of a cross-validated fit; needs matplotlib.

        Parameters
        ----------
        estimator : LogisticRegressionCV
            Fitted estimator of skmlp or scikit-learn. The path is that of the chosen l1
            ratio.
        target : label, default=None
            With more than two classes the class whose coefficients are drawn; None: the
            last. With two classes they are always those of the second.
        feature_names : list of str, default=None
            Names of the features; None: those of X in the fit, or x0, x1, ...
        n_largest : int, default=6
            As in :meth:`plot`.
        ax : matplotlib Axes or array of two Axes, default=None
            One is divided; None: those of a new figure.

        Returns
        -------
        display : PathDisplay

        Raises
        ------
        TypeError
            If the estimator has no path of coefficients.
        ValueError
            If `target` is no class of the fit.
        """
        check_is_fitted(estimator)
        if not hasattr(estimator, "coefs_paths_"):
            raise TypeError(
                f"estimator is a {type(estimator).__name__}, which has no path of "
                "coefficients; give a LogisticRegressionCV, or make a PathDisplay of "
                "arrays."
            )
        paths, classes = _paths_of(estimator), np.asarray(estimator.classes_)
        place = 0
        if len(classes) > 2:
            target = classes[-1] if target is None else target
            found = np.flatnonzero(classes == target)
            if len(found) != 1:
                options = list(map(str, classes))
                complaint = f"target={target!r} is no class of the fit"
                raise ValueError(use_one_of(complaint, options, got=target))
            place = int(found[0])
        else:
            target = classes[1]
        names = feature_names
        if names is None and hasattr(estimator, "feature_names_in_"):
            names = list(estimator.feature_names_in_)
        return cls(
            estimator.Cs_,
            paths[:, :, place, : estimator.n_features_in_],
            names,
            chosen=float(np.ravel(estimator.C_)[place % np.size(estimator.C_)]),
            output=f"class {target}",
        ).plot(ax=ax, n_largest=n_largest)

    def plot(self, ax: Axes | Array | None = None, *, n_largest: int = 6) -> Self:
        """Draw the coefficients, and the number that is not zero.

        Parameters
        ----------
        ax : matplotlib Axes or array of two Axes, default=None
            One is divided; None: those of a new figure.
        n_largest : int, default=6
            Number of coefficients with a colour and a name: the largest at the chosen
            C, or at the last. As many as there is room for have a name.

        Returns
        -------
        display : PathDisplay
            The display itself.

        Raises
        ------
        ValueError
            If `n_largest` is not from 1 to 12.
        """
        if not 1 <= n_largest <= 12:
            raise ValueError(
                f"n_largest={n_largest!r} must be from 1 to 12, as more lines have no "
                "colours and markers of their own."
            )
        axes = panels(ax, 2, 1, (8, 6), sharex=True, height_ratios=(2.4, 1))[:, 0]
        self.axes_, self.figure_ = axes, axes[0].figure
        at = len(self.Cs) - 1
        if self.chosen is not None:
            at = int(np.argmin(np.abs(np.log(self.Cs / self.chosen))))
        order = np.argsort(-np.abs(self.means[at]), kind="stable")
        self.shown_ = [int(j) for j in order[:n_largest] if self.means[at, j] != 0]
        labels = self._draw_coefficients(axes[0], at)
        self._draw_numbers(axes[1])
        for each in axes:
            if self.chosen is not None:
                ink = inks_on(each.get_facecolor()).text
                each.axvline(self.chosen, color=ink, linewidth=1, linestyle="--")
        axes[0].tick_params(labelbottom=False)
        names, ends, colours = labels
        label_ends(axes[0], ends, names, colours)
        return self

    def _draw_coefficients(self, ax, at):
        """Draw the coefficients; return names, heights and colours of the labels."""
        inks, means = inks_on(ax.get_facecolor()), self.means
        ax.set_xscale("log")
        largest = np.abs(means[at]).max() or np.abs(means).max() or 1.0
        reach = _REACH * largest
        low, high = means.min(), means.max()
        margin = 0.06 * ((high - low) or 1.0)
        ax.set_ylim(max(low - margin, -reach), min(high + margin, reach))
        ax.axhline(0, color=inks.line, linewidth=0.8)
        self.lines_ = []
        colours = {}
        for j, path in enumerate(means.T):
            style = {"color": inks.line, "linewidth": 0.8, "alpha": 0.6}
            if j in self.shown_:
                style = style_of(self.shown_.index(j), ax.get_facecolor())
                style |= {"linewidth": 2, "markersize": 4.5, "zorder": 3}
                style["markevery"] = max(1, len(self.Cs) // 8)
                colours[j] = style["color"]
            self.lines_ += ax.plot(self.Cs, path, **style)
        title, y = self._title(at), "coefficient"
        if self.output:
            y += f" ({cut(self.output, 24)})"
        dress(ax, title=title, y=y, grid="y", share=0.95)
        others = np.setdiff1d(np.arange(means.shape[1]), self.shown_)
        names = [self.feature_names[j] for j in self.shown_]
        ends = [means[-1, j] for j in self.shown_]
        if len(others):
            names.insert(0, f"{len(others)} others (grey)")
            ends.insert(0, np.median(means[-1, others]))
        grey = [inks.soft_text] * bool(len(others))
        return names, ends, [*grey, *(colours[j] for j in self.shown_)]

    def _draw_numbers(self, ax):
        """Draw the number of coefficients that are not zero."""
        style = style_of(0, ax.get_facecolor())
        ax.plot(
            self.Cs, self.n_nonzero, color=style["color"], lw=1.8, drawstyle="steps-mid"
        )
        ax.set_ylim(0, 1.08 * max(self.n_nonzero.max(), 1))
        ax.locator_params(axis="y", nbins=3, integer=True)
        x = "C, the inverse strength of the penalty"
        if self.chosen is not None:
            x += " (dashed: the chosen C)"
        dress(ax, x=x, y="not zero", grid="y", share=0.95)

    def _title(self, at):
        """Return the number of coefficients that are not zero at the marked C."""
        C = self.Cs[at] if self.chosen is None else self.chosen
        number, n_features = self.n_nonzero[at], self.means.shape[1]
        title = (
            f"At C = {C:.3g}, {number:.3g} of {n_features} coefficients are not zero"
        )
        if self.coefficients.ndim == 3 and len(self.coefficients) > 1:
            title += f" (mean of {len(self.coefficients)} folds)"
        return title


def _paths_of(estimator):
    """Return the paths (n_folds, n_cs, n_outputs, n_dof) of the chosen l1 ratio."""
    paths = estimator.coefs_paths_
    ratios = np.ravel(estimator.l1_ratios_)
    number = 0
    if len(ratios) > 1:
        chosen = float(np.ravel(estimator.l1_ratio_)[0])
        number = int(np.argmin(np.abs(ratios.astype(float) - chosen)))
    if not isinstance(paths, dict):
        return np.asarray(paths)[:, number]
    arrays = [np.asarray(paths[label]) for label in paths]
    # The legacy layout has a third axis of l1 ratios, if some were given.
    arrays = [each[:, :, number] if each.ndim == 4 else each for each in arrays]
    return np.stack(arrays, axis=2)

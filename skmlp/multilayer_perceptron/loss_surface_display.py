"""Loss on a plane through the parameters of a model, with the path of its training."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from skmlp.base.plot_layout import dress, letter_size, outside_inks, panels
from skmlp.base.plotting import SEQUENTIAL, colours_on
from skmlp.base.text import counted
from skmlp.base.types import Array, ArrayLike, Axes, Figure, MatrixLike
from skmlp.multilayer_perceptron.layer_values import targets_of
from skmlp.objective import EmpiricalRisk

__all__ = ["LossSurfaceDisplay"]


class LossSurfaceDisplay:
    """Loss on a plane through parameter space, with the path of the training.

    The plane contains the last point of the path. Points of the path outside of the
    plane are projected onto it, so the loss on the surface below such a point differs
    from its own.

    Parameters
    ----------
    losses : array-like of shape (n_rows, n_columns)
        Losses at the points of the grid.
    u, v : array-like of shape (n_columns,) and (n_rows,)
        Coordinates of the grid along the two directions, in units of the parameters,
        from the last point of the path.
    path : array-like of shape (n_points, 2)
        Coordinates u and v of the path.
    path_losses : array-like of shape (n_points,)
        Losses at the points of the path themselves, before the projection.
    shares : tuple of float, default=None
        Share of the squared distances of the path from its end that lies along each
        direction.

    Attributes
    ----------
    directions : ndarray of shape (2, n_parameters) or None
        Orthonormal directions of the plane; set by `from_estimator`.
    ax_ : matplotlib Axes
        Axes with the picture.
    figure_ : matplotlib Figure
        Figure that contains the axes.
    surface_ : matplotlib QuadContourSet
        Filled contours of the losses.
    line_ : matplotlib Line2D
        Line of the path.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp import MLPClassifier
    >>> from skmlp.multilayer_perceptron import LossSurfaceDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> network = MLPClassifier((5,), solver="lbfgs", random_state=0).fit(X, y)
    >>> display = LossSurfaceDisplay.from_estimator(network, X, y, resolution=15)
    >>> display.losses.shape
    (15, 15)
    """

    directions: Array | None = None
    ax_: Axes
    figure_: Figure
    surface_: Any
    line_: Any

    def __init__(
        self,
        losses: ArrayLike,
        u: ArrayLike,
        v: ArrayLike,
        path: ArrayLike,
        path_losses: ArrayLike,
        *,
        shares: tuple[float, float] | None = None,
    ) -> None:
        self.losses = np.asarray(losses, dtype=float)
        self.u, self.v = np.asarray(u, dtype=float), np.asarray(v, dtype=float)
        self.path = np.asarray(path, dtype=float)
        self.path_losses = np.asarray(path_losses, dtype=float)
        self.shares = shares
        if self.losses.shape != (len(self.v), len(self.u)):
            raise ValueError(
                f"losses has shape {self.losses.shape}; expected "
                f"{(len(self.v), len(self.u))}, a row for each of v."
            )
        if self.path.shape != (len(self.path_losses), 2):
            raise ValueError(
                f"path has shape {self.path.shape}; expected "
                f"{(len(self.path_losses), 2)}, a row for each of path_losses."
            )

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: MatrixLike,
        y: ArrayLike,
        *,
        path: Sequence[Any] | None = None,
        direction: ArrayLike | None = None,
        resolution: int = 41,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the loss around the training of a fitted estimator; needs matplotlib.

        The loss is the mean loss of the rows plus the penalty of the fit, without
        weights of rows or classes, as in `skmlp.graph.computational_graph`. Fits keep
        no parameters of their epochs. So without a `path` a copy of the estimator is
        trained once more, and its parameters are recorded after each epoch.

        Parameters
        ----------
        estimator : MLPClassifier, MLPRegressor or LogisticRegression
            Fitted estimator of skmlp.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows of the fit.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets of the rows.
        path : list, default=None
            Parameters in the order of the training: flat vectors (n_parameters,), all
            weights and then all intercepts, or pairs (coefs, intercepts) of lists of
            arrays. None: those of a copy that is trained again.
        direction : array-like of shape (n_parameters,), default=None
            The plane goes through the first and the last point of the path, and along
            this vector. None: it goes along the first two principal directions of the
            path about its last point.
        resolution : int, default=41
            Number of points of the grid in each direction.
        ax : matplotlib Axes, default=None
            Axes to draw on; None: those of a new figure.

        Returns
        -------
        display : LossSurfaceDisplay

        Raises
        ------
        TypeError
            If the estimator has no such training.
        ValueError
            If the path has less than two different points, or if the copy does not
            repeat the fit, as with ``random_state=None`` or other rows.
        """
        if isinstance(estimator, type) or not hasattr(estimator, "loss_curve_"):
            if hasattr(estimator, "fit") and not isinstance(estimator, type):
                check_is_fitted(estimator)
            raise TypeError(
                "estimator must be a fitted network or logistic regression of skmlp; "
                f"got {getattr(estimator, '__name__', type(estimator).__name__)}."
            )
        if resolution < 2:
            raise ValueError(f"resolution={resolution} must be at least 2.")
        if path is None:
            points = _recorded(estimator, X, y)
        else:
            points = np.array([_flat(each) for each in path])
        risk = _risk(estimator, X, y)
        n_parameters = risk.network.n_parameters
        if points.ndim != 2 or points.shape[1] != n_parameters:
            raise ValueError(
                f"path has points of {points.shape[1:]} numbers; expected "
                f"{n_parameters}, the number of weights and intercepts."
            )
        axes = _directions(points, direction)
        steps = points - points[-1]
        flat = steps @ axes.T
        total = float(np.sum(steps**2))
        u, v = (_around(flat[:, k], np.ptp(flat), resolution) for k in range(2))
        with np.errstate(over="ignore", invalid="ignore"):
            losses = [
                [risk.value_at(points[-1] + a * axes[0] + b * axes[1]) for a in u]
                for b in v
            ]
            path_losses = [risk.value_at(each) for each in points]
        first, second = np.sum(flat**2, axis=0) / total
        display = cls(losses, u, v, flat, path_losses, shares=(first, second))
        display.directions = axes
        return display.plot(ax=ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the surface and the path.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on; None: those of a new figure.

        Returns
        -------
        display : LossSurfaceDisplay
            The display itself.
        """
        from matplotlib.colors import LogNorm
        from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

        ax = panels(ax, 1, 1, (5.8, 4.4))[0, 0]
        figure: Any = ax.figure
        self.ax_, self.figure_ = ax, figure
        known = self.losses[np.isfinite(self.losses)]
        low, high = float(known.min()), float(known.max())
        logarithmic = low > 0 and high > 8 * low
        space = np.geomspace if logarithmic else np.linspace
        levels = space(low, high if high > low else low + 1.0, 15)
        masked = np.ma.masked_invalid(self.losses)
        self.surface_ = ax.contourf(
            *(self.u, self.v, masked, levels),
            cmap=SEQUENTIAL,
            norm=LogNorm(levels[0], levels[-1]) if logarithmic else None,
        )
        # A white edge and a dark line are seen on all colours of the surface.
        (edge,) = ax.plot(*self.path.T, color="#ffffff", linewidth=3.2)
        edge.set_label("_edge")
        (self.line_,) = ax.plot(
            *self.path.T,
            color=colours_on("#ffffff")[1],
            linewidth=1.5,
            marker="o",
            markersize=3.5,
            markevery=max(1, len(self.path) // 25),
        )
        style = {"color": colours_on("#ffffff")[1], "markeredgecolor": "#ffffff"}
        ax.plot(*self.path[0], "s", markersize=8, **style)
        ax.plot(*self.path[-1], "*", markersize=14, **style)
        ax.set(xlim=(self.u[0], self.u[-1]), ylim=(self.v[0], self.v[-1]))
        ax.locator_params(nbins=5)
        inks, size = outside_inks(ax), letter_size(ax) - 1
        bar = figure.colorbar(self.surface_, ax=ax, aspect=30, pad=0.02)
        ticks = LogLocator(subs=(1, 2, 5)) if logarithmic else MaxNLocator(5)
        bar.ax.yaxis.set_major_locator(ticks)
        bar.ax.yaxis.set_minor_locator(NullLocator())
        bar.ax.yaxis.set_major_formatter("{x:.3g}")
        bar.set_label("loss", color=inks.text, fontsize=size)
        bar.ax.tick_params(colors=inks.soft_text, labelsize=max(6.0, size), length=2)
        bar.outline.set_visible(False)
        labels = ["first direction", "second direction"]
        if self.shares is not None:
            shares = [f"{share:.0%}" for share in self.shares]
            labels = [f"{a} ({b})" for a, b in zip(labels, shares, strict=True)]
        dress(ax, title=self._title(), x=labels[0], y=labels[1], spines=(), share=0.85)
        return self

    def _title(self):
        """Return how the loss changed, and how much of the path the plane holds."""
        first, last = self.path_losses[0], self.path_losses[-1]
        steps = counted(len(self.path) - 1, "step")
        text = f"Loss went from {first:.3g} (square) to {last:.3g} (star) in {steps}"
        if self.shares is not None:
            text += f"; the plane holds {sum(self.shares):.0%} of the path"
        return text


class _Recorder:
    """Observer that keeps the fitted attributes before the first and after all epochs.

    It stands for the observer of callbacks of a copied estimator.
    """

    watches = True

    def __init__(self):
        self.attributes = []

    def begin(self, attributes):
        """Keep the attributes before the first epoch."""
        if not self.attributes:
            self.attributes.append(attributes())

    def end(self, attributes):
        """Keep the attributes; return False, as the fit goes on."""
        self.attributes.append(attributes())
        return False

    def close(self):
        """Do nothing at the end of the fit."""


def _recorded(estimator, X, y):
    """Return the parameters of each epoch of a copy that is fitted again."""
    if getattr(estimator, "n_init", 1) > 1 or estimator.warm_start:
        raise ValueError(
            "path=None needs a fit that can be repeated; with n_init > 1 or "
            "warm_start=True give the parameters of the epochs as path."
        )
    again, recorder = clone(estimator).set_params(verbose=0), _Recorder()
    again._observe = lambda *data, **settings: recorder
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        again.fit(X, y)
    del again._observe
    if not np.array_equal(again.loss_curve_, estimator.loss_curve_, equal_nan=True):
        raise ValueError(
            "A fit to X and y has other losses than the estimator had; give the rows "
            "of its fit, without sample_weight, and an int as random_state, or the "
            "parameters of the epochs as path."
        )
    points = []
    for attributes in recorder.attributes:
        state = copy.copy(again)
        vars(state).update(attributes)
        points.append(state.fitted_network().parameters)
    return np.array(points, dtype=np.float64)


def _flat(point):
    """Return parameters as one flat vector; they may be (coefs, intercepts)."""
    if isinstance(point, tuple) and len(point) == 2:
        parts = [np.ravel(each) for part in point for each in part]
        return np.concatenate(parts).astype(float)
    return np.ravel(np.asarray(point, dtype=float))


def _risk(estimator, X, y):
    """Return the EmpiricalRisk of the rows: the mean loss plus the penalty."""
    fitted = estimator.fitted_network()
    X = np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=np.float64)
    targets = targets_of(estimator, fitted, y, len(X))
    penalty = {"l1": fitted.l1, "l2": fitted.l2}
    return EmpiricalRisk(fitted.network, fitted.loss, X, targets, None, **penalty)


def _directions(points, direction):
    """Return two orthonormal directions (2, n_parameters) of the plane."""
    steps = points[:-1] - points[-1]
    if len(points) < 2 or not np.isfinite(steps).all() or not steps.any():
        raise ValueError(
            "path needs at least two different points of finite numbers, the start and "
            "the end of the training."
        )
    if direction is None:
        _, sizes, axes = np.linalg.svd(steps, full_matrices=False)
        if len(sizes) < 2 or sizes[1] <= 1e-12 * sizes[0]:
            raise ValueError(
                "path lies on a line, so it has no second principal direction; give a "
                "direction."
            )
        return axes[:2] * np.where(axes[:2] @ steps[0] > 0, -1, 1)[:, np.newaxis]
    second = np.ravel(np.asarray(direction, dtype=float))
    first = -steps[0]
    if len(second) != len(first) or not np.isfinite(second).all():
        raise ValueError(
            f"direction has {len(second)} numbers; expected {len(first)} finite ones."
        )
    length = np.linalg.norm(first)
    if length == 0:
        raise ValueError("path begins where it ends; leave direction=None.")
    first = first / length
    rest = second - (second @ first) * first
    if np.linalg.norm(rest) <= 1e-9 * np.linalg.norm(second):
        raise ValueError(
            "direction is zero, or parallel to the line from start to end; give "
            "another one."
        )
    return np.stack([first, rest / np.linalg.norm(rest)])


def _around(values, reach, resolution):
    """Return equally spaced numbers around the values, a quarter of `reach` more."""
    margin = 0.25 * reach
    return np.linspace(values.min() - margin, values.max() + margin, resolution)

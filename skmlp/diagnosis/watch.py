"""Callback that looks at the layers of a network while it learns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from skmlp.base.types import Array
from skmlp.diagnosis.evidence import Evidence
from skmlp.diagnosis.examination import diagnose
from skmlp.diagnosis.finding import Finding
from skmlp.diagnosis.layer_facts import LayerFacts

__all__ = ["EpochFacts", "Watch"]


class EpochFacts(NamedTuple):
    """Facts of the layers after one epoch.

    Parameters
    ----------
    epoch : int
        Number of the epoch, from 1.
    layers : list of LayerFacts
        Activations, gradients and weights, layer by layer.
    updates : list of float
        Root mean square of the change of a layer's weights since the epoch that was
        looked at before, divided by that of the weights; NaN for the first one.
    """

    epoch: int
    layers: list[LayerFacts]
    updates: list[float]


class Watch:
    """Callback that records activations, gradients and updates of every layer.

    It is for scikit-learn's `set_callbacks` (scikit-learn 1.9 and newer), and computes
    one forward and one backward pass over at most `n_rows` rows in each epoch that it
    looks at.

    Parameters
    ----------
    every : int, default=1
        It looks at every k-th epoch.
    n_rows : int, default=256
        Number of rows, evenly among those of the training.
    stop_at : str or iterable of str, default=()
        Names of findings at which the training stops, such as 'vanishing gradients'.

    Attributes
    ----------
    records_ : list of EpochFacts
        What was seen in the last fit.
    finding_ : Finding or None
        The finding that stopped the last fit.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skmlp import MLPClassifier
    >>> from skmlp.diagnosis import Watch
    >>> X, y = load_digits(return_X_y=True)
    >>> watch = Watch(stop_at="vanishing gradients")
    >>> network = MLPClassifier((20,) * 7, activation="logistic", random_state=0)
    >>> _ = network.set_callbacks(watch).fit(X / 16, y)
    >>> network.n_iter_, watch.finding_.name
    (1, 'vanishing gradients')
    """

    def __init__(
        self, every: int = 1, n_rows: int = 256, stop_at: str | Iterable[str] = ()
    ):
        for name, value in {"every": every, "n_rows": n_rows}.items():
            if not isinstance(value, int | np.integer) or value < 1:
                raise ValueError(f"{name}={value!r} has to be an int of at least 1.")
        self.every, self.n_rows = every, n_rows
        self.stop_at = (stop_at,) if isinstance(stop_at, str) else tuple(stop_at)
        self._begin()

    def _begin(self):
        """Forget the records of an earlier fit."""
        self.records_: list[EpochFacts] = []
        self.finding_: Finding | None = None
        self._epoch = 0
        self._weights: list[Array] | None = None

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin a new list of records; called before a fit."""
        self._begin()

    def teardown(self, estimator: Any, context: Any) -> None:
        """Do nothing; called after a fit."""

    def on_fit_task_begin(self, estimator: Any, context: Any, **about: Any) -> None:
        """Do nothing; called before an epoch."""

    def on_fit_task_end(
        self,
        estimator: Any,
        context: Any,
        *,
        X: Any = None,
        y: Any = None,
        metadata: Any = None,
        fitted_estimator: Any = None,
    ) -> bool:
        """Record the layers; return True if a finding of `stop_at` stops the fit."""
        if context.task_name != "epoch" or not hasattr(fitted_estimator, "coefs_"):
            return False  # the end of the fit, or of another kind of estimator
        self._epoch += 1
        if self._epoch % self.every:
            return False
        n = X.shape[0]
        rows = np.linspace(0, n - 1, min(n, self.n_rows)).astype(int)
        X, y = X[rows], np.asarray(y)[rows]
        layers = Evidence(fitted_estimator, X, y).layers
        self.records_.append(
            EpochFacts(self._epoch, layers, self._updates(fitted_estimator))
        )
        if not self.stop_at:
            return False
        for finding in diagnose(fitted_estimator, X, y):
            if finding.name in self.stop_at:
                self.finding_ = finding
                return True
        return False

    def _updates(self, estimator):
        """Return the relative changes of the weights of all layers."""
        before, self._weights = self._weights, [w.copy() for w in estimator.coefs_]
        if before is None:
            return [np.nan] * len(self._weights)
        return [
            float(np.linalg.norm(now - old) / max(np.linalg.norm(now), 1e-300))
            for now, old in zip(self._weights, before, strict=True)
        ]

"""A network's fit over all rows at once."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skmlp.solvers import minimize_lbfgs

__all__ = ["LbfgsFit"]


class LbfgsFit:
    """The part of a multi-layer perceptron that minimises by L-BFGS."""

    def _fit_lbfgs(self, objective, observer):
        """Minimise over all rows at once."""
        start = self._parameters(objective, check_random_state(self.random_state))

        def report(parameters, value):
            self.loss_curve_.append(value)
            if self.verbose:
                print(f"Iteration {len(self.loss_curve_):5d}, loss = {value:.8f}")
            stop = observer.end(lambda: self._attributes(parameters))
            if not stop:
                observer.begin(lambda: self._attributes(parameters))
            return stop

        observer.begin(lambda: self._attributes(start))
        with np.errstate(over="ignore", invalid="ignore"):
            minimum = minimize_lbfgs(
                objective,
                start,
                tol=self.tol,
                max_iter=self.max_iter,
                max_fun=self.max_fun,
                function_tol=2.2e-9,
                report=report,
            )
        _require_finite(minimum.value, minimum.parameters)
        self.n_iter_ = minimum.n_iter
        self.loss_ = self.best_loss_ = minimum.value
        self._set_attributes(minimum.parameters.astype(objective.X.dtype))
        if not minimum.converged:
            warnings.warn(
                f"lbfgs failed to converge after {minimum.n_iter} iteration(s): "
                f"{minimum.message}. Increase max_iter (={self.max_iter}) or max_fun "
                f"(={self.max_fun}), or scale X (sklearn.preprocessing."
                "StandardScaler).",
                ConvergenceWarning,
                stacklevel=6,
            )


def _require_finite(value, parameters):
    """Raise when a solver ran off to infinity."""
    if not (np.isfinite(value) and np.isfinite(parameters).all()):
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may contain "
            "large values and need to be preprocessed (sklearn.preprocessing."
            "StandardScaler)."
        )

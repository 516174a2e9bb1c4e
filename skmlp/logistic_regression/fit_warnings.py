"""Warnings of a logistic regression: not converged, or separated classes."""

from sklearn.exceptions import ConvergenceWarning

from skmlp.base.text import listed
from skmlp.base.warn import warn
from skmlp.logistic_regression.minimise import NOT_CONVERGED
from skmlp.logistic_regression.separation import SeparationWarning, separation_at

__all__ = ["warn_if_separated", "warn_not_converged"]

_KIND_TEXT = {"complete": "completely separated", "quasi-complete": "separated in part"}


def warn_not_converged(minimum, solver, tol, max_iter):
    """Warn that the fit did not converge: how far it came, and what to change."""
    size = (
        f"The largest entry of the gradient is {minimum.gradient_norm:.1e}, tol={tol:g}"
    )
    if solver in NOT_CONVERGED:
        text = (
            f"{NOT_CONVERGED[solver]} after {minimum.n_iter} iterations: "
            f"{minimum.message}. {size}. Increase max_iter (={max_iter}) or tol, or "
            "lower C, which strengthens the penalty."
        )
    else:  # mini-batches: their message says what to change
        text = f"{minimum.message} {size}."
    warn(text, ConvergenceWarning)


def warn_if_separated(objective, parameters, labels, n_classes, gradient_norm, names):
    """Warn if the classes of an unpenalised fit are separated; return True if so.

    The likelihood of separated classes has no maximum at finite weights. `names` are
    the names of the features, or None.
    """
    X, weight = objective.X, objective.sample_weight
    scores = objective.scores(parameters)
    if weight is not None:
        kept = weight > 0
        X, labels, scores = X[kept], labels[kept], scores[kept]
    separation = separation_at(
        X, labels, n_classes, objective.network.has_intercepts, scores
    )
    if not separation:
        return False
    named = [f"{f}" if names is None else f"{names[f]!r}" for f in separation.features]
    noun = "feature" if len(named) == 1 else "features"
    score = f"a score of the {noun} {listed(named)}"
    warn(
        f"The classes are {_KIND_TEXT[separation.kind]} by "
        f"{score if named else 'the intercept alone'}: without a penalty the "
        "likelihood has no maximum, and the coefficients grow without bound. The fit "
        f"ended where the gradient was {gradient_norm:.1e}; do not interpret its "
        "coefficients. Use a finite C, or for two classes bias_reduction='firth' with "
        "solver='newton-cholesky'.",
        SeparationWarning,
    )
    return True

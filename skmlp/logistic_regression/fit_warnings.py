"""What a logistic regression has to say of its fit."""

from sklearn.exceptions import ConvergenceWarning

from skmlp.base.text import listed
from skmlp.base.warn import warn
from skmlp.logistic_regression.minimise import NOT_CONVERGED
from skmlp.logistic_regression.separation import SeparationWarning, separation_at

__all__ = ["warn_if_separated", "warn_not_converged"]

_HOW = {"complete": "completely separated", "quasi-complete": "separated in part"}


def warn_not_converged(minimum, solver, tol, max_iter):
    """Say how far the fit came, and what to try."""
    size = (
        f"The largest entry of the gradient is {minimum.gradient_norm:.1e}, tol={tol:g}"
    )
    if solver in NOT_CONVERGED:
        text = (
            f"{NOT_CONVERGED[solver]} after {minimum.n_iter} iterations: "
            f"{minimum.message}. {size}. Increase max_iter (={max_iter}) or tol, or "
            "lower C, a stronger penalty."
        )
    else:  # by mini-batches, which tell what to try
        text = f"{minimum.message} {size}."
    warn(text, ConvergenceWarning)


def warn_if_separated(objective, parameters, labels, n_classes, gradient_norm, names):
    """Without a penalty: whether no finite weights have the largest likelihood."""
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
        f"The classes are {_HOW[separation.kind]} by "
        f"{score if named else 'the intercept alone'}: without a penalty the "
        "likelihood has no "
        "maximum, and coefficients grow without end. The fit ended where its gradient "
        f"was {gradient_norm:.1e}; do not read its coefficients. Use a finite C, or "
        "for two classes bias_reduction='firth'.",
        SeparationWarning,
    )
    return True

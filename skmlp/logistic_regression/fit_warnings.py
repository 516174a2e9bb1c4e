"""Warnings of a logistic regression: not converged, or separated classes."""

from functools import partial

from sklearn.exceptions import ConvergenceWarning

from skmlp.base.scaling_advice import scaling_advice
from skmlp.base.text import listed
from skmlp.base.warn import warn
from skmlp.logistic_regression.minimise import NOT_CONVERGED
from skmlp.logistic_regression.separation import SeparationWarning, separation_at
from skmlp.solvers.constant_prediction import shortfall

__all__ = [
    "adviser",
    "warn_if_separated",
    "warn_not_converged",
    "warn_of_bad_end",
]

# If C times the weight of all rows is below this, the penalty keeps the coefficients of
# standardised columns near zero, too: scales are not the cause.
_WEAKEST_FIT = 1
_KIND_TEXT = {"complete": "completely separated", "quasi-complete": "separated in part"}


def adviser(estimator, loss, *, stream=False):
    """Return a function that returns the advice on the columns of X.

    Rows of weight zero do not count.
    """
    weight, passed = loss.sample_weight, ()
    if weight is not None and estimator.class_weight is None:
        passed = ("sample_weight",)
    return partial(
        scaling_advice,
        estimator,
        loss.X,
        sample_weight=weight,
        passed=passed,
        stream=stream,
    )


def warn_of_bad_end(estimator, loss, minimum):
    """Warn if a fit did not converge, or if mini-batches learnt little from bad scales.

    Parameters
    ----------
    estimator : LogisticRegression
    loss : EmpiricalRisk
        Unpenalised mean log loss of the training rows.
    minimum : Minimum
    """
    if minimum.interrupted:
        return
    if not minimum.converged:
        warn_not_converged(estimator, loss, minimum)
    elif (
        estimator.solver not in NOT_CONVERGED
        and estimator.C * loss.total_weight >= _WEAKEST_FIT
    ):
        short = shortfall(loss, minimum.value)
        advice = "" if short is None else adviser(estimator, loss)()
        if advice:
            warn(short.sentence + advice, ConvergenceWarning)


def warn_not_converged(estimator, loss, minimum):
    """Warn that a fit did not converge: how far it came, and what to change."""
    solver, tol, max_iter = estimator.solver, estimator.tol, estimator.max_iter
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
    warn(text + adviser(estimator, loss)(), ConvergenceWarning)


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

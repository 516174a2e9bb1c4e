"""Text of the warning after a fit of a network: how it ended, and what is the cause."""

from sklearn.base import is_regressor

from skmlp.base.scaling_advice import scaling_advice
from skmlp.solvers.constant_prediction import shortfall

__all__ = ["advice_of", "warning_of"]


def warning_of(estimator, problem, outcome, *, stream):
    """Return the text of the warning of a fit, or None.

    A fit that did not converge has a warning, which tells what is scaled badly, if
    anything is. A fit that converged has one only if X or y is scaled badly, and if it
    explained little of y or began with a huge loss (`shortfall`).

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
    problem : NetworkProblem
    outcome : Outcome
    stream : bool
        True for a call of `partial_fit`, whose epoch does not have to converge.
    """
    if outcome.message is not None:
        return outcome.message + advice_of(estimator, problem, stream=stream)
    if stream or outcome.stopped:
        return None
    losses = outcome.training.losses
    began = len(losses) == outcome.n_iter  # else an earlier fit did
    first_loss = losses[0] if began and losses else None
    sentence = shortfall(problem.objective, outcome.loss, first_loss)
    if sentence is None:
        return None
    advice = advice_of(estimator, problem, stream=stream)
    return sentence + advice if advice else None


def advice_of(estimator, problem, *, stream):
    """Return the advice for X and, of a regressor, for y; '' if all is scaled well."""
    objective = problem.objective
    cures = _target_cures(objective.loss) if is_regressor(estimator) else ()
    return scaling_advice(
        estimator, objective.X, objective.y, target_cures=cures, stream=stream
    )


def _target_cures(loss):
    """Return what can scale the targets of a loss, as `scaling_advice` takes it."""
    if loss.inverse_link == "exp":  # of positive targets, which may not be centred
        return ("MaxAbsScaler",)
    # A transformer of the target cannot scale deviations, or several quantiles.
    if loss.predicts_deviation or loss.scores_per_target > 1:
        return ("scale_target",)
    return ("scale_target", "StandardScaler")

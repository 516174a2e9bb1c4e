"""Text of the warning after a fit of a network: how it ended, and what is the cause."""

from sklearn.base import is_regressor

from skmlp.base.rows import ALL_ROWS, take
from skmlp.base.scaling_advice import scaling_advice
from skmlp.solvers.constant_prediction import shortfall

__all__ = ["advice_of", "warning_of"]

# Share of the loss of the best constant that L-BFGS has to leave, as it chooses its
# steps, and recovers: from a bad scale of y always, if it has learnt anything.
_SHARE_BY_LBFGS = 0.5

# Number of rows that are looked at first if a fit converged, as most are scaled well.
_ROWS_TO_SUSPECT = 1000


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
        if outcome.converged and problem.is_constant:  # an early stop, of nothing
            return None
        return outcome.message + advice_of(estimator, problem, stream=stream)
    if stream or outcome.stopped:
        return None
    losses, first_loss, more = outcome.training.losses, None, {}
    by_lbfgs = estimator.solver == "lbfgs"
    if by_lbfgs:
        more = {"share": _SHARE_BY_LBFGS}
    elif losses and len(losses) == outcome.n_iter:  # a fit that goes on began before
        first_loss = losses[0]
    # A problem of standardised targets reports losses in units of y.
    units = problem.units
    reported = units and units.loss.of
    objective = problem.objective
    short = shortfall(objective, outcome.loss, first_loss, reported=reported, **more)
    if short is None:
        return None
    suspected = not (short.only_at_first or (by_lbfgs and not short.learnt_nothing))
    few = {"most_rows": _ROWS_TO_SUSPECT, "with_y": suspected}
    if not advice_of(estimator, problem, **few):
        return None
    advice = advice_of(estimator, problem)
    return short.sentence + advice if advice else None


def advice_of(estimator, problem, *, stream=False, most_rows=None, with_y=True):
    """Return the advice for X and, of a regressor, for y; '' if all is scaled well.

    It looks at `most_rows` rows, which lie evenly among all; None: at all rows. Rows of
    weight zero are left out.
    """
    objective, rows = problem.objective, ALL_ROWS
    if most_rows is not None and objective.n_rows > most_rows:
        rows = slice(None, None, objective.n_rows // most_rows)
    weight = objective.sample_weight
    with_y = with_y and is_regressor(estimator)
    return scaling_advice(
        estimator,
        take(objective.X, rows),
        take(objective.y, rows),
        sample_weight=None if weight is None else take(weight, rows),
        passed=_passed_to_fit(problem),
        target_cures=_target_cures(objective.loss) if with_y else (),
        stream=stream,
    )


def _passed_to_fit(problem):
    """Return the names of the arguments of a fit besides X and y."""
    validation = problem.validation_data
    weights = {"sample_weight": problem.rows.sample_weight}
    if validation is not None:
        weights["sample_weight_val"] = validation.sample_weight
    names = [name for name, weight in weights.items() if weight is not None]
    return (*names, *(() if validation is None else ("X_val", "y_val")))


def _target_cures(loss):
    """Return what can scale the targets of a loss, as `scaling_advice` takes it."""
    if loss.inverse_link == "exp":  # of positive targets, which may not be centred
        return ("MaxAbsScaler",)
    # A transformer of the target cannot scale deviations, or several quantiles.
    if loss.predicts_deviation or loss.scores_per_target > 1:
        return ("scale_target",)
    return ("scale_target", "StandardScaler")

"""Comparison of a fit with the best constant prediction."""

import numpy as np

from skmlp.base.rows import take
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk
from skmlp.solvers.lbfgs import minimize_lbfgs

__all__ = ["leaves_much_loss", "loss_of_best_constant", "what_is_left"]

# A fit has explained little if this share of the loss of the best constant is left.
_MUCH = 0.1
# Number of rows from which the best constant is computed if there is no formula.
_ROWS_FOR_CONSTANT = 4096


def loss_of_best_constant(objective):
    """Return the mean loss of the best constant prediction, without the penalty.

    It is computed from y alone: by a formula, if the loss has one, else by L-BFGS on
    some rows, of which the constant is then evaluated on all.
    """
    y, weight = objective.y, objective.sample_weight
    with np.errstate(over="ignore", invalid="ignore"):
        known = objective.loss.of_best_constant(y, weight)
        if known is not None:
            return known
        n_rows, n_scores = objective.n_rows, objective.network.layer_sizes[-1]
        network = Network((1, n_scores), has_intercepts=False)
        ones = np.ones((n_rows, 1), objective.X.dtype)
        risk = EmpiricalRisk(network, objective.loss, ones, y, weight)
        step = max(1, n_rows // _ROWS_FOR_CONSTANT)
        rows = slice(None, None, step)
        few = None if weight is None else take(weight, rows)
        sample = EmpiricalRisk(network, objective.loss, ones[rows], take(y, rows), few)
        start = np.zeros(network.n_parameters)
        minimum = minimize_lbfgs(
            sample, start, tol=1e-6, function_tol=1e-9, max_iter=100
        )
        return risk.value_at(minimum.parameters)


def leaves_much_loss(objective, loss):
    """Return the loss of the best constant if `loss` is 10 % of it or more, else None.

    Losses of a distribution, which can be negative, are compared with the whole of it.
    `objective` is an EmpiricalRisk; with an offset it has no constant predictions, and
    the result is None.
    """
    if objective.offset is not None:
        return None
    constant = loss_of_best_constant(objective)
    share = 1.0 if objective.loss.predicts_deviation else _MUCH
    return constant if loss >= share * constant else None


def what_is_left(loss, constant):
    """Return a sentence that compares the loss of a fit with that of a constant."""
    if loss < constant:
        return (
            f"Training ended at a loss of {loss:.3g}, and the best constant prediction "
            f"has {constant:.3g}."
        )
    return (
        f"Training ended at a loss of {loss:.3g}, no better than the best constant "
        f"prediction, which has {constant:.3g}."
    )

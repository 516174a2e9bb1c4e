"""Comparison of a fit with the best constant prediction."""

from typing import NamedTuple

import numpy as np

from skmlp.base.rows import take
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk
from skmlp.solvers.lbfgs import minimize_lbfgs

__all__ = ["Shortfall", "loss_of_best_constant", "shortfall"]

# A fit has explained little if this share of the loss of the best constant is left.
_MUCH = 0.1
# A fit has begun badly if its first epoch had this many times the loss of a constant.
_BAD_BEGINNING = 10
# Number of rows from which the best constant is computed if there is no formula.
_ROWS_FOR_CONSTANT = 4096


class Shortfall(NamedTuple):
    """Sentence that tells how a fit fell short.

    `only_at_first` is True if only its beginning did, and `learnt_nothing` if it is no
    better than the best constant prediction.
    """

    sentence: str
    only_at_first: bool = False
    learnt_nothing: bool = False


def loss_of_best_constant(objective):
    """Return the mean loss of the best constant prediction, without the penalty.

    It is computed from y alone: by a formula, if the loss has one, else by L-BFGS, from
    at most 4096 rows at random.
    """
    y, weight = objective.y, objective.sample_weight
    with np.errstate(over="ignore", invalid="ignore"):
        known = objective.loss.of_best_constant(y, weight)
        if known is not None:
            return known
        rows = np.arange(len(y)) if weight is None else np.flatnonzero(weight)
        if len(rows) > _ROWS_FOR_CONSTANT:  # at random: their order may be regular
            chosen = np.random.RandomState(0).randint(
                len(rows), size=_ROWS_FOR_CONSTANT
            )
            rows = rows[chosen]
        network = Network((1, objective.network.layer_sizes[-1]), has_intercepts=False)
        risk = EmpiricalRisk(
            network,
            objective.loss,
            np.ones((len(rows), 1), objective.X.dtype),
            take(y, rows),
            None if weight is None else take(weight, rows),
        )
        start = np.zeros(network.n_parameters)
        return minimize_lbfgs(
            risk, start, tol=1e-4, function_tol=1e-6, max_iter=100
        ).value


def shortfall(objective, loss, first_loss=None, *, share=_MUCH, reported=None):
    """Return the Shortfall of a fit that explained little, or began badly; else None.

    A fit explained little if 10 % of the loss of the best constant prediction is left
    (or another share).
    A fit of scaled data begins near that loss: 10 times as much is a bad beginning,
    from which the weights keep what large columns have done to them.

    Parameters
    ----------
    objective : EmpiricalRisk
        Objective of the fit. With an offset it has no constant predictions.
    loss : float
        Loss at the end of the fit.
    first_loss : float, optional
        Mean loss of the first epoch, if the fit began with it.
    share : float, default=0.1
        Share of the loss of the best constant that is too much to be left.
    reported : callable, optional
        Function from a loss of the objective to one in the units of `loss`; None: the
        units are equal.
    """
    if objective.offset is not None:
        return None
    constant = loss_of_best_constant(objective)
    if reported is not None:
        constant = reported(constant)
    # Losses of a distribution can be negative: no share of them is a measure.
    share = 1.0 if objective.loss.predicts_deviation else share
    of_constant = f"the best constant prediction has {constant:.3g}."
    if constant <= loss:
        return Shortfall(
            f"Training ended at a loss of {loss:.3g}, no better than the best constant "
            f"prediction, which has {constant:.3g}.",
            learnt_nothing=True,
        )
    if share * constant <= loss:
        return Shortfall(f"Training ended at a loss of {loss:.3g}, and {of_constant}")
    if first_loss is not None and first_loss > _BAD_BEGINNING * constant > 0:
        began = f"Training began at a loss of {first_loss:.3g}, and {of_constant}"
        return Shortfall(began, only_at_first=True)
    return None

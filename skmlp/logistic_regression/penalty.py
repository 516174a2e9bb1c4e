"""The penalty that `penalty`, `C` and `l1_ratio` ask for, and who can solve it."""

from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from skmlp.base.warn import warn

__all__ = [
    "SOLVERS",
    "Penalty",
    "Solver",
    "check_combination",
    "penalty_of",
    "penalty_per_parameter",
]

Solver: TypeAlias = Literal[
    "lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"
]
SOLVERS = ("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga")
_L1_SOLVERS = ("liblinear", "saga")


class Penalty(NamedTuple):
    """l1·‖w‖₁ + ½·l2·‖w‖², which is added to the weighted sum of the losses."""

    l1: float
    l2: float


def penalty_of(estimator):
    """Return the Penalty that parameters ask for; raise for what cannot be solved."""
    penalty, C = _penalty_and_inverse_strength(estimator)
    if estimator.n_jobs is not None:
        warn(
            "'n_jobs' has no effect, and scikit-learn removes it in 1.10; leave out "
            f"n_jobs={estimator.n_jobs}.",
            FutureWarning,
        )
    check_combination(penalty, estimator.solver, estimator.dual)
    if penalty is None or np.inf == C:
        return Penalty(0.0, 0.0)
    share = {"l2": 0.0, "l1": 1.0}.get(penalty, estimator.l1_ratio)
    return Penalty(share / C, (1 - share) / C)


def _penalty_and_inverse_strength(estimator):
    """The penalty's name and C, out of `penalty`, `C` and `l1_ratio`."""
    penalty, C, l1_ratio = estimator.penalty, estimator.C, estimator.l1_ratio
    if penalty == "deprecated":
        if l1_ratio is None:
            warn(
                "'l1_ratio=None' was deprecated in version 1.8 of scikit-learn and is "
                "an error from 1.10; use l1_ratio=0.",
                FutureWarning,
            )
        if np.inf == C:
            return None, C
        return {None: "l2", 0: "l2", 1: "l1"}.get(l1_ratio, "elasticnet"), C
    warn(
        "'penalty' was deprecated in version 1.8 of scikit-learn; use l1_ratio=0 for "
        "'l2', l1_ratio=1 for 'l1', a number between them for 'elasticnet' and "
        "C=np.inf for None.",
        FutureWarning,
    )
    if penalty is None and C != 1.0:
        warn(
            "Setting penalty=None will ignore the C and l1_ratio parameters",
        )
    if l1_ratio is None and penalty == "elasticnet":
        raise ValueError("l1_ratio must be specified when penalty is elasticnet.")
    if penalty != "elasticnet" and l1_ratio is not None and 0 < l1_ratio < 1:
        warn(
            "l1_ratio parameter is only used when penalty is 'elasticnet'. Got "
            f"(penalty={penalty})",
        )
    if l1_ratio != {"l1": 1, "l2": 0}.get(penalty, l1_ratio):
        warn(
            f"Inconsistent values: penalty={penalty} with l1_ratio={l1_ratio}. penalty "
            "is deprecated. Please use l1_ratio only.",
        )
    return penalty, C


def check_combination(penalty, solver, dual):
    """Raise where a solver of scikit-learn does not take the penalty."""
    if solver not in _L1_SOLVERS and penalty not in ("l2", None):
        raise ValueError(
            f"Solver {solver} supports only 'l2' or None penalties, got {penalty} "
            "penalty; use l1_ratio=0 or solver='saga'."
        )
    if solver != "liblinear" and dual:
        raise ValueError(
            f"Solver {solver} supports only dual=False, got dual={dual}; only "
            "solver='liblinear' takes it."
        )
    if solver == "liblinear" and dual and penalty == "l1":
        raise ValueError(
            "penalty='l1' with dual=True is not supported by solver='liblinear'; use "
            "dual=False."
        )
    if solver == "liblinear" and penalty == "elasticnet":
        raise ValueError(
            f"Only 'saga' solver supports elasticnet penalty, got solver={solver}."
        )
    if solver == "liblinear" and penalty is None:
        raise ValueError(
            "C=np.inf as well as penalty=None is not supported for the liblinear "
            "solver; use solver='lbfgs'."
        )


def penalty_per_parameter(network, strength, *, power, intercept_scaling=None):
    """Return the strength of |θ|^power for every parameter.

    The intercept is free. With an `intercept_scaling` it is penalised as liblinear does
    it: as the weight of a feature of this value.
    """
    every = np.zeros(network.n_parameters)
    every[: network.n_weights] = strength
    if intercept_scaling is not None:
        every[network.n_weights :] = strength / intercept_scaling**power
    return every

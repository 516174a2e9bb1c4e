"""Penalty and bounds of a logistic regression, and the solvers that support them."""

import warnings
from numbers import Integral, Real
from typing import Literal, TypeAlias

import numpy as np

from skmlp.base.warn import warn
from skmlp.objective import Penalty

__all__ = [
    "SOLVERS",
    "Solver",
    "bounds_of",
    "check_bounds_and_bias_reduction",
    "check_l1_ratios",
    "check_penalty_and_solver",
    "penalty_at",
    "penalty_of",
    "penalty_of_fit",
    "penalty_per_parameter",
    "values_of_C",
]

Solver: TypeAlias = Literal[
    "lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"
]
SOLVERS = ("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga")
_L1_SOLVERS = ("liblinear", "saga")
_BOUNDED_SOLVERS = ("lbfgs", "liblinear", "sag", "saga")


def penalty_of(estimator):
    """Return the Penalty that the parameters of an estimator ask for.

    Raise ValueError if `solver` does not support it.
    """
    name, C = _penalty_name_and_C(estimator)
    if estimator.n_jobs is not None:
        warn(
            "'n_jobs' has no effect, and scikit-learn removes it in 1.10; leave out "
            f"n_jobs={estimator.n_jobs}.",
            FutureWarning,
        )
    check_penalty_and_solver(name, estimator.solver, estimator.dual)
    if name is None:
        return Penalty()
    return penalty_at(name, C, estimator.l1_ratio)


def penalty_of_fit(estimator):
    """Return the Penalty of a fitted estimator, with the C that was chosen, if any."""
    if getattr(estimator, "bias_reduction", None) is not None:
        return Penalty()  # Firth's, which has no strengths
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # raised by the fit
        if hasattr(estimator, "C_"):  # arrays repeat it for every class
            C, share = (np.ravel(a)[0] for a in (estimator.C_, estimator.l1_ratio_))
            return penalty_at("elasticnet", C, share or 0.0)
        name, C = _penalty_name_and_C(estimator)
    return Penalty() if name is None else penalty_at(name, C, estimator.l1_ratio)


def penalty_at(name, C, l1_ratio):
    """Return the Penalty of the name 'l1', 'l2' or 'elasticnet' for C and l1_ratio."""
    share = {"l2": 0.0, "l1": 1.0}.get(name, l1_ratio)
    return Penalty(share / C, (1 - share) / C)


def penalty_per_parameter(estimator, penalty, network):
    """Return `penalty` with one l1 and one l2 strength for every parameter.

    'liblinear' penalises the intercept, too.
    """
    scaling = None
    if estimator.solver == "liblinear" and estimator.fit_intercept:
        scaling = estimator.intercept_scaling
    return penalty.per_parameter(network, intercept_scaling=scaling)


def _penalty_name_and_C(estimator):
    """Return the penalty's name (or None) and C; warn of deprecated parameters."""
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


def check_penalty_and_solver(penalty, solver, dual):
    """Raise ValueError if `solver` does not support the penalty, or `dual`."""
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


def values_of_C(Cs):
    """Return the values of C to try (n_cs,), from their number or a list of them."""
    if isinstance(Cs, Integral):
        return np.logspace(-4, 4, Cs)
    try:
        values = np.array(Cs, dtype=np.float64)
        valid = values.ndim == 1 and len(values) > 0 and bool(np.all(values > 0))
    except (TypeError, ValueError):
        valid = False
    if not valid:
        raise ValueError(
            "Cs must be the number of values, or a list of positive numbers (inf: "
            f"no penalty); got Cs={Cs!r}."
        )
    return values


def check_l1_ratios(l1_ratios, *, used):
    """Raise ValueError unless l1_ratios is a list of numbers between 0 and 1.

    If they are not `used`, they only have to be a list that is not empty.
    """
    valid = np.iterable(l1_ratios) and len(l1_ratios) > 0
    if not valid or (used and not all(map(_is_share, l1_ratios))):
        raise ValueError(
            "l1_ratios must be an array-like of numbers between 0 and 1; got "
            f"(l1_ratios={l1_ratios!r}). Give at least one number, for example (0,)."
        )


def _is_share(value):
    """Return True if `value` is a number between 0 and 1."""
    return isinstance(value, Real) and 0 <= value <= 1


def bounds_of(lower, upper, network):
    """Return lower and upper bounds of all parameters, None if there are no bounds.

    `lower` and `upper` are the bounds of coef_; intercepts have no bounds.
    """
    if lower is None and upper is None:
        return None
    shape = network.layer_sizes[::-1]
    all_bounds = []
    for name, bound, none in (
        ("lower_bounds", lower, -np.inf),
        ("upper_bounds", upper, np.inf),
    ):
        try:
            bound = np.asarray(none if bound is None else bound, dtype=np.float64)
        except (TypeError, ValueError):
            raise ValueError(
                f"{name} holds {bound!r}; give a number, or an array of numbers."
            ) from None
        try:
            weights = np.broadcast_to(bound, shape)
        except ValueError:
            raise ValueError(
                f"{name} has the shape {np.shape(bound)}, which does not fit that of "
                f"coef_, {shape}; give a number, one per feature, or one for each "
                "coefficient."
            ) from None
        if np.isnan(weights).any():
            raise ValueError(f"{name} holds NaN; use inf where there is no bound.")
        if np.any(weights == -none):
            raise ValueError(
                f"{name} holds {-none:g}, which no coefficient can satisfy; use "
                f"{none:g} where there is no bound."
            )
        free = np.full(network.n_parameters, none)
        free[: network.n_weights] = weights.T.ravel()
        all_bounds.append(free)
    if np.any(all_bounds[0] > all_bounds[1]):
        raise ValueError(
            "lower_bounds are above upper_bounds for some coefficients; swap them."
        )
    return tuple(all_bounds)


def check_bounds_and_bias_reduction(estimator, penalty, n_classes):
    """Raise ValueError if `solver` does not support bounds or bias_reduction."""
    solver, bounds = estimator.solver, penalty.bounds
    if bounds is not None and solver not in _BOUNDED_SOLVERS:
        raise ValueError(
            f"solver={solver!r} does not take lower_bounds or upper_bounds; "
            "use solver='lbfgs', or 'saga' with an l1 penalty."
        )
    if estimator.bias_reduction is None:
        return
    if penalty.l1 + penalty.l2 > 0 or bounds is not None:
        raise ValueError(
            "bias_reduction='firth' is a penalty itself; use it with C=np.inf and "
            "without bounds."
        )
    if solver != "newton-cholesky" or n_classes != 2:
        raise ValueError(
            "bias_reduction='firth' needs solver='newton-cholesky' and two classes; "
            f"got solver={solver!r} and {n_classes} classes."
        )

"""Allowed values of the parameters of a logistic regression."""

from numbers import Integral, Real

from skmlp.base.compat import Hidden, Interval
from skmlp.base.options import StrOptions
from skmlp.logistic_regression.penalty import SOLVERS
from skmlp.losses import ClassifierLoss, Loss
from skmlp.solvers import Schedule, UpdateRule

__all__ = ["CONSTRAINTS"]

CONSTRAINTS: dict = {
    "penalty": [
        StrOptions({"l1", "l2", "elasticnet"}),
        None,
        Hidden(StrOptions({"deprecated"})),
    ],
    "C": [Interval(Real, 0, None, closed="right")],
    "l1_ratio": [Interval(Real, 0, 1, closed="both"), None],
    "dual": ["boolean"],
    "tol": [Interval(Real, 0, None, closed="left")],
    "fit_intercept": ["boolean"],
    "intercept_scaling": [Interval(Real, 0, None, closed="neither")],
    "class_weight": [dict, StrOptions({"balanced"}), None],
    "random_state": ["random_state"],
    "solver": [StrOptions(UpdateRule.table, SOLVERS), UpdateRule],
    "max_iter": [Interval(Integral, 0, None, closed="left")],
    "verbose": ["verbose"],
    "warm_start": ["boolean"],
    "n_jobs": [None, Integral],
    "learning_rate": [StrOptions(Schedule.table), Schedule, callable],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "batch_size": [
        StrOptions({"auto"}),
        Interval(Integral, 1, None, closed="left"),
    ],
    "lower_bounds": [Real, "array-like", None],
    "upper_bounds": [Real, "array-like", None],
    "bias_reduction": [StrOptions({"firth"}), None],
    "loss": [StrOptions({"log_loss"}), ClassifierLoss, Loss, tuple, callable],
}
"""Allowed values of the parameters of LogisticRegression: {name: constraints}."""

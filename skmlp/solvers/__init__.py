"""Ways to minimise an objective; none of them knows what an estimator is."""

from skmlp.solvers.firth import minimize_firth
from skmlp.solvers.lbfgs import minimize_lbfgs
from skmlp.solvers.newton import conjugate_step, exact_step, minimize_newton
from skmlp.solvers.proximal import minimize_proximal
from skmlp.solvers.schedules import Adaptive, Constant, InverseScaling, Schedule
from skmlp.solvers.stochastic import Epoch, TrainingState, epochs
from skmlp.solvers.updates import SGD, Adam, UpdateRule

__all__ = [
    "SGD",
    "Adam",
    "Adaptive",
    "Constant",
    "Epoch",
    "InverseScaling",
    "Schedule",
    "TrainingState",
    "UpdateRule",
    "conjugate_step",
    "epochs",
    "exact_step",
    "minimize_firth",
    "minimize_lbfgs",
    "minimize_newton",
    "minimize_proximal",
]

"""Ways to minimise an objective; none of them knows what an estimator is."""

from skmlp.solvers.annealing import (
    Cosine,
    Exponential,
    OneCycle,
    StepDecay,
    WarmUp,
)
from skmlp.solvers.descent import GD, SGD
from skmlp.solvers.firth import minimize_firth
from skmlp.solvers.lbfgs import minimize_lbfgs
from skmlp.solvers.moments import Adam, AdamW, AMSGrad, NAdam
from skmlp.solvers.newton import conjugate_step, exact_step, minimize_newton
from skmlp.solvers.proximal import minimize_proximal
from skmlp.solvers.restraints import Restraints
from skmlp.solvers.scaled import Adadelta, Adagrad, RMSprop
from skmlp.solvers.schedules import (
    Adaptive,
    Constant,
    FunctionOfStep,
    InverseScaling,
    Progress,
    Schedule,
)
from skmlp.solvers.stochastic import Epoch, TrainingState, epochs
from skmlp.solvers.updates import UpdateRule

__all__ = [
    "GD",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adaptive",
    "Constant",
    "Cosine",
    "Epoch",
    "Exponential",
    "FunctionOfStep",
    "InverseScaling",
    "NAdam",
    "OneCycle",
    "Progress",
    "RMSprop",
    "Restraints",
    "Schedule",
    "StepDecay",
    "TrainingState",
    "UpdateRule",
    "WarmUp",
    "conjugate_step",
    "epochs",
    "exact_step",
    "minimize_firth",
    "minimize_lbfgs",
    "minimize_newton",
    "minimize_proximal",
]

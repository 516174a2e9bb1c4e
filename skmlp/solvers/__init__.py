"""Ways to minimise an objective; none of them knows what an estimator is.

Read `rules`, `schedules` and `epoch_loop`; then `lbfgs`, `newton` and `proximal`.
"""

from skmlp.solvers.epoch_loop import Epoch, TrainingState, epochs
from skmlp.solvers.firth import minimize_firth
from skmlp.solvers.lbfgs import minimize_lbfgs
from skmlp.solvers.newton import conjugate_step, exact_step, minimize_newton
from skmlp.solvers.proximal import minimize_proximal
from skmlp.solvers.rules import (
    GD,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    NAdam,
    RMSprop,
    UpdateRule,
)
from skmlp.solvers.schedules import (
    Adaptive,
    Constant,
    Cosine,
    Exponential,
    FunctionOfStep,
    InverseScaling,
    OneCycle,
    Progress,
    Schedule,
    StepDecay,
    WarmUp,
)
from skmlp.solvers.step_bounds import StepBounds

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
    "Schedule",
    "StepBounds",
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

"""Solvers: algorithms that minimise an objective, independent of the estimators.

Read `rules`, `schedules`, `epoch`, `training` and `training_loop`; then `lbfgs`,
`newton` and `proximal`.
"""

from skmlp.solvers.convex_lbfgs import minimize_convex
from skmlp.solvers.divergence import Diverged
from skmlp.solvers.epoch import Epoch, EpochRecord, TrainingState, epochs
from skmlp.solvers.firth import minimize_firth
from skmlp.solvers.lbfgs import minimize_lbfgs
from skmlp.solvers.minimum import Minimum
from skmlp.solvers.newton import exact_step, minimize_newton
from skmlp.solvers.patience import Patience
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
from skmlp.solvers.training import (
    HeldOutRows,
    Observer,
    Outcome,
    Training,
    TrainingPlan,
    TrainingProblem,
)
from skmlp.solvers.training_loop import train

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
    "Diverged",
    "Epoch",
    "EpochRecord",
    "Exponential",
    "FunctionOfStep",
    "HeldOutRows",
    "InverseScaling",
    "Minimum",
    "NAdam",
    "Observer",
    "OneCycle",
    "Outcome",
    "Patience",
    "Progress",
    "RMSprop",
    "Schedule",
    "StepBounds",
    "StepDecay",
    "Training",
    "TrainingPlan",
    "TrainingProblem",
    "TrainingState",
    "UpdateRule",
    "WarmUp",
    "epochs",
    "exact_step",
    "minimize_convex",
    "minimize_firth",
    "minimize_lbfgs",
    "minimize_newton",
    "minimize_proximal",
    "train",
]

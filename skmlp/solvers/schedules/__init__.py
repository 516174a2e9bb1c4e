"""Schedules: functions that change the learning rate during training.

Read `base`, then `decay`.
"""

from skmlp.solvers.schedules.base import (
    Adaptive,
    Constant,
    FunctionOfStep,
    InverseScaling,
    Progress,
    Schedule,
)
from skmlp.solvers.schedules.decay import Cosine, Exponential, StepDecay
from skmlp.solvers.schedules.warm_up import OneCycle, WarmUp

__all__ = [
    "Adaptive",
    "Constant",
    "Cosine",
    "Exponential",
    "FunctionOfStep",
    "InverseScaling",
    "OneCycle",
    "Progress",
    "Schedule",
    "StepDecay",
    "WarmUp",
]

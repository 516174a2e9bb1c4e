"""Schedules: how the learning rate changes during training.

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
from skmlp.solvers.schedules.decay import (
    Cosine,
    Exponential,
    OneCycle,
    StepDecay,
    WarmUp,
)

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

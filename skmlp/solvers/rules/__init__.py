"""Update rules: they compute a step of gradient descent from the gradient.

Read `base` and `gradient_descent`, then `adam` and `adagrad`.
"""

from skmlp.solvers.rules.adagrad import Adadelta, Adagrad, RMSprop
from skmlp.solvers.rules.adam import Adam, AdamW, AMSGrad, NAdam
from skmlp.solvers.rules.base import UpdateRule
from skmlp.solvers.rules.gradient_descent import GD, SGD

__all__ = [
    "GD",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "NAdam",
    "RMSprop",
    "UpdateRule",
]

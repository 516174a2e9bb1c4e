"""Definitions of the kernels, in array functions that NumPy, torch and CuPy have."""

from skmlp._kernels.reference.class_moments import class_moments
from skmlp._kernels.reference.coordinate_descent import (
    Columns,
    ElasticNet,
    QuadraticModel,
    column_products,
    coordinate_sweeps,
    log_loss,
    violations,
)
from skmlp._kernels.reference.limited_memory import limited_memory_direction
from skmlp._kernels.reference.links import (
    log_logistic,
    log_softmax,
    log_sum_exp,
    logistic,
    softmax,
    softplus,
)
from skmlp._kernels.reference.perceptron import (
    PerceptronPlan,
    PerceptronProgress,
    PerceptronRows,
    PerceptronRule,
    PerceptronUnits,
    perceptron_epochs,
)
from skmlp._kernels.reference.programs import OPERATIONS, Program, run_program
from skmlp._kernels.reference.random_numbers import (
    drop_threshold,
    dropout_factors,
    random_bits,
    standard_normals,
)
from skmlp._kernels.reference.updates import (
    adadelta_step,
    adagrad_step,
    adam_step,
    amsgrad_step,
    gradient_step,
    momentum_step,
    nadam_step,
    rmsprop_step,
)

__all__ = [
    "OPERATIONS",
    "Columns",
    "ElasticNet",
    "PerceptronPlan",
    "PerceptronProgress",
    "PerceptronRows",
    "PerceptronRule",
    "PerceptronUnits",
    "Program",
    "QuadraticModel",
    "adadelta_step",
    "adagrad_step",
    "adam_step",
    "amsgrad_step",
    "class_moments",
    "column_products",
    "coordinate_sweeps",
    "drop_threshold",
    "dropout_factors",
    "gradient_step",
    "limited_memory_direction",
    "log_logistic",
    "log_loss",
    "log_softmax",
    "log_sum_exp",
    "logistic",
    "momentum_step",
    "nadam_step",
    "perceptron_epochs",
    "random_bits",
    "rmsprop_step",
    "run_program",
    "softmax",
    "softplus",
    "standard_normals",
    "violations",
]

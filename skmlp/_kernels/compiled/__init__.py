"""The kernels in C: one extension module for each idea, built with Cython.

Each is built from a .pyx file here and the header of that name in ../c/. Those of
networks and of the thread crew have no twin of one name in ../reference/: see
network.pyx.
"""

from skmlp._kernels.compiled.class_moments import class_moments as class_moments
from skmlp._kernels.compiled.coordinate_descent import (
    column_products as column_products,
)
from skmlp._kernels.compiled.coordinate_descent import (
    coordinate_sweeps as coordinate_sweeps,
)
from skmlp._kernels.compiled.coordinate_descent import log_loss as log_loss
from skmlp._kernels.compiled.coordinate_descent import violations as violations
from skmlp._kernels.compiled.limited_memory import (
    limited_memory_direction as limited_memory_direction,
)
from skmlp._kernels.compiled.network import ACTIVATIONS as ACTIVATIONS
from skmlp._kernels.compiled.network import LOSSES as LOSSES
from skmlp._kernels.compiled.network import MAX_LAYERS as MAX_LAYERS
from skmlp._kernels.compiled.network import MAX_PARTS as MAX_PARTS
from skmlp._kernels.compiled.network import RULE_CONSTANTS as RULE_CONSTANTS
from skmlp._kernels.compiled.network import STEP_SIZES as STEP_SIZES
from skmlp._kernels.compiled.network import Problem as Problem
from skmlp._kernels.compiled.network import curvature_sums as curvature_sums
from skmlp._kernels.compiled.network import network_scores as network_scores
from skmlp._kernels.compiled.network import objective_sums as objective_sums
from skmlp._kernels.compiled.network import train_batches as train_batches
from skmlp._kernels.compiled.perceptron import perceptron_epochs as perceptron_epochs
from skmlp._kernels.compiled.programs import OPERATIONS as OPERATIONS
from skmlp._kernels.compiled.programs import run_program as run_program
from skmlp._kernels.compiled.thread_crew import Crew as Crew
from skmlp._kernels.compiled.updates import UPDATE_RULES as UPDATE_RULES
from skmlp._kernels.compiled.updates import adadelta_step as adadelta_step
from skmlp._kernels.compiled.updates import adagrad_step as adagrad_step
from skmlp._kernels.compiled.updates import adam_step as adam_step
from skmlp._kernels.compiled.updates import amsgrad_step as amsgrad_step
from skmlp._kernels.compiled.updates import gradient_step as gradient_step
from skmlp._kernels.compiled.updates import momentum_step as momentum_step
from skmlp._kernels.compiled.updates import nadam_step as nadam_step
from skmlp._kernels.compiled.updates import rmsprop_step as rmsprop_step

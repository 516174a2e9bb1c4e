"""Chooses the kernels: the compiled ones if they were built, else the reference.

The environment variable SKMLP_KERNELS takes "auto" (default), "compiled" (an error if
they were not built) or "reference". All other folders import their kernels from here;
`NAME` says which ones run. README.md has the map of this folder.
"""

import os
from typing import Any

from skmlp._kernels import reference
from skmlp._kernels.arguments import check_sparse as check_sparse
from skmlp._kernels.arguments import contiguous as contiguous
from skmlp._kernels.arguments import csr_arrays as csr_arrays
from skmlp._kernels.arguments import with_checked_indices, with_copies
from skmlp._kernels.reference import Columns as Columns
from skmlp._kernels.reference import ElasticNet as ElasticNet
from skmlp._kernels.reference import PerceptronPlan as PerceptronPlan
from skmlp._kernels.reference import PerceptronProgress as PerceptronProgress
from skmlp._kernels.reference import PerceptronRows as PerceptronRows
from skmlp._kernels.reference import PerceptronRule as PerceptronRule
from skmlp._kernels.reference import PerceptronUnits as PerceptronUnits
from skmlp._kernels.reference import Program as Program
from skmlp._kernels.reference import QuadraticModel as QuadraticModel
from skmlp._kernels.reference.programs import OPERATIONS as OPERATIONS
from skmlp._kernels.reference.programs import constant_result as constant_result
from skmlp._kernels.reference.programs import n_operands as n_operands
from skmlp._kernels.shared_work import run_parts as run_parts
from skmlp._kernels.threads import Helpers as Helpers
from skmlp._kernels.threads import Lease as Lease
from skmlp._kernels.threads import OrderedSum as OrderedSum
from skmlp._kernels.threads import batch_parts as batch_parts
from skmlp._kernels.threads import one_thread as one_thread
from skmlp._kernels.threads import row_ranges as row_ranges
from skmlp._kernels.threads import threads_for as threads_for

_CHOICES = ("auto", "compiled", "reference")
_choice = os.environ.get("SKMLP_KERNELS", "auto")
if _choice not in _CHOICES:
    raise ImportError(
        f"SKMLP_KERNELS={_choice!r} is unknown; use one of {', '.join(_CHOICES)}."
    )

NAME = "reference"
_kernels: Any = reference
if _choice != "reference":
    try:
        from skmlp._kernels import compiled

        NAME, _kernels = "compiled", compiled
    except (ImportError, ValueError) as error:  # ValueError: modules of two builds
        if _choice == "compiled":
            raise ImportError(
                "SKMLP_KERNELS='compiled', but the compiled kernels cannot be imported "
                f"({error}); install a C compiler and reinstall skmlp."
            ) from error
# Nobody asked for the reference kernels: the first fit says that they are slower.
FELL_BACK = NAME == "reference" and _choice != "reference"

# Components that the kernels of networks know, in the order of their codes, and limits:
# defined in C. Without compiled kernels there are none.
ACTIVATIONS: tuple[str, ...] = getattr(_kernels, "ACTIVATIONS", ())
LOSSES: tuple[str, ...] = getattr(_kernels, "LOSSES", ())
UPDATE_RULES: tuple[str, ...] = getattr(_kernels, "UPDATE_RULES", ())
MAX_LAYERS: int = getattr(_kernels, "MAX_LAYERS", 0)
STEP_SIZES: int = getattr(_kernels, "STEP_SIZES", 0)
RULE_CONSTANTS: int = getattr(_kernels, "RULE_CONSTANTS", 0)

# Without these, the loop over an objective takes their place.
Problem = getattr(_kernels, "Problem", None)
train_batches = getattr(_kernels, "train_batches", None)
Crew = getattr(_kernels, "Crew", None)
objective_sums = getattr(_kernels, "objective_sums", None)
curvature_sums = getattr(_kernels, "curvature_sums", None)
network_scores = getattr(_kernels, "network_scores", None)


def _kernel(name, *, indices_below=None, **layouts):
    """Return the kernel of that name: the compiled one, or else the reference's.

    `with_copies` lets compiled kernels take arrays of any layout. `indices_below` names
    the indices of a sparse matrix, and an array and its axis: the indices have to be
    below that size.
    """
    kernel = getattr(_kernels, name, None)
    if kernel is None or _kernels is reference:
        kernel = getattr(reference, name)
    else:
        kernel = with_copies(kernel, **layouts)
    if indices_below is None:
        return kernel
    return with_checked_indices(kernel, *indices_below)


logistic = _kernel("logistic")
log_logistic = _kernel("log_logistic")
softplus = _kernel("softplus")
softmax = _kernel("softmax")
log_softmax = _kernel("log_softmax")
log_sum_exp = _kernel("log_sum_exp")
gradient_step = _kernel("gradient_step", writes=("parameters",))
momentum_step = _kernel("momentum_step", writes=("parameters", "velocity"))
adam_step = _kernel("adam_step", writes=("parameters", "mean", "square"))
amsgrad_step = _kernel(
    "amsgrad_step", writes=("parameters", "mean", "square", "largest")
)
nadam_step = _kernel("nadam_step", writes=("parameters", "mean", "square"))
rmsprop_step = _kernel("rmsprop_step", writes=("parameters", "square", "velocity"))
adagrad_step = _kernel("adagrad_step", writes=("parameters", "square"))
adadelta_step = _kernel("adadelta_step", writes=("parameters", "square", "step_square"))
dropout_factors = _kernel("dropout_factors")
standard_normals = _kernel("standard_normals")
class_moments = _kernel("class_moments", reads_any_layout=("X",))
perceptron_epochs = _kernel(
    "perceptron_epochs",
    writes=(
        *("rows.order", "rows.words", "units.weights", "units.intercepts"),
        *("units.l1_due", "units.l1_paid", "units.weight_sums"),
        *("units.intercept_sums", "units.active"),
        *(f"progress.{field}" for field in PerceptronProgress._fields),
    ),
    indices_below=("rows.indices", "units.weights", 1),
)
coordinate_sweeps = _kernel(
    "coordinate_sweeps",
    writes=("parameters", "step_scores"),
    indices_below=("columns.indices", "model.mean", 1),
)
column_products = _kernel(
    "column_products", indices_below=("columns.indices", "score_gradient", 1)
)
violations = _kernel("violations")
run_program = _kernel("run_program", writes=("value", "derivative"))
limited_memory_direction = _kernel("limited_memory_direction")
log_loss = _kernel("log_loss", writes=("mean", "score_gradient"))

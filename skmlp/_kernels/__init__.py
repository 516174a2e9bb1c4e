"""Chooses the kernels: the compiled ones where they exist, else the reference.

The environment variable SKMLP_KERNELS takes "auto" (default), "compiled" (an error
where they were not built) or "reference". Everything above imports its kernels from
here and cannot tell which ones it got, but for `NAME`.
"""

import os
from typing import Any

from skmlp._kernels import reference
from skmlp._kernels.arguments import check_sparse as check_sparse
from skmlp._kernels.arguments import contiguous as contiguous
from skmlp._kernels.arguments import csr_arrays as csr_arrays
from skmlp._kernels.arguments import with_checked_indices, with_copies
from skmlp._kernels.threads import Helpers as Helpers
from skmlp._kernels.threads import Lease as Lease
from skmlp._kernels.threads import OrderedSum as OrderedSum
from skmlp._kernels.threads import batch_parts as batch_parts
from skmlp._kernels.threads import one_thread as one_thread
from skmlp._kernels.threads import row_ranges as row_ranges
from skmlp._kernels.threads import run_parts as run_parts
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
        from skmlp._kernels import compiled  # type: ignore[attr-defined]

        NAME, _kernels = "compiled", compiled
    except ImportError as error:
        if _choice == "compiled":
            raise ImportError(
                "SKMLP_KERNELS='compiled', but the compiled kernels were not built; "
                "install a C compiler and reinstall skmlp."
            ) from error
# Nobody asked for the reference kernels: the first fit says that they are slower.
FELL_BACK = NAME == "reference" and _choice != "reference"

# What the kernels of whole networks know, by number.
ACTIVATIONS: tuple[str, ...]
LOSSES: tuple[str, ...]
UPDATE_RULES: tuple[str, ...]
ACTIVATIONS = ("identity", "logistic", "tanh", "relu", "leaky_relu", "elu", "selu")
ACTIVATIONS += ("softplus", "softsign", "gelu", "silu", "mish", "sign")
LOSSES = ("binary_log_loss", "multinomial_log_loss", "squared_error", "poisson")
LOSSES += ("binary_focal", "multinomial_focal", "binary_hinge", "multiclass_hinge")
LOSSES += ("absolute_error", "huber", "quantile", "gamma", "gaussian", "per_column")
UPDATE_RULES = ("momentum", "adam", "amsgrad", "nadam", "rmsprop", "adagrad")
UPDATE_RULES += ("adadelta",)
MAX_LAYERS = 64

# Without them, the loop over an objective does the same.
Problem = getattr(_kernels, "Problem", None)
train_batches = getattr(_kernels, "train_batches", None)
Crew = getattr(_kernels, "Crew", None)
objective_sums = getattr(_kernels, "objective_sums", None)
curvature_sums = getattr(_kernels, "curvature_sums", None)
network_scores = getattr(_kernels, "network_scores", None)


def _kernel(name, *, indices_below=None, **layouts):
    """The kernel of that name; one without a compiled form is the reference's.

    Compiled ones take arrays of any layout through `with_copies`. `indices_below` names
    an array and its axis: indices of a sparse matrix have to be below that size.
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
kept_units = _kernel("kept_units")
standard_normals = _kernel("standard_normals")
class_moments = _kernel("class_moments", reads_any_layout=("X",))
perceptron_epoch = _kernel(
    "perceptron_epoch",
    writes=(
        *("weights", "intercepts", "l1_due", "l1_paid", "weight_sums"),
        *("intercept_sums", "losses", "mistakes"),
    ),
    indices_below=("weights", 1),
)
coordinate_sweeps = _kernel(
    "coordinate_sweeps",
    writes=("parameters", "step_scores"),
    indices_below=("mean", 1),
)
column_products = _kernel("column_products", indices_below=("score_gradient", 1))
violations = _kernel("violations")
log_loss = _kernel("log_loss", writes=("mean", "score_gradient"))

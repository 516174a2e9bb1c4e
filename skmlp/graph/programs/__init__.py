"""Programs of functions that users write: element-wise functions and losses of rows.

A traced function and its derivative, by reverse mode, become a short list of operations
that the kernels run block by block, in training and in predictions.
"""

from skmlp.graph.programs.builder import NoProgram
from skmlp.graph.programs.functions import (
    function_program,
    known_program,
    loss_program,
    require_agreement,
    run_on,
)

__all__ = ["NoProgram", "function_program", "known_program", "loss_program"]
__all__ += ["require_agreement", "run_on"]

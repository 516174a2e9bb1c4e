"""Loss of a training that the user ended by the keyboard, in a short time."""

from time import perf_counter

from skmlp.base.warn import warn

__all__ = ["INTERRUPTED", "loss_after_interruption"]

INTERRUPTED = "Training interrupted by user."
"""Warning of a training that the user ended by the keyboard, as in scikit-learn."""

# After an interruption, the time in seconds to compute the loss on as many rows as it
# allows, and the number of rows of one step of it.
_SECONDS_FOR_LOSS = 0.05
_ROWS_FOR_LOSS = 512


def loss_after_interruption(objective, parameters, order):
    """Return the loss on the rows for which a short time is enough, and warn.

    `objective` is an EmpiricalRisk, and `order` are the row numbers of its training.
    """
    n_blocks = -(-len(order) // _ROWS_FOR_LOSS)
    began, total, weight, n_rows = perf_counter(), 0.0, 0.0, 0
    for block in range(n_blocks):
        rows = order[block::n_blocks]  # representative, in whatever order they are
        block_total, block_weight = objective.loss_sums(parameters, rows)
        total, weight = total + block_total, weight + block_weight
        n_rows += len(rows)
        if perf_counter() - began > _SECONDS_FOR_LOSS:
            break
    text = INTERRUPTED
    if n_rows < len(order):
        text += f" loss_ is computed on {n_rows} of the {len(order)} training rows."
    warn(text)
    return objective.mean_loss(parameters, total, weight)

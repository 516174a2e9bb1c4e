"""Divergence of a training run: notice it, then stop or retry at a lower rate."""

from contextlib import contextmanager
from math import isfinite

__all__ = [
    "NON_FINITE",
    "NOTHING_LEARNT",
    "NO_LOWER_LOSS",
    "SCALE_DATA",
    "SQUARES_OVERFLOW",
    "Diverged",
    "advice_after_divergence",
    "handle_divergence",
]

NON_FINITE = "Solver produced non-finite parameter weights"
"""First sentence of messages about numbers that overflow, worded as in scikit-learn."""

SCALE_DATA = (
    "The input data may contain large values and need to be preprocessed "
    "(sklearn.preprocessing.StandardScaler)."
)
"""First advice of every message about divergence."""

NOTHING_LEARNT = (
    "Training ended at a loss of {loss:.3g}, more than twice that of scores of zero: "
    f"nothing was learnt. {SCALE_DATA} If scaling does not help, lower "
    "learning_rate_init by a factor of 10."
)
"""Message of a training that converged to a loss that no training would need."""

NO_LOWER_LOSS = (
    "Training ended with the weights from before the first epoch, whose loss is "
    "{loss:.3g}: no epoch led to a lower one, and the last had {last:.3g}. "
    f"{SCALE_DATA} If scaling does not help, lower learning_rate_init by a factor of "
    "10."
)
"""Message of a training whose steps only raised the loss."""

SQUARES_OVERFLOW = (
    "The squares of the gradients, by which the solver divides its steps, overflow: "
    f"these steps were zero. {SCALE_DATA}"
)
"""Message of a training that converged because its steps were divided by infinity."""

# No network learns anything below this rate; a training that still diverges there will
# diverge at every rate.
_LOWEST_RATE = 1e-30


class Diverged(ValueError):
    """Error: training diverged, and no finite parameters are left to keep.

    With on_divergence='raise' it is raised even if there are some.
    """


@contextmanager
def advice_after_divergence(advise):
    """Return a context that adds the text of ``advise()`` to an error `Diverged`."""
    try:
        yield
    except Diverged as error:
        error.args = (f"{error}{advise()}",)
        raise


def handle_divergence(training, plan, rate, *, loss, n_epochs, good, backs_off):
    """Restore good parameters; then halve the rate, or return why training stops.

    Parameters
    ----------
    training : Training
        Changed in place.
    plan : TrainingPlan
    rate : float
        Learning rate of the last epoch.
    loss : float
        Loss that has diverged: not finite, or far too large.
    n_epochs : int
        Number of epochs in this call of `train`, including the diverged one.
    good : (parameters, str) or None
        Parameters to restore, and where they are from, for the message.
    backs_off : bool
        If True, training continues at half the rate, unless the rate is very low.

    Returns
    -------
    message : str or None
        Text of the warning; None if training continues.

    Raises
    ------
    Diverged
        If there are no good parameters, or if plan.on_divergence is 'raise'.
    """
    training.state.rule_state = None  # it holds the diverged gradients
    if good is not None:
        training.state.parameters = good[0].copy()
        training.state.rule_state = plan.rule.init(training.state.parameters)
    if backs_off and rate > _LOWEST_RATE:
        training.back_off()
        return None
    number = len(training.losses) if plan.stream else n_epochs
    what = NON_FINITE
    if isfinite(loss):
        what = f"Training diverged: the loss rose to {loss:.3g}"
    message = (
        f"{what}. {SCALE_DATA} This happened in epoch {number}, with a learning rate "
        f"of {rate:g}. If scaling does not help, lower learning_rate_init by a factor "
        f"of 10, to {plan.learning_rate / 10:g}"
    )
    if plan.on_divergence not in (None, "backoff"):
        message += ", or set on_divergence='backoff'"
    if plan.on_divergence == "raise" or good is None:
        raise Diverged(f"{message}.")
    return f"{message}. The weights {good[1]} are kept."

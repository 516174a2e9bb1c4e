"""Divergence of a training run: notice it, then stop or retry at a lower rate."""

from dataclasses import dataclass

__all__ = [
    "NON_FINITE",
    "SCALE_DATA",
    "Diverged",
    "DivergenceThreshold",
    "handle_divergence",
]

NON_FINITE = "Solver produced non-finite parameter weights"
"""First sentence of every message about divergence, worded as in scikit-learn."""

SCALE_DATA = (
    "The input data may contain large values and need to be preprocessed "
    "(sklearn.preprocessing.StandardScaler)."
)
"""First advice of every message about divergence."""

# No network learns anything below this rate; a training that still diverges there will
# diverge at every rate.
_LOWEST_RATE = 1e-30
# An epoch has diverged if its loss is more than this many times that of good weights.
_MAX_LOSS_RATIO = 100


class Diverged(ValueError):
    """Error: training diverged, and no finite parameters are left to keep.

    With on_divergence='raise' it is raised even if there are some.
    """


@dataclass(frozen=True)
class DivergenceThreshold:
    """Loss of good parameters: training has diverged if its loss is far above it."""

    loss: float
    stream: bool

    @classmethod
    def before_training(cls, objective, state, *, stream):
        """Return the threshold made of the loss before training.

        On a stream it stays the reference: losses on other rows do not compare.
        """
        loss, _ = objective.value_and_gradient(state.parameters)
        return cls(float(loss), stream)

    def exceeded_by(self, loss, patience):
        """Return True if `loss`, computed after an epoch, means divergence.

        `loss` has to be that of the weights after the epoch; the mean loss during the
        epoch does not depend on its last steps.
        """
        good = self.loss
        if patience.best_parameters is not None and not self.stream:
            good = patience.best_loss
        return not loss <= _MAX_LOSS_RATIO * abs(good) + 1


def handle_divergence(training, plan, epoch, *, n_epochs, fallback, backs_off):
    """Restore good parameters; then halve the rate, or return why training stops.

    Parameters
    ----------
    training : Training
        Changed in place.
    plan : TrainingPlan
    epoch : Epoch
        The epoch that diverged.
    n_epochs : int
        Number of epochs in this call of `train`, including the diverged one.
    fallback : ndarray or None
        Good parameters to restore if those of the best epoch do not exist or, on a
        stream, belong to other rows.
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
    good = None if plan.stream else training.patience.best_parameters
    good = fallback if good is None else good
    training.state.rule_state = None  # it holds the diverged gradients
    if good is not None:
        training.state.parameters = good.copy()
        training.state.rule_state = plan.rule.init(training.state.parameters)
    if backs_off and epoch.learning_rate > _LOWEST_RATE:
        training.back_off()
        return None
    number = len(training.losses) if plan.stream else n_epochs
    message = (
        f"{NON_FINITE}. {SCALE_DATA} This happened in epoch {number}, with a "
        f"learning rate of {epoch.learning_rate:g}. If scaling does not help, lower "
        f"learning_rate_init by a factor of 10, to {plan.learning_rate / 10:g}"
    )
    if plan.on_divergence is not None:
        message += ", or set on_divergence='backoff'"
    if plan.on_divergence == "raise" or good is None:
        raise Diverged(f"{message}.")
    kept = "from before this call" if plan.stream else "of the best epoch"
    return f"{message}. The weights {kept} are kept."

"""Divergence of a training: an error, or another try from good parameters."""

from dataclasses import dataclass

__all__ = ["NON_FINITE", "SCALE_DATA", "Backoff", "Diverged", "answer_divergence"]

NON_FINITE = "Solver produced non-finite parameter weights"
"""How every message about it begins, as in scikit-learn."""

SCALE_DATA = (
    "The input data may contain large values and need to be preprocessed "
    "(sklearn.preprocessing.StandardScaler)."
)
"""The advice that every message gives first."""

# Below it no network learns anything; what diverges still will always do.
_LOWEST_RATE = 1e-30
# An epoch whose loss is so many times that of good weights has left them behind.
_DIVERGED = 100


class Diverged(ValueError):
    """Training diverged, and there are no finite parameters to keep."""


@dataclass(frozen=True)
class Backoff:
    """Loss of good parameters; far above it, training has diverged."""

    loss: float
    stream: bool

    @classmethod
    def before(cls, objective, state, *, stream):
        """Return the loss before training; on a stream, others tell less."""
        loss, _ = objective.value_and_gradient(state.parameters)
        return cls(float(loss), stream)

    def exceeded_by(self, loss, patience):
        """Return whether the loss after an epoch is far above that of good weights.

        The loss during an epoch tells of the weights before its last steps.
        """
        good = self.loss
        if patience.best_parameters is not None and not self.stream:
            good = patience.best_loss
        return not loss <= _DIVERGED * abs(good) + 1


def answer_divergence(training, plan, epoch, *, n_epochs, before, backs_off):
    """Go back to good parameters; go on at half the rate, or tell why to stop.

    Parameters
    ----------
    training : Training
        Changed in place.
    plan : TrainingPlan
    epoch : Epoch
        The one that diverged.
    n_epochs : int
        Epochs of this call, with that one.
    before : ndarray or None
        Good parameters, where no epoch had better ones.
    backs_off : bool
        Whether to go on at half the rate, as long as that can help.

    Returns
    -------
    message : str or None
        What to warn of; None: training goes on.

    Raises
    ------
    Diverged
        If there are no good parameters, or if the plan says so.
    """
    good = None if plan.stream else training.patience.best_parameters
    good = before if good is None else good
    training.state.rule_state = None  # what the rule remembers is no good either
    if good is not None:
        training.state.parameters = good.copy()
        training.state.rule_state = plan.rule.init(training.state.parameters)
    if backs_off and epoch.learning_rate > _LOWEST_RATE:
        training.back_off()
        return None
    number = len(training.losses) if plan.stream else n_epochs
    message = (
        f"{NON_FINITE}. {SCALE_DATA} It was in epoch {number}, with a learning rate of "
        f"{epoch.learning_rate:g}; else lower learning_rate_init by a factor of 10, to "
        f"{plan.learning_rate / 10:g}"
    )
    if plan.on_divergence is not None:
        message += ", or set on_divergence='backoff'"
    if plan.on_divergence == "raise" or good is None:
        raise Diverged(f"{message}.")
    kept = "before these rows" if plan.stream else "of the best epoch"
    return f"{message}. The weights {kept} are kept."

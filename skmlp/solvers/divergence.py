"""What follows where training diverges: an error, or another try from good weights."""

from dataclasses import dataclass

__all__ = ["LOWEST_RATE", "NON_FINITE", "SCALE_DATA", "Backoff", "Diverged"]

NON_FINITE = "Solver produced non-finite parameter weights"
"""How every message about it begins, as in scikit-learn."""

SCALE_DATA = (
    "The input data may contain large values and need to be preprocessed "
    "(sklearn.preprocessing.StandardScaler)."
)
"""The first cure."""

# Below it no network learns anything; what diverges still will always do.
LOWEST_RATE = 1e-30
# An epoch whose loss is so many times that of good weights has left them behind.
_DIVERGED = 100


class Diverged(ValueError):
    """Training diverged, and there are no finite parameters to keep."""


@dataclass(frozen=True)
class Backoff:
    """What a good loss is, to see when weights have left the good ones behind."""

    loss: float
    stream: bool

    @classmethod
    def before(cls, objective, state, *, stream):
        """With the loss before training; on a stream, other rows' losses tell less."""
        loss, _ = objective.value_and_gradient(state.parameters)
        return cls(float(loss), stream)

    def exceeded_by(self, loss, patience):
        """Whether the loss after an epoch is far above that of good weights.

        The loss during an epoch tells of the weights before its last steps.
        """
        good = self.loss
        if patience.best_parameters is not None and not self.stream:
            good = patience.best_loss
        return not loss <= _DIVERGED * abs(good) + 1

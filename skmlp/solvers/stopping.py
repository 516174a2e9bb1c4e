"""When to stop training, and which weights to keep."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from skmlp.base.warn import warn

__all__ = ["LOWEST_RATE", "Backoff", "Diverged", "Patience", "split_rows"]

# Below it no network learns anything; what diverges still will always do.
LOWEST_RATE = 1e-30
# An epoch whose loss is so many times that of good weights has left them behind.
_DIVERGED = 100


class Diverged(ValueError):
    """Training ran off to infinity, and there are no finite weights to keep."""


@dataclass
class Patience:
    """Counts epochs without progress, and keeps the best parameters seen.

    `cost` is what should fall: the training loss, or minus a validation score. An epoch
    makes progress if it lowers the best cost by more than `tol`.
    """

    tol: float
    best: float = np.inf
    best_parameters: Any = None
    best_loss: float = np.inf
    waited: int = 0

    def observe(self, cost, loss, parameters):
        """Take in one epoch: its cost, its training loss, the parameters after it."""
        # A cost that is not a number must not count as progress.
        self.waited = 0 if cost <= self.best - self.tol else self.waited + 1
        if cost < self.best:
            self.best, self.best_loss = float(cost), float(loss)
            self.best_parameters = parameters.copy()

    def exhausted(self, n_iter_no_change):
        """Whether that many epochs in a row brought no progress."""
        return self.waited >= n_iter_no_change

    def forget(self):
        """Start over on other data; what was best there means nothing here."""
        self.best = self.best_loss = np.inf
        self.best_parameters, self.waited = None, 0


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


def split_rows(rows, fraction, generator, labels=None):
    """Rows -> (training rows, validation rows), in equal parts of every label.

    The draws are those of scikit-learn's `train_test_split`.
    """
    # Imported late: it costs as much as all the rest of the package.
    from sklearn.model_selection import train_test_split

    n_validation = int(np.ceil(fraction * len(rows)))
    stratified = labels is None or _has_room_for_all(labels, n_validation)
    if n_validation < 2 or len(rows) - n_validation < 1:
        raise ValueError(
            "The validation set is too small: validation_fraction="
            f"{fraction} of {len(rows)} rows leaves {n_validation} to validate and "
            f"{len(rows) - n_validation} to train. Increase 'validation_fraction' or "
            "the size of your dataset, or set early_stopping=False."
        )
    if not stratified:
        warn(
            f"The validation set is not stratified: {n_validation} rows are fewer than "
            "there are classes. Increase 'validation_fraction'.",
        )
        labels = None
    return train_test_split(
        rows, test_size=fraction, random_state=generator, stratify=labels
    )


def _has_room_for_all(labels, n_validation):
    """Whether both sides of a split have a row for each label."""
    _, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        raise ValueError(
            "The least populated class in y has only 1 member, which is too few to "
            "validate on. Leave it out, or set early_stopping=False."
        )
    return min(n_validation, len(labels) - n_validation) >= len(counts)

"""When to stop training, and which weights to keep."""

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["LOWEST_RATE", "Backoff", "Patience", "Validation", "split_rows"]

# Below it no network learns anything; what diverges still will always do.
LOWEST_RATE = 1e-30
# An epoch whose loss is so many times that of good weights has left them behind.
_DIVERGED = 100


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
    """The weights to fall back to where no epoch was good, and what a good loss is."""

    objective: Any
    parameters: Any
    loss: float

    @classmethod
    def before(cls, objective, state):
        """As they are before training."""
        loss, _ = objective.value_and_gradient(state.parameters, state.order)
        return cls(objective, state.parameters.copy(), float(loss))

    def exceeded_by(self, state, patience):
        """Whether the loss after an epoch is far above that of good weights.

        The loss during an epoch tells of the weights before its last steps.
        """
        good = self.loss if patience.best_parameters is None else patience.best_loss
        loss, _ = self.objective.value_and_gradient(state.parameters, state.order)
        return not loss <= _DIVERGED * abs(good) + 1

    def restore(self, state, rule, patience):
        """Go back to good weights, without momentum, and halve the rate."""
        good = patience.best_parameters
        state.parameters = (self.parameters if good is None else good).copy()
        state.rule_state = rule.init(state.parameters)
        state.rate_factor /= 2
        patience.waited = 0


@dataclass(frozen=True)
class Validation:
    """Rows set aside, and a score of the parameters on them."""

    rows: np.ndarray
    score: Any = field(repr=False)


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
        warnings.warn(
            f"The validation set is not stratified: {n_validation} rows are fewer than "
            "there are classes. Increase 'validation_fraction'.",
            stacklevel=8,
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

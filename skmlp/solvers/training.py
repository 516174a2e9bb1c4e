"""Values of a training: problem, plan, what evolves, and outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import DTypeLike

from skmlp.base.types import Array
from skmlp.objective import Objective
from skmlp.solvers.rules.base import UpdateRule
from skmlp.solvers.schedules.base import Schedule
from skmlp.solvers.step_bounds import StepBounds

__all__ = [
    "Epoch",
    "EpochRecord",
    "HeldOutRows",
    "Observer",
    "Outcome",
    "Patience",
    "Training",
    "TrainingPlan",
    "TrainingProblem",
    "TrainingState",
]


class EpochRecord(NamedTuple):
    """Figures of one epoch, or of one iteration of L-BFGS; None: not computed."""

    loss: float
    training_loss: float | None = None
    validation_loss: float | None = None
    validation_score: float | None = None
    learning_rate: float | None = None
    gradient_norm: float | None = None
    seconds: float | None = None


class Epoch(NamedTuple):
    """Mean loss of one visit of all rows, its last rate, whether all was finite."""

    loss: float
    learning_rate: float
    finite: bool


@dataclass
class TrainingState:
    """State that `epochs` changes; training can be resumed from it.

    `order` holds the row numbers in the order of the last visit; each epoch permutes
    it again; `validation_rows` are never visited. `rate_factor` multiplies the
    schedule's rate; the caller lowers it on a plateau.
    """

    parameters: Any
    rule_state: dict[str, Any] | None
    generator: np.random.RandomState
    order: np.ndarray | None = None
    validation_rows: np.ndarray | None = None
    steps: int = 0
    epochs: int = 0
    samples: int = 0
    rate_factor: float = 1.0

    def visits(self, rows: np.ndarray, aside: np.ndarray | None = None) -> bool:
        """Return whether `order` and `aside` together hold each of `rows` once."""
        if self.order is None:
            return False
        every = self.order if aside is None else np.concatenate([self.order, aside])
        return len(every) == len(rows) and np.array_equal(np.sort(every), rows)

    def visit_only(self, rows: np.ndarray) -> None:
        """Set the rows to visit (ascending); keep an order that has exactly them."""
        if not self.visits(rows):
            self.order, self.validation_rows = rows, rows[:0]

    def prepare(self, dtype: DTypeLike) -> None:
        """Make arrays of this dtype of the parameters and of the state of the rule.

        Those that cannot be trained in place, as of a mapped file, are copied.
        """
        self.parameters = _trainable(self.parameters, dtype)
        self.rule_state = {
            name: _trainable(value, dtype) if isinstance(value, np.ndarray) else value
            for name, value in (self.rule_state or {}).items()
        }


def _trainable(array, dtype):
    """The array, or a copy that is writable, aligned, contiguous and of the dtype."""
    return np.require(array, dtype, ("C", "A", "W"))


@dataclass
class Patience:
    """Counts epochs without progress, and keeps the best parameters seen.

    `cost` is what should fall: the training loss, or minus a validation score. An epoch
    makes progress if it lowers the best cost by at least `tol`.
    """

    tol: float
    best: float = inf
    best_parameters: Array | None = None
    best_loss: float = inf
    waited: int = 0

    def observe(self, cost: float, loss: float, parameters: Array) -> None:
        """Count an epoch: its cost, its training loss, the parameters after it."""
        # A cost that is not a number must not count as progress.
        self.waited = 0 if cost <= self.best - self.tol else self.waited + 1
        if cost < self.best:
            self.best, self.best_loss = float(cost), float(loss)
            self.best_parameters = parameters.copy()

    def exhausted(self, n_iter_no_change: float) -> bool:
        """Return whether that many epochs in a row brought no progress."""
        return self.waited >= n_iter_no_change

    def forget(self) -> None:
        """Forget the best cost: costs on other data cannot be compared."""
        self.best = self.best_loss = inf
        self.best_parameters, self.waited = None, 0


class HeldOutRows(Protocol):
    """Rows that are not learnt from."""

    def assess(self, parameters: Array) -> tuple[float, float]:
        """Return the mean loss, and a score: larger is better."""


@dataclass(frozen=True)
class TrainingProblem:
    """Objective of a training, and what is assessed after every epoch.

    `whole` is the objective on all training rows, for records of every epoch; None:
    there are none. To back off from divergence, `objective` then takes its place.

    Examples
    --------
    >>> import numpy as np
    >>> from skmlp.objective import Objective
    >>> from skmlp.solvers import SGD, Constant, Observer, Training, TrainingPlan
    >>> from skmlp.solvers import TrainingProblem, train
    >>> class Spread(Objective):  # the mean of ½·(θ − yᵢ)², least at the mean of y
    ...     y, n_rows = np.array([1.0, 2.0, 6.0, 7.0]), 4
    ...     def value_and_gradient(self, parameters, rows=slice(None)):
    ...         error = parameters - self.y[rows]
    ...         return 0.5 * np.mean(error**2), np.array([np.mean(error)])
    >>> plan = TrainingPlan(
    ...     SGD(momentum=0.0), Constant(), learning_rate=0.1, batch_size=4,
    ...     max_epochs=500, tol=1e-9, n_iter_no_change=10,
    ... )
    >>> training = Training.begin(np.zeros(1), np.random.RandomState(0), tol=1e-9)
    >>> outcome = train(TrainingProblem(Spread()), training, plan, Observer())
    >>> outcome.parameters.round(2)
    array([4.])
    """

    objective: Objective
    held_out: HeldOutRows | None = None
    whole: Objective | None = None


@dataclass(frozen=True)
class TrainingPlan:
    """Plan of a training, as the user asked for it; it never changes.

    Parameters
    ----------
    rule, schedule, learning_rate, batch_size, shuffle, step_bounds
        As `epochs` takes them.
    max_epochs : int
        Maximum number of epochs; schedules are told `n_epochs`, or this number.
    tol, n_iter_no_change
        As `Patience` takes them.
    early_stopping : bool
        Whether patience looks at the score of the held-out rows, and not at the loss.
    restore_best : bool
        Whether the parameters of the best epoch are the result, and not the last ones.
    on_divergence : {'warn', 'raise', 'backoff'} or None
        What follows an epoch that is not finite. None: as 'warn', for estimators that
        do not offer the choice.
    stream : bool
        Whether the rows are a part of a stream: they are visited once, or until an
        epoch is finite, and losses of other rows do not compare with theirs.
    keeps_interrupted : bool
        Whether a KeyboardInterrupt ends the training, and not the program.
    """

    rule: UpdateRule
    schedule: Schedule
    learning_rate: float
    batch_size: int
    max_epochs: int
    tol: float
    n_iter_no_change: float
    n_epochs: int | None = None
    shuffle: bool = True
    step_bounds: StepBounds = field(default_factory=StepBounds)
    early_stopping: bool = False
    restore_best: bool = True
    on_divergence: Literal["warn", "raise", "backoff"] | None = None
    stream: bool = False
    keeps_interrupted: bool = False


@dataclass
class Training:
    """All that evolves while a model is trained: keep it, and training can go on.

    Attributes
    ----------
    patience : Patience
        The best cost so far, with its parameters, and the epochs since.
    state : TrainingState or None
        What the epochs change; None for a solver without epochs.
    rule : type or None
        Class of the update rule that `state.rule_state` belongs to.
    kept : ndarray or None
        Flat parameters that the last call of `train` chose: they tell whether the
        weights of a model were changed since.
    losses : list of float
        Loss of every epoch.
    validation_scores : list of float or None
        Score of the held-out rows after every epoch; None: there are none.
    records : list of EpochRecord
        All figures of every epoch.
    compared_data : list or None
        Fingerprints of the data that the costs of `patience` belong to.
    stream_converged : bool
        Whether patience ended the last call of a stream.
    heading : str or None
        Heading of the table that was printed last.
    """

    patience: Patience
    state: Any = None
    rule: type[UpdateRule] | None = None
    kept: Array | None = None
    losses: list[float] = field(default_factory=list)
    validation_scores: Any = None
    records: list[EpochRecord] = field(default_factory=list)
    compared_data: list | None = None
    stream_converged: bool = False
    heading: str | None = None

    @classmethod
    def begin(
        cls,
        parameters: Array,
        generator: np.random.RandomState | None = None,
        *,
        tol: float,
        rows_of: TrainingState | None = None,
    ) -> Training:
        """Return the training before its first epoch.

        Parameters
        ----------
        parameters : ndarray
            Where it begins (flat); a copy is trained.
        generator : RandomState, optional
            Draws what epochs draw; None: for a solver without epochs.
        tol : float
            As `Patience` takes it.
        rows_of : TrainingState, optional
            Another state, whose split of the rows is taken over.
        """
        parameters = np.array(parameters)
        training = cls(Patience(tol), kept=parameters)
        if generator is not None:
            training.state = state = TrainingState(parameters, None, generator)
            if rows_of is not None:
                state.order = np.sort(np.asarray(rows_of.order))
                state.validation_rows = rows_of.validation_rows
        return training

    def go_on_from(self, parameters: Array, generator: Any = None) -> None:
        """Set the parameters to train from, if they are not those that were kept.

        A training without epochs so far gets a state, where a generator is given.
        """
        if self.kept is None or not np.array_equal(self.kept, parameters):
            self.kept = parameters
            if self.state is not None:
                if self.state.parameters.shape != parameters.shape:
                    self.state.rule_state = None
                self.state.parameters = parameters
        if self.state is None and generator is not None:
            self.state = TrainingState(self.kept, None, generator)

    def prepare(self, rule: UpdateRule, dtype: Any = None) -> None:
        """Make the state of this rule, unless there is one, and arrays of this dtype.

        None: the dtype of the parameters.
        """
        state = self.state
        dtype = state.parameters.dtype if dtype is None else dtype
        state.parameters = state.parameters.astype(dtype, copy=False)
        if state.rule_state is None or self.rule is not type(rule):
            state.rule_state, self.rule = rule.init(state.parameters), type(rule)
        state.prepare(dtype)

    def compare_costs_of(self, data: list) -> None:
        """Forget the best cost so far if it is known to belong to other data."""
        if self.compared_data is None:
            self.compared_data = data
        elif self.compared_data != data:
            self.compared_data = data
            self.patience.forget()

    def back_off(self) -> None:
        """Halve the rate, and take the last epoch off the records."""
        self.state.rate_factor /= 2
        self.patience.waited = 0
        self.losses.pop()
        if self.records.pop().validation_score is not None:
            self.validation_scores.pop()

    def keep_records(self, number: int) -> None:
        """Drop the records of all epochs after that many."""
        dropped = self.records[number:]
        n_scores = sum(record.validation_score is not None for record in dropped)
        del self.records[number:], self.losses[number:]
        if n_scores and self.validation_scores:
            del self.validation_scores[-n_scores:]

    def without_records(self) -> Training:
        """Return a training with the same state and rule, but without records."""
        return Training(Patience(self.patience.tol), self.state, self.rule)

    def has_ended(self, n_iter_no_change: float) -> bool:
        """Return whether early stopping has ended a stream."""
        return self.stream_converged and self.patience.exhausted(n_iter_no_change)

    @property
    def samples(self) -> int:
        """Rows visited so far."""
        return 0 if self.state is None else self.state.samples


@dataclass(frozen=True)
class Outcome:
    """Result of a training: the parameters chosen, and how it ended.

    `loss` is that of the parameters. `best_loss` is the least loss of any epoch; where
    early stopping looks at scores, it is None, and `best_validation_score` the largest
    score. `message` says what to warn of, or is None. `stopped` tells that somebody
    ended the training: a callback, or the user by the keyboard.
    """

    training: Training
    parameters: Array
    loss: float
    best_loss: float | None
    best_validation_score: float | None
    n_iter: int
    converged: bool
    diverged: bool
    stopped: bool
    message: str | None

    @property
    def cost(self) -> float:
        """Cost by which the best of several outcomes is chosen: smaller is better."""
        if self.best_validation_score is not None:
            return -self.best_validation_score
        return self.loss


class Observer:
    """Watches a training. This one does nothing; others derive from it."""

    def begin(self, parameters: Array) -> None:
        """Note that an epoch begins from these parameters."""

    def record(self, record: EpochRecord) -> None:
        """Note the figures of an epoch."""

    def end(self, parameters: Array, epoch: Epoch) -> bool:
        """Note that an epoch is over, and return whether training should stop."""
        return False

    def tell(self, text: str) -> None:
        """Show a line of text to the user."""

"""Data classes of a training run: problem, plan, what evolves, and outcome."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from skmlp.base.types import Array
from skmlp.objective import Objective
from skmlp.solvers.epoch import Epoch, EpochRecord, TrainingState
from skmlp.solvers.patience import Costs, Patience
from skmlp.solvers.reported_units import ReportedUnits
from skmlp.solvers.rules.base import UpdateRule
from skmlp.solvers.schedules.base import Schedule
from skmlp.solvers.step_bounds import StepBounds

__all__ = [
    "HeldOutRows",
    "Observer",
    "Outcome",
    "Training",
    "TrainingPlan",
    "TrainingProblem",
]


class HeldOutRows(Protocol):
    """Protocol of held-out rows, which assess parameters but train nothing."""

    def assess(self, parameters: Array) -> tuple[float, float]:
        """Return (mean loss, score) on the held-out rows; a larger score is better."""


@dataclass(frozen=True)
class TrainingProblem:
    """Objective of a training, and the rows assessed after every epoch.

    `objective` is minimised batch by batch. `held_out` assesses the parameters after
    every epoch (None: there are no such rows). `whole` is the objective on all training
    rows, evaluated after every epoch for the records (None: it is not evaluated).
    `result` is the objective on all training rows, of which `train` returns the value
    (None: that of `objective`). `units` are those of the losses and scores in records
    and outcomes (None: the losses are reported as they are).

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
    result: Objective | None = None
    units: ReportedUnits | None = None


@dataclass(frozen=True)
class TrainingPlan:
    """Settings of a training, as the user chose them; they never change.

    Parameters
    ----------
    rule, schedule, learning_rate, batch_size, shuffle, step_bounds
        Settings passed to `epochs`, where they are described.
    max_epochs : int
        Maximum number of epochs in one call of `train`.
    n_epochs : int or None
        Number of epochs told to the schedule; None: `max_epochs`.
    tol : float
        Decrease of the best cost that counts as progress.
    n_iter_no_change : int or float
        Number of epochs in a row without progress after which training ends.
    early_stopping : bool
        If True, the cost of an epoch is minus its held-out score; else its loss.
    restore_best : bool
        If True, the result is the parameters of the best epoch; else those of the last.
    on_divergence : {'warn', 'raise', 'backoff'} or None
        Reaction to divergence. None: 'warn', for estimators without this parameter.
    stream : bool
        If True, the rows are one part of a stream: there is one epoch (more only if
        epochs diverge), and its loss is not compared with that of earlier parts.
    keeps_interrupted : bool
        If True, a KeyboardInterrupt ends the training; else it is raised.
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
    """Complete state of a training; if it is kept, training can be continued.

    Attributes
    ----------
    patience : Patience
        Best cost so far, its parameters, and the number of epochs since then.
    state : TrainingState or None
        Values that epochs change; None for a solver without epochs.
    rule : type or None
        Class of the update rule that `state.rule_state` belongs to.
    kept : ndarray or None
        Flat parameters chosen by the last call of `train`; a comparison with a model's
        weights shows if these were changed since.
    losses : list of float
        Mean training loss of every epoch.
    validation_scores : list of float or None
        Score of the held-out rows after every epoch; None: there are none.
    records : list of EpochRecord
        Losses, score and learning rate of every epoch.
    costs : Costs
        Description of the costs in `patience`.
    streams : bool
        True if the last call was one of a stream.
    stream_converged : bool
        True if patience ended the last call of a stream.
    heading : str or None
        Heading of the progress table printed last.
    """

    patience: Patience
    state: Any = None
    rule: type[UpdateRule] | None = None
    kept: Array | None = None
    losses: list[float] = field(default_factory=list)
    validation_scores: Any = None
    records: list[EpochRecord] = field(default_factory=list)
    costs: Costs = field(default_factory=Costs)
    streams: bool = False
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
        """Return a new training, before its first epoch.

        Parameters
        ----------
        parameters : ndarray
            Initial parameters (n_parameters,); a copy of them is trained.
        generator : RandomState, optional
            Random generator of the epochs; None for a solver without epochs.
        tol : float
            Decrease of the best cost that counts as progress.
        rows_of : TrainingState, optional
            Another state, from which training and validation rows are copied.
        """
        parameters = np.array(parameters)
        training = cls(Patience(tol), kept=parameters.copy())
        if generator is not None:
            training.state = state = TrainingState(parameters, None, generator)
            if rows_of is not None:
                state.order = np.sort(np.asarray(rows_of.order))
                state.validation_rows = rows_of.validation_rows
        return training

    def resumed(
        self, parameters: Array, costs: Costs, *, stream: bool = False
    ) -> Training:
        """Return the Training that continues this one; this one stays as it is.

        Only the lists of records are shared. If nothing has changed, it continues as if
        the last call had not ended. Otherwise it starts from `parameters`, forgets the
        costs and the state of the rule, and multiplies the rates by one again.

        Parameters
        ----------
        parameters : ndarray
            Parameters of the model as they are now. They have changed if they differ
            from `kept`.
        costs : Costs
            Costs that the epochs will have.
        stream : bool
            If True, this is a call of a stream. It keeps the state of the rule, unless
            the number of parameters is another.
        """
        other = copy.copy(self)
        other.patience, other.streams = copy.copy(self.patience), stream
        other.costs = costs
        own_weights = self.kept is None or not np.array_equal(self.kept, parameters)
        comparable = costs.compare_with(self.costs)
        if not comparable or (own_weights and not stream):
            other.patience.forget()
        if self.state is not None:
            other.state = state = self.state.copy()
            if own_weights or not comparable or stream != self.streams:
                fits = state.parameters.shape == parameters.shape
                state.parameters = parameters.copy()
                if not (stream and fits and self.kept is not None):
                    state.rule_state, state.rate_factor = None, 1.0
        other.kept = parameters
        return other

    def prepare(self, rule: UpdateRule, dtype: Any = None) -> None:
        """Initialise the state of `rule` if necessary; convert all arrays to `dtype`.

        None stands for the dtype of the parameters.
        """
        state = self.state
        dtype = state.parameters.dtype if dtype is None else dtype
        state.parameters = state.parameters.astype(dtype, copy=False)
        if state.rule_state is None or self.rule is not type(rule):
            state.rule_state, self.rule = rule.init(state.parameters), type(rule)
        state.prepare(dtype)

    def back_off(self) -> None:
        """Halve the learning rate, and delete the records of the last epoch."""
        self.state.rate_factor /= 2
        self.patience.waited = 0
        self.losses.pop()
        if self.records.pop().validation_score is not None:
            self.validation_scores.pop()

    def keep_records(self, number: int) -> None:
        """Keep the records of the first `number` epochs, and delete all later ones."""
        dropped = self.records[number:]
        n_scores = sum(record.validation_score is not None for record in dropped)
        del self.records[number:], self.losses[number:]
        if n_scores and self.validation_scores:
            del self.validation_scores[-n_scores:]

    def copy(self, *, rows: bool = True) -> Training:
        """Return a copy, whose training has no effect on this one; maybe without rows.

        Row numbers are 8 bytes for every row.
        """
        other = copy.copy(self)
        if self.state is not None:
            other.state = self.state.copy()
            other.state.generator = copy.deepcopy(self.state.generator)
            if not rows:
                other.state.forget_rows()
        other.patience = copy.copy(self.patience)
        other.losses, other.records = self.losses.copy(), self.records.copy()
        if self.validation_scores is not None:
            other.validation_scores = self.validation_scores.copy()
        return other

    def restorer(self) -> Callable[[], None]:
        """Return a function that undoes what a failed continuation has changed."""
        n_records, generator = len(self.records), getattr(self.state, "generator", None)
        drawn = generator and generator.get_state(legacy=False)

        def restore():
            self.keep_records(n_records)
            if generator:
                generator.set_state(drawn)

        return restore

    def without_records(self) -> Training:
        """Return a Training that has this state and rule, but no rows and records."""
        state = copy.copy(self.state)
        state.forget_rows()
        return Training(Patience(self.patience.tol), state, self.rule, self.kept)

    def has_ended(self, n_iter_no_change: float) -> bool:
        """Return True if early stopping has ended a stream."""
        return self.stream_converged and self.patience.exhausted(n_iter_no_change)

    @property
    def samples(self) -> int:
        """Number of rows visited so far; each visit counts."""
        return 0 if self.state is None else self.state.samples


@dataclass(frozen=True)
class Outcome:
    """Result of a training: the parameters chosen, and how it ended.

    `loss` is that of the parameters, `best_loss` the smallest of any epoch. With early
    stopping by scores, `best_loss` is None and `best_validation_score` is the largest
    score; else the latter is None. `message` is the text of a warning, or None.
    `stopped` is True if a callback, or the user by the keyboard, ended the training;
    `interrupted` is True in the latter case.
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
    interrupted: bool = False

    @property
    def cost(self) -> float:
        """Cost by which outcomes are compared: smaller is better."""
        if self.best_validation_score is not None:
            return -self.best_validation_score
        return self.loss


class Observer:
    """Base class of observers of a training; its methods do nothing."""

    def begin(self, parameters: Array) -> None:
        """Handle the beginning of an epoch; `parameters` are those before it."""

    def record(self, record: EpochRecord) -> None:
        """Handle the record of an epoch."""

    def end(self, parameters: Array, epoch: Epoch) -> bool:
        """Handle the end of an epoch; return True if training should stop."""
        return False

    def tell(self, text: str) -> None:
        """Handle a message for the user, for example by printing it."""

"""Validation rows: how they are chosen, and loss and score of a network on them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmlp.base.compat import takes_weights, with_labels
from skmlp.base.text import listed
from skmlp.base.warn import warn
from skmlp.multilayer_perceptron.problem import EncodedRows, NetworkProblem
from skmlp.objective import EmpiricalRisk

__all__ = ["EstimatorScore", "ValidationRows", "held_out_rows", "split_rows"]
__all__ += ["validation_rows"]


@dataclass(frozen=True)
class ValidationRows:
    """Validation rows, on which the parameters of a network are assessed."""

    risk: EmpiricalRisk
    rows: EncodedRows
    problem: NetworkProblem

    def assess(self, parameters):
        """Return (mean loss without penalty, score); of scores, larger is better."""
        raw = self.risk.scores(parameters)
        if not np.isfinite(raw).all():
            return np.nan, np.nan
        values, _ = self.risk.loss.value_and_gradient(self.risk.y, raw)
        loss = float(np.average(values, weights=self.risk.sample_weight))
        return loss, float(self._score(parameters, raw, loss))

    def _score(self, parameters, raw, loss):
        """Return the score: that of the scorer, minus the loss, accuracy or R²."""
        scorer, rows = self.problem.scorer, self.rows
        if scorer is None:
            return self.problem.targets.score(raw, rows.targets, rows.sample_weight)
        return -loss if scorer == "loss" else scorer(parameters, rows)


@dataclass(frozen=True)
class EstimatorScore:
    """Score of flat parameters, computed by a scikit-learn scorer.

    Parameters
    ----------
    scorer : callable
        scikit-learn scorer: (estimator, X, y) -> float.
    estimator_with : callable
        Function of flat parameters that returns an estimator with these parameters.
    takes_weights : bool
        Whether the scorer accepts `sample_weight`.
    """

    scorer: Callable[..., float]
    estimator_with: Callable[[Any], Any]
    takes_weights: bool

    @classmethod
    def of(cls, scorer, estimator_with, classes=None):
        """Return the EstimatorScore of a scorer; `classes` are all labels, or None."""
        if classes is not None:
            scorer = with_labels(scorer, classes)
        return cls(scorer, estimator_with, takes_weights(scorer))

    def __call__(self, parameters, rows):
        """Return the score on `rows` of the estimator with these flat parameters.

        Sample weights are used if the scorer takes them.
        """
        weights = {}
        if rows.sample_weight is not None and self.takes_weights:
            weights["sample_weight"] = rows.sample_weight
        estimator = self.estimator_with(parameters)
        return self.scorer(estimator, rows.X, rows.y, **weights)


def held_out_rows(problem, state):
    """Return the ValidationRows, and set the training rows in `state`.

    If the state already has a split of the problem's rows, into parts of the sizes that
    `validation_fraction` asks for, that split is kept.
    """
    numbers, fraction = problem.row_numbers, problem.validation_fraction
    if fraction is None:
        state.visit_only(numbers)
        return validation_rows(problem, problem.validation_data)
    aside = state.validation_rows
    kept = aside is not None and len(aside) == _n_validation(numbers, fraction)
    if not kept or not state.visits(numbers, aside=aside):
        labels = problem.targets.labels_to_stratify(problem.objective.y)
        state.order, state.validation_rows = split_rows(
            numbers,
            fraction,
            state.generator,
            None if labels is None else labels[numbers],
            problem.targets.classes_of_a_row,
        )
    return validation_rows(problem, problem.rows.take(state.validation_rows))


def validation_rows(problem, rows):
    """Return the ValidationRows of `rows`, weighted like the training rows."""
    return ValidationRows(problem.risk_of(rows), rows, problem)


def split_rows(rows, fraction, generator, labels=None, classes=None):
    """Return row numbers as (training rows, validation rows), drawn at random.

    With `labels`, the indices in `classes` of each row's label, the split is
    stratified, and a class of one row stays in the training rows. Both parts are those
    of scikit-learn's `train_test_split`. ValueError if one of them would be too small.
    """
    # Imported here, because this import takes as long as that of the whole package.
    from sklearn.model_selection import train_test_split

    n_validation = _n_validation(rows, fraction)
    n_training = len(rows) - n_validation
    if n_validation < 2 or n_training < 1:
        raise ValueError(
            "The validation set is too small: validation_fraction="
            f"{fraction} of {len(rows)} rows leaves {n_validation} to validate and "
            f"{n_training} to train. Increase 'validation_fraction' or the size of "
            "your dataset, or set early_stopping=False."
        )
    alone = rows[:0]
    if labels is not None:
        rows, labels, alone = _without_lone_rows(rows, labels, classes, n_validation)
    training, validation = train_test_split(
        rows, test_size=n_validation, random_state=generator, stratify=labels
    )
    return np.concatenate([training, alone]), validation


def _n_validation(rows, fraction):
    """Return the number of validation rows, as scikit-learn rounds it."""
    return int(np.ceil(fraction * len(rows)))


def _without_lone_rows(rows, labels, classes, n_validation):
    """Return (rows to split, their labels or None, rows that stay in training).

    The latter are those of classes of one row. The labels are None, with a warning, if
    one of the parts would have fewer rows than there are classes.
    """
    present, indices, counts = np.unique(
        labels, return_inverse=True, return_counts=True
    )
    is_alone = (counts == 1)[indices]
    rest = rows[~is_alone]
    n_training, n_classes = len(rest) - n_validation, np.sum(counts > 1)
    why = None
    if n_classes == 0:
        why = "every class has only one row. Set early_stopping=False."
    elif n_validation < n_classes:
        why = f"{n_validation} validation rows are fewer than there are classes. "
        why += "Increase 'validation_fraction'."
    elif n_training < n_classes:
        why = f"{max(n_training, 0)} training rows are fewer than there are classes. "
        why += "Decrease 'validation_fraction'."
    if why is not None:
        warn(f"The validation set is not stratified: {why}")
        return rows, None, rows[:0]
    if is_alone.any():
        lone = classes[present[counts == 1].astype(int)].tolist()
        names = listed(list(map(repr, lone)))
        warn(
            f"The least populated classes in y have only 1 member: {names}. These rows "
            "stay in the training set, so the validation set lacks these classes."
        )
    return rest, labels[~is_alone], rows[is_alone]

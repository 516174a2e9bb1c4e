"""Validation rows: how they are chosen, and loss and score of a network on them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from skmlp.base.compat import takes_weights, with_labels
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

    If the state already has a split of the problem's rows, that split is kept.
    """
    numbers = problem.row_numbers
    if problem.validation_fraction is None:
        state.visit_only(numbers)
        return validation_rows(problem, problem.validation_data)
    aside = state.validation_rows
    if aside is None or len(aside) == 0 or not state.visits(numbers, aside=aside):
        labels = problem.targets.labels_to_stratify(problem.objective.y)
        state.order, state.validation_rows = split_rows(
            numbers,
            problem.validation_fraction,
            state.generator,
            None if labels is None else labels[numbers],
        )
    return validation_rows(problem, problem.rows.take(state.validation_rows))


def validation_rows(problem, rows):
    """Return the ValidationRows of `rows`, weighted like the training rows."""
    return ValidationRows(problem.risk_of(rows), rows, problem)


def split_rows(rows, fraction, generator, labels=None):
    """Return row numbers as (training rows, validation rows), drawn at random.

    With `labels`, the split is stratified. Both parts are those of scikit-learn's
    `train_test_split`. ValueError if one of them would be too small.
    """
    # Imported here, because this import takes as long as that of the whole package.
    from sklearn.model_selection import train_test_split

    n_validation = int(np.ceil(fraction * len(rows)))
    stratified = labels is None or _can_stratify(labels, n_validation)
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


def _can_stratify(labels, n_validation):
    """Return True if both parts can have every label; raise for a label of one row."""
    _, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        raise ValueError(
            "The least populated class in y has only 1 member, which is too few to "
            "validate on. Leave it out, or set early_stopping=False."
        )
    return min(n_validation, len(labels) - n_validation) >= len(counts)

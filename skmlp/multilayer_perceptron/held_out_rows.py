"""Rows to validate a network on: set aside or given, and what they say of it."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import get_scorer

from skmlp.base.compat import takes_weights, with_labels
from skmlp.base.rows import take
from skmlp.base.validation import check_sample_weight
from skmlp.base.warn import warn
from skmlp.objective import EmpiricalRisk

__all__ = ["FitRows", "GivenRows", "ValidatedFit", "split_rows"]


@dataclass(frozen=True)
class FitRows:
    """Rows as they came: labels, targets and weights that no class weight is in."""

    X: Any
    y: Any
    targets: Any
    sample_weight: Any

    def take(self, rows):
        """The rows of these numbers."""
        columns = (self.X, self.y, self.targets, self.sample_weight)
        return FitRows(*(None if c is None else take(c, rows) for c in columns))


@dataclass(frozen=True)
class GivenRows:
    """The arguments X_val, y_val and sample_weight_val of a fit."""

    X_val: Any
    y_val: Any
    sample_weight_val: Any

    def __post_init__(self):
        """Rows and targets come together."""
        missing = [name for name in ("X_val", "y_val") if vars(self)[name] is None]
        given = [name for name, value in vars(self).items() if value is not None]
        if missing and given:
            raise ValueError(
                f"{' and '.join(given)} came without {' and '.join(missing)}; pass "
                "X_val and y_val together."
            )

    def __bool__(self):
        """Whether there are any."""
        return self.X_val is not None


@dataclass(frozen=True)
class ValidationRows:
    """Validation rows, and how parameters do on them."""

    risk: EmpiricalRisk
    score: Any

    def assess(self, parameters):
        """Mean loss without the penalty, and the score: larger is better."""
        raw = self.risk.scores(parameters)
        if not np.isfinite(raw).all():
            return np.nan, np.nan
        values, _ = self.risk.loss.value_and_gradient(self.risk.y, raw)
        loss = float(np.average(values, weights=self.risk.sample_weight))
        return loss, float(self.score(parameters, raw, loss))


class ValidatedFit:
    """The part of a multi-layer perceptron that looks at rows it does not learn."""

    def _check_given(self, given, dtype):
        """X_val, y_val and their weights, checked as X and y were."""
        try:
            X, y = self._validate(given.X_val, given.y_val, fresh=False)
        except ValueError as error:
            raise ValueError(f"X_val and y_val: {error}") from error
        X = X.astype(dtype, copy=False)
        sample_weight = given.sample_weight_val
        if sample_weight is not None:
            sample_weight = check_sample_weight(
                sample_weight, X, dtype=dtype, ensure_non_negative=True
            )
        targets = self._validation_targets(y, dtype)
        self._fitted_loss.check_targets(targets)
        return FitRows(X, y, targets, sample_weight)

    def _hold_out(self, state, objective, rows, given):
        """Choose the rows to train on; returns those to validate on, if any."""
        numbers = np.arange(objective.n_rows)
        if objective.sample_weight is not None:
            # A weight of zero means that the row is not there, in a batch as well.
            numbers = numbers[objective.sample_weight > 0]
        splits = self.early_stopping and given is None
        # Going on with the same rows, their order and the split are part of the state.
        aside = state.validation_rows if splits else numbers[:0]
        if state.order is None or not _is_partition(numbers, state.order, aside):
            state.order, state.validation_rows = numbers, numbers[:0]
            if splits:
                labels = self._labels_to_stratify(objective.y)
                state.order, state.validation_rows = split_rows(
                    numbers,
                    self.validation_fraction,
                    state.generator,
                    None if labels is None else labels[numbers],
                )
        if splits:
            given = rows.take(state.validation_rows)
        return None if given is None else self._held_out(given, objective)

    def _held_out(self, rows, objective):
        """The rows with their loss, weighed as the objective's rows are, and score."""
        risk = EmpiricalRisk(
            objective.network,
            objective.loss,
            rows.X,
            rows.targets,
            self._weigh(rows.targets, rows.sample_weight),
        )
        return ValidationRows(risk, self._score_function(rows, objective.network))

    def _score_function(self, rows, network):
        """(parameters, raw scores, loss) -> the score that `scoring` asks for."""
        if self.scoring == "loss":
            return lambda parameters, raw, loss: -loss
        if self.scoring is None:
            return lambda parameters, raw, loss: self._score_of(
                raw, rows.targets, rows.sample_weight
            )
        scorer = get_scorer(self.scoring)
        if self._labels_to_stratify(rows.targets) is not None:
            scorer = with_labels(scorer, self.classes_)
        weights = {}
        if rows.sample_weight is not None and takes_weights(scorer):
            weights["sample_weight"] = rows.sample_weight
        # A copy, for the scorer to use; the rows have lost their columns' names.
        scored = copy.copy(self)
        vars(scored).pop("feature_names_in_", None)

        def score(parameters, raw, loss):
            scored.coefs_, scored.intercepts_ = network.unflatten(parameters)
            return scorer(scored, rows.X, rows.y, **weights)

        return score

    def _labels_to_stratify(self, targets):
        """One label a row, or None where there is nothing to stratify by."""
        return None


def _is_partition(rows, first, second):
    """Whether two sets of rows together are all the rows, once each."""
    both = np.concatenate([first, second])
    return len(both) == len(rows) and np.array_equal(np.sort(both), rows)


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

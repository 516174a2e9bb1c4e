"""One fit of a comparison: inputs of a fold, fit, and predictions of the test rows."""

import contextlib
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from skmlp.model_comparison.metrics import Metric, Prediction

__all__ = ["ComparisonData", "fit_and_predict", "prepared_inputs", "record_warnings"]

# Below it, decision values are not those of the classes. Ties may differ.
_LEAST_AGREEMENT = 0.9


@dataclass(frozen=True)
class ComparisonData:
    """X as given and as the FeatureTable `features`, with the target y and its task.

    `metrics` are those that are computed, by default all of the task, and `positive` is
    the class that some of them look for if there are two. `groups` (n,) and `time` (n,)
    are what the folds depend on, if they do.
    """

    X: Any
    features: Any
    y: np.ndarray
    task: str
    metrics: tuple[Metric, ...] | None = None
    positive: Any = None
    groups: Any = None
    time: Any = None

    @property
    def codes(self):
        """Target as numbers (n,): those of a regression, or codes of classes."""
        if self.task == "classification":
            return np.unique(self.y, return_inverse=True)[1]
        return self.y

    @property
    def classes(self):
        """Sorted class labels (K,); an empty array in a regression."""
        return np.unique(self.y) if self.task == "classification" else np.array([])

    def inputs(self, candidate, rows):
        """Return the input of a candidate for some rows.

        A pipeline gets rows of X as given, other estimators rows of the feature matrix,
        which are not copied yet if it is prepared as a sparse one.
        The baseline, which looks at none, gets zeros.
        """
        if candidate.is_baseline:
            return np.zeros((len(rows), 1))
        if candidate.is_pipeline:
            return getattr(self.X, "iloc", self.X)[rows]
        return self.features.rows(rows)


@contextlib.contextmanager
def record_warnings():
    """Collect warnings in a list instead of showing them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
    # Networks catch Ctrl-C, stop training early and warn.
    if any("interrupted by user" in str(each.message) for each in caught):
        raise KeyboardInterrupt


def prepared_inputs(problem, candidate, fold):
    """Return the inputs of a candidate for the training rows and for the test rows.

    For an estimator that is no pipeline, the columns are prepared: medians, scales and
    categories are those of the training rows.
    """
    train, test = (problem.inputs(candidate, rows) for rows in (fold.train, fold.test))
    if candidate.is_prepared:
        preparation = problem.features.preparation()
        y = problem.y[fold.train]
        train, test = preparation.fit_transform(train, y), preparation.transform(test)
    return train, test


def fit_and_predict(problem, estimator, inputs, fold):
    """Return (Prediction of the test rows, seconds of the estimator's fit).

    `inputs` are those of `prepared_inputs`. The estimator is cloned.
    """
    train, test = inputs
    estimator = clone(estimator)
    start = time.perf_counter()
    estimator.fit(train, problem.y[fold.train])
    seconds = time.perf_counter() - start
    predicted = estimator.predict(test)
    prediction = Prediction(
        problem.y[fold.test],
        predicted,
        problem.classes,
        _probabilities(estimator, test, problem.classes),
        _decision_values(estimator, test, problem.classes, predicted),
        problem.positive,
        estimator,
        test,
    )
    return prediction, seconds


def _probabilities(estimator, X, classes):
    """Return predicted probabilities (n, K) in the order of `classes`, or None.

    A class without training rows has probability zero. None means that the estimator
    predicts no probabilities, or that there are no classes.
    """
    predict_proba = getattr(estimator, "predict_proba", None)
    if predict_proba is None or len(classes) == 0:
        return None
    probabilities = np.zeros((X.shape[0], len(classes)))
    probabilities[:, np.searchsorted(classes, estimator.classes_)] = predict_proba(X)
    return probabilities


def _decision_values(estimator, X, classes, predicted):
    """Return decision values (n, K) in the order of `classes`, or None.

    None means that the estimator has none, or has them for other things than classes,
    such as pairs of classes: then the largest value is not that of the predicted class.
    """
    decision_function = getattr(estimator, "decision_function", None)
    if decision_function is None or len(classes) == 0:
        return None
    values = np.asarray(decision_function(X), dtype=float)
    if values.ndim == 1:
        values = np.column_stack([-values, values])
    if values.shape[1] != len(estimator.classes_):
        return None
    largest = estimator.classes_[values.argmax(axis=1)]
    if len(classes) > 2 and np.mean(largest == predicted) < _LEAST_AGREEMENT:
        return None
    # A class without training rows has the same value in all rows: it finds none.
    columns = np.zeros((len(values), len(classes)))
    columns[:, np.searchsorted(classes, estimator.classes_)] = values
    return columns

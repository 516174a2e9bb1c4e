"""Fit, time and score the candidates on the folds."""

import contextlib
import re
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skmlp.base.fit_context import ReferenceKernelsWarning
from skmlp.discriminant_analysis import CollinearityWarning
from skmlp.model_comparison.folds import Fold
from skmlp.model_comparison.metrics import FIT_TIME, TASKS, Metric, Prediction

__all__ = [
    "ComparisonData",
    "FoldResult",
    "fit_and_score",
    "fit_on_folds",
    "fit_order",
    "warm_up",
]

WARM_UP_ROWS = 100
# Below it, decision values are not those of the classes. Ties may differ.
_LEAST_AGREEMENT = 0.9
_EXPECTED_WARNINGS = (CollinearityWarning, ReferenceKernelsWarning)

# The warning of a perceptron that stopped before max_iter.
_STOPPED_PERCEPTRON = re.compile(r"Stopped after \d+ epochs? without progress")


@dataclass(frozen=True)
class ComparisonData:
    """X as given and as the FeatureTable `features`, with the target y and its task.

    `metrics` are those that are computed, by default all of the task, and `positive` is
    the class that some of them look for if there are two.
    """

    X: Any
    features: Any
    y: np.ndarray
    task: str
    metrics: tuple[Metric, ...] | None = None
    positive: Any = None

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

        A pipeline gets rows of X as given, other estimators rows of the feature matrix.
        The baseline, which looks at none, gets zeros.
        """
        if candidate.is_baseline:
            return np.zeros((len(rows), 1))
        if candidate.is_pipeline:
            return getattr(self.X, "iloc", self.X)[rows]
        return self.features.values[rows]


@dataclass(frozen=True)
class FoldResult:
    """Result of one fit on one fold: scores, calibration curve and warnings."""

    candidate: str
    fold: int
    scores: dict[str, float]
    curve: np.ndarray | None
    warning_texts: frozenset[str]


def fit_order(candidates, fold):
    """Return the candidates in the order in which they are fitted on a fold.

    In every other fold, counterparts come before the estimators that they are compared
    with. A drift during the run, as of the processor's clock rate, then favours neither
    of them.
    """
    turns = []
    for candidate in candidates:
        goes_first = candidate.counterpart_of and fold.number % 2
        turns.insert(len(turns) - 1 if goes_first else len(turns), candidate)
    return turns


def warm_up(problem, candidates, fold):
    """Fit all candidates once on a few rows, so that timed fits contain no imports."""
    order = fold.train[np.argsort(problem.y[fold.train], kind="stable")]
    spread = np.linspace(0, len(order) - 1, min(len(order), WARM_UP_ROWS)).astype(int)
    subset = Fold(fold.number, order[spread], fold.test[:1])
    for candidate in candidates:
        # An error here may come of the few rows. A real one is raised by the timed fit.
        with contextlib.suppress(Exception), _record_warnings():
            _fit(problem, candidate, subset)


@contextlib.contextmanager
def _record_warnings():
    """Collect warnings in a list instead of showing them."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
    # Networks catch Ctrl-C, stop training early and warn.
    if any("interrupted by user" in str(each.message) for each in caught):
        raise KeyboardInterrupt


def fit_and_score(problem, candidate, fold):
    """Fit a candidate on the training rows of a fold; return its FoldResult."""
    with _record_warnings() as caught:
        try:
            prediction, seconds = _fit(problem, candidate, fold)
        except Exception as error:
            error.add_note(f"while {candidate.name} was fitted on fold {fold.number}")
            raise
    task = TASKS[problem.task]
    metrics = task.metrics if problem.metrics is None else problem.metrics
    # scikit-learn's metrics check each column anew, which takes longer than they do.
    with sklearn.config_context(assume_finite=True, skip_parameter_validation=True):
        scores = {metric.name: metric.score(prediction) for metric in metrics}
    return FoldResult(
        candidate.name,
        fold.number,
        scores | {FIT_TIME: seconds},
        None if candidate.is_baseline else task.curve(prediction),
        # One-hot columns are always collinear, which harms no prediction. `compare`
        # warned of slow kernels before the first fit; other processes warn again.
        frozenset(
            _warning_text(each)
            for each in caught
            if not issubclass(each.category, _EXPECTED_WARNINGS)
        ),
    )


def _fit(problem, candidate, fold):
    """Return (Prediction of the test rows, seconds of the estimator's fit).

    The preparation of the columns, which is common to all estimators, is not timed.
    """
    train, test = (problem.inputs(candidate, rows) for rows in (fold.train, fold.test))
    y = problem.y[fold.train]
    if not (candidate.is_pipeline or candidate.is_baseline):
        preparation = problem.features.preparation()
        train, test = preparation.fit_transform(train, y), preparation.transform(test)
    estimator = clone(candidate.estimator)
    start = time.perf_counter()
    estimator.fit(train, y)
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


def _warning_text(caught):
    """Return the text of a note for a caught warning."""
    message = str(caught.message)
    if not issubclass(caught.category, ConvergenceWarning):
        return f"warned ({message.splitlines()[0]})"
    if _STOPPED_PERCEPTRON.match(message):
        return "ended without separating the classes"
    lowered = message.lower()
    if "max_iter" in lowered or "iteration" in lowered:
        return "stopped at max_iter"
    return f"did not converge ({message.splitlines()[0]})"


def fit_on_folds(problem, listed, folds, *, n_jobs, on_fit):
    """Fit all candidates on all folds; return {name: FoldResults by fold}.

    `on_fit(done, total, name)` is called after every fit.
    """
    from sklearn.utils.parallel import Parallel, delayed

    turns = [(each, fold) for fold in folds for each in fit_order(listed, fold)]
    warm_up(problem, listed, folds[0])
    fits = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(fit_and_score)(problem, candidate, fold) for candidate, fold in turns
    )
    results = {each.name: [] for each in listed}
    for done, result in enumerate(fits, start=1):
        results[result.candidate].append(result)
        if on_fit is not None:
            on_fit(done, len(turns), result.candidate)
    return results

"""One fit of one candidate on one fold, timed and scored."""

import contextlib
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skmlp.base.fit_context import ReferenceKernelsWarning
from skmlp.discriminant_analysis import CollinearityWarning
from skmlp.model_comparison.comparison import FoldSummary
from skmlp.model_comparison.metrics import FIT_TIME, TASKS, Prediction
from skmlp.model_comparison.target import require_members

__all__ = ["ComparisonData", "Fold", "Outcome", "fit_and_score", "in_turns", "warm_up"]

WARM_UP_ROWS = 100
_NOT_COMPLAINTS = (CollinearityWarning, ReferenceKernelsWarning)


@dataclass(frozen=True)
class ComparisonData:
    """The data, in both of its shapes: as given, and as numbers and category codes."""

    X: Any
    columns: Any
    y: np.ndarray
    task: str

    @property
    def classes(self):
        """All labels, sorted; none in a regression."""
        return np.unique(self.y) if self.task == "classification" else np.array([])

    def inputs(self, candidate, rows):
        """What the candidate sees of some rows."""
        if candidate.prepares_itself:
            return getattr(self.X, "iloc", self.X)[rows]
        return self.columns.values[rows]


@dataclass(frozen=True)
class Fold:
    """Rows to train on, rows to test on."""

    number: int
    train: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """What one fit came to."""

    candidate: str
    fold: int
    scores: dict[str, float]
    curve: np.ndarray | None
    warning_texts: frozenset[str]


def in_turns(candidates, fold):
    """The candidates, with counterparts first in every other fold.

    Whatever drifts during a run, such as the clock of the processor, then favours
    neither of a pair.
    """
    turns = []
    for candidate in candidates:
        goes_first = candidate.counterpart_of and fold.number % 2
        turns.insert(len(turns) - 1 if goes_first else len(turns), candidate)
    return turns


def warm_up(problem, candidates, fold):
    """Fit everything once on a few rows, so that no timed fit pays for late imports."""
    order = fold.train[np.argsort(problem.y[fold.train], kind="stable")]
    spread = np.linspace(0, len(order) - 1, min(len(order), WARM_UP_ROWS)).astype(int)
    few = Fold(fold.number, order[spread], fold.test[:1])
    for candidate in candidates:
        # What fails here for want of rows has its say in the real fit.
        with contextlib.suppress(Exception), _caught_warnings():
            _fit(problem, candidate, few)


@contextlib.contextmanager
def _caught_warnings():
    """Warnings go into a list instead of onto the screen."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
    # Networks take Ctrl-C as a wish to stop early, and go on to say so.
    if any("interrupted by user" in str(each.message) for each in caught):
        raise KeyboardInterrupt


def fit_and_score(problem, candidate, fold):
    """Fit on the rows to train on, predict those to test on."""
    with _caught_warnings() as caught:
        try:
            prediction, seconds = _fit(problem, candidate, fold)
        except Exception as error:
            error.add_note(f"while {candidate.name} was fitted on fold {fold.number}")
            raise
    task = TASKS[problem.task]
    scores = {metric.name: metric.score(prediction) for metric in task.metrics}
    return Outcome(
        candidate.name,
        fold.number,
        scores | {FIT_TIME: seconds},
        task.curve(prediction),
        # Columns of categories are collinear by nature, which harms no prediction; that
        # kernels are slow was said before the first fit, but in other processes.
        frozenset(
            _warning_text(each)
            for each in caught
            if not issubclass(each.category, _NOT_COMPLAINTS)
        ),
    )


def _fit(problem, candidate, fold):
    """(Prediction of the rows to test on, seconds that the estimator's fit took).

    The preparation is the same for all, and not counted.
    """
    train, test = (problem.inputs(candidate, rows) for rows in (fold.train, fold.test))
    y = problem.y[fold.train]
    if not candidate.prepares_itself:
        preparation = problem.columns.preparation()
        train, test = preparation.fit_transform(train, y), preparation.transform(test)
    estimator = clone(candidate.estimator)
    start = time.perf_counter()
    estimator.fit(train, y)
    seconds = time.perf_counter() - start
    prediction = Prediction(
        problem.y[fold.test],
        estimator.predict(test),
        problem.classes,
        _probabilities(estimator, test, problem.classes),
    )
    return prediction, seconds


def _probabilities(estimator, X, classes):
    """One column a class, zero for a class that was not trained on; or None."""
    predict_proba = getattr(estimator, "predict_proba", None)
    if predict_proba is None or len(classes) == 0:
        return None
    probabilities = np.zeros((X.shape[0], len(classes)))
    probabilities[:, np.searchsorted(classes, estimator.classes_)] = predict_proba(X)
    return probabilities


def _warning_text(caught):
    """A warning in a few words."""
    message = str(caught.message)
    if not issubclass(caught.category, ConvergenceWarning):
        return f"warned ({message.splitlines()[0]})"
    lowered = message.lower()
    if lowered.startswith("no progress"):
        return "ended without separating the classes"
    if "max_iter" in lowered or "iteration" in lowered:
        return "stopped at max_iter"
    return f"did not converge ({message.splitlines()[0]})"


def fit_on_folds(problem, listed, folds, *, n_jobs, on_fit):
    """Fit everything on every fold: name -> its Outcomes, in the order of the folds."""
    from sklearn.utils.parallel import Parallel, delayed

    turns = [(each, fold) for fold in folds for each in in_turns(listed, fold)]
    warm_up(problem, listed, folds[0])
    fits = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(fit_and_score)(problem, candidate, fold) for candidate, fold in turns
    )
    outcomes = {each.name: [] for each in listed}
    for done, outcome in enumerate(fits, start=1):
        outcomes[outcome.candidate].append(outcome)
        if on_fit is not None:
            on_fit(done, len(turns), outcome.candidate)
    return outcomes


def make_folds(problem, cv, repeats, random_state):
    """Number of folds, splitter or pairs of rows -> list of Folds."""
    from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold

    splits = cv
    if is_whole_number(cv):
        for parameter, value, least in (("cv", cv, 2), ("repeats", repeats, 1)):
            if value < least:
                raise ValueError(f"{parameter}={value}; use {least} or more.")
        require_members(problem.y, problem.task, cv)
        stratified = problem.task == "classification"
        kind = RepeatedStratifiedKFold if stratified else RepeatedKFold
        splits = kind(n_splits=cv, n_repeats=repeats, random_state=random_state)
    split = getattr(splits, "split", None)
    pairs = list(splits if split is None else split(problem.columns.values, problem.y))
    if len(pairs) < 2:
        raise ValueError(f"cv has {len(pairs)} folds; two are the least to compare on.")
    return [
        Fold(number, np.asarray(train), np.asarray(test))
        for number, (train, test) in enumerate(pairs)
    ]


def is_whole_number(value):
    """Whether a whole number was passed, and not a splitter or a generator."""
    return isinstance(value, (int, np.integer))


def integer_seed(random_state):
    """An integer, so that every fold starts its estimators alike."""
    from sklearn.utils import check_random_state

    if is_whole_number(random_state):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def summarise_folds(folds, n_repeats):
    """List of Folds -> their number and mean sizes."""
    n_train, n_test = (
        float(np.mean([len(rows) for rows in sizes]))
        for sizes in zip(*((fold.train, fold.test) for fold in folds), strict=True)
    )
    return FoldSummary(len(folds), n_repeats, n_train, n_test)

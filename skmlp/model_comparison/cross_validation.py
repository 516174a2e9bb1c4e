"""Fit, time and score the candidates on the folds."""

import contextlib
import re
import warnings
from dataclasses import dataclass
from time import monotonic
from typing import Any

import numpy as np
import sklearn
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skmlp.base.fit_context import ReferenceKernelsWarning
from skmlp.discriminant_analysis import CollinearityWarning
from skmlp.model_comparison.finished_folds import finished_folds
from skmlp.model_comparison.folds import Fold
from skmlp.model_comparison.metrics import FIT_TIME, TASKS
from skmlp.model_comparison.one_fit import (
    fit_and_predict,
    prepared_inputs,
    record_warnings,
)
from skmlp.model_comparison.running_time import BudgetOver

__all__ = [
    "FoldResult",
    "fit_and_score",
    "fit_on_folds",
    "fit_order",
    "warm_up",
]

WARM_UP_ROWS = 100
_EXPECTED_WARNINGS = (CollinearityWarning, ReferenceKernelsWarning)

# The warning of a perceptron that stopped before max_iter.
_STOPPED_PERCEPTRON = re.compile(r"Stopped after \d+ epochs? without progress")


@dataclass(frozen=True)
class FoldResult:
    """Result of one fit on one fold: scores, calibration curve and warnings.

    `settings` are the parameters that a tuning has chosen, of `n_tried` settings.
    `seconds` are those of everything: search, preparation, fit, predictions and scores.
    """

    candidate: str
    fold: int
    scores: dict[str, float]
    curve: np.ndarray | None
    warning_texts: frozenset[str]
    settings: dict[str, Any] | None = None
    n_tried: int | None = None
    seconds: float = 0.0


def fit_order(candidates, fold):
    """Return the candidates in the order in which they are fitted on a fold.

    The baseline, which takes no time, comes first, so that a fold that is not finished
    has one. In every other fold, counterparts come before the estimators that they are
    compared with. A drift during the run, as of the processor's clock rate, then
    favours neither of them.
    """
    turns = []
    for candidate in candidates:
        if candidate.is_baseline:
            turns.insert(0, candidate)
            continue
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
        with contextlib.suppress(Exception), record_warnings():
            inputs = prepared_inputs(problem, candidate, subset)
            fit_and_predict(problem, candidate.estimator, inputs, subset)


def fit_and_score(problem, candidate, fold, tuning=None):
    """Fit a candidate on the training rows of a fold; return its FoldResult.

    A `tuning` chooses its parameters first, by these rows alone.
    """
    start = monotonic()
    with record_warnings() as caught:
        try:
            estimator, settings, n_tried = candidate.estimator, None, None
            if tuning is not None and not candidate.is_baseline:
                settings, n_tried = tuning.search(problem, candidate, fold)
                estimator = clone(estimator).set_params(**settings)
            inputs = prepared_inputs(problem, candidate, fold)
            prediction, seconds = fit_and_predict(problem, estimator, inputs, fold)
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
        settings,
        n_tried,
        monotonic() - start,
    )


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


def fit_on_folds(problem, listed, folds, running, *, n_jobs, on_fit, tuning=None):
    """Fit all candidates on all folds; return the FinishedFolds.

    `on_fit(done, total, name)` is called after every fit. The fits end early if the
    budget of the RunningTime `running` is over, or if Ctrl-C is pressed.
    """
    turns = [(each, fold) for fold in folds for each in fit_order(listed, fold)]
    running.plan(each.name for each, _ in turns)
    results, ended_by = {}, None
    try:
        with running.alarm():
            warm_up(problem, listed, folds[0])
            with contextlib.closing(
                _fits(problem, turns, running, n_jobs, tuning)
            ) as fits:
                for done, result in enumerate(fits, start=1):
                    results[result.candidate, result.fold] = result
                    running.record(result.candidate, result.seconds)
                    if on_fit is not None:
                        on_fit(done, len(turns), result.candidate)
    except KeyboardInterrupt:
        ended_by = "interrupt"
    except BudgetOver:
        ended_by = "budget"
    return finished_folds(results, listed, folds, ended_by, running.budget)


def _fits(problem, turns, running, n_jobs, tuning):
    """Yield the FoldResults of the turns, pairs of a candidate and a fold, when ready.

    Raise BudgetOver, between two fits, if the rest of the budget is too short for those
    that the fold still needs.
    """
    from sklearn.utils.parallel import Parallel, delayed

    is_over = False
    n_candidates = len({candidate.name for candidate, _ in turns})

    def jobs():
        nonlocal is_over
        for number, (candidate, fold) in enumerate(turns):
            following = turns[number : number + n_candidates]
            needed = [each.name for each, of in following if of is fold]
            if not running.suffices_for(needed):
                is_over = True
                return
            yield delayed(fit_and_score)(problem, candidate, fold, tuning)

    parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    results = parallel(jobs())
    try:
        for result in results:
            yield result
            if n_jobs != 1 and running.rest() <= 0:
                raise BudgetOver
    finally:
        with warnings.catch_warnings():
            # joblib warns of results that nobody has used.
            warnings.simplefilter("ignore")
            results.close()
    if is_over:
        raise BudgetOver

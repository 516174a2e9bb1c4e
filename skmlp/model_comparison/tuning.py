"""Small search of parameters, nested in the training rows of a fold."""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone

from skmlp.base.text import counted
from skmlp.model_comparison.folds import make_folds
from skmlp.model_comparison.metrics import TASKS
from skmlp.model_comparison.one_fit import (
    fit_and_predict,
    prepared_inputs,
    record_warnings,
)
from skmlp.model_comparison.running_time import BudgetOver, require_seconds

__all__ = ["Tuning", "chosen_settings", "require_seconds", "settings_of", "tuning_note"]

# Settings in the order in which they are tried; the first are the parameters as given.
# The factors of ten around a default come before combinations.
_NETWORK: tuple[dict[str, Any], ...] = (
    {},
    {"alpha": 1.0},
    {"alpha": 0.01},
    {"hidden_layer_sizes": (100, 100)},
    {"learning_rate_init": 0.01},
    {"hidden_layer_sizes": (30,)},
    {"alpha": 10.0},
    {"alpha": 0.001},
    {"hidden_layer_sizes": (100, 100), "alpha": 1.0},
    {"hidden_layer_sizes": (30,), "learning_rate_init": 0.01},
)
_SETTINGS: dict[str, tuple[dict[str, Any], ...]] = {
    "Perceptron": (
        {},
        {"average": True},
        {"penalty": "l2", "alpha": 1e-4},
        {"average": True, "penalty": "l2", "alpha": 1e-4},
        {"penalty": "l2", "alpha": 1e-3},
        {"average": True, "penalty": "l2", "alpha": 1e-3},
    ),
    "LinearDiscriminantAnalysis": (
        {},
        {"shrinkage": "auto"},
        {"shrinkage": 0.1},
        {"shrinkage": 0.01},
        {"shrinkage": 0.5},
        {"shrinkage": 0.001},
    ),
    "LogisticRegression": (
        {},
        {"C": 0.1},
        {"C": 10.0},
        {"C": 0.01},
        {"C": 100.0},
        {"C": 0.001},
        {"C": 1000.0},
    ),
    "MLPClassifier": _NETWORK,
    "MLPRegressor": _NETWORK,
}
_INNER_FOLDS = 3


def settings_of(estimator: Any) -> list[dict[str, Any]]:
    """Return the settings that are tried for an estimator; the first one is empty.

    They are known for the estimators of this package, alone or as the regressor of a
    TransformedTargetRegressor; for others the list is empty.
    """
    prefix, inner = "", estimator
    if type(estimator).__name__ == "TransformedTargetRegressor":
        prefix, inner = "regressor__", estimator.regressor
    cls = type(inner)
    if cls.__module__.split(".")[0] != "skmlp" or cls.__name__ not in _SETTINGS:
        return []
    known = inner.get_params(deep=False)
    different = [
        each
        for each in _SETTINGS[cls.__name__]
        if not each or any(known[key] != value for key, value in each.items())
    ]
    return [{prefix + key: v for key, v in each.items()} for each in different]


@dataclass(frozen=True)
class Tuning:
    """Search of the parameters of every candidate in the training rows of every fold.

    Each setting is scored by three inner folds. The search ends when all settings have
    been tried, or when its time is over; a setting that is not finished does not count.
    At the `end` of the budget of the comparison, BudgetOver is raised.

    Attributes
    ----------
    seconds : float
        Time of a search: of one candidate on one fold.
    ranked_by : tuple of str
        Names of metrics: settings are compared by the first one that the candidate has.
    seed : int
        Seed of the inner folds.
    end : float, default=infinity
        Value of time.monotonic() at which the budget of the comparison is over.
    """

    seconds: float
    ranked_by: tuple[str, ...]
    seed: int
    end: float = math.inf

    def search(self, problem, candidate, fold):
        """Return the best settings for a candidate, and the number of settings tried.

        The best settings are {} if no others were tried: if there are none, if the time
        was too short, or if the rows are too few for the inner folds.
        """
        tried = settings_of(candidate.estimator)
        if len(tried) < 2:
            return {}, len(tried)
        end = time.monotonic() + self.seconds
        inner = _rows_of(problem, fold.train)
        try:
            folds, _ = make_folds(
                inner, _INNER_FOLDS, 1, self.seed, inner.groups, inner.time
            )
        except ValueError:
            return {}, 1
        best, best_score, n_tried, inputs = {}, -np.inf, 0, {}
        for settings in tried:
            estimator = clone(candidate.estimator).set_params(**settings)
            scores = []
            for each in folds:
                if self.end < math.inf and time.monotonic() > self.end:
                    raise BudgetOver
                if each.number not in inputs:
                    inputs[each.number] = prepared_inputs(inner, candidate, each)
                scores.append(self._score(inner, estimator, inputs[each.number], each))
                # The parameters as given count however long they take.
                if settings and time.monotonic() > end:
                    return best, n_tried
            score = np.mean(scores)
            n_tried += 1
            if score > best_score:
                best, best_score = settings, score
            if time.monotonic() > end:
                break
        return best, n_tried

    def _score(self, problem, estimator, inputs, fold):
        """Return the score of one fit, larger is better; −inf if the fit fails."""
        metrics = problem.metrics or TASKS[problem.task].metrics
        known = {each.name: each for each in metrics}
        with record_warnings():
            try:
                prediction, _ = fit_and_predict(problem, estimator, inputs, fold)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError):
                return -np.inf
        for name in self.ranked_by:
            score = known[name].score(prediction)
            if not np.isnan(score):
                return score if known[name].larger_is_better else -score
        return -np.inf


def _rows_of(problem, rows):
    """Return the ComparisonData of some rows."""
    features = replace(problem.features, values=problem.features.values[rows])
    return replace(
        problem,
        X=None if problem.X is None else getattr(problem.X, "iloc", problem.X)[rows],
        features=features,
        y=problem.y[rows],
        groups=None if problem.groups is None else problem.groups[rows],
        time=None if problem.time is None else problem.time[rows],
    )


def chosen_settings(results):
    """Return the settings that most folds have chosen, and the number of these folds.

    `results` are the FoldResults of one candidate.
    """
    counts = Counter(repr(each.settings) for each in results)
    by_text = {repr(each.settings): each.settings for each in results}
    text, count = counts.most_common(1)[0]
    return by_text[text], count


def tuning_note(name, estimator, results):
    """Return the note on the search of one candidate."""
    total = len(settings_of(estimator))
    if total < 2:
        return f"{name} was not tuned: --tune knows no settings for it"
    least, most = (limit(each.n_tried for each in results) for limit in (min, max))
    if most < 2:
        return (
            f"{name} was not tuned: no time (--tune), or too few rows, for more than "
            "its parameters as given"
        )
    tried = f"{most}" if least == most else f"{least} to {most}"
    settings, count = chosen_settings(results)
    shown = ", ".join(f"{key.rpartition('__')[2]}={v!r}" for key, v in settings.items())
    return (
        f"{name}: {tried} of {counted(total, 'setting')} tried in each fold (--tune); "
        f"most often chosen: {shown or 'its parameters as given'} ({count} of "
        f"{counted(len(results), 'fold')})"
    )

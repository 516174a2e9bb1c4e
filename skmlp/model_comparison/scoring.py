"""Choice of the metrics: those of the task, and a scorer of scikit-learn."""

import warnings
from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn import metrics as sklearn_metrics
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import UndefinedMetricWarning

from skmlp.base.compat import d2_brier_score
from skmlp.base.options import did_you_mean
from skmlp.model_comparison.metrics import (
    MAX_CLASSES_IN_TURN,
    NOT_AVAILABLE,
    TASKS,
    Metric,
)

__all__ = ["Scoring", "choose_scoring", "rare_class", "require_rope"]

# Names of scikit-learn whose scores are those of a metric of the table.
_SAME_SCORE = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced_accuracy",
    "neg_log_loss": "log_loss",
    "neg_brier_score": "brier_score",
    "roc_auc_ovr": "roc_auc",
    "r2": "r2",
    "neg_mean_absolute_error": "mae",
    "neg_root_mean_squared_error": "rmse",
}
_SAME_FOR_MORE = {"f1_macro": "f1"}
# Of two classes, scikit-learn's may look for the other one.
_ONE_OF_TWO = ("f1", "average_precision")

# Scorers that look for one of two classes; scikit-learn's find none in text labels.
_PRECISION_LIKE = {
    "f1": sklearn_metrics.f1_score,
    "jaccard": sklearn_metrics.jaccard_score,
    "precision": sklearn_metrics.precision_score,
    "recall": sklearn_metrics.recall_score,
}
_FROM_PROBABILITIES = {
    "average_precision": (
        sklearn_metrics.average_precision_score,
        ("decision_function", "predict_proba"),
    ),
    "d2_brier_score": (d2_brier_score, "predict_proba"),
}
_FOR_NUMBERS = ("neg_m", "neg_root", "r2", "explained_variance", "d2_absolute_error")

# A class is rare if it has less than this part of an equal share of the rows.
_RARE_PART = 0.2

# Above this share of one class, always saying it looks accurate.
_LARGE_SHARE = 0.8

_LEADING = ("log_loss", "accuracy", "roc_auc", "brier_score", "calibration_error")
_LEADING_OF_MANY_CLASSES = ("log_loss", "accuracy", "balanced_accuracy", "brier_score")
_LEADING_WHERE_RARE = (
    *("average_precision", "roc_auc", "balanced_accuracy", "f1", "log_loss"),
)
_LEADING_OF_NUMBERS = ("rmse", "mae", "r2")
_MOST_LEADING = 5


@dataclass(frozen=True)
class Scoring:
    """Metrics of a comparison, and those that the candidates are ranked by.

    Attributes
    ----------
    metrics : tuple of Metric
        All metrics.
    ranked_by : tuple of str
        Names of metrics: candidates are ranked by the first one that they have.
    leading : tuple of str
        Names of the metrics that the table shows, in order.
    positive : label or None
        With two classes, the one that average precision and F1 look for.
    notes : tuple of str
        What accuracy hides where a class is rare.
    """

    metrics: tuple[Metric, ...]
    ranked_by: tuple[str, ...]
    leading: tuple[str, ...]
    positive: object = None
    notes: tuple[str, ...] = ()


def choose_scoring(y, task, scoring=None):
    """Return the Scoring for a target; raise ValueError for an unknown `scoring`."""
    chosen = TASKS[task].metrics
    if task == "regression":
        ranked_by, leading, positive, notes = ("rmse",), _LEADING_OF_NUMBERS, None, ()
    else:
        classes, members = np.unique(y, return_counts=True)
        positive = _positive_class(classes, members)
        rare = rare_class(classes, members)
        fallback = "accuracy" if rare is None else "balanced_accuracy"
        ranked_by = ("log_loss", fallback)
        leading = _LEADING if rare is None else _LEADING_WHERE_RARE
        if len(classes) > MAX_CLASSES_IN_TURN:
            chosen = tuple(
                each
                for each in chosen
                if each.name not in ("roc_auc", "average_precision", "f1")
            )
            leading = _LEADING_OF_MANY_CLASSES
        notes = () if rare is None else (_what_accuracy_hides(classes, members, rare),)
    if scoring is not None:
        metric = _metric_of_scorer(scoring, y, task, positive, chosen)
        known = {each.name for each in chosen}
        chosen = (*chosen, *(() if metric.name in known else (metric,)))
        others = [name for name in ranked_by if name != metric.name]
        ranked_by = (metric.name, *others)
        others = [name for name in leading if name != metric.name]
        leading = (metric.name, *others)[:_MOST_LEADING]
    return Scoring(chosen, ranked_by, leading, positive, notes)


def require_rope(rope):
    """Raise ValueError unless `rope` is None or a number of zero or more."""
    if rope is None:
        return
    is_number = isinstance(rope, (int, float, np.number)) and not isinstance(rope, bool)
    if not is_number or not 0 <= rope < np.inf:
        raise ValueError(
            f"rope={rope!r}; give the largest difference that does not matter, a "
            "number of zero or more."
        )


def rare_class(classes, members):
    """Return the index of the smallest class if it is rare, else None.

    A class is rare if it has less than a fifth of 1/K of the rows: less than a tenth
    of them if there are two classes.
    """
    smallest = int(np.argmin(members))
    is_rare = members[smallest] * len(classes) < _RARE_PART * members.sum()
    return smallest if is_rare else None


def _positive_class(classes, members):
    """Return the rarer of two classes, the later one if they are equal; else None."""
    if len(classes) != 2:
        return None
    return classes[0] if members[0] < members[1] else classes[1]


def _what_accuracy_hides(classes, members, rare):
    """Return the text of a note on the accuracy of always saying the largest class."""
    largest = int(np.argmax(members))
    share = members / members.sum()
    if share[largest] > _LARGE_SHARE:
        return (
            f"{share[largest]:.3f} of the rows are class {classes[largest]}, so "
            f"always saying {classes[largest]} has that accuracy; the table leads "
            "with measures that see the other "
            f"class{'es' if len(classes) > 2 else ''}"
        )
    return (
        f"class {classes[rare]} has only {share[rare]:.3f} of the rows, so accuracy "
        "hardly depends on it; the table leads with measures that count all classes "
        "alike"
    )


def _metric_of_scorer(name, y, task, positive, chosen):
    """Return the Metric for the name of a scorer; raise ValueError if it is no use."""
    own = {each.name: each for each in chosen}
    names = sklearn_metrics.get_scorer_names()
    if not isinstance(name, str) or name not in {*names, *own}:
        raise ValueError(
            f"scoring={name!r} is no scorer of scikit-learn; "
            "sklearn.metrics.get_scorer_names() lists them."
            f"{did_you_mean(name, names, {each: each for each in own})}"
        )
    same = _SAME_SCORE | (_SAME_FOR_MORE if positive is None else {})
    looks_for_other = (
        name in _ONE_OF_TWO
        and positive is not None
        and _sought_class(y, positive) != positive
    )
    if same.get(name, name) in own and not looks_for_other:
        return own[same.get(name, name)]
    is_for_numbers = name.startswith(_FOR_NUMBERS)
    if is_for_numbers != (task == "regression"):
        example = "'neg_mean_absolute_error'" if task == "regression" else "'accuracy'"
        raise ValueError(
            f"scoring={name!r} does not fit a {task}; use another, such as {example}."
        )
    scorer = _scorer(name, y, positive)
    _require_use(scorer, name, y, task)
    is_loss = name.startswith("neg_")
    label = name.removeprefix("neg_").replace("_", " ")
    if name in {*_PRECISION_LIKE, *_FROM_PROBABILITIES} and positive is not None:
        label += f" of {_sought_class(y, positive)}"
    return Metric(
        label.replace(" ", "_") if name in own else name,
        label,
        not is_loss,
        partial(_score_by, scorer, -1.0 if is_loss else 1.0),
        is_share=not is_loss,
    )


def _sought_class(y, positive):
    """Return the class that scorers of one class look for: 1 or True if there is one.

    That is scikit-learn's rule; other labels, which it refuses, have `positive`.
    """
    classes = np.unique(y)
    if y.dtype.kind in "biuf" and set(classes.tolist()) in ({0, 1}, {-1, 1}):
        return classes[1]
    return positive


def _scorer(name, y, positive):
    """Return scikit-learn's scorer, which looks for the right one of two classes."""
    if positive is None:
        return sklearn_metrics.get_scorer(name)
    sought = _sought_class(y, positive)
    if name in _PRECISION_LIKE:
        return sklearn_metrics.make_scorer(
            _PRECISION_LIKE[name], pos_label=sought, zero_division=0
        )
    if name in _FROM_PROBABILITIES:
        score, response = _FROM_PROBABILITIES[name]
        return sklearn_metrics.make_scorer(
            score, response_method=response, pos_label=sought
        )
    return sklearn_metrics.get_scorer(name)


def _require_use(scorer, name, y, task):
    """Raise ValueError unless the scorer can score predictions of this target."""
    dummy = DummyRegressor() if task == "regression" else DummyClassifier()
    rows = np.zeros((len(y), 1))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scorer(dummy.fit(rows, y), rows, y)
    except Exception as error:
        raise ValueError(
            f"scoring={name!r} cannot score this target "
            f"({str(error).splitlines()[0].rstrip('.')}); use another scorer."
        ) from error


def _score_by(scorer, sign, prediction):
    """Return sign · scorer(estimator, X, y), NaN if the estimator lacks what it needs.

    An estimator without probabilities has no score that needs them, and a fold whose
    test rows lack a class may have none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        try:
            score = scorer(prediction.estimator, prediction.X, prediction.y)
        except (AttributeError, ValueError):
            return NOT_AVAILABLE
    return sign * float(score) if np.isfinite(score) else NOT_AVAILABLE

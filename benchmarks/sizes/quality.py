"""Compare what two fits reached, by formulas that neither library computes."""

from dataclasses import dataclass

import numpy as np
import scipy.special

from benchmarks.penalised import mean_log_loss

# Relative differences up to these count as equal.
_EQUAL_OBJECTIVE = {"float64": 1e-9, "float32": 1e-6}
_EQUAL_LOSS = 0.01
_EQUAL_SCORE = 0.001
_EQUAL_PREDICTIONS = 0.99
_PREDICTED_ROWS = 10_000


@dataclass(frozen=True)
class Quality:
    """Text for the table, and whether our result is worse than scikit-learn's.

    `worse` is None where the difference has no better side.
    """

    text: str
    worse: bool | None = None


def compare(row, ours, theirs, data):
    """Return the Quality of our fitted estimator beside scikit-learn's."""
    same_model = row.n_predicted is not None and row.estimator != "Perceptron"
    kind = None if same_model else row.estimator
    return _COMPARISONS.get(kind, _equal_predictions)(ours, theirs, data)


def logistic_objective(fitted, data):
    """Return (objective, largest entry of its gradient) of a logistic regression.

    The objective is the mean log loss plus ‖coef‖²/(2·C·n). 'liblinear' also penalises
    the intercept.
    """
    coef = fitted.coef_.astype(np.float64)
    intercept = fitted.intercept_.astype(np.float64)
    penalised = coef
    if fitted.solver == "liblinear":
        penalised = np.column_stack([coef, intercept])
    n_rows = data.X.shape[0]
    strength = 1 / (fitted.C * n_rows)
    scores = data.X.astype(np.float64) @ coef.T + intercept
    value = mean_log_loss(scores, data.y) + strength * np.sum(penalised**2) / 2
    residuals = _probabilities(scores)
    residuals[:, :] -= _indicators(data.y, residuals.shape[1])
    slope = np.column_stack(
        [(data.X.T.astype(np.float64) @ residuals).T, residuals.sum(axis=0)]
    )
    slope /= n_rows
    slope[:, : penalised.shape[1]] += strength * penalised
    return value, np.abs(slope).max()


def network_loss(fitted, data):
    """Return the training objective of a network with ReLU in its hidden layers."""
    outputs = data.X.astype(np.float64)
    for layer, (coef, intercept) in enumerate(
        zip(fitted.coefs_, fitted.intercepts_, strict=True)
    ):
        if layer:
            outputs = np.maximum(outputs, 0)
        outputs = outputs @ coef.astype(np.float64) + intercept
    squares = sum(np.sum(coef.astype(np.float64) ** 2) for coef in fitted.coefs_)
    penalty = fitted.alpha * squares / (2 * data.X.shape[0])
    if hasattr(fitted, "classes_"):
        return mean_log_loss(outputs, data.y) + penalty
    return np.mean((outputs[:, 0] - data.y) ** 2) / 2 + penalty


def mistakes(fitted, data):
    """Return the number of wrong predictions of the training rows."""
    return int(np.sum(fitted.predict(data.X) != data.y))


def _probabilities(scores):
    """Return the probability of the second class (n, 1), or of all classes (n, K)."""
    if scores.shape[1] == 1:
        return scipy.special.expit(scores)
    return scipy.special.softmax(scores, axis=1)


def _indicators(y, n_columns):
    """Return 1 where a row belongs to the class of a column, else 0."""
    labels = np.searchsorted(np.unique(y), y)
    classes = np.arange(n_columns) if n_columns > 1 else np.array([1])
    return (labels[:, None] == classes).astype(np.float64)


def _equal_objectives(ours, theirs, data):
    (value, slope), (their_value, their_slope) = (
        logistic_objective(fitted, data) for fitted in (ours, theirs)
    )
    difference = value / their_value - 1
    text = f"objective {difference:+.0e}, slope {slope:.0e}/{their_slope:.0e}"
    text = text.replace("e-0", "e-").replace("e+00", "")
    return Quality(text, bool(difference > _EQUAL_OBJECTIVE[data.X.dtype.name]))


def _equal_losses(ours, theirs, data):
    value, their_value = (network_loss(fitted, data) for fitted in (ours, theirs))
    text = f"loss {value:.3g}/{their_value:.3g}"
    allowed = _EQUAL_LOSS * their_value
    if ours.solver != "lbfgs":  # whose training ignores improvements below tol
        allowed += ours.tol
    return Quality(text, bool(value > their_value + allowed))


def _similar_mistakes(ours, theirs, data):
    number, their_number = (mistakes(fitted, data) for fitted in (ours, theirs))
    return Quality(f"mistakes {number}/{their_number} of {data.X.shape[0]:,}")


def _equal_scores(ours, theirs, data):
    """Compare the mean scores of the folds at the chosen C."""
    score, their_score = (
        fitted.scores_.mean(axis=0).max() for fitted in (ours, theirs)
    )
    text = f"accuracy {score:.4f}/{their_score:.4f}, C {ours.C_:.2g}/{theirs.C_:.2g}"
    return Quality(text, bool(score < their_score - _EQUAL_SCORE))


def _equal_predictions(ours, theirs, data):
    X = data.X[:_PREDICTED_ROWS]
    share = np.mean(ours.predict(X) == theirs.predict(X))
    return Quality(f"predictions {share:.2%} equal", bool(share < _EQUAL_PREDICTIONS))


_COMPARISONS = {
    "LogisticRegression": _equal_objectives,
    "LogisticRegressionCV": _equal_scores,
    "MLPClassifier": _equal_losses,
    "MLPRegressor": _equal_losses,
    "Perceptron": _similar_mistakes,
}

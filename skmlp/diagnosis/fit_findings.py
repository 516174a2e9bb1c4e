"""Findings about what was learnt: too little, too much, or with false certainty."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmlp.base.text import listed
from skmlp.diagnosis.cures import longer, model_with
from skmlp.diagnosis.evidence import Evidence
from skmlp.diagnosis.finding import Finding

__all__ = ["FIT_CHECKS"]

_ESL = "Hastie, Tibshirani and Friedman (2009), The elements of statistical learning, "
_ESL += "sections 7.2 and 11.5"
_PRECHELT = "Prechelt (1998), Early stopping, but when?"
_GUO = (
    "Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks"
)
_NORTHCUTT = "Northcutt, Jiang and Chuang (2021), Confident learning"
# Share of the loss of a constant that a fit leaves if it has learnt little.
_LITTLE = 0.8
_OVERFITS, _GAP, _WIDE = 2.0, 0.33, 10.0
_PENALISED = 0.3
_BADLY_CALIBRATED, _BINS, _FEWEST_ROWS = 0.1, 10, 100
# A label looks wrong if its probability is below the first number, and that of another
# class is above this share of the mean probability of labels that are predicted. The
# network needs at least this accuracy, and at least this share of rows looks wrong.
_IMPROBABLE, _CERTAIN, _ACCURATE, _SHARE_WRONG = 0.2, 0.8, 0.88, 0.015


def one_class_only(evidence: Evidence) -> Finding | None:
    """Return a finding if a classifier predicts one class for all rows."""
    rows = evidence.held_out
    if evidence.classes is None or rows.y.ndim > 1 or len(rows) < 10:
        return None
    if len(np.unique(rows.predicted)) > 1 or len(np.unique(rows.labels)) == 1:
        return None
    share = float(np.mean(rows.labels == rows.predicted[0]))
    cure = {"class_weight": "balanced", "alpha": 1e-4, **longer(evidence)}
    return Finding(
        "predictions of one class only",
        0.965,
        f"All rows are predicted as {evidence.classes[rows.predicted[0]]}, which "
        f"{share:.0%} of them are.",
        "The scores depend on the intercept, not on X.",
        model_with(evidence.estimator, **_known(evidence, cure)),
        "He and Garcia (2009), Learning from imbalanced data",
        improves="balanced accuracy",
        numbers={"share": share},
    )


def underfitting(evidence: Evidence) -> Finding | None:
    """Return a finding if little of the loss of a constant has gone."""
    left = evidence.train.loss / max(evidence.constant_loss, 1e-12)
    if left < _LITTLE or evidence.fitted.loss.predicts_deviation:
        return None
    return Finding(
        "underfitting",
        0.75,
        f"The loss is {evidence.train.loss:.3g}, {left:.0%} of that of the best "
        "constant prediction, on the training rows themselves.",
        "The network is too small, its penalty too large, its training too short, or X "
        "does not tell y.",
        model_with(
            evidence.estimator,
            **_known(evidence, {"hidden_layer_sizes": (100,), "alpha": 1e-4}),
        ),
        _ESL,
        numbers={"left": left},
    )


def overfitting(evidence: Evidence) -> Finding | None:
    """Return a finding if the loss of validation rows is far above that of training."""
    if evidence.validation is None:
        return None
    train, held_out = evidence.train.loss, evidence.validation.loss
    constant = max(evidence.constant_loss, 1e-12)
    gap = (held_out - train) / constant
    if held_out < _OVERFITS * train or gap < _GAP:
        return None
    rows, parameters = len(evidence.train), evidence.n_parameters
    wide = parameters > _WIDE * rows
    name = "network wider than the data supports" if wide else "overfitting"
    alpha = max(0.03 * rows, 10 * evidence.params.get("alpha", 0))
    cure: dict[str, Any] = {"alpha": float(f"{alpha:.1g}")}
    if "C" in evidence.params:
        cure["C"] = float(f"{min(1 / alpha, evidence.params['C'] / 10):.1g}")
    if wide:
        cure["hidden_layer_sizes"] = (16,)
    return Finding(
        name,
        float(np.clip(0.6 + 0.25 * gap, 0.6, 0.94)),
        f"The loss is {train:.3g} on the training rows and {held_out:.3g} on the "
        f"validation rows; there are {parameters} parameters for {rows} rows.",
        "The network has learnt the noise of the training rows, too.",
        model_with(evidence.estimator, **_known(evidence, cure)),
        _ESL,
        numbers={"train": train, "validation": held_out, "parameters": parameters},
    )


def ran_too_long(evidence: Evidence) -> Finding | None:
    """Return a finding if the validation loss was far lower in an earlier epoch."""
    history = getattr(evidence.estimator, "history_", {})
    losses = np.asarray(history.get("validation_loss", ()), dtype=np.float64)
    if len(losses) < 10 or evidence.params.get("early_stopping"):
        return None
    best = int(np.nanargmin(losses))
    rise = (losses[-1] - losses[best]) / max(evidence.constant_loss, 1e-12)
    if best > 0.7 * len(losses) or rise < 0.1:
        return None
    return Finding(
        "ran too long",
        float(np.clip(0.75 + 0.2 * rise, 0.75, 0.95)),
        f"The validation loss was lowest after {best + 1} epochs ({losses[best]:.3g}), "
        f"and ended at {losses[-1]:.3g} after {len(losses)}.",
        "After the best epoch the network learns the noise of the training rows.",
        model_with(evidence.estimator, max_iter=best + 1),
        _PRECHELT,
        numbers={"best_epoch": best + 1, "rise": rise},
    )


def over_regularised(evidence: Evidence) -> Finding | None:
    """Return a finding if the penalty is a large part of the objective."""
    l2 = evidence.fitted.l2
    name = "C" if "C" in evidence.params else "alpha"
    value = evidence.params.get(name)
    if not isinstance(value, int | float) or not l2:
        return None
    weights = np.concatenate([np.ravel(each) for each in evidence.fitted.weights])
    size = float(np.sqrt(np.mean(np.square(weights, dtype=np.float64))))
    penalty = 0.5 * l2 * float(np.sum(np.square(weights, dtype=np.float64)))
    share = penalty / (penalty + len(evidence.train) * max(evidence.train.loss, 1e-12))
    left = evidence.train.loss / max(evidence.constant_loss, 1e-12)
    strength = float(l2) / len(evidence.train)
    if not ((share > _PENALISED or strength > 0.03) and left > 0.5):
        return None
    return Finding(
        "over-regularised",
        0.97,
        f"With {name}={value:g} the penalty is {share:.0%} of the objective, weights "
        f"have the size {size:.2g}, and {left:.0%} of the loss of a constant is left.",
        "The penalty keeps the weights so small that the scores hardly vary.",
        model_with(evidence.estimator, **{name: 1.0 if name == "C" else 1e-4}),
        _ESL,
        numbers={"share": share, "left": left},
    )


def badly_calibrated(evidence: Evidence) -> Finding | None:
    """Return a finding if probabilities of validation rows are far from frequencies."""
    rows = evidence.validation
    if rows is None or evidence.classes is None or rows.y.ndim > 1:
        return None
    if evidence.fitted.loss.inverse_link not in ("logistic", "softmax"):
        return None
    if len(rows) < _FEWEST_ROWS:
        return None
    certainty = rows.probabilities.max(axis=1)
    right = rows.predicted == rows.labels
    error = _calibration_error(certainty, right)
    if error < _BADLY_CALIBRATED:
        return None
    name = type(evidence.estimator).__name__
    return Finding(
        "probabilities badly calibrated",
        0.5 + min(error, 0.4),
        f"The probability of the predicted class is {certainty.mean():.0%} on average, "
        f"and {right.mean():.0%} of the predictions are right (error {error:.2f}).",
        "The network goes on to lower the loss of training rows by larger scores, long "
        "after it has separated them.",
        "from sklearn.calibration import CalibratedClassifierCV\n"
        f"from skmlp import {name}\n"
        + model_with(evidence.estimator)
        .splitlines()[-1]
        .replace("model = ", "model = CalibratedClassifierCV(")
        + ")",
        _GUO,
        improves="calibration error",
        numbers={"error": error},
    )


def _calibration_error(certainty, right):
    """Return the mean |frequency − certainty| over bins of equal numbers of rows."""
    order = np.argsort(certainty)
    bins = np.array_split(order, _BINS)
    gaps = [abs(right[each].mean() - certainty[each].mean()) for each in bins]
    return float(np.average(gaps, weights=[len(each) for each in bins]))


def suspicious_labels(evidence: Evidence) -> Finding | None:
    """Return a finding that names rows whose label the network finds improbable."""
    rows = evidence.train
    if evidence.classes is None or rows.y.ndim > 1 or len(rows) < _FEWEST_ROWS:
        return None
    if evidence.fitted.loss.inverse_link not in ("logistic", "softmax"):
        return None
    held_out = evidence.held_out
    if held_out.score < _ACCURATE:
        return None
    own = rows.probabilities[np.arange(len(rows)), rows.labels]
    largest = rows.probabilities.max(axis=1)
    usual = float(np.mean(largest[rows.predicted == rows.labels]))
    certain = largest > _CERTAIN * usual
    wrong = np.flatnonzero((own < _IMPROBABLE) & certain)
    if not max(2, _SHARE_WRONG * len(rows)) <= len(wrong) <= 0.3 * len(rows):
        return None
    wrong = wrong[np.argsort(own[wrong])]
    return Finding(
        "labels that look wrong",
        0.8,
        f"{len(wrong)} rows have a label with a probability below {_IMPROBABLE:.0%}, "
        f"while another has more than {_CERTAIN * usual:.0%}: rows "
        f"{listed(list(map(int, wrong)), 8)}.",
        "Rows may have the label of another class.",
        f"suspicious = {list(map(int, wrong[:20]))}\nprint(y[suspicious])",
        _NORTHCUTT,
        improves="",
        numbers={"rows": len(wrong)},
    )


def _known(evidence, changes):
    """Return the changes of parameters that the estimator has."""
    return {name: value for name, value in changes.items() if name in evidence.params}


FIT_CHECKS = (
    one_class_only,
    underfitting,
    overfitting,
    ran_too_long,
    over_regularised,
    badly_calibrated,
    suspicious_labels,
)

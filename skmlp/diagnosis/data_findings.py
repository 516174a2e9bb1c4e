"""Findings that X and y alone show: scales, copies, leaks and rare classes."""

from __future__ import annotations

import numpy as np
import scipy.sparse

from skmlp.base.data_checks import (
    column_scales,
    unscaled_columns,
    unscaled_targets,
)
from skmlp.base.text import counted, listed
from skmlp.diagnosis.cures import dropping, model_with, scaled_model
from skmlp.diagnosis.evidence import Evidence
from skmlp.diagnosis.finding import Finding

__all__ = ["DATA_CHECKS"]

_EFFICIENT = "LeCun, Bottou, Orr and Müller (1998), Efficient BackProp, section 4.3"
# A column leaks if it alone separates the classes, or is the target, so well.
_LEAK = 0.995
_MOST_CLASSES, _FEWEST_ROWS = 50, 30
# A class is rare below this share, and ignored if so few of its rows are found.
_RARE, _FOUND = 0.15, 0.5


def inputs_not_scaled(evidence: Evidence) -> Finding | None:
    """Return a finding if columns of X have scales that networks do not suit."""
    scales = evidence.scales
    if "batch_size" in evidence.params:
        if not evidence.n_hidden and not evidence.by_steps:
            return None  # exact solvers choose coordinates of their own
        columns = unscaled_columns(scales)
    else:  # a perceptron: a common factor of all columns changes nothing
        columns = unscaled_columns(scales.in_common_unit())
    columns = np.setdiff1d(columns, evidence.constant)
    if not len(columns):
        return None
    share = len(columns) / len(scales)
    sizes = scales.size[columns]
    spread = float(np.max(np.abs(np.log10(np.maximum(sizes, 1e-300)))))
    described = listed(columns, 3, scales.describe)
    return Finding(
        "inputs not scaled",
        min(1.0, 0.75 + 0.05 * min(spread, 4) + 0.05 * share),
        f"{len(columns)} of {counted(len(scales), 'column')}: {described}.",
        "Large columns fill the sums of the first layer, and small ones do not count; "
        "one learning rate cannot suit both.",
        scaled_model(
            evidence.estimator, "MaxAbsScaler" if scales.is_sparse else "StandardScaler"
        ),
        _EFFICIENT,
        numbers={"columns": len(columns), "largest": float(sizes.max())},
    )


def target_not_scaled(evidence: Evidence) -> Finding | None:
    """Return a finding if a regressor learns targets that are not of size 1."""
    if evidence.classes is not None or evidence.params.get("scale_target") is not False:
        return None
    if evidence.fitted.loss.inverse_link != "identity":
        return None
    scales = column_scales(np.asarray(evidence.train.targets, dtype=np.float64))
    columns = unscaled_targets(scales)
    if not len(columns):
        return None
    worst = columns[np.argmax(np.abs(np.log(np.maximum(scales.size[columns], 1e-300))))]
    return Finding(
        "target not scaled",
        0.85,
        f"y has mean {scales.mean[worst]:.3g} and deviation "
        f"{scales.deviation[worst]:.3g}.",
        "A network begins with predictions of about 0 that vary by about 1: weights "
        "have a long way to go, and gradients have the scale of y.",
        model_with(evidence.estimator, scale_target=True),
        _EFFICIENT,
        numbers={
            "mean": float(scales.mean[worst]),
            "deviation": float(scales.deviation[worst]),
        },
    )


def useless_columns(evidence: Evidence) -> Finding | None:
    """Return a finding for columns that are constant, or copies of others."""
    constant, groups = evidence.constant, evidence.duplicates
    copies = [column for group in groups for column in group[1:]]
    useless = [*map(int, constant), *copies]
    if not useless:
        return None
    parts = []
    if len(constant):
        parts.append(f"constant: {listed(constant, 3, evidence.scales.name_of)}")
    if copies:
        parts.append(f"copies of others: {listed(copies, 3, evidence.scales.name_of)}")
    return Finding(
        "constant or duplicate columns",
        min(0.3, 0.1 + 0.3 * len(useless) / len(evidence.scales)),
        f"{'; '.join(parts)}.",
        "They tell nothing new, cost time, and copies count twice in the penalty.",
        dropping(evidence.estimator, useless),
        "Guyon and Elisseeff (2003), An introduction to variable and feature selection",
        improves="seconds",
        numbers={"constant": len(constant), "copies": len(copies)},
    )


def leaking_columns(evidence: Evidence) -> Finding | None:
    """Return a finding for single columns that tell y almost without an error."""
    rows = evidence.train
    if scipy.sparse.issparse(rows.X) or len(rows) < _FEWEST_ROWS:
        return None
    X = np.asarray(rows.X, dtype=np.float64)
    if evidence.classes is not None:
        if not 2 <= len(evidence.classes) <= _MOST_CLASSES or rows.y.ndim > 1:
            return None
        strength = np.array([_separation(column, rows.labels) for column in X.T])
        what = "orders the classes without an error"
    else:
        strength = _correlation(X, np.asarray(rows.targets, dtype=np.float64))
        what = "is y up to a linear function"
    order = np.argsort(-strength)
    leaks = [int(column) for column in order if strength[column] >= _LEAK]
    if not leaks or len(leaks) > max(1, X.shape[1] // 10):
        return None  # many such columns: the problem is easy
    names = listed(leaks, 3, evidence.scales.name_of)
    return Finding(
        "leak-like columns",
        0.95,
        f"{names}: alone, the column {what} (strength {strength[leaks[0]]:.4f} of 1).",
        "The column may be written down after y is known, as a result, a date or a "
        "number that is given with it.",
        dropping(evidence.estimator, leaks),
        "Kaufman, Rosset and Perlich (2011), Leakage in data mining",
        improves="",
        numbers={"strength": float(strength[leaks[0]])},
    )


def _separation(column, labels):
    """Return how well the order of a column separates classes, from 0 to 1.

    It is the share of rows in the largest class of each run of equal labels, counted
    over as many intervals as there are classes; ties of values with several labels
    count as errors.
    """
    order = np.argsort(column, kind="stable")
    values, sorted_labels = column[order], labels[order]
    n_classes = len(np.unique(labels))
    changes = np.flatnonzero(sorted_labels[1:] != sorted_labels[:-1])
    within_ties = np.sum(values[changes + 1] == values[changes])
    errors = max(0, len(changes) - (n_classes - 1)) + within_ties
    return 1 - errors / len(labels)


def _correlation(X, targets):
    """Return the largest |correlation| of each column with a target (n_columns,)."""
    with np.errstate(all="ignore"):
        a, b = X - X.mean(axis=0), targets - targets.mean(axis=0)
        norms = np.outer(np.linalg.norm(a, axis=0), np.linalg.norm(b, axis=0))
        found = np.abs(a.T @ b) / norms
    return np.nan_to_num(found).max(axis=1)


def ignored_classes(evidence: Evidence) -> Finding | None:
    """Return a finding if rare classes are hardly ever found."""
    rows = evidence.held_out
    if evidence.classes is None or rows.y.ndim > 1:
        return None
    if evidence.params.get("class_weight") is not None:
        return None
    n_classes = len(evidence.classes)
    shares = np.bincount(evidence.train.labels, minlength=n_classes) / len(
        evidence.train
    )
    here = np.bincount(rows.labels, minlength=n_classes)
    found = np.bincount(rows.labels[rows.predicted == rows.labels], minlength=n_classes)
    with np.errstate(all="ignore"):
        recall = found / here
    rare = np.flatnonzero(
        (shares < min(_RARE, 0.6 / n_classes)) & (here >= 3) & (recall < _FOUND)
    )
    if not len(rare) or np.nanmax(recall) < 2 * _FOUND * 0.8:
        return None
    worst = rare[np.argmin(recall[rare])]
    return Finding(
        "imbalance ignored",
        0.955,
        f"Class {evidence.classes[worst]} has {shares[worst]:.1%} of the rows, and "
        f"{recall[worst]:.0%} of its rows are found, of the most frequent class "
        f"{recall[np.argmax(shares)]:.0%}.",
        "Each row counts once, so that a rare class adds little to the loss.",
        model_with(evidence.estimator, class_weight="balanced"),
        "He and Garcia (2009), Learning from imbalanced data",
        improves="balanced accuracy",
        numbers={"share": float(shares[worst]), "recall": float(recall[worst])},
    )


DATA_CHECKS = (
    inputs_not_scaled,
    target_not_scaled,
    useless_columns,
    leaking_columns,
    ignored_classes,
)

"""Advice after a fit that went wrong: what is scaled badly, and code that scales it."""

from __future__ import annotations

import inspect
from math import isfinite

import numpy as np
from sklearn.base import BaseEstimator

from skmlp.base.data_checks import column_scales, unscaled_columns, unscaled_targets
from skmlp.base.text import listed

__all__ = ["code_of", "scaling_advice"]

_MOST_NAMED = 3
_LONGEST_VALUE = 60
_FOR_STREAMS = (
    "Scale all parts of a stream by one {}, whose partial_fit learns the scales from "
    "the first parts."
)
_MODULES = {
    "TransformedTargetRegressor": "sklearn.compose",
    "make_pipeline": "sklearn.pipeline",
    "MaxAbsScaler": "sklearn.preprocessing",
    "StandardScaler": "sklearn.preprocessing",
}


def scaling_advice(
    estimator, X, y=None, *, target_cures=(), stream=False, only_differences=False
):
    """Return sentences on badly scaled columns and targets, and code that scales them.

    Parameters
    ----------
    estimator : BaseEstimator
        Estimator that was fitted: the code has its parameters, and the columns have the
        names in its attribute `feature_names_in_`.
    X : {ndarray, CSR matrix} of shape (n_rows, n_columns)
        Training rows.
    y : ndarray of shape (n_rows, n_targets), optional
        Numeric targets; they are checked if there are `target_cures`.
    target_cures : tuple of str
        What can scale y: 'scale_target', the parameter of the estimator, or the name of
        a scaler, as the transformer of a TransformedTargetRegressor. The advice has
        code for each.
    stream : bool
        True if the rows are a part of a stream, from which a pipeline cannot learn.
    only_differences : bool
        True if a common factor of all columns makes no difference to the fit.

    Returns
    -------
    advice : str
        The text, with a blank before it; '' if everything is scaled well.
    """
    scales = column_scales(X, getattr(estimator, "feature_names_in_", None))
    columns = unscaled_columns(scales.in_common_unit() if only_differences else scales)
    sentences, cures = [], (None,)
    if len(columns):
        sentences.append(_sentence("columns of X", columns, scales))
    if target_cures:
        scales_of_y = column_scales(y)
        targets = unscaled_targets(scales_of_y)
        if len(targets):
            sentences.append(_sentence("columns of y", targets, scales_of_y))
            cures = target_cures
    if not sentences:
        return ""
    scaler = "MaxAbsScaler" if scales.is_sparse else "StandardScaler"
    if stream:
        return " ".join(("", *sentences, _FOR_STREAMS.format(scaler)))
    blocks = [
        _code_of_cure(estimator, scaler if len(columns) else None, cure)
        for cure in cures
    ]
    return " ".join(("", *sentences, "Scale the data:")) + "\n" + "\nor\n".join(blocks)


def _sentence(noun, chosen, scales):
    """Return a sentence on the chosen columns, which are scaled badly."""
    if noun == "columns of y" and len(scales) == 1:
        mean, deviation = scales.mean[0], scales.deviation[0]
        return f"y is scaled badly: it has mean {mean:.3g}, deviation {deviation:.3g}."
    described = listed([scales.describe(column) for column in chosen], _MOST_NAMED)
    are = "is" if len(chosen) == 1 else "are"
    return f"{len(chosen)} of {len(scales)} {noun} {are} scaled badly: {described}."


def _code_of_cure(estimator, scaler, target_cure):
    """Return lines of code that define a model with the scaler and the target cure."""
    changes = {"scale_target": True} if target_cure == "scale_target" else {}
    code, used = code_of(estimator, **changes), set()
    if scaler is not None:
        code = f"make_pipeline({scaler}(), {code})"
        used |= {"make_pipeline", scaler}
    if target_cure not in (None, "scale_target"):
        code = f"TransformedTargetRegressor({code}, transformer={target_cure}())"
        used |= {"TransformedTargetRegressor", target_cure}
    lines = [
        f"from {module} import {', '.join(names)}"
        for module in sorted({_MODULES[name] for name in used})
        if (names := sorted(name for name in used if _MODULES[name] == module))
    ]
    return "\n".join(f"    {line}" for line in (*lines, f"model = {code}"))


def code_of(estimator, **changes):
    """Return the constructor's call, with all parameters that are not the default.

    `changes` are values in place of the estimator's. ``...`` stands for values that
    have no short code, such as functions and arrays.
    """
    values = {**estimator.get_params(deep=False), **changes}
    signature = inspect.signature(type(estimator)).parameters
    defaults = {name: known.default for name, known in signature.items()}
    arguments = [
        f"{name}={_code_of_value(value)}"
        for name, value in values.items()
        if not _equal(value, defaults.get(name, inspect.Parameter.empty))
    ]
    return f"{type(estimator).__name__}({', '.join(arguments)})"


def _equal(value, default):
    """Return True if a value is surely the default."""
    if value is default:
        return True
    if type(value) is not type(default):
        return False
    return isinstance(value, bool | int | float | str | tuple) and value == default


def _code_of_value(value):
    """Return the code of a value, or '...'."""
    if isinstance(value, np.generic):
        value = value.item()
    if type(value) is float and not isfinite(value):
        return f"float('{value}')"
    is_component = isinstance(value, BaseEstimator)
    code = code_of(value) if is_component else repr(value)
    if len(code) > _LONGEST_VALUE or not (is_component or _has_code(value)):
        return "..."
    return code


def _has_code(value):
    """Return True if the repr of a value is code."""
    if isinstance(value, list | tuple):
        return all(map(_has_code, value))
    if isinstance(value, dict):
        return all(map(_has_code, (*value.keys(), *value.values())))
    if type(value) is float:
        return isfinite(value)
    return value is None or type(value) in (bool, int, str)

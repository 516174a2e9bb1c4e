"""Advice after a fit that went wrong: what is scaled badly, and code that scales it."""

from __future__ import annotations

import inspect
import sys
from functools import lru_cache
from math import isfinite

import numpy as np
from sklearn.base import BaseEstimator

from skmlp.base.compat import routing_enabled
from skmlp.base.data_checks import (
    column_scales,
    unscaled_columns,
    unscaled_positive_targets,
    unscaled_targets,
)
from skmlp.base.rows import take
from skmlp.base.text import listed

__all__ = ["code_of", "scaling_advice"]

_MOST_NAMED = 3
_LONGEST_VALUE = 60
_FOR_STREAMS = (
    "Scale all parts of a stream by one {}, whose partial_fit learns the scales from "
    "the first parts."
)
_FOR_WEIGHTS = "\nPass the weights of the rows to its fit as {}__sample_weight."
_FOR_VALIDATION = "\nThis does not scale y_val: divide it by the largest y."
_WITH_ROUTING = ("import sklearn", "sklearn.set_config(enable_metadata_routing=True)")
_MODULES = {
    "TransformedTargetRegressor": "sklearn.compose",
    "make_pipeline": "sklearn.pipeline",
    "MaxAbsScaler": "sklearn.preprocessing",
    "StandardScaler": "sklearn.preprocessing",
}


def scaling_advice(
    estimator,
    X,
    y=None,
    *,
    sample_weight=None,
    passed=(),
    target_cures=(),
    stream=False,
    only_differences=False,
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
    sample_weight : ndarray of shape (n_rows,), optional
        Weights of the rows; rows of weight zero are not checked.
    passed : tuple of str
        Names of the arguments of the fit besides X and y, such as 'sample_weight' or
        'X_val': the advice says how a pipeline takes them.
    target_cures : tuple of str
        What can scale y: 'scale_target', the parameter of the estimator, or the name of
        a scaler, as the transformer of a TransformedTargetRegressor. The advice has
        code for each. 'MaxAbsScaler' means that the targets are positive.
    stream : bool
        True if the rows are a part of a stream, from which a pipeline cannot learn.
    only_differences : bool
        True if a common factor of all columns makes no difference to the fit.

    Returns
    -------
    advice : str
        The text, with a blank before it; '' if everything is scaled well.
    """
    if sample_weight is not None and not np.all(sample_weight):
        counted = np.flatnonzero(sample_weight)
        X, y = take(X, counted), None if y is None else take(y, counted)
    scales = column_scales(X, getattr(estimator, "feature_names_in_", None))
    columns = unscaled_columns(scales.in_common_unit() if only_differences else scales)
    sentences, cures = [], (None,)
    if len(columns):
        sentences.append(_sentence("columns of X", columns, scales))
    if target_cures:
        scales_of_y = column_scales(y)
        positive = "MaxAbsScaler" in target_cures
        bad_targets = unscaled_positive_targets if positive else unscaled_targets
        targets = bad_targets(scales_of_y)
        if len(targets):
            sentences.append(_sentence("columns of y", targets, scales_of_y))
            # TransformedTargetRegressor does not scale y_val.
            has_own = "X_val" in passed and "scale_target" in target_cures
            cures = ("scale_target",) if has_own else target_cures
    if not sentences:
        return ""
    scaler = "MaxAbsScaler" if scales.is_sparse else "StandardScaler"
    if stream:
        return " ".join(("", *sentences, _FOR_STREAMS.format(scaler)))
    blocks = [
        _code_of_cure(estimator, scaler if len(columns) else None, cure, passed)
        for cure in cures
    ]
    text = " ".join(("", *sentences, "Scale the data:")) + "\n" + "\nor\n".join(blocks)
    if "X_val" in passed and "MaxAbsScaler" in cures:
        text += _FOR_VALIDATION
    if "sample_weight" in passed and len(columns) and not _routes(passed):
        text += _FOR_WEIGHTS.format(type(estimator).__name__.lower())
    return text


def _routes(passed):
    """Return True if a pipeline takes the arguments of a fit by metadata routing."""
    return "X_val" in passed or (bool(passed) and routing_enabled())


def _sentence(noun, chosen, scales):
    """Return a sentence on the chosen columns, which are scaled badly."""
    if noun == "columns of y" and len(scales) == 1:
        mean, deviation = scales.mean[0], scales.deviation[0]
        return f"y is scaled badly: it has mean {mean:.3g}, deviation {deviation:.3g}."
    described = listed(chosen, _MOST_NAMED, scales.describe)
    are = "is" if len(chosen) == 1 else "are"
    return f"{len(chosen)} of {len(scales)} {noun} {are} scaled badly: {described}."


def _code_of_cure(estimator, scaler, target_cure, passed):
    """Return lines of code that define a model with the scaler and the target cure.

    The pipeline also scales X_val, if this was `passed` to the fit.
    """
    changes = {"scale_target": True} if target_cure == "scale_target" else {}
    code, used, first = code_of(estimator, **changes), set(), ()
    own = _imports_of(estimator, code)
    if scaler is not None:
        used |= {"make_pipeline", scaler}
        steps = f"{scaler}(), {code}"
        if _routes(passed):
            first = () if routing_enabled() else _WITH_ROUTING
            steps += f".set_fit_request({', '.join(f'{name}=True' for name in passed)})"
            if "sample_weight" in passed and scaler == "StandardScaler":
                ignores = "StandardScaler().set_fit_request(sample_weight=False)"
                steps = steps.replace("StandardScaler()", ignores, 1)
        if "X_val" in passed:
            steps += ", transform_input=['X_val']"
        code = f"make_pipeline({steps})"
    if target_cure not in (None, "scale_target"):
        code = f"TransformedTargetRegressor({code}, transformer={target_cure}())"
        used |= {"TransformedTargetRegressor", target_cure}
    lines = [
        f"from {module} import {', '.join(names)}"
        for module in sorted({_MODULES[name] for name in used})
        if (names := sorted(name for name in used if _MODULES[name] == module))
    ]
    lines = [*first[:1], *lines, *own, *first[1:], f"model = {code}"]
    return "\n".join(f"    {line}" for line in lines)


def _imports_of(estimator, code):
    """Return lines that import the classes of this package which code uses."""
    names_in = {}
    for each in (estimator, *estimator.get_params().values()):
        module, name = _public_module(type(each)), type(each).__name__
        if module is not None and f"{name}(" in code:
            names_in.setdefault(module, set()).add(name)
    return [
        f"from {module} import {', '.join(sorted(names_in[module]))}"
        for module in sorted(names_in)
    ]


def _public_module(cls):
    """Return the package with the shortest name that has a class; None: not skmlp's."""
    parts = cls.__module__.split(".")
    if parts[0] != __name__.partition(".")[0]:
        return None
    for length in range(1, len(parts) + 1):
        module = ".".join(parts[:length])
        if getattr(sys.modules[module], cls.__name__, None) is cls:
            return module
    return None


def code_of(estimator, **changes):
    """Return the constructor's call, with all parameters that are not the default.

    `changes` are values in place of the estimator's. ``...`` stands for values that
    have no short code, such as functions and arrays.
    """
    values = {**estimator.get_params(deep=False), **changes}
    defaults = _defaults(type(estimator))
    arguments = [
        f"{name}={_code_of_value(value)}"
        for name, value in values.items()
        if not _equal(value, defaults.get(name, inspect.Parameter.empty))
    ]
    return f"{type(estimator).__name__}({', '.join(arguments)})"


@lru_cache
def _defaults(cls):
    """Return the defaults of the parameters of a constructor by their names."""
    signature = inspect.signature(cls).parameters
    return {name: known.default for name, known in signature.items()}


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

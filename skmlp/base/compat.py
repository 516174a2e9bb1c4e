"""Imports of every private helper of scikit-learn and joblib that skmlp uses.

When scikit-learn moves one of them, this is the only file to change.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from joblib.externals.loky.backend.reduction import register as register_for_workers
from sklearn.base import _fit_context
from sklearn.metrics import make_scorer
from sklearn.utils import _align_api_if_sparse as align_api_if_sparse
from sklearn.utils._metadata_requests import (
    UNUSED,
    process_routing,
)
from sklearn.utils._metadata_requests import (
    _manual_routing as manual_routing,
)
from sklearn.utils._metadata_requests import (
    _raise_for_params as raise_for_params,
)
from sklearn.utils._metadata_requests import (
    _routing_enabled as routing_enabled,
)
from sklearn.utils._param_validation import (
    HasMethods,
    Hidden,
    Interval,
    InvalidParameterError,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils._set_output import _wrap_data_with_container as wrap_output
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call as check_partial_fit_first_call,
)
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

from skmlp.base.types import KeepsSignature

__all__ = [
    "UNUSED",
    "HasMethods",
    "Hidden",
    "Interval",
    "InvalidParameterError",
    "Options",
    "StrOptions",
    "align_api_if_sparse",
    "check_partial_fit_first_call",
    "check_sample_weight",
    "fit_context",
    "manual_routing",
    "process_routing",
    "raise_for_params",
    "register_for_workers",
    "routing_enabled",
    "takes_weights",
    "validate_parameter_constraints",
    "with_labels",
    "wrap_output",
]

# scikit-learn's function has no annotations. Without this one, type checkers would not
# know the methods that it decorates.
fit_context: Callable[..., KeepsSignature] = _fit_context


def takes_weights(scorer):
    """Return True if a scorer, of scikit-learn or a callable, takes `sample_weight`."""
    accepts = getattr(scorer, "_accept_sample_weight", None)
    if accepts is not None:
        return accepts()
    return "sample_weight" in inspect.signature(scorer).parameters


def with_labels(scorer, classes):
    """Return the scorer with `labels` set to all classes, as a fold may lack some."""
    function = getattr(scorer, "_score_func", None)
    known = () if function is None else inspect.signature(function).parameters
    if "labels" not in known:
        return scorer
    extra = {"labels": classes}
    if "pos_label" in known and len(classes) <= 2:
        extra["pos_label"] = classes[-1]
    return make_scorer(
        function,
        greater_is_better=scorer._sign == 1,
        response_method=scorer._response_method,
        **{**extra, **scorer._kwargs},
    )

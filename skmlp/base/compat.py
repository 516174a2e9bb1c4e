"""Imports of every private helper of scikit-learn and joblib that skmlp uses.

When scikit-learn moves one of them, this is the only file to change. It is also the
only one that knows versions of scikit-learn: what 1.9 has and 1.7 or 1.8 lacks is
written below, so that the rest of the package always finds the helpers of 1.9.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse
import sklearn
from joblib.externals.loky.backend.reduction import register as register_for_workers
from sklearn.base import _fit_context
from sklearn.metrics import make_scorer
from sklearn.utils import Bunch
from sklearn.utils import multiclass as _multiclass
from sklearn.utils import validation as _validation
from sklearn.utils._metadata_requests import (
    METHODS,
    UNUSED,
    process_routing,
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

from skmlp.base.availability import unavailable_when
from skmlp.base.types import KeepsSignature
from skmlp.base.warn import warn

__all__ = [
    "SKLEARN_VERSION",
    "UNUSED",
    "CallbackSupportMixin",
    "HasMethods",
    "Hidden",
    "Interval",
    "InvalidParameterError",
    "Options",
    "StrOptions",
    "align_api_if_sparse",
    "check_classification_targets",
    "check_partial_fit_first_call",
    "check_sample_weight",
    "d2_brier_score",
    "fit_context",
    "manual_routing",
    "process_routing",
    "raise_for_params",
    "register_for_workers",
    "routing_enabled",
    "takes_weights",
    "theirs_with",
    "type_of_target",
    "validate_parameter_constraints",
    "with_callbacks",
    "with_labels",
    "wrap_output",
]

_version: str = vars(sklearn)["__version__"]
SKLEARN_VERSION = tuple(map(int, re.findall(r"\d+", _version)[:2]))
"""Version of scikit-learn, such as (1, 9)."""

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


if SKLEARN_VERSION >= (1, 9):
    from sklearn.callback import CallbackSupportMixin
    from sklearn.callback import with_callbacks as _with_callbacks
    from sklearn.utils import _align_api_if_sparse as align_api_if_sparse
    from sklearn.utils._metadata_requests import _manual_routing as manual_routing
    from sklearn.utils.validation import _check_sample_weight as check_sample_weight
else:

    def _callbacks_are_missing(estimator):
        """Return the reason why no estimator takes callbacks."""
        return (
            "callbacks need scikit-learn 1.9 or newer, and version "
            f"{_version} is installed. With `verbose`, a fit prints its "
            "progress."
        )

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Mixin without callbacks, which scikit-learn has since version 1.9."""

        @unavailable_when(_callbacks_are_missing)
        def set_callbacks(self, *callbacks: Any) -> Any:
            """Raise UnavailableError: callbacks need scikit-learn 1.9 or newer."""

    def _with_callbacks(method):
        """Return the method: there are no callbacks to end after it."""
        return method

    def align_api_if_sparse(X):
        """Return X: before version 1.9, sparse results are always sparse matrices."""
        if not scipy.sparse.issparse(X) or scipy.sparse.isspmatrix(X):
            return X
        return getattr(scipy.sparse, f"{X.format}_matrix")(X)

    def manual_routing(routing):
        """Return what `process_routing` returns, for metadata routed by hand."""
        return Bunch(
            **{
                name: Bunch(**{method: dict(of.get(method, {})) for method in METHODS})
                for name, of in routing.items()
            }
        )

    def check_sample_weight(sample_weight, X, **settings):
        """Return the weights of the rows; raise ValueError if all of them are zero."""
        try:
            weights = _validation._check_sample_weight(sample_weight, X, **settings)
        except ValueError as error:
            if str(error) != "Sample weights must be 1D array or scalar":
                raise
            raise ValueError(
                f"{error}, got {np.ndim(sample_weight)}D array. Expected either a "
                f"scalar value or a 1D array of length {_validation._num_samples(X)}."
            ) from None
        if not np.any(weights):
            raise ValueError(
                "Sample weights must contain at least one non-zero number."
            )
        return weights


with_callbacks: KeepsSignature = _with_callbacks


def theirs_with(cls, parameters):
    """Return scikit-learn's estimator `cls` with parameters as version 1.9 has them.

    Before version 1.8, `penalty` of its LogisticRegression had to name the norm.
    """
    given = dict(parameters)
    if SKLEARN_VERSION < (1, 8) and given.get("penalty") == "deprecated":
        ratio = given.pop("l1_ratio")
        norm = {0: "l2", None: "l2", 1: "l1"}.get(ratio, "elasticnet")
        given["penalty"] = None if given["C"] == np.inf else norm
        if norm == "elasticnet":
            given["l1_ratio"] = ratio
    return cls(**given)


if SKLEARN_VERSION >= (1, 8):
    from sklearn.metrics import d2_brier_score
    from sklearn.utils.multiclass import check_classification_targets, type_of_target
else:
    d2_brier_score = None  # version 1.7 has no scorer of this name either

    def type_of_target(y, input_name="", raise_unknown=False):
        """Return the kind of a target, without a warning of many classes."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The number of unique classes")
            return _multiclass.type_of_target(y, input_name, raise_unknown)

    def check_classification_targets(y):
        """Raise ValueError unless y are class labels; warn if there are many classes.

        Version 1.7 warns in `type_of_target`, which regressors call as well.
        """
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The number of unique classes")
            _multiclass.check_classification_targets(y)
        if "multiclass" not in type_of_target(y):
            return
        n_rows = len(y)
        if n_rows > 20 and len(np.unique(y)) > round(0.5 * n_rows):
            warn(
                "The number of unique classes is greater than 50% of the number of "
                "samples. `y` could represent a regression problem, not a "
                "classification problem.",
                UserWarning,
            )

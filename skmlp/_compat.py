"""Every private helper of scikit-learn and joblib that skmlp uses, and nothing else.

When scikit-learn moves one of them, this is the only file to change.
"""

from joblib.externals.loky.backend.reduction import register as register_for_workers
from sklearn.base import _fit_context as fit_context
from sklearn.externals.array_api_compat import array_namespace
from sklearn.utils._param_validation import (
    HasMethods,
    Hidden,
    Interval,
    Options,
    StrOptions,
)
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call as check_partial_fit_first_call,
)
from sklearn.utils.validation import _check_sample_weight as check_sample_weight

__all__ = [
    "HasMethods",
    "Hidden",
    "Interval",
    "Options",
    "StrOptions",
    "array_namespace",
    "check_partial_fit_first_call",
    "check_sample_weight",
    "fit_context",
    "register_for_workers",
]

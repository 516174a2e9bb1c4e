"""Checks of parameters and data: scikit-learn's, and those that keep memory safe."""

import re
from math import isfinite
from numbers import Number, Real

import numpy as np
import scipy.sparse
from sklearn.utils import assert_all_finite
from sklearn.utils import check_X_y as sklearn_check_X_y
from sklearn.utils.validation import check_non_negative
from sklearn.utils.validation import validate_data as sklearn_validate_data

from skmlp import _kernels
from skmlp.base.compat import InvalidParameterError, validate_parameter_constraints
from skmlp.base.compat import check_sample_weight as sklearn_check_sample_weight
from skmlp.base.label_encoding import check_class_weight
from skmlp.base.options import OTHER_NAMES, StrOptions, did_you_mean

__all__ = ["check_X_y", "check_sample_weight", "require_estimator"]
__all__ += ["validate_data", "validate_params"]

# Of each class: the names of its parameters, its constraints, and values that have been
# found valid. scikit-learn's checks of all parameters take long beside a small fit.
_VALID: dict[type, tuple] = {}
_MOST_VALUES = 10_000
_CSR = (scipy.sparse.csr_array, scipy.sparse.csr_matrix)
_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))
# Values of these types that are equal are valid alike. (A NaN is never found again.)
_PLAIN = frozenset({bool, int, float, str, type(None)})


def validate_params(estimator):
    """Check constructor parameters as scikit-learn's `_validate_params` does.

    An estimator or a component has this function as its method `_validate_params`.

    Raises
    ------
    InvalidParameterError
        If a value is not valid. After scikit-learn's message, an option similar to a
        misspelt string is named. Classes have the names by which users import them.
    TypeError, ValueError
        If a class weight is no number, or is negative or not finite.
    """
    cls, constraints = type(estimator), estimator._parameter_constraints
    names, known, checked = _VALID.get(cls, ((), None, None))
    if known is not constraints:
        names, checked = cls._get_param_names(), set()
        _VALID[cls] = names, constraints, checked
    for name in names:
        value = getattr(estimator, name)
        if type(value) not in _PLAIN:
            _validate_param(estimator, name, value)
        elif (name, type(value), value) not in checked:
            _validate_param(estimator, name, value)
            if len(checked) < _MOST_VALUES:
                checked.add((name, type(value), value))
    class_weight = getattr(estimator, "class_weight", None)
    if isinstance(class_weight, dict):
        check_class_weight(class_weight)


def _validate_param(estimator, name, value):
    """Check one constructor parameter."""
    constraints = estimator._parameter_constraints
    try:
        validate_parameter_constraints(
            constraints, {name: value}, caller_name=type(estimator).__name__
        )
    except InvalidParameterError as error:
        private = r"(an instance of 'skmlp\.\w+\.)[\w.]*\.(\w+')"
        message = re.sub(private, r"\1\2", str(error))
        cure = _cure(name, value, constraints)
        raise InvalidParameterError(f"{message}{cure}") from None


def _cure(name, value, constraints):
    """Return a sentence on what the user probably meant, or ''."""
    allowed = constraints[name]
    if isinstance(value, type):
        made = any(isinstance(c, type) and issubclass(value, c) for c in allowed)
        return f" Pass an object: {value.__name__}()." if made else ""
    if isinstance(value, Real) and f"{name}_init" in constraints:
        return f" Pass the number as {name}_init."
    options = set()
    for constraint in allowed:
        if isinstance(constraint, StrOptions):  # and not Hidden
            options.update(constraint.options)
    meant = OTHER_NAMES.get(value.casefold()) if isinstance(value, str) else None
    return did_you_mean(meant if meant in options else value, options)


def validate_data(estimator, X="no_validation", y="no_validation", **settings):
    """Check X and y as scikit-learn's function of this name does.

    It also raises ValueError for sparse matrices with indices out of range, before
    anything reads them, and for integers too large for a floating-point number. A dense
    X that does not lie at a multiple of its item size is copied: NumPy would multiply
    it by slow loops, whose rounding differs from that of BLAS. An array that the checks
    leave as it is, new rows of a fitted estimator, is returned at once.
    """
    if isinstance(y, str) and _are_plain_rows(estimator, X, **settings):
        return X
    _check_sparse(X, "X")
    _check_sparse(y, "y")
    if isinstance(y, str) and _are_plain_sparse_rows(estimator, X, **settings):
        return _without_extra_entries(X, X)
    try:
        # The sum of X, by which it looks for NaN first, may be inf - inf.
        with np.errstate(invalid="ignore"):
            checked = sklearn_validate_data(estimator, X=X, y=y, **settings)
    except OverflowError as error:
        names = "X" if isinstance(y, str) or y is None else "X or y"
        raise _too_large(names, error) from None
    complete = _without_extra_entries if scipy.sparse.issparse(X) else _aligned
    if isinstance(checked, tuple):
        return complete(checked[0], X), *checked[1:]
    return complete(checked, X)


def _are_plain_rows(estimator, X, reset=True, dtype=(), accept_sparse=False, **others):
    """Return True for rows for prediction that scikit-learn's checks return unchanged.

    For one row the checks take longer than the prediction.
    """
    if reset or others or type(X) is not np.ndarray or X.ndim != 2 or len(X) == 0:
        return False
    if X.dtype not in _FLOATS or isinstance(dtype, str):
        return False
    if X.dtype not in (dtype if isinstance(dtype, list | tuple) else (dtype,)):
        return False
    if not _has_known_columns(estimator, X) or not (X.flags.aligned and X.flags.forc):
        return False
    squares = np.vdot(X, X) if X.flags.c_contiguous else np.vdot(X.T, X.T)
    return isfinite(squares)  # else some are not finite, or too large to square


def _are_plain_sparse_rows(
    estimator, X, reset=True, dtype=(), accept_sparse=False, **others
):
    """Return True for CSR rows that scikit-learn's checks return unchanged."""
    if reset or others or type(X) not in _CSR or X.ndim != 2 or X.shape[0] == 0:
        return False
    accepted = accept_sparse if isinstance(accept_sparse, list) else [accept_sparse]
    if "csr" not in accepted:
        return False
    entries = X.data
    if entries.dtype not in _FLOATS or isinstance(dtype, str):
        return False
    if entries.dtype not in (dtype if isinstance(dtype, list | tuple) else (dtype,)):
        return False
    if not _has_known_columns(estimator, X):
        return False
    return entries.flags.c_contiguous and isfinite(np.vdot(entries, entries))


def _has_known_columns(estimator, X):
    """Return True if X has the number of columns of the fit, which had no names."""
    if X.shape[1] != getattr(estimator, "n_features_in_", None):
        return False
    return getattr(estimator, "feature_names_in_", None) is None


def check_X_y(X, y, **settings):
    """Check X and y as scikit-learn's function of this name does.

    The checks that `validate_data` adds are added here as well.
    """
    _check_sparse(X, "X")
    _check_sparse(y, "y")
    try:
        checked, y = sklearn_check_X_y(X, y, **settings)
    except OverflowError as error:
        raise _too_large("X or y", error) from None
    return _without_extra_entries(checked, X), y


def check_sample_weight(sample_weight, X, *, name="sample_weight", **settings):
    """Check sample weights as scikit-learn does, and return one for each row.

    A single number, the weight of all rows, is checked as well, which scikit-learn
    omits. Dates, and weights whose sum is too large or too small for a floating-point
    number, are refused. Every message names the parameter, `name`.
    """
    try:
        dtype = np.asarray(sample_weight).dtype
        if dtype.kind == "c":
            raise ValueError("Complex data not supported; give real numbers.")
        if dtype.kind in "mM":
            raise TypeError(f"weights must be numbers; got {dtype}.")
        if isinstance(sample_weight, Number):
            assert_all_finite(np.asarray(sample_weight), input_name=name)
            if settings.get("ensure_non_negative"):
                check_non_negative(np.asarray([sample_weight]), f"`{name}`")
        with np.errstate(over="ignore"):  # of a cast to float32, refused as infinite
            checked = sklearn_check_sample_weight(sample_weight, X, **settings)
        if sample_weight is not None:
            _check_total(checked)
    except OverflowError as error:
        raise _too_large(name, error) from None
    except (TypeError, ValueError) as error:
        message = str(error).replace("sample_weight", name)
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(message if name in message else f"{name}: {message}") from None
    return checked


def _check_total(weights):
    """Raise ValueError if the sum of weights overflows, or is too small to divide by.

    Divided by the sum, the weights are shares of the rows.
    """
    with np.errstate(over="ignore"):
        total = float(np.sum(weights, dtype=np.float64))
    if total == np.inf:
        raise ValueError("the sum of the weights overflows; give smaller weights.")
    if total < np.finfo(weights.dtype).smallest_normal:
        raise ValueError(
            f"the sum of the weights, {total:g}, is too small to divide by; give "
            "larger weights."
        )


def require_estimator(name, estimator, kinds, wanted):
    """Raise TypeError unless a parameter is an object of one of the classes `kinds`.

    `name` is that of the parameter, and `wanted` that of the estimators it takes.
    """
    if isinstance(estimator, kinds):
        return
    if isinstance(estimator, type):
        got, cure = f"the class {estimator.__name__}", "Pass an object that was fitted"
    else:
        got = type(estimator).__name__
        cure = (
            "For a pipeline, pass its last step, and X as transformed by the steps "
            "before it"
        )
    raise TypeError(f"{name} must be a {wanted}; got {got}. {cure}.")


def _check_sparse(matrix, name):
    """Raise ValueError if a sparse matrix has indices out of range."""
    if scipy.sparse.issparse(matrix):
        _kernels.check_sparse(matrix, name)


def _aligned(X, given):
    """Return X, copied if it is an array of which NumPy says that it is not aligned."""
    if isinstance(X, np.ndarray) and not X.flags.aligned:
        return X.copy(order="K")
    return X


def _without_extra_entries(X, given):
    """Return X; if it is CSR, without stored entries after the end of its last row."""
    if not scipy.sparse.issparse(X) or X.format != "csr":
        return X
    if not scipy.sparse.issparse(given) or given.format != "csr":
        _check_sparse(X, "X")  # SciPy converted it from another format
    n_entries = int(X.indptr[-1])
    if len(X.indices) == n_entries:
        return X
    return type(X)((X.data[:n_entries], X.indices[:n_entries], X.indptr), shape=X.shape)


def _too_large(names, error):
    """Return a ValueError about an integer too large for a floating-point number."""
    return ValueError(
        f"{names} holds an integer that is too large for a floating-point number "
        f"({error}); scale it, or pass it as a float."
    )

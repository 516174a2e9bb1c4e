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
_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))
_CSR = frozenset({scipy.sparse.csr_matrix, scipy.sparse.csr_array})
# OpenBLAS takes all its threads for the dot product of more numbers. NumPy's threads
# then compete with those of SciPy, which multiply the rows next.
_MOST_BY_BLAS = 10_000
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
    it by slow loops, whose rounding differs from that of BLAS. Plain arrays, which all
    these checks leave as they are, are returned at once.
    """
    if _are_plain(estimator, X, y, **settings):
        return X if isinstance(y, str) else (X, y)
    _check_sparse(X, "X")
    _check_sparse(y, "y")
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


def _are_plain(estimator, X, y, *, reset=True, **settings):
    """Return True for X and y that scikit-learn's checks return unchanged.

    The checks take longer than the prediction of a hundred rows. What they set is set
    here: `n_features_in_`, and no `feature_names_in_`. ValueError for a CSR matrix with
    indices out of range.
    """
    if not _is_plain_table(X, **settings):
        return False
    if not isinstance(y, str) and not _is_plain_target(y, X.shape[0]):
        return False
    if reset:
        estimator.n_features_in_ = X.shape[1]
        if hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
        return True
    named = getattr(estimator, "feature_names_in_", None) is not None
    return not named and X.shape[1] == getattr(estimator, "n_features_in_", None)


def _is_plain_table(
    X,
    *,
    dtype=(),
    order=None,
    accept_sparse=False,
    accept_large_sparse=True,
    ensure_min_samples=1,
    multi_output=False,
    y_numeric=False,
    **others,
):
    """Return True for a finite array or CSR matrix of a type that need not change."""
    is_csr = type(X) in _CSR
    if others or not (is_csr or type(X) is np.ndarray) or X.ndim != 2:
        return False
    if X.shape[0] < max(ensure_min_samples, 1) or X.shape[1] == 0:
        return False
    if X.dtype not in _FLOATS or isinstance(dtype, str):
        return False
    if X.dtype not in (dtype if isinstance(dtype, list | tuple) else (dtype,)):
        return False
    if is_csr:
        if accept_sparse != "csr" or not accept_large_sparse:
            return False
        _check_sparse(X, "X")
        return len(X.indices) == X.indptr[-1] and _are_surely_finite(X.data)
    laid_out = X.flags.c_contiguous if order == "C" else order is None and X.flags.forc
    return laid_out and X.flags.aligned and _are_surely_finite(X)


def _is_plain_target(y, n_rows):
    """Return True for finite numbers, one for each row."""
    if type(y) is not np.ndarray or y.shape != (n_rows,):
        return False
    return y.dtype.kind in "iub" or (y.dtype in _FLOATS and _are_surely_finite(y))


def _are_surely_finite(array):
    """Return True if a sum shows that all numbers of an array in any order are finite.

    False: some are not finite, or they are too large to add.
    """
    if array.size > _MOST_BY_BLAS:
        with np.errstate(invalid="ignore", over="ignore"):
            return isfinite(array.sum())
    numbers = array.ravel(order="K")
    return isfinite(np.vdot(numbers, numbers))


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

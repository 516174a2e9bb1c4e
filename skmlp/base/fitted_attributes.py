"""Checks that the fitted attributes of an estimator have the shapes of one model.

Users can assign, cut or load these attributes. Predictions and continued fits read them
as arrays of certain shapes, and so check them first.
"""

from numbers import Number

import numpy as np
import scipy.sparse

from skmlp import _kernels
from skmlp.base.label_encoding import n_scores

__all__ = ["check_classes", "check_layers", "fitted_array", "fitted_layers"]
__all__ += ["fitted_linear", "fitted_sparse"]

_CURE = "assign such an array, or fit again"


def fitted_array(name, value, shape):
    """Return the value of a fitted attribute as an array of the expected shape.

    Parameters
    ----------
    name : str
        Name of the attribute in the error message.
    value : object
        Value of the attribute.
    shape : tuple of int or None
        Expected shape; None stands for any length.

    Returns
    -------
    array : ndarray of real numbers
        `value` itself; a view of it as an ndarray if it is of a subclass.

    Raises
    ------
    ValueError
        If `value` is no array of real numbers of this shape.
    """
    if _is_float_array(value, shape):
        return value
    if not isinstance(value, np.ndarray):
        found = f"of type {type(value).__name__}"
    elif value.dtype.kind not in "fiub":
        found = f"an array of type {value.dtype}"
    elif value.ndim != len(shape) or any(
        size not in (None, actual)
        for size, actual in zip(shape, value.shape, strict=True)
    ):
        found = f"of shape {value.shape}"
    else:
        return np.asarray(value)
    raise ValueError(
        f"{name} is {found}; expected an array of real numbers of shape "
        f"{_shape_text(shape)}: {_CURE}."
    )


def fitted_sparse(name, value, shape):
    """Return a fitted attribute as a CSR matrix; `fitted_array` of sparse matrices."""
    if not scipy.sparse.issparse(value):
        raise ValueError(
            f"{name} is of type {type(value).__name__}; expected a sparse matrix of "
            f"shape {_shape_text(shape)}: {_CURE}."
        )
    _kernels.check_sparse(value, name)
    if value.ndim != 2 or value.shape != (shape[0] or value.shape[0], shape[1]):
        raise ValueError(
            f"{name} is of shape {value.shape}; expected {_shape_text(shape)}: {_CURE}."
        )
    csr = value.tocsr()
    if csr is not value:
        _kernels.check_sparse(csr, name)
    return csr


def _shape_text(shape):
    """Return a shape as text, such as '(any, 3)'; None stands for any length."""
    sizes = ", ".join("any" if size is None else str(size) for size in shape)
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"


def fitted_layers(estimator, network):
    """Return the lists coefs_ and intercepts_, checked for the shapes of a network."""
    layers = (
        ("coefs_", network.weight_shapes),
        ("intercepts_", network.intercept_shapes),
    )
    return [
        _checked_layers(name, getattr(estimator, name, None), shapes)
        for name, shapes in layers
    ]


def check_layers(estimator, network, last):
    """Raise ValueError unless an estimator's weights have the shapes of a network.

    Parameters
    ----------
    estimator : estimator
        A fitted one, with `coefs_` and `intercepts_`.
    network, last : Network
        Network of the fit that is about to go on from these weights, and network of the
        last fit.

    Raises
    ------
    ValueError
        If the weights do not have the shapes of `network`.
    """
    try:
        fitted_layers(estimator, network)
    except ValueError:
        if last.layer_sizes == network.layer_sizes:
            raise
        fitted_layers(estimator, last)  # raises if they have the shapes of neither
        raise ValueError(
            f"The layers of the last fit have {last.layer_sizes} units, this one asks "
            f"for {network.layer_sizes}; keep hidden_layer_sizes and the targets, or "
            "set warm_start=False."
        ) from None


def _checked_layers(name, arrays, shapes):
    """Return `arrays` as a list, or raise ValueError unless the shapes are `shapes`."""
    if type(arrays) is list and len(arrays) == len(shapes):
        for array, shape in zip(arrays, shapes, strict=True):
            if not _is_float_array(array, shape):
                break
        else:  # fast, as predicting one row takes only about 100 microseconds
            return arrays
    if not isinstance(arrays, list | tuple):
        found = f"of type {type(arrays).__name__}"
    elif len(arrays) != len(shapes):
        found = f"of length {len(arrays)}"
    else:
        pairs = enumerate(zip(arrays, shapes, strict=True))
        return [fitted_array(f"{name}[{i}]", *pair) for i, pair in pairs]
    raise ValueError(
        f"{name} is {found}; expected a list of {len(shapes)} array(s), one for each "
        "layer of the network: assign such a list, or fit again."
    )


def _is_float_array(array, shape):
    """Return True if `array` is an ndarray of floating-point numbers of this shape."""
    return (
        type(array) is np.ndarray and array.shape == shape and array.dtype.kind == "f"
    )


def check_classes(classes, n_classes=None, *, in_order=False):
    """Raise ValueError unless `classes` is an array of class labels.

    There have to be `n_classes` of them, or at least two if it is None. With
    `in_order`, they have to be sorted and distinct, as those of `fit` are: code that
    searches for a label's index needs this.
    """
    if (
        not isinstance(classes, np.ndarray)
        or classes.ndim != 1
        or (n_classes is None and len(classes) < 2)
        or (n_classes is not None and len(classes) != n_classes)
    ):
        found = f"of type {type(classes).__name__}"
        if isinstance(classes, np.ndarray):
            found = f"of shape {classes.shape}"
        wanted = "two or more" if n_classes is None else n_classes
        raise ValueError(
            f"classes_ is {found}; expected an array of {wanted} class labels: {_CURE}."
        )
    if in_order and not np.array_equal(np.unique(classes), classes):
        raise ValueError(
            f"classes_ is {classes}; expected the class labels in ascending order, "
            "each once, as fit has them: assign these, or fit again."
        )


def fitted_linear(estimator, n_features):
    """Return coef_ (n_scores, n_features) and intercept_ of an estimator, checked.

    The number of scores has to be that of `classes_`. `coef_` may be sparse, and
    `intercept_` may be a number instead of an array (n_scores,).
    """
    coef, intercept = estimator.coef_, getattr(estimator, "intercept_", None)
    n_units = None
    if hasattr(estimator, "classes_"):
        check_classes(estimator.classes_)
        n_units = n_scores(len(estimator.classes_))
    if scipy.sparse.issparse(coef):
        coef = fitted_sparse("coef_", coef, (n_units, n_features))
    else:
        coef = fitted_array("coef_", coef, (n_units, n_features))
    is_number = isinstance(intercept, Number) or np.ndim(intercept) == 0
    if not (is_number and np.asarray(intercept).dtype.kind in "fiub"):
        intercept = fitted_array("intercept_", intercept, (coef.shape[0],))
    return coef, intercept

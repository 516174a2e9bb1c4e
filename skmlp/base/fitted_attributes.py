"""Fitted attributes, checked to belong together before they are used.

Anybody may assign them, cut them or load them from elsewhere; what predicts, or goes on
from them, reads them as arrays of certain shapes.
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
    """The array of a fitted attribute.

    Parameters
    ----------
    name : str
        The attribute, as the error message names it.
    value : object
        What it holds.
    shape : tuple of int or None
        The shape that it has to have; None stands for any number.

    Returns
    -------
    value : ndarray of real numbers

    Raises
    ------
    ValueError
        Where it is no such array; the message names the attribute.
    """
    if _is_plain(value, shape):
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
        f"{_in_words(shape)}: {_CURE}."
    )


def fitted_sparse(name, value, shape):
    """The CSR matrix of a fitted attribute; as `fitted_array`, of a sparse matrix."""
    if not scipy.sparse.issparse(value):
        raise ValueError(
            f"{name} is of type {type(value).__name__}; expected a sparse matrix of "
            f"shape {_in_words(shape)}: {_CURE}."
        )
    _kernels.check_sparse(value, name)
    if value.ndim != 2 or value.shape != (shape[0] or value.shape[0], shape[1]):
        raise ValueError(
            f"{name} is of shape {value.shape}; expected {_in_words(shape)}: {_CURE}."
        )
    csr = value.tocsr()
    if csr is not value:
        _kernels.check_sparse(csr, name)
    return csr


def _in_words(shape):
    """A shape as it is written; None stands for any number."""
    sizes = ", ".join("any" if size is None else str(size) for size in shape)
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"


def fitted_layers(estimator, network):
    """Weights and intercepts of a network's layers, out of coefs_ and intercepts_."""
    layers = (
        ("coefs_", network.weight_shapes),
        ("intercepts_", network.intercept_shapes),
    )
    return [
        _arrays_of_layers(name, getattr(estimator, name, None), shapes)
        for name, shapes in layers
    ]


def check_layers(estimator, network, last):
    """Refuse to go on with a network from the weights of another one.

    Parameters
    ----------
    estimator : estimator
        With `coefs_` and `intercepts_`.
    network, last : Network
        The one that is asked for, and that of the last fit.

    Raises
    ------
    ValueError
        Where the weights are not those of the network.
    """
    try:
        fitted_layers(estimator, network)
    except ValueError:
        if last.layer_sizes == network.layer_sizes:
            raise
        fitted_layers(estimator, last)  # those of no network raise here
        raise ValueError(
            f"The layers of the last fit have {last.layer_sizes} units, this one asks "
            f"for {network.layer_sizes}; keep hidden_layer_sizes and the targets, or "
            "set warm_start=False."
        ) from None


def _arrays_of_layers(name, arrays, shapes):
    """A list of arrays of these shapes, checked; itself where nothing is to convert."""
    if type(arrays) is list and len(arrays) == len(shapes):
        for array, shape in zip(arrays, shapes, strict=True):
            if not _is_plain(array, shape):
                break
        else:  # soon: a single row is predicted in some 100 microseconds
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


def _is_plain(array, shape):
    """Tell whether this is an array of floating-point numbers of that very shape."""
    return (
        type(array) is np.ndarray and array.shape == shape and array.dtype.kind == "f"
    )


def check_classes(classes, n_classes=None, *, in_order=False):
    """Raise ValueError unless these are the labels of at least two classes.

    They have to be sorted, as `fit` has them, where labels are looked up (`in_order`).
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
    """coef_ and intercept_ of linear scores, checked against classes_ and columns.

    `coef_` may be sparse, and `intercept_` a number.
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

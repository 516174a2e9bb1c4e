"""The namespace of arrays: NumPy's, or that of torch or CuPy."""

import numpy as np
from sklearn.externals import array_api_compat

__all__ = ["array_namespace"]

_OF_NUMPY = array_api_compat.array_namespace(np.empty(0))


def array_namespace(*arrays):
    """Return the namespace of arrays, as array_api_compat does, sooner for NumPy's."""
    if all(type(array) is np.ndarray for array in arrays):
        return _OF_NUMPY
    return array_api_compat.array_namespace(*arrays)

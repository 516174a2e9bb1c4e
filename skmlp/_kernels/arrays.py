"""The namespace of arrays: NumPy's, or that of torch or CuPy."""

from sklearn.externals.array_api_compat import array_namespace

__all__ = ["array_namespace"]

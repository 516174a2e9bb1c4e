"""The namespace of arrays: NumPy's, or that of torch or CuPy."""

from skmlp._kernels.arguments import array_namespace

__all__ = ["array_namespace"]

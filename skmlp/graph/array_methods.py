"""Methods and attributes that traced arrays share with NumPy's arrays."""

import numpy as np

from skmlp.graph.errors import refusal
from skmlp.graph.handlers import HANDLERS

__all__ = ["ArrayMethods"]


class ArrayMethods:
    """Attributes of arrays, and methods that call functions of NumPy."""

    __slots__ = ()

    @property
    def shape(self):
        """Shape of the value."""
        return np.shape(self._node.value)

    @property
    def ndim(self):
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self):
        """Number of elements."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def dtype(self):
        """Data type of the value."""
        value = self._node.value
        return value.dtype if hasattr(value, "dtype") else np.asarray(value).dtype

    @property
    def T(self):
        """Transposed array."""
        return np.transpose(self)

    @property
    def mT(self):
        """Array with the last two axes exchanged."""
        return np.swapaxes(self, -1, -2)

    def __len__(self):
        """Return the length of the first axis."""
        if not self.shape:
            raise TypeError("len() of a traced value without axes")
        return self.shape[0]

    def __iter__(self):
        """Return an iterator over the first axis."""
        if not self.shape:
            raise refusal(
                "Iteration over a traced value without axes",
                "It is one number; use it as it is.",
            )
        return (self[i] for i in range(self.shape[0]))

    def __repr__(self):
        """Return the name or the operation, and the value."""
        node = self._node
        return f"TracedArray({node.name or node.operation}, {node.value!r})"

    def __getitem__(self, index):
        """Return elements of the array."""
        return HANDLERS[np.ndarray.__getitem__](self, index)

    def astype(self, dtype, *arguments, **settings):
        """Return the array with another data type."""
        return HANDLERS[np.ndarray.astype](self, dtype, *arguments, **settings)

    def __round__(self, ndigits=None):
        """Return rounded numbers, whose derivative is zero."""
        return np.round(self, ndigits or 0)

    def __format__(self, specification):
        """Return the text of the value."""
        return format(self._node.value, specification) if specification else repr(self)

    def __array_namespace__(self, *, api_version=None):
        """Return NumPy, whose functions can be traced."""
        return np

    def reshape(self, *shape, order="C"):
        """Return the elements in another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape, order=order)

    def transpose(self, *axes):
        """Return the array with its axes in another order."""
        axes = axes[0] if len(axes) == 1 else axes or None
        return np.transpose(self, axes)

    def flatten(self, order="C"):
        """Return the elements in one axis."""
        return np.ravel(self, order)

    def clip(self, min=None, max=None):
        """Return the numbers moved into the interval from `min` to `max`."""
        return HANDLERS[np.clip](self, min, max)

    def copy(self, order="K"):
        """Return the array itself: traced values never change."""
        return self

    def __copy__(self):
        """Return the array itself: a copy would be unknown to its trace."""
        return self

    def __deepcopy__(self, memo):
        """Return the array itself: a copy would be unknown to its trace."""
        return self


def _method(name):
    """Return the method that calls NumPy's function of a name."""

    def method(self, *arguments, **settings):
        return getattr(np, name)(self, *arguments, **settings)

    method.__name__ = name
    method.__doc__ = f"Return `np.{name}` of the array."
    return method


for _name in (
    *("sum", "mean", "max", "min", "prod", "var", "std", "cumsum", "dot", "ravel"),
    *("swapaxes", "squeeze", "diagonal", "trace", "take", "repeat", "round"),
    *("argmax", "argmin", "argsort", "all", "any"),
):
    setattr(ArrayMethods, _name, _method(_name))

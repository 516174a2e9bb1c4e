"""Type aliases that many signatures use."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame
else:  # optional packages are not imported for the sake of annotations
    Axes = DataFrame = Figure = Any

__all__ = ["Array", "ArrayLike", "ArrayOrList", "Axes", "Bounds", "ClassWeight"]
__all__ += ["CrossValidation", "DataFrame", "Figure", "FunctionOrPair"]
__all__ += ["KeepsSignature"]
__all__ += ["Matrix", "MatrixLike", "PairOfFunctions", "Pullback", "RandomState"]
__all__ += ["Report", "RowChoice", "Scoring", "Sparse", "Splitter"]

F = TypeVar("F", bound=Callable[..., Any])

Array: TypeAlias = NDArray[Any]
"""A NumPy array of any dtype and shape. Docstrings give the shape."""

Sparse: TypeAlias = scipy.sparse.spmatrix | scipy.sparse.sparray
"""A sparse matrix or a sparse array of SciPy."""

MatrixLike: TypeAlias = ArrayLike | Sparse
"""Rows X: an array, a data frame, lists of numbers, or a sparse matrix."""

RandomState: TypeAlias = int | np.random.RandomState | None
"""A parameter `random_state`: a seed, a generator, or None (a new seed per fit)."""

ClassWeight: TypeAlias = dict[Any, Any] | Literal["balanced"] | None
"""A parameter `class_weight`: dict of label to weight, 'balanced', or None (ones)."""

Matrix: TypeAlias = Array | Sparse
"""A validated matrix of rows: an array, or a sparse matrix in CSR format."""

RowChoice: TypeAlias = slice | Array
"""A choice of rows: a slice, or an array of row indices."""

Pullback: TypeAlias = Callable[[Array], Array]
"""A function that turns the gradient by outputs into the gradient by inputs."""

ArrayOrList: TypeAlias = Array | Any
"""An array; with several label columns a list of arrays, one for each column.

`Any` stands for the list, so that code for the common case, the array, need not check
for a list.
"""

Bounds: TypeAlias = tuple[Array, Array]
"""Arrays of the lower and of the upper bounds of all parameters."""

Report: TypeAlias = Callable[[Array, float], Any]
"""A callback report(parameters, value) after each step; if it returns true, stop."""

Scoring: TypeAlias = str | Callable[..., float] | None
"""A parameter `scoring`: the name of a scorer, a scorer, or None for the default."""

PairOfFunctions: TypeAlias = tuple[Callable[..., Any], Callable[..., Any]]
"""A function and its derivative, which define an activation or a loss of a user."""


FunctionOrPair: TypeAlias = Callable[..., Any] | PairOfFunctions
"""A user's function alone, or with its derivative."""


class KeepsSignature(Protocol):
    """A decorator that does not change the signature of a function."""

    def __call__(self, function: F, /) -> F:
        """Return the decorated function."""


class Splitter(Protocol):
    """An object with a method `split`, such as those of `sklearn.model_selection`."""

    @property
    def split(self) -> Callable[..., Iterable[Any]]:
        """Method that yields the row indices of each fold: (train, test)."""


CrossValidation: TypeAlias = int | Splitter | Iterable[Any]
"""A parameter `cv`: a number of folds, a splitter, or pairs (train, test)."""

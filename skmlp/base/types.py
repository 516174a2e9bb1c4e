"""Names of types that many signatures share."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
import scipy.sparse
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame
else:  # optional packages, which are not imported for the names of their types
    Axes = DataFrame = Figure = Any

__all__ = ["Array", "ArrayLike", "ArrayOrList", "Axes", "Bounds", "ClassWeight"]
__all__ += ["CrossValidation", "DataFrame", "Figure", "KeepsSignature"]
__all__ += ["Matrix", "MatrixLike", "PairOfFunctions", "Pullback", "RandomState"]
__all__ += ["Report", "RowChoice", "Scoring", "Sparse", "Splitter"]

F = TypeVar("F", bound=Callable[..., Any])

Array: TypeAlias = NDArray[Any]
"""An array of NumPy, of any dtype and shape; docstrings tell the shape."""

Sparse: TypeAlias = scipy.sparse.spmatrix | scipy.sparse.sparray
"""A sparse matrix or a sparse array of SciPy."""

MatrixLike: TypeAlias = ArrayLike | Sparse
"""Rows X: an array, a data frame, lists of numbers, or a sparse matrix."""

RandomState: TypeAlias = int | np.random.RandomState | None
"""A parameter `random_state`: a seed, a generator, or None: a new seed for each fit."""

ClassWeight: TypeAlias = dict[Any, Any] | Literal["balanced"] | None
"""A parameter `class_weight`: label -> weight, 'balanced', or None for all ones."""

Matrix: TypeAlias = Array | Sparse
"""Rows that have been checked: an array, or a sparse matrix in CSR format."""

RowChoice: TypeAlias = slice | Array
"""Which rows: a slice of them, or their numbers."""

Pullback: TypeAlias = Callable[[Array], Array]
"""The gradient by a function's outputs -> the gradient by its inputs."""

ArrayOrList: TypeAlias = Array | Any
"""An array; with several labels a row a list of arrays, one for each label.

`Any` stands for the list: code for the common case, the array, need not rule it out.
"""

Bounds: TypeAlias = tuple[Array, Array]
"""Lower and upper bounds of all parameters."""

Report: TypeAlias = Callable[[Array, float], Any]
"""What a solver calls with (parameters, value) after each step; a true answer stops."""

Scoring: TypeAlias = str | Callable[..., float] | None
"""A parameter `scoring`: the name of a scorer, a scorer, or None for the usual one."""

PairOfFunctions: TypeAlias = tuple[Callable[..., Any], Callable[..., Any]]
"""A function and its derivative: an activation, or a loss, of your own."""


class KeepsSignature(Protocol):
    """A decorator after which a function has the parameters that it had before."""

    def __call__(self, function: F, /) -> F:
        """The decorated function."""


class Splitter(Protocol):
    """An object with a method `split`, such as those of `sklearn.model_selection`."""

    @property
    def split(self) -> Callable[..., Iterable[Any]]:
        """The method that gives the rows of each fold: (train, test)."""


CrossValidation: TypeAlias = int | Splitter | Iterable[Any]
"""A parameter `cv`: a number of folds, a splitter, or pairs (train, test)."""

"""What every activation is; the identity, and one out of two functions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from skmlp.base.component import Component
from skmlp.base.derivative_check import disagreement, is_pair
from skmlp.base.types import Array, Pullback

__all__ = ["Activation", "FunctionPair", "Identity"]

# Steps of an irrational length from an irrational start: corners lie on round numbers.
_PLACES = 0.1 * np.sqrt(2) * np.arange(-60, 61) + 0.01 * np.sqrt(3)


class Activation(Component):
    """σ: R → R, applied to every unit of a layer.

    A new one is one class with `forward` and, if need be, `gain`; ``name="..."`` among
    its class keywords lets a string name it. `forward` returns the outputs a = σ(z) and
    the pullback, which turns dL/da into dL/dz; it may use z, a or both.
    """

    kind = "activation"
    table: ClassVar[dict] = {}

    gain: ClassVar[float] = 6.0**0.5
    """Glorot and Bengio's (2010) bound of the initial weights is gain / √(in + out)."""

    setting: ClassVar[float] = 0.0
    """The number that its kernel takes."""

    @abstractmethod
    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Z -> a = σ(z) and the pullback of σ at z."""

    @classmethod
    def of_functions(cls, choice: Any) -> Activation | None:
        """Return the activation of a pair of functions, (σ, dσ/dz)."""
        return FunctionPair(*choice).checked() if is_pair(choice) else None


class Identity(Activation, name="identity"):
    """σ(z) = z."""

    kernel: ClassVar[str] = "identity"

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """dσ/dz = 1."""

        def pullback(a_gradient):
            return a_gradient

        return z, pullback


@dataclass(eq=False, repr=False)
class FunctionPair(Activation):
    """σ(z) = function(z), with the slope derivative(z).

    ``activation=(function, derivative)`` means this. Both take an array of any shape
    and return one of the same shape; to be pickled, they have to be importable.

    Parameters
    ----------
    function : callable
        z -> σ(z).
    derivative : callable
        z -> dσ/dz.
    """

    function: Callable[[Array], ArrayLike]
    derivative: Callable[[Array], ArrayLike]

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """dσ/dz = derivative(z)."""
        slope = self._call(self.derivative, z, "derivative")

        def pullback(a_gradient):
            return a_gradient * slope

        return self._call(self.function, z, "function"), pullback

    def checked(self) -> Self:
        """Itself, once the derivative has passed a comparison with differences."""
        for dtype in (np.float32, np.float64):
            self.forward(_PLACES.astype(dtype)[None])
        place = disagreement(self.function, self.derivative, _PLACES)
        if place is not None:
            z, ours, theirs = place
            raise ValueError(
                f"activation=(f, df): at z = {z:.6g} df gives {ours:.6g}, but the "
                f"slope of f is {theirs:.6g}. Correct df; where it departs from the "
                "slope on purpose, pass an object of a subclass of "
                "skmlp.activations.Activation."
            )
        return self

    @staticmethod
    def _call(function, z, name):
        """function(z), of the shape and the dtype of z."""
        values = np.asarray(function(z))
        if values.shape != z.shape or values.dtype.kind not in "biuf":
            raise ValueError(
                f"activation=(f, df): the {name} turned an array of shape {z.shape} "
                f"into {values.dtype} of shape {values.shape}; return one number for "
                "every entry."
            )
        return values.astype(z.dtype, copy=False)

"""Activations that are linear above zero, or nearly so: ReLU and its relatives."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.activations.base import Activation
from skmlp.base.compat import Interval
from skmlp.base.types import Array, Pullback

__all__ = ["ELU", "SELU", "LeakyReLU", "ReLU", "Softplus"]

_NOT_NEGATIVE = [Interval(Real, 0, None, closed="left")]


class ReLU(Activation, name="relu"):
    """Rectified linear unit.

    σ(z) = max(0, z)
    """

    kernel: ClassVar[str] = "relu"

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return np.maximum(z, 0)

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = 1 where z > 0, else 0."""
        positive = z > 0

        def pullback(a_gradient):
            return a_gradient * positive

        return z * positive, pullback


@dataclass(eq=False, repr=False)
class LeakyReLU(Activation, name="leaky_relu"):
    """Leaky rectified linear unit (Maas, Hannun and Ng 2013).

        σ(z) = z where z > 0, else alpha·z

    Parameters
    ----------
    alpha : float, default=0.01
        Slope below zero; not negative.
    """

    kernel: ClassVar[str] = "leaky_relu"
    _parameter_constraints: ClassVar[dict] = {"alpha": _NOT_NEGATIVE}

    alpha: float = 0.01

    @property
    def setting(self) -> float:
        """Value of `alpha`, passed to the compiled kernel of the activation."""
        return self.alpha

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return np.where(z > 0, z, self.alpha * z)

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = 1 where z > 0, else alpha."""
        xp = array_namespace(z)
        slope = xp.where(z > 0, xp.ones_like(z), xp.full_like(z, self.alpha))

        def pullback(a_gradient):
            return a_gradient * slope

        return z * slope, pullback


@dataclass(eq=False, repr=False)
class ELU(Activation, name="elu"):
    """Exponential linear unit (Clevert et al. 2016).

        σ(z) = z where z > 0, else alpha·(e^z − 1)

    Parameters
    ----------
    alpha : float, default=1.0
        σ(z) approaches −alpha for large negative z; not negative.
    """

    kernel: ClassVar[str] = "elu"
    _parameter_constraints: ClassVar[dict] = {"alpha": _NOT_NEGATIVE}

    alpha: float = 1.0

    @property
    def setting(self) -> float:
        """Value of `alpha`, passed to the compiled kernel of the activation."""
        return self.alpha

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return np.where(z > 0, z, self.alpha * np.expm1(np.minimum(z, 0)))

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = 1 where z > 0, else σ + alpha."""
        return _exponential_below(z, 1.0, self.alpha)


class SELU(Activation, name="selu"):
    """Scaled exponential linear unit (Klambauer et al. 2017).

        σ(z) = λ·z where z > 0, else λ·α·(e^z − 1)

    λ = 1.0507… and α = 1.6733… are chosen so that the outputs of a layer have mean 0
    and variance 1 if its inputs have, and if the weights are initialised by
    ``weight_init="lecun_normal"``.
    """

    kernel: ClassVar[str] = "selu"

    scale: ClassVar[float] = 1.0507009873554804934193349852946
    alpha: ClassVar[float] = 1.6732632423543772848170429916717

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        below = self.alpha * np.expm1(np.minimum(z, 0))
        return self.scale * np.where(z > 0, z, below)

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = λ where z > 0, else σ + λ·α."""
        return _exponential_below(z, self.scale, self.alpha)


class Softplus(Activation, name="softplus"):
    """Softplus, a smooth approximation of max(0, z) (Dugas et al. 2001).

    σ(z) = log(1 + e^z)
    """

    kernel: ClassVar[str] = "softplus"

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return np.logaddexp(0, z)

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = logistic(z)."""

        def pullback(a_gradient):
            return a_gradient * _kernels.logistic(z)

        return _kernels.softplus(z), pullback


def _exponential_below(z, scale, alpha):
    """Return scale·z where z > 0, else scale·alpha·(e^z − 1), and the pullback."""
    xp = array_namespace(z)
    positive = z > 0
    below = alpha * xp.expm1(xp.where(positive, xp.zeros_like(z), z))
    a = scale * xp.where(positive, z, below)

    def pullback(a_gradient):
        return a_gradient * xp.where(
            positive, xp.full_like(a, scale), a + scale * alpha
        )

    return a, pullback

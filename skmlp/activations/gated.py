"""Activations z·gate(z), whose gate goes from 0 to 1: GELU, SiLU and Mish.

Each has a minimum below zero, at a negative z.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.special import expit, ndtr

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.activations.base import Activation
from skmlp.base.types import Array, Pullback

__all__ = ["GELU", "Mish", "SiLU"]


class GELU(Activation, name="gelu"):
    """Gaussian error linear unit (Hendrycks and Gimpel 2016).

        σ(z) = z·Φ(z)

    Φ is the distribution function of the standard normal distribution, computed exactly
    and not by one of its usual approximations.
    """

    kernel: ClassVar[str] = "gelu"

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return z * ndtr(z)

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = Φ(z) + z·φ(z)."""
        xp = array_namespace(z)
        gate = ndtr(z)

        def pullback(a_gradient):
            density = xp.exp(-0.5 * z * z) * 0.3989422804014327  # 1 / √(2π)
            return a_gradient * (gate + z * density)

        return z * gate, pullback


class SiLU(Activation, name="silu"):
    """Sigmoid linear unit, also called swish (Elfwing, Uchibe and Doya 2018).

    σ(z) = z·logistic(z)
    """

    kernel: ClassVar[str] = "silu"

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return z * expit(z)

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = g·(1 + z·(1 − g)).

        The gate g is logistic(z).
        """
        gate = _kernels.logistic(z)

        def pullback(a_gradient):
            return a_gradient * (gate * (1 + z * (1 - gate)))

        return z * gate, pullback


class Mish(Activation, name="mish"):
    """Mish, a smooth and non-monotonic activation (Misra 2020).

    σ(z) = z·tanh(log(1 + e^z))
    """

    kernel: ClassVar[str] = "mish"

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return z * np.tanh(np.logaddexp(0, z))

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = g + z·(1 − g²)·logistic(z).

        The gate g is tanh(log(1 + e^z)).
        """
        xp = array_namespace(z)
        e = xp.exp(-xp.abs(z))
        # tanh(log(1 + e^z)) as a ratio of polynomials in e^z, or in e^−z, whichever is
        # at most 1.
        top = xp.where(z < 0, e * (e + 2), 1 + 2 * e)
        rest = xp.where(z < 0, xp.full_like(e, 2), 2 * e * e)
        gate = top / (top + rest)

        def pullback(a_gradient):
            slope = z * _kernels.logistic(z) * (rest / (top + rest)) * (1 + gate)
            return a_gradient * (gate + slope)

        return z * gate, pullback

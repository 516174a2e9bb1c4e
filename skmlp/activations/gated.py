"""Activations z·gate(z), whose gate opens from 0 to 1; they dip below zero first."""

from __future__ import annotations

from typing import ClassVar

from scipy.special import ndtr

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.activations.base import Activation
from skmlp.base.types import Array, Pullback

__all__ = ["GELU", "Mish", "SiLU"]


class GELU(Activation, name="gelu"):
    """σ(z) = z·Φ(z), Φ being the normal distribution (Hendrycks and Gimpel 2016).

    It is the exact form, by the error function, and not one of its approximations.
    """

    kernel: ClassVar[str] = "gelu"

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """dσ/dz = Φ(z) + z·φ(z)."""
        xp = array_namespace(z)
        gate = ndtr(z)

        def pullback(a_gradient):
            density = xp.exp(-0.5 * z * z) * 0.3989422804014327  # 1 / √(2π)
            return a_gradient * (gate + z * density)

        return z * gate, pullback


class SiLU(Activation, name="silu"):
    """σ(z) = z·logistic(z), the swish (Elfwing, Uchibe and Doya 2018)."""

    kernel: ClassVar[str] = "silu"

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """dσ/dz = logistic(z)·(1 + z·(1 − logistic(z)))."""
        gate = _kernels.logistic(z)

        def pullback(a_gradient):
            return a_gradient * (gate * (1 + z * (1 - gate)))

        return z * gate, pullback


class Mish(Activation, name="mish"):
    """σ(z) = z·tanh(log(1 + e^z)) (Misra 2020)."""

    kernel: ClassVar[str] = "mish"

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """dσ/dz = gate + z·(1 − gate²)·logistic(z)."""
        xp = array_namespace(z)
        e = xp.exp(-xp.abs(z))
        # tanh(log(1 + e^z)) is a quotient of polynomials in e^z, or in e^−z.
        top = xp.where(z < 0, e * (e + 2), 1 + 2 * e)
        rest = xp.where(z < 0, xp.full_like(e, 2), 2 * e * e)
        gate = top / (top + rest)

        def pullback(a_gradient):
            slope = z * _kernels.logistic(z) * (rest / (top + rest)) * (1 + gate)
            return a_gradient * (gate + slope)

        return z * gate, pullback

"""Activations with bounded outputs: logistic, tanh, softsign and sign."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np
from scipy.special import expit

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.activations.base import Activation
from skmlp.base.compat import Interval
from skmlp.base.types import Array, Pullback

__all__ = ["Logistic", "Sign", "Softsign", "Tanh"]


class Logistic(Activation, name="logistic"):
    """Logistic sigmoid, with outputs between 0 and 1.

    σ(z) = 1 / (1 + e^−z)
    """

    kernel: ClassVar[str] = "logistic"

    # Its slope at zero is a quarter of tanh's; scikit-learn uses a narrower range.
    gain: ClassVar[float] = 2.0**0.5

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return expit(z)

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = σ·(1 − σ)."""
        a = _kernels.logistic(z)

        def pullback(a_gradient):
            return a_gradient * (a * (1 - a))

        return a, pullback


class Tanh(Activation, name="tanh"):
    """Hyperbolic tangent, with outputs between −1 and 1.

    σ(z) = tanh z
    """

    kernel: ClassVar[str] = "tanh"

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return np.tanh(z)

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = 1 − σ²."""
        a = array_namespace(z).tanh(z)

        def pullback(a_gradient):
            return a_gradient * (1 - a * a)

        return a, pullback


class Softsign(Activation, name="softsign"):
    """Softsign, with outputs between −1 and 1 (Bergstra et al. 2009).

    σ(z) = z / (1 + |z|)
    """

    kernel: ClassVar[str] = "softsign"

    def formula(self, z: Array) -> Array:
        """Return σ(z), computed by NumPy's functions."""
        return z / (1 + np.abs(z))

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with dσ/dz = (1 − |σ|)²."""
        xp = array_namespace(z)
        a = z / (1 + xp.abs(z))

        def pullback(a_gradient):
            rest = 1 - xp.abs(a)
            return a_gradient * (rest * rest)

        return a, pullback


@dataclass(eq=False, repr=False)
class Sign(Activation, name="sign"):
    """Sign of the input, trained with a straight-through gradient.

        σ(z) = 1 if z ≥ 0, else −1

    The derivative of σ is 0 almost everywhere, so that gradient descent could not train
    the layers below. The pullback therefore uses the derivative of z clipped to
    ± `clip`: it returns the gradient unchanged where |z| ≤ clip, and 0 elsewhere
    (Hubara et al. 2016). With ``clip=np.inf`` it returns the gradient unchanged
    everywhere (Hinton 2012, lecture 9; Bengio, Léonard and Courville 2013).

    Parameters
    ----------
    clip : float, default=1.0
        Largest |z| with a gradient other than 0; positive.

    References
    ----------
    Hubara, I., Courbariaux, M., Soudry, D., El-Yaniv, R. and Bengio, Y. (2016).
    Binarized neural networks. NeurIPS.

    Bengio, Y., Léonard, N. and Courville, A. (2013). Estimating or propagating
    gradients through stochastic neurons for conditional computation. arXiv:1308.3432.
    """

    kernel: ClassVar[str] = "sign"
    _parameter_constraints: ClassVar[dict] = {
        "clip": [Interval(Real, 0, None, closed="neither")]
    }

    clip: float = 1.0

    @property
    def setting(self) -> float:
        """Value of `clip`, passed to the compiled kernel of the activation."""
        return self.clip

    def forward(self, z: Array) -> tuple[Array, Pullback]:
        """Return σ(z), and the pullback with 1 where |z| ≤ clip, else 0, as dσ/dz."""
        xp = array_namespace(z)
        passes = xp.abs(z) <= self.clip

        def pullback(a_gradient):
            return a_gradient * passes

        return xp.where(z == 0, xp.ones_like(z), xp.sign(z)), pullback

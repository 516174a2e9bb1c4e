"""Activations σ, each beside its pullback dL/da -> dL/dz."""

from abc import abstractmethod
from typing import ClassVar

from skmlp import _kernels
from skmlp._compat import array_namespace
from skmlp._components import Component

__all__ = ["Activation", "Identity", "Logistic", "ReLU", "Tanh"]


class Activation(Component):
    """σ: R → R, applied to every unit of a layer.

    A new one is one class with `forward` and `gain`; ``name="..."`` among its class
    keywords lets a string name it. `forward` returns the outputs a = σ(z) and the
    pullback, which turns dL/da into dL/dz; it may use z, a or both.
    """

    kind = "activation"
    table: ClassVar[dict] = {}

    gain: ClassVar[float] = 6.0**0.5
    """Glorot and Bengio's (2010) bound of the initial weights is gain / √(in + out)."""

    @abstractmethod
    def forward(self, z):
        """Z -> a = σ(z) and the pullback of σ at z."""


class Identity(Activation, name="identity"):
    """σ(z) = z."""

    kernel: ClassVar[str] = "identity"

    def forward(self, z):
        """dσ/dz = 1."""

        def pullback(a_gradient):
            return a_gradient

        return z, pullback


class Logistic(Activation, name="logistic"):
    """σ(z) = 1 / (1 + e^−z)."""

    kernel: ClassVar[str] = "logistic"

    # A quarter of tanh's slope at zero, so scikit-learn draws from a narrower range.
    gain: ClassVar[float] = 2.0**0.5

    def forward(self, z):
        """dσ/dz = σ·(1 − σ)."""
        a = _kernels.logistic(z)

        def pullback(a_gradient):
            return a_gradient * (a * (1 - a))

        return a, pullback


class Tanh(Activation, name="tanh"):
    """σ(z) = tanh z."""

    kernel: ClassVar[str] = "tanh"

    def forward(self, z):
        """dσ/dz = 1 − σ²."""
        a = array_namespace(z).tanh(z)

        def pullback(a_gradient):
            return a_gradient * (1 - a * a)

        return a, pullback


class ReLU(Activation, name="relu"):
    """σ(z) = max(0, z)."""

    kernel: ClassVar[str] = "relu"

    def forward(self, z):
        """dσ/dz = 1 where z > 0, else 0."""
        positive = z > 0

        def pullback(a_gradient):
            return a_gradient * positive

        return z * positive, pullback

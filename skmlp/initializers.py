"""Initial weights and intercepts."""

from abc import abstractmethod
from typing import ClassVar

from skmlp._components import Component

__all__ = ["GlorotUniform", "Initializer"]


class Initializer(Component):
    """(fan_in, fan_out) -> a layer's first weights and intercepts."""

    kind = "weight_init"
    table: ClassVar[dict] = {}

    @abstractmethod
    def draw(self, fan_in, fan_out, *, gain, generator):
        """Weights (fan_in, fan_out) and intercepts (fan_out,) in float64."""


class GlorotUniform(Initializer, name="glorot_uniform"):
    """Uniform in ± gain / √(fan_in + fan_out), intercepts too (Glorot, Bengio 2010)."""

    def draw(self, fan_in, fan_out, *, gain, generator):
        """Draws in scikit-learn's order, so that a seed means the same network."""
        bound = gain / (fan_in + fan_out) ** 0.5
        weights = generator.uniform(-bound, bound, (fan_in, fan_out))
        return weights, generator.uniform(-bound, bound, fan_out)

"""Initial weights and intercepts."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from skmlp.base.compat import Interval
from skmlp.base.component import Component
from skmlp.base.types import Array

__all__ = ["GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Initializer"]
__all__ += ["LecunNormal", "LecunUniform", "Orthogonal", "UserFunction"]


class Initializer(Component):
    """(fan_in, fan_out) -> a layer's first weights and intercepts.

    `gain` is that of the activation (see `skmlp.activations.Activation`), which Glorot
    and Bengio's rule takes.
    """

    kind = "weight_init"
    table: ClassVar[dict] = {}

    @abstractmethod
    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """Weights (fan_in, fan_out) and intercepts (fan_out,) in float64."""

    @classmethod
    def of_functions(cls, choice: Any) -> Initializer | None:
        """Return the initializer of a function of fan_in, fan_out and a generator."""
        own = callable(choice) and not isinstance(choice, type)
        return UserFunction(choice) if own else None


class GlorotUniform(Initializer, name="glorot_uniform"):
    """Uniform in ± gain / √(fan_in + fan_out), intercepts too (Glorot, Bengio 2010).

    The gain is √6, with which the variance is 2 / (fan_in + fan_out); for the logistic
    activation it is √2, as in scikit-learn.
    """

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """Draws in scikit-learn's order, so that a seed means the same network."""
        bound = gain / (fan_in + fan_out) ** 0.5
        weights = generator.uniform(-bound, bound, (fan_in, fan_out))
        return weights, generator.uniform(-bound, bound, fan_out)


class GlorotNormal(Initializer, name="glorot_normal"):
    """Normal with the variance of GlorotUniform; intercepts are zero."""

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """The variance gain² / (3·(fan_in + fan_out))."""
        deviation = gain / (3 * (fan_in + fan_out)) ** 0.5
        return _normal(deviation, fan_in, fan_out, generator)


class HeUniform(Initializer, name="he_uniform"):
    """Uniform with the variance 2 / fan_in, for relu; intercepts are zero."""

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """In ± √(6 / fan_in) (He et al. 2015)."""
        return _uniform((6 / fan_in) ** 0.5, fan_in, fan_out, generator)


class HeNormal(Initializer, name="he_normal"):
    """Normal with the variance 2 / fan_in, for relu; intercepts are zero."""

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """The standard deviation √(2 / fan_in) (He et al. 2015)."""
        return _normal((2 / fan_in) ** 0.5, fan_in, fan_out, generator)


class LecunUniform(Initializer, name="lecun_uniform"):
    """Uniform with the variance 1 / fan_in; intercepts are zero."""

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """In ± √(3 / fan_in) (LeCun et al. 1998)."""
        return _uniform((3 / fan_in) ** 0.5, fan_in, fan_out, generator)


class LecunNormal(Initializer, name="lecun_normal"):
    """Normal with the variance 1 / fan_in, for selu; intercepts are zero."""

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """The standard deviation √(1 / fan_in) (LeCun et al. 1998)."""
        return _normal((1 / fan_in) ** 0.5, fan_in, fan_out, generator)


@dataclass(eq=False, repr=False)
class Orthogonal(Initializer, name="orthogonal"):
    """`scale` times orthonormal rows, or columns; intercepts are zero.

    It is rows where there are fewer of them: no signal is stretched on its way (Saxe
    et al. 2014).

    Parameters
    ----------
    scale : float, default=1.0
        The length of these rows or columns, positive; √2 goes with relu.

    References
    ----------
    Saxe, A. M., McClelland, J. L. and Ganguli, S. (2014). Exact solutions to the
    nonlinear dynamics of learning in deep linear neural networks. ICLR.
    """

    _parameter_constraints: ClassVar[dict] = {
        "scale": [Interval(Real, 0, None, closed="neither")]
    }

    scale: float = 1.0

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """Q of a normal matrix, whose signs make it uniform (Mezzadri 2007)."""
        longer, shorter = max(fan_in, fan_out), min(fan_in, fan_out)
        Q, R = np.linalg.qr(generator.normal(size=(longer, shorter)))
        Q = self.scale * Q * np.where(np.diag(R) < 0, -1, 1)
        return Q if fan_in >= fan_out else Q.T, np.zeros(fan_out)


@dataclass(eq=False, repr=False)
class UserFunction(Initializer):
    """Weights that a function draws; intercepts are zero.

    ``weight_init=function`` means this.

    Parameters
    ----------
    function : callable
        (fan_in, fan_out, generator) -> weights (fan_in, fan_out); the generator is a
        numpy.random.RandomState. To be pickled, it has to be importable.
    """

    function: Callable[[int, int, np.random.RandomState], ArrayLike]

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """What the function gives, if its shape and its numbers are right."""
        weights = np.asarray(self.function(fan_in, fan_out, generator))
        if weights.shape != (fan_in, fan_out) or weights.dtype.kind not in "biuf":
            raise ValueError(
                f"weight_init gave {weights.dtype} of shape {weights.shape} for "
                f"fan_in={fan_in}, fan_out={fan_out}; return numbers of shape "
                f"{(fan_in, fan_out)}."
            )
        if not np.isfinite(weights).all():
            raise ValueError(
                f"weight_init gave numbers that are not finite for fan_in={fan_in}, "
                f"fan_out={fan_out}; return finite ones."
            )
        return weights, np.zeros(fan_out)


def _uniform(bound, fan_in, fan_out, generator):
    """Weights in ± bound, and intercepts of zero."""
    return generator.uniform(-bound, bound, (fan_in, fan_out)), np.zeros(fan_out)


def _normal(deviation, fan_in, fan_out, generator):
    """Weights of a standard deviation, and intercepts of zero."""
    return generator.normal(scale=deviation, size=(fan_in, fan_out)), np.zeros(fan_out)

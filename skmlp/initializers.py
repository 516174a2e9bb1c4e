"""Initialisers, which draw the initial weights and intercepts of a layer."""

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
    """Base class of initialisers, which draw weights and intercepts of one layer.

    A new initialiser is a class with the method `draw`. The class keyword
    ``name="..."`` makes it available by that name.
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
        """Return the initial weights and intercepts of a layer.

        Parameters
        ----------
        fan_in, fan_out : int
            Number of inputs and of outputs of the layer.
        gain : float
            The attribute `gain` of the layer's activation, a factor in Glorot and
            Bengio's bound (see `skmlp.activations.Activation`).
        generator : numpy.random.RandomState
            Source of random numbers.

        Returns
        -------
        weights : ndarray of shape (fan_in, fan_out), float64
        intercepts : ndarray of shape (fan_out,), float64
        """

    @classmethod
    def of_functions(cls, choice: Any) -> Initializer | None:
        """Return the initialiser that calls a function of the user; None otherwise."""
        own = callable(choice) and not isinstance(choice, type)
        return UserFunction(choice) if own else None


class GlorotUniform(Initializer, name="glorot_uniform"):
    """Uniform weights and intercepts by the rule of Glorot and Bengio (2010).

        weights, intercepts ~ Uniform(± gain / √(fan_in + fan_out))

    The gain is √6, so that the variance is 2 / (fan_in + fan_out). For the logistic
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
        """Draw in scikit-learn's order, so that a seed gives scikit-learn's weights."""
        bound = gain / (fan_in + fan_out) ** 0.5
        weights = generator.uniform(-bound, bound, (fan_in, fan_out))
        return weights, generator.uniform(-bound, bound, fan_out)


class GlorotNormal(Initializer, name="glorot_normal"):
    """Normal weights with the variance of `GlorotUniform`; intercepts are zero."""

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """Draw weights of variance gain² / (3·(fan_in + fan_out))."""
        deviation = gain / (3 * (fan_in + fan_out)) ** 0.5
        return _normal(deviation, fan_in, fan_out, generator)


class HeUniform(Initializer, name="he_uniform"):
    """Uniform weights of variance 2 / fan_in, for relu; intercepts are zero."""

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """Draw weights from Uniform(± √(6 / fan_in)) (He et al. 2015)."""
        return _uniform((6 / fan_in) ** 0.5, fan_in, fan_out, generator)


class HeNormal(Initializer, name="he_normal"):
    """Normal weights of variance 2 / fan_in, for relu; intercepts are zero."""

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """Draw weights of standard deviation √(2 / fan_in) (He et al. 2015)."""
        return _normal((2 / fan_in) ** 0.5, fan_in, fan_out, generator)


class LecunUniform(Initializer, name="lecun_uniform"):
    """Uniform weights of variance 1 / fan_in; intercepts are zero."""

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """Draw weights from Uniform(± √(3 / fan_in)) (LeCun et al. 1998)."""
        return _uniform((3 / fan_in) ** 0.5, fan_in, fan_out, generator)


class LecunNormal(Initializer, name="lecun_normal"):
    """Normal weights of variance 1 / fan_in, for selu; intercepts are zero."""

    def draw(
        self,
        fan_in: int,
        fan_out: int,
        *,
        gain: float,
        generator: np.random.RandomState,
    ) -> tuple[Array, Array]:
        """Draw weights of standard deviation √(1 / fan_in) (LeCun et al. 1998)."""
        return _normal((1 / fan_in) ** 0.5, fan_in, fan_out, generator)


@dataclass(eq=False, repr=False)
class Orthogonal(Initializer, name="orthogonal"):
    """Random orthogonal weights, times `scale`; intercepts are zero.

    The rows of the weights are orthogonal if fan_in ≤ fan_out, else the columns are. A
    layer with a square matrix of weights then keeps the length of its inputs, times
    `scale` (Saxe et al. 2014).

    Parameters
    ----------
    scale : float, default=1.0
        Length of these rows or columns, positive; use √2 with relu.

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
        """Draw Q of the QR decomposition of a matrix of normal numbers, times `scale`.

        The signs of R make the distribution of Q uniform (Mezzadri 2007).
        """
        longer, shorter = max(fan_in, fan_out), min(fan_in, fan_out)
        Q, R = np.linalg.qr(generator.normal(size=(longer, shorter)))
        Q = self.scale * Q * np.where(np.diag(R) < 0, -1, 1)
        return Q if fan_in >= fan_out else Q.T, np.zeros(fan_out)


@dataclass(eq=False, repr=False)
class UserFunction(Initializer):
    """Weights drawn by a function of the user; intercepts are zero.

    ``weight_init=function`` stands for an object of this class.

    Parameters
    ----------
    function : callable
        It takes fan_in, fan_out and a numpy.random.RandomState, and returns weights
        (fan_in, fan_out). To be pickled, it has to be importable.
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
        """Return the weights of the function, or raise ValueError for invalid ones."""
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
    """Draw weights from Uniform(± bound); return them and intercepts of zero."""
    return generator.uniform(-bound, bound, (fan_in, fan_out)), np.zeros(fan_out)


def _normal(deviation, fan_in, fan_out, generator):
    """Draw normal weights of a standard deviation; return them and zero intercepts."""
    return generator.normal(scale=deviation, size=(fan_in, fan_out)), np.zeros(fan_out)

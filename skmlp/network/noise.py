"""Noise during training, which predictions leave out: dropout and noisy inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import scipy.sparse

from skmlp import _kernels
from skmlp._kernels.arrays import array_namespace
from skmlp.base.types import Array, Matrix, Pullback

__all__ = ["Noise", "NoiseKey"]

# Numbers of the two random streams for the noise of the inputs; no layer uses them.
_INPUT_STREAMS = 1000, 1001


class NoiseKey(NamedTuple):
    """Key of the random numbers for a batch: the epoch's seed and a first position.

    The numbers of a row depend on its position in the order of the epoch, but not on
    the batch size or the number of threads.
    """

    seed: int
    first: int = 0

    @classmethod
    def of_an_epoch(cls, generator: np.random.RandomState) -> Self:
        """Return the key of an epoch, with a random seed of 62 bits."""
        return cls(int(generator.randint(2**62, dtype=np.int64)))

    def at(self, position: int) -> Self:
        """Return the key of the rows that begin `position` rows later."""
        return self._replace(first=self.first + position)


@dataclass(frozen=True)
class Noise:
    """Random noise during training: dropout of units, and noise added to inputs.

    `dropout` holds the probabilities p with which inputs, and units of each hidden
    layer, are dropped; the others are multiplied by 1 / (1 − p), which keeps the mean
    (Srivastava et al. 2014). `input_noise` is the standard deviation of normal
    variables that are added to the inputs (Bishop 1995).
    """

    dropout: tuple[float, ...]
    input_noise: float = 0.0

    @property
    def disturbs_inputs(self) -> bool:
        """True if the inputs X are changed."""
        return self.input_noise > 0 or self.dropout[0] > 0

    def disturb_inputs(self, X: Matrix, noise_key: NoiseKey) -> Matrix:
        """Return a copy of X with noise added and some of its entries dropped."""
        if self.input_noise:
            z = _kernels.standard_normals(
                noise_key.seed, _INPUT_STREAMS, noise_key.first, *X.shape
            )
            X = X + self.input_noise * array_namespace(X).astype(z, X.dtype, copy=False)
        if not self.dropout[0]:
            return X
        if scipy.sparse.issparse(X):
            csr: Any = X
            csr = csr.tocsr(copy=True)
            rows = np.repeat(np.arange(csr.shape[0]), np.diff(csr.indptr))
            kept = _kernels.dropout_factors(
                noise_key.seed, 0, noise_key.first + rows, csr.indices, self.dropout[0]
            )
            csr.data = csr.data * np.astype(kept, csr.dtype)
            return csr
        return X * self.factors(0, noise_key, X)

    def dropped(
        self, layer: int, noise_key: NoiseKey, a: Array, pullback: Pullback
    ) -> tuple[Array, Pullback]:
        """Return the outputs `a` of a layer after dropout, and the pullback of both."""
        factors = self.factors(layer, noise_key, a)
        if factors is None:
            return a, pullback
        return a * factors, lambda a_gradient: pullback(a_gradient * factors)

    def factors(self, layer: int, noise_key: NoiseKey, a: Array) -> Array | None:
        """Return factors of a layer's outputs, 0 or 1 / (1 − p); None: no dropout."""
        if not self.dropout[layer]:
            return None
        rows = noise_key.first + np.arange(a.shape[0])
        kept = _kernels.dropout_factors(
            noise_key.seed,
            layer,
            rows[:, None],
            np.arange(a.shape[1]),
            self.dropout[layer],
        )
        return array_namespace(a).astype(kept, a.dtype)

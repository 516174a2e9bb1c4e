"""Feedforward networks: scores and gradients, with one flat parameter vector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from skmlp._kernels.arrays import array_namespace
from skmlp.activations import Activation
from skmlp.base.types import Array, Matrix, Pullback
from skmlp.initializers import Initializer
from skmlp.network.noise import Noise, NoiseKey

__all__ = ["Network"]

# A copy of fewer parameters is made faster than one finds that none is needed.
_MANY_PARAMETERS = 50_000


@dataclass(frozen=True)
class Network:
    """Feedforward network: sizes and activations of its layers, without parameters.

    scores = W_Lᵀ σ(… σ(W₁ᵀx + b₁) …) + b_L. The flat parameter vector holds all weights
    first, each (fan_in, fan_out) row by row, then all intercepts; so the penalised
    part, the weights, is one slice.
    """

    layer_sizes: tuple[int, ...]
    activations: tuple[Activation, ...] = ()
    has_intercepts: bool = True
    noise: Noise | None = None

    @cached_property
    def weight_shapes(self) -> tuple[tuple[int, int], ...]:
        """Shape (fan_in, fan_out) of the weights, layer by layer."""
        return tuple(pairwise(self.layer_sizes))

    @cached_property
    def intercept_shapes(self) -> tuple[tuple[int], ...]:
        """Shape (fan_out,) of the intercepts, layer by layer."""
        return tuple((size,) for size in self.layer_sizes[1:])

    @property
    def n_weights(self) -> int:
        """Number of weights, which is the length of the penalised slice."""
        return sum(map(prod, self.weight_shapes))

    @property
    def n_parameters(self) -> int:
        """Number of weights and intercepts, which is the length of the flat vector."""
        return self.n_weights + self.has_intercepts * sum(self.layer_sizes[1:])

    def unflatten(self, parameters: Array) -> tuple[list[Array], list[Any]]:
        """Return weights and intercepts (or None) of all layers, as views."""
        weights, intercepts, start = [], [], 0
        for shape in self.weight_shapes:
            stop = start + prod(shape)
            weights.append(parameters[start:stop].reshape(shape))
            start = stop
        for size in self.layer_sizes[1:]:
            stop = start + size
            intercepts.append(parameters[start:stop] if self.has_intercepts else None)
            start = stop
        return weights, intercepts

    def flatten(
        self, weights: Iterable[Array], intercepts: Iterable[Array | None]
    ) -> Array:
        """Return one flat vector with a copy of all weights and intercepts."""
        parts = (*weights, *intercepts)
        return np.concatenate([part.reshape(-1) for part in parts if part is not None])

    def flat(
        self, weights: Iterable[Array], intercepts: Iterable[Array | None]
    ) -> Array:
        """Return one flat vector with all weights and intercepts, to be read only.

        It is the vector that they are views of, as `unflatten` returns them, if there
        is one; else it is a copy.
        """
        parts = [part for part in (*weights, *intercepts) if part is not None]
        whole: Any = parts[0].base
        if self.n_parameters >= _MANY_PARAMETERS and _is_joined(whole, parts):
            return whole
        return self.flatten(parts, ())

    def initial_parameters(
        self,
        initializer: Initializer,
        generator: np.random.RandomState,
        dtype: DTypeLike,
    ) -> Array:
        """Return random initial parameters (n_parameters,), drawn layer by layer."""
        parameters = np.empty(self.n_parameters, dtype=dtype)
        gains = [activation.gain for activation in self.activations]
        # The output layer takes the gain of the last hidden one, as in scikit-learn.
        gains.append(gains[-1] if gains else Activation.gain)
        for weights, intercepts, gain in zip(
            *self.unflatten(parameters), gains, strict=True
        ):
            weights[...], drawn_intercepts = initializer.draw(
                *weights.shape, gain=gain, generator=generator
            )
            if self.has_intercepts:
                intercepts[...] = drawn_intercepts
        return parameters

    def scores(
        self, weights: Sequence[Array], intercepts: Sequence[Array | None], X: Matrix
    ) -> Array:
        """Return the raw scores (n, n_outputs) of the rows of X (dense or CSR)."""
        a = X
        for layer, activation in enumerate(self.activations):
            a, _ = activation.forward(_affine(a, weights[layer], intercepts[layer]))
        return _affine(a, weights[-1], intercepts[-1])

    def forward(
        self, parameters: Array, X: Matrix, noise_key: NoiseKey | None = None
    ) -> tuple[Array, Pullback]:
        """Return the raw scores (n, n_outputs), and their pullback (backward pass).

        The pullback is the function dL/dscores -> dL/dparameters (n_parameters,). With
        a `noise_key`, the noise of the network is added.
        """
        weights, intercepts = self.unflatten(parameters)
        noise = None if noise_key is None else self.noise
        if noise is not None and noise_key is not None:
            X = noise.disturb_inputs(X, noise_key)
        inputs, pullbacks = [X], []
        for layer, activation in enumerate(self.activations):
            z = _affine(inputs[-1], weights[layer], intercepts[layer])
            a, activation_pullback = activation.forward(z)
            if noise is not None and noise_key is not None:
                a, activation_pullback = noise.dropped(
                    layer + 1, noise_key, a, activation_pullback
                )
            inputs.append(a)
            pullbacks.append(activation_pullback)
        scores = _affine(inputs[-1], weights[-1], intercepts[-1])

        def pullback(score_gradient):
            xp = array_namespace(score_gradient)
            gradient = xp.empty_like(parameters)
            weight_gradients, intercept_gradients = self.unflatten(gradient)
            z_gradient = score_gradient
            for layer in reversed(range(len(weights))):
                weight_gradients[layer][...] = _product(inputs[layer].T, z_gradient)
                if self.has_intercepts:
                    intercept_gradients[layer][...] = xp.sum(z_gradient, axis=0)
                if layer > 0:
                    a_gradient = _product(z_gradient, weights[layer].T)
                    z_gradient = pullbacks[layer - 1](a_gradient)
            return gradient

        return scores, pullback

    def input_gradient(
        self, weights: Sequence[Array], intercepts: Sequence[Array | None], X: Matrix
    ) -> Array:
        """Return ∂scores/∂x of every row (n, n_outputs, n_features)."""
        a, pullbacks = X, []
        for layer, activation in enumerate(self.activations):
            z = _affine(a, weights[layer], intercepts[layer])
            a, pullback = activation.forward(z)
            pullbacks.append(pullback)
        xp = array_namespace(weights[0])
        outputs = []
        for output in range(self.layer_sizes[-1]):
            # Gradient of one score with respect to the inputs of the last layer.
            row = weights[-1][:, output]
            gradient = xp.broadcast_to(row, (X.shape[0], row.shape[0]))
            for layer in reversed(range(len(pullbacks))):
                gradient = _product(pullbacks[layer](gradient), weights[layer].T)
            outputs.append(gradient)
        return xp.stack(outputs, axis=1)


def _is_joined(whole, parts):
    """Return True if `parts` are views of the whole vector, one after the other."""
    if type(whole) is not np.ndarray or whole.ndim != 1 or not whole.flags.c_contiguous:
        return False
    end = begin = _address(whole)
    for part in parts:
        if part.base is not whole or part.dtype != whole.dtype:
            return False
        if not part.flags.c_contiguous or _address(part) != end:
            return False
        end += part.nbytes
    return end == begin + whole.nbytes


def _address(array):
    """Return the address of the first number of an array."""
    return array.__array_interface__["data"][0]


def _affine(a, weights, intercepts):
    """Return Wᵀa + b for every row of `a`; without intercepts, Wᵀa."""
    z = _product(a, weights)
    if intercepts is not None:
        z += intercepts
    return z


def _product(a, b):
    """Return a @ b, without warnings about invalid values, for which callers check.

    On processors with AVX-512, OpenBLAS reads beyond the end of a float32 vector. So it
    may report invalid values that are not part of the product.
    """
    with np.errstate(invalid="ignore"):
        return a @ b

"""Random functions, composed from the table, have the gradient of differences."""

import functools

import graph_cases
import numpy as np
import pytest
from scipy import special

from skmlp.graph import check_gradient, logsumexp, softmax, trace

N_FUNCTIONS = 200
N_STEPS = 10


def into(bounds, z):
    """Return z mapped smoothly to numbers between two bounds."""
    low, high = bounds
    return low + (high - low) * special.expit(z)


def unary(generator):
    ufuncs = list(graph_cases.UNARY)
    ufunc = ufuncs[generator.integers(len(ufuncs))]
    return 1, lambda x: ufunc(into(graph_cases.UNARY[ufunc], x))


def binary(generator):
    ufuncs = list(graph_cases.BINARY)
    ufunc = ufuncs[generator.integers(len(ufuncs))]
    first, second = graph_cases.BINARY[ufunc]
    return 2, lambda x, y: ufunc(into(first, x), into(second, y))


def product(x, y):
    """Return a product of matrices whose shape can be broadcast with the operands."""
    x, y = np.broadcast_arrays(np.atleast_2d(x), np.atleast_2d(y))
    return np.mean(np.matmul(x, np.swapaxes(y, -1, -2)), axis=(-2, -1), keepdims=True)


def joined(x, y):
    both = np.concatenate(np.broadcast_arrays(np.atleast_1d(x), y), axis=-1)
    return np.std(both, axis=-1, keepdims=True)


def stacked(x, y):
    both = np.stack(np.broadcast_arrays(x, y), axis=-1)
    return np.prod(both + 0.1, axis=-1) + np.var(both, axis=-1)


OTHERS = [
    (1, lambda x: np.flip(np.cumsum(np.atleast_1d(x), axis=-1), -1)),
    (1, lambda x: softmax(np.atleast_1d(x), axis=-1)),
    (1, lambda x: logsumexp(np.atleast_1d(x), axis=0, keepdims=True)),
    (1, lambda x: np.mean(np.atleast_1d(x), axis=0, keepdims=True) * x),
    (1, lambda x: np.max(np.atleast_1d(x), axis=-1, keepdims=True)),
    (1, lambda x: np.sort(np.atleast_1d(x)) - np.roll(x, 1)),
    (1, lambda x: np.reshape(np.ravel(np.tanh(x))[::-1], np.shape(x))),
    (1, lambda x: np.atleast_1d(x)[..., :1] ** 2),
    (1, lambda x: np.linalg.norm(np.atleast_1d(x), axis=-1, keepdims=True)),
    (2, lambda x, y: np.where(x > y, x * y, np.sin(y))),
    (2, lambda x, y: np.clip(x, -0.7, 0.6) * y),
    (2, product),
    (2, joined),
    (2, stacked),
    (2, lambda x, y: np.einsum("...,...->...", x, y) / np.sqrt(1 + np.square(x))),
]


def other(generator):
    return OTHERS[generator.integers(len(OTHERS))]


def random_function(seed):
    """Return a random function of some arrays, and the arrays."""
    generator = np.random.default_rng(seed)
    arguments = []
    for _ in range(generator.integers(2, 4)):
        n_axes = generator.integers(4)
        shape = [n if generator.random() < 0.7 else 1 for n in (2, 3, 4)[3 - n_axes :]]
        arguments.append(generator.normal(size=shape))
    steps = []
    for i in range(N_STEPS):
        kind = (unary, binary, other)[generator.integers(3)]
        n_operands, function = kind(generator)
        # Later values are used more often, so that the function becomes deep.
        n_values = len(arguments) + i
        chances = np.arange(1, n_values + 1) ** 2.0
        chosen = generator.choice(n_values, n_operands, p=chances / chances.sum())
        steps.append((function, chosen))

    def f(*arguments):
        values = list(arguments)
        for function, chosen in steps:
            values.append(np.tanh(function(*(values[i] for i in chosen))))
        return functools.reduce(np.add, map(np.mean, values[-4:]))

    return f, arguments


@pytest.mark.parametrize("seed", range(N_FUNCTIONS))
def test_the_gradient_is_within_1e_6_of_central_differences(seed):
    f, arguments = random_function(seed)
    check_gradient(f, *arguments, rtol=0, atol=1e-6)


def test_the_functions_use_most_of_the_table_and_shapes_that_are_broadcast():
    operations, sizes = set(), set()
    for seed in range(N_FUNCTIONS):
        f, arguments = random_function(seed)
        names = "abc"[: len(arguments)]
        graph = trace(
            lambda f=f, **inputs: f(*inputs.values()),
            **dict(zip(names, arguments, strict=True)),
        )
        operations |= {node.operation for node in graph.nodes}
        sizes |= {node.shape for node in graph.nodes}
    known = {ufunc.__name__ for ufunc in (*graph_cases.UNARY, *graph_cases.BINARY)}
    assert known <= operations
    assert len(operations) > 80
    assert {(), (2, 3, 4), (3, 4), (4,), (1, 4), (2, 1, 4)} <= sizes

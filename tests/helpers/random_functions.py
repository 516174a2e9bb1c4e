"""Random element-wise functions of one array, and functions of networks' users."""

import numpy as np
from scipy import special

_UNARY = (
    *(np.exp, np.expm1, np.tanh, np.sin, np.cos, np.arctan, np.square, np.negative),
    *(np.abs, np.sinh, np.cosh, np.arcsinh, np.exp2, np.cbrt, special.expit),
    *(special.erf, special.erfc, special.ndtr, special.log_expit),
    lambda x: np.log(1.1 + np.square(x)),
    lambda x: np.log1p(np.exp(x)),
    lambda x: np.sqrt(0.3 + np.square(x)),
    lambda x: x**3,
    lambda x: (1.2 + np.square(x)) ** -0.7,
    lambda x: 1 / (1 + np.square(x)),
    lambda x: np.clip(x, -0.7, 0.9),
    lambda x: np.where(x > 0.2, x, 0.3 * np.square(x)),
    lambda x: (x > 0) * np.tan(0.5 * np.tanh(x)),
    lambda x: np.arcsin(0.9 * np.tanh(x)) + np.arccosh(2 + np.square(x)),
    lambda x: np.log2(2 + np.abs(x)) * np.log10(3 + np.square(x)),
)
_BINARY = (
    *(np.add, np.subtract, np.multiply, np.logaddexp, np.maximum, np.minimum),
    *(np.hypot, np.arctan2, np.fmax),
    lambda x, y: x / (1.5 + np.square(y)),
    lambda x, y: np.where((x > y) & (y > -1), x, y),
    lambda x, y: np.power(1.2 + np.square(x), np.tanh(y)),
)


def random_function(seed):
    """Return an element-wise function of some operations, with moderate results."""
    rng = np.random.default_rng(seed)
    steps = [
        (rng.integers(2), rng.integers(1000), rng.integers(1000), rng.normal())
        for _ in range(rng.integers(2, 9))
    ]

    def function(z):
        values = [z, 0.5 * z + 0.3]
        for is_binary, choice, operand, factor in steps:
            last, other = values[-1], values[operand % len(values)]
            if is_binary:
                value = _BINARY[choice % len(_BINARY)](last, other)
            else:
                value = _UNARY[choice % len(_UNARY)](2 * np.tanh(other))
            values.append(float(factor) * value + 0.1 * last)
        return values[-1]

    return function


def mish(z):
    return z * np.tanh(np.log1p(np.exp(z)))


def gelu(z):
    return 0.5 * z * (1 + special.erf(z / np.sqrt(2)))


def huber(y, scores):
    error = np.abs(scores - y)
    return np.sum(np.where(error < 1, 0.5 * error**2, error - 0.5), axis=1)


def squared_hinge(y, scores):
    return np.sum(np.maximum(1 - (2 * y - 1) * scores, 0) ** 2, axis=1)


def softmax_loss(y, scores):
    """Return the cross-entropy of one class of many, by NumPy's functions."""
    largest = np.max(scores, axis=1, keepdims=True)
    powers = np.exp(scores - largest)
    total = np.log(np.sum(powers, axis=1)) + largest[:, 0]
    return total - np.sum(y * scores, axis=1)


def repeated_column(y, scores):
    """Return a loss in which one number of a row is repeated and summed again."""
    return np.sum((scores[:, :1] * np.ones_like(scores) - y) ** 2, axis=1)


def squared_error(y, scores):
    return 0.5 * np.sum((scores - y) ** 2, axis=1)


def difference(y, scores):
    return scores - y

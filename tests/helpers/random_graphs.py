"""Random computational graphs, and those of small models."""

import numpy as np

from skmlp.graph import cross_entropy, logistic, named, squared_norm, trace, unit_step

_UNARY = (np.tanh, np.exp, np.sin, np.negative, np.cosh, np.square)
_BINARY = (np.add, np.subtract, np.multiply, np.logaddexp)


def random_graph(n_operations, seed):
    """Return a graph of numbers with about this many operations, some on a constant."""
    rng = np.random.default_rng(seed)
    n_inputs = int(rng.integers(1, 2 + n_operations // 4))
    names = [f"x{k}" if rng.random() < 0.5 else f"w{k}" for k in range(n_inputs)]
    reach = rng.uniform(2, 10)  # how far back operands are taken from

    def function(**inputs):
        values = list(inputs.values())
        unused = dict.fromkeys(range(len(values)))
        while len(values) - n_inputs + len(unused) < n_operations + 1:
            back = rng.exponential(reach, size=2).astype(int)
            first, second = np.maximum(len(values) - 1 - back, 0)
            if rng.random() < 0.4:
                value = _UNARY[rng.integers(len(_UNARY))](np.tanh(values[first]))
                unused.pop(first, None)
            elif rng.random() < 0.15:
                value = values[first] * float(rng.integers(2, 9))
                unused.pop(first, None)
            else:
                value = _BINARY[rng.integers(len(_BINARY))](
                    values[first], values[second]
                )
                unused.pop(first, None)
                unused.pop(int(second), None)
            unused[len(values)] = None
            values.append(value)
        result, *others = (values[k] for k in unused)
        for other in others:
            result = result + other
        return result

    graph = trace(function, **{name: float(rng.normal()) for name in names})
    return graph.with_parameters(*(name for name in names if name[0] == "w"))


def perceptron():
    """Return the graph of a perceptron with three inputs, as numbers."""

    def function(x1, w1, x2, w2, x3, w3, b):
        return named(unit_step(x1 * w1 + x2 * w2 + x3 * w3 + b), "ŷ")

    values = {"x1": 1.0, "w1": 0.5, "x2": -2.0, "w2": 0.25, "x3": 3.0, "w3": -1.0}
    return trace(function, **values, b=0.5).with_parameters("w1", "w2", "w3", "b")


def network():
    """Return the graph of a network with one hidden layer, its loss and its penalty."""

    def function(x, y, W1, W2, λ):
        hidden = logistic(W1.T @ x)
        ŷ = named(logistic(W2.T @ hidden), "ŷ")
        penalty = λ * (squared_norm(W1) + squared_norm(W2))
        return named(cross_entropy(y, ŷ) + penalty, "ℓ")

    rng = np.random.default_rng(0)
    return trace(
        function,
        x=rng.normal(size=5),
        y=np.array([1.0]),
        W1=rng.normal(size=(5, 4)),
        W2=rng.normal(size=(4, 1)),
        λ=0.01,
    ).with_parameters("W1", "W2")

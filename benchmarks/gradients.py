"""Time the gradient of a network's loss by skmlp.graph, autograd and the fused kernel.

The loss is the mean log-loss of a network 64-100-10 on 200 digits, plus an l2 penalty.
skmlp.graph and autograd differentiate one formula, written with NumPy's functions.
The three run in turns, in one process with one thread.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import datasets
from benchmarks.units import duration
from skmlp import graph
from skmlp.activations import Activation
from skmlp.losses import MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk

BATCH = 200
L2 = 0.01
_SIZES = (64, 100, 10)
_WIDTHS = (40, 14, 12, 12, 12, 14)


@dataclass(frozen=True)
class Gradient:
    """Activation and dtype of the network whose gradient is computed."""

    activation: str
    dtype: str

    @property
    def name(self):
        """Return the name of the row."""
        return f"MLP 64-100-10, batch {BATCH}, {self.activation}, {self.dtype}"


GRADIENTS = tuple(
    Gradient(activation, dtype)
    for dtype in ("float64", "float32")
    for activation in ("tanh", "relu")
)


def loss(xp, logsumexp, activation):
    """Return the penalised mean log-loss as a function of weights and intercepts."""

    def function(W1, W2, b1, b2, X, y):
        z = X @ W1 + b1
        a = xp.tanh(z) if activation == "tanh" else xp.maximum(z, 0)
        scores = a @ W2 + b2
        chosen = scores[np.arange(len(y)), y]
        penalty = L2 / (2 * len(y)) * (xp.sum(W1 * W1) + xp.sum(W2 * W2))
        return xp.mean(logsumexp(scores, axis=1) - chosen) + penalty

    return function


def contestants(entry):
    """Return {name: function without arguments that returns (value, gradient)}."""
    data = datasets.digits(dtype=np.dtype(entry.dtype), n_rows=BATCH)
    network = Network(_SIZES, (Activation.resolve(entry.activation),))
    risk = EmpiricalRisk(network, MultinomialLogLoss(), data.X, data.y, l2=L2)
    parameters = np.random.default_rng(0).normal(size=network.n_parameters) / 10
    parameters = parameters.astype(entry.dtype)
    weights, intercepts = network.unflatten(parameters)
    arguments = (*weights, *intercepts, data.X, data.y)

    def by(value_and_grad, xp, logsumexp):
        both = value_and_grad(loss(xp, logsumexp, entry.activation), (0, 1, 2, 3))
        return lambda: both(*arguments)

    runs = {"skmlp.graph": by(graph.value_and_grad, np, graph.logsumexp)}
    if find_spec("autograd"):
        import autograd
        import autograd.numpy
        from autograd.scipy.special import logsumexp

        runs["autograd"] = by(autograd.value_and_grad, autograd.numpy, logsumexp)
    runs["fused"] = lambda: risk.value_and_gradient(parameters)
    return runs


def seconds(name, repeats):
    """Return the median seconds of a value and gradient by each contestant.

    Raise a ValueError if they do not compute equal gradients.
    """
    entry = next(each for each in GRADIENTS if each.name == name)
    runs = contestants(entry)
    with threadpool_limits(1):
        check_agreement(runs, entry.dtype)
        times = {contestant: [] for contestant in runs}
        for _ in range(repeats):
            for contestant, run in runs.items():
                start = perf_counter()
                run()
                times[contestant].append(perf_counter() - start)
    return {contestant: median(each) for contestant, each in times.items()}


def check_agreement(runs, dtype):
    """Raise a ValueError if the gradients differ by more than rounding errors."""
    flat = {}
    for contestant, run in runs.items():
        _, gradient = run()
        parts = gradient if isinstance(gradient, tuple) else (gradient,)
        flat[contestant] = np.concatenate([np.ravel(part) for part in parts])
    ours = flat["skmlp.graph"]
    allowed = 100 * np.finfo(dtype).eps * np.linalg.norm(ours)
    for contestant, theirs in flat.items():
        error = np.linalg.norm(ours - theirs)
        if error > allowed:
            raise ValueError(
                f"the gradients of skmlp.graph and {contestant} differ by {error:.2g}"
            )


def header():
    """Return the column heads of the table, below its title."""
    title = "Gradient of a network's loss on one thread, medians of alternated runs"
    heads = ("work", "skmlp.graph", "autograd", "fused", "faster", "over fused")
    lines = ["", title, _line(*heads)]
    if not find_spec("autograd"):
        lines.insert(2, "autograd is left out: it is not installed.")
    return "\n".join(lines)


def row(entry, times):
    """Return the row of a network: seconds of each, and ratios."""
    ours, theirs, fused = (
        times.get(each) for each in ("skmlp.graph", "autograd", "fused")
    )
    faster = "–"
    if theirs is not None:
        faster = f"{theirs / ours:.2f}≥1" + ("✓" if theirs >= ours else "✗")
    return _line(
        entry.name,
        duration(ours),
        "–" if theirs is None else duration(theirs),
        duration(fused),
        faster,
        f"{ours / fused:.1f}",
    )


def _line(name, *cells):
    widths = zip(cells, _WIDTHS[1:], strict=True)
    return f"{name:<{_WIDTHS[0]}}" + "".join(f"{c:>{width}}" for c, width in widths)

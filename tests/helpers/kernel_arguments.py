"""Valid arguments of every kernel, and calls with some of them changed."""

import importlib
import inspect

import numpy as np
import scipy.sparse
from kernel_tuples import bundled
from perceptron_progress import progress_of, words_of
from random_functions import mish, softmax_loss

from skmlp import _kernels
from skmlp._kernels import reference
from skmlp.activations import Activation
from skmlp.graph.programs import function_program, loss_program
from skmlp.losses import Loss
from skmlp.network import Network, fused

N, D, K = 24, 7, 3


def step(n_states, **settings):
    """Return a function that makes the arguments of an update rule."""

    def arguments(kernel, dtype):
        rng = np.random.default_rng(0)
        names = list(inspect.signature(getattr(reference, kernel)).parameters)
        arrays = {name: rng.normal(size=D).astype(dtype) for name in names[:2]}
        states = names[2 : 2 + n_states]
        return (
            arrays
            | {name: np.abs(rng.normal(size=D)).astype(dtype) for name in states}
            | settings
        )

    return arguments


def scores(kernel, dtype):
    (name,) = inspect.signature(getattr(reference, kernel)).parameters
    return {name: np.random.default_rng(0).normal(size=(N, K)).astype(dtype)}


def moments(kernel, dtype):
    rng = np.random.default_rng(0)
    return {
        "X": rng.normal(size=(N, D)).astype(dtype),
        "labels": rng.integers(K, size=N),
        "weights": rng.uniform(0.5, 2, size=N),
        "shifts": rng.normal(size=(K, D)),
    }


def perceptron(*, sparse=False, joint=False):
    def arguments(kernel, dtype):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(N, D)).astype(dtype) * (rng.random((N, D)) < 0.6)
        rows = {"dense": X, "values": None, "indices": None, "starts": None}
        if sparse:
            csr = _kernels.csr_arrays(scipy.sparse.csr_array(X.astype(dtype)))
            rows = dict(zip(("values", "indices", "starts"), csr, strict=True))
            rows["dense"] = None
        return rows | {
            "weights": rng.normal(size=(K, D)).astype(dtype),
            "intercepts": np.zeros(K, dtype),
            "l1_due": np.zeros(K, dtype),
            "l1_paid": np.zeros((K, D), dtype),
            "weight_sums": np.ones((K, D)),
            "intercept_sums": np.ones(K),
            "active": np.ones(K, dtype=np.uint8),
            "classes": np.arange(K),
            "labels": rng.integers(K, size=N),
            "order": rng.permutation(N),
            "sample_weight": rng.uniform(0.5, 2, size=N).astype(dtype),
            "positive": np.ones(K),
            "negative": np.ones(K),
            "words": words_of(0),
            **progress_of(K, joint=joint, max_epochs=2),
            "rate": 1.0,
            "decay": 0.99,
            "l1_step": 0.01,
            "margin": 0.5,
            "fit_intercept": True,
            "joint": joint,
        }

    return arguments


def columns(*, sparse):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D)) * (rng.random((N, D)) < 0.6)
    if not sparse:
        names = ("indices", "starts", "stops")
        return {"values": X.T.copy(), **dict.fromkeys(names)}
    csc = scipy.sparse.csc_array(X)
    starts = csc.indptr.astype(np.int64)
    return {
        "values": csc.data,
        "indices": csc.indices.astype(np.int32),
        "starts": starts[:-1].copy(),
        "stops": starts[1:].copy(),
    }


def sweeps(*, sparse):
    def arguments(kernel, dtype):
        rng = np.random.default_rng(1)
        mean = rng.dirichlet(np.ones(K), size=N).T.copy()
        return columns(sparse=sparse) | {
            "mean": mean,
            "curvature": mean / N,
            "gradient": rng.normal(size=(D, K)),
            "parameters": rng.normal(size=(D, K)),
            "l1": np.full(D, 0.1),
            "l2": np.full(D, 0.1),
            "lower": np.full((D, K), -5.0),
            "upper": np.full((D, K), 5.0),
            "step_scores": np.zeros((K, N)),
            "order": rng.permutation(D),
            "share": 1e-3,
            "max_sweeps": 4,
        }

    return arguments


def products(*, sparse):
    def arguments(kernel, dtype):
        score_gradient = np.random.default_rng(1).normal(size=(K, N))
        return columns(sparse=sparse) | {"score_gradient": score_gradient}

    return arguments


def penalties(kernel, dtype):
    names = ("gradient", "parameters", "l1", "l2", "lower", "upper")
    arguments = sweeps(sparse=False)(kernel, dtype)
    return {name: arguments[name] for name in names}


def likelihood(kernel, dtype):
    rng = np.random.default_rng(0)
    return {
        "scores": rng.normal(size=(K, N)),
        "targets": rng.dirichlet(np.ones(K), size=N).T.copy(),
        "weight": np.full(N, 1 / N),
        "mean": np.zeros((K, N)),
        "score_gradient": np.zeros((K, N)),
    }


def past_steps(kernel, dtype):
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(K, D))
    return {
        "gradient": rng.normal(size=D),
        "steps": steps,
        "changes": steps * rng.uniform(0.5, 2, size=D),
        "newest": 0,
        "n_pairs": K,
    }


def program(*, of_rows):
    def arguments(kernel, dtype):
        rng = np.random.default_rng(0)
        width = K if of_rows else 1
        shape = (N, width)
        made = loss_program(softmax_loss, K) if of_rows else function_program(mish)
        return made._asdict() | {
            "first": rng.normal(size=shape).astype(dtype),
            "second": rng.normal(size=shape).astype(dtype) if of_rows else None,
            "value": np.zeros((N, 1), dtype),
            "derivative": np.zeros(shape, dtype),
        }

    return arguments


MOMENTS = {"beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-8}
ARGUMENTS = {
    "gradient_step": step(0, learning_rate=0.1),
    "momentum_step": step(1, learning_rate=0.1, momentum=0.9, nesterov=True),
    "adam_step": step(2, step_size=0.1, **MOMENTS),
    "amsgrad_step": step(3, step_size=0.1, **MOMENTS),
    "nadam_step": step(2, step_size=0.1, gradient_step_size=0.1, **MOMENTS),
    "rmsprop_step": step(2, learning_rate=0.1, decay=0.9, momentum=0.5, epsilon=1e-8),
    "adagrad_step": step(1, learning_rate=0.1, epsilon=1e-8),
    "adadelta_step": step(2, learning_rate=0.1, decay=0.9, epsilon=1e-6),
    **dict.fromkeys(
        ("logistic", "softplus", "log_logistic", "log_sum_exp", "log_softmax"), scores
    ),
    "softmax": scores,
    "class_moments": moments,
    "class_moments, in_float32": lambda kernel, dtype: (
        moments(kernel, dtype) | {"in_float32": True}
    ),
    "perceptron_epochs": perceptron(),
    "perceptron_epochs, joint": perceptron(joint=True),
    "perceptron_epochs, sparse": perceptron(sparse=True),
    "coordinate_sweeps": sweeps(sparse=False),
    "coordinate_sweeps, sparse": sweeps(sparse=True),
    "column_products": products(sparse=False),
    "column_products, sparse": products(sparse=True),
    "violations": penalties,
    "log_loss": likelihood,
    "limited_memory_direction": past_steps,
    "run_program": program(of_rows=False),
    "run_program, of rows": program(of_rows=True),
}
MODULES = [reference]
if _kernels.Problem is not None:
    MODULES.append(importlib.import_module("skmlp._kernels.compiled"))


def make(case, dtype=np.float64):
    """Return the arguments of a case by name, with the fields of tuples one by one."""
    kernel = case.split(",")[0]
    return ARGUMENTS[case](kernel, dtype)


def call(case, dtype=np.float64, **changes):
    """Return the result of a kernel, and all arrays as they are after it."""
    kernel, arguments = case.split(",")[0], make(case, dtype) | changes
    result = getattr(_kernels, kernel)(**bundled(kernel, arguments))
    arrays = {k: v for k, v in arguments.items() if isinstance(v, np.ndarray)}
    return result, arrays


CASES = [
    (case, name)
    for case in ARGUMENTS
    for name, array in make(case).items()
    if isinstance(array, np.ndarray)
]


def network_problem(dtype=np.float64, X=None, y=None, weight=None):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D)).astype(dtype) if X is None else X
    y = rng.integers(K, size=N) if y is None else y
    network = Network((D, 5, K), (Activation.table["tanh"](),))
    loss = Loss.table["multinomial_log_loss"]()
    return fused.fuse(network, loss, X, y, weight), network

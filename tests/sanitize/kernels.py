"""Call the exported kernels directly, with valid arguments and with faulty ones.

Arrays of indices (indices, starts, stops, order, labels, classes) are always valid,
since they are checked once per fit, before the kernels. One of the other arrays may be
too short, in another layout or of another dtype; the kernel must raise ValueError, or
compute the right result.
"""

import numpy as np
import scipy.sparse

from skmlp import _kernels
from skmlp.graph.programs import function_program, loss_program
from tests.helpers.kernel_tuples import TUPLES, bundled
from tests.helpers.perceptron_progress import progress_of, words_of
from tests.helpers.random_functions import huber, random_function, softmax_loss
from tests.sanitize.arguments import numbers, rows_of, spoil
from tests.sanitize.whole_runs import N_STATES, WHOLE_RUNS, whole_run

RATES = {
    "gradient_step": ("learning_rate",),
    "momentum_step": ("learning_rate", "momentum", "nesterov"),
    "adam_step": ("step_size", "beta_1", "beta_2", "epsilon"),
    "amsgrad_step": ("step_size", "beta_1", "beta_2", "epsilon"),
    "nadam_step": ("step_size", "gradient_step_size", "beta_1", "beta_2", "epsilon"),
    "rmsprop_step": ("learning_rate", "decay", "momentum", "epsilon"),
    "adagrad_step": ("learning_rate", "epsilon"),
    "adadelta_step": ("learning_rate", "decay", "epsilon"),
}
STATES = {name: N_STATES.get(name[: -len("_step")], 0) for name in RATES}
SCALARS = {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "epsilon": 1e-8}
SCALARS |= {"beta_1": 0.9, "beta_2": 0.999, "decay": 0.95, "step_size": 1e-3}
SCALARS |= {"gradient_step_size": 1e-3}


def run(case):
    """Call the kernel of a case once, with valid or faulty arguments."""
    name = case.subject.removeprefix("kernel ")
    rng, data = np.random.default_rng(case.number), case.data
    if name in WHOLE_RUNS:
        return whole_run(name, case, rng)
    if name in RATES:
        arguments, settings = _step(name, data, rng)
    else:
        arguments, settings = globals()[f"_{name}"](data, rng)
    spoil(arguments, case)
    kernel = getattr(_kernels, name)
    if name in TUPLES:
        kernel(**bundled(name, arguments | settings))
    else:
        kernel(*arguments.values(), **settings)


def _step(name, data, rng):
    n = data["rows"] * data["columns"] - 1
    arguments = {key: numbers(data, rng, n) for key in ("parameters", "gradient")}
    for state in range(STATES[name]):
        arguments[f"state {state}"] = np.abs(numbers(data, rng, n))
    return arguments, {key: SCALARS[key] for key in RATES[name]}


def _class_moments(data, rng):
    n, d, K = data["rows"], data["columns"], data["outputs"]
    X = numbers(data, rng, n, d)
    return {
        "X": np.asfortranarray(X) if data["options"][3] else X,
        "labels": rng.integers(K, size=n),
        "weights": rng.random(n),
        "shifts": data["scale"] * rng.normal(size=(K, d)),
    }, {"in_float32": data["options"][4]}


def _perceptron_epochs(data, rng):
    n, d, K = data["rows"], data["columns"], data["outputs"]
    dtype, options = data["dtype"], data["options"]
    joint, averaged = options[3] and K > 1, options[4]
    active = np.ones(K, np.uint8) if joint else (rng.random(K) < 0.8).astype(np.uint8)
    arguments = {
        "weights": numbers(data, rng, K, d),
        "intercepts": numbers(data, rng, K),
        "l1_due": np.zeros(K, dtype),
        "l1_paid": np.zeros((K, d), dtype),
        "weight_sums": np.zeros((K, d)) if averaged else None,
        "intercept_sums": np.zeros(K) if averaged else None,
        "active": active,
        "classes": np.array([1]) if K == 1 else np.arange(K),
        **rows_of(data, rng, numbers(data, rng, n, d)),
        "labels": rng.integers(max(2, K), size=n),
        "order": rng.permutation(n)[: max(1, n - 3)],
        "sample_weight": rng.random(n).astype(dtype),
        "words": words_of(0) if options[0] else None,
        "positive": rng.random(K),
        "negative": rng.random(K),
    }
    if joint:
        arguments["labels"] %= K
    settings = {
        "rate": 0.5,
        "decay": 0.5 if options[5] else 1.0,
        "l1_step": 0.01 if options[6] else 0.0,
        "margin": 0.3,
        "fit_intercept": options[7],
        "joint": joint,
    }
    progress = progress_of(
        K,
        joint=joint,
        averaged=averaged,
        max_epochs=3,
        l2=0.1 if options[5] else 0.0,
        tol=None if options[6] else 0.01,
    )
    return arguments, settings | progress


def _columns(data, rng):
    """Return values, indices, starts and stops of dense columns or of a CSC matrix."""
    shape = (data["columns"], data["rows"])
    columns = data["scale"] * rng.normal(size=shape) * (rng.random(shape) < 0.6)
    if not data["sparse"]:
        return {"values": columns, "indices": None, "starts": None, "stops": None}
    X = scipy.sparse.csr_array(columns)
    starts = X.indptr.astype(np.int64)
    indices = X.indices.astype(np.int32)
    ends = {"starts": starts[:-1].copy(), "stops": starts[1:].copy()}
    return {"values": X.data, "indices": indices, **ends}


def _coordinate_sweeps(data, rng):
    n, m, K = data["rows"], data["columns"], min(4, data["outputs"])
    if K == 1:
        mean = np.zeros((1, n))
    else:
        mean = np.ascontiguousarray(rng.dirichlet(np.ones(K), size=n).T)
    bound = 0.1 if data["options"][3] else np.inf
    arguments = {
        **_columns(data, rng),
        "mean": mean,
        "curvature": rng.random((K, n)) / n,
        "gradient": rng.normal(size=(m, K)),
        "parameters": np.zeros((m, K)),
        "l1": 0.1 * rng.random(m),
        "l2": np.zeros(m),
        "lower": np.full((m, K), -bound),
        "upper": np.full((m, K), bound),
        "step_scores": np.zeros((K, n)),
        "order": rng.permutation(m),
    }
    return arguments, {"share": 1e-9, "max_sweeps": 12}


def _column_products(data, rng):
    score_gradient = rng.normal(size=(data["outputs"], data["rows"]))
    return {**_columns(data, rng), "score_gradient": score_gradient}, {}


def _violations(data, rng):
    shape = (data["columns"], data["outputs"])
    return {
        "gradient": data["scale"] * rng.normal(size=shape),
        "parameters": rng.choice([-0.5, 0.0, 1.5], size=shape),
        "l1": rng.random(shape[0]),
        "l2": rng.random(shape[0]),
        "lower": np.full(shape, -0.5),
        "upper": np.full(shape, np.inf),
    }, {}


def _log_loss(data, rng):
    shape = (data["outputs"], data["rows"])
    return {
        "scores": data["scale"] * rng.normal(size=shape),
        "targets": rng.random(shape),
        "weight": rng.random(shape[1]),
        "mean": np.zeros(shape),
        "score_gradient": np.zeros(shape),
    }, {}


def _limited_memory_direction(data, rng):
    size, n = data["outputs"], data["columns"]
    steps = rng.normal(size=(size, n))
    return {
        "gradient": data["scale"] * rng.normal(size=n),
        "steps": steps,
        "changes": steps * rng.uniform(0.5, 2, size=n),
    }, {"newest": int(rng.integers(size)), "n_pairs": int(rng.integers(size + 1))}


def _run_program(data, rng):
    n, K = data["rows"], data["outputs"]
    of_rows = data["options"][3]
    shape = (n, K if of_rows else data["columns"])
    program = loss_program((huber, softmax_loss)[data["options"][4]], K)
    if not of_rows:
        shape = (shape[0] * shape[1], 1)
        program = function_program(random_function(int(rng.integers(1000))))
    return {
        **program._asdict(),
        "first": numbers(data, rng, *shape),
        "second": numbers(data, rng, *shape) if of_rows else None,
        "value": np.zeros((shape[0], 1), data["dtype"]),
        "derivative": None if data["options"][5] else np.zeros(shape, data["dtype"]),
    }, {}

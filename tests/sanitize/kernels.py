"""Call the exported kernels directly, with valid arguments and with faulty ones.

Arrays of indices (indices, starts, stops, order, labels, classes) are always valid,
since they are checked once per fit, before the kernels. One of the other arrays may be
too short, in another layout or of another dtype; the kernel must raise ValueError, or
compute the right result.
"""

from itertools import pairwise

import numpy as np
import scipy.sparse

from skmlp import _kernels, activations, losses
from skmlp.activations import Activation
from skmlp.graph.programs import function_program, loss_program
from skmlp.losses import CurvedLoss, Loss, MultinomialLogLoss, PerColumn
from skmlp.losses.one_hot import OneHotTargets
from skmlp.network import fused
from skmlp.solvers.step_bounds import StepBounds
from tests.helpers.kernel_tuples import TUPLES, bundled
from tests.helpers.perceptron_progress import progress_of, words_of
from tests.helpers.random_functions import (
    huber,
    mish,
    random_function,
    softmax_loss,
)

PLACES = ("indices", "starts", "stops", "order", "labels", "classes", "layer_sizes")
PLACES += ("activations", "code", "is_wide", "outputs")
BOUNDS = ("clip_value", "clip_norm", "max_norm")
N_STATES = {"momentum": 1, "adam": 2, "amsgrad": 3, "nadam": 2, "rmsprop": 2}
N_STATES |= {"adagrad": 1, "adadelta": 2}
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
WHOLE_RUNS = ("train_batches", "objective_sums", "network_scores", "curvature_sums")
SCALARS = {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "epsilon": 1e-8}
SCALARS |= {"beta_1": 0.9, "beta_2": 0.999, "decay": 0.95, "step_size": 1e-3}
SCALARS |= {"gradient_step_size": 1e-3}


def run(case):
    """Call the kernel of a case once, with valid or faulty arguments."""
    name = case.subject.removeprefix("kernel ")
    rng, data = np.random.default_rng(case.number), case.data
    if name in WHOLE_RUNS:
        return _whole_run(name, case, rng)
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


def spoil(arguments, case):
    """Replace one of the arrays of numbers by one with the fault of the case."""
    fault = case.settings["fault"]
    names = [
        name
        for name, value in arguments.items()
        if isinstance(value, np.ndarray) and name not in PLACES and value.size
    ]
    if fault == "none" or not names:
        return
    name = names[case.data["argument"] % len(names)]
    arguments[name] = altered(arguments[name], fault, case.data["options"])


def altered(array, fault, options):
    """Return the array shortened, in another layout, or of another dtype."""
    if fault == "wrong length":
        return array[:-1].copy() if options[0] else array[..., :-1].copy()
    if fault == "other dtype":
        other = {"float32": "f8", "float64": "f4"}.get(array.dtype.name, "f8")
        return array.astype(other)
    if options[0]:
        return array[::-1].copy()[::-1]
    if options[1]:
        return np.repeat(array, 2, axis=-1)[..., ::2]
    if options[2] and array.ndim == 2:
        return np.asfortranarray(array)
    changed = np.frombuffer(bytearray(1 + array.nbytes), array.dtype, offset=1)
    changed = changed.reshape(array.shape)
    changed[...] = array
    return changed


def _numbers(data, rng, *shape):
    with np.errstate(over="ignore"):
        return (data["scale"] * rng.normal(size=shape)).astype(data["dtype"])


def _step(name, data, rng):
    n = data["rows"] * data["columns"] - 1
    arguments = {key: _numbers(data, rng, n) for key in ("parameters", "gradient")}
    for state in range(STATES[name]):
        arguments[f"state {state}"] = np.abs(_numbers(data, rng, n))
    return arguments, {key: SCALARS[key] for key in RATES[name]}


def _class_moments(data, rng):
    n, d, K = data["rows"], data["columns"], data["outputs"]
    X = _numbers(data, rng, n, d)
    return {
        "X": np.asfortranarray(X) if data["options"][3] else X,
        "labels": rng.integers(K, size=n),
        "weights": rng.random(n),
        "shifts": data["scale"] * rng.normal(size=(K, d)),
    }, {"in_float32": data["options"][4]}


def _rows(data, rng, X):
    """Return the arguments dense, values, indices and starts of dense or CSR rows."""
    rows = dict.fromkeys(("dense", "values", "indices", "starts"))
    if not data["sparse"]:
        return rows | {"dense": X}
    X = scipy.sparse.csr_array(np.where(rng.random(X.shape) < 0.5, 0, X))
    indices, starts = X.indices.astype(np.int32), X.indptr.astype(np.int32)
    return rows | {"values": X.data, "indices": indices, "starts": starts}


def _perceptron_epochs(data, rng):
    n, d, K = data["rows"], data["columns"], data["outputs"]
    dtype, options = data["dtype"], data["options"]
    joint, averaged = options[3] and K > 1, options[4]
    active = np.ones(K, np.uint8) if joint else (rng.random(K) < 0.8).astype(np.uint8)
    arguments = {
        "weights": _numbers(data, rng, K, d),
        "intercepts": _numbers(data, rng, K),
        "l1_due": np.zeros(K, dtype),
        "l1_paid": np.zeros((K, d), dtype),
        "weight_sums": np.zeros((K, d)) if averaged else None,
        "intercept_sums": np.zeros(K) if averaged else None,
        "active": active,
        "classes": np.array([1]) if K == 1 else np.arange(K),
        **_rows(data, rng, _numbers(data, rng, n, d)),
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
        "first": _numbers(data, rng, *shape),
        "second": _numbers(data, rng, *shape) if of_rows else None,
        "value": np.zeros((shape[0], 1), data["dtype"]),
        "derivative": None if data["options"][5] else np.zeros(shape, data["dtype"]),
    }, {}


def _loss(data, rng, curved):
    """Return a loss, targets y for it, and its number of scores per row."""
    names = sorted(Loss.table)
    if curved:
        names = [name for name in names if issubclass(Loss.table[name], CurvedLoss)]
    name = names[data["loss"] % len(names)]
    n, K = data["rows"], data["outputs"]
    loss = Loss.table[name]()
    if data["options"][7] and not curved:
        sizes = tuple(int(size) for size in rng.integers(1, 5, size=K))
        loss = PerColumn(MultinomialLogLoss(0.1), sizes)
        return loss, rng.integers(sizes, size=(n, K)).astype(data["dtype"]), sum(sizes)
    if data["options"][6] and not curved:
        loss = losses.PlainFunction((huber, softmax_loss)[data["options"][4]])
        if data["options"][5]:
            return OneHotTargets(loss), rng.integers(K, size=n), K
        return loss, rng.gamma(2.0, size=(n, K)).astype(data["dtype"]), K
    n_scores = K * loss.scores_per_target
    if name.startswith("multi"):
        return loss, rng.integers(K, size=n), n_scores
    y = rng.gamma(2.0, size=(n, K))
    y = (y > 1) if name.startswith("binary") else y
    return loss, y.astype(data["dtype"]), n_scores


def _whole_run(name, case, rng):
    data, options = case.data, case.data["options"]
    dtype = np.dtype(data["dtype"])
    curved = name == "curvature_sums"
    loss, y, n_scores = _loss(data, rng, curved)
    hidden = () if curved else data["hidden"]
    sizes = (data["columns"], *hidden, n_scores)
    known = [*map(Activation.table.get, sorted(Activation.table))]
    known.append(lambda: activations.PlainFunction(mish))
    layers_activations = [
        known[(data["activation"] + 5 * layer) % len(known)]()
        for layer in range(len(hidden))
    ]
    rows = _rows(data, rng, _numbers(data, rng, data["rows"], data["columns"]))
    dense, entries = rows.pop("dense"), rows.pop("values")
    problem = {
        "layer_sizes": np.array(sizes),
        "activations": np.array(
            [_kernels.ACTIVATIONS.index(a.kernel) for a in layers_activations],
            dtype=np.int64,
        ),
        "activation_settings": np.array(
            [a.setting for a in layers_activations], dtype=float
        ),
        "loss": _kernels.LOSSES.index(loss.kernel),
        "loss_settings": np.array(loss.settings, dtype=float),
        "has_intercepts": options[3],
        "X": entries if dense is None else dense,
        **rows,
        "y": y if y.ndim == 2 else None,
        "labels": y if y.ndim == 1 else None,
        "sample_weight": rng.random(len(y)).astype(dtype) if options[4] else None,
    }
    n = sum(a * b + options[3] * b for a, b in pairwise(sizes))
    call = {"parameters": _numbers(data | {"scale": 0.3}, rng, n)}
    spoils_problem = case.data["argument"] % 3 == 0
    if spoils_problem:
        spoil(problem, case)
    parts = iter(problem.values())
    layers = [next(parts) for _ in range(3)]
    *loss_parts, has_intercepts = [next(parts) for _ in range(3)]
    rows, targets = ([next(parts) for _ in range(3)] for _ in range(2))
    layers.append(has_intercepts)
    programs = (*[a.program() for a in layers_activations], loss.program(n_scores))
    problem = _kernels.Problem(dtype, layers, loss_parts, rows, targets, programs)
    if curved:
        data = data | {"joined": problem.joins_outputs}
    call, settings = globals()[f"_call_{name}"](call, data, rng, n, sizes)
    if not spoils_problem:
        spoil(call, case)
    arrays = [call.pop(key) for key in list(call) if key.startswith("state")]
    if name == "train_batches":
        dropout, rule = call.pop("dropout"), settings.pop("rule")
        noise = fused.FusedNoise(
            dropout, settings.pop("input_noise"), settings.pop("seed")
        )
        parameters, gradients, order, step_sizes, constants = call.values()
        update = fused.FusedUpdate(rule, arrays, step_sizes, constants)
        kernel = _kernels.train_batches["float" if dtype == "f4" else "double"]
        kernel(
            problem,
            parameters,
            gradients,
            update,
            order,
            bounds=StepBounds(**{key: settings.pop(key) for key in BOUNDS}),
            noise=None if dropout is None else noise,
            **settings,
        )
        return
    getattr(_kernels, name)(problem, *call.values(), **settings)


def _call_train_batches(call, data, rng, n, sizes):
    options, n_rows = data["options"], data["rows"]
    batch = (1, 3, 8, 32, 100, n_rows)[data["argument"] % 6]
    rule = data["rule"] % len(_kernels.UPDATE_RULES)
    n_states = N_STATES[_kernels.UPDATE_RULES[rule]]
    n_parts = (1, 1, 2, 4, 16)[data["argument"] % 5]
    call["gradients"] = np.empty((n_parts, n), data["dtype"])
    call["order"] = rng.permutation(n_rows) if options[5] else None
    n_batches = -(-n_rows // batch)
    call["step_sizes"] = np.tile([1e-3, 1e-3, 0.99], (n_batches, 1))
    call["constants"] = np.array([0.9, 0.9, 1e-8])
    dropout = rng.choice((0.0, 0.5), size=len(sizes) - 1)
    call["dropout"] = dropout if options[6] and not data["sparse"] else None
    for state in range(n_states):
        call[f"state {state}"] = np.zeros(n, data["dtype"])
    no_limit = np.inf
    settings = {
        "n_rows": n_rows,
        "batch_size": batch,
        "rule": rule,
        "l2": 0.1,
        "l1": 0.01 if options[0] else 0.0,
        "clip_value": 1e-3 if options[1] else no_limit,
        "clip_norm": 1e-2 if options[2] else no_limit,
        "max_norm": 0.5 if options[4] else no_limit,
        "input_noise": 0.1 if options[0] else 0.0,
        "seed": 2**63 + 5,
    }
    return call, settings


def _call_objective_sums(call, data, rng, n, sizes):
    call["block_gradient"] = np.empty(n, data["dtype"])
    call["gradient"] = np.zeros(n)
    return call, _ranges(data)


def _call_network_scores(call, data, rng, n, sizes):
    first, last = _ranges(data)["rows"]
    call["scores"] = np.empty((last - first, sizes[-1]), data["dtype"])
    return call, _ranges(data)


def _call_curvature_sums(call, data, rng, n, sizes):
    K, side = sizes[-1], sizes[0] + data["options"][3]
    n_pairs = K * (K + 1) // 2 if data["joined"] else K
    call["sums"] = np.zeros((n_pairs, side, side))
    return call, {**_ranges(data), "pairs": (0, n_pairs)}


def _ranges(data):
    first = data["rows"] // 3 if data["options"][5] else 0
    block_rows = (1, 5, 256)[data["argument"] % 3]
    return {"rows": (first, data["rows"]), "block_rows": block_rows}

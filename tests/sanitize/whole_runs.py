"""Call the kernels of networks: whole runs over rows, by valid and faulty arguments."""

from itertools import pairwise

import numpy as np

from skmlp import _kernels, activations, losses
from skmlp.activations import Activation
from skmlp.losses import CurvedLoss, Loss, MultinomialLogLoss, PerColumn
from skmlp.losses.one_hot import OneHotTargets
from skmlp.network import fused
from skmlp.solvers.step_bounds import StepBounds
from tests.helpers.random_functions import huber, mish, softmax_loss
from tests.sanitize.arguments import numbers, rows_of, spoil

N_STATES = {"momentum": 1, "adam": 2, "amsgrad": 3, "nadam": 2, "rmsprop": 2}
N_STATES |= {"adagrad": 1, "adadelta": 2}
BOUNDS = ("clip_value", "clip_norm", "max_norm")
WHOLE_RUNS = ("train_batches", "objective_sums", "network_scores", "curvature_sums")


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


def whole_run(name, case, rng):
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
    rows = rows_of(data, rng, numbers(data, rng, data["rows"], data["columns"]))
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
    call = {"parameters": numbers(data | {"scale": 0.3}, rng, n)}
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

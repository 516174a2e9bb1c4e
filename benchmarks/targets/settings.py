"""Five settings of each library for each target; the best one of a library counts."""

from benchmarks.targets.learners import Ours, Theirs
from benchmarks.targets.torch_training import Torch
from skmlp.solvers import OneCycle

# Its best accuracy is what a task with `below_best` starts from.
LONG_TRAINING = Ours(
    "64-64, adamw 0.01, batch 256, one cycle of 20",
    parameters={
        "hidden_layer_sizes": (64, 64),
        "solver": "adamw",
        "learning_rate_init": 0.01,
        "learning_rate": "one_cycle",
        "batch_size": 256,
        "max_iter": 20,
    },
)


def _name(hidden, rule, rate, batch_size, cycle=None):
    """Return the description of a network and its training."""
    units = "-".join(map(str, hidden)) or "linear"
    rows = "all rows" if batch_size is None else f"batch {batch_size}"
    more = f", one cycle of {cycle}" if cycle else ""
    return f"{units}, {rule} {rate:g}, {rows}{more}"


def _network(kind, hidden, solver, rate, batch_size, cycle=None, **more):
    """Return the setting of an estimator; `cycle` is the length of one cycle."""
    parameters = {
        "hidden_layer_sizes": hidden,
        "solver": solver,
        "learning_rate_init": rate,
        "batch_size": batch_size,
    }
    if cycle:
        parameters |= {"learning_rate": OneCycle(period=cycle), "max_iter": cycle}
    name = _name(hidden, solver, rate, batch_size, cycle)
    return kind(name, parameters=parameters | more)


def _ours(*rows):
    return tuple(_network(Ours, *row) for row in rows)


def _theirs(*rows):
    return tuple(_network(Theirs, *row) for row in rows)


def _torch(*rows):
    """Return settings from (hidden, rule, rate, batch size[, cycle])."""
    return tuple(
        Torch(
            _name(hidden, rule, rate, *more),
            hidden,
            rule,
            rate,
            *more,
            options=_TORCH_OPTIONS[rule],
        )
        for hidden, rule, rate, *more in rows
    )


_TORCH_OPTIONS = {
    "Adam": (("fused", True),),
    "AdamW": (("fused", True),),
    "SGD": (("fused", True), ("momentum", 0.9), ("nesterov", True)),
    "LBFGS": (("max_iter", 20), ("line_search_fn", "strong_wolfe")),
}


def _logistic(kind, **parameters):
    text = ", ".join(f"{name}={value}" for name, value in parameters.items())
    return kind(f"LogisticRegression({text})", "LogisticRegression", parameters)


SETTINGS = {
    "Fashion-MNIST, accuracy 0.88": {
        "ours": _ours(
            ((64,), "adamw", 0.008, 128, 8),
            ((96,), "adamw", 0.006, 128, 6),
            ((128,), "adamw", 0.006, 128, 6),
            ((128,), "nadam", 0.006, 128, 6),
            ((256,), "adamw", 0.006, 256, 5),
        ),
        "theirs": _theirs(
            ((64,), "adam", 0.004, 512),
            ((96,), "adam", 0.003, 512),
            ((128,), "adam", 0.003, 512),
            ((256,), "adam", 0.001, 128),
            ((128,), "sgd", 0.1, 128),
        ),
        "torch_eager": _torch(
            ((64,), "AdamW", 0.008, 128, 8),
            ((96,), "AdamW", 0.006, 128, 6),
            ((128,), "AdamW", 0.006, 128, 6),
            ((256,), "AdamW", 0.004, 128, 5),
            ((256,), "AdamW", 0.006, 256, 5),
        ),
    },
    "digits, accuracy 0.98": {
        "ours": _ours(
            ((80,), "nadam", 0.02, 16, 8),
            ((80,), "nadam", 0.04, 32),
            ((64,), "adamw", 0.04, 64),
            ((100,), "adamw", 0.01, 32),
            ((100,), "sgd", 0.2, 64),
        ),
        "theirs": _theirs(
            ((128,), "adam", 0.05, 200),
            ((100,), "adam", 0.02, 128),
            ((100,), "sgd", 0.6, 200),
            ((100,), "sgd", 0.2, 64),
            ((100,), "sgd", 0.45, 128),
        ),
        "torch_eager": _torch(
            ((200,), "AdamW", 0.01, 128),
            ((100,), "AdamW", 0.02, 128),
            ((200,), "Adam", 0.01, 64),
            ((200,), "SGD", 0.2, 64),
            ((100,), "SGD", 0.4, 128),
        ),
    },
    "breast cancer, accuracy 0.97": {
        "ours": (
            _logistic(Ours, solver="newton-cholesky"),
            *_ours(
                ((64,), "nadam", 0.04, 32),
                ((64,), "adam", 0.05, 128),
                ((), "sgd", 0.15, 128),
                ((16,), "sgd", 0.2, 32),
            ),
        ),
        "theirs": (
            _logistic(Theirs),
            _logistic(Theirs, solver="newton-cholesky"),
            *_theirs(
                ((), "sgd", 0.4, 32),
                ((8,), "sgd", 0.7, 200),
                ((32,), "adam", 0.02, 64),
            ),
        ),
        "torch_eager": _torch(
            ((), "LBFGS", 1.0, None),
            ((), "Adam", 0.05, 64),
            ((32,), "Adam", 0.02, 64),
            ((16,), "SGD", 0.2, 32),
            ((), "SGD", 0.5, 32),
        ),
    },
    "table 100,000 × 20, 0.002 below the best accuracy": {
        "ours": _ours(
            ((64, 64), "adamw", 0.01, 256, 6),
            ((64, 64), "adamw", 0.01, 256, 8),
            ((64, 64), "adamw", 0.01, 128, 6),
            ((64, 64), "adamw", 0.02, 512, 8),
            ((32, 32), "adam", 0.003, 512),
        ),
        "theirs": _theirs(
            ((32, 32), "adam", 0.003, 512),
            ((32, 32), "adam", 0.003, 256),
            ((32, 32), "adam", 0.005, 1024),
            ((32, 32), "adam", 0.002, 512),
            ((48, 48), "adam", 0.003, 512),
        ),
        "torch_eager": _torch(
            ((64, 64), "AdamW", 0.01, 256, 6),
            ((64, 64), "AdamW", 0.01, 256, 8),
            ((64, 64), "AdamW", 0.02, 512, 8),
            ((64, 64), "AdamW", 0.02, 1024, 10),
            ((32, 32), "Adam", 0.003, 512),
        ),
    },
}

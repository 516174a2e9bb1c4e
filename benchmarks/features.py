"""Measure the cost of a feature of the networks: time of a step with ÷ without it.

The network is 64-100-10, or 64-100-1 for a regressor, on the digits in float32. It is
trained by Adam for 10 epochs in batches of 32, with one thread; for plain functions,
for 100 epochs in batches of 200. Fits with and without the feature take turns.
"""

from dataclasses import dataclass, field
from statistics import median

import numpy as np
from scipy.special import ndtr
from threadpoolctl import threadpool_limits

import skmlp
from benchmarks import contestants, datasets
from skmlp.losses import LogLoss, Quantile

BATCH = 32
_COMMON_PARAMETERS = {
    "hidden_layer_sizes": (100,),
    "batch_size": BATCH,
    "max_iter": 10,
    "tol": 0.0,
    "n_iter_no_change": np.inf,
    "random_state": 0,
}


@dataclass(frozen=True)
class Feature:
    """Parameters of an estimator, compared with their defaults."""

    name: str
    settings: dict
    estimator: type = skmlp.MLPClassifier
    without: dict = field(default_factory=dict)
    max_ratio: float | None = None  # target: time of a step with ÷ without the feature
    batch: int = BATCH
    epochs: int = 10


def _losses(estimator, losses):
    """Yield a Feature for each loss."""
    for loss in losses:
        yield Feature(f"loss {loss}", {"loss": loss}, estimator)


def _plain(parameter, built_in, function, max_ratio, estimator=skmlp.MLPClassifier):
    """Return a Feature: a plain function beside the built-in part that is nearest."""
    return Feature(
        f"plain: {parameter} f / {built_in!r}",
        {parameter: function},
        estimator,
        without={parameter: built_in},
        max_ratio=max_ratio,
        batch=200,
        epochs=100,
    )


def _mish(z):
    return z * np.tanh(np.log1p(np.exp(z)))


def _huber(y, scores):
    error = np.abs(scores - y)
    return np.sum(np.where(error <= 1, 0.5 * error**2, error - 0.5), axis=1)


def _squared_hinge(y, scores):
    return np.sum(np.maximum(1 - (2 * y - 1) * scores, 0) ** 2, axis=1)


FEATURES = (
    *(
        Feature(f"activation {name}", {"activation": name})
        for name in ("tanh", "leaky_relu", "elu", "selu", "gelu", "silu", "mish")
    ),
    *(
        Feature(f"activation {name}", {"activation": name})
        for name in ("softplus", "softsign", "sign")
    ),
    Feature("activation (f, df)", {"activation": (np.sin, np.cos)}),
    _plain("activation", "gelu", lambda z: z * ndtr(z), 1.5),
    _plain("activation", "mish", _mish, 1.5),
    _plain("loss", "huber", _huber, 1.3, skmlp.MLPRegressor),
    _plain("loss", "hinge", _squared_hinge, 1.3),
    *_losses(skmlp.MLPClassifier, ("focal_loss", "hinge", LogLoss(0.1))),
    *_losses(skmlp.MLPRegressor, ("absolute_error", "huber", "quantile", "poisson")),
    *_losses(skmlp.MLPRegressor, ("gamma", "gaussian_nll", Quantile([0.1, 0.5, 0.9]))),
    Feature("solver adamw", {"solver": "adamw"}, max_ratio=1.05),
    *(
        Feature(f"solver {name}", {"solver": name})
        for name in ("amsgrad", "nadam", "rmsprop", "adagrad", "adadelta")
    ),
    Feature("schedule one_cycle", {"learning_rate": "one_cycle"}, max_ratio=1.05),
    Feature("dropout=0.2", {"dropout": 0.2}, max_ratio=1.25),
    Feature("input_dropout=0.2", {"input_dropout": 0.2}),
    Feature("input_noise=0.1", {"input_noise": 0.1}),
    Feature("l1_ratio=0.5", {"l1_ratio": 0.5}),
    Feature("clip_value=0.1", {"clip_value": 0.1}),
    Feature("clip_norm=1", {"clip_norm": 1.0}),
    Feature("max_norm=2", {"max_norm": 2.0}),
)


def seconds(name, repeats):
    """Return median seconds of a step (with the feature, without it).

    The two run in turns, after one run of each to warm up.
    """
    feature = next(feature for feature in FEATURES if feature.name == name)
    data = datasets.digits()
    if feature.estimator is skmlp.MLPRegressor:  # 'gamma' needs positive targets
        data = data._replace(y=(1 + data.y).astype(data.X.dtype))
    runs = [
        contestants.epochs(
            feature.estimator(
                **_COMMON_PARAMETERS
                | {"batch_size": feature.batch, "max_iter": feature.epochs}
                | feature.without
                | settings
            ),
            batch_size=feature.batch,
        )(data)
        for settings in (feature.settings, {})
    ]
    with threadpool_limits(1):
        times = [[run().seconds for run in runs] for _ in range(repeats + 1)][1:]
    return tuple(median(column) for column in zip(*times, strict=True))

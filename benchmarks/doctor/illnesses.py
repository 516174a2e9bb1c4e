"""Networks that are ill on purpose: each illness in variants over data and seeds."""

from dataclasses import dataclass, replace

import numpy as np
from sklearn import datasets

from benchmarks.doctor.data import CLASSIFICATION, REGRESSION, Split, split
from skmlp import MLPClassifier, MLPRegressor
from skmlp.initializers import Initializer

N_VARIANTS = 10


@dataclass(frozen=True)
class Patient:
    """Estimator that is to be fitted, and its rows."""

    estimator: object
    data: Split
    passes_validation: bool = False  # X_val and y_val go to the fit, too

    def fitted(self):
        """Return the estimator, fitted."""
        rows = {}
        if self.passes_validation:
            rows = {"X_val": self.data.X_val, "y_val": self.data.y_val}
        return self.estimator.fit(self.data.X, self.data.y, **rows)


def _network(data, seed, **settings):
    """Return a network for labels or for numbers, with sensible settings otherwise."""
    kind = MLPClassifier if data.is_classification else MLPRegressor
    return kind(
        **{"hidden_layer_sizes": (30,), "max_iter": 300, "random_state": seed}
        | settings
    )


def _any(variant, **settings):
    """Return the split of a data set for a variant: two of three have labels."""
    names = REGRESSION if variant % 3 == 2 else CLASSIFICATION
    return split(names[variant % len(names)], variant, **settings)


def _labelled(variant, **settings):
    return split(CLASSIFICATION[variant % len(CLASSIFICATION)], variant, **settings)


def _numeric(variant, **settings):
    return split(REGRESSION[variant % len(REGRESSION)], variant, **settings)


def inputs_not_scaled(variant):
    """Some columns are large, or far from zero."""
    data, rng = _any(variant), np.random.default_rng(variant)
    d = data.X.shape[1]
    chosen = rng.permutation(d)[: max(1, d // 3)]
    factor, shift = np.ones(d), np.zeros(d)
    factor[chosen] = 10.0 ** rng.uniform(2, 4, size=len(chosen))
    shift[chosen[::2]] = factor[chosen[::2]] * rng.uniform(1, 5)
    data = replace(data, X=data.X * factor + shift, X_val=data.X_val * factor + shift)
    return Patient(_network(data, variant, max_iter=100), data)


def target_not_scaled(variant):
    """Y is a number of thousands."""
    data = _numeric(variant)
    size = 10.0 ** (2 + variant % 3)
    data = replace(data, y=size * (data.y + 2), y_val=size * (data.y_val + 2))
    return Patient(_network(data, variant, max_iter=100), data)


def useless_columns(variant):
    """Columns of one value, and copies of others."""
    data = _any(variant)
    d = data.X.shape[1]

    def widened(X):
        copies = np.tile(X, (1, 4))
        return np.hstack([X, copies, np.full((len(X), 3 * d), 0.5)])

    data = replace(data, X=widened(data.X), X_val=widened(data.X_val))
    return Patient(_network(data, variant), data)


def leaking_column(variant):
    """One column is y, with a little noise, in another unit."""
    data, rng = _any(variant), np.random.default_rng(variant)
    if data.is_classification and data.name in ("blobs", "iris"):
        data = split("overlapping", variant)

    def with_y(X, y):
        column = y + 0.01 * rng.normal(size=len(y))
        return np.hstack([X, (column[:, None] - 0.5)])

    data = replace(data, X=with_y(data.X, data.y), X_val=with_y(data.X_val, data.y_val))
    return Patient(_network(data, variant), data)


def vanishing_gradients(variant):
    """Many layers of sigmoids."""
    data = _any(variant)
    depth = 6 + variant % 4
    network = _network(
        data,
        variant,
        hidden_layer_sizes=(20,) * depth,
        activation="logistic",
        max_iter=60,
    )
    return Patient(network, data)


def _large_weights(factor):
    def draw(fan_in, fan_out, generator):
        return factor * generator.normal(size=(fan_in, fan_out)) / np.sqrt(fan_in)

    return draw


def exploding_gradients(variant):
    """Layers whose weights are three times too large."""
    data = _any(variant)
    network = _network(
        data,
        variant,
        hidden_layer_sizes=(30,) * (5 + variant % 3),
        activation=("relu", "identity", "leaky_relu")[variant % 3],
        weight_init=_large_weights(3.5),
        max_iter=30,
        learning_rate_init=1e-4,
    )
    return Patient(network, data)


def saturated_units(variant):
    """Bounded units with large first weights."""
    data = _any(variant)
    network = _network(
        data,
        variant,
        activation=("tanh", "logistic")[variant % 2],
        weight_init=_large_weights(20.0),
        max_iter=60,
    )
    return Patient(network, data)


class SunkUnits(Initializer):
    """Glorot's weights, and intercepts that keep most rectified units at zero."""

    def draw(self, fan_in, fan_out, *, gain, generator):
        """Return the weights (fan_in, fan_out) and the intercepts (fan_out,)."""
        bound = gain / np.sqrt(fan_in + fan_out)
        weights = generator.uniform(-bound, bound, size=(fan_in, fan_out))
        return weights, np.where(np.arange(fan_out) < 0.8 * fan_out, -20.0, 0.0)


def dead_units(variant):
    """Rectified units that are zero for all rows, from the start or by large steps."""
    data = _any(variant)
    settings = {"weight_init": SunkUnits(), "hidden_layer_sizes": (20, 10)}
    if variant % 3 == 0:
        settings = {"learning_rate_init": 0.3, "hidden_layer_sizes": (30, 30)}
    return Patient(_network(data, variant, max_iter=60, tol=0, **settings), data)


def too_high_rate(variant):
    """Adam with steps of half a weight and more."""
    data = _any(variant)
    rate = (1.0, 2.0, 3.0)[variant % 3]
    return Patient(
        _network(data, variant, learning_rate_init=rate, max_iter=60, tol=0), data
    )


def too_low_rate(variant):
    """Steps of a millionth."""
    data = _any(variant)
    rate = (1e-6, 3e-6, 1e-5)[variant % 3]
    return Patient(
        _network(
            data,
            variant,
            learning_rate_init=rate,
            max_iter=60,
            tol=0,
            n_iter_no_change=100,
        ),
        data,
    )


def stopped_too_early(variant):
    """A few epochs."""
    data = _any(variant)
    return Patient(_network(data, variant, max_iter=(6, 8, 10)[variant % 3]), data)


def _with_noise(data, share, seed):
    """Return the split with some labels of training replaced, or noisy numbers."""
    rng, y = np.random.default_rng(seed), data.y.copy()
    if data.is_classification:
        wrong = rng.random(len(y)) < share
        y[wrong] = rng.choice(np.unique(y), size=wrong.sum())
    else:
        y = y + 3 * share * rng.normal(size=len(y))
    return replace(data, y=y)


def ran_too_long(variant):
    """Two thousand epochs on noisy labels, with validation rows that show it."""
    data = _with_noise(_labelled(variant, rows=200), 0.3, variant)
    network = _network(
        data,
        variant,
        hidden_layer_sizes=(100,),
        max_iter=1500,
        tol=0,
        n_iter_no_change=10_000,
        learning_rate_init=0.01,
    )
    return Patient(network, data, passes_validation=True)


def underfitting(variant):
    """A linear model of circles, or one unit."""
    data = split("circles", variant)
    sizes = ((), (1,))[variant % 2]
    network = _network(data, variant, hidden_layer_sizes=sizes, max_iter=1000)
    return Patient(network, data)


def overfitting(variant):
    """Noisy labels, learnt by heart."""
    names = [each for each in CLASSIFICATION if each not in ("moons", "circles")]
    data = split(names[variant % len(names)], variant, rows=280)
    data = _with_noise(data, 0.3, variant)
    network = _network(
        data,
        variant,
        hidden_layer_sizes=(20 if data.name == "digits" else 40,),
        max_iter=2000,
        tol=0,
        n_iter_no_change=10_000,
        learning_rate_init=0.01,
    )
    return Patient(network, data)


def too_wide(variant):
    """Thousands of units for sixty rows."""
    data = _with_noise(_labelled(variant, rows=90), 0.2, variant)
    network = _network(
        data,
        variant,
        hidden_layer_sizes=(200, 200),
        max_iter=400,
        tol=0,
        n_iter_no_change=10_000,
        learning_rate_init=0.003,
    )
    return Patient(network, data)


def imbalance_ignored(variant):
    """Of one class there are a few rows, and it overlaps the others."""
    share = (0.04, 0.06, 0.08)[variant % 3]
    X, y = datasets.make_classification(
        1500,
        8,
        n_informative=4,
        weights=[1 - share],
        class_sep=0.6,
        flip_y=0,
        random_state=variant,
    )
    half = 1000
    data = Split("imbalanced", X[:half], y[:half], X[half:], y[half:])
    return Patient(_network(data, variant, max_iter=60), data)


def one_class_only(variant):
    """Rare rows that a strong penalty hides."""
    X, y = datasets.make_classification(
        1200,
        6,
        n_informative=4,
        weights=[0.85],
        class_sep=0.8,
        flip_y=0,
        random_state=variant,
    )
    data = Split("rare", X[:800], y[:800], X[800:], y[800:])
    return Patient(_network(data, variant, alpha=300.0, max_iter=100), data)


def unfit_first_weights(variant):
    """First weights far too small for many layers."""
    data = _any(variant)
    network = _network(
        data,
        variant,
        hidden_layer_sizes=(30,) * (4 + variant % 3),
        activation=("relu", "tanh")[variant % 2],
        weight_init=_large_weights(0.05),
        max_iter=60,
    )
    return Patient(network, data)


def over_regularised(variant):
    """A penalty of a hundred rows."""
    data = _any(variant)
    alpha = len(data.X) * (0.3, 1.0, 3.0)[variant % 3]
    return Patient(_network(data, variant, alpha=alpha), data)


def badly_calibrated(variant):
    """Overlapping classes, separated with certainty."""
    X, y = datasets.make_classification(
        600, 10, n_informative=5, class_sep=0.8, flip_y=0.2, random_state=variant
    )
    data = Split("overlapping", X[:300], y[:300], X[300:], y[300:])
    network = _network(
        data,
        variant,
        hidden_layer_sizes=(60,),
        max_iter=800,
        tol=0,
        n_iter_no_change=10_000,
        learning_rate_init=0.005,
    )
    return Patient(network, data)


def wrong_labels(variant):
    """Four of a hundred labels of a simple problem are of another class."""
    name = ("blobs", "breast cancer", "wine", "digits", "iris")[variant % 5]
    data, rng = split(name, variant), np.random.default_rng(variant)
    y = data.y.copy()
    wrong = rng.permutation(len(y))[: max(4, len(y) // 25)]
    y[wrong] = (y[wrong] + 1) % (y.max() + 1)
    data = replace(data, y=y)
    return Patient(
        _network(
            data, variant, hidden_layer_sizes=(30,), alpha=0.03 * len(y), max_iter=500
        ),
        data,
    )


def batch_at_odds(variant):
    """One step an epoch."""
    X, y = datasets.make_classification(
        3000, 12, n_informative=8, n_classes=3, class_sep=1.2, random_state=variant
    )
    data = Split("3,000 rows", X[:2000], y[:2000], X[2000:], y[2000:])
    network = _network(
        data, variant, batch_size=(2000, 1500, 1000)[variant % 3], max_iter=40
    )
    return Patient(network, data)


def divergence(variant):
    """Steps of thousands of gradients."""
    data = _any(variant)
    network = _network(
        data,
        variant,
        solver="sgd",
        learning_rate_init=10.0 ** (2 + variant % 3),
        activation=("relu", "identity")[variant % 2],
        max_iter=200,
    )
    return Patient(network, data)


# Name of the finding -> the illness.
ILLNESSES = {
    "inputs not scaled": inputs_not_scaled,
    "target not scaled": target_not_scaled,
    "constant or duplicate columns": useless_columns,
    "leak-like columns": leaking_column,
    "vanishing gradients": vanishing_gradients,
    "exploding gradients": exploding_gradients,
    "saturated units": saturated_units,
    "dead units": dead_units,
    "learning rate too high": too_high_rate,
    "learning rate too low": too_low_rate,
    "stopped too early": stopped_too_early,
    "ran too long": ran_too_long,
    "underfitting": underfitting,
    "overfitting": overfitting,
    "network wider than the data supports": too_wide,
    "imbalance ignored": imbalance_ignored,
    "predictions of one class only": one_class_only,
    "initialisation does not fit the activation": unfit_first_weights,
    "over-regularised": over_regularised,
    "probabilities badly calibrated": badly_calibrated,
    "labels that look wrong": wrong_labels,
    "batch size at odds with n": batch_at_odds,
    "divergence": divergence,
}


def healthy(name, seed):
    """Return a Patient without an illness."""
    data = split(name, seed)
    settings = {"alpha": 0.1, "max_iter": 2000, "early_stopping": "loss"}
    return Patient(_network(data, seed, **settings), data)

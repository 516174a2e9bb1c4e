"""Distribution of initial weights, and the parameter `weight_init`."""

import numpy as np
import pytest
import scipy.stats

from skmlp import MLPClassifier, MLPRegressor
from skmlp.activations import Activation
from skmlp.initializers import Initializer, Orthogonal

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
IN, OUT = 200, 300

# (variance, bound or None) of the papers.
FORMULAS = {
    "glorot_uniform": (2 / (IN + OUT), (6 / (IN + OUT)) ** 0.5),
    "glorot_normal": (2 / (IN + OUT), None),
    "he_uniform": (2 / IN, (6 / IN) ** 0.5),
    "he_normal": (2 / IN, None),
    "lecun_uniform": (1 / IN, (3 / IN) ** 0.5),
    "lecun_normal": (1 / IN, None),
}


def drawn(name, seed=0, shape=(IN, OUT), activation="relu"):
    return Initializer.resolve(name).draw(
        *shape,
        gain=Activation.table[activation].gain,
        generator=np.random.RandomState(seed),
    )


def first_weights(network, X, y):
    """Fit with a step size that leaves the initial weights unchanged."""
    network.set_params(max_iter=1, learning_rate_init=1e-300, solver="sgd")
    return network.fit(X, y)


@pytest.mark.parametrize("name", FORMULAS)
def test_weights_have_the_distribution_of_the_paper(name):
    variance, bound = FORMULAS[name]
    weights, intercepts = drawn(name)
    assert weights.shape == (IN, OUT)
    assert intercepts.shape == (OUT,)
    # The variance of 60,000 draws is within 1.5 %, except for about 1 seed in 100.
    assert weights.var() == pytest.approx(variance, rel=0.015)
    if bound is None:
        reference = scipy.stats.norm(scale=variance**0.5)
    else:
        assert np.abs(weights).max() <= bound
        reference = scipy.stats.uniform(-bound, 2 * bound)
    assert scipy.stats.kstest(weights.ravel()[:5000], reference.cdf).pvalue > 0.01
    assert intercepts.any() == (name == "glorot_uniform")


def test_the_logistic_activation_narrows_glorots_rule_as_in_scikit_learn():
    for name in ("glorot_uniform", "glorot_normal"):
        weights, _ = drawn(name, activation="logistic")
        assert weights.var() == pytest.approx(2 / 3 / (IN + OUT), rel=0.015)


@pytest.mark.parametrize(
    "shape", [(30, 30), (40, 25), (25, 40), (5, 1), (1, 5)], ids=str
)
@pytest.mark.parametrize("scale", [1.0, 2.0**0.5])
def test_orthogonal_weights_are_orthogonal(scale, shape):
    weights, intercepts = drawn(Orthogonal(scale), shape=shape)
    assert weights.shape == shape
    assert not intercepts.any()
    short = weights if shape[0] <= shape[1] else weights.T
    np.testing.assert_allclose(
        short @ short.T, scale**2 * np.eye(len(short)), atol=1e-13
    )


def test_orthogonal_weights_prefer_no_direction():
    # A uniform orthogonal matrix has entries of mean 0 and variance 1/n.
    entries = np.array([drawn("orthogonal", seed, (4, 4))[0] for seed in range(400)])
    assert np.abs(entries.mean(axis=0)).max() < 0.1
    np.testing.assert_allclose(entries.var(axis=0), 0.25, atol=0.06)


@pytest.mark.parametrize("name", sorted(Initializer.table))
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_seed_draws_the_same_weights_and_another_seed_others(
    estimator, name, bundled
):
    X, y = bundled("wine")
    networks = [
        first_weights(
            estimator(hidden_layer_sizes=(7, 4), weight_init=name, random_state=seed),
            X,
            y,
        )
        for seed in (0, 0, 1)
    ]
    generator = np.random.RandomState(0)
    gain = Activation.table["relu"].gain
    for layer, same in enumerate(networks[1].coefs_):
        np.testing.assert_array_equal(networks[0].coefs_[layer], same)
        assert not np.array_equal(networks[2].coefs_[layer], same)
        theirs, _ = Initializer.resolve(name).draw(
            *same.shape, gain=gain, generator=generator
        )
        np.testing.assert_array_equal(same, theirs)


def eye(fan_in, fan_out, generator):
    return np.eye(fan_in, fan_out) + 0.01 * generator.uniform(size=(fan_in, fan_out))


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_function_draws_the_weights(solver, bundled):
    X, y = bundled("wine")
    network = MLPClassifier((5,), weight_init=eye, solver=solver, random_state=3)
    again = MLPClassifier((5,), weight_init=eye, solver=solver, random_state=3)
    first, second = (n.set_params(max_iter=3).fit(X, y) for n in (network, again))
    np.testing.assert_array_equal(first.coefs_[0], second.coefs_[0])
    begun = first_weights(network, X.astype(np.float32), y)
    assert begun.coefs_[0].dtype == np.float32
    generator = np.random.RandomState(3)
    np.testing.assert_array_equal(
        begun.coefs_[0], eye(X.shape[1], 5, generator).astype(np.float32)
    )
    assert not begun.intercepts_[0].any()


@pytest.mark.parametrize(
    ("weight_init", "message"),
    [
        (lambda i, o, g: np.zeros((o, i)), r"weight_init gave .* of shape \(3, 4\)"),
        (
            lambda i, o, g: np.full((i, o), np.nan),
            "weight_init gave numbers that are not",
        ),
        (lambda i, o, g: np.full((i, o), "a"), "weight_init gave <U1"),
        (Orthogonal(0.0), "'scale' parameter of Orthogonal"),
        ("he", "'weight_init' parameter of MLPClassifier"),
    ],
)
def test_wrong_initial_weights_are_named(weight_init, message):
    network = MLPClassifier((3,), weight_init=weight_init)
    with pytest.raises(ValueError, match=message):
        network.fit(np.eye(4), np.arange(4) % 2)


@pytest.mark.parametrize("name", ["he_normal", "orthogonal"])
def test_deep_relu_networks_start_to_learn_where_small_weights_do_not(name, bundled):
    X, y = bundled("digits")
    X, y = X[:600], y[:600]

    def tiny(fan_in, fan_out, generator):
        return 0.01 * generator.normal(size=(fan_in, fan_out))

    settings = {"max_iter": 15, "learning_rate_init": 0.003, "random_state": 0}
    network = MLPClassifier((32,) * 8, batch_size=50, **settings)
    weight_init = Orthogonal(2**0.5) if name == "orthogonal" else name
    learnt = network.set_params(weight_init=weight_init).fit(X, y).score(X, y)
    stuck = network.set_params(weight_init=tiny).fit(X, y).score(X, y)
    assert stuck < 0.5 < 0.8 < learnt

"""Pictures of activations."""

import matplotlib
import numpy as np
import pytest
from display_cases import assert_readable, new_axes, on_every_page
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit

from skmlp import MLPClassifier, MLPRegressor, Perceptron
from skmlp.activations import Activation, ActivationsDisplay, LeakyReLU

matplotlib.use("Agg")
Z = np.linspace(-3.99, 3.99, 200)


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test has drawn."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


def bent(z):
    """Return a function that is not in the package."""
    return np.sqrt(1 + z * z)


@on_every_page
@pytest.mark.parametrize(
    "choice",
    [
        None,
        "tanh",
        {f"${k} a name of an activation that is long$": np.sin for k in range(10)},
    ],
    ids=["all", "one", "long names"],
)
def test_activations_are_readable_on_every_page_at_every_size(choice, page, size):
    with new_axes(size, page) as ax:
        display = ActivationsDisplay.from_activations(choice, ax=ax)
        assert_readable(display.figure_)


def test_all_activations_are_drawn_with_their_slopes():
    display = ActivationsDisplay.from_activations(z=Z)
    assert list(display.values) == list(Activation.table)
    step = 1e-6
    for name, derivative in display.derivatives.items():
        if name == "sign":  # its derivative is that of a smooth stand-in
            continue
        sigma = Activation.resolve(name)
        above, below = sigma.forward(Z + step)[0], sigma.forward(Z - step)[0]
        assert_allclose(derivative, (above - below) / (2 * step), atol=1e-5)
        assert_array_equal(display.lines_[name, "derivative"].get_ydata(), derivative)


def test_known_formulas_are_drawn():
    display = ActivationsDisplay.from_activations(["logistic", "tanh"], z=Z)
    assert_allclose(display.values["logistic"], expit(Z), atol=1e-12)
    assert_allclose(display.derivatives["tanh"], 1 - np.tanh(Z) ** 2, atol=1e-12)
    line = display.lines_["logistic", "value"]
    assert_allclose(line.get_ydata(), expit(Z), atol=1e-12)


def test_objects_functions_and_pairs_are_drawn_too():
    pair = (np.sin, np.cos)
    display = ActivationsDisplay.from_activations(
        [LeakyReLU(0.3), bent, pair, LeakyReLU(0.1)], z=Z
    )
    assert list(display.values) == ["leaky_relu", "bent", "sin", "leaky_relu (2)"]
    slopes = display.derivatives
    assert_allclose(slopes["leaky_relu"], np.where(Z > 0, 1, 0.3))
    assert_allclose(slopes["leaky_relu (2)"], np.where(Z > 0, 1, 0.1))
    assert_allclose(slopes["bent"], Z / np.sqrt(1 + Z * Z), rtol=1e-10)
    assert_allclose(slopes["sin"], np.cos(Z))
    alone = ActivationsDisplay.from_activations(pair)
    assert list(alone.values) == ["sin"]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_activations_of_a_network_are_drawn_once_each(rng):
    X = rng.normal(size=(20, 2))
    network = MLPRegressor(
        "squared_error", (3, 3, 3), activation=["tanh", bent, "tanh"], max_iter=1
    )
    display = ActivationsDisplay.from_estimator(network.fit(X, X[:, 0]))
    assert list(display.values) == ["tanh", "bent"]


def test_axes_of_the_user_are_used():
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(1, 2)
    display = ActivationsDisplay.from_activations(["relu", "elu"], ax=axes)
    assert list(display.axes_) == list(axes)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_what_is_no_activation_is_refused(rng):
    draw = ActivationsDisplay.from_activations
    with pytest.raises(ValueError, match="activation"):
        draw("rleu")
    with pytest.raises(ValueError, match="slope"):
        draw((np.sin, np.sin))
    with pytest.raises(ValueError, match="give from 1 to 24"):
        draw([])
    with pytest.raises(ValueError, match="z has shape"):
        draw("relu", z=[1.0])
    with pytest.raises(ValueError, match="names that values has"):
        ActivationsDisplay(Z, {"a": Z}, {"b": Z})
    with pytest.raises(ValueError, match="expected that of z"):
        ActivationsDisplay(Z, {"a": Z}, {"a": Z[1:]})
    with pytest.raises(TypeError, match="give a fitted"):
        ActivationsDisplay.from_estimator(np.sin)
    X = rng.normal(size=(20, 2))
    without = MLPClassifier((), max_iter=1).fit(X, X[:, 0] > 0)
    with pytest.raises(ValueError, match="no hidden layer"):
        ActivationsDisplay.from_estimator(without)
    with pytest.raises(ValueError, match="no hidden layer"):
        ActivationsDisplay.from_estimator(Perceptron().fit(X, X[:, 0] > 0))

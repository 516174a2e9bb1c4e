"""Values and derivatives of activations, and the parameter `activation`."""

import mpmath
import numpy as np
import pytest
from component_tables import ACTIVATIONS
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import skmlp.activations
from skmlp import MLPClassifier, MLPRegressor
from skmlp.activations import ELU, Activation, FunctionPair, LeakyReLU, Sign, Tanh
from skmlp.initializers import LecunNormal
from skmlp.network import Network

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def elu(z, scale, alpha):
    return scale * (z if z > 0 else alpha * mpmath.expm1(z))


# Formulas of the papers, computed with 50 digits.
FORMULAS = {
    "identity": lambda z: z,
    "logistic": lambda z: 1 / (1 + mpmath.exp(-z)),
    "tanh": mpmath.tanh,
    "relu": lambda z: max(z, 0),
    "leaky_relu": lambda z: max(z, 0) + mpmath.mpf(0.01) * min(z, 0),
    "leaky_relu, 0.3": lambda z: max(z, 0) + mpmath.mpf(0.3) * min(z, 0),
    "elu": lambda z: elu(z, 1, 1),
    "elu, 2": lambda z: elu(z, 1, 2),
    "selu": lambda z: elu(
        z,
        mpmath.mpf("1.0507009873554804934193349852946"),
        mpmath.mpf("1.6732632423543772848170429916717"),
    ),
    "softplus": lambda z: mpmath.log1p(mpmath.exp(z)),
    "softsign": lambda z: z / (1 + abs(z)),
    "gelu": lambda z: z * mpmath.ncdf(z),
    "silu": lambda z: z / (1 + mpmath.exp(-z)),
    "mish": lambda z: z * mpmath.tanh(mpmath.log1p(mpmath.exp(z))),
    "sign": lambda z: 1 if z >= 0 else -1,
    "sign, 0.5": lambda z: 1 if z >= 0 else -1,
}
PLACES = np.array(
    [0.0, 1e-9, 0.001, 0.1, 0.49, 0.5, 0.7, 1.0, 2.5, 5.0, 9.0, 25.0, 80.0]
)
PLACES = np.r_[-PLACES[::-1], PLACES]


def test_every_public_activation_has_a_formula_here():
    tested = {type(ACTIVATIONS[name]) for name in FORMULAS}
    named = Activation.table.values()
    public = skmlp.activations.__all__
    assert {each for each in named if each.__name__ in public} <= tested


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("activation", FORMULAS)
def test_outputs_and_slopes_are_those_of_the_formula(activation, dtype):
    z = PLACES.astype(dtype)
    a, pullback = ACTIVATIONS[activation].forward(z[:, None])
    with mpmath.workdps(50):
        formula = FORMULAS[activation]
        theirs = [float(formula(mpmath.mpf(float(x)))) for x in z]
    eps = np.finfo(dtype).eps
    assert a.dtype == dtype
    np.testing.assert_allclose(a[:, 0], theirs, rtol=30 * eps, atol=1e-3 * eps)
    if isinstance(ACTIVATIONS[activation], Sign):
        return
    smooth = np.abs(z) > 1e-6  # some have a corner at zero
    with mpmath.workdps(50):
        slopes = [
            float(mpmath.diff(formula, mpmath.mpf(float(x)), h=mpmath.mpf(10) ** -20))
            for x in z[smooth]
        ]
    ours = pullback(np.ones_like(a))
    assert ours.dtype == dtype
    np.testing.assert_allclose(ours[smooth, 0], slopes, rtol=100 * eps, atol=4 * eps)


@pytest.mark.parametrize("clip", [0.5, 1.0, np.inf])
def test_gradients_go_straight_through_a_step_near_zero_only(clip):
    z = np.array([[-3.0, -1.0, -0.5, -0.2, 0.0, 0.5, 0.7, 1.0, 40.0]])
    gradient = np.arange(1.0, 10.0)[None]
    a, pullback = Sign(clip).forward(z)
    np.testing.assert_array_equal(a, [[-1, -1, -1, -1, 1, 1, 1, 1, 1]])
    expected = np.where(np.abs(z) <= clip, gradient, 0)
    np.testing.assert_array_equal(pullback(gradient), expected)


@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"identity"}))
def test_every_activation_tells_a_disc_from_its_surroundings(activation):
    # A line is hardly more accurate than predicting the larger class.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 2))
    y = (X**2).sum(axis=1) > 1.4
    network = MLPClassifier(
        (24,),
        ACTIVATIONS[activation],
        learning_rate_init=0.05,
        batch_size=20,
        max_iter=40,
        random_state=1,
    )
    assert network.fit(X, y).score(X, y) > 0.9
    linear = clone(network).set_params(activation="identity").fit(X, y)
    assert linear.score(X, y) < 0.7


def test_selu_keeps_mean_and_variance_through_many_layers():
    rng = np.random.RandomState(0)
    network = Network((200,) * 12, (Activation.table["selu"](),) * 10)
    parameters = network.initial_parameters(LecunNormal(), rng, np.float64)
    last_but_one = network.scores(
        *network.unflatten(parameters), rng.normal(size=(500, 200))
    )
    # The last layer is linear; its outputs have the variance of its inputs.
    assert abs(last_but_one.mean()) < 0.1
    assert 0.7 < last_but_one.var() < 1.3


PAIRS = {
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0), lambda z: z > 0),
    "softsign": (lambda z: z / (1 + np.abs(z)), lambda z: (1 + np.abs(z)) ** -2),
}


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_of_functions_is_what_its_functions_say(name, solver, bundled):
    X, y = bundled("wine")
    settings = {"solver": solver, "max_iter": 5, "random_state": 0}
    ours = MLPClassifier((8, 4), PAIRS[name], **settings).fit(X, y)
    theirs = MLPClassifier((8, 4), name, **settings).fit(X, y)
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-9
    )
    X = X.astype(np.float32)
    single = ours.fit(X, y)
    assert single.coefs_[0].dtype == single.predict_proba(X).dtype == np.float32


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (
            (np.tanh, lambda z: 1 - np.tanh(z)),
            r"at z = -8\.4.* df gives 2, but the slope",
        ),
        ((np.sin, lambda z: -np.cos(z)), r"at z = .* Correct df"),
        # Wrong in a small interval only.
        (
            (lambda z: np.clip(z, -1, 1), lambda z: (z > -1) & (z < 1.2)),
            r"at z = 1\.\d* df gives 1, but the slope of f is",
        ),
        ((np.abs, lambda z: np.full_like(z, np.nan)), "df gives nan"),
        ((np.sum, np.sign), r"the function turned an array of shape .* into float"),
        ((np.tanh, lambda z: z.ravel()[:1]), "the derivative turned an array of shape"),
    ],
)
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_wrong_pair_is_refused_with_the_place_before_any_work(
    estimator, pair, message
):
    X, y = np.eye(4), np.arange(4) % 2
    network = estimator(hidden_layer_sizes=(3,), activation=pair)
    with pytest.raises(ValueError, match=message):
        network.fit(X, y)
    assert not hasattr(network, "coefs_")


def test_layers_may_differ(bundled):
    X, y = bundled("iris")
    mixed = [LeakyReLU(0.2), "gelu", PAIRS["tanh"]]
    network = MLPClassifier((6, 5, 4), mixed, max_iter=30, random_state=0).fit(X, y)
    a = X
    for layer, activation in enumerate(
        [LeakyReLU(0.2), Activation.resolve("gelu"), Tanh()]
    ):
        a, _ = activation.forward(
            a @ network.coefs_[layer] + network.intercepts_[layer]
        )
    scores = a @ network.coefs_[-1] + network.intercepts_[-1]
    np.testing.assert_array_equal(network.predict(X), scores.argmax(axis=1))
    # A pair of names gives one activation per layer; it is no pair of functions.
    two = MLPClassifier((6, 5), ("relu", "tanh"), max_iter=2).fit(X, y)
    assert [type(a).__name__ for a in two._network.activations] == ["ReLU", "Tanh"]


def test_a_grid_search_reaches_the_parameters_of_an_activation(bundled):
    X, y = bundled("iris")
    search = GridSearchCV(
        MLPClassifier((4,), LeakyReLU(), max_iter=5, random_state=0),
        {"activation__alpha": [0.01, 0.5]},
        cv=2,
    ).fit(X, y)
    means = search.cv_results_["mean_test_score"]
    assert search.best_params_["activation__alpha"] in (0.01, 0.5)
    assert len(set(means)) == 2  # the activations differ
    kept = MLPClassifier(activation=PAIRS["tanh"])
    assert clone(kept).activation == kept.activation


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (LeakyReLU(-0.1), "'alpha' parameter of LeakyReLU must be a float"),
        (ELU(alpha="one"), "'alpha' parameter of ELU must be a float"),
        (Sign(clip=0), "'clip' parameter of Sign must be a float"),
        ([LeakyReLU(-0.1)], "'alpha' parameter of LeakyReLU"),
        ("geluu", "'activation' parameter of MLPClassifier"),
    ],
    ids=str,
)
def test_parameters_out_of_range_are_named(activation, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier((3,), activation).fit(np.eye(4), np.arange(4) % 2)


def test_a_surrogate_slope_may_be_had_as_an_object(bundled):
    class Step(Activation):
        def forward(self, z):
            return (z > 0).astype(z.dtype), lambda gradient: gradient / (1 + z * z)

    X, y = bundled("iris")
    network = MLPClassifier(
        (20,), Step(), learning_rate_init=0.02, max_iter=60, random_state=0
    )
    assert network.fit(X, y).score(X, y) > 0.9
    slope = (lambda z: (z > 0) * 1.0, lambda z: 1 / (1 + z * z))
    with pytest.raises(ValueError, match="pass an object of a subclass"):
        FunctionPair(*slope).checked()

"""Effects of penalties, bounds, dropout and noise on the training of networks."""

import pickle

import numpy as np
import pytest
import scipy.sparse
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor
from skmlp.solvers import SGD, AdamW, UpdateRule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


ALL_AT_ONCE = {
    "l1_ratio": 0.3,
    "dropout": 0.3,
    "input_dropout": 0.1,
    "input_noise": 0.2,
    "clip_value": 0.1,
    "clip_norm": 0.5,
    "max_norm": 1.0,
}


@pytest.fixture
def few_digits(bundled):
    """Return X, y of 300 digits, 20 % of them with random labels, and of the others."""
    X, y = bundled("digits")
    rng = np.random.default_rng(0)
    train = np.arange(len(y)) % 6 == 0
    noisy = y[train]
    wrong = rng.random(len(noisy)) < 0.2
    noisy[wrong] = rng.integers(10, size=wrong.sum())
    return X[train], noisy, X[~train], y[~train]


def overfitting(few_digits, **settings):
    """Return the log loss on new digits minus that in training, and the accuracy."""
    X, y, X_new, y_new = few_digits
    settings = {"batch_size": 32, "learning_rate_init": 0.003, "alpha": 0.0} | settings
    settings |= {"tol": 0.0, "n_iter_no_change": np.inf, "restore_best": False}
    network = MLPClassifier((100,), max_iter=60, random_state=0, **settings).fit(X, y)
    new, old = (
        log_loss(b, network.predict_proba(a)) for a, b in [(X_new, y_new), (X, y)]
    )
    return new - old, network.score(X_new, y_new)


@pytest.mark.parametrize(
    "settings",
    [
        {"dropout": 0.7},
        {"dropout": [0.5], "input_dropout": 0.2},
        {"input_noise": 0.5},
        {"max_norm": 1.0},
        {"alpha": 0.1, "l1_ratio": 1.0},
        {"solver": AdamW(weight_decay=3.0)},
    ],
    ids=str,
)
def test_regularisation_lowers_the_generalisation_gap(settings, few_digits):
    gap, score = overfitting(few_digits)
    held_gap, held_score = overfitting(few_digits, **settings)
    assert held_gap < 0.85 * gap
    assert held_score > score + 0.01


@pytest.mark.parametrize("settings", [{"dropout": 0.5}, {"input_noise": 1.0}], ids=str)
def test_noise_changes_training_and_not_predictions(settings, bundled):
    X, y = bundled("wine")
    fixed = {"max_iter": 5, "random_state": 0}
    noisy = MLPClassifier((20,), **fixed, **settings).fit(X, y)
    still = MLPClassifier((20,), **fixed).fit(X, y)
    assert np.abs(noisy.coefs_[0] - still.coefs_[0]).max() > 1e-3
    hidden = np.maximum(X @ noisy.coefs_[0] + noisy.intercepts_[0], 0)
    scores = hidden @ noisy.coefs_[1] + noisy.intercepts_[1]
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(noisy.predict_proba(X), expected, rtol=1e-10)
    np.testing.assert_array_equal(noisy.predict_proba(X), noisy.predict_proba(X))


def test_another_seed_draws_other_noise(bundled):
    X, y = bundled("wine")
    settings = {"max_iter": 2, "dropout": 0.5, "shuffle": False, "warm_start": True}
    start = MLPClassifier((20,), random_state=0, **settings).initialize(X, y)
    coefs = []
    for seed in (0, 0, 1):
        network = pickle.loads(pickle.dumps(start))
        network._training.state.generator = np.random.RandomState(seed)
        coefs.append(network.fit(X, y).coefs_[0])
    np.testing.assert_array_equal(coefs[0], coefs[1])
    assert not np.array_equal(coefs[0], coefs[2])


@pytest.mark.parametrize("kernels", ["whole runs", "batch by batch"])
@pytest.mark.parametrize("solver", ["sgd", "adamw", "nadam"])
def test_five_epochs_and_five_more_equal_ten_with_every_kind_of_regularisation(
    solver, kernels, bundled, monkeypatch
):
    if kernels == "batch by batch":
        monkeypatch.setattr(
            "skmlp.objective.empirical_risk.fuse", lambda *arguments: None
        )
    X, y = bundled("wine")
    settings = {"solver": solver, "batch_size": 30, "random_state": 0, **ALL_AT_ONCE}
    whole = MLPClassifier((9,), max_iter=10, **settings).fit(X, y)
    halves = MLPClassifier((9,), max_iter=5, warm_start=True, **settings).fit(X, y)
    halves = pickle.loads(pickle.dumps(halves)).fit(X, y)
    stream = MLPClassifier((9,), **settings)
    for _ in range(10):
        stream.partial_fit(X, y, classes=np.unique(y))
    assert halves.loss_curve_ == whole.loss_curve_ == stream.loss_curve_
    for ours, theirs in zip(halves.coefs_, whole.coefs_, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_regularisation_works_for_regression_and_in_a_grid_search(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(
        hidden_layer_sizes=(20,),
        learning_rate_init=0.01,
        max_iter=30,
        random_state=0,
        **ALL_AT_ONCE,
    )
    network.set_params(max_norm=None, clip_value=None, clip_norm=None)
    search = GridSearchCV(
        network.set_params(solver=AdamW()),
        {"dropout": [0.0, 0.2], "solver__weight_decay": [0.0, 0.1]},
        cv=2,
    ).fit(X, (y - y.mean()) / y.std())
    assert search.best_score_ > 0.3


# l1


@pytest.mark.parametrize("solver", ["gd", "sgd", "adam", "rmsprop"])
def test_an_l1_penalty_leads_to_the_sparse_optimum(solver, bundled):
    X, y = bundled("wine")
    y, alpha = y == 1, 5.0
    exact = LogisticRegression(solver="saga", l1_ratio=1, C=1 / alpha, tol=1e-9)
    exact.fit(X, y)
    network = MLPClassifier(
        (),
        solver=solver,
        alpha=alpha,
        l1_ratio=1.0,
        batch_size="auto" if solver == "gd" else len(y),
        learning_rate="cosine",
        learning_rate_init={"gd": 1.0, "sgd": 0.2}.get(solver, 0.02),
        max_iter=2000,
        tol=0.0,
        n_iter_no_change=np.inf,
        random_state=0,
    ).fit(X, y)
    np.testing.assert_allclose(network.coefs_[0].T, exact.coef_, atol=2e-3)
    zeros = exact.coef_ == 0
    assert zeros.sum() >= 4
    np.testing.assert_array_equal(network.coefs_[0].T[zeros], 0)


def test_an_l1_penalty_empties_a_network_of_what_it_does_not_need(bundled):
    X, y = bundled("digits")
    shares = []
    for l1_ratio in (0.0, 0.5, 1.0):
        network = MLPClassifier(
            (30,),
            alpha=0.3,
            l1_ratio=l1_ratio,
            batch_size=64,
            learning_rate="cosine",
            learning_rate_init=0.005,
            max_iter=40,
            random_state=0,
        ).fit(X, y)
        assert network.score(X, y) > 0.97
        shares.append(np.mean(network.coefs_[0] == 0))
    assert shares[0] == 0
    assert 0.2 < shares[1] < shares[2]
    assert shares[2] > 0.5
    # Constant columns are of no use, and their weights are zero.
    assert not network.coefs_[0][X.std(axis=0) == 0].any()


def test_the_loss_with_an_l1_penalty_is_the_sum_of_its_parts(bundled):
    X, y = bundled("wine")
    network = MLPClassifier(
        (4,), alpha=3.0, l1_ratio=0.4, solver="gd", max_iter=2, random_state=0
    ).fit(X, y)
    network.set_params(max_iter=1, warm_start=True, restore_best=False)
    before = pickle.loads(pickle.dumps(network))
    network.fit(X, y)
    weights = np.concatenate([layer.ravel() for layer in before.coefs_])
    penalty = 0.4 * np.abs(weights).sum() + 0.6 * 0.5 * (weights**2).sum()
    expected = log_loss(y, before.predict_proba(X)) + 3.0 * penalty / len(y)
    assert network.loss_curve_[-1] == pytest.approx(expected, rel=1e-10)


# Bounds


@pytest.mark.parametrize("solver", ["sgd", "adam", "adadelta", "gd"])
def test_no_unit_has_weights_longer_than_max_norm(solver, bundled):
    X, y = bundled("wine")
    settings = {"solver": solver, "learning_rate_init": 0.1, "max_iter": 10}
    free = MLPClassifier((10, 5), random_state=0, **settings).fit(X, y)
    held = MLPClassifier((10, 5), random_state=0, max_norm=0.5, **settings).fit(X, y)
    lengths = [np.linalg.norm(weights, axis=0) for weights in held.coefs_]
    assert np.concatenate(lengths).max() <= 0.5 * (1 + 1e-12)
    assert max(np.linalg.norm(weights, axis=0).max() for weights in free.coefs_) > 0.6


@pytest.mark.parametrize("batch_size", [20, 178])
def test_clipping_bounds_every_step(batch_size, bundled):
    X, y = bundled("wine")
    rate, n_steps = 0.5, -(-178 // batch_size)
    start = MLPClassifier(
        (5,),
        solver=SGD(momentum=0.0),
        learning_rate_init=rate,
        batch_size=batch_size,
        max_iter=1,
        random_state=0,
        warm_start=True,
    ).initialize(X, y)
    first = start._network.flatten(start.coefs_, start.intercepts_)
    moves = {}
    for bounds in ({}, {"clip_norm": 1e-3}, {"clip_value": 1e-4}):
        network = pickle.loads(pickle.dumps(start)).set_params(**bounds)
        network.partial_fit(X, y)
        last = network._network.flatten(network.coefs_, network.intercepts_)
        moves[tuple(bounds)] = last - first
    longest = rate * 1e-3 * n_steps
    assert np.linalg.norm(moves[()]) > 100 * longest
    assert np.linalg.norm(moves["clip_norm",]) <= longest * (1 + 1e-9)
    assert np.abs(moves["clip_value",]).max() <= rate * 1e-4 * n_steps * (1 + 1e-9)
    if n_steps == 1:
        # clip_norm keeps the direction of a gradient, clip_value the signs.
        scaled = longest * moves[()] / np.linalg.norm(moves[()])
        np.testing.assert_allclose(moves["clip_norm",], scaled, atol=1e-13)
        large = np.abs(moves[()]) > rate * 1e-4
        np.testing.assert_allclose(
            moves["clip_value",][large], rate * 1e-4 * np.sign(moves[()][large])
        )


def test_clipping_keeps_a_fit_that_would_diverge(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(
        hidden_layer_sizes=(),
        solver="sgd",
        learning_rate_init=1.0,
        clip_norm=10.0,
        max_iter=200,
        learning_rate="cosine",
        random_state=0,
    )
    assert network.fit(X, y).score(X, y) > 0.45
    network.set_params(clip_norm=None, learning_rate_init=1e6)
    assert network.fit(X, y).score(X, y) < 0


# Refusals


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"dropout": 1.0}, "dropout"),
        ({"dropout": [0.5, 0.5]}, "2 entries for 1 hidden layer"),
        ({"dropout": [1.5]}, r"probabilities in \[0, 1\)"),
        ({"input_dropout": -0.1}, "input_dropout"),
        ({"input_noise": -1}, "input_noise"),
        ({"l1_ratio": 2}, "l1_ratio"),
        ({"clip_value": 0}, "clip_value"),
        ({"clip_norm": "big"}, "clip_norm"),
        ({"max_norm": -1}, "max_norm"),
        *(
            (
                {"solver": "lbfgs", name: 0.5},
                f"'lbfgs' does not take {name}.*'adam', 'adamw'",
            )
            for name in ALL_AT_ONCE
        ),
        ({"solver": "lbfgs", "dropout": [0.2], "max_norm": 1}, "dropout, max_norm"),
    ],
    ids=str,
)
def test_invalid_regularisation_is_refused_with_its_name(
    estimator, parameters, message, bundled
):
    X, y = bundled("iris")
    settings = {"hidden_layer_sizes": (5,)} | parameters
    with pytest.raises(ValueError, match=message):
        estimator(**settings).fit(X, y)


def test_noise_on_sparse_inputs_is_refused_and_dropout_is_not(bundled):
    X, y = bundled("wine")
    X = np.where(X > 0, X, 0)
    settings = {"max_iter": 3, "random_state": 0, "hidden_layer_sizes": (5,)}
    with pytest.raises(ValueError, match=r"X\.toarray"):
        MLPClassifier(input_noise=0.1, **settings).fit(scipy.sparse.csr_array(X), y)
    dense, sparse = (
        MLPClassifier(input_dropout=0.4, **settings).fit(rows, y)
        for rows in (X, scipy.sparse.csr_array(X))
    )
    np.testing.assert_allclose(sparse.coefs_[0], dense.coefs_[0], rtol=1e-9)


@pytest.mark.parametrize("rule", sorted(UpdateRule.table))
def test_every_rule_learns_with_every_kind_of_regularisation(rule, bundled):
    X, y = bundled("wine")
    network = MLPClassifier(
        (20,),
        solver=rule,
        learning_rate_init={"gd": 3.0, "sgd": 0.1, "adadelta": 1.0}.get(rule, 0.02),
        batch_size="auto" if rule == "gd" else 32,
        max_iter=150 if rule == "gd" else 40,
        random_state=0,
        **(ALL_AT_ONCE | {"max_norm": 2.0}),
    ).fit(X, y)
    assert network.score(X, y) > 0.95

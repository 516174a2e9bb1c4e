"""LogisticRegression beyond scikit-learn: mini-batches, offsets, bounds, ..."""

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_validate

from skmlp import LogisticRegression, MLPClassifier
from skmlp.logistic_regression import SeparationWarning, find_separation
from skmlp.solvers import SGD, Adam, AdamW, InverseScaling

# Heinze and Schemper (2002), table II: high (1) or low grade of 79 endometrial cancers,
# neovasculation (NV), pulsatility index (PI) and endometrium height (EH).
_TABLE = """
0 13 1.64 0  0 16 2.26 0  0 8 3.14 0  0 34 2.68 0  0 20 1.28 0  0 5 2.31 0
0 17 1.8 0  0 10 1.68 0  0 26 1.56 0  0 17 2.31 0  0 8 2.01 0  0 7 1.89 0
0 20 3.15 0  0 10 1.23 0  0 18 1.27 0  0 16 1.76 0  0 18 2 0  0 8 2.64 1
0 29 0.88 1  0 12 1.27 1  0 20 1.37 1  1 38 0.97 1  1 22 1.14 1  1 7 0.88 1
1 25 0.91 1  1 15 0.58 1  0 7 0.97 1  0 28 1.5 0  0 11 1.33 0  0 19 2.37 0
0 10 1.82 0  0 10 3.13 0  0 18 1.31 0  0 14 1.92 0  0 21 1.64 0  0 11 2.01 0
0 17 1.88 0  0 25 1.93 0  0 16 2.11 0  0 19 1.29 0  0 15 1.72 0  0 33 0.75 0
0 24 1.92 0  0 48 1.84 1  0 12 1.11 1  0 19 1.61 1  0 2 1.18 1  1 22 1.44 1
1 40 1.18 1  1 5 0.93 1  1 0 1.17 1  0 21 1.19 1  0 15 1.06 1  0 29 2.02 0
0 15 2.29 0  0 12 2.33 0  0 3 2.9 0  0 20 1.7 0  0 23 1.41 0  0 12 2.25 0
0 22 1.54 0  0 42 1.97 0  0 15 1.75 0  0 13 2.16 0  0 14 2.57 0  0 19 1.37 0
0 12 3.61 0  0 13 2.04 0  0 10 2.17 0  0 12 1.69 1  1 49 0.27 1  0 6 1.84 1
0 5 1.3 1  0 17 0.96 1  1 11 1.01 1  1 21 0.98 1  0 5 0.35 1  1 19 1.02 1
0 33 0.85 1
"""
ENDOMETRIAL = np.array([float(n) for n in _TABLE.split()]).reshape(-1, 4)


def log_loss_of(X, y, theta):
    """Σ log(1 + e^−±score), in plain NumPy; the last entry is the intercept."""
    signs = np.where(y > 0, 1, -1)
    return np.logaddexp(0, -signs * (X @ theta[:-1] + theta[-1])).sum()


# Mini-batches


@pytest.mark.parametrize(
    "settings",
    [
        {"solver": "sgd", "learning_rate_init": 0.01},
        {"solver": "adam", "learning_rate_init": 0.02},
        {"solver": SGD(momentum=0.0), "learning_rate_init": 0.3, "batch_size": 50},
        {"solver": Adam(beta_1=0.8), "learning_rate_init": 0.02, "batch_size": 1000},
        {"solver": AdamW(weight_decay=0.0), "learning_rate_init": 0.02},
        {"solver": "amsgrad", "learning_rate_init": 0.02},
        {"solver": "nadam", "learning_rate_init": 0.02},
        {"solver": "rmsprop", "learning_rate_init": 0.01},
        {"solver": "adagrad", "learning_rate_init": 0.2},
        {"solver": "adadelta", "learning_rate_init": 1.0},
        {"solver": "gd", "learning_rate_init": 1.0},
    ],
    ids=str,
)
@pytest.mark.parametrize("data", ["breast_cancer", "wine"])
def test_mini_batches_come_near_the_optimum_of_all_rows(data, settings, bundled):
    X, y = bundled(data)
    exact = LogisticRegression(C=0.1, tol=1e-9).fit(X, y)
    settings = {"C": 0.1, "max_iter": 1000, "tol": 1e-6, "random_state": 0, **settings}
    ours = LogisticRegression(learning_rate="adaptive", **settings).fit(X, y)
    assert ours.n_iter_[0] == len(ours.loss_curve_)
    assert ours.gradient_norm_ < 0.02
    np.testing.assert_allclose(ours.coef_, exact.coef_, atol=0.05)
    np.testing.assert_allclose(ours.predict_proba(X), exact.predict_proba(X), atol=0.03)


def test_mini_batches_are_those_of_a_network_with_no_hidden_layer(bundled):
    X, y = bundled("wine")
    settings = {"batch_size": 89, "learning_rate_init": 0.1, "random_state": 0}
    ours = LogisticRegression(solver="sgd", C=np.inf, max_iter=7, **settings)
    network = MLPClassifier((), solver="sgd", alpha=0.0, **settings)
    with pytest.warns(SeparationWarning):
        ours.fit(X, y)
    # The same start: all zeros.
    network.partial_fit(X, y, classes=np.unique(y))
    network.coefs_ = [np.zeros_like(network.coefs_[0])]
    network.intercepts_ = [np.zeros_like(network.intercepts_[0])]
    start = network._state
    start.rule_state, start.order, start.steps = None, None, 0
    start.generator = np.random.RandomState(0)
    for _ in range(7):
        network.partial_fit(X, y)
    np.testing.assert_allclose(ours.coef_, network.coefs_[0].T, rtol=1e-10)


@pytest.mark.parametrize("layout", [np.asarray, scipy.sparse.csr_array], ids=str)
def test_the_same_seed_gives_the_same_bits(layout, bundled):
    X, y = bundled("breast_cancer")
    fits = [
        LogisticRegression(solver="adam", random_state=seed, tol=0.01).fit(layout(X), y)
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(fits[0].coef_, fits[1].coef_)
    assert np.any(fits[0].coef_ != fits[2].coef_)


def test_partial_fit_learns_a_stream(bundled):
    X, y = bundled("breast_cancer")
    X = X.astype(np.float32)
    ours = LogisticRegression(solver="sgd", learning_rate_init=0.05, random_state=0)
    order = np.random.default_rng(0).permutation(len(y))
    for _ in range(20):
        for rows in np.array_split(order, 10):
            ours.partial_fit(X[rows], y[rows], classes=[0, 1])
    assert ours.coef_.dtype == np.float32
    assert ours.score(X, y) > 0.97
    exact = LogisticRegression().fit(X, y)
    agreement = np.mean(ours.predict(X) == exact.predict(X))
    assert agreement > 0.98


def test_class_weights_are_balanced_by_running_counts(rng):
    X = rng.normal(size=(600, 2))
    y = (X[:, 0] + rng.logistic(size=600) > 2.5).astype(int)
    settings = {"solver": "sgd", "learning_rate_init": 0.05, "random_state": 0}
    balanced = LogisticRegression(class_weight="balanced", **settings)
    plain = LogisticRegression(**settings)
    for _ in range(30):
        for rows in np.array_split(np.arange(600), 6):
            for each in (balanced, plain):
                each.partial_fit(X[rows], y[rows], classes=[0, 1])
    exact = LogisticRegression(class_weight="balanced").fit(X, y)
    assert y.mean() < 0.2
    recall = balanced.predict(X)[y == 1].mean()
    assert recall > plain.predict(X)[y == 1].mean() + 0.3
    assert recall == pytest.approx(exact.predict(X)[y == 1].mean(), abs=0.1)


def test_what_partial_fit_cannot_do_is_named(bundled):
    X, y = bundled("wine")
    assert not hasattr(LogisticRegression(), "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit"):
        LogisticRegression().partial_fit(X, y)
    ours = LogisticRegression(solver="sgd")
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        ours.partial_fit(X, y)
    ours.partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="not the same as on the last call"):
        ours.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="not among classes"):
        ours.partial_fit(X, y + 1)
    # A first call that failed is not the first call.
    other = LogisticRegression(solver="sgd", random_state=0)
    for classes in ([1, 2], [0]):
        with pytest.raises(ValueError, match="class"):
            other.partial_fit(X, y, classes=classes)
    with pytest.raises(ValueError, match="sample_weight"):
        other.partial_fit(X, y, classes=[0, 1, 2, 3], sample_weight=np.ones(3))
    other.partial_fit(X, y, classes=[0, 1, 2])
    fresh = LogisticRegression(solver="sgd", random_state=0)
    fresh.partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_array_equal(other.coef_, fresh.coef_)
    with pytest.raises(ValueError, match="use l1_ratio=0 or solver='saga'"):
        LogisticRegression(solver="sgd", l1_ratio=1).fit(X, y)


def test_mini_batches_that_diverge_say_so(bundled):
    X, y = bundled("wine")
    ours = LogisticRegression(solver=SGD(momentum=0.0), learning_rate_init=1e308)
    with pytest.raises(ValueError, match="lower learning_rate_init"):
        ours.fit(1e10 * X, y)
    ours.set_params(learning_rate_init=1e30)
    with pytest.warns(ConvergenceWarning, match="non-finite") as caught:
        ours.fit(X, y)
    assert len(caught) == 1
    assert "best epoch are kept" in str(caught[0].message)
    assert "ran out" not in str(caught[0].message)
    assert not ours.converged_
    assert np.isfinite(ours.coef_).all()


def test_epochs_that_ran_out_say_what_to_change(bundled):
    X, y = bundled("wine")
    ours = LogisticRegression(solver="adam", max_iter=3)
    with pytest.warns(ConvergenceWarning, match=r"max_iter \(=3\).*learning_rate_init"):
        ours.fit(X, y)


def test_update_rules_take_part_in_a_grid_search(bundled):
    X, y = bundled("wine")
    search = GridSearchCV(
        LogisticRegression(solver=SGD(), learning_rate=InverseScaling(), tol=0.01),
        {"solver__momentum": [0.0, 0.9], "learning_rate__power_t": [0.2, 0.5]},
        cv=3,
    ).fit(X, y)
    assert search.best_score_ > 0.9


# Offsets


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg", "newton-cholesky"])
def test_an_offset_is_a_column_whose_coefficient_is_one(solver, rng):
    X = rng.normal(size=(300, 3))
    offset = 2 * rng.normal(size=300)
    y = (X @ [1.0, -1.0, 0.5] + offset + rng.logistic(size=300) > 0).astype(int)
    ours = LogisticRegression(C=np.inf, solver=solver, tol=1e-9)
    ours.fit(X, y, offset=offset)
    theta = np.append(ours.coef_[0], ours.intercept_)

    def cost(theta):
        signs = np.where(y == 1, 1, -1)
        scores = X @ theta[:-1] + theta[-1] + offset
        return np.logaddexp(0, -signs * scores).sum()

    theirs = scipy.optimize.minimize(cost, np.zeros(4), tol=1e-12)
    np.testing.assert_allclose(theta, theirs.x, atol=1e-4)
    scores = X @ ours.coef_[0] + ours.intercept_ + offset
    np.testing.assert_allclose(ours.decision_function(X, offset=offset), scores)
    p = 1 / (1 + np.exp(-scores))
    np.testing.assert_allclose(ours.predict_proba(X, offset=offset)[:, 1], p)
    np.testing.assert_allclose(
        ours.predict_log_proba(X, offset=offset)[:, 1], np.log(p)
    )
    np.testing.assert_array_equal(ours.predict(X, offset=offset), scores > 0)
    assert p.mean() == pytest.approx(y.mean(), abs=1e-6)


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cholesky", "saga"])
def test_a_constant_offset_moves_the_intercepts_only(solver, bundled):
    X, y = bundled("wine")
    settings = {"solver": solver, "tol": 1e-8, "max_iter": 1000}
    if solver == "saga":
        settings["l1_ratio"] = 0.5
    shift = np.array([0.5, -1.0, 0.5])
    plain = LogisticRegression(**settings).fit(X, y)
    moved = LogisticRegression(**settings).fit(X, y, offset=np.tile(shift, (len(y), 1)))
    np.testing.assert_allclose(moved.coef_, plain.coef_, atol=1e-4)
    change = moved.intercept_ + shift - plain.intercept_
    np.testing.assert_allclose(change - change.mean(), 0, atol=1e-4)


def test_scores_of_a_search_know_the_offset(rng):
    X = rng.normal(size=(200, 2))
    offset = 4 * rng.normal(size=200)
    y = (X[:, 0] + offset + rng.logistic(size=200) > 0).astype(int)
    ours = LogisticRegression().fit(X, y, offset=offset)
    hits = (ours.decision_function(X) + offset > 0) == y
    weight = rng.uniform(size=200)
    assert ours.score(X, y, offset=offset) == pytest.approx(hits.mean())
    weighted = ours.score(X, y, weight, offset=offset)
    assert weighted == pytest.approx(np.average(hits, weights=weight))
    assert ours.score(X, y) < hits.mean() - 0.1
    with config_context(enable_metadata_routing=True):
        routed = LogisticRegression().set_fit_request(offset=True)
        routed.set_score_request(offset=True)
        folds = [(np.arange(100), np.arange(100, 200))]
        found = cross_validate(routed, X, y, params={"offset": offset}, cv=folds)
    half = LogisticRegression().fit(X[:100], y[:100], offset=offset[:100])
    assert found["test_score"] == half.score(X[100:], y[100:], offset=offset[100:])


def test_offsets_of_a_wrong_shape_are_named(bundled):
    X, y = bundled("wine")
    with pytest.raises(ValueError, match=r"offset has the shape \(178,\)"):
        LogisticRegression().fit(X, y, offset=np.zeros(len(y)))
    ours = LogisticRegression().fit(X, y > 0)
    with pytest.raises(ValueError, match=r"expected \(n_samples,\)"):
        ours.predict(X, offset=np.zeros((len(y), 2)))


# Soft labels


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg", "newton-cholesky", "saga"])
@pytest.mark.parametrize("data", ["breast_cancer", "wine"])
def test_soft_labels_are_rows_repeated_with_their_probabilities(data, solver, bundled):
    X, y = bundled(data)
    K = len(np.unique(y))
    soft = 0.8 * np.eye(K)[y] + 0.2 * np.random.default_rng(0).dirichlet(
        np.ones(K), size=len(y)
    )
    settings = {"solver": solver, "tol": 1e-8, "C": 0.5}
    if solver == "saga":
        settings["l1_ratio"] = 0.3
    repeated = LogisticRegression(**settings).fit(
        np.repeat(X, K, axis=0), np.tile(np.arange(K), len(y)), soft.ravel()
    )
    for ours in (
        LogisticRegression(**settings).fit(X, soft),
        LogisticRegression(**settings).fit(X, y, soft_labels=soft),
    ):
        np.testing.assert_array_equal(ours.classes_, np.arange(K))
        np.testing.assert_allclose(ours.coef_, repeated.coef_, atol=1e-5)
        np.testing.assert_allclose(ours.intercept_, repeated.intercept_, atol=1e-5)


def test_soft_labels_are_carried_through_cross_validation(bundled):
    X, y = bundled("wine")
    soft = 0.9 * np.eye(3)[y] + 0.1 / 3
    offset = np.zeros((len(y), 3))
    with config_context(enable_metadata_routing=True):
        ours = LogisticRegression().set_fit_request(soft_labels=True, offset=True)
        ours.set_score_request(offset=True)
        found = cross_validate(
            ours, X, y, params={"soft_labels": soft, "offset": offset}, cv=3
        )
    assert found["test_score"].mean() > 0.95


def test_bad_soft_labels_are_named(bundled):
    X, y = bundled("wine")
    soft = np.eye(3)[y]
    for bad, message in (
        (2 * soft, "sum to one"),
        (soft[:, :2], "has 2 columns, but y has 3 classes"),
        (soft[:-1], "inconsistent"),
        (soft - 0.1, "non-negative"),
    ):
        with pytest.raises(ValueError, match=message):
            LogisticRegression().fit(X, y, soft_labels=bad)
    for bad, message in (
        (2 * soft, "Every row of y, as probabilities .* rows sum to 2 to 2"),
        (soft - 0.1, "y holds -0.1"),
        (np.where(soft == 1, np.nan, soft), "y contains NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            LogisticRegression().fit(X, bad)
    with pytest.raises(ValueError, match="not both"):
        LogisticRegression().fit(X, soft, soft_labels=soft)


# Bounds


@pytest.mark.parametrize("solver", ["lbfgs", "sag", "saga"])
@pytest.mark.parametrize("l1_ratio", [0, 0.5])
def test_bounds_hold_and_the_rest_is_optimal(l1_ratio, solver, bundled):
    X, y = bundled("breast_cancer")
    X = X[:, :6]
    if l1_ratio and solver != "saga":
        pytest.skip("an l1 penalty needs saga")
    ours = LogisticRegression(
        solver=solver, l1_ratio=l1_ratio, lower_bounds=-1.0, upper_bounds=0.0, tol=1e-9
    ).fit(X, y)
    assert ours.coef_.min() >= -1
    assert ours.coef_.max() <= 0

    def cost(theta):
        w = theta[:-1]
        penalty = l1_ratio * np.abs(w).sum() + (1 - l1_ratio) / 2 * w @ w
        return log_loss_of(X, y, theta) + penalty

    box = [(-1, 0)] * 6 + [(None, None)]
    theirs = scipy.optimize.minimize(
        cost, np.zeros(7), method="SLSQP", bounds=box, options={"ftol": 1e-14}
    )
    theta = np.append(ours.coef_[0], ours.intercept_)
    assert cost(theta) <= theirs.fun + 1e-6
    np.testing.assert_allclose(theta, theirs.x, atol=1e-3)


def test_bounds_may_differ_by_coefficient(bundled):
    X, y = bundled("wine")
    lower = np.full((3, 13), -np.inf)
    lower[1, 4] = 0.2
    ours = LogisticRegression(lower_bounds=lower).fit(X, y)
    assert ours.coef_[1, 4] == pytest.approx(0.2)
    free = LogisticRegression().fit(X, y)
    assert free.coef_[1, 4] < 0.2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"solver": "newton-cholesky", "lower_bounds": 0}, "use solver='lbfgs'"),
        ({"solver": "newton-cg", "upper_bounds": 0}, "use solver='lbfgs'"),
        ({"solver": "sgd", "upper_bounds": 0}, "use solver='lbfgs'"),
        ({"lower_bounds": 1, "upper_bounds": 0}, "above upper_bounds"),
        ({"lower_bounds": [0.0, 1.0]}, "does not fit that of coef_"),
        ({"lower_bounds": np.nan}, "NaN"),
        ({"lower_bounds": np.inf}, "lower_bounds holds inf"),
        ({"upper_bounds": [-np.inf] * 13}, "upper_bounds holds -inf"),
        ({"lower_bounds": ["a"] * 13}, "lower_bounds"),
        ({"bias_reduction": "firth"}, "C=np.inf"),
        ({"bias_reduction": "firth", "C": np.inf}, "solver='newton-cholesky'"),
        ({"bias_reduction": "jeffreys"}, "bias_reduction"),
    ],
    ids=str,
)
def test_what_cannot_be_solved_names_what_can(parameters, message, bundled):
    X, y = bundled("wine")
    with pytest.raises(ValueError, match=message):
        LogisticRegression(**parameters).fit(X, y)


# Bias reduction

FIRTH = {"bias_reduction": "firth", "C": np.inf, "solver": "newton-cholesky"}


def test_firths_estimates_are_the_published_ones():
    X, y = ENDOMETRIAL[:, :3], ENDOMETRIAL[:, 3].astype(int)
    ours = LogisticRegression(tol=1e-10, **FIRTH).fit(X, y)
    # R's logistf, to its digits; Heinze and Schemper (2002) print 2.93, -0.03, -2.60.
    coef = [2.92927330, -0.03475175, -2.60416387]
    np.testing.assert_allclose(ours.coef_[0], coef, rtol=1e-5)
    np.testing.assert_allclose(ours.intercept_, [3.77455951], rtol=1e-5)
    assert ours.converged_
    assert np.all(np.diff(ours.loss_curve_) <= 1e-12)
    found = find_separation(X, y)
    assert (found.kind, found.features.tolist()) == ("quasi-complete", [0])
    with pytest.warns(SeparationWarning, match="in part"):
        LogisticRegression(C=np.inf).fit(X, y)


@pytest.mark.parametrize("table", [(5, 3, 2, 8), (0, 4, 6, 1), (0, 3, 3, 0)])
def test_firth_adds_half_to_every_cell_of_a_two_by_two_table(table):
    a, b, c, d = table  # exposed cases and controls, then those not exposed
    X = np.repeat([[1.0], [1.0], [0.0], [0.0]], table, axis=0)
    y = np.repeat([1, 0, 1, 0], table)
    ours = LogisticRegression(tol=1e-10, **FIRTH).fit(X, y)
    odds_ratio = (a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5))
    np.testing.assert_allclose(ours.coef_, [[np.log(odds_ratio)]], rtol=1e-6)
    np.testing.assert_allclose(ours.intercept_, [np.log((c + 0.5) / (d + 0.5))])


def test_firth_takes_weights_offsets_sparse_rows_and_units(rng):
    X = rng.normal(size=(40, 2))
    y = (X[:, 0] + rng.logistic(size=40) > 0).astype(int)
    weight = rng.integers(1, 4, size=40)
    settings = {"tol": 1e-10, **FIRTH}
    ours = LogisticRegression(**settings).fit(X, y, weight)
    repeated = LogisticRegression(**settings).fit(
        np.repeat(X, weight, axis=0), np.repeat(y, weight)
    )
    np.testing.assert_allclose(ours.coef_, repeated.coef_, rtol=1e-6)
    sparse = LogisticRegression(**settings).fit(scipy.sparse.csr_array(X), y, weight)
    np.testing.assert_allclose(sparse.coef_, ours.coef_, rtol=1e-8)
    scaled = LogisticRegression(**settings).fit(X * [1e4, 1e-4], y, weight)
    np.testing.assert_allclose(scaled.coef_ * [1e4, 1e-4], ours.coef_, rtol=1e-5)
    moved = LogisticRegression(**settings).fit(X, y, weight, offset=np.full(40, 0.7))
    np.testing.assert_allclose(moved.intercept_ + 0.7, ours.intercept_, rtol=1e-6)


def test_firth_refuses_columns_that_depend_on_each_other(rng):
    X = rng.normal(size=(30, 2))
    y = rng.integers(2, size=30)
    with pytest.raises(ValueError, match="linearly independent"):
        LogisticRegression(**FIRTH).fit(np.hstack([X, X[:, :1]]), y)

"""LogisticRegression by mini-batches, and partial_fit."""

import copy
import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from skmlp import LogisticRegression, MLPClassifier
from skmlp.logistic_regression import SeparationWarning
from skmlp.solvers import SGD, Adam, AdamW, InverseScaling


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
    # Start the network at zeros, as the regression does.
    network.partial_fit(X, y, classes=np.unique(y))
    network.coefs_ = [np.zeros_like(network.coefs_[0])]
    network.intercepts_ = [np.zeros_like(network.intercepts_[0])]
    start = network._training.state
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
    with pytest.raises(ValueError, match=r"not among the classes: \[3\]"):
        ours.partial_fit(X, y + 1)
    # A first call that failed does not count as the first call.
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


def test_what_is_refused_sets_no_fitted_attribute(bundled):
    X, y = bundled("wine")
    whole = LogisticRegression(solver="gd", batch_size=10)
    for fit in (whole.fit, lambda X, y: whole.partial_fit(X, y, classes=[0, 1, 2])):
        with pytest.raises(ValueError, match="takes all rows in every step"):
            fit(X, y)
        assert not hasattr(whole, "classes_")
    fitted = LogisticRegression(solver="sgd", learning_rate_init=0.01, tol=0.1)
    before = vars(fitted.fit(X, y)).copy()
    fitted.set_params(solver=SGD(momentum=0.0), learning_rate_init=1e308)
    with pytest.raises(ValueError, match="lower learning_rate_init"):
        fitted.fit(1e10 * X, np.array(list("abc"))[y])
    for name in ("classes_", "coef_", "loss_curve_", "n_iter_"):
        assert vars(fitted)[name] is before[name]


def test_mini_batches_that_diverge_say_so(bundled):
    X, y = bundled("wine")
    ours = LogisticRegression(solver=SGD(momentum=0.0), learning_rate_init=1e308)
    with pytest.raises(ValueError, match="lower learning_rate_init"):
        ours.fit(1e10 * X, y)
    ours.set_params(learning_rate_init=1e30)
    with pytest.warns(ConvergenceWarning, match="the loss rose to") as caught:
        ours.fit(X, y)
    assert len(caught) == 1
    assert "with which the best epoch began are kept" in str(caught[0].message)
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


RULES = ["sgd", "adam", "gd", "rmsprop"]


@pytest.mark.parametrize("begins_with", [True, False])
@pytest.mark.parametrize("solver", RULES)
@pytest.mark.parametrize("data", ["breast_cancer", "wine"])
def test_a_warm_start_may_gain_or_lose_the_intercept(
    data, solver, begins_with, bundled
):
    X, y = bundled(data)
    settings = {"learning_rate_init": 0.01, "tol": 0.0, "max_iter": 4}
    ours = LogisticRegression(solver=solver, warm_start=True, random_state=0)
    ours.set_params(fit_intercept=begins_with, **settings)
    with pytest.warns(ConvergenceWarning, match="ran out"):
        coef = ours.fit(X, y).coef_
    ours.set_params(fit_intercept=not begins_with)
    with pytest.warns(ConvergenceWarning, match="ran out"):
        ours.fit(X, y)
    assert np.any(ours.intercept_ != 0) == (not begins_with)
    # Epochs at this rate move the weights no farther than those before them.
    assert 0 < np.abs(ours.coef_ - coef).max() < 3 * np.abs(coef).max()
    ours.set_params(fit_intercept=begins_with)
    with pytest.warns(ConvergenceWarning, match="ran out"):
        ours.fit(X, y)
    if solver != "gd":
        ours.set_params(fit_intercept=not begins_with).partial_fit(X, y)
    assert np.isfinite(ours.coef_).all()


@pytest.mark.parametrize("solver", RULES)
def test_a_warm_start_may_change_the_rule_and_the_dtype(solver, bundled):
    X, y = bundled("wine")
    ours = LogisticRegression(solver="adam", warm_start=True, random_state=0)
    ours.set_params(tol=0.1, max_iter=100).fit(X, y)
    start = ours.score(X, y)
    ours.set_params(solver=solver).fit(X.astype(np.float32), y)
    assert ours.coef_.dtype == np.float32
    ours.set_params(solver="adam").fit(X, y)
    assert ours.coef_.dtype == np.float64
    assert ours.score(X, y) >= start > 0.9


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("call", "rate"), [("fit", 1e30), ("fit", 1e308), ("partial_fit", 1e308)], ids=str
)
@pytest.mark.parametrize("rule", [SGD(), AdamW(weight_decay=1.0)], ids=["sgd", "adamw"])
def test_learning_goes_on_after_a_divergence(rule, call, rate, bundled):
    X, y = bundled("wine")
    # All rows are in one batch, so the state of their order has no influence.
    settings = {"batch_size": len(y), "tol": 0.0, "warm_start": True, "random_state": 0}
    ours = LogisticRegression(solver=rule, max_iter=5, **settings).fit(X, y)
    before, fresh = ours.coef_.copy(), copy.deepcopy(ours)
    ours.set_params(learning_rate_init=rate)
    if rate == 1e30:
        with pytest.warns(ConvergenceWarning, match="best epoch began are kept"):
            ours.set_params(max_iter=300).fit(1e10 * X, y)
        del fresh._training
    else:  # the call raises, and leaves also the state of the rule as it was
        with pytest.raises(ValueError, match="non-finite"):
            getattr(ours, call)(1e10 * X, y)
    np.testing.assert_array_equal(ours.coef_, before)
    for each in (ours, fresh):
        each.set_params(learning_rate_init=1e-3, max_iter=5)
        getattr(each, call)(X, y)
    assert np.isfinite(ours.coef_).all()
    assert np.any(ours.coef_ != before)
    np.testing.assert_allclose(ours.coef_, fresh.coef_, rtol=1e-9)


@pytest.mark.parametrize("before", [False, True])
def test_rows_whose_classes_have_no_weight_are_refused(before, rng):
    X = rng.normal(size=(20, 2))
    y = np.arange(20) % 2
    model = LogisticRegression(solver="sgd", class_weight={0: 0.0, 1: 1.0})
    if before:
        model.partial_fit(X, y, classes=[0, 1])
    state = copy.deepcopy(vars(model))
    with pytest.raises(ValueError, match=r"class_weight=.* leaves no row a weight"):
        model.partial_fit(X[y == 0], y[y == 0], classes=[0, 1])
    assert vars(model).keys() == state.keys()
    if before:
        np.testing.assert_array_equal(model.coef_, state["coef_"])


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("solver", ["gd", "sgd", "adam"])
def test_rows_of_weight_zero_are_as_if_they_were_not_there(solver, method, bundled):
    X, y = bundled("iris")
    weights = (np.arange(len(y)) % 3 > 0).astype(float)
    kept = weights > 0
    settings = {"solver": solver, "C": 1e-3, "max_iter": 5}
    arguments = {"classes": [0, 1, 2]} if method == "partial_fit" else {}
    models = [LogisticRegression(**settings, random_state=0) for _ in range(2)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        getattr(models[0], method)(X, y, sample_weight=weights, **arguments)
        getattr(models[1], method)(X[kept], y[kept], **arguments)
    np.testing.assert_allclose(models[0].coef_, models[1].coef_, rtol=1e-9)
    assert np.abs(models[0].coef_).max() > 0


def test_a_training_that_only_goes_up_says_that_it_learnt_nothing():
    X, y = make_blobs(centers=3, cluster_std=20, random_state=0)
    model = LogisticRegression(solver="sgd", learning_rate_init=0.3, random_state=0)
    with pytest.warns(ConvergenceWarning, match="no epoch led to a lower one"):
        model.fit(X, y)
    np.testing.assert_array_equal(model.coef_, 0)
    assert not model.converged_
    assert model.loss_curve_[-1] > np.log(3)
    # With so strong a penalty the first weights, zeros, are about the best: no warning.
    model.set_params(learning_rate_init=1e-6, C=1e-6).fit(X, y)
    assert model.converged_
    np.testing.assert_allclose(model.coef_, 0, atol=1e-3)


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_stream_that_diverges_warns_in_every_call(solver, bundled):
    X, y = bundled("iris")
    model = LogisticRegression(
        solver=solver, learning_rate_init=1e6, batch_size=10, random_state=0
    )
    for _ in range(3):
        with pytest.warns(ConvergenceWarning, match="lower learning_rate_init by"):
            model.partial_fit(X, y, classes=[0, 1, 2])
    assert np.isfinite(model.coef_).all()


def test_squares_of_gradients_that_overflow_are_told(rng):
    X = rng.normal(size=(200, 3))
    model = LogisticRegression(solver="adam", random_state=0)
    with pytest.warns(ConvergenceWarning, match="squares of the gradients.*overflow"):
        model.fit(1e160 * X, X[:, 0] > 0)
    assert not model.converged_


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_warning_that_is_an_error_leaves_the_training_as_it_was(method, bundled):
    X, y = bundled("iris")
    model = LogisticRegression(
        solver="sgd", max_iter=2, batch_size=10, warm_start=True, random_state=0
    )
    with pytest.warns(ConvergenceWarning):
        model.fit(X, y)
    other = copy.deepcopy(model)
    model.set_params(learning_rate_init=1e6)
    with pytest.raises(ConvergenceWarning):  # warnings are errors here
        getattr(model, method)(X, y)
    assert model.loss_curve_ == other.loss_curve_
    model.set_params(learning_rate_init=0.001)
    for each in (model, other):
        with pytest.warns(ConvergenceWarning):
            each.fit(X, y)
    np.testing.assert_array_equal(model.coef_, other.coef_)


def test_a_stream_whose_objective_overflows_is_refused(bundled):
    X, y = bundled("iris")
    model = LogisticRegression(solver="gd", C=1e-212)
    model.partial_fit(X, y, classes=[0, 1, 2])
    before = model.coef_
    with pytest.raises(ValueError, match="the objective is not finite"):
        model.partial_fit(X, y)
    assert model.coef_ is before

"""Validation rows, passed or held out: their loss and score, and early stopping."""

import pickle

import numpy as np
import pytest
import scipy.sparse
import sklearn
from fitted_networks import SOLVERS, same_history, same_weights, weights_of
from sklearn.metrics import accuracy_score, f1_score, log_loss, r2_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import MLPClassifier, MLPRegressor
from skmlp.multilayer_perceptron.held_out_rows import split_rows

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_gradient_descent_leaves_validation_rows_out(bundled):
    X, y = bundled("wine")
    network = MLPClassifier(
        (3,), solver="gd", early_stopping=True, max_iter=2, random_state=0
    ).fit(X, y)
    network.set_params(warm_start=True, max_iter=1)
    moved = y.copy()
    moved[network._training.state.validation_rows] = 0
    again = pickle.loads(pickle.dumps(network)).fit(X, moved)
    same_weights(again, network.fit(X, y))


def test_early_stopping_keeps_the_loss_and_score_of_the_weights_it_returns(bundled):
    X, y = bundled("digits")
    network = MLPClassifier(
        (30,), early_stopping=True, max_iter=60, random_state=0, n_iter_no_change=4
    ).fit(X, y)
    best = int(np.argmax(network.validation_scores_))
    assert network.best_validation_score_ == network.validation_scores_[best]
    assert network.loss_ == network.loss_curve_[best]
    assert network.best_loss_ is None
    rows = network._training.state.validation_rows
    assert accuracy_score(y[rows], network.predict(X[rows])) == pytest.approx(
        network.best_validation_score_
    )


def test_validation_rows_are_drawn_in_equal_parts_of_every_class(bundled):
    X, y = bundled("digits")
    weight = np.ones(len(y))
    network = MLPClassifier((5,), early_stopping=True, max_iter=1, random_state=0)
    network.fit(X, y, weight)
    rows = network._training.state.validation_rows
    shares = np.bincount(y[rows]) / len(rows)
    np.testing.assert_allclose(shares, np.bincount(y) / len(y), atol=1 / len(rows))
    assert len(np.intersect1d(rows, network._training.state.order)) == 0


def first_rows_alone(y, n):
    """Return the labels, the first n of which become classes of one row each."""
    return np.where(np.arange(len(y)) < n, 10 + np.arange(len(y)), y)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("data", "n"), [("wine", 1), ("wine", 7), ("breast_cancer", 1)]
)
def test_classes_of_one_row_stay_in_the_training_rows(data, n, weighted, bundled):
    X, y = bundled(data)
    y = first_rows_alone(y, n)
    if data == "breast_cancer":  # two classes, one of which has one row
        y = np.where(y == 10, 10, 0)
    weight = np.ones(len(y))
    weight[150:] = 1 - weighted
    network = MLPClassifier((5,), early_stopping=True, max_iter=2, random_state=0)
    names = "10, 11, 12, 13, 14 and 2 more" if n == 7 else "10"
    with pytest.warns(UserWarning, match=f"only 1 member: {names}. These rows stay"):
        network.fit(X, y, weight)
    labels = np.searchsorted(network.classes_, y)[weight > 0]
    drawn = np.flatnonzero(weight), 0.1, np.random.RandomState(0), labels
    with pytest.warns(UserWarning, match="only 1 member"):
        training, validation = split_rows(*drawn, network.classes_)
    n_rows = int(weight.sum())
    assert network.t_ == 2 * (n_rows - np.ceil(0.1 * n_rows))
    assert set(range(n)) <= set(training)
    assert len(np.intersect1d(training, validation)) == 0
    shares = np.unique(y[validation], return_counts=True)[1] / len(validation)
    kept = y[n:n_rows] if weighted else y[n:]
    expected = np.unique(kept, return_counts=True)[1] / len(kept)
    np.testing.assert_allclose(shares, expected, atol=1 / len(validation))


@pytest.mark.parametrize(
    ("n_rows", "fraction", "message"),
    [
        (80, 0.1, "8 validation rows are fewer than there are classes. Increase"),
        (80, 0.95, "4 training rows are fewer than there are classes. Decrease"),
        (0, 0.1, "every class has only one row"),
    ],
)
def test_a_split_without_strata_says_which_part_is_too_small(
    n_rows, fraction, message, bundled
):
    X, y = bundled("digits")
    if n_rows == 0:
        n_rows, y = 30, np.arange(len(y))
    network = MLPClassifier(
        early_stopping=True, max_iter=2, random_state=0, validation_fraction=fraction
    )
    with pytest.warns(UserWarning, match=f"not stratified: {message}"):
        network.fit(X[:n_rows], y[:n_rows])


@pytest.mark.parametrize("stored", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_rows_of_weight_zero_are_neither_held_out_nor_counted(kind, stored, bundled):
    X, y = bundled("wine")
    weight = np.ones(len(y))
    weight[::4] = 0
    settings = {"early_stopping": True, "max_iter": 8, "validation_fraction": 0.3}
    network = kind(hidden_layer_sizes=(5,), random_state=0, **settings)
    fits = [
        sklearn.clone(network).fit(stored(X[rows]), y[rows], weight[rows])
        for rows in (slice(None), weight > 0)
    ]
    same_weights(*fits)
    assert fits[0].validation_scores_ == fits[1].validation_scores_
    assert fits[0].t_ == fits[1].t_


def test_another_validation_fraction_draws_other_rows_and_the_same_keeps_them(bundled):
    X, y = bundled("wine")
    network = MLPClassifier(
        (5,), early_stopping=True, warm_start=True, max_iter=1, random_state=0
    ).fit(X, y)
    visited = network.t_
    network.set_params(validation_fraction=0.5).fit(X, y)
    assert network.t_ - visited == len(y) // 2
    parts = [MLPClassifier((5,), warm_start=True, max_iter=n) for n in (4, 8)]
    twice, once = (
        part.set_params(early_stopping=True, random_state=0, restore_best=False)
        for part in parts
    )
    same_weights(twice.fit(X, y).fit(X, y), once.fit(X, y))


@pytest.mark.parametrize("solver", SOLVERS)
def test_given_validation_rows_are_scored_and_not_learnt_from(solver, split):
    X, y, X_val, y_val = split("wine")
    settings = {"solver": solver, "max_iter": 8, "random_state": 0}
    plain = MLPClassifier((6,), **settings).fit(X, y)
    network = MLPClassifier((6,), **settings).fit(X, y, X_val=X_val, y_val=y_val)
    same_weights(network, plain)
    history = network.history_
    assert history["validation_score"].shape == (network.n_iter_,)
    last = MLPClassifier((6,), restore_best=False, **settings)
    last.fit(X, y, X_val=X_val, y_val=y_val)
    assert last.score(X_val, y_val) == last.history_["validation_score"][-1]
    expected = log_loss(y_val, last.predict_proba(X_val))
    assert last.history_["validation_loss"][-1] == pytest.approx(expected)
    assert last.validation_scores_ == list(last.history_["validation_score"])


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize(
    ("scoring", "score"),
    [
        (None, lambda network, X, y: accuracy_score(y, network.predict(X))),
        ("loss", lambda network, X, y: -log_loss(y, network.predict_proba(X))),
        ("neg_log_loss", lambda network, X, y: -log_loss(y, network.predict_proba(X))),
        ("f1_macro", lambda net, X, y: f1_score(y, net.predict(X), average="macro")),
        (
            lambda network, X, y: network.predict_proba(X)[:, 0].mean(),
            lambda network, X, y: network.predict_proba(X)[:, 0].mean(),
        ),
    ],
    ids=["None", "loss", "neg_log_loss", "f1_macro", "callable"],
)
def test_early_stopping_keeps_what_scores_best_on_given_rows(
    solver, scoring, score, split
):
    X, y, X_val, y_val = split("digits")
    network = MLPClassifier(
        (10,),
        solver=solver,
        early_stopping=True,
        scoring=scoring,
        n_iter_no_change=3,
        max_iter=30,
        tol=0.0,
        random_state=0,
    ).fit(X[:300], y[:300], X_val=X_val, y_val=y_val)
    scores = network.validation_scores_
    assert len(scores) == network.n_iter_
    assert network.best_validation_score_ == max(scores)
    assert score(network, X_val, y_val) == pytest.approx(max(scores))


def test_training_stops_after_exactly_n_iter_no_change_scores_without_improvement(
    split,
):
    X, y, X_val, y_val = split("wine")
    scores = iter([0.1, 0.5, 0.2, 0.4, 0.5, 0.6, 0.3, 0.3, 0.3, 0.9])
    network = MLPClassifier(
        early_stopping=True,
        scoring=lambda network, X, y: next(scores),
        n_iter_no_change=3,
        tol=1e-4,
        restore_best=False,
    ).fit(X, y, X_val=X_val, y_val=y_val)
    assert network.validation_scores_ == [0.1, 0.5, 0.2, 0.4, 0.5]
    assert network.converged_
    assert network.best_validation_score_ == 0.5


def test_without_restore_best_the_last_weights_are_kept(split):
    X, y, *_ = split("wine")
    settings = {"solver": "sgd", "learning_rate_init": 2.0, "batch_size": 8}
    settings |= {"alpha": 0.1, "random_state": 0, "max_iter": 12}
    settings["n_iter_no_change"] = 100
    last = MLPClassifier(restore_best=False, **settings).fit(X, y)
    stream = MLPClassifier(**settings)
    for _ in range(12):
        stream.partial_fit(X, y, classes=range(3))
    same_weights(last, stream)
    assert last.loss_ == last.loss_curve_[-1] > min(last.loss_curve_)
    best = MLPClassifier(**settings).fit(X, y)
    assert best.loss_ == min(last.loss_curve_)


@pytest.mark.parametrize("restore_best", [True, False])
def test_early_stopping_across_calls_of_partial_fit_is_that_of_fit(restore_best, split):
    X, y, X_val, y_val = split("digits")
    settings = {
        "early_stopping": True,
        "scoring": "loss",
        "n_iter_no_change": 2,
        "learning_rate_init": 0.02,
        "restore_best": restore_best,
        "random_state": 0,
    }
    validation = {"X_val": X_val, "y_val": y_val}
    whole = MLPClassifier((20,), **settings).fit(X, y, **validation)
    assert whole.converged_
    stream = MLPClassifier((20,), **settings)
    calls = 0
    while not getattr(stream, "converged_", False):
        stream.partial_fit(X, y, classes=range(10), **validation)
        calls += 1
    assert calls == whole.n_iter_
    same_weights(stream, whole)
    same_history(stream, whole)
    before = weights_of(stream)
    stream.partial_fit(X, y, **validation)  # training has stopped before
    np.testing.assert_array_equal(weights_of(stream), before)
    with pytest.raises(ValueError, match="X_val and y_val"):
        MLPClassifier(**settings).partial_fit(X, y, classes=range(10))


def test_partial_fit_goes_on_from_a_fit_that_has_stopped(split):
    X, y, X_val, y_val = split("digits")
    network = MLPClassifier(
        (20,), early_stopping=True, n_iter_no_change=2, random_state=0
    ).fit(X[:300], y[:300])
    assert network.converged_
    before = network.score(X_val, y_val)
    for _ in range(5):
        network.partial_fit(X, y, X_val=X_val, y_val=y_val)
    assert network.score(X_val, y_val) > before + 0.02


def test_validation_rows_have_weights_in_the_loss_and_the_score(split):
    X, y, X_val, y_val = split("diabetes")
    y, y_val = y / 100, y_val / 100
    weight = 1.0 + np.arange(len(y_val)) % 4
    network = MLPRegressor(max_iter=3, restore_best=False, random_state=0)
    network.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    predicted = network.predict(X_val)
    history = network.history_
    expected = np.average((predicted - y_val) ** 2 / 2, weights=weight)
    assert history["validation_loss"][-1] == pytest.approx(expected)
    score = r2_score(y_val, predicted, sample_weight=weight)
    assert history["validation_score"][-1] == pytest.approx(score)
    named = MLPRegressor(max_iter=3, scoring="r2", random_state=0)
    named.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    assert named.validation_scores_ == pytest.approx(network.validation_scores_)


def test_validation_rows_go_through_a_pipeline_with_the_training_rows(split):
    X, y, X_val, y_val = split("wine")
    X, X_val = 3 * X + 5, 3 * X_val + 5
    scaler = StandardScaler().fit(X)
    settings = {"early_stopping": True, "max_iter": 30, "random_state": 0}
    expected = MLPClassifier(**settings).fit(
        scaler.transform(X), y, X_val=scaler.transform(X_val), y_val=y_val
    )
    with sklearn.config_context(enable_metadata_routing=True):
        network = MLPClassifier(**settings).set_fit_request(X_val=True, y_val=True)
        pipeline = Pipeline(
            [("scaler", StandardScaler()), ("network", network)],
            transform_input=["X_val"],
        ).fit(X, y, X_val=X_val, y_val=y_val)
    same_weights(pipeline[-1], expected)


def test_validation_rows_as_a_data_frame_need_no_other_names(split):
    pandas = pytest.importorskip("pandas")
    X, y, X_val, y_val = split("wine")
    X, X_val = (pandas.DataFrame(rows).add_prefix("x") for rows in (X, X_val))
    for scoring in (None, "f1_macro"):
        network = MLPClassifier(max_iter=3, early_stopping=True, scoring=scoring)
        network.fit(X, y, X_val=X_val, y_val=y_val)
        assert list(network.feature_names_in_) == list(X.columns)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_val": None}, "X_val and sample_weight_val came without y_val"),
        ({"X_val": None}, "y_val and sample_weight_val came without X_val"),
        ({"X_val": None, "y_val": None}, "sample_weight_val came without X_val and"),
        ({"X_val": np.zeros((2, 3))}, "X_val and y_val: .* 3 features"),
        ({"y_val": [0, 1]}, "X_val and y_val: .*inconsistent"),
        ({"y_val": np.full(54, 7)}, "y_val has the classes"),
        ({"sample_weight_val": np.zeros(54)}, "at least one non-zero"),
        ({"sample_weight_val": -np.ones(54)}, "Negative"),
    ],
    ids=str,
)
def test_what_is_wrong_with_validation_rows_is_named(change, message, split):
    X, y, X_val, y_val = split("wine")
    given = {"X_val": X_val[:54], "y_val": y_val[:54], "sample_weight_val": np.ones(54)}
    if change.get("X_val", 0) is not None and len(change.get("X_val", X)) == 2:
        given["y_val"], given["sample_weight_val"] = y_val[:2], None
    with pytest.raises(ValueError, match=message):
        MLPClassifier(max_iter=1).fit(X, y, **(given | change))

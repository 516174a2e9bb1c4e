"""Training of networks: weights, validation rows, the record, divergence."""

import warnings

import numpy as np
import pytest
import sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import accuracy_score, f1_score, log_loss, r2_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SOLVERS = ("adam", "sgd", "lbfgs")
TIMES = "seconds"


def weights_of(network):
    return np.concatenate([np.ravel(w) for w in network.coefs_ + network.intercepts_])


def same_weights(ours, theirs):
    np.testing.assert_array_equal(weights_of(ours), weights_of(theirs))


def same_history(ours, theirs):
    assert set(ours.history_) == set(theirs.history_)
    for name, values in ours.history_.items():
        if name != TIMES:
            np.testing.assert_array_equal(values, theirs.history_[name], err_msg=name)


@pytest.fixture
def split(bundled):
    """name -> (X, y, X_val, y_val) of standardised data."""

    def load(name):
        X, y = bundled(name)
        X, X_val, y, y_val = train_test_split(X, y, test_size=0.3, random_state=0)
        return X, y, X_val, y_val

    return load


# Weights


@pytest.mark.parametrize("solver", ["lbfgs", "gd", "adam"])
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_weight_of_k_equals_k_copies_over_the_whole_batch(solver, alpha, bundled):
    X, y = bundled("wine")
    copies = np.arange(len(y)) % 4
    settings = {"alpha": alpha, "max_iter": 15, "random_state": 0, "tol": 0.0}
    # 'lbfgs' and 'gd' take all rows in any case; 'adam' where a batch has them all.
    weighted, repeated = (
        MLPClassifier((8,), solver=solver, **settings).set_params(
            **({"batch_size": n, "shuffle": False} if solver == "adam" else {})
        )
        for n in (np.count_nonzero(copies), copies.sum())
    )
    weighted.fit(X, y, copies)
    repeated.fit(np.repeat(X, copies, axis=0), np.repeat(y, copies))
    np.testing.assert_allclose(
        weights_of(weighted), weights_of(repeated), rtol=1e-6, atol=1e-9
    )


def test_class_weights_raise_the_recall_of_the_minority():
    X, y = load_breast_cancer(return_X_y=True)
    rng = np.random.default_rng(0)
    malignant = rng.permutation(np.flatnonzero(y == 0))
    rows = np.concatenate([np.flatnonzero(y == 1), malignant[:60]])
    X = StandardScaler().fit_transform(X)[:, [1, 4]]  # texture and smoothness
    train, test = train_test_split(rows, stratify=y[rows], random_state=0)
    recall = {}
    for class_weight in (None, "balanced", {0: 20.0}):
        network = MLPClassifier(
            (8,),
            class_weight=class_weight,
            learning_rate_init=0.02,
            max_iter=60,
            random_state=0,
        ).fit(X[train], y[train])
        predicted = network.predict(X[test])
        recall[str(class_weight)] = recall_score(y[test], predicted, pos_label=0)
    assert recall["balanced"] > recall["None"] + 0.1
    assert recall["{0: 20.0}"] > recall["None"] + 0.1


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0, 2: 0.0}], ids=str)
def test_class_weights_are_weights_of_the_rows(solver, class_weight, bundled):
    X, y = bundled("wine")
    own = 1.0 + np.arange(len(y)) % 3
    shares = {k: len(y) / (3 * np.count_nonzero(y == k)) for k in range(3)}
    if class_weight == "balanced":  # by the rows' own weights
        shares = {k: own.sum() / (3 * own[y == k].sum()) for k in range(3)}
    else:
        shares = {1: 1.0} | class_weight
    settings = {"solver": solver, "max_iter": 5, "random_state": 0}
    ours = MLPClassifier((5,), class_weight=class_weight, **settings).fit(X, y, own)
    rows = own * np.array([shares[label] for label in y])
    theirs = MLPClassifier((5,), **settings).fit(X, y, rows)
    np.testing.assert_allclose(weights_of(ours), weights_of(theirs), rtol=1e-9)


def test_class_weights_of_logistic_regression_are_those_of_a_network(bundled):
    X, y = bundled("breast_cancer")
    linear = LogisticRegression(C=1.0, class_weight="balanced", tol=1e-10).fit(X, y)
    network = MLPClassifier(
        (), solver="lbfgs", alpha=1.0, class_weight="balanced", tol=1e-8, max_iter=500
    ).fit(X, y)
    np.testing.assert_allclose(network.coefs_[0][:, 0], linear.coef_[0], atol=2e-3)


def test_partial_fit_balances_the_classes_by_all_rows_seen_so_far(bundled):
    X, y = bundled("iris")
    X, y = np.vstack([X[:50], X[50:70]]), np.repeat([0, 1], [50, 20])
    parts = np.r_[0:40], np.r_[40:70]
    settings = {"random_state": 0, "shuffle": False}
    balanced = MLPClassifier((4,), class_weight="balanced", **settings)
    by_hand = MLPClassifier((4,), **settings)
    seen = np.zeros(2)
    for rows in parts:
        balanced.partial_fit(X[rows], y[rows], classes=[0, 1])
        seen += np.bincount(y[rows], minlength=2)
        present = np.count_nonzero(seen)
        weight = seen.sum() / (present * seen[y[rows]])
        by_hand.partial_fit(X[rows], y[rows], weight, classes=[0, 1])
    np.testing.assert_allclose(weights_of(balanced), weights_of(by_hand), rtol=1e-9)


def test_class_weights_of_several_labels_a_row_are_refused(bundled):
    X, _ = bundled("iris")
    Y = (X[:, :2] > 0).astype(int)
    with pytest.raises(ValueError, match=r"several labels.*sample_weight"):
        MLPClassifier(class_weight="balanced").fit(X, Y)
    with pytest.raises(ValueError, match="class_weight"):
        MLPClassifier(class_weight="balance").fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="leaves no row a weight"):
        MLPClassifier(class_weight={0: 0, 1: 0}).fit(X, Y[:, 0])


# Validation rows


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


def test_training_stops_after_exactly_so_many_scores_that_are_no_better(split):
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
    stream.partial_fit(X, y, **validation)  # it has stopped
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


# The record


@pytest.mark.parametrize("early_stopping", [False, True])
def test_the_history_of_five_epochs_and_five_more_is_that_of_ten(early_stopping, split):
    X, y, X_val, y_val = split("wine")
    settings = {"record": "epoch", "early_stopping": early_stopping, "random_state": 0}
    validation = {"X_val": X_val, "y_val": y_val}
    whole = MLPClassifier(max_iter=10, **settings).fit(X, y, **validation)
    halves = MLPClassifier(max_iter=5, warm_start=True, **settings)
    halves.fit(X, y, **validation).fit(X, y, **validation)
    stream = MLPClassifier(**settings)
    for _ in range(10):
        stream.partial_fit(X, y, classes=range(3), **validation)
    assert len(whole.history_["seconds"]) == 10
    same_history(halves, whole)
    same_history(stream, whole)
    same_weights(halves, whole)


@pytest.mark.parametrize(
    "settings",
    [{}, {"early_stopping": True}, {"dropout": 0.3, "input_noise": 0.1}],
    ids=str,
)
def test_the_recorded_objective_is_that_of_the_weights_after_the_epoch(
    settings, bundled
):
    X, y = bundled("wine")
    weight = 1.0 + np.arange(len(y)) % 3
    alpha = 2.0
    network = MLPClassifier(
        (6,),
        record="epoch",
        restore_best=False,
        alpha=alpha,
        learning_rate_init=0.01,
        max_iter=4,
        random_state=0,
        **settings,
    ).fit(X, y, weight)
    rows = np.sort(network._state.order)

    def objective(parameters):
        network.coefs_, network.intercepts_ = network._network.unflatten(parameters)
        p = network.predict_proba(X[rows])[np.arange(len(rows)), y[rows]]
        squares = sum((w**2).sum() for w in network.coefs_)
        total = weight[rows] @ -np.log(p) + alpha / 2 * squares
        return total / weight[rows].sum()

    final = weights_of(network)
    history = network.history_
    assert history["training_loss"][-1] == pytest.approx(objective(final), rel=1e-12)
    steps = 1e-6 * np.eye(len(final))
    slopes = [(objective(final + s) - objective(final - s)) / 2e-6 for s in steps]
    assert history["gradient_norm"][-1] == pytest.approx(np.abs(slopes).max(), rel=1e-5)
    np.testing.assert_array_equal(history["loss"], network.loss_curve_)
    assert (history["seconds"] > 0).all()


def test_the_history_of_lbfgs_ends_at_its_minimum(split):
    X, y, X_val, y_val = split("wine")
    network = MLPClassifier((5,), solver="lbfgs", tol=1e-3, random_state=0)
    history = network.fit(X, y, X_val=X_val, y_val=y_val).history_
    assert set(history) == {
        "loss",
        "training_loss",
        "validation_loss",
        "validation_score",
        "gradient_norm",
        "seconds",
    }
    assert {len(values) for values in history.values()} == {network.n_iter_}
    assert history["training_loss"][-1] == network.loss_
    assert history["gradient_norm"][-1] <= 1e-3 < history["gradient_norm"][-2]
    assert history["validation_score"][-1] == network.score(X_val, y_val)


def test_the_recorded_rate_is_that_of_the_schedule(bundled):
    X, y = bundled("wine")
    network = MLPClassifier(learning_rate="invscaling", max_iter=4).fit(X, y)
    visited = len(y) * np.arange(4)
    expected = 1e-3 / (visited + 1) ** 0.5
    np.testing.assert_allclose(network.history_["learning_rate"], expected)


def test_recording_changes_no_result(bundled):
    X, y = bundled("wine")
    networks = [
        MLPClassifier(record=record, max_iter=5, random_state=0).fit(X, y)
        for record in ("auto", "batches", "epoch")
    ]
    same_weights(networks[0], networks[2])
    assert set(networks[0].history_) == {"loss", "learning_rate", "seconds"}
    same_history(networks[0], networks[1])


def test_an_unfitted_network_has_no_history():
    assert not hasattr(MLPClassifier(), "history_")


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_verbose_prints_one_aligned_line_an_epoch_below_one_heading(
    solver, split, capsys
):
    X, y, X_val, y_val = split("wine")
    network = MLPClassifier(
        (4,), solver=solver, max_iter=12, verbose=1, warm_start=True
    )
    network.fit(X, y, X_val=X_val, y_val=y_val)
    network.set_params(max_iter=1).fit(X, y, X_val=X_val, y_val=y_val)
    heading, *lines = capsys.readouterr().out.splitlines()
    history = network.history_
    assert [int(line.split()[0]) for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) == len(history["loss"])
    assert {len(line) for line in [heading, *lines]} == {len(heading)}
    columns = ["Iteration", "loss", "training loss", "validation loss", "score"]
    columns += ["rate", "gradient", "seconds"] if solver == "adam" else ["gradient"]
    places = [heading.index(column) for column in columns]
    assert places == sorted(places)
    assert float(lines[3].split()[1]) == pytest.approx(history["loss"][3], abs=1e-6)
    score = history["validation_score"][3]
    assert float(lines[3].split()[4]) == pytest.approx(score, abs=1e-4)
    assert ("rate" in heading) == (solver == "adam")


def test_verbose_tells_of_a_rate_that_is_lowered_below_the_same_heading(
    bundled, capsys
):
    X, y = bundled("diabetes")
    network = MLPRegressor(
        hidden_layer_sizes=(),
        solver="sgd",
        learning_rate_init=100.0,
        on_divergence="backoff",
        max_iter=9,
        verbose=1,
    ).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    told = [line for line in lines if line.startswith("Training diverged. Going back")]
    assert told[0].endswith("at the rate 50.")
    assert len(told) == 9 - len(network.loss_curve_)
    assert sum(line.startswith("Iteration") for line in lines) == 1


# Divergence


def diverging(bundled, **settings):
    """A regression whose loss grows, slowly enough for some finite epochs."""
    X, y = bundled("diabetes")
    rate = 3 / np.linalg.eigvalsh(np.cov(X.T))[-1]
    settings = {
        "hidden_layer_sizes": (),
        "solver": "sgd",
        "learning_rate_init": rate,
        "random_state": 0,
        "max_iter": 5000,
        "n_iter_no_change": 5000,
    } | settings
    return MLPRegressor(**settings), X, y


def test_a_fit_goes_on_from_finite_weights_after_it_diverged(bundled):
    network, X, y = diverging(bundled, warm_start=True)
    with pytest.warns(ConvergenceWarning, match="by a factor of 10, to 0.07"):
        network.fit(X, y)
    assert network.diverged_
    assert np.isfinite(network.loss_)
    network.set_params(learning_rate_init=1e-2, max_iter=100).fit(X, y)
    assert not network.diverged_
    assert np.isfinite(weights_of(network)).all()
    assert network.score(X, y) > 0.4


def test_a_stream_that_diverges_keeps_the_weights_before_those_rows(bundled):
    network, X, y = diverging(bundled, learning_rate_init=1e-2)
    for _ in range(3):
        network.partial_fit(X, y)
    before = weights_of(network)
    with pytest.warns(ConvergenceWarning, match="epoch 4,.* before these rows are"):
        network.partial_fit(X, 1e200 * y)
    np.testing.assert_array_equal(weights_of(network), before)
    assert network.diverged_
    assert np.isfinite(network.loss_)
    for _ in range(30):
        network.partial_fit(X, y)
    assert network.score(X, y) > 0.4
    with pytest.raises(ValueError, match="epoch 1"):
        MLPRegressor().partial_fit(X, 1e200 * y)


def test_a_stream_backs_off_until_the_rows_are_learnt(bundled):
    network, X, y = diverging(
        bundled, learning_rate_init=1e8, on_divergence="backoff", record="epoch"
    )
    for call in range(1, 4):
        network.partial_fit(X, y)
        assert len(network.history_["loss"]) == len(network.loss_curve_) == call
    assert np.isfinite(weights_of(network)).all()
    assert network.history_["learning_rate"][0] < 10


def test_backing_off_in_every_epoch_there_is_leaves_the_first_weights(bundled):
    network, X, y = diverging(
        bundled, learning_rate_init=1e200, on_divergence="backoff", max_iter=2
    )
    network.fit(X, y)
    assert network.diverged_
    assert network.loss_curve_ == []
    assert np.isfinite(network.predict(X)).all()


def test_lbfgs_keeps_its_last_finite_weights_or_says_that_there_are_none(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(solver="lbfgs", hidden_layer_sizes=(5,), random_state=0)
    for scaled in ((1e200 * X, y), (X, 1e200 * y)):
        with pytest.raises(ValueError, match=r"non-finite.*of lbfgs"):
            network.fit(*scaled)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        poisson = MLPRegressor("poisson", solver="lbfgs", max_iter=20000)
        poisson.fit(X, y)
    assert not poisson.diverged_
    assert np.isfinite(poisson.predict(X)).all()


def test_weights_that_are_finite_but_whose_scores_are_not_are_refused():
    X, y = np.array([[-1.0], [1.0]]), np.array([-1e150, 1e150])
    network = MLPRegressor(
        hidden_layer_sizes=(2, 2),
        activation="identity",
        solver="sgd",
        learning_rate_init=1.0,
        max_iter=1,
        random_state=0,
    )
    with pytest.raises(ValueError, match="their scores are infinite"):
        network.fit(X, y)


def test_a_pipeline_reports_its_last_steps_history(bundled):
    X, y = bundled("iris")
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(max_iter=3)).fit(X, y)
    assert len(pipeline[-1].history_["loss"]) == 3

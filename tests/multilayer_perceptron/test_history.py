"""History of a training, and the table that `verbose` prints."""

import numpy as np
import pytest
from fitted_networks import SOLVERS, same_history, same_weights, weights_of
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from versions import needs_callbacks

from skmlp import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_leaves_a_loss_curve(solver, bundled):
    X, y = bundled("iris")
    settings = {"learning_rate_init": 0.02, "max_iter": 50, "random_state": 0}
    network = MLPClassifier((10,), solver=solver, **settings).fit(X, y)
    assert len(network.loss_curve_) == network.n_iter_
    assert network.loss_curve_[-1] < network.loss_curve_[0]
    assert network.best_loss_ == min(network.loss_curve_)


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
    rows = np.sort(network._training.state.order)

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


@pytest.mark.parametrize("unit", [1e4, 1e12, 1e100])
def test_large_numbers_do_not_touch_those_before_them(unit, split, capsys):
    X, y, _, _ = split("diabetes")
    network = MLPRegressor(
        max_iter=3, verbose=1, scale_target=True, early_stopping="loss", random_state=0
    ).fit(X, unit * y)
    heading, *lines = capsys.readouterr().out.splitlines()
    names = ("loss", "validation_loss", "validation_score")
    for number, line in enumerate(lines):
        assert len(line) == len(heading)
        _, loss, _, validation_loss, score, *rest = map(float, line.split())
        assert len(rest) == 3
        expected = [network.history_[name][number] for name in names]
        assert [loss, validation_loss, score] == pytest.approx(expected, rel=0.5)


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
    told = [line for line in lines if line.startswith("Training diverged.")]
    assert told[0].endswith("with learning rate 50.")
    assert len(told) == 9 - len(network.loss_curve_)
    assert sum(line.startswith("Iteration") for line in lines) == 1


def test_a_pipeline_reports_its_last_steps_history(bundled):
    X, y = bundled("iris")
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(max_iter=3)).fit(X, y)
    assert len(pipeline[-1].history_["loss"]) == 3


class Watcher:
    """Callback that stores the fitted estimator of each epoch."""

    def setup(self, estimator, context):
        self.seen = []

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        # An iteration that a solver began but did not finish has no fitted estimator.
        if context.parent is not None and fitted_estimator is not None:
            self.seen.append(fitted_estimator)


@needs_callbacks
@pytest.mark.parametrize("validated", [False, True])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("network", [MLPClassifier, MLPRegressor])
def test_a_callback_sees_an_estimator_as_it_was_after_each_epoch(
    network, solver, validated, split
):
    X, y, X_val, y_val = split("iris")
    given = {"X_val": X_val, "y_val": y_val} if validated else {}
    settings = {"max_iter": 4, "random_state": 0, "warm_start": True, "tol": 0.0}
    watcher = Watcher()
    ours = network(solver=solver, **settings).set_callbacks(watcher)
    for fit in range(2):
        ours.fit(X, y, **given)
        curve, scores = ours.loss_curve_, ours.validation_scores_
        assert len(watcher.seen) == ours.n_iter_ == 4
        for n_iter, seen in enumerate(watcher.seen, start=1):
            n_epochs = 4 * fit + n_iter
            assert seen.n_iter_ == n_iter
            assert seen.loss_curve_ == curve[:n_epochs]
            np.testing.assert_array_equal(seen.history_["loss"], curve[:n_epochs])
            assert seen.t_ == (0 if solver == "lbfgs" else n_epochs * len(y))
            if not validated:
                assert seen.validation_scores_ is None
            else:  # L-BFGS starts a new list in each fit
                n_scores = n_iter if solver == "lbfgs" else n_epochs
                assert seen.validation_scores_ == scores[:n_scores]
                assert seen.score(X_val, y_val) == seen.validation_scores_[-1]
            if network is MLPClassifier:
                np.testing.assert_array_equal(seen.classes_, [0, 1, 2])
        restored = network(solver=solver, **settings | {"restore_best": False})
        if fit == 0:
            same_weights(watcher.seen[-1], restored.fit(X, y))


@needs_callbacks
@pytest.mark.parametrize("n_init", [1, 3])
@pytest.mark.parametrize("max_iter", [4, 500])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("network", [MLPClassifier, MLPRegressor])
def test_callbacks_see_all_epochs_of_all_starts(
    network, solver, max_iter, n_init, bundled
):
    X, y = bundled("iris")
    tol = 1e-2 if solver == "lbfgs" else 1.0
    settings = {"solver": solver, "tol": tol, "n_iter_no_change": 2, "random_state": 0}
    watcher = Watcher()
    ours = network(n_init=n_init, max_iter=max_iter, **settings)
    ours.set_callbacks(watcher).fit(X, y)
    counts = np.array([seen.n_iter_ for seen in watcher.seen])
    begins = np.append(np.flatnonzero(counts == 1), len(counts))
    assert len(begins) == n_init + 1
    expected = [np.arange(1, length + 1) for length in np.diff(begins)]
    np.testing.assert_array_equal(counts, np.concatenate(expected))
    assert counts.max() <= max_iter
    assert ours.n_iter_ in counts[begins[1:] - 1]
    same_weights(ours, network(n_init=n_init, max_iter=max_iter, **settings).fit(X, y))

"""The five estimators with scikit-learn's callbacks."""

import io
import pickle
import timeit

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from versions import import_callbacks

import skmlp

callback = import_callbacks()

# Few iterations on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SMALL = {"hidden_layer_sizes": (5,), "random_state": 0}

# Case -> (class, parameters, name of the task of an iteration).
ITERATIVE = {
    "MLPClassifier-adam": ("MLPClassifier", {"max_iter": 6, **SMALL}, "epoch"),
    "MLPClassifier-lbfgs": (
        "MLPClassifier",
        {"max_iter": 6, "solver": "lbfgs", **SMALL},
        "epoch",
    ),
    "MLPRegressor-sgd": (
        "MLPRegressor",
        {"max_iter": 6, "solver": "sgd", **SMALL},
        "epoch",
    ),
    "Perceptron": ("Perceptron", {"max_iter": 6, "tol": None}, "epoch"),
    "LogisticRegression-lbfgs": ("LogisticRegression", {"max_iter": 6}, "lbfgs-iter"),
    "LogisticRegression-newton": (
        "LogisticRegression",
        {"max_iter": 3, "solver": "newton-cholesky", "tol": 1e-12},
        "newton-cholesky-iter",
    ),
}
ALL = {
    **ITERATIVE,
    "LinearDiscriminantAnalysis": ("LinearDiscriminantAnalysis", {}, None),
}

# Class -> grid of one parameter for GridSearchCV.
GRID = {
    "MLPClassifier": {"alpha": [1e-4, 1e-1]},
    "MLPRegressor": {"alpha": [1e-4, 1e-1]},
    "Perceptron": {"penalty": [None, "l2"]},
    "LogisticRegression": {"C": [0.1, 1.0]},
    "LinearDiscriminantAnalysis": {"tol": [1e-4, 1e-3]},
}

over_all = pytest.mark.parametrize("case", ALL)
over_iterative = pytest.mark.parametrize("case", ITERATIVE)


def build(case, **parameters):
    name, given, _ = ALL[case]
    return getattr(skmlp, name)(**{**given, **parameters})


def search(case, n_jobs, estimator=None):
    grid = GRID[ALL[case][0]]
    return GridSearchCV(estimator or build(case), grid, cv=2, n_jobs=n_jobs)


def outputs(estimator, X):
    """Return probabilities, else scores, else predictions: labels hide differences."""
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(X)
    if hasattr(estimator, "decision_function"):
        return estimator.decision_function(X)
    return estimator.predict(X)


def n_iter(estimator):
    return int(np.max(estimator.n_iter_))


class Recorder:
    """Callback that records all calls, and stops the fit or fails at an iteration."""

    def __init__(self, stop_at=None, fail_at=None):
        self.stop_at, self.fail_at = stop_at, fail_at
        self.calls, self.fitted = [], []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.calls.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.calls.append(("end", context.task_name, context.task_id))
        if context.parent is None:
            return False
        if fitted_estimator is not None:
            self.fitted.append(fitted_estimator)
        if self.fail_at == len(self.fitted):
            raise RuntimeError("a callback failed")
        return self.stop_at == len(self.fitted)


@over_iterative
def test_every_iteration_is_a_task_within_the_fit(case, bundled):
    X, y = bundled("iris")
    recorder = Recorder()
    fitted = build(case).set_callbacks(recorder).fit(X, y)
    word = ALL[case][2]
    first, begin, *iterations, end, last = recorder.calls
    assert (first, last) == ("setup", "teardown")
    assert (begin, end) == (("begin", "fit", 0), ("end", "fit", 0))
    # A solver that converges may have begun one more iteration.
    n_tasks = len(iterations) // 2
    assert n_tasks in (n_iter(fitted), n_iter(fitted) + 1)
    assert len(recorder.fitted) == n_iter(fitted)
    assert iterations == [
        (call, word, i) for i in range(n_tasks) for call in ("begin", "end")
    ]


def test_discriminant_analysis_fits_in_a_single_task(bundled):
    X, y = bundled("iris")
    recorder = Recorder()
    skmlp.LinearDiscriminantAnalysis().set_callbacks(recorder).fit(X, y)
    assert recorder.calls == [
        "setup",
        ("begin", "fit", 0),
        ("end", "fit", 0),
        "teardown",
    ]


@over_iterative
def test_the_estimator_of_an_iteration_is_that_of_a_fit_with_max_iter(case, bundled):
    X, y = bundled("iris")
    recorder = Recorder()
    build(case).set_callbacks(recorder).fit(X, y)
    for i, of_iteration in enumerate(recorder.fitted, start=1):
        of_fit = build(case, max_iter=i).fit(X, y)
        assert_allclose(outputs(of_iteration, X), outputs(of_fit, X), rtol=1e-6)


@over_iterative
def test_a_callback_stops_the_fit(case, bundled):
    X, y = bundled("iris")
    recorder = Recorder(stop_at=2)
    stopped = build(case).set_callbacks(recorder).fit(X, y)
    assert n_iter(stopped) == 2
    assert recorder.calls[-2:] == [("end", "fit", 0), "teardown"]
    assert_allclose(
        outputs(stopped, X), outputs(build(case, max_iter=2).fit(X, y), X), rtol=1e-6
    )


@over_iterative
@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
def test_a_fit_that_a_callback_stops_does_not_warn_of_no_convergence(case, bundled):
    X, y = bundled("iris")
    build(case, max_iter=50).set_callbacks(Recorder(stop_at=2)).fit(X, y)


@over_iterative
def test_a_callback_that_fails_leaves_no_context_behind(case, bundled):
    X, y = bundled("iris")
    recorder = Recorder(fail_at=2)
    estimator = build(case).set_callbacks(recorder)
    with pytest.raises(RuntimeError, match="a callback failed"):
        estimator.fit(X, y)
    assert recorder.calls[-1] == "teardown"
    assert not hasattr(estimator, "_callback_fit_ctx")
    recorder.fail_at = None
    estimator.fit(X, y)


@over_all
def test_callbacks_change_no_result(case, bundled):
    X, y = bundled("iris")
    watched = build(case).set_callbacks(Recorder()).fit(X, y)
    alone = build(case).fit(X, y)
    assert np.array_equal(outputs(watched, X), outputs(alone, X))


@over_all
def test_a_progress_bar_shows_the_fit(case, bundled, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    X, y = bundled("iris")
    build(case).set_callbacks(callback.ProgressBar()).fit(X, y)
    shown = capsys.readouterr().out
    assert f"{ALL[case][0]} - fit" in shown
    assert "100%" in shown


@over_iterative
def test_a_progress_bar_moves_at_every_iteration(case, bundled, monkeypatch):
    from sklearn.callback import _progressbar

    X, y = bundled("iris")
    messages = []
    send = _progressbar.send
    monkeypatch.setattr(
        _progressbar,
        "send",
        lambda handle, message: (messages.append(dict(message)), send(handle, message)),
    )
    fitted = build(case).set_callbacks(callback.ProgressBar()).fit(X, y)
    (bar,) = [message for message in messages if message["event"] == "begin"]
    steps = [message for message in messages if message["event"] == "end"]
    max_iter = fitted.get_params()["max_iter"]
    # The end of the fit counts as a step, and so may an iteration that has only begun.
    assert bar["max_subtasks"] in (max_iter, max_iter + 1)
    assert len(steps) - 1 in (n_iter(fitted), n_iter(fitted) + 1)


@pytest.mark.parametrize("n_jobs", [1, 2])
@over_all
def test_a_progress_bar_of_a_search_shows_every_fit(
    case, n_jobs, bundled, capsys, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "200")
    X, y = bundled("iris")
    search(case, n_jobs).set_callbacks(callback.ProgressBar()).fit(X, y)
    shown = capsys.readouterr().out
    for i in range(4):
        assert (
            f"GridSearchCV - candidate-split-evaluation | {ALL[case][0]} - fit #{i}"
            in shown
        )
    assert f"GridSearchCV - refit-with-best-params | {ALL[case][0]} - fit" in shown


def test_a_progress_bar_of_a_pipeline_shows_its_last_step(bundled, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    X, y = bundled("iris")
    pipeline = make_pipeline(StandardScaler(), build("MLPClassifier-adam"))
    pipeline.set_callbacks(callback.ProgressBar()).fit(X, y)
    shown = capsys.readouterr().out
    assert "Pipeline - fit-final-estimator | MLPClassifier - fit" in shown


def scoring(case):
    return "r2" if ALL[case][0] == "MLPRegressor" else "accuracy"


@over_iterative
def test_a_scoring_monitor_records_one_score_an_iteration(case, bundled):
    X, y = bundled("iris")
    monitor = callback.ScoringMonitor(scoring=scoring(case))
    fitted = build(case).set_callbacks(monitor).fit(X, y)
    *iterations, of_fit = sorted(
        monitor.get_logs().data, key=lambda row: -len(row["task_id_path"])
    )
    assert [row["task_name"] for row in iterations] == [ALL[case][2]] * n_iter(fitted)
    assert [row["task_id"] for row in iterations] == list(range(n_iter(fitted)))
    for i, row in enumerate(iterations, start=1):
        expected = build(case, max_iter=i).fit(X, y).score(X, y)
        assert_allclose(row[scoring(case)], expected, rtol=1e-6)
    assert of_fit["task_name"] == "fit"
    assert of_fit[scoring(case)] == fitted.score(X, y)


def test_a_scoring_monitor_records_one_score_of_discriminant_analysis(bundled):
    X, y = bundled("iris")
    monitor = callback.ScoringMonitor(scoring="accuracy")
    fitted = skmlp.LinearDiscriminantAnalysis().set_callbacks(monitor).fit(X, y)
    (row,) = monitor.get_logs().data
    assert row["accuracy"] == fitted.score(X, y)


@over_all
def test_a_scoring_monitor_weighs_the_rows_as_the_fit_does(case, bundled, rng):
    X, y = bundled("iris")
    weight = rng.integers(1, 5, size=len(y)).astype(float)
    monitor = callback.ScoringMonitor(scoring=scoring(case))
    fitted = build(case).set_callbacks(monitor).fit(X, y, sample_weight=weight)
    score = monitor.get_logs().data[0][scoring(case)]
    assert_allclose(score, fitted.score(X, y, weight), rtol=1e-6)
    assert score != fitted.score(X, y)


@pytest.mark.parametrize("case", ["LogisticRegression-lbfgs", "Perceptron"])
def test_class_weights_are_no_metadata_of_the_rows(case, bundled):
    X, y = bundled("iris")
    # This scorer takes no sample_weight.
    scorer = make_scorer(lambda true, predicted: accuracy_score(true, predicted))
    monitor = callback.ScoringMonitor(scoring=scorer)
    fitted = build(case, class_weight="balanced").set_callbacks(monitor).fit(X, y)
    assert monitor.get_logs().data[0]["score"] == fitted.score(X, y)


@over_all
def test_a_scoring_monitor_hears_from_the_workers_of_a_search(case, bundled):
    X, y = bundled("iris")
    rows = {}
    for n_jobs in (1, 2):
        monitor = callback.ScoringMonitor(scoring=scoring(case))
        estimator = build(case).set_callbacks(monitor)
        found = search(case, n_jobs, estimator).fit(X, y)
        rows[n_jobs] = [
            (row["task_id_path"], row["task_name"], row[scoring(case)])
            for row in monitor.get_logs().data
        ]
    # Four fits of the search, and the fit with the best parameters.
    n_fits = sum(
        row["estimator_name"] == ALL[case][0] and len(row["task_id_path"]) in (2, 3)
        for row in monitor.get_logs().data
        if row["task_name"] == "fit"
    )
    assert n_fits == 5
    assert rows[2] == rows[1]
    assert hasattr(found.best_estimator_, "_skl_callbacks")


@over_all
def test_a_scoring_monitor_hears_from_the_workers_of_a_cross_validation(case, bundled):
    X, y = bundled("iris")
    monitor = callback.ScoringMonitor(scoring=scoring(case))
    estimator = build(case).set_callbacks(monitor)
    cross_validate(estimator, X, y, cv=3, n_jobs=2)
    assert len(monitor.get_logs(select="all")) == 3


def pickled(estimator):
    return pickle.dumps(estimator)


def dumped(estimator):
    file = io.BytesIO()
    joblib.dump(estimator, file)
    return file.getvalue()


@pytest.mark.parametrize("write", [pickled, dumped], ids=lambda write: write.__name__)
@pytest.mark.parametrize("state", ["new", "fitted"])
@over_all
def test_a_pickled_estimator_carries_no_callback(case, state, write, bundled):
    X, y = bundled("iris")
    monitor = callback.ScoringMonitor(scoring=scoring(case))
    estimator = build(case).set_callbacks(callback.ProgressBar(), monitor)
    if state == "fitted":
        estimator.fit(X, y)
    file = write(estimator)
    handle = monitor._listener_handle
    assert handle.authkey not in file
    assert str(handle.address).encode() not in file
    assert b"sklearn.callback" not in file
    restored = joblib.load(io.BytesIO(file))
    assert not hasattr(restored, "_skl_callbacks")
    restored.fit(X, y)
    assert clone(estimator)._skl_callbacks[1] is monitor


@pytest.mark.parametrize("case", ["MLPClassifier-adam", "MLPRegressor-sgd"])
def test_partial_fit_is_a_fit_of_one_epoch(case, bundled):
    X, y = bundled("iris")
    recorder = Recorder()
    estimator = build(case).set_callbacks(recorder)
    for _ in range(2):
        known = {"classes": [0, 1, 2]} if case.startswith("MLPClass") else {}
        estimator.partial_fit(X, y, **known)
    assert recorder.calls.count("setup") == recorder.calls.count("teardown") == 2
    assert recorder.calls.count(("end", "epoch", 0)) == 2
    assert len(recorder.fitted) == 2


def test_without_callbacks_an_epoch_of_ten_batches_costs_no_more(rng):
    X, y = rng.normal(size=(500, 20)), np.arange(500) % 2
    network = skmlp.MLPClassifier((10,), batch_size=50, max_iter=20, tol=0)
    fit = min(timeit.repeat(lambda: network.fit(X, y), number=1, repeat=5))
    observer = network._observe(X, y, None, task_name="epoch", max_iter=20)

    def observe():
        observer.begin(dict)
        observer.end(dict)

    cost = min(timeit.repeat(observe, number=1000, repeat=5)) / 1000
    assert cost < 0.01 * fit / 20

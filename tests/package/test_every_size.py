"""The table "every size" is complete, and its comparisons of results are correct."""

import importlib
import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import sklearn.linear_model
import sklearn.neural_network
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.preprocessing import StandardScaler
from versions import needs

needs_new_scores = needs("scikit-learn", "1.9", "has a dict of scores for each class")
ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # for the benchmarks, which are not installed
try:
    pytest.importorskip("benchmarks.sizes", reason="there are no benchmarks here")
    rows, quality, report, fits, datasets = (
        importlib.import_module(f"benchmarks.{name}")
        for name in (
            *("sizes.rows", "sizes.quality", "sizes.report", "sizes.fits", "datasets"),
        )
    )
finally:
    sys.path.remove(str(ROOT))


def standardised(load, n_rows):
    X, y = load(return_X_y=True)
    return datasets.Data(StandardScaler().fit_transform(X[-n_rows:]), y[-n_rows:])


def measured(ours, theirs, worse=False):
    """Return a Measurement with given seconds of the runs of both libraries."""
    sides = (fits.Side([seconds], 3, True) for seconds in (ours, theirs))
    return fits.Measurement(*sides, quality.Quality("a result", worse))


def test_the_table_has_every_kind_of_data():
    assert len(rows.ROWS) >= 60
    names = [row.name for row in rows.ROWS]
    assert len(set(names)) == len(names)
    assert {row.table for row in rows.ROWS} == set(rows.TABLES)
    made = [make(True) for make in rows.TABLES.values()]
    assert {each.X.dtype.name for each in made} == {"float32", "float64"}
    assert {scipy.sparse.issparse(each.X) for each in made} == {True, False}
    assert {2, 10} <= {len(np.unique(each.y)) for each in made}
    assert {2, 30_000} <= {each.X.shape[1] for each in made}
    assert all(
        np.diff(each.X.indptr).tolist() == [80] * each.X.shape[0]
        for each in made
        if scipy.sparse.issparse(each.X)
    )
    whole = rows.TABLES["1M × 5"](False)
    assert whole.X.shape == (1_000_000, 5)


def test_quick_rows_hold_times_ratios_and_results(tmp_path):
    chosen = (
        *("LR lbfgs, iris", "LDA svd, 60 × 1,000", "MLP predict 1, iris"),
        *("Perceptron, text 5k × 30k, 5 classes", "LR liblinear, 30 × 2"),
    )
    file = tmp_path / "numbers.json"
    only = chain.from_iterable(("--only", f"every size: {name}") for name in chosen)
    command = [sys.executable, "-m", "benchmarks", "--quick", "--json", str(file)]
    finished = subprocess.run(
        [*command, *only],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr
    assert max(map(len, finished.stdout.splitlines())) <= 120
    assert f"\n{len(chosen)} rows: " in finished.stdout
    numbers = json.loads(file.read_text(encoding="utf-8"))
    assert set(numbers["sizes"]) == set(chosen)
    for name, each in numbers["sizes"].items():
        medians = [np.median(each[side]["runs"]) for side in ("ours", "theirs")]
        assert each["times_faster"] == pytest.approx(medians[1] / medians[0])
        (line,) = (ln for ln in finished.stdout.splitlines() if ln.startswith(name))
        assert f"{each['times_faster']:.2f}" in line
        assert each["quality"]["text"] in line


OBJECTIVES = pytest.mark.parametrize(
    ("load", "settings"),
    [
        (load_wine, {"C": 0.3}),
        (load_breast_cancer, {"C": 2.0}),
        (load_breast_cancer, {"solver": "liblinear", "random_state": 0}),
    ],
    ids=["softmax", "two classes", "liblinear"],
)


@OBJECTIVES
def test_the_optimum_of_scikit_learn_has_no_slope(load, settings):
    data = standardised(load, 150)
    fitted = sklearn.linear_model.LogisticRegression(
        tol=1e-9, max_iter=10_000, **settings
    )
    assert quality.logistic_objective(fitted.fit(*data), data)[1] < 1e-6


@OBJECTIVES
def test_the_gradient_of_logistic_regression_is_that_of_its_objective(load, settings):
    data = standardised(load, 150)
    fitted = sklearn.linear_model.LogisticRegression(max_iter=3, **settings)
    with pytest.warns(sklearn.exceptions.ConvergenceWarning):
        fitted.fit(*data)
    _, slope = quality.logistic_objective(fitted, data)
    step, slopes = 1e-6, []
    for name in ("coef_", "intercept_"):
        numbers = getattr(fitted, name)
        for place in np.ndindex(numbers.shape):
            values = []
            for sign in (1, -1):
                numbers[place] += sign * step
                values.append(quality.logistic_objective(fitted, data)[0])
                numbers[place] -= sign * step
            slopes.append((values[0] - values[1]) / (2 * step))
    assert slope > 1e-4
    assert slope == pytest.approx(np.abs(slopes).max(), rel=1e-6)


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
def test_the_loss_of_a_network_is_the_one_that_scikit_learn_minimises(load):
    data = standardised(load, 150)
    for kind in ("MLPClassifier", "MLPRegressor"):
        network = getattr(sklearn.neural_network, kind)(
            hidden_layer_sizes=(5, 4),
            solver="lbfgs",
            max_iter=5,
            alpha=0.1,
            random_state=0,
        )
        with pytest.warns(sklearn.exceptions.ConvergenceWarning):
            network.fit(*data)
        assert quality.network_loss(network, data) == pytest.approx(network.loss_)


@pytest.mark.parametrize(
    ("name", "spoiled"),
    [
        ("LR lbfgs, breast cancer", "coef_"),
        ("LR liblinear, breast cancer", "intercept_"),
        ("MLP lbfgs, breast cancer", "coefs_"),
        ("LDA svd, breast cancer", "intercept_"),
        pytest.param("LRCV, breast cancer", "scores_", marks=needs_new_scores),
    ],
)
def test_a_worse_result_is_seen(name, spoiled):
    row = next(row for row in rows.ROWS if row.name == name)
    data = row.data(quick=True)
    ours, theirs = (
        fits._estimator(row, "theirs").fit(data.X, data.y) for _ in range(2)
    )
    assert quality.compare(row, ours, theirs, data).worse is False
    numbers = getattr(ours, spoiled)
    for each in numbers if isinstance(numbers, list) else [numbers]:
        each *= 0.5
    assert quality.compare(row, ours, theirs, data).worse is True


def test_the_summary_counts_rows_and_names_the_slowest():
    chosen = {row.name: row for row in rows.ROWS}
    results = {
        chosen["LR lbfgs, iris"]: measured(2.0, 1.9),
        chosen["LR lbfgs, wine"]: measured(1.0, 3.0, worse=True),
        chosen["LR predict 1, breast cancer"]: measured(1.0, 0.5),
        chosen["LDA svd, iris"]: measured(1.0, 1.0),
    }
    printed = report.summary(results)
    assert "4 rows: 2 at or above 1.0, 3 at or above 0.9" in printed
    assert "slowest 0.50 (LR predict 1, breast cancer); median 0.97" in printed
    assert "median of LogisticRegression's fits 1.98" in printed
    assert printed.endswith("rows with a worse result: 1\n  LR lbfgs, wine")


def test_slower_rows_and_fits_that_do_not_converge_are_marked():
    row = next(row for row in rows.ROWS if row.name == "MLP adam, iris")
    result = measured(2.0, 1.0, worse=True)
    result.theirs.converged = False
    line = report.row(row, result)
    assert "0.50✗" in line
    assert "3/3*" in line
    assert line.endswith("a result✗")

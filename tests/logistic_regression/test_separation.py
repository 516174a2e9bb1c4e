"""Detection of separated classes: their kind, direction, features and warning."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning

from skmlp import LogisticRegression
from skmlp.logistic_regression import SeparationWarning, find_separation, separation


def quasi_complete(rng, n_rows=200):
    """Return X and y; all rows with a 1 in the last column are of class 1."""
    X = rng.normal(size=(n_rows, 3))
    y = (X[:, 0] + rng.logistic(size=n_rows) > 0).astype(int)
    marked = (rng.random(n_rows) < 0.2) & (y == 1)
    return np.column_stack([X, marked]), y


def margins(X, y, found):
    """Return each row's smallest margin along `found.direction`, in NumPy."""
    X = X - X.mean(axis=0)
    deviation = X.std(axis=0)
    X = np.column_stack([X / np.where(deviation > 0, deviation, 1), np.ones(len(X))])
    scores = X @ found.direction
    labels = np.unique(y, return_inverse=True)[1]
    if scores.shape[1] == 1:
        return scores[:, 0] * np.where(labels == 1, 1, -1)
    own = scores[np.arange(len(y)), labels]
    scores[np.arange(len(y)), labels] = -np.inf
    return own - scores.max(axis=1)


IRIS, SPECIES = load_iris(return_X_y=True)
CASES = {
    "setosa apart": (IRIS, SPECIES == 0, "complete"),
    "versicolor among the others": (IRIS, SPECIES == 1, "none"),
    "three species": (IRIS, SPECIES, "quasi-complete"),
    "wine": (*load_wine(return_X_y=True), "complete"),
    "a mark of one class": (
        *quasi_complete(np.random.default_rng(0)),
        "quasi-complete",
    ),
    # Albert and Anderson (1984), figure 1: points on a line.
    "on a line, apart": ([[1], [2], [3], [4]], [0, 0, 1, 1], "complete"),
    "on a line, touching": ([[1], [2], [2], [3]], [0, 0, 1, 1], "quasi-complete"),
    "on a line, mixed": ([[1], [2], [3], [4]], [0, 1, 0, 1], "none"),
}


@pytest.mark.parametrize("layout", [np.asarray, scipy.sparse.csr_array], ids=str)
@pytest.mark.parametrize("case", CASES)
def test_the_kind_of_separation_is_found_and_its_direction_shows_it(case, layout):
    X, y, kind = CASES[case]
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    found = find_separation(layout(X), y)
    assert found.kind == kind
    assert bool(found) == (kind != "none")
    if found:
        smallest, largest = margins(X, y, found).min(), margins(X, y, found).max()
        assert (smallest > 0) if kind == "complete" else (abs(smallest) < 1e-6)
        assert largest > 1e-6
        assert len(found.features) > 0
    else:
        assert not found.direction.any()


def test_the_features_that_separate_are_named():
    X, y = quasi_complete(np.random.default_rng(1))
    assert find_separation(X, y).features.tolist() == [3]


def test_of_many_separating_directions_the_one_of_few_features_is_named(rng):
    X = rng.normal(size=(2000, 6))
    assert find_separation(X, X[:, 1] > 0.3).features.tolist() == [1]
    three = np.digitize(X[:, 4], [-0.5, 0.5])
    assert find_separation(X, three).features.tolist() == [4]
    touching = np.round(X[:, 2], 1)  # rows of both classes lie on the boundary
    y = np.where(touching == 0, rng.integers(2, size=2000), touching > 0)
    found = find_separation(np.column_stack([X[:, :2], touching]), y)
    assert (found.kind, found.features.tolist()) == ("quasi-complete", [2])
    assert find_separation(IRIS, SPECIES == 0).features.tolist() == [2]


def test_a_class_without_weight_is_separated_by_the_intercept_alone(rng):
    X, y = rng.normal(size=(50, 2)), np.arange(50) % 2
    with pytest.warns(SeparationWarning, match="completely .* by the intercept alone"):
        LogisticRegression(C=np.inf).fit(X, y, sample_weight=y)


def test_units_and_a_common_offset_change_no_answer():
    X, y = quasi_complete(np.random.default_rng(2))
    assert find_separation(1e6 + X * [1e-3, 1, 1e3, 1], y).kind == "quasi-complete"
    assert find_separation(1e6 + IRIS, SPECIES == 1).kind == "none"


def test_without_an_intercept_there_is_less_to_separate_with():
    X, y = [[1.0], [2.0], [3.0], [4.0]], [0, 0, 1, 1]
    assert find_separation(X, y).kind == "complete"
    assert find_separation(X, y, fit_intercept=False).kind == "none"


def test_rows_of_weight_zero_are_left_out():
    X, y = [[1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1]
    assert find_separation(X, y, sample_weight=[1, 0, 1, 1]).kind == "complete"


def test_many_rows_are_decided_from_the_few_that_matter(rng):
    X = rng.normal(size=(20_000, 5))
    y = (X[:, 0] > 0).astype(int)
    assert find_separation(X, y).kind == "complete"
    y[np.argmax(X[:, 0])] = 0
    assert find_separation(X, y).kind == "none"


def test_a_certificate_by_a_fit_and_the_programs_agree(monkeypatch):
    X, y, _ = CASES["wine"]
    monkeypatch.setattr(separation, "_MAX_PROGRAM_ENTRIES", 0)
    assert find_separation(X, y).kind == "complete"
    monkeypatch.setattr(
        separation, "_direction_by_fit", lambda rows: np.zeros(rows.n_weights)
    )
    assert find_separation(X, y).kind == "complete"


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg", "newton-cholesky"])
def test_perfect_separation_without_a_penalty_gives_a_warning(solver):
    with pytest.warns(SeparationWarning, match="completely separated .* finite C"):
        LogisticRegression(C=np.inf, solver=solver).fit(IRIS, SPECIES == 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LogisticRegression(solver=solver).fit(IRIS, SPECIES == 0)
        LogisticRegression(C=np.inf, solver=solver).fit(IRIS, SPECIES == 1)


def test_quasi_complete_separation_names_the_column(rng):
    pandas = pytest.importorskip("pandas")
    X, y = quasi_complete(rng)
    frame = pandas.DataFrame(X, columns=["a", "b", "c", "mark"])
    with pytest.warns(SeparationWarning, match="in part by .* feature 'mark'"):
        LogisticRegression(C=np.inf, max_iter=1000).fit(frame, y)


def test_a_separation_warning_is_a_convergence_warning():
    assert issubclass(SeparationWarning, ConvergenceWarning)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="class"):
        find_separation(IRIS, np.zeros(len(IRIS)))

"""Large tables of categories are prepared as sparse matrices of the same numbers."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import BaseEstimator, ClassifierMixin

from skmlp.model_comparison import compare, feature_table, sparse_preparation
from skmlp.model_comparison.columns import read_columns

pandas = pytest.importorskip("pandas")


@pytest.fixture
def frame(rng):
    columns = {f"number {i}": rng.normal(size=400) for i in range(2)}
    columns["number 0"][::9] = np.nan
    for size in (2, 15, 60):
        texts = np.array([f"{size} {i}" for i in range(size)], dtype=object)
        weights = 1 / np.arange(1, size + 1)
        chosen = rng.choice(texts, 400, p=weights / weights.sum())
        chosen[::11] = None
        columns[f"category {size}"] = chosen
    return pandas.DataFrame(columns)


@pytest.fixture
def large(monkeypatch):
    """Count every table as large, and prepare one column at a time."""
    monkeypatch.setattr(sparse_preparation, "_LARGE_BYTES", 0)
    monkeypatch.setattr(sparse_preparation, "_BLOCK", 1)


@pytest.mark.parametrize("block", [1, 700, 1 << 20])
def test_the_entries_are_those_of_the_dense_matrix(frame, block, monkeypatch):
    monkeypatch.setattr(sparse_preparation, "_BLOCK", block)
    # The rarest category is in no training row.
    train = np.flatnonzero(frame["category 15"] != "15 14")[:300]
    test = np.setdiff1d(np.arange(400), train)
    table = read_columns(frame)
    sparse = replace(table, is_sparse=True)
    dense_preparation, preparation = table.preparation(), sparse.preparation()
    expected = [
        dense_preparation.fit_transform(table.rows(train)),
        dense_preparation.transform(table.rows(test)),
    ]
    found = [
        preparation.fit_transform(sparse.rows(train)),
        preparation.transform(sparse.rows(test)),
    ]
    for ours, theirs in zip(found, expected, strict=True):
        assert scipy.sparse.issparse(ours)
        assert ours.has_canonical_format
        np.testing.assert_allclose(ours.toarray(), theirs, rtol=1e-12, atol=1e-15)
    # Every row has its two numbers and one entry for each of the three categories.
    assert set(np.diff(found[0].indptr)) == {5}
    # A category that the training rows lack has no entry.
    assert set(np.diff(found[1].indptr)) == {4, 5}


@pytest.mark.filterwarnings("ignore")
def test_free_text_is_prepared_as_in_the_dense_matrix(frame, rng):
    pytest.importorskip("skrub")
    words = np.array([a + b for a in "abcdefgh" for b in "aeiouxyz"])
    frame["text"] = [" ".join(rng.choice(words, 8)) for _ in range(400)]
    table = read_columns(frame)
    assert table.texts
    expected = table.preparation().fit_transform(table.values)
    sparse = replace(table, is_sparse=True)
    found = sparse.preparation().fit_transform(sparse.rows(np.arange(400)))
    np.testing.assert_allclose(found.toarray(), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_scores_are_those_of_the_dense_matrix(frame, rng, task, large, monkeypatch):
    signal = frame["number 1"] + (frame["category 2"] == "2 0")
    y = signal + rng.normal(size=400)
    y = np.where(y > 0.5, "yes", "no") if task == "classification" else y
    names = ["LDA", "logistic regression", "Perceptron"]
    names = names if task == "classification" else ["ridge"]
    sparse = compare(frame, y, names, cv=3, repeats=1)
    monkeypatch.setattr(sparse_preparation, "_LARGE_BYTES", 1 << 40)
    dense = compare(frame, y, names, cv=3, repeats=1)
    for name in names:
        for metric, expected in dense.scores[name].items():
            if metric != "fit_time":
                found = sparse.scores[name][metric]
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_the_snippet_makes_the_same_sparse_matrix(frame, rng, large):
    y = np.where(frame["number 1"] + rng.normal(size=400) > 0, "yes", "no")
    comparison = compare(frame, y, ["LDA"], cv=3, repeats=1)
    names = {"X": frame, "y": y}
    exec(comparison.recipe.snippet(), names)
    table = replace(read_columns(frame), is_sparse=True)
    found = names["models"]["LDA"][0].transform(names["X"])
    expected = table.preparation().fit_transform(table.values)
    assert scipy.sparse.issparse(found)
    np.testing.assert_allclose(found.toarray(), expected.toarray(), atol=1e-12)


class Dense(ClassifierMixin, BaseEstimator):
    """Classifier that takes dense matrices only, as its tags say."""

    def fit(self, X, y):
        assert isinstance(X, np.ndarray)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        assert isinstance(X, np.ndarray)
        return np.full(len(X), self.classes_[0])


@pytest.mark.parametrize("names", [["LDA"], ["LDA", Dense()], [Dense()]])
def test_the_matrix_is_dense_if_an_estimator_needs_that(names, frame, large):
    y = np.where(frame["number 1"] > 0, "yes", "no")
    table = read_columns(frame)
    comparison = compare(frame, y, names, cv=3, repeats=1)
    assert comparison.scores
    estimators = [Dense() if isinstance(each, Dense) else _lda() for each in names]
    assert table.for_estimators(estimators).is_sparse == (names == ["LDA"])


def test_numbers_and_small_tables_stay_dense(frame):
    table = read_columns(frame)
    assert not table.for_estimators([_lda()]).is_sparse
    many = np.zeros((3_000_000, 4))
    numbers = feature_table.FeatureTable(many, np.zeros(4, dtype=bool), ())
    assert not numbers.for_estimators([_lda()]).is_sparse


def _lda():
    from skmlp import LinearDiscriminantAnalysis

    return LinearDiscriminantAnalysis()

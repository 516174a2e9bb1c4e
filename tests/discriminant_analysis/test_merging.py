"""Tests of fits from statistics: merged, of memory-mapped rows, of sparse rows."""

import pickle
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import datasets
from sklearn.base import clone
from versions import RNG

from skmlp import LinearDiscriminantAnalysis
from skmlp.discriminant_analysis.class_statistics import ClassStatistics

X, Y = datasets.load_wine(return_X_y=True)
WEIGHTS = np.random.default_rng(0).uniform(0, 2, len(Y))
ORDER = np.random.default_rng(1).permutation(len(Y))


def assert_same_fit(ours, theirs, rtol=1e-10):
    assert_array_equal(ours.classes_, theirs.classes_)
    for name in ("coef_", "intercept_", "means_", "priors_"):
        expected = getattr(theirs, name)
        atol = rtol * np.max(np.abs(expected))
        assert_allclose(getattr(ours, name), expected, rtol=rtol, atol=atol)


def fit(rows, **parameters):
    lda = LinearDiscriminantAnalysis(**parameters)
    return lda.fit(X[rows], Y[rows], sample_weight=WEIGHTS[rows])


@pytest.mark.parametrize(
    "parameters",
    [{}, {"solver": "lsqr", "ddof": 1}, {"solver": "eigen", "shrinkage": 0.2}],
    ids=str,
)
@pytest.mark.parametrize("n_parts", [2, 5])
def test_merged_fits_are_one_fit_in_any_order(n_parts, parameters):
    parts = [fit(part, **parameters) for part in np.array_split(ORDER, n_parts)]
    forwards, backwards = pickle.loads(pickle.dumps(parts[0])), clone(parts[0])
    for part in parts[1:]:
        forwards.merge(part)
    backwards = pickle.loads(pickle.dumps(parts[-1]))
    for part in reversed(parts[:-1]):
        backwards.merge(part)
    whole = fit(ORDER, **parameters)
    assert_same_fit(forwards, whole)
    assert_same_fit(backwards, whole)
    assert_allclose(forwards.predict_proba(X), whole.predict_proba(X), atol=1e-10)


def test_merging_leaves_the_other_fit_as_it_is():
    first, second = fit(ORDER[:90]), fit(ORDER[90:])
    before = pickle.dumps(second)
    first.merge(second)
    assert pickle.dumps(second) == before


def test_fits_of_different_classes_merge_to_all_of_them():
    labels = np.array(["c", "a", "b"])[Y]
    first, second = Y != 0, Y != 2
    lda = LinearDiscriminantAnalysis().fit(X[first][::2], labels[first][::2])
    lda.merge(LinearDiscriminantAnalysis().fit(X[second][1::2], labels[second][1::2]))
    rows = np.concatenate([np.flatnonzero(first)[::2], np.flatnonzero(second)[1::2]])
    assert_same_fit(lda, LinearDiscriminantAnalysis().fit(X[rows], labels[rows]))


def test_merging_and_partial_fit_go_on_from_each_other():
    lda = fit(ORDER[:60]).merge(fit(ORDER[60:120]))
    rest = ORDER[120:]
    lda.partial_fit(X[rest], Y[rest], sample_weight=WEIGHTS[rest])
    assert_same_fit(lda, fit(ORDER))


def test_what_cannot_be_merged_is_named():
    lda = fit(ORDER)
    other = LinearDiscriminantAnalysis().fit(X[:, 1:], Y)
    with pytest.raises(ValueError, match="different columns: 13 and 12 features"):
        lda.merge(other)
    names = [pd.DataFrame(X).add_prefix(prefix) for prefix in "ab"]
    first, second = (LinearDiscriminantAnalysis().fit(each, Y) for each in names)
    with pytest.raises(ValueError, match=r"different columns: .* of different names"):
        first.merge(second)
    assert not hasattr(LinearDiscriminantAnalysis(shrinkage="auto"), "merge")
    few = [0, 1, 60, 61, 140]
    with pytest.warns(UserWarning, match="5 rows and 13 columns"):
        wide = LinearDiscriminantAnalysis().fit(X[few], Y[few])
    with pytest.raises(ValueError, match="no covariance that merge could add to"):
        lda.merge(wide)


def test_statistics_are_kept_with_the_fit():
    statistics = fit(ORDER).statistics_
    assert isinstance(statistics, ClassStatistics)
    expected = [np.average(X[k == Y], 0, weights=WEIGHTS[k == Y]) for k in range(3)]
    assert_allclose(statistics.means, expected, rtol=1e-10)
    assert_array_equal(statistics.counts, np.bincount(Y))


def peak_of(run):
    """Return the peak memory that a run allocates, in bytes."""
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize(
    "parameters",
    [{}, {"solver": "lsqr", "shrinkage": 0.1}, {"shrinkage": "oas"}, {"store_loo": 1}],
    ids=str,
)
@pytest.mark.parametrize("weighted", [False, True])
def test_memory_mapped_rows_are_not_copied(tmp_path, weighted, parameters):
    n_rows, n_features = 60_000, 100
    mapped = np.lib.format.open_memmap(
        tmp_path / "X.npy", "w+", np.float64, (n_rows, n_features)
    )
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(3), n_rows // 3)
    for block in np.array_split(np.arange(n_rows), 10):
        mapped[block] = rng.standard_normal((len(block), n_features)) + y[block, None]
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    weights = (rng.uniform(size=n_rows) > 0.3) * 1.0 if weighted else None
    parameters = parameters | ({"store_loo": True} if "store_loo" in parameters else {})
    lda = LinearDiscriminantAnalysis(**parameters)
    # For each row its label, its weight and temporary arrays; for each fit some (d, d)
    # arrays; and up to 32 MiB of copied rows of a class for a rule of shrinkage.
    allowed = 64 * n_rows + 24 * 8 * n_features**2 + 8 * 2**20
    if parameters.get("shrinkage") == "oas":
        allowed += n_rows * n_features * 8 // 3
    if "store_loo" in parameters:
        allowed += 8 * n_rows * 6 + 2**24
    assert peak_of(lambda: lda.fit(mapped, y, sample_weight=weights)) < allowed
    assert allowed < 0.85 * mapped.nbytes
    assert lda.score(mapped[::50], y[::50]) > 0.95


@pytest.mark.filterwarnings("ignore::skmlp.discriminant_analysis.CollinearityWarning")
def test_wide_sparse_rows_are_never_dense():
    rows = scipy.sparse.random_array(
        (200, 100_000), density=1e-3, format="csr", **{RNG: np.random.default_rng(0)}
    )
    y = np.arange(200) % 2
    lda = LinearDiscriminantAnalysis()

    def fit_and_predict():
        lda.fit(rows, y)
        lda.predict_proba(rows)
        lda.mahalanobis(rows)
        lda.transform(rows)

    assert peak_of(fit_and_predict) < 0.25 * 200 * 100_000 * 8
    some = np.flatnonzero(rows[::2].sum(axis=0))[:300]
    few = rows[:, some]
    dense = LinearDiscriminantAnalysis().fit(few.toarray(), y)
    sparse = LinearDiscriminantAnalysis().fit(few, y)
    assert_allclose(
        sparse.mahalanobis(few), dense.mahalanobis(few.toarray()), rtol=1e-7, atol=1e-7
    )
    again = pickle.loads(pickle.dumps(sparse))
    assert_array_equal(again.mahalanobis(few), sparse.mahalanobis(few))


def test_labels_of_rows_without_weight_do_not_matter():
    weights = np.append(np.ones(len(Y)), [0.0, 0.0])
    rows, known = np.vstack([X, X[:2] * 1e6]), np.append(Y, Y[:2])
    lda = LinearDiscriminantAnalysis().fit(rows, known, sample_weight=weights)
    assert_same_fit(lda, LinearDiscriminantAnalysis().fit(X, Y))
    lda.partial_fit(rows, np.append(Y, [7, -1]), sample_weight=weights)
    assert_allclose(lda.means_, LinearDiscriminantAnalysis().fit(X, Y).means_)

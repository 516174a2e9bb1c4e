"""Read-only input, and fits in several processes and threads."""

import joblib
import numpy as np
import pytest
import scipy.sparse
from estimator_pairs import grid, ours, outputs, over_all
from numpy.testing import assert_allclose
from sklearn.model_selection import GridSearchCV

pytestmark = [
    # Few iterations on purpose.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("one_thread"),
]


def memory_mapped(X, folder):
    path = folder / "X.dat"
    mapped = np.memmap(path, dtype=X.dtype, mode="w+", shape=X.shape)
    mapped[:] = X
    mapped.flush()
    return np.memmap(path, dtype=X.dtype, mode="r", shape=X.shape)


def memory_mapped_by_joblib(X, folder):
    joblib.dump(X, folder / "X.joblib")
    return joblib.load(folder / "X.joblib", mmap_mode="r")


def read_only(X, folder):
    X = X.copy()
    X.flags.writeable = False
    return X


def read_only_in_columns(X, folder):
    return read_only(np.asfortranarray(X), folder)


def read_only_sparse(X, folder):
    matrix = scipy.sparse.csr_array(X)
    for part in (matrix.data, matrix.indices, matrix.indptr):
        part.flags.writeable = False
    return matrix


@pytest.mark.parametrize(
    "store",
    [
        memory_mapped,
        memory_mapped_by_joblib,
        read_only,
        read_only_in_columns,
        read_only_sparse,
    ],
    ids=lambda store: store.__name__,
)
@over_all
def test_input_that_cannot_be_written_is_left_alone(name, store, rows, tmp_path):
    if name == "LinearDiscriminantAnalysis" and store is read_only_sparse:
        pytest.skip("takes no sparse input, as in scikit-learn")
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    stored = store(X, tmp_path)
    weight = read_only(np.ones(len(y)), tmp_path)
    fitted = ours(name).fit(stored, read_only(y, tmp_path), sample_weight=weight)
    copy = stored.copy()
    expected = ours(name).fit(copy, y, sample_weight=np.ones(len(y)))
    assert_allclose(
        outputs(fitted, stored), outputs(expected, copy), rtol=1e-5, atol=1e-8
    )


@pytest.mark.parametrize("backend", ["loky", "threading"])
@over_all
def test_parallel_fits_are_those_of_one_after_another(name, backend, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    draws = [
        np.random.default_rng(seed).integers(len(y), size=len(y)) for seed in range(4)
    ]
    # Methods, not functions of this file: worker processes cannot import a test.
    tasks = [joblib.delayed(ours(name).fit)(X[drawn], y[drawn]) for drawn in draws]
    parallel = joblib.Parallel(n_jobs=2, backend=backend)(tasks)
    for fitted, drawn in zip(parallel, draws, strict=True):
        alone = ours(name).fit(X[drawn], y[drawn])
        assert np.array_equal(outputs(fitted, X), outputs(alone, X))


@pytest.mark.parametrize("backend", ["loky", "threading"])
@over_all
def test_a_parallel_search_finds_what_a_search_alone_finds(name, backend, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    with joblib.parallel_config(backend=backend):
        parallel = GridSearchCV(ours(name), grid(name), cv=2, n_jobs=2).fit(X, y)
    alone = GridSearchCV(ours(name), grid(name), cv=2).fit(X, y)
    assert parallel.best_params_ == alone.best_params_
    for key in ("mean_test_score", "std_test_score"):
        assert np.array_equal(parallel.cv_results_[key], alone.cv_results_[key])


@over_all
def test_threads_share_a_fitted_estimator(name, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    fitted = ours(name).fit(X, y)
    parts = np.array_split(X, 8)
    predicted = joblib.Parallel(n_jobs=2, backend="threading")(
        joblib.delayed(outputs)(fitted, part) for part in parts
    )
    assert_allclose(np.concatenate(predicted), outputs(fitted, X), rtol=1e-12)

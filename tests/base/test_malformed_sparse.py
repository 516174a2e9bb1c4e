"""Errors, and no crashes, for sparse matrices with indices out of range."""

import copy
import gc
import re
import warnings

import numpy as np
import pytest
import scipy.sparse

from skmlp import (
    AssociationUnits,
    LinearDiscriminantAnalysis,
    LogisticRegression,
    LogisticRegressionCV,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
    _kernels,
)
from skmlp._kernels import arguments
from skmlp.discriminant_analysis import lda_summary
from skmlp.inference import LogisticInference
from skmlp.logistic_regression import find_separation
from skmlp.losses import BinaryLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk

N_ROWS, N_COLUMNS = 60, 20
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N_ROWS, N_COLUMNS)) * (RNG.random((N_ROWS, N_COLUMNS)) < 0.4)
Y = np.arange(N_ROWS) % 2


def changed(format_, change):
    """Return X as a sparse matrix of a format, after a change of its arrays."""
    matrix = scipy.sparse.coo_array(X).asformat(format_)
    if format_ == "bsr":
        matrix = matrix.tobsr((4, 5))
    change(matrix)
    return matrix


def index(value, place=5):
    def change(matrix):
        matrix.indices[place] = value

    return change


def wide_index(value):
    def change(matrix):
        matrix.indices = matrix.indices.astype(np.int64)
        matrix.indptr = matrix.indptr.astype(np.int64)
        matrix.indices[5] = value

    return change


def pointer(place, value):
    def change(matrix):
        matrix.indptr[place] = value

    return change


def pointers_swapped(matrix):
    matrix.indptr[[3, 4]] = matrix.indptr[[4, 3]]


def pointers_cut(matrix):
    matrix.indptr = matrix.indptr[:-1]


def short(name):
    def change(matrix):
        setattr(matrix, name, getattr(matrix, name)[:5])

    return change


def list_of(row, columns, entries):
    def change(matrix):
        matrix.rows[row], matrix.data[row] = columns, entries

    return change


def real_indices(matrix):
    matrix.indices = matrix.indices.astype(float)


def nested_pointers(matrix):
    matrix.indptr = matrix.indptr[:, np.newaxis]


COMPRESSED = {
    "index past the end": (index(60), "indices holds 60"),
    "index far out": (index(10**6), "indices holds 1000000"),
    "negative index": (index(-1), "indices holds -1, expected numbers from 0 to"),
    "most negative index": (index(-(2**31)), "indices holds -2147483648"),
    "last index": (index(10**6, -1), "indices holds 1000000"),
    "64-bit index": (wide_index(2**32 + 3), "indices holds 4294967299"),
    "negative 64-bit index": (
        wide_index(-(2**63)),
        "indices holds -9223372036854775",
    ),
    "pointer past the end": (pointer(-1, 10**6), "indptr ends with 1000000, but there"),
    "pointer in the middle past the end": (pointer(3, 10**6), "indptr decreases"),
    "negative pointer": (pointer(3, -5), "indptr decreases, from"),
    "first pointer": (pointer(0, 2), "indptr begins with 2, expected 0"),
    "first pointer negative": (pointer(0, -2), "indptr begins with -2, expected 0"),
    "pointers swapped": (pointers_swapped, "indptr decreases, from"),
    "pointers cut": (pointers_cut, "indptr has"),
    "short data": (short("data"), "data 5"),
    "short indices": (short("indices"), "indices has 5 entries"),
    "indices of reals": (real_indices, "indices holds numbers of type float64"),
    "nested pointers": (nested_pointers, "indptr is not an array of 1 dimension"),
}
FAULTS = {
    f"{format_}, {name}": (format_, *fault)
    for format_ in ("csr", "csc", "bsr")
    for name, fault in COMPRESSED.items()
} | {
    f"{format_}, {name}": (format_, change, message)
    for format_, name, change, message in (
        ("coo", "row", lambda m: m.row.__setitem__(3, N_ROWS), "coords holds 60"),
        ("coo", "column", lambda m: m.col.__setitem__(3, -1), "coords holds -1"),
        ("coo", "short", short("data"), "data 5"),
        ("lil", "column", list_of(3, [2, 10**7], [1.0, 2.0]), "rows holds 10000000"),
        ("lil", "negative", list_of(3, [-2], [1.0]), "rows holds -2"),
        ("lil", "short", list_of(3, [2, 3, 4], [1.0]), "3 columns, but 1 entries"),
        ("lil", "rows", short("rows"), "lists for 5 rows"),
        ("dia", "offsets", short("offsets"), "offsets has the shape (5,)"),
    )
}
ESTIMATORS = {
    "perceptron": Perceptron(),
    "lda": LinearDiscriminantAnalysis(),
    "lda, lsqr": LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    "logistic regression": LogisticRegression(),
    "logistic regression, l1": LogisticRegression(solver="saga", l1_ratio=1),
    "logistic regression, adam": LogisticRegression(solver="adam"),
    "logistic regression, liblinear": LogisticRegression(solver="liblinear"),
    "logistic regression, cv": LogisticRegressionCV(
        cv=2, l1_ratios=(0,), scoring="accuracy", use_legacy_attributes=False
    ),
    "classifier": MLPClassifier(max_iter=3),
    "classifier, lbfgs": MLPClassifier(solver="lbfgs", max_iter=3),
    "regressor": MLPRegressor(max_iter=3),
    "association units": AssociationUnits(10, n_connections=2),
}
METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")
METHODS += ("transform", "input_gradient", "mahalanobis")


@pytest.fixture(scope="module")
def fitted():
    """Return every estimator, fitted to the dense X: dict by name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {name: copy.copy(e).fit(X, Y) for name, e in ESTIMATORS.items()}


def refuses(message, call, *arguments, **settings):
    format_message = "malformed (CSR|CSC|BSR|COO|LIL|DIA) matrix.*" + re.escape(message)
    with pytest.raises(ValueError, match=format_message) as caught:
        call(*arguments, **settings)
    assert "build the matrix again" in str(caught.value)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_malformed_matrix_is_refused_by_every_method(name, fault, fitted):
    matrix, message = changed(*FAULTS[fault][:2]), FAULTS[fault][2]
    if "short" in fault and "data" in fault:
        message = ""
    model = fitted[name]
    before = copy.deepcopy(vars(model))
    refuses(message, copy.copy(model).fit, matrix, Y)
    if hasattr(model, "partial_fit"):
        refuses(message, copy.copy(model).partial_fit, matrix, Y)
    for method in METHODS:
        if hasattr(model, method):
            refuses(message, getattr(model, method), matrix)
    if hasattr(model, "score"):
        refuses(message, model.score, matrix, Y)
    assert vars(model).keys() == before.keys()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_malformed_matrix_is_refused_beside_the_estimators(fault):
    matrix, message = changed(*FAULTS[fault][:2]), FAULTS[fault][2]
    model = LogisticRegression().fit(X, Y)
    refuses(message, LogisticInference.from_estimator, model, matrix, Y)
    refuses(message, lda_summary, LinearDiscriminantAnalysis().fit(X, Y), matrix, Y)
    refuses(message, find_separation, matrix, Y)
    lda = LinearDiscriminantAnalysis()
    refuses(message, lda.loo_predict_proba, matrix, Y)
    network = MLPClassifier(max_iter=3)
    refuses(message, network.fit, X, Y, X_val=matrix, y_val=Y)
    refuses(message, network.initialize, matrix, Y)
    labels = changed(*FAULTS[fault][:2])
    refuses(message, network.fit, X, labels)


@pytest.mark.parametrize("fault", [f for f in FAULTS if f.startswith("csr")])
def test_a_malformed_matrix_does_not_reach_the_kernels(fault):
    matrix = changed(*FAULTS[fault][:2])
    refuses("", _kernels.csr_arrays, matrix)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_matrix_changed_after_a_fit_is_refused_by_the_next():
    matrix = scipy.sparse.csr_array(X)
    model = Perceptron().fit(matrix, Y)
    _kernels.csr_arrays(matrix)
    kept = matrix.indices.copy()
    matrix.indices[5] = 10**6  # in place, in the array that was checked
    refuses("indices holds 1000000", model.fit, matrix, Y)
    refuses("indices holds 1000000", model.predict, matrix)
    matrix.indices = kept  # another array
    matrix.indices[5] = -1
    refuses("indices holds -1", _kernels.csr_arrays, matrix)


def test_nothing_is_kept_of_a_matrix_that_was_checked():
    matrix = scipy.sparse.csr_array(X)
    _, indices, _ = _kernels.csr_arrays(matrix)
    key = id(indices)
    assert key in arguments._in_range
    narrower = scipy.sparse.csr_array(X)
    narrower.indices, narrower.indptr = matrix.indices, matrix.indptr
    narrower._shape = (N_ROWS, N_COLUMNS - 1)
    refuses("indices holds 19", _kernels.csr_arrays, narrower)
    del matrix, narrower, indices
    gc.collect()
    assert key not in arguments._in_range


def test_a_matrix_changed_after_an_objective_is_refused_by_the_next():
    matrix = scipy.sparse.csr_array(X)
    network = Network((N_COLUMNS, 1))
    parameters = np.zeros(network.n_parameters)

    def value():
        y = Y[:, np.newaxis].astype(float)
        risk = EmpiricalRisk(network, BinaryLogLoss(), matrix, y)
        return risk.value_and_gradient(parameters)

    value()
    matrix.indices[5] = 50_000_000
    if _kernels.Problem is not None:
        refuses("indices holds 50000000", value)


@pytest.mark.parametrize("index_type", [np.int32, np.int64])
@pytest.mark.parametrize("format_", ["csr", "csc", "bsr", "coo", "lil", "dok", "dia"])
def test_a_well_formed_matrix_is_not_refused(format_, index_type):
    for dense in (X, X[:1], X[:, :1], np.zeros((3, 4)), np.eye(5)):
        matrix = scipy.sparse.coo_array(dense).asformat(format_)
        for part in ("indices", "indptr"):
            if hasattr(matrix, part):
                setattr(matrix, part, getattr(matrix, part).astype(index_type))
        _kernels.check_sparse(matrix)
        scipy.sparse.csr_array(matrix).check_format(full_check=True)  # SciPy agrees


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("scale", [1.0, 1e200])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_entries_that_no_row_owns_are_not_looked_at(name, scale):
    matrix = scipy.sparse.csr_matrix(scale * X)
    roomy = matrix.copy()
    roomy.data = np.append(roomy.data, [3.0, 1.0])
    roomy.indices = np.append(roomy.indices, [10**6, -1]).astype(np.int32)
    outcomes = []
    for rows in (roomy, matrix):
        model = copy.copy(ESTIMATORS[name])
        if hasattr(model, "random_state"):
            model.set_params(random_state=0)
        try:
            model.fit(rows, Y)
        except ValueError as error:
            outcomes.append(str(error))
            continue
        method = "predict" if hasattr(model, "predict") else "transform"
        found = [getattr(model, method)(r) for r in (rows, matrix)]
        found = [f.toarray() if hasattr(f, "toarray") else f for f in found]
        np.testing.assert_array_equal(*found)
        outcomes.append(found[0])
    np.testing.assert_array_equal(*outcomes)
    assert len(roomy.data) == matrix.nnz + 2


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_duplicates_and_any_order_of_entries_are_well_formed(name):
    rng = np.random.default_rng(1)
    whole = scipy.sparse.coo_array(X)
    twice = [np.concatenate([part, part]) for part in whole.coords]
    data = np.concatenate([0.25 * whole.data, 0.75 * whole.data])
    mixed = rng.permutation(len(data))
    order = mixed[np.argsort(twice[0][mixed], kind="stable")]
    starts = np.searchsorted(twice[0][order], np.arange(N_ROWS + 1)).astype(np.int32)
    matrix = scipy.sparse.csr_array(
        (data[order], twice[1][order], starts), shape=whole.shape
    )
    assert not matrix.has_sorted_indices
    np.testing.assert_allclose(matrix.toarray(), X)
    _kernels.check_sparse(matrix)
    ours, theirs = (
        copy.copy(ESTIMATORS[name]).set_params(
            **{"random_state": 0} if hasattr(ESTIMATORS[name], "random_state") else {}
        )
        for _ in range(2)
    )
    ours.fit(matrix, Y)
    theirs.fit(scipy.sparse.csr_array(X), Y)
    method = "predict" if hasattr(ours, "predict") else "transform"
    found, expected = (getattr(e, method)(X) for e in (ours, theirs))
    if hasattr(found, "toarray"):
        found, expected = found.toarray(), expected.toarray()
    np.testing.assert_allclose(found, expected, atol=1e-3)

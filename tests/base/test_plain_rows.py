"""Arrays that need no change are checked by a short way."""

import re
import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_iris
from sklearn.utils.validation import validate_data as sklearn_validate_data

from skmlp import LogisticRegression
from skmlp.base import validation
from skmlp.base.validation import validate_data

SETTINGS = {"dtype": [np.float64, np.float32], "accept_sparse": "csr", "reset": False}


@pytest.fixture
def model():
    X, y = load_iris(return_X_y=True)
    return LogisticRegression(max_iter=1000).fit(X, y)


ROWS = np.random.RandomState(0).normal(size=(6, 4))
READ_ONLY = ROWS.copy()
READ_ONLY.flags.writeable = False
UNALIGNED = np.zeros(6 * 4 * 8 + 1, np.uint8)[1:].view(np.float64).reshape(6, 4)

GOOD = {
    "float64": ROWS,
    "float32": ROWS.astype(np.float32),
    "columns in memory": np.asfortranarray(ROWS),
    "one row": ROWS[:1],
    "every second row": ROWS[::2],
    "read-only": READ_ONLY,
    "not aligned": UNALIGNED,
    "large": np.full((2, 4), 1e300),
    "large float32": np.full((2, 4), 1e30, np.float32),
    "big-endian": ROWS.astype(">f8"),
    "integers": np.arange(8).reshape(2, 4),
    "half precision": ROWS.astype(np.float16),
    "a list": ROWS.tolist(),
    "a matrix": np.ma.array(ROWS),
    "many numbers": np.ones((5000, 4)),
    "sparse": scipy.sparse.csr_array(ROWS),
    "sparse matrix": scipy.sparse.csr_matrix(ROWS, dtype=np.float32),
    "sparse integers": scipy.sparse.csr_array(ROWS.astype(int)),
    "sparse by columns": scipy.sparse.csc_array(ROWS),
    "many sparse numbers": scipy.sparse.csr_array(np.ones((5000, 4))),
}


@pytest.mark.parametrize("rows", GOOD.values(), ids=GOOD)
def test_rows_are_those_of_scikit_learn(model, rows):
    ours = validate_data(model, rows, **SETTINGS)
    theirs = sklearn_validate_data(model, rows, **SETTINGS)
    assert type(ours) is type(theirs)
    assert ours.dtype == theirs.dtype
    assert (ours is rows) == (theirs is rows and rows is not UNALIGNED)
    if scipy.sparse.issparse(ours):
        ours, theirs = ours.toarray(), theirs.toarray()
    np.testing.assert_array_equal(ours, theirs)


def bad(value, dtype=np.float64):
    rows = ROWS.astype(dtype)
    rows[3, 2] = value
    return rows


BAD = {
    "NaN": bad(np.nan),
    "infinity": bad(np.inf),
    "minus infinity, float32": bad(-np.inf, np.float32),
    "NaN by columns": np.asfortranarray(bad(np.nan)),
    "NaN among many numbers": np.vstack([np.ones((5000, 4)), bad(np.nan)]),
    "NaN in a sparse matrix": scipy.sparse.csr_array(bad(np.nan)),
    "sparse with too few columns": scipy.sparse.csr_array(ROWS[:, :3]),
    "both infinities": np.array([[np.inf, -np.inf, 0, 0]]),
    "too few columns": ROWS[:, :3],
    "no rows": ROWS[:0],
    "one dimension": ROWS[0],
    "three dimensions": ROWS[np.newaxis],
    "complex": ROWS + 0j,
    "text": np.array([["a", "b", "c", "d"]]),
}


@pytest.mark.parametrize("rows", BAD.values(), ids=BAD)
def test_errors_are_those_of_scikit_learn(model, rows):
    with (
        np.errstate(invalid="ignore"),
        pytest.raises(ValueError, match=r".+") as theirs,
    ):
        sklearn_validate_data(model, rows, **SETTINGS)
    with pytest.raises(ValueError, match=re.escape(str(theirs.value))):
        validate_data(model, rows, **SETTINGS)


def test_rows_without_names_warn_if_the_model_has_names(model):
    model.feature_names_in_ = np.array(list("abcd"), dtype=object)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        model.predict(ROWS)


@pytest.fixture
def only_short_way(monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError

    monkeypatch.setattr(validation, "sklearn_validate_data", never)


SHORT = ("float64", "float32", "one row", "columns in memory", "sparse")
SHORT += ("sparse matrix", "many numbers", "many sparse numbers")


@pytest.mark.parametrize("name", SHORT)
def test_the_short_way_is_taken(model, name, only_short_way):
    assert validate_data(model, GOOD[name], **SETTINGS) is GOOD[name]


def test_entries_after_the_last_row_are_removed(model):
    rows = scipy.sparse.csr_array(ROWS)
    rows.data, rows.indices = np.append(rows.data, 5.0), np.append(rows.indices, 3)
    checked = validate_data(model, rows, **SETTINGS)
    assert len(checked.data) == len(checked.indices) == ROWS.size


FIT = {"dtype": (np.float64, np.float32), "accept_sparse": "csr"}
NUMBERS = np.array([3, 1, 3, 2, 1, 1])
TARGETS = {
    "integers": NUMBERS,
    "numbers": NUMBERS + 0.5,
    "float32": NUMBERS.astype(np.float32),
    "booleans": NUMBERS > 1,
    "every second": np.repeat(NUMBERS, 2)[::2],
}
OTHER_TARGETS = {
    "text": NUMBERS.astype(str),
    "a list": NUMBERS.tolist(),
    "columns": np.stack([NUMBERS, NUMBERS], axis=1),
    "objects": NUMBERS.astype(object),
}


@pytest.mark.parametrize("rows", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("name", {**TARGETS, **OTHER_TARGETS})
@pytest.mark.parametrize("numeric", [False, True])
def test_data_of_a_fit_are_those_of_scikit_learn(rows, name, numeric):
    y = {**TARGETS, **OTHER_TARGETS}[name]
    n_rows = rows.shape[0] if hasattr(rows, "shape") else len(rows)
    if not isinstance(y, list):
        y = np.resize(y, (n_rows, *y.shape[1:]))
    elif n_rows != len(y):
        y = [0, 1] * (n_rows // 2) + [2] * (n_rows % 2)
    settings = {**FIT, "multi_output": True, "y_numeric": numeric}
    ours, theirs = LogisticRegression(), LogisticRegression()
    ours.feature_names_in_ = theirs.feature_names_in_ = np.array(list("abcd"))
    X, checked = validate_data(ours, rows, y, **settings)
    their_X, their_y = sklearn_validate_data(theirs, rows, y, **settings)
    assert vars(ours) == vars(theirs)
    assert (X is rows) == (their_X is rows and rows is not UNALIGNED)
    assert (checked is y) == (their_y is y)
    np.testing.assert_array_equal(checked, their_y)


@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)
@pytest.mark.parametrize("order", [None, "C"])
def test_the_short_way_is_taken_in_fits(y, order, only_short_way):
    fitted = LogisticRegression()
    X, checked = validate_data(fitted, ROWS, y, order=order, **FIT)
    assert X is ROWS
    assert checked is y
    assert fitted.n_features_in_ == 4


def test_a_fit_gets_rows_in_the_order_it_asks_for():
    by_columns = np.asfortranarray(ROWS)
    X, _ = validate_data(LogisticRegression(), by_columns, NUMBERS, order="C", **FIT)
    assert X.flags.c_contiguous
    np.testing.assert_array_equal(X, ROWS)


BAD_DATA = {
    "NaN in y": (ROWS, np.array([1, 2, np.nan, 2, 1, 1])),
    "infinity in y": (ROWS, np.array([1, 2, np.inf, 2, 1, 1])),
    "too few targets": (ROWS, NUMBERS[:5]),
    "no targets": (ROWS, None),
    "NaN in X": (bad(np.nan), NUMBERS),
    "no columns": (ROWS[:, :0], NUMBERS),
    "complex targets": (ROWS, NUMBERS + 1j),
    "a cube of targets": (ROWS, np.ones((6, 1, 1))),
}


@pytest.mark.parametrize(("X", "y"), BAD_DATA.values(), ids=BAD_DATA)
def test_errors_of_a_fit_are_those_of_scikit_learn(X, y):
    with pytest.raises(ValueError, match=r".+") as theirs:
        sklearn_validate_data(LogisticRegression(), X, y, **FIT)
    with pytest.raises(ValueError, match=re.escape(str(theirs.value))):
        validate_data(LogisticRegression(), X, y, **FIT)


def test_a_fit_of_too_few_rows_is_refused():
    with pytest.raises(ValueError, match="minimum of 7 is required"):
        validate_data(LogisticRegression(), ROWS, NUMBERS, ensure_min_samples=7, **FIT)


def test_large_rows_do_not_warn(model):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        validate_data(model, GOOD["large"], **SETTINGS)
        validate_data(model, GOOD["large float32"], **SETTINGS)


def test_valid_values_of_parameters_are_checked_once(monkeypatch):
    calls = []

    class Model(LogisticRegression):
        pass

    def count(constraints, params, caller_name):
        calls.extend(params)

    monkeypatch.setattr(validation, "validate_parameter_constraints", count)
    model = Model(C=2.0)
    model._validate_params()
    assert sorted(calls) == sorted(model.get_params(deep=False))
    calls.clear()
    model._validate_params()
    assert calls == []
    model.set_params(C=3.0, max_iter=200)._validate_params()
    assert sorted(calls) == ["C", "max_iter"]


def test_true_is_not_valid_because_one_is():
    X, y = load_iris(return_X_y=True)
    LogisticRegression(max_iter=1, tol=1.0).fit(X, y)
    with pytest.raises(ValueError, match="'fit_intercept' parameter"):
        LogisticRegression(fit_intercept=2).fit(X, y)
    with pytest.raises(ValueError, match="'class_weight' parameter"):
        LogisticRegression(class_weight=1).fit(X, y)


def test_a_subclass_has_its_own_constraints():
    X, y = load_iris(return_X_y=True)

    class OnlyOne(LogisticRegression):
        _parameter_constraints = {
            **LogisticRegression._parameter_constraints,
            "C": [type(None)],
        }

    LogisticRegression(C=1.0, max_iter=1000).fit(X, y)
    with pytest.raises(ValueError, match="'C' parameter of OnlyOne"):
        OnlyOne(C=1.0).fit(X, y)
    OnlyOne._parameter_constraints = LogisticRegression._parameter_constraints
    OnlyOne(C=1.0, max_iter=1000).fit(X, y)

"""Rows for prediction that need no change are checked by a short way."""

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
    "sparse": scipy.sparse.csr_array(ROWS),
    "a sparse matrix": scipy.sparse.csr_matrix(ROWS),
    "sparse float32": scipy.sparse.csr_array(ROWS.astype(np.float32)),
    "sparse integers": scipy.sparse.csr_array(np.eye(4, dtype=int)),
    "sparse by columns": scipy.sparse.csc_array(ROWS),
    "no entries": scipy.sparse.csr_array((3, 4)),
    "large and sparse": scipy.sparse.csr_array(np.full((2, 4), 1e300)),
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
    "both infinities": np.array([[np.inf, -np.inf, 0, 0]]),
    "too few columns": ROWS[:, :3],
    "no rows": ROWS[:0],
    "one dimension": ROWS[0],
    "three dimensions": ROWS[np.newaxis],
    "complex": ROWS + 0j,
    "text": np.array([["a", "b", "c", "d"]]),
    "NaN, sparse": scipy.sparse.csr_array(bad(np.nan)),
    "infinity, sparse": scipy.sparse.csr_matrix(bad(np.inf, np.float32)),
    "too few columns, sparse": scipy.sparse.csr_array(ROWS[:, :3]),
    "no rows, sparse": scipy.sparse.csr_array(ROWS[:0]),
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


def test_the_short_way_is_taken(model, monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError

    monkeypatch.setattr(validation, "sklearn_validate_data", never)
    dense = (ROWS, ROWS.astype(np.float32), ROWS[:1], np.asfortranarray(ROWS))
    for rows in (*dense, GOOD["sparse"], GOOD["a sparse matrix"], GOOD["no entries"]):
        assert validate_data(model, rows, **SETTINGS) is rows


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

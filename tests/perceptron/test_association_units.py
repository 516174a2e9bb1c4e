"""Tests of AssociationUnits: connections, thresholds, output, and accuracy."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from versions import older

from skmlp import AssociationUnits, Perceptron


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_mark_1_reads_digits_better_than_a_perceptron_alone(digits):
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    mark_1 = make_pipeline(
        AssociationUnits(1000, n_connections=8, random_state=0), Perceptron()
    )
    alone = cross_val_score(Perceptron(), *digits, cv=folds).mean()
    with_units = cross_val_score(mark_1, *digits, cv=folds).mean()
    print(f"perceptron alone {alone:.3f}, with association units {with_units:.3f}")
    assert 0.92 < alone < 0.95
    assert with_units >= 0.965


@pytest.mark.parametrize(
    ("n_connections", "excitatory", "n_excitatory", "n_inhibitory"),
    [
        (8, 0.5, 4, 4),
        (8, 0.75, 6, 2),
        (5, 0.0, 0, 5),
        (3, 1.0, 3, 0),
        (100, 0.5, 32, 32),
    ],
)
def test_every_unit_is_connected_to_n_connections_columns(
    n_connections, excitatory, n_excitatory, n_inhibitory, digits
):
    units = AssociationUnits(
        200, n_connections=n_connections, excitatory=excitatory, random_state=0
    ).fit(digits[0])
    connections = units.connections_.toarray()
    assert connections.shape == (200, 64)
    assert np.all((connections == 1).sum(axis=1) == n_excitatory)
    assert np.all((connections == -1).sum(axis=1) == n_inhibitory)
    assert np.all(np.abs(connections).sum(axis=0) > 0)  # every column is connected
    if n_connections < 64:
        assert len(np.unique(connections, axis=0)) > 190


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("thresholds", [None, 3.0, "each"])
def test_a_unit_is_active_where_its_input_reaches_its_threshold(
    thresholds, dtype, digits
):
    X = digits[0][:300].astype(dtype)
    if thresholds == "each":
        thresholds = np.random.default_rng(0).integers(-5, 6, size=80).astype(float)
    units = AssociationUnits(80, thresholds=thresholds, random_state=1).fit(X)
    inputs = X @ units.connections_.toarray().T  # integers, so the sums are exact
    active = units.transform(X)
    assert active.format == "csr"
    assert active.dtype == dtype
    assert set(active.data) == {1}
    np.testing.assert_array_equal(active.toarray(), inputs >= units.thresholds_)
    if thresholds is not None:
        assert np.all(units.thresholds_ == thresholds)
        assert np.all(active.toarray()[inputs == units.thresholds_] == 1)


@pytest.mark.parametrize("activity", [0.05, 0.25, 0.6])
def test_units_are_active_for_the_share_of_rows_that_was_asked_for(activity, rng):
    X = rng.normal(size=(500, 20))
    units = AssociationUnits(100, activity=activity, random_state=0)
    shares = units.fit_transform(X).mean(axis=0)
    np.testing.assert_allclose(shares, activity, atol=1 / 500)
    binary = (X > 0).astype(float)  # few values, many ties
    shares = clone(units).fit_transform(binary).mean(axis=0)
    assert np.all(shares <= activity + 1e-12)
    constant = units.fit(np.ones((30, 20)))
    assert constant.transform(np.ones((30, 20))).nnz == 0
    assert constant.transform(1 + rng.normal(size=(30, 20))).nnz > 0


def test_many_rows_and_many_units_are_processed_in_blocks(monkeypatch, rng):
    from skmlp.perceptron import association_units

    X = rng.normal(size=(700, 12))
    whole = AssociationUnits(30, random_state=0).fit(X)
    monkeypatch.setattr(association_units, "_BLOCK_INPUTS", 210)
    parts = AssociationUnits(30, random_state=0).fit(X)
    np.testing.assert_array_equal(whole.thresholds_, parts.thresholds_)
    assert (whole.transform(X) != parts.transform(X)).nnz == 0
    monkeypatch.setattr(association_units, "_ROWS_FOR_THRESHOLDS", 500)
    drawn = AssociationUnits(30, random_state=0).fit(X)
    shares = drawn.transform(X).mean(axis=0)
    np.testing.assert_allclose(shares, 0.25, atol=0.06)
    assert np.any(drawn.thresholds_ != whole.thresholds_)


@pytest.mark.parametrize("make", [scipy.sparse.csr_matrix, scipy.sparse.csc_array])
@pytest.mark.parametrize("n_units", [20, 200])
def test_sparse_rows_give_the_same_units(make, n_units, digits):
    X = digits[0][:200]
    units = AssociationUnits(n_units, random_state=0).fit(X)
    sparse = AssociationUnits(n_units, random_state=0).fit(make(X))
    np.testing.assert_array_equal(units.thresholds_, sparse.thresholds_)
    assert (units.transform(X) != sparse.transform(make(X))).nnz == 0


def test_the_seed_determines_the_connections(digits):
    X = digits[0][:50]
    one, same, other = (
        AssociationUnits(20, random_state=seed).fit(X).connections_.toarray()
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert np.any(one != other)


def test_output_is_what_was_asked_for(digits):
    X = pd.DataFrame(digits[0][:50])
    units = AssociationUnits(20, random_state=0)
    names = [f"associationunits{i}" for i in range(20)]
    sparse = units.fit_transform(X)
    assert scipy.sparse.isspmatrix(sparse)
    assert list(units.get_feature_names_out()) == names
    if not older("scikit-learn", "1.9"):  # which has no such setting
        with config_context(sparse_interface="sparray"):
            assert isinstance(units.transform(X), scipy.sparse.csr_array)
    with pytest.raises(ValueError, match="outputs a scipy sparse matrix"):
        clone(units).set_output(transform="pandas").fit_transform(X)
    units = units.set_params(sparse_output=False)
    frame = units.set_output(transform="pandas").fit_transform(X)
    assert list(frame.columns) == names
    np.testing.assert_array_equal(frame.to_numpy(), sparse.toarray())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_units": 0}, "'n_units'"),
        ({"n_connections": 0}, "'n_connections'"),
        ({"excitatory": 1.5}, "'excitatory'"),
        ({"activity": 0.0}, "'activity'"),
        ({"thresholds": [1.0, 2.0]}, r"shape \(2,\); give one number, or one for each"),
        ({"thresholds": np.nan}, "thresholds has NaN"),
        ({"thresholds": ["a"] * 5}, "thresholds is .* give a number"),
    ],
    ids=str,
)
def test_impossible_settings_are_named(settings, message, digits):
    with pytest.raises(ValueError, match=message):
        AssociationUnits(**{"n_units": 5, **settings}).fit(digits[0])


@pytest.mark.parametrize(("n_columns", "n_connections"), [(8, 8), (200, 199), (4, 8)])
def test_units_of_nearly_all_columns_differ_in_their_signs(n_columns, n_connections):
    X = np.random.default_rng(0).normal(size=(20, n_columns))
    units = AssociationUnits(500, n_connections=n_connections, random_state=0).fit(X)
    signs = units.connections_.toarray()
    n_connections = min(n_columns, n_connections)
    assert np.all((signs == 1).sum(axis=1) == round(n_connections / 2))
    assert np.all((signs != 0).sum(axis=1) == n_connections)
    ways = {8: 70, 200: 500, 4: 6}[n_columns]  # all binomial(8, 4) and binomial(4, 2)
    assert len(np.unique(signs, axis=0)) == ways
    shares = (signs == 1).mean(axis=0)
    np.testing.assert_allclose(shares, 0.5, atol=0.12)

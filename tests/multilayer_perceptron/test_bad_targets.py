"""Targets and validation rows that cannot be used, and unusual ones that can."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.neural_network import MLPClassifier as TheirClassifier

from skmlp import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


NOT_NUMBERS = {
    "sparse": (scipy.sparse.csr_array(np.ones((8, 2))), TypeError, "for y.*y.toarray"),
    "dates": (np.arange(8).astype("M8[D]"), ValueError, "y is of type datetime64"),
    "durations": (np.arange(8).astype("m8[s]"), ValueError, "y is of type timedelta64"),
    "list of dates": (list(np.arange(8).astype("M8[s]")), ValueError, "unit of time"),
    "text": (np.array(list("abababab")), ValueError, "y is of type <U1.*MLPClassifier"),
    "objects": (np.array([1, "b"] * 4, object), ValueError, "y holds objects"),
    "records": (np.zeros(8, [("a", int)]), ValueError, "y is of type"),
    "complex": (np.ones(8) * 1j, ValueError, "Complex data not supported"),
}


@pytest.mark.parametrize("where", ["y", "y_val"])
@pytest.mark.parametrize("name", NOT_NUMBERS)
def test_a_regressor_refuses_y_that_holds_no_numbers(name, where):
    y, error, message = NOT_NUMBERS[name]
    X, numbers = np.arange(16.0).reshape(8, 2), np.arange(8.0)
    network = MLPRegressor(hidden_layer_sizes=(2,), max_iter=1)
    arguments = {"y": y} if where == "y" else {"y": numbers, "X_val": X, "y_val": y}
    for fit in (network.fit, network.partial_fit):
        with pytest.raises(error, match=message):
            fit(X, **arguments)
    assert not hasattr(network, "n_features_in_")


def test_numbers_of_other_types_are_fitted_as_numbers():
    X = np.arange(16.0).reshape(8, 2)
    numbers = np.arange(8) % 2
    settings = {"hidden_layer_sizes": (2,), "max_iter": 1, "random_state": 0}
    expected = MLPRegressor(**settings).fit(X, numbers.astype(float)).predict(X)
    for y in (numbers > 0, numbers.astype(object), numbers.tolist(), numbers):
        network = MLPRegressor(**settings).fit(X, y)
        np.testing.assert_array_equal(network.predict(X), expected)


def test_one_class_is_predicted_with_two_columns_of_probabilities_as_in_scikit_learn():
    X = np.arange(16.0).reshape(8, 2)
    ours, theirs = (
        kind((2,), max_iter=3, random_state=0).fit(X, np.repeat("a", 8))
        for kind in (MLPClassifier, TheirClassifier)
    )
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.predict_proba(X).shape == theirs.predict_proba(X).shape == (8, 2)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sample_weight_val": np.zeros(8)}, "at least one non-zero"),
        ({"sample_weight_val": np.ones(3)}, "sample_weight_val.shape"),
        ({"y_val": np.arange(8) % 2 + 5}, r"y_val has the classes \[5 6\]"),
        ({"y_val": np.stack([np.arange(8), np.ones(8)], 1)}, "y_val has the classes"),
    ],
)
def test_validation_rows_that_cannot_be_used_are_refused_by_name(
    changes, message, solver
):
    X, y = np.arange(16.0).reshape(8, 2), np.arange(8) % 2
    arguments = {"X_val": X, "y_val": y} | changes
    network = MLPClassifier((2,), solver=solver, max_iter=1)
    with pytest.raises(ValueError, match=message):
        network.fit(X, y, **arguments)


def test_y_that_overflows_in_the_type_of_X_is_refused():
    X, y = np.arange(16, dtype=np.float32).reshape(8, 2), 1e50 * np.arange(8.0)
    network = MLPRegressor(hidden_layer_sizes=(2,), max_iter=1)
    with pytest.raises(ValueError, match=r"y is too large for float32.*scale y"):
        network.fit(X, y)


@pytest.mark.parametrize("weight", [1e200, 1e-200])
def test_weights_of_rows_whose_product_overflows_are_refused(weight):
    X, y = np.arange(16.0).reshape(8, 2), np.arange(8) % 2
    network = MLPClassifier((2,), max_iter=1, class_weight={0: weight, 1: weight})
    sample_weight = np.full(8, 1e200)
    if weight > 1:
        with pytest.raises(ValueError, match=r"sum of the weights .* is not finite"):
            network.fit(X, y, sample_weight)
    else:
        assert np.isfinite(network.fit(X, y, sample_weight).loss_)


@pytest.mark.parametrize(
    ("weight", "message"),
    [(1e60, "not finite in float32"), (1e-93, "leaves no row a weight above zero")],
)
def test_class_weights_that_float32_cannot_hold_are_refused(weight, message):
    X, y = np.arange(16, dtype=np.float32).reshape(8, 2), np.arange(8) % 2
    network = MLPClassifier((2,), max_iter=1, class_weight={0: weight, 1: weight})
    with pytest.raises(ValueError, match=message):
        network.fit(X, y)
    with pytest.raises(ValueError, match=message):
        network.partial_fit(X[:1], y[:1], classes=[0, 1])

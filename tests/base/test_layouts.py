"""Estimators give equal results for equal arrays of any memory layout."""

import warnings

import numpy as np
import pytest
from layouts import DTYPES, TABLES, VECTORS
from sklearn.base import clone

from skmlp import (
    AssociationUnits,
    LinearDiscriminantAnalysis,
    LogisticRegression,
    LogisticRegressionCV,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)

N_ROWS, N_FEATURES, N_CLASSES = 90, 9, 3
ESTIMATORS = {
    "perceptron": Perceptron(max_iter=5, tol=None),
    "perceptron, joint and averaged": Perceptron(
        max_iter=3, multi_class="joint", average=True
    ),
    "association units": AssociationUnits(20, n_connections=3, random_state=0),
    "lda": LinearDiscriminantAnalysis(),
    "lda, lsqr": LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
    "lda, eigen": LinearDiscriminantAnalysis(solver="eigen", store_covariance=True),
    "logistic regression": LogisticRegression(),
    "logistic regression, newton": LogisticRegression(solver="newton-cholesky"),
    "logistic regression, newton-cg": LogisticRegression(solver="newton-cg"),
    "logistic regression, l1": LogisticRegression(solver="saga", l1_ratio=1),
    "logistic regression, bounds": LogisticRegression(lower_bounds=0.0),
    "logistic regression, adam": LogisticRegression(solver="adam", random_state=0),
    "logistic regression, cv": LogisticRegressionCV(Cs=2, cv=2),
    "classifier": MLPClassifier((12, 3), max_iter=3, batch_size=20, random_state=0),
    "classifier, lbfgs": MLPClassifier(
        (5,), solver="lbfgs", max_iter=5, random_state=0
    ),
    "classifier, gd": MLPClassifier((5,), solver="gd", max_iter=3, random_state=0),
    "classifier, in order": MLPClassifier(
        (40,), solver="sgd", shuffle=False, max_iter=3, random_state=0
    ),
    "classifier, one by one": MLPClassifier(
        (4,), batch_size=1, max_iter=2, random_state=0
    ),
    "classifier, disturbed": MLPClassifier(
        (5,), input_noise=0.1, dropout=0.2, max_iter=3, random_state=0
    ),
    "classifier, early": MLPClassifier(
        (5,), early_stopping=True, max_iter=3, random_state=0
    ),
    "classifier, own activation": MLPClassifier(
        (5,), activation=(np.tanh, lambda z: 1 / np.cosh(z) ** 2), max_iter=2
    ).set_params(random_state=0),
    "regressor": MLPRegressor(hidden_layer_sizes=(12,), max_iter=3, random_state=0),
    "regressor, lbfgs": MLPRegressor(
        hidden_layer_sizes=(5,), solver="lbfgs", max_iter=5, random_state=0
    ),
}
METHODS = ("decision_function", "predict_proba", "predict", "transform")
STREAMS = [
    name
    for name, estimator in ESTIMATORS.items()
    if hasattr(estimator, "partial_fit") and "early" not in name
]


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(N_ROWS, N_FEATURES))
    y = rng.integers(N_CLASSES, size=N_ROWS)
    X[:, :N_CLASSES] += 1.5 * np.eye(N_CLASSES)[y]
    return X, y, rng.uniform(0.5, 2, size=N_ROWS)


def outcome(function, *arguments, **settings):
    """Return the result of a call, or the type of its error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(*arguments, **settings)
        except (ValueError, TypeError) as error:
            return type(error)


def answers(estimator, X):
    """Return the predictions of a fitted estimator for rows X: dict by method."""
    if isinstance(estimator, type):
        return estimator
    methods = [name for name in METHODS if hasattr(estimator, name)]
    found = {name: outcome(getattr(estimator, name), X) for name in methods}
    if "decision_function" in found or "predict_proba" in found:
        found.pop("predict")  # rounding decides ties
    return found


def assert_same(ours, theirs, rtol=1e-6):
    if isinstance(theirs, type) or isinstance(ours, type):
        assert ours == theirs
        return
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        found = ours[name]
        if isinstance(expected, type) or isinstance(found, type):
            assert found == expected, name
            continue
        if hasattr(expected, "toarray"):
            found, expected = found.toarray(), expected.toarray()
        assert found.dtype == expected.dtype
        scale = np.abs(expected).max(initial=1.0)
        np.testing.assert_allclose(
            found, expected, rtol=rtol, atol=rtol * scale, err_msg=name
        )


def in_order(array):
    """Return a copy in C order; byte-swapped numbers as float64, as in scikit-learn."""
    dtype = array.dtype if array.dtype.isnative else np.float64
    return np.array(array, dtype=dtype, order="C", copy=True)


def targets(name, y):
    return 0.5 * y if name.startswith("regressor") else y


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("layout", TABLES)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_rows_may_lie_in_memory_in_any_way(name, layout, dtype, data):
    X, y, _ = data
    view = TABLES[layout](X.astype(dtype))
    copy, y = in_order(view), targets(name, y[: len(view)])
    rtol = 1e-6 if dtype == np.float64 else 1e-3
    fitted = outcome(clone(ESTIMATORS[name]).fit, copy, y)
    # With identical rows a fit may be ill-posed, so that rounding decides.
    if layout not in ("one row", "one column"):
        ours = outcome(clone(ESTIMATORS[name]).fit, view, y)
        assert_same(answers(ours, copy), answers(fitted, copy), rtol)
    fitted = clone(ESTIMATORS[name])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted.fit(X.astype(dtype), targets(name, data[1]))
    assert_same(answers(fitted, view), answers(fitted, copy), rtol)


@pytest.mark.parametrize("layout", ["one row", "one column"])
@pytest.mark.parametrize("name", [n for n in ESTIMATORS if "lda" not in n])
def test_fits_to_rows_that_share_their_memory_are_those_to_copies(name, layout, data):
    X, y, _ = data
    view = TABLES[layout](X)
    ours, theirs = (
        outcome(clone(ESTIMATORS[name]).fit, rows, targets(name, y))
        for rows in (view, in_order(view))
    )
    assert_same(answers(ours, X), answers(theirs, X), rtol=1e-4)


@pytest.mark.parametrize("layout", TABLES)
@pytest.mark.parametrize("name", STREAMS)
def test_parts_of_a_stream_may_lie_in_memory_in_any_way(name, layout, data):
    X, y, _ = data
    y = targets(name, y)
    settings = {} if name.startswith("regressor") else {"classes": np.unique(y)}
    results = []
    for take in (lambda a: a, in_order):
        estimator = clone(ESTIMATORS[name])
        for rows in (slice(0, 44), slice(44, 90)):
            part = take(TABLES[layout](X[rows]))
            done = outcome(
                estimator.partial_fit, part, y[rows][: len(part)], **settings
            )
            assert done is estimator
        results.append(answers(estimator, X))
    assert_same(*results)


@pytest.mark.parametrize("second", ["float32", "float64", "int64", "bool"])
@pytest.mark.parametrize("first", ["float32", "float64"])
@pytest.mark.parametrize("name", STREAMS)
def test_parts_of_a_stream_may_be_of_different_types(name, first, second, data):
    X, y, _ = data
    y = targets(name, y)
    settings = {} if name.startswith("regressor") else {"classes": np.unique(y)}
    results = []
    for kind in (second, np.float64):
        estimator = clone(ESTIMATORS[name])
        for part in (X.astype(first), (4 * X).astype(second).astype(kind), X):
            assert outcome(estimator.partial_fit, part, y, **settings) is estimator
        results.append(answers(estimator, X))
    assert_same(*results, rtol=2e-2)


@pytest.mark.parametrize("layout", TABLES)
@pytest.mark.parametrize("name", ["classifier", "classifier, lbfgs"])
def test_labels_in_columns_and_rows_to_validate_on_may_lie_in_any_way(
    name, layout, data
):
    X, y, _ = data
    several = np.stack([y == 0, y == 1, X[:, 0] > 0, y == 2], axis=1).astype(int)
    labels, aside = TABLES[layout](several), TABLES[layout](X)
    fits = [
        outcome(
            clone(ESTIMATORS[name]).fit,
            X[: len(labels)],
            take(labels).astype(int, copy=False),
            X_val=take(aside),
            y_val=several[: len(aside)],
        )
        for take in (lambda array: array, in_order)
    ]
    assert not isinstance(fits[1], type)
    assert_same(*(answers(fitted, X) for fitted in fits))


@pytest.mark.parametrize("layout", VECTORS)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_targets_and_weights_may_lie_in_memory_in_any_way(name, layout, data):
    X, y, weight = data
    y, lay_out = targets(name, y), VECTORS[layout]
    weights = {"sample_weight": weight}
    if name == "association units":
        weights = {}
    expected = outcome(clone(ESTIMATORS[name]).fit, X, y, **weights)
    assert not isinstance(expected, type)
    weights = {key: lay_out(value) for key, value in weights.items()}
    ours = outcome(clone(ESTIMATORS[name]).fit, X, lay_out(y), **weights)
    assert_same(answers(ours, X), answers(expected, X))
    if hasattr(expected, "score"):
        ours, theirs = (
            expected.score(X, labels, sample_weight=w)
            for labels, w in ((lay_out(y), lay_out(weight)), (y, weight))
        )
        assert ours == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("layout", TABLES)
@pytest.mark.parametrize("name", ["regressor", "regressor, lbfgs"])
def test_several_targets_may_lie_in_memory_in_any_way(name, layout, data):
    X, y, _ = data
    view = TABLES[layout](np.stack([y, X[:, 0], -y, X[:, 1]], axis=1))
    X = X[: len(view)]
    ours, theirs = (
        answers(outcome(clone(ESTIMATORS[name]).fit, X, t), X)
        for t in (view, in_order(view))
    )
    assert_same(ours, theirs)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ESTIMATORS)
def test_numbers_of_any_type_are_those_of_float64_or_float32(name, dtype, data):
    X, y, _ = data
    X, y = (10 * X).astype(dtype), targets(name, y)
    known = X if dtype == "float32" else X.astype(np.float64)
    ours = outcome(clone(ESTIMATORS[name]).fit, X, y)
    theirs = outcome(clone(ESTIMATORS[name]).fit, known, y)
    assert_same(answers(ours, X), answers(theirs, known))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [n for n in ESTIMATORS if n != "association units"])
def test_targets_and_weights_may_be_of_any_type(name, dtype, data):
    X, y, weight = data
    weight = (3 * weight).astype(dtype)
    if name.startswith("regressor"):
        y = (2 * X[:, 0]).astype(dtype)
    ours, theirs = (
        outcome(clone(ESTIMATORS[name]).fit, X, t, sample_weight=w)
        for t, w in ((y, weight), (y.astype(float), weight.astype(float)))
    )
    assert not isinstance(theirs, type)
    assert_same(answers(ours, X), answers(theirs, X))


@pytest.mark.parametrize("name", ESTIMATORS)
def test_no_row_is_refused_and_one_row_is_answered_as_among_others(name, data):
    X, y, _ = data
    fitted = outcome(clone(ESTIMATORS[name]).fit, X, targets(name, y))
    whole = answers(fitted, X)
    for row in (0, 7):
        for view in (X[row : row + 1], X[row : row + 1, ::-1][:, ::-1]):
            for method, found in answers(fitted, view).items():
                expected = whole[method][[row]]
                if hasattr(expected, "toarray"):
                    found, expected = found.toarray(), expected.toarray()
                np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    for method in answers(fitted, X[:1]):
        with pytest.raises(ValueError, match="0 sample"):
            getattr(fitted, method)(X[:0])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_rows_may_stay_in_a_file(name, order, data, tmp_path):
    X, y, _ = data
    mapped = np.memmap(
        tmp_path / "rows", dtype=X.dtype, mode="w+", shape=X.shape, order=order
    )
    mapped[...] = X
    mapped.flush()
    mapped = np.memmap(
        tmp_path / "rows", dtype=X.dtype, mode="r", shape=X.shape, order=order
    )
    y = targets(name, y)
    ours = outcome(clone(ESTIMATORS[name]).fit, mapped[::-1], y[::-1])
    theirs = outcome(clone(ESTIMATORS[name]).fit, X[::-1].copy(), y[::-1].copy())
    assert_same(answers(ours, mapped), answers(theirs, X))


def test_input_gradients_do_not_depend_on_how_rows_lie(data):
    X, y, _ = data
    network = outcome(clone(ESTIMATORS["classifier"]).fit, X, y)
    for layout in TABLES.values():
        view = layout(X)
        np.testing.assert_allclose(
            network.input_gradient(view), network.input_gradient(in_order(view))
        )


def test_rows_that_are_not_aligned_give_the_same_bits_in_float32(rng):
    X = rng.normal(size=(300, 40)).astype(np.float32)
    y = X[:, 0] + rng.normal(size=300) > 0
    memory = np.zeros(X.nbytes + 1, dtype=np.uint8)
    unaligned = memory[1:].view(np.float32).reshape(X.shape)
    unaligned[:] = X
    assert not unaligned.flags.aligned
    model, other = (
        LogisticRegression(solver="newton-cg").fit(rows, y) for rows in (X, unaligned)
    )
    np.testing.assert_array_equal(model.coef_, other.coef_)
    np.testing.assert_array_equal(
        model.decision_function(X), model.decision_function(unaligned)
    )

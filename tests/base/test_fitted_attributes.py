"""Errors that name a fitted attribute which does not match the others."""

import copy
import pickle
import re
import warnings

import numpy as np
import pytest
import scipy.sparse
from versions import older

from skmlp import (
    AssociationUnits,
    LinearDiscriminantAnalysis,
    LogisticRegression,
    LogisticRegressionCV,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from skmlp.discriminant_analysis import lda_summary
from skmlp.inference import LogisticInference

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 5))
Y = {2: (X[:, 0] > 0).astype(int), 3: np.digitize(X[:, 0], [-0.4, 0.4])}

LINEAR = {
    "perceptron": Perceptron(warm_start=True),
    "lda": LinearDiscriminantAnalysis(),
    "logistic regression": LogisticRegression(warm_start=True),
    "logistic regression, adam": LogisticRegression(solver="adam", warm_start=True),
    "logistic regression, cv": LogisticRegressionCV(
        Cs=2, cv=2, l1_ratios=(0,), scoring="accuracy", use_legacy_attributes=False
    ),
}
NETWORKS = {
    "classifier": MLPClassifier((7, 4), max_iter=3, warm_start=True, random_state=0),
    "classifier, lbfgs": MLPClassifier((7,), solver="lbfgs", warm_start=True),
    "regressor": MLPRegressor(
        hidden_layer_sizes=(7,), max_iter=3, warm_start=True, random_state=0
    ),
}
METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function")

CHANGES = {
    "none": lambda a: None,
    "a list": lambda a: a.tolist(),
    "a string": lambda a: "weights",
    "cut": lambda a: a[..., :-1] if a.shape[-1] > 1 else a[..., :0],
    "longer": lambda a: np.concatenate([a, a[..., :1]], axis=-1),
    "one more row": lambda a: np.concatenate([a, a[:1]]),
    "raveled": lambda a: a.ravel() if a.ndim > 1 else a[:, np.newaxis],
    "nested": lambda a: a[np.newaxis],
    "complex": lambda a: a + 1j,
    "objects": lambda a: a.astype(object),
    "text": lambda a: a.astype(str),
}


def quietly(call, *arguments, **settings):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call(*arguments, **settings)


def fitted(estimator, n_classes):
    return quietly(copy.copy(estimator).fit, X, Y[n_classes])


def refuses(name, call, *arguments, **settings):
    with pytest.raises(ValueError, match=re.escape(name)):
        quietly(call, *arguments, **settings)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("attribute", ["coef_", "intercept_"])
@pytest.mark.parametrize("name", LINEAR)
def test_altered_linear_scores_are_refused(name, attribute, change, n_classes):
    model = fitted(LINEAR[name], n_classes)
    setattr(model, attribute, CHANGES[change](getattr(model, attribute)))
    for method in METHODS:
        if hasattr(model, method):
            refuses(attribute, getattr(model, method), X)
    refuses(attribute, model.score, X, Y[n_classes])
    if getattr(model, "warm_start", False):
        refuses(attribute, copy.copy(model).fit, X, Y[n_classes])
    if hasattr(model, "partial_fit") and name != "lda":  # LDA's uses its sums instead
        refuses(attribute, copy.copy(model).partial_fit, X, Y[n_classes])


@pytest.mark.parametrize("attribute", ["coef_", "intercept_"])
def test_altered_coefficients_are_refused_by_the_inference(attribute):
    for change in CHANGES.values():
        model = fitted(LogisticRegression(), 3)
        setattr(model, attribute, change(getattr(model, attribute)))
        refuses(attribute, LogisticInference.from_estimator, model, X, Y[3])


@pytest.mark.parametrize("change", ["none", "a list", "a string", "cut", "nested"])
@pytest.mark.parametrize("name", [*LINEAR, "classifier"])
def test_altered_classes_are_refused(name, change):
    model = fitted((LINEAR | NETWORKS)[name], 3)
    model.classes_ = CHANGES[change](model.classes_)
    # With two classes, the message is about coef_, which then needs one row.
    either = "coef_" if change == "cut" and name != "classifier" else "classes_"
    refuses(either, model.predict, X)
    refuses(either, model.score, X, Y[3])
    if hasattr(model, "partial_fit"):
        with pytest.raises(ValueError, match="class"):
            quietly(copy.copy(model).partial_fit, X, Y[3])


@pytest.mark.parametrize("change", CHANGES)
def test_altered_means_and_directions_of_lda_are_refused(change):
    for attribute, call in (
        ("means_", lambda lda: lda_summary(lda, X, Y[3])),
        ("means_", lambda lda: lda.merge(fitted(LINEAR["lda"], 3))),
        ("xbar_", lambda lda: lda.transform(X)),
    ):
        lda = fitted(LINEAR["lda"], 3)
        setattr(lda, attribute, CHANGES[change](getattr(lda, attribute)))
        refuses(attribute, call, lda)
    lda = fitted(LINEAR["lda"], 3)
    lda.scalings_ = CHANGES[change](lda.scalings_.T).T if change == "cut" else None
    refuses("scalings_", lda.transform, X)


@pytest.mark.parametrize("layer", [0, -1])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("attribute", ["coefs_", "intercepts_"])
@pytest.mark.parametrize("name", NETWORKS)
def test_altered_layers_are_refused(name, attribute, change, layer):
    model = fitted(NETWORKS[name], 3)
    arrays = list(getattr(model, attribute))
    arrays[layer] = CHANGES[change](arrays[layer])
    setattr(model, attribute, arrays)
    for method in ("predict", "predict_proba", "transform", "input_gradient"):
        if hasattr(model, method):
            refuses(attribute, getattr(model, method), X)
    refuses(attribute, model.score, X, Y[3])
    refuses(attribute, copy.copy(model).fit, X, Y[3])
    if hasattr(model, "partial_fit"):
        refuses(attribute, copy.copy(model).partial_fit, X, Y[3])


@pytest.mark.parametrize(
    "value", [None, 3, {}, "weights", [], np.zeros((5, 7))], ids=lambda v: repr(v)[:10]
)
@pytest.mark.parametrize("attribute", ["coefs_", "intercepts_"])
@pytest.mark.parametrize("name", NETWORKS)
def test_layers_that_are_no_list_are_refused(name, attribute, value):
    model = fitted(NETWORKS[name], 3)
    setattr(model, attribute, value)
    refuses(attribute, model.predict, X)
    refuses(attribute, copy.copy(model).fit, X, Y[3])


def test_all_layers_cut_alike_are_refused():
    model = fitted(NETWORKS["classifier"], 3)
    model.coefs_ = [W[:, :2] for W in model.coefs_]
    model.intercepts_ = [b[:2] for b in model.intercepts_]
    refuses("coefs_[0] is of shape (5, 2)", model.predict, X)
    refuses("coefs_[0] is of shape (5, 2)", model.fit, X, Y[3])


@pytest.mark.parametrize("kind", ["float16", "float32", "longdouble", "int64", "bool"])
def test_real_numbers_of_another_type_predict_as_they_are(kind):
    for name, estimator in LINEAR.items():
        model = fitted(estimator, 3)
        model.coef_ = (10 * model.coef_).astype(kind)
        expected = X @ model.coef_.T.astype(float) + model.intercept_
        np.testing.assert_allclose(
            model.decision_function(X), expected, rtol=1e-3, atol=1e-3, err_msg=name
        )
    network = fitted(NETWORKS["classifier"], 3)
    same = copy.deepcopy(network)
    network.coefs_ = [(10 * W).astype(kind) for W in network.coefs_]
    same.coefs_ = [W.astype(float) for W in network.coefs_]
    np.testing.assert_allclose(
        network.predict_proba(X), same.predict_proba(X), rtol=1e-2, atol=1e-3
    )


@pytest.mark.parametrize("lay_out", [np.asfortranarray, lambda a: a[::-1][::-1]])
def test_weights_may_lie_in_memory_in_any_way(lay_out):
    network = fitted(NETWORKS["classifier"], 3)
    expected = network.predict_proba(X)
    network.coefs_ = tuple(lay_out(W) for W in network.coefs_)
    np.testing.assert_array_equal(network.predict_proba(X), expected)


def test_sparse_coefficients_and_an_intercept_that_is_a_number_are_taken():
    model = fitted(LogisticRegression(), 2)
    expected = model.decision_function(X)
    model.sparsify()
    np.testing.assert_allclose(model.decision_function(X), expected)
    model.intercept_ = float(model.intercept_[0])
    np.testing.assert_allclose(model.decision_function(X), expected)
    model.coef_ = scipy.sparse.csr_array(np.ones((1, 4)))
    refuses("coef_ is of shape (1, 4)", model.predict, X)
    model.coef_ = scipy.sparse.csr_array(np.ones((1, 5)))
    model.coef_.indices[2] = 10**6
    refuses("coef_ is a malformed CSR matrix", model.predict, X)


def test_sparse_attributes_of_other_formats_are_checked():
    rows = scipy.sparse.lil_array(np.ones((1, 5)))
    model = fitted(LogisticRegression(), 2)
    model.coef_ = rows.copy()
    expected = X.sum(axis=1) + model.intercept_
    np.testing.assert_allclose(model.decision_function(X), expected)
    model.coef_.rows[0], model.coef_.data[0] = [50_000_000], [1.0]
    refuses("coef_ is a malformed LIL matrix", model.predict, X)
    # SciPy before 1.15 has no CSR arrays of one dimension.
    one_row = "coo_array" if older("scipy", "1.15") else "csr_array"
    model.coef_ = getattr(scipy.sparse, one_row)(np.ones(5))
    refuses("coef_ is of shape (5,)", model.predict, X)
    units = AssociationUnits(20, n_connections=3, random_state=0).fit(X)
    thresholds, units.thresholds_ = units.thresholds_, units.thresholds_[:3]
    refuses("thresholds_ is of shape (3,)", units.transform, X)
    units.thresholds_ = thresholds
    units.connections_.indices[0] = 50_000_000
    refuses("connections_ is a malformed CSR matrix", units.transform, X)
    units.connections_ = None
    refuses("connections_ is of type NoneType", units.transform, X)


def test_masked_arrays_and_an_intercept_without_dimensions_predict_as_arrays():
    network = fitted(NETWORKS["classifier"], 3)
    expected = network.input_gradient(X)
    network.coefs_ = [np.ma.masked_array(W) for W in network.coefs_]
    np.testing.assert_array_equal(network.input_gradient(X), expected)
    model = fitted(LogisticRegression(), 2)
    expected = model.decision_function(X)
    model.coef_ = np.ma.masked_array(model.coef_)
    model.intercept_ = np.array(model.intercept_[0])
    np.testing.assert_allclose(model.decision_function(X), expected)


@pytest.mark.parametrize("name", ["perceptron", "lda", "logistic regression, adam"])
def test_classes_in_another_order_are_not_learnt_from(name):
    model = fitted(LINEAR[name], 3)
    model.classes_ = model.classes_[::-1]
    refuses("classes_ is [2 1 0]", copy.copy(model).partial_fit, X, Y[3])
    if name == "lda":
        refuses("classes_ is [2 1 0]", model.merge, fitted(LINEAR[name], 3))


def test_a_warm_start_on_other_columns_says_what_to_do():
    model = fitted(Perceptron(warm_start=True), 2)
    refuses("Or set warm_start=False", model.fit, X[:, :3], Y[2])


@pytest.mark.parametrize("value", [3, np.zeros((5, 7)), None, []])
def test_layers_of_no_network_are_refused_for_a_network_of_other_sizes(value):
    model = fitted(NETWORKS["classifier"], 3).set_params(hidden_layer_sizes=(3,))
    refuses("The layers of the last fit have", model.fit, X, Y[3])
    model.coefs_ = value
    refuses("coefs_ is of", model.fit, X, Y[3])


def test_arrays_that_are_loaded_read_only_are_learnt_from(tmp_path):
    joblib = pytest.importorskip("joblib")
    for name, model in (LINEAR | NETWORKS).items():
        if not hasattr(model, "partial_fit"):
            continue
        model = fitted(model, 3)
        joblib.dump(model, tmp_path / "model")
        loaded = joblib.load(tmp_path / "model", mmap_mode="r")
        ours, theirs = (
            quietly(m.partial_fit, X, Y[3])
            for m in (loaded, pickle.loads(pickle.dumps(model)))
        )
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X), err_msg=name)


@pytest.mark.parametrize("weight", [np.nan, np.inf, -1.0, -np.inf, 10**400])
@pytest.mark.parametrize("name", LINEAR | NETWORKS)
def test_a_weight_for_all_rows_is_a_finite_number(name, weight):
    model = copy.copy((LINEAR | NETWORKS)[name])
    refuses("sample_weight", model.fit, X, Y[2], sample_weight=weight)
    assert not hasattr(model, "n_iter_")


@pytest.mark.parametrize("name", LINEAR | NETWORKS)
def test_integers_that_no_float_holds_are_refused(name):
    model = copy.copy((LINEAR | NETWORKS)[name])
    huge = X.astype(object)
    huge[3, 2] = 10**400
    refuses("too large", model.fit, huge, Y[2])
    refuses("too large", fitted(model, 2).predict, huge)
    if name == "regressor":
        refuses("too large", model.fit, X, huge[:, 2])

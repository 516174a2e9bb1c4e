"""The advice on badly scaled data suits the rows and the arguments of the fit."""

import re
import textwrap
import warnings

import numpy as np
import pytest
import scipy.sparse
import sklearn
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor, Perceptron

MODELS = {
    "MLPClassifier": MLPClassifier(max_iter=5, random_state=0),
    "MLPRegressor": MLPRegressor(max_iter=5, scale_target=True, random_state=0),
    "LogisticRegression": LogisticRegression(max_iter=2, tol=1e-9),
    "mini-batches": LogisticRegression(solver="sgd", max_iter=5, random_state=0),
    "Perceptron": Perceptron(max_iter=2),
}


def warning_of(model, *rows, **arguments):
    """Return the text of the warnings of a fit."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(*rows, **arguments)
    return "\n".join(str(each.message) for each in caught)


def model_in(text):
    """Return the model that the code in a warning defines, run without other names."""
    (code,) = map(textwrap.dedent, re.findall(r"(?:^    .*\n?)+", text, re.M))
    names = {}
    exec(code, names)
    return names["model"]


@pytest.fixture
def rows(rng):
    """X, labels, numbers, and weights of 120 rows."""
    X = rng.normal(size=(120, 3))
    labels = (X[:, 0] + rng.normal(size=120) > 0).astype(int)
    return X, labels, X[:, 0] + rng.normal(size=120), rng.uniform(1, 2, size=120)


@pytest.mark.parametrize("name", MODELS)
def test_rows_of_weight_zero_are_not_judged(name, rows):
    X, y, _, weight = rows
    X[:9, 0], weight[:9] = -9999, 0
    text = warning_of(clone(MODELS[name]), X, y, sample_weight=weight)
    assert text
    assert "scaled badly" not in text
    weight[0] = 1
    text = warning_of(clone(MODELS[name]), X, y, sample_weight=weight)
    assert "1 of 3 columns of X is scaled badly" in text


def test_targets_of_weight_zero_are_not_judged(rows):
    X, _, y, weight = rows
    y[:9], weight[:9] = 1e6, 0
    for scale_target in (False, True):
        model = MLPRegressor(scale_target=scale_target, max_iter=3, random_state=0)
        assert "scaled badly" not in warning_of(model, X, y, sample_weight=weight)
    assert "y is scaled badly" in warning_of(model.set_params(scale_target=False), X, y)


@pytest.mark.parametrize("loss", ["poisson", "gamma"])
def test_a_positive_target_that_is_divided_by_its_maximum_is_scaled_well(loss, rng):
    X = rng.normal(size=(200, 3))
    y = np.exp(2 * X[:, 0] + 8)
    network = MLPRegressor(loss, max_iter=5, random_state=0)
    assert "y is scaled badly" in warning_of(network, X, y)
    cured = TransformedTargetRegressor(network, transformer=MaxAbsScaler())
    text = warning_of(cured, X, y)
    assert "Maximum iterations" in text
    assert "scaled badly" not in text


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_the_pipeline_takes_the_weights_as_the_advice_says(name, routing, rows):
    X, y, _, weight = rows
    X = X * [1, 1e3, 1]
    model = clone(MODELS[name])
    with sklearn.config_context(enable_metadata_routing=routing):
        text = warning_of(model, X, y, sample_weight=weight)
        pipeline, argument = model_in(text), "sample_weight"
        if not routing:
            argument = f"{type(model).__name__.lower()}__sample_weight"
            assert f"to its fit as {argument}." in text
        warning_of(pipeline, X, y, **{argument: weight})
    scaled = StandardScaler().fit_transform(X)
    warning_of(model, scaled, y, sample_weight=weight)
    assert pipeline.predict(X) == pytest.approx(model.predict(scaled))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_the_pipeline_scales_the_validation_rows_too(name, form, weighted, rows):
    X, y, _, weight = rows
    X, y = X * [1, 1e3, 1], y if name == "MLPClassifier" else 1e3 * y
    model = clone(MODELS[name]).set_params(early_stopping="loss")
    more = {"sample_weight": weight, "sample_weight_val": weight[:50]}
    given = {"y_val": y[:50], **(more if weighted else {})}
    if name == "MLPRegressor":
        model.set_params(scale_target=False)  # the target is bad as well
    text = warning_of(model, form(X), y, X_val=form(X[:50]), **given)
    with sklearn.config_context():
        pipeline = model_in(text)
        warning_of(pipeline, form(X), y, X_val=form(X[:50]), **given)
    scaler = StandardScaler() if form is np.asarray else MaxAbsScaler()
    scaled = scaler.fit_transform(X)
    if name == "MLPRegressor":
        model.set_params(scale_target=True)
    warning_of(model, form(scaled), y, X_val=form(scaled[:50]), **given)
    scores = pipeline[-1].validation_scores_
    assert scores == pytest.approx(model.validation_scores_)


def test_the_advice_for_positive_targets_tells_of_y_val(rng):
    X = rng.normal(size=(80, 3))
    y = np.exp(X[:, 0] + 8)
    given = {"X_val": X[:20], "y_val": y[:20]}
    text = warning_of(MLPRegressor("gamma", max_iter=3, random_state=0), X, y, **given)
    assert text.endswith("This does not scale y_val: divide it by the largest y.")

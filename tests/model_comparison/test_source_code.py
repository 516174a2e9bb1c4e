"""Source code of values gives equal values when it is run."""

import math

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression as TheirLogisticRegression
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler, scale

import skmlp
from skmlp.activations import LeakyReLU
from skmlp.model_comparison.source_code import NoSourceError, SourceCode
from skmlp.solvers import AdamW

VALUES = [
    None,
    True,
    -3,
    2.5,
    1e-300,
    'it\'s "quoted"\n',
    "[red]",
    [1, "a", None],
    (1,),
    (1, (2.0, 3)),
    {"a": 1, 0: [2]},
    np.float64(0.1),
    np.int64(7),
    np.str_("text"),
    float("inf"),
]


def run(value):
    """Return the value of the source code of a value."""
    code = SourceCode()
    expression = code.of(value)
    names = {}
    exec("\n".join(code.import_lines()), names)
    return eval(expression, names)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_are_equal(value):
    assert run(value) == value


def test_not_a_number():
    assert math.isnan(run(float("nan")))


def test_arrays_are_equal():
    array = np.logspace(-3, 4, 15)
    found = run(array)
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype


ESTIMATORS = [
    skmlp.LogisticRegression(C=0.1, class_weight={0: 2.0, 1: 1.0}),
    skmlp.MLPClassifier(
        hidden_layer_sizes=(100, 50),
        activation=LeakyReLU(alpha=0.2),
        solver=AdamW(weight_decay=0.02),
        random_state=3,
        max_iter=500,
    ),
    TransformedTargetRegressor(
        skmlp.MLPRegressor(alpha=1.0), transformer=StandardScaler()
    ),
    RidgeCV(alphas=np.array([0.1, 1.0])),
    TheirLogisticRegression(max_iter=1000),
    TransformedTargetRegressor(RidgeCV(), func=scale, check_inverse=False),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda e: type(e).__name__)
def test_estimators_have_equal_parameters(estimator):
    found = run(estimator)
    assert type(found) is type(estimator)
    assert repr(found) == repr(estimator)


def test_parameters_at_their_defaults_are_left_out():
    assert SourceCode().of(skmlp.LogisticRegression()) == "LogisticRegression()"
    assert SourceCode().of(skmlp.LogisticRegression(C=2.0)) == (
        "LogisticRegression(C=2.0)"
    )


def test_long_lines_are_broken():
    network = skmlp.MLPClassifier(
        hidden_layer_sizes=(100, 50, 25), max_iter=500, tol=1e-6, early_stopping=True
    )
    lines = SourceCode().of(network, indent=8).splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 88


class Own(skmlp.LogisticRegression):
    """An estimator that a test module defines."""


Own.__module__ = "__main__"


@pytest.mark.parametrize(
    "value",
    [
        lambda z: z,
        object(),
        np.zeros(2000),
        np.array([None]),
        Own(),
        [1, [object()]],
        skmlp.MLPClassifier(random_state=np.random.RandomState(0)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_source_is_refused(value):
    with pytest.raises(NoSourceError):
        SourceCode().of(value)

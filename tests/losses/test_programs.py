"""Losses of functions run as programs, in training and in Python."""

import numpy as np
import pytest
from random_functions import difference, huber, softmax_loss, squared_error
from scipy.special import gammaln

from skmlp import MLPClassifier, MLPRegressor
from skmlp._kernels import NAME
from skmlp.losses import FunctionPair, Huber, Loss, PlainFunction
from skmlp.losses.one_hot import OneHotTargets
from skmlp.losses.programs import results_of_program
from skmlp.network import Network, fused

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def without_program(y, scores):
    return squared_error(y, scores) + 0 * np.sum(gammaln(1.5 + 0 * scores), axis=1)


def parameters(estimator):
    return np.concatenate([w.ravel() for w in estimator.coefs_ + estimator.intercepts_])


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("own", "built_in"),
    [
        (huber, Huber(1.0)),
        (squared_error, "squared_error"),
        ((squared_error, difference), "squared_error"),
    ],
    ids=["huber", "squared error", "pair"],
)
def test_regressors_learn_what_they_learn_with_the_built_in_loss(
    own, built_in, dtype, solver, rng
):
    X = rng.normal(size=(90, 4)).astype(dtype)
    y = np.c_[np.sin(X[:, 0]), X[:, 1] * X[:, 2]]
    sample_weight = rng.uniform(0.5, 2, size=len(X))
    settings = {"hidden_layer_sizes": (6,), "solver": solver, "max_iter": 15}
    fits = [
        MLPRegressor(loss=loss, random_state=0, **settings).fit(
            X, y, sample_weight=sample_weight
        )
        for loss in (own, built_in)
    ]
    rtol = 2e-3 if dtype == np.float32 else 1e-8
    np.testing.assert_allclose(*map(parameters, fits), rtol=rtol, atol=rtol / 10)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classifiers_learn_what_they_learn_with_the_log_loss(n_classes, rng):
    X = rng.normal(size=(90, 4))
    y = rng.integers(n_classes, size=90)
    own = softmax_loss
    if n_classes == 2:
        own = lambda y, s: np.sum(np.logaddexp(0, s) - y * s, axis=1)  # noqa: E731
    fits = [
        MLPClassifier((6,), loss=loss, max_iter=15, random_state=0).fit(X, y)
        for loss in (own, "log_loss")
    ]
    np.testing.assert_allclose(*map(parameters, fits), rtol=1e-8, atol=1e-10)


@pytest.mark.skipif(NAME != "compiled", reason="about the compiled kernels")
@pytest.mark.parametrize(
    ("loss", "y", "is_compiled"),
    [
        (PlainFunction(huber), np.ones((5, 3)), True),
        (FunctionPair(squared_error, difference), np.ones((5, 3)), True),
        (OneHotTargets(PlainFunction(softmax_loss)), np.arange(5) % 3, True),
        (PlainFunction(without_program), np.ones((5, 3)), False),
        (OneHotTargets(PlainFunction(without_program)), np.arange(5) % 3, False),
        (OneHotTargets(Loss.table["squared_error"]()), np.arange(5) % 3, False),
    ],
    ids=["function", "pair", "labels", "no program", "labels, no program", "own"],
)
def test_functions_with_programs_run_in_the_compiled_loop(loss, y, is_compiled, rng):
    found = fused.fuse(Network((2, 3)), loss, rng.normal(size=(5, 2)), y)
    assert (found is not None) == is_compiled


def test_a_subclass_of_a_plain_function_is_not_compiled(rng):
    class Doubled(PlainFunction):
        def value_and_gradient(self, y, scores):
            value, gradient = super().value_and_gradient(y, scores)
            return 2 * value, 2 * gradient

    loss = Doubled(squared_error)
    X, y = rng.normal(size=(5, 2)), rng.normal(size=(5, 3))
    assert fused.fuse(Network((2, 3)), loss, X, y) is None


def test_results_of_a_program_have_the_precision_of_the_scores(rng):
    y, scores = rng.normal(size=(2, 9, 3))
    for dtype in (np.float32, np.float64):
        losses, gradient = results_of_program(
            PlainFunction(huber), y.astype(dtype), scores.astype(dtype)
        )
        assert losses.dtype == gradient.dtype == dtype
        np.testing.assert_allclose(losses, huber(y, scores), rtol=1e-5)
    halves = scores.astype(np.float16)
    assert results_of_program(PlainFunction(huber), y, halves) is None


def test_a_loss_that_float32_cannot_compute_has_no_program():
    def cancelling(y, scores):
        large = np.float64(1e9)  # NumPy goes on in float64
        return np.sum((large + (scores - y) ** 2) - large, axis=1)

    assert PlainFunction(cancelling).program(3) is None

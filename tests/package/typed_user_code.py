"""Code of a user, for the type checkers: not a test, and never run.

`.ci/run` checks it with mypy and pyright. `assert_type` states the type a user sees.
"""

from collections.abc import Callable
from typing import Any, assert_type

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

import skmlp
from skmlp import (
    AssociationUnits,
    LinearDiscriminantAnalysis,
    LogisticRegression,
    LogisticRegressionCV,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)
from skmlp.activations import Activation, LeakyReLU
from skmlp.discriminant_analysis import DiscriminantSummary, lda_summary
from skmlp.graph import Graph, grad, trace
from skmlp.inference import LogisticInference, MarginalEffects, TestResult
from skmlp.logistic_regression import Separation, find_separation
from skmlp.losses import FocalLoss, Huber, Quantile
from skmlp.model_comparison import Comparison, PairedDifference, compare
from skmlp.solvers import AdamW, Cosine, WarmUp

Array = NDArray[Any]

generator = np.random.default_rng(0)
X: NDArray[np.float64] = generator.normal(size=(60, 3))
y: NDArray[np.int64] = generator.integers(0, 2, 60)
weights = np.ones(60)

# Estimators: `fit` returns the estimator, predictions are arrays.
perceptron = Perceptron(penalty="l2", tol=None, average=True).fit(X, y)
assert_type(perceptron, Perceptron)
assert_type(perceptron.partial_fit(X, y, classes=[0, 1]), Perceptron)
assert_type(perceptron.decision_function(X), Array)
assert_type(perceptron.converged_, bool)
assert_type(perceptron.mistake_bound_, float)
units = AssociationUnits(n_units=20, random_state=np.random.RandomState(0)).fit(X)
assert_type(units, AssociationUnits)

lda = LinearDiscriminantAnalysis(shrinkage="auto", n_components=1).fit(X, y, weights)
assert_type(lda, LinearDiscriminantAnalysis)
assert_type(lda.predict_proba(X, priors=[0.3, 0.7]), Array)
assert_type(lda.transform(X), Array)
assert_type(lda.merge(LinearDiscriminantAnalysis()), LinearDiscriminantAnalysis)
assert_type(lda.means_, Array)
assert_type(lda_summary(lda, X, y), DiscriminantSummary)

logistic = LogisticRegression(C=np.inf, class_weight={0: 1, 1: 2.5}).fit(X, y)
assert_type(logistic, LogisticRegression)
assert_type(logistic.coef_, Array)
assert_type(logistic.duality_gap_, float | None)
assert_type(logistic.score(X, y, offset=weights), float)
LogisticRegression(solver="adam").partial_fit(scipy.sparse.csr_array(X), y, [0, 1])
assert_type(LogisticRegressionCV(Cs=[0.1, 1.0], cv=3).fit(X, y), LogisticRegressionCV)
assert_type(find_separation(X, y), Separation)

# The parts of a network are given as a name, an object or a function.
network = MLPClassifier(
    hidden_layer_sizes=(16, 8),
    activation=[LeakyReLU(alpha=0.1), "tanh"],
    solver=AdamW(weight_decay=0.1),
    learning_rate=WarmUp(Cosine(period=10), epochs=2),
    loss=FocalLoss(gamma=1.5),
    weight_init=lambda fan_in, fan_out, generator: np.zeros((fan_in, fan_out)),
    class_weight="balanced",
    random_state=0,
)
assert_type(network.fit(X, y, X_val=X, y_val=y), MLPClassifier)
assert_type(network.coefs_, list[Array])
assert_type(network.history_, dict[str, Array])
assert_type(network.alpha, float)
second_column: Array = network.predict_proba(X)[:, 1]
MLPClassifier("64-32", activation=(np.tanh, np.cos), learning_rate=lambda step: 0.5)
MLPClassifier([64, 32], n_iter_no_change=np.inf).fit([[0.0], [1.0]], ["a", "b"])

regressor = MLPRegressor(loss=Quantile([0.1, 0.5, 0.9]), dropout=[0.1]).fit(X, y)
assert_type(regressor, MLPRegressor)
assert_type(regressor.predict(X), Array)
assert_type(regressor.predict(X, return_std=True), tuple[Array, Array])
assert_type(regressor.input_gradient(X), Array)
assert_type(skmlp.losses.Huber(delta=0.5), Huber)
assert_type(skmlp.activations.Activation.resolve("relu"), Activation)


class Cube(Activation, name="cube"):
    """An activation of your own."""

    def forward(self, z: Array) -> tuple[Array, Callable[[Array], Array]]:
        """Return z³ and its pullback."""
        return z**3, lambda gradient: gradient * 3 * z**2


# Functions of NumPy are traced and differentiated.
computation = trace(lambda x: np.sum(x**2), x=X)
assert_type(computation, Graph)
assert_type(computation.backward(), dict[str, Array])
slope: Array = grad(lambda x: np.sum(x**2))(X)

# After a fit.
inference = LogisticInference.from_estimator(logistic, X, y, cov="robust")
assert_type(inference, LogisticInference)
assert_type(inference.terms, list[str])
assert_type(inference.standard_errors, Array)
assert_type(inference.confidence_intervals(0.9, method="profile"), Array)
assert_type(inference.wald_test(["x1", 2]), TestResult)
assert_type(inference.marginal_effects(dummy=True), MarginalEffects)
assert_type(inference.summary(), str)

comparison = compare(X, y, ["LDA", logistic], cv=3, task="classification")
assert_type(comparison, Comparison)
assert_type(comparison.paired_difference("LDA", "MLP"), PairedDifference)
assert_type(comparison.paired_difference("LDA", "MLP").better, str | None)
assert_type(comparison.to_json(), str)
assert_type(comparison.summary()["LDA"]["accuracy"].mean, float)

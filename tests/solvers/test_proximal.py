"""The proximal Newton method, without an estimator."""

import numpy as np
import pytest
from sklearn.datasets import make_classification

from skmlp.base.label_encoding import encode_labels
from skmlp.losses import BinaryLogLoss, MultinomialLogLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk, Penalty
from skmlp.solvers import minimize_proximal


@pytest.mark.parametrize("kind", ["binary", "multinomial"])
def test_bounds_of_the_proximal_solver_hold_and_the_rest_is_optimal(kind):
    X, labels = make_classification(
        200, 6, n_informative=4, n_redundant=0, n_classes=3, random_state=0
    )
    labels = encode_labels(labels if kind == "multinomial" else labels > 0)[1]
    K = 3 if kind == "multinomial" else 1
    network = Network((6, K))
    objective = EmpiricalRisk(
        network=network,
        loss=MultinomialLogLoss() if K > 1 else BinaryLogLoss(),
        X=X,
        y=labels if K > 1 else labels.astype(float)[:, None],
        l2=1.0,
    )
    lower = np.full(network.n_parameters, -np.inf)
    lower[: 6 * K] = -0.1
    upper = np.full(network.n_parameters, 0.3)
    zeros = np.zeros(network.n_parameters)
    minimum = minimize_proximal(
        objective,
        zeros,
        penalty=Penalty(l2=1.0, bounds=(lower, upper)),
        tol=1e-10,
        max_iter=100,
    )
    theta = minimum.parameters
    assert minimum.duality_gap is None
    assert np.all(theta >= lower)
    assert np.all(theta <= upper)
    gradient = objective.value_and_gradient(theta)[1]
    inside = (theta > lower) & (theta < upper)
    assert 0 < inside.sum() < len(theta)
    np.testing.assert_allclose(gradient[inside], 0, atol=1e-8)
    assert np.all(gradient[theta == lower] > -1e-8)
    assert np.all(gradient[theta == upper] < 1e-8)

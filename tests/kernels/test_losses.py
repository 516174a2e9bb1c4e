"""Losses in the compiled kernels: extreme scores, and scores at ties."""

import numpy as np
import pytest
from component_tables import LOSSES, n_scores_of, targets_for
from kernel_runs import DTYPES, both, problem, whole_runs

from skmlp.network import Network
from skmlp.objective import EmpiricalRisk


@whole_runs
@pytest.mark.parametrize("size", [0.0, 1e-8, 0.3, 1.0, 30.0, 1000.0])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_agree_at_scores_of_any_size(loss, size, monkeypatch):
    n_scores = n_scores_of(LOSSES[loss], 3)

    def run(objective):
        network = Network((6, n_scores))
        linear = EmpiricalRisk(network, objective.loss, objective.X, objective.y)
        weights = np.random.default_rng(2).normal(size=(6, n_scores))
        with np.errstate(over="ignore", invalid="ignore"):
            parameters = network.flatten([size * weights], [np.zeros(n_scores)])
            return linear.value_and_gradient(parameters)

    fused, separate = both(monkeypatch, lambda: problem("relu", loss), run)
    np.testing.assert_allclose(fused[0], separate[0], rtol=1e-12)
    np.testing.assert_allclose(fused[1], separate[1], rtol=1e-10, atol=1e-12)


@whole_runs
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_agree_at_ties(loss, dtype, monkeypatch):
    component = LOSSES[loss]
    y = targets_for(component, 40, 3, np.random.default_rng(0))
    # Scores that equal the targets, one another, or lie on the margin.
    if y.ndim == 1:
        scores = np.arange(3)[None, :] == y[:, None]
        scores = np.where(np.arange(40)[:, None] % 2, scores, 0)
    else:
        scores = np.repeat(y, component.scores_per_target, axis=1)
    scores = scores.astype(dtype)

    def make():
        n_scores = scores.shape[1]
        targets = y if y.ndim == 1 else y.astype(dtype)
        return EmpiricalRisk(Network((n_scores, n_scores)), component, scores, targets)

    n_scores = scores.shape[1]
    parameters = np.r_[np.eye(n_scores).ravel(), np.zeros(n_scores)].astype(dtype)
    fused, separate = both(
        monkeypatch, make, lambda objective: objective.value_and_gradient(parameters)
    )
    tolerance = 1e-13 if dtype == np.float64 else 2e-6
    np.testing.assert_allclose(fused[0], separate[0], rtol=tolerance)
    np.testing.assert_allclose(fused[1], separate[1], rtol=0, atol=30 * tolerance)

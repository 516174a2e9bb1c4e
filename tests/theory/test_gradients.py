"""Derivatives are equal to central differences."""

import numpy as np
import pytest
import scipy.sparse
from component_tables import ACTIVATIONS, LOSSES, n_scores_of, targets_for

from skmlp.activations import Activation, Sign
from skmlp.losses import (
    BinaryLogLoss,
    CurvedLoss,
    MultinomialLogLoss,
    PoissonDeviance,
    SquaredError,
)
from skmlp.network import Network
from skmlp.objective import ALL_ROWS, EmpiricalRisk

CURVED = sorted(name for name in LOSSES if isinstance(LOSSES[name], CurvedLoss))
# The pullback of Sign is, on purpose, not its derivative (straight-through estimator).
SMOOTH = sorted(name for name in ACTIVATIONS if not isinstance(ACTIVATIONS[name], Sign))
TOLERANCE = 1e-6


def central_difference(function, x, step=1e-5):
    """Return the gradient by fourth-order differences, with errors of about 1e-11."""
    gradient = np.empty_like(x)
    for i in range(x.size):
        e = np.zeros_like(x)
        e.flat[i] = step
        near = function(x + e) - function(x - e)
        far = function(x + 2 * e) - function(x - 2 * e)
        gradient.flat[i] = (8 * near - far) / (12 * step)
    return gradient


def relative_error(ours, theirs):
    return np.linalg.norm(ours - theirs) / max(np.linalg.norm(theirs), 1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_score_gradient_is_the_derivative_of_the_loss(loss, rng):
    component = LOSSES[loss]
    y = targets_for(component, 6, 3, rng)
    scores = 2 * rng.normal(size=(6, n_scores_of(component, 3)))
    _, ours = component.value_and_gradient(y, scores)
    theirs = central_difference(
        lambda s: component.value_and_gradient(y, s)[0].sum(), scores
    )
    assert relative_error(ours, theirs) < TOLERANCE


@pytest.mark.parametrize("loss", CURVED)
def test_curvature_is_the_derivative_of_the_score_gradient(loss, rng):
    component = LOSSES[loss]
    y = targets_for(component, 4, 3, rng)
    scores = rng.normal(size=(4, 3))
    ours = component.curvature(y, scores)
    for k in range(3):
        theirs = central_difference(
            lambda s, k=k: component.value_and_gradient(y, s)[1][:, k].sum(), scores
        )
        assert relative_error(ours[:, k], theirs) < TOLERANCE


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_stay_finite_at_huge_scores(loss):
    component = LOSSES[loss]
    # These losses use exp(score), which overflows at larger scores.
    name = getattr(component, "name", "")
    size = 50.0 if name in ("poisson", "gamma", "gaussian_nll") else 1e4
    n_scores = n_scores_of(component, 3)
    scores = size * np.resize([1.0, -1.0, 0.0, -1.0, 1.0], (2, n_scores))
    y = np.array([1, 0]) if component.takes_labels else np.ones((2, 3))
    values, gradient = component.value_and_gradient(y, scores)
    assert np.isfinite(values).all()
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("loss", "theirs"),
    [
        (BinaryLogLoss(), lambda y, s: -np.log(np.where(y, s, 1 - s)).sum(axis=1)),
        (SquaredError(), lambda y, m: 0.5 * ((y - m) ** 2).sum(axis=1)),
        (
            PoissonDeviance(),
            lambda y, m: (
                np.where(y, np.log(np.where(y, y, 1) / m) * y, 0) - y + m
            ).sum(axis=1),
        ),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_loss_is_what_its_mean_says(loss, theirs, rng):
    y = targets_for(loss, 5, 2, rng)
    scores = rng.normal(size=(5, 2))
    values, _ = loss.value_and_gradient(y, scores)
    np.testing.assert_allclose(values, theirs(y, loss.mean(scores)), rtol=1e-12)


def test_multinomial_loss_is_minus_log_of_the_mean(rng):
    y, scores = rng.integers(3, size=5), rng.normal(size=(5, 3))
    loss = MultinomialLogLoss()
    values, _ = loss.value_and_gradient(y, scores)
    theirs = -np.log(loss.mean(scores)[np.arange(5), y])
    np.testing.assert_allclose(values, theirs, rtol=1e-12)


@pytest.mark.parametrize("activation", SMOOTH)
def test_pullback_is_the_derivative_of_the_activation(activation, rng):
    z = 3 * rng.normal(size=(5, 4))
    weights = rng.normal(size=(5, 4))
    component = ACTIVATIONS[activation]
    _, pullback = component.forward(z)
    theirs = central_difference(lambda v: (weights * component.forward(v)[0]).sum(), z)
    assert relative_error(pullback(weights), theirs) < TOLERANCE


def objective_of(activation, loss, rng, *, sizes, weighted=False, layout="dense"):
    component = LOSSES[loss]
    X = rng.normal(size=(7, sizes[0]))
    return EmpiricalRisk(
        network=Network(
            (*sizes, n_scores_of(component, 3)),
            (ACTIVATIONS[activation],) * (len(sizes) - 1),
        ),
        loss=component,
        X=scipy.sparse.csr_array(X) if layout == "csr" else X,
        y=targets_for(component, 7, 3, rng),
        sample_weight=rng.uniform(0.5, 2.0, size=7) if weighted else None,
        l2=0.3,
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", SMOOTH)
def test_network_gradient_is_the_derivative_of_the_objective(activation, loss, rng):
    objective = objective_of(activation, loss, rng, sizes=(2, 3))
    parameters = 0.7 * rng.normal(size=objective.network.n_parameters)
    every_row = np.arange(7)  # rows by index, which the compiled kernels do not take
    theirs = central_difference(
        lambda p: objective.value_and_gradient(p, every_row)[0], parameters
    )
    for rows in (ALL_ROWS, every_row):
        _, ours = objective.value_and_gradient(parameters, rows)
        assert relative_error(ours, theirs) < TOLERANCE


@pytest.mark.parametrize(("layout", "weighted"), [("dense", False), ("csr", True)])
@pytest.mark.parametrize("loss", LOSSES)
def test_deep_network_gradient_is_the_derivative_of_the_objective(
    loss, layout, weighted, rng
):
    objective = objective_of(
        "tanh", loss, rng, sizes=(3, 2, 2), weighted=weighted, layout=layout
    )
    parameters = 0.5 * rng.normal(size=objective.network.n_parameters)
    for rows in (ALL_ROWS, np.array([4, 1, 1])):
        _, ours = objective.value_and_gradient(parameters, rows)
        theirs = central_difference(
            lambda p, rows=rows: objective.value_and_gradient(p, rows)[0], parameters
        )
        assert relative_error(ours, theirs) < TOLERANCE


@pytest.mark.parametrize("has_intercepts", [True, False])
@pytest.mark.parametrize("layout", ["dense", "csr"])
@pytest.mark.parametrize("loss", CURVED)
def test_hessian_is_the_derivative_of_the_gradient(loss, layout, has_intercepts, rng):
    X = rng.normal(size=(9, 4))
    objective = EmpiricalRisk(
        network=Network((4, 3), has_intercepts=has_intercepts),
        loss=LOSSES[loss],
        X=scipy.sparse.csr_array(X) if layout == "csr" else X,
        y=targets_for(LOSSES[loss], 9, 3, rng),
        sample_weight=rng.uniform(0.5, 2.0, size=9),
        l2=0.3,
    )
    parameters = rng.normal(size=objective.network.n_parameters)
    ours = objective.hessian(parameters)
    np.testing.assert_allclose(ours, ours.T, rtol=1e-12, atol=1e-15)
    for k in range(len(parameters)):
        theirs = central_difference(
            lambda p, k=k: objective.value_and_gradient(p)[1][k], parameters
        )
        assert relative_error(ours[k], theirs) < TOLERANCE


def test_row_blocks_do_not_change_the_objective(rng, monkeypatch):
    X, y = rng.normal(size=(50, 3)), rng.normal(size=(50, 1))
    network = Network((3, 4, 1), (Activation.table["tanh"](),))
    objective = EmpiricalRisk(network, SquaredError(), X, y, l2=0.1)
    parameters = rng.normal(size=network.n_parameters)
    value, gradient = objective.value_and_gradient(parameters)
    monkeypatch.setattr("skmlp.base.rows.blocks.__defaults__", (7,))
    blocked_value, blocked_gradient = objective.value_and_gradient(parameters)
    np.testing.assert_allclose(blocked_value, value, rtol=1e-13)
    np.testing.assert_allclose(blocked_gradient, gradient, rtol=1e-12, atol=1e-15)

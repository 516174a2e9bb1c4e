"""Loss of the best constant prediction, and fits that are hardly better."""

from math import log

import numpy as np
import pytest
import scipy.optimize

from skmlp.losses import (
    REGRESSION_LOSSES,
    FocalLoss,
    Hinge,
    LogLoss,
    Quantile,
)
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk
from skmlp.solvers.constant_prediction import loss_of_best_constant, shortfall


def risk_of(loss, y, weight=None, offset=None):
    n_targets = y.shape[1] if y.ndim == 2 else y.max() + 1
    n_scores = n_targets * loss.scores_per_target
    network = Network((2, n_scores))
    X = np.random.RandomState(1).randn(len(y), 2)
    return EmpiricalRisk(network, loss, X, y, weight, l2=5.0, offset=offset)


def loss_found_by_search(risk):
    """Return the least mean loss of constant scores by a search without derivatives."""
    y, weight = risk.y, risk.sample_weight

    def mean_loss(scores):
        constant = np.tile(scores, (len(y), 1))
        return np.average(risk.loss.value_and_gradient(y, constant)[0], weights=weight)

    start = np.zeros(risk.network.layer_sizes[-1])
    for _ in range(5):  # Nelder and Mead's simplex is begun again
        found = scipy.optimize.minimize(
            mean_loss,
            start,
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000},
        )
        start = found.x
    return found.fun


NUMBERS = {name: loss() for name, loss in REGRESSION_LOSSES.items()}
NUMBERS["two quantiles"] = Quantile([0.2, 0.9])
LABELS = {
    "log_loss": LogLoss(),
    "smoothed": LogLoss(label_smoothing=0.2),
    "focal": FocalLoss(),
    "hinge": Hinge(),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", NUMBERS)
def test_the_best_constant_of_numbers_is_that_of_a_search(name, weighted, rng):
    y = np.exp(rng.normal(size=(60, 2))) + 0.1
    weight = rng.integers(0, 4, 60) * 1.0 if weighted else None
    risk = risk_of(NUMBERS[name], y, weight)
    best = loss_of_best_constant(risk)
    assert best == pytest.approx(loss_found_by_search(risk), rel=2e-3, abs=1e-4)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
@pytest.mark.parametrize("name", LABELS)
def test_the_best_constant_of_labels_is_that_of_a_search(name, kind, weighted, rng):
    y = rng.choice(3, size=60, p=[0.2, 0.5, 0.3])
    if kind != "multiclass":
        y = np.column_stack([y > 0, y > 1])[:, : 1 + (kind == "multilabel")] * 1.0
    loss = LABELS[name].of_kind(kind)
    if kind == "multiclass" and not loss.takes_labels:
        y = np.eye(3)[y]
    weight = rng.integers(0, 4, 60) * 1.0 if weighted else None
    risk = risk_of(loss, y, weight)
    best = loss_of_best_constant(risk)
    assert best == pytest.approx(loss_found_by_search(risk), rel=2e-3, abs=1e-4)


def test_the_formulas_are_those_of_variance_and_entropy():
    y = np.array([[1.0], [1.0], [4.0], [6.0]])
    assert loss_of_best_constant(risk_of(NUMBERS["squared_error"], y)) == 4.5 / 2
    y = np.array([0, 0, 1, 2])
    entropy = loss_of_best_constant(risk_of(LogLoss().of_kind("multiclass"), y))
    assert entropy == pytest.approx(1.5 * log(2), rel=1e-12)
    shares = np.array([[0.5, 0.5], [0.5, 0.5], [1.0, 0.0]])  # soft labels
    entropy = loss_of_best_constant(risk_of(LogLoss().of_kind("multiclass"), shares))
    assert entropy == pytest.approx(log(3) - 2 / 3 * log(2), rel=1e-12)


def test_many_rows_are_judged_from_some_of_them(rng):
    y = rng.normal(size=(20_000, 1))
    y[::4] += 3
    risk = risk_of(NUMBERS["huber"], y)
    # The standard error of a mean of 4096 losses is 1.6 % of it.
    best = loss_of_best_constant(risk)
    assert best == pytest.approx(loss_found_by_search(risk), rel=0.05)


@pytest.mark.parametrize(
    ("loss", "first", "words"),
    [
        (2.3, None, "ended at a loss of 2.3, no better than the best constant"),
        (2.25, None, "ended at a loss of 2.25, no better than the best constant"),
        (
            0.3,
            None,
            "ended at a loss of 0.3, and the best constant prediction has 2.25",
        ),
        (
            0.3,
            99.0,
            "ended at a loss of 0.3, and the best constant prediction has 2.25",
        ),
        (0.2, 23.0, "began at a loss of 23, and the best constant prediction has 2.25"),
        (0.2, 22.0, None),
        (0.2, None, None),
        (np.nan, np.nan, None),
    ],
)
def test_a_fit_is_compared_with_the_best_constant(loss, first, words):
    y = np.array([[1.0], [1.0], [4.0], [6.0]])
    short = shortfall(risk_of(NUMBERS["squared_error"], y), loss, first)
    assert short is None if words is None else words in short.sentence
    assert short is None or short.only_at_first == ("began" in words)


def test_losses_are_compared_in_the_units_that_are_reported():
    y = np.array([[1.0], [1.0], [4.0], [6.0]])
    risk = risk_of(NUMBERS["squared_error"], y)
    assert shortfall(risk, 22.0, reported=lambda loss: 100 * loss) is None
    short = shortfall(risk, 23.0, reported=lambda loss: 100 * loss)
    assert short.sentence.endswith("and the best constant prediction has 225.")


def test_losses_that_can_be_negative_are_compared_as_a_whole():
    y = np.array([[1.0], [1.0], [4.0], [6.0]])
    risk = risk_of(NUMBERS["gaussian_nll"], y)
    best = loss_of_best_constant(risk)
    assert shortfall(risk, best - 0.1) is None
    assert "no better" in shortfall(risk, best + 0.1).sentence


def test_an_offset_leaves_no_constant_to_compare_with():
    y = np.array([[1.0], [0.0], [1.0], [1.0]])
    offset = np.ones((4, 1))
    risk = risk_of(LogLoss().of_kind("binary"), y, offset=offset)
    assert shortfall(risk, 1e9) is None

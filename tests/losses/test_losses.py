"""Values and gradients of losses."""

import numpy as np
import pytest
import scipy.special
import scipy.stats
from component_tables import LOSSES, n_scores_of, targets_for
from sklearn import metrics

import skmlp.losses
from skmlp import _kernels
from skmlp.losses import (
    BinaryFocalLoss,
    BinaryHinge,
    BinaryLogLoss,
    GammaDeviance,
    MulticlassHinge,
    MultinomialFocalLoss,
    MultinomialLogLoss,
    PoissonDeviance,
)


def smoothed(y, n_classes, share):
    return (1 - share) * np.eye(n_classes)[y] + share / n_classes


def focal(p, gamma):
    return -((1 - p) ** gamma) * np.log(p)


def chosen(probabilities, y):
    return probabilities[np.arange(len(y)), y]


def hinge(y, scores):
    """Return scikit-learn's hinge loss of each row (Crammer and Singer's form)."""
    labels = np.arange(scores.shape[1])
    rows = zip(y, scores, strict=True)
    return np.array([metrics.hinge_loss([t], [v], labels=labels) for t, v in rows])


def columns(y, scores, sizes):
    """Yield the labels and the scores of each label column."""
    ends = np.cumsum(sizes)
    for t, end in enumerate(ends):
        yield y[:, t].astype(int), scores[:, end - sizes[t] : end]


def each_row(metric, y, prediction, **settings):
    """Return a metric of scikit-learn for each row, summed over the targets."""
    return [
        sum(metric([a], [b], **settings) for a, b in zip(*row, strict=True))
        for row in zip(y, prediction, strict=True)
    ]


# Losses of SciPy or scikit-learn, or formulas of the papers.
FORMULAS = {
    "binary_log_loss": lambda y, s: scipy.special.log1p(np.exp(s * (1 - 2 * y))).sum(1),
    "binary_log_loss, smoothed": lambda y, s: (
        -(
            (0.8 * y + 0.1) * scipy.special.log_expit(s)
            + (0.9 - 0.8 * y) * scipy.special.log_expit(-s)
        ).sum(1)
    ),
    "multinomial_log_loss": lambda y, s: -chosen(scipy.special.log_softmax(s, 1), y),
    "multinomial_log_loss, smoothed": lambda y, s: (
        -(smoothed(y, 3, 0.2) * scipy.special.log_softmax(s, 1)).sum(1)
    ),
    "binary_focal": lambda y, s: focal(scipy.special.expit(s * (2 * y - 1)), 2).sum(1),
    "binary_focal, 0.5": lambda y, s: focal(
        scipy.special.expit(s * (2 * y - 1)), 0.5
    ).sum(1),
    "multinomial_focal": lambda y, s: focal(chosen(scipy.special.softmax(s, 1), y), 2),
    "multinomial_focal, 0": lambda y, s: -chosen(scipy.special.log_softmax(s, 1), y),
    "binary_hinge": lambda y, s: np.maximum(1 - s * (2 * y - 1), 0).sum(1),
    "multiclass_hinge": lambda y, s: hinge(y, s),
    "per_column, log loss": lambda y, s: sum(
        -(smoothed(t, v.shape[1], 0.1) * scipy.special.log_softmax(v, 1)).sum(1)
        for t, v in columns(y, s, (2, 3, 4))
    ),
    "per_column, focal": lambda y, s: sum(
        focal(chosen(scipy.special.softmax(v, 1), t), 1.5)
        for t, v in columns(
            y, s, (2, 6)
        )  # the third column has one class: probability one
    ),
    "per_column, hinge": lambda y, s: (
        hinge(y[:, 0].astype(int), s[:, :4]) + hinge(y[:, 2].astype(int), s[:, 5:])
    ),
    "squared_error": lambda y, s: 0.5 * ((y - s) ** 2).sum(1),
    "absolute_error": lambda y, s: each_row(metrics.mean_absolute_error, y, s),
    "huber": lambda y, s: scipy.special.huber(1, y - s).sum(1),
    "huber, 0.3": lambda y, s: scipy.special.huber(0.3, y - s).sum(1),
    "quantile": lambda y, s: each_row(metrics.mean_pinball_loss, y, s, alpha=0.5),
    "quantile, three": lambda y, s: sum(
        np.array(each_row(metrics.mean_pinball_loss, y, s[:, k::3], alpha=q))
        for k, q in enumerate([0.1, 0.5, 0.8])
    ),
    "poisson": lambda y, s: (
        0.5 * np.array(each_row(metrics.mean_poisson_deviance, y, np.exp(s)))
    ),
    "gamma": lambda y, s: (
        0.5 * np.array(each_row(metrics.mean_gamma_deviance, y, np.exp(s)))
    ),
    "gaussian_nll": lambda y, s: (
        -scipy.stats.norm.logpdf(y, s[:, ::2], np.exp(s[:, 1::2]) ** 0.5).sum(1)
    ),
}


def test_every_public_loss_has_a_formula_here():
    tested = {type(LOSSES[name]) for name in FORMULAS}
    named = skmlp.losses.Loss.table.values()
    assert {each for each in named if each.__name__ in skmlp.losses.__all__} <= tested


@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
@pytest.mark.parametrize("name", FORMULAS)
def test_values_are_those_of_the_formula(name, dtype, rng):
    loss = LOSSES[name]
    y = targets_for(loss, 8, 3, rng)
    scores = 1.5 * rng.normal(size=(8, n_scores_of(loss, 3)))
    theirs = FORMULAS[name](y, scores)
    typed = y if y.ndim == 1 else y.astype(dtype)
    values, gradient = loss.value_and_gradient(typed, scores.astype(dtype))
    assert values.dtype == gradient.dtype == dtype
    assert gradient.shape == scores.shape
    rtol = 1e-12 if dtype == np.float64 else 2e-5
    np.testing.assert_allclose(values, theirs, rtol=rtol, atol=rtol)


def test_focal_loss_without_focus_is_the_log_loss(rng):
    scores = 5 * rng.normal(size=(20, 3))
    labels = rng.integers(3, size=20)
    pairs = (
        (BinaryFocalLoss(0.0), BinaryLogLoss(), (rng.random((20, 3)) < 0.5) * 1.0),
        (MultinomialFocalLoss(0.0), MultinomialLogLoss(), labels),
    )
    for focused, plain, y in pairs:
        for ours, theirs in zip(
            focused.value_and_gradient(y, scores),
            plain.value_and_gradient(y, scores),
            strict=True,
        ):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "hinge", [BinaryHinge(), MulticlassHinge()], ids=["two", "many"]
)
def test_a_margin_of_one_is_enough(hinge):
    scores = np.array([[1.0, 0.0, 0.0], [3.0, 2.0, 1.0]])
    y = np.array([0, 0]) if isinstance(hinge, MulticlassHinge) else (scores > 0) * 1.0
    scores = scores if y.ndim == 1 else np.where(scores > 0, scores, -1)
    values, gradient = hinge.value_and_gradient(y, scores)
    assert not values.any()
    assert not gradient.any()


def test_log_softmax_keeps_the_digits_of_differences_of_large_scores():
    scores = np.array([[0.0, 3.0, 1.0]])
    np.testing.assert_array_equal(
        _kernels.log_softmax(scores + 2.0**40), _kernels.log_softmax(scores)
    )


@pytest.mark.parametrize("loss", [PoissonDeviance(), GammaDeviance()])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_mean_beyond_all_numbers_is_about_the_largest_number(loss, dtype):
    scores = np.array([[-1e4], [0.0], [50.0], [1e4]], dtype=dtype)
    mean = loss.mean(scores)
    largest = np.finfo(dtype).max
    expected = [[0.0], [1.0], [np.exp(dtype(50))], [largest]]
    np.testing.assert_allclose(mean, expected, rtol=2e-5)
    assert mean.dtype == dtype
    assert np.isfinite(mean).all()

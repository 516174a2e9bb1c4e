"""Tests of Novikoff's bound, the margin, the counts of mistakes, and convergence."""

import numpy as np
import pytest
from separable_rows import separable
from sklearn.exceptions import ConvergenceWarning

from skmlp import Perceptron


@pytest.mark.parametrize("margin", [0.0, 3.0])
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize(
    ("n_classes", "multi_class"), [(2, "ovr"), (4, "joint")], ids=["two", "joint"]
)
def test_mistakes_never_exceed_novikoffs_bound(
    n_classes, multi_class, weighted, margin
):
    ratios = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        X, y, W = separable(seed, n_classes=n_classes, margin=rng.uniform(0.05, 0.4))
        weight = rng.uniform(0.5, 2, size=len(y)) if weighted else np.ones(len(y))
        ours = Perceptron(
            multi_class=multi_class,
            margin=margin,
            tol=None,
            max_iter=100_000,
            random_state=seed,
        ).fit(X, y, sample_weight=weight)
        assert ours.converged_
        assert ours.score(X, y) == 1.0
        # A mistake of weight s adds s·y·[x, 1] to w, and at least s·γ to w·u.
        rows = np.hstack([X, np.ones((len(X), 1))])
        scores = rows @ W.T
        own = scores[np.arange(len(y)), y]
        scores[np.arange(len(y)), y] = -np.inf
        lead = np.min(own - scores.max(axis=1))
        if n_classes == 2:  # the weights of the unit are W[1] − W[0]
            gamma, moved = lead / np.linalg.norm(W[1] - W[0]), 1
        else:
            gamma, moved = lead / np.linalg.norm(W), 2
        longest = np.max(weight * moved * np.sum(rows**2, axis=1))
        bound = (longest + 2 * margin) / gamma**2 / weight.min()
        assert ours.n_mistakes_ <= bound
        assert ours.n_mistakes_ <= ours.mistake_bound_ < np.inf
        ratios.append(ours.n_mistakes_ / bound)
    assert np.max(ratios) > 0.01  # it made mistakes: the bound is not trivial


@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
def test_the_margin_is_the_distance_of_the_nearest_row_from_a_boundary(multi_class):
    X, y, _ = separable(3, n_classes=3 if multi_class == "joint" else 2, margin=0.3)
    ours = Perceptron(multi_class=multi_class, tol=None, max_iter=10_000).fit(X, y)

    def changes_a_label(step):
        """Return True if a step of this length changes the label of some row."""
        if multi_class == "ovr":
            directions = np.vstack([ours.coef_, -ours.coef_])
        else:
            W = ours.coef_
            pairs = [W[j] - W[k] for j in range(3) for k in range(3) if j != k]
            directions = np.array(pairs)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        return any(np.any(ours.predict(X + step * u) != y) for u in directions)

    assert not changes_a_label(0.999 * ours.margin_)
    assert changes_a_label(1.001 * ours.margin_)


def test_the_bound_is_the_sum_over_the_units(bundled):
    X, y = bundled("wine")
    together = Perceptron(tol=None).fit(X, y)
    assert together.converged_
    leads = np.where(np.eye(3)[y] > 0, 1, -1) * together.decision_function(X)
    lengths = np.linalg.norm(together.coef_, axis=1)
    assert together.margin_ == pytest.approx(np.min(leads / lengths))
    square_margins = leads.min(axis=0) ** 2 / (lengths**2 + together.intercept_**2)
    longest = np.max(np.sum(X**2, axis=1)) + 1
    expected = np.sum(longest / square_margins)
    assert together.mistake_bound_ == pytest.approx(expected)


@pytest.mark.parametrize("eta0", [1e-300, 1e-150, 1e150])
def test_the_records_do_not_depend_on_the_unit_of_the_weights(eta0, bundled):
    X, y = bundled("iris")
    ours, theirs = Perceptron(eta0=eta0).fit(X, y == 0), Perceptron().fit(X, y == 0)
    assert ours.mistake_bound_ == pytest.approx(theirs.mistake_bound_)
    assert ours.margin_ == pytest.approx(theirs.margin_)


def test_without_separation_one_warning_says_what_to_try(bundled):
    X, y = bundled("digits")
    y = np.where(np.arange(len(y)) % 7 == 0, (y + 1) % 10, y)
    for max_iter, message, cure in (
        (1000, r"^Stopped after \d+ epochs without progress, still making", "tol=None"),
        (2, "^Stopped after 2 epochs, still making", "raise max_iter (=2)"),
        (1, "^Stopped after 1 epoch, still making", "raise max_iter (=1)"),
    ):
        with pytest.warns(ConvergenceWarning, match=message) as caught:
            ours = Perceptron(max_iter=max_iter).fit(X, y)
        assert len(caught) == 1
        for each in (cure, "average=True", "early_stopping=True", "MLPClassifier"):
            assert each in str(caught[0].message)
    assert caught[0].filename == __file__
    assert not ours.converged_
    assert ours.margin_ < 0
    assert ours.mistake_bound_ == np.inf
    assert ours.n_mistakes_ == ours.mistakes_curve_.sum() > 0
    assert len(ours.mistakes_curve_) == ours.n_iter_


@pytest.mark.parametrize(
    "settings",
    [{"average": True}, {"penalty": "l2"}, {"early_stopping": True}],
    ids=str,
)
def test_settings_for_inseparable_classes_end_without_a_warning(settings, bundled):
    X, y = bundled("breast_cancer")
    ours = Perceptron(tol=0.01, **settings).fit(X, y)  # warnings are errors
    assert not ours.converged_
    assert ours.score(X, y) > 0.9


def test_no_mistake_in_an_epoch_ends_the_fit_and_is_on_record():
    X, y, _ = separable(1, margin=0.4)
    for settings in ({}, {"multi_class": "joint"}, {"average": True}, {"tol": None}):
        ours = Perceptron(**settings).fit(X, y)
        assert ours.converged_
        assert ours.mistakes_curve_[-1] == 0
        assert np.all(ours.mistakes_curve_[:-1] > 0)
        assert len(ours.mistakes_curve_) == ours.n_iter_
        assert isinstance(ours.n_mistakes_, int)

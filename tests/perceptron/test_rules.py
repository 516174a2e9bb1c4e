"""Tests of the perceptron's rules: averages, the joint rule, margins and weights."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from separable_rows import separable
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import cross_val_score
from sklearn.utils.class_weight import compute_class_weight

from skmlp import Perceptron

LAYOUTS = {"dense": np.asarray, "csr": scipy.sparse.csr_array}


def collins(X, y, n_classes, *, n_epochs, margin=0.0, rate=1.0, weight=None):
    """Train by figure 2 of Collins (2002), in the given order of the rows.

    Return the last weights, the weights after every row, and the number of mistakes.
    """
    rows = np.hstack([X, np.ones((len(X), 1))])
    weight = np.ones(len(X)) if weight is None else weight
    W, history, mistakes = np.zeros((n_classes, rows.shape[1])), [], 0
    for _ in range(n_epochs):
        for x, label, s in zip(rows, y, weight, strict=True):
            scores = W @ x
            others = np.where(np.arange(n_classes) == label, -np.inf, scores)
            rival = int(np.argmax(others))
            if scores[label] - scores[rival] <= margin:
                W = W.copy()
                W[label] += rate * s * x
                W[rival] -= rate * s * x
                mistakes += 1
            history.append(W)
    return W, np.array(history), mistakes


@pytest.mark.parametrize("margin", [0.0, 2.5])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_joint_mistake_corrects_two_rows_of_the_weights(layout, margin, bundled):
    X, y = bundled("iris")
    weight = np.random.default_rng(0).uniform(0.5, 2, size=len(y))
    ours = Perceptron(
        multi_class="joint",
        margin=margin,
        eta0=0.5,
        shuffle=False,
        max_iter=4,
        tol=None,
    ).fit(LAYOUTS[layout](X), y, sample_weight=weight)
    W, _, mistakes = collins(
        X, y, 3, n_epochs=4, margin=margin, rate=0.5, weight=weight
    )
    np.testing.assert_allclose(ours.coef_, W[:, :-1], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(ours.intercept_, W[:, -1], rtol=1e-10, atol=1e-12)
    assert ours.n_mistakes_ == mistakes
    np.testing.assert_allclose(ours.coef_.sum(axis=0), 0, atol=1e-10)


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_averages_are_those_of_the_weights_after_every_visit(
    layout, multi_class, weighted, bundled
):
    X, y = bundled("iris")
    s = np.random.default_rng(0).uniform(0.5, 2, size=len(y)) if weighted else None
    settings = {"shuffle": False, "max_iter": 3, "tol": None}
    ours = Perceptron(average=True, multi_class=multi_class, **settings)
    ours.fit(LAYOUTS[layout](X), y, sample_weight=s)
    if multi_class == "joint":
        history = collins(X, y, 3, n_epochs=3, weight=s)[1]
    else:  # three units, each trained alone and recorded after every visit
        history = []
        for k in range(3):
            unit = Perceptron(shuffle=False)
            for i in np.tile(np.arange(len(y)), 3):
                weight = None if s is None else s[i : i + 1]
                unit.partial_fit(X[i : i + 1], y[i : i + 1] == k, [False, True], weight)
                history.append([*unit.coef_[0], *unit.intercept_])
        history = np.reshape(history, (3, -1, 5)).swapaxes(0, 1)
    counts = np.tile(np.ones(len(y)) if s is None else s, 3)
    average = np.average(history, axis=0, weights=counts)
    np.testing.assert_allclose(ours.coef_, average[:, :-1], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.intercept_, average[:, -1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("penalty", [None, "l2"])
def test_averages_are_those_of_scikit_learn(penalty, bundled):
    X, y = bundled("breast_cancer")
    settings = {"penalty": penalty, "alpha": 0.01, "max_iter": 3, "tol": None}
    settings |= {"eta0": 1.0, "shuffle": False, "average": True}
    ours = Perceptron(**settings).fit(X, y)
    theirs = SGDClassifier("perceptron", learning_rate="constant", **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs.fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-8)


def test_averages_generalise_better_than_the_last_weights(bundled):
    X, y = bundled("digits")
    settings = {"max_iter": 5, "tol": None}
    last = cross_val_score(Perceptron(**settings), X, y).mean()
    averaged = cross_val_score(Perceptron(average=True, **settings), X, y).mean()
    # Freund and Schapire (1999, figure 2) report the same advantage, also on digits.
    assert averaged > last + 0.01


@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
def test_partial_fits_and_warm_starts_go_on_averaging(multi_class, bundled):
    X, y = bundled("iris")
    y = np.roll(y, 10)  # no unit stops learning before the others
    settings = {"average": True, "shuffle": False, "tol": None}
    settings["multi_class"] = multi_class
    whole = Perceptron(max_iter=4, **settings).fit(X, y)
    stream = Perceptron(**settings)
    for _ in range(4):
        stream.partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_allclose(stream.coef_, whole.coef_, rtol=1e-12)
    np.testing.assert_array_equal(stream.mistakes_curve_, whole.mistakes_curve_)
    warm = Perceptron(max_iter=2, warm_start=True, **settings).fit(X, y).fit(X, y)
    np.testing.assert_allclose(warm.coef_, whole.coef_, rtol=1e-12)


def test_rows_within_the_margin_are_corrected_until_none_is_left():
    X, y, _ = separable(0, margin=0.3)
    plain = Perceptron(tol=None).fit(X, y)
    wide = Perceptron(tol=None, margin=30.0).fit(X, y)
    leads = np.where(y == 1, 1, -1) * wide.decision_function(X)
    assert leads.min() > 30.0
    assert wide.mistakes_curve_[-1] == 0
    assert wide.margin_ > plain.margin_ > 0


@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
def test_scores_beyond_the_range_are_an_error_after_the_first_epoch(
    multi_class, bundled
):
    X, y = bundled("iris")
    with pytest.raises(ValueError, match=r"epoch #1\. Scaling input data"):
        Perceptron(multi_class=multi_class).fit(1e200 * X, y)


def test_of_two_classes_both_rules_are_the_same(bundled):
    X, y = bundled("breast_cancer")
    settings = {"max_iter": 5, "tol": None}
    ovr = Perceptron(**settings).fit(X, y)
    joint = Perceptron(multi_class="joint", **settings).fit(X, y)
    np.testing.assert_array_equal(ovr.coef_, joint.coef_)


def test_a_class_or_row_of_weight_zero_has_no_effect(bundled):
    X, y = bundled("iris")
    settings = {"shuffle": False, "max_iter": 4, "tol": None, "average": True}
    for multi_class in ("ovr", "joint"):
        weighted = Perceptron(multi_class=multi_class, **settings)
        weighted.fit(X, y, sample_weight=(np.arange(len(y)) % 2).astype(float))
        half = Perceptron(multi_class=multi_class, **settings).fit(X[1::2], y[1::2])
        np.testing.assert_allclose(weighted.coef_, half.coef_, rtol=1e-12)
    joint = Perceptron(class_weight={0: 0.0}, multi_class="joint", **settings)
    joint.fit(X, y)
    assert joint.mistakes_curve_[0] > 0
    assert np.mean(joint.predict(X[y == 0]) == 0) < 0.5


@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
def test_balanced_weights_of_a_stream_are_those_of_all_rows_so_far(
    multi_class, bundled
):
    X, y = bundled("wine")
    rows = np.random.default_rng(0).permutation(len(y))
    rows = rows[(y[rows] == 0) | (rows % 3 == 0)]
    parts = np.array_split(rows, 4)
    settings = {"shuffle": False, "multi_class": multi_class}
    stream = Perceptron(class_weight="balanced", **settings)
    for part in parts:
        stream.partial_fit(X[part], y[part], classes=[0, 1, 2])
    expected = Perceptron(**settings)
    for i, part in enumerate(parts):
        seen = y[np.concatenate(parts[: i + 1])]
        weights = compute_class_weight("balanced", classes=np.unique(y), y=seen)
        expected.set_params(class_weight=dict(enumerate(weights)))
        expected.partial_fit(X[part], y[part], classes=[0, 1, 2])
    np.testing.assert_allclose(stream.coef_, expected.coef_, rtol=1e-10)


def test_balanced_weights_count_the_weights_of_rows(bundled):
    X, y = bundled("iris")
    weight = np.random.default_rng(0).integers(1, 4, size=len(y))
    settings = {"shuffle": False, "max_iter": 3, "tol": None}
    ours = Perceptron(class_weight="balanced", **settings)
    ours.fit(X, y, sample_weight=weight)
    balanced = compute_class_weight(
        "balanced", classes=np.unique(y), y=np.repeat(y, weight)
    )
    theirs = Perceptron(class_weight=dict(enumerate(balanced)), **settings)
    theirs.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
def test_sparse_rows_average_like_dense_ones(multi_class, dtype, bundled):
    X, y = bundled("wine")
    X = np.where(X > 0, X, 0).astype(dtype)
    settings = {"average": True, "margin": 0.1, "max_iter": 5, "tol": None}
    dense = Perceptron(multi_class=multi_class, **settings).fit(X, y)
    sparse = Perceptron(multi_class=multi_class, **settings)
    sparse.fit(scipy.sparse.csr_array(X), y)
    assert dense.coef_.dtype == sparse.coef_.dtype == dtype
    tolerance = 1e-9 if dtype == np.float64 else 1e-2
    scale = np.abs(dense.coef_).max()
    np.testing.assert_allclose(sparse.coef_, dense.coef_, atol=tolerance * scale)


def test_units_shared_between_threads_learn_the_same_bits(rng):
    from threadpoolctl import threadpool_limits

    X = rng.normal(size=(6000, 200))
    y = rng.integers(5, size=6000)
    fits = []
    for limit in (1, None):
        with threadpool_limits(limit):
            fits.append(Perceptron(max_iter=3, tol=None, average=True).fit(X, y))
    np.testing.assert_array_equal(fits[0].coef_, fits[1].coef_)
    np.testing.assert_array_equal(fits[0].mistakes_curve_, fits[1].mistakes_curve_)


@pytest.mark.parametrize(
    ("name", "value"),
    [("average", 10), ("multi_class", "ovo"), ("margin", -0.5), ("margin", "wide")],
    ids=str,
)
def test_impossible_settings_are_named(name, value, bundled):
    with pytest.raises(ValueError, match=f"The '{name}' parameter of Perceptron"):
        Perceptron(**{name: value}).fit(*bundled("iris"))


@pytest.mark.parametrize("weight", [1e-200, 1e-160, 1e-150, 1e-100, 1.0, 1e100])
def test_averages_of_tiny_weights_are_right_or_refused(weight, bundled):
    X, y = bundled("iris")
    X, y = X[y < 2], y[y < 2]
    weights = np.full(len(y), weight)
    model = Perceptron(average=True, max_iter=5, tol=None, random_state=0)
    if weight < 1e-155:  # the square of a weight is no normal number
        with pytest.raises(ValueError, match="sample weights nearer to 1"):
            model.fit(X, y, sample_weight=weights)
        return
    model.fit(X, y, sample_weight=weights)
    plain = clone(model).fit(X, y)
    np.testing.assert_allclose(model.coef_ / weight, plain.coef_, rtol=1e-9)

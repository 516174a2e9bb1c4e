"""The perceptron's averages, its joint rule, margins, weights, and what it records."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import cross_val_score
from sklearn.utils.class_weight import compute_class_weight

from skmlp import Perceptron

LAYOUTS = {"dense": np.asarray, "csr": scipy.sparse.csr_array}


def separable(seed, *, n_classes=2, n=80, d=4, margin=0.2):
    """Rows whose best class leads by a margin, and the weights (K, d + 1) behind."""
    rng = np.random.default_rng(seed)
    y = []
    while len(np.unique(y)) < n_classes:
        W = rng.normal(size=(n_classes, d + 1))
        W /= np.linalg.norm(W, axis=1, keepdims=True)
        X = rng.normal(size=(40 * n, d))
        scores = np.sort(X @ W[:, :-1].T + W[:, -1], axis=1)
        X = X[scores[:, -1] - scores[:, -2] > margin][:n]
        y = np.argmax(X @ W[:, :-1].T + W[:, -1], axis=1)
    return X, y, W


def collins(X, y, n_classes, *, n_epochs, margin=0.0, rate=1.0, weight=None):
    """Collins (2002), figure 2, in its order of rows; the weights after every row."""
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
    else:  # three units, each after every visit by itself
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
    # Freund and Schapire (1999, figure 2) find the average ahead on digits as well.
    assert averaged > last + 0.01


@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
def test_partial_fits_and_warm_starts_go_on_averaging(multi_class, bundled):
    X, y = bundled("iris")
    y = np.roll(y, 10)  # no unit is done before the others
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
        # A mistake of weight s moves w by s·y·[x, 1], and w·u by s·γ at least.
        rows = np.hstack([X, np.ones((len(X), 1))])
        scores = rows @ W.T
        own = scores[np.arange(len(y)), y]
        scores[np.arange(len(y)), y] = -np.inf
        lead = np.min(own - scores.max(axis=1))
        if n_classes == 2:  # the unit is the difference of the rows of W
            gamma, moved = lead / np.linalg.norm(W[1] - W[0]), 1
        else:
            gamma, moved = lead / np.linalg.norm(W), 2
        longest = np.max(weight * moved * np.sum(rows**2, axis=1))
        bound = (longest + 2 * margin) / gamma**2 / weight.min()
        assert ours.n_mistakes_ <= bound
        assert ours.n_mistakes_ <= ours.mistake_bound_ < np.inf
        ratios.append(ours.n_mistakes_ / bound)
    assert np.max(ratios) > 0.01  # the bound is not met by doing nothing


@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
def test_the_margin_is_the_distance_of_the_nearest_row_from_a_boundary(multi_class):
    X, y, _ = separable(3, n_classes=3 if multi_class == "joint" else 2, margin=0.3)
    ours = Perceptron(multi_class=multi_class, tol=None, max_iter=10_000).fit(X, y)

    def nearest(step):
        """Whether some row changes its label within so long a step."""
        if multi_class == "ovr":
            directions = np.vstack([ours.coef_, -ours.coef_])
        else:
            W = ours.coef_
            pairs = [W[j] - W[k] for j in range(3) for k in range(3) if j != k]
            directions = np.array(pairs)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        return any(np.any(ours.predict(X + step * u) != y) for u in directions)

    assert not nearest(0.999 * ours.margin_)
    assert nearest(1.001 * ours.margin_)


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


@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
def test_scores_beyond_the_range_are_an_error_after_the_first_epoch(
    multi_class, bundled
):
    X, y = bundled("iris")
    with pytest.raises(ValueError, match=r"epoch #1\. Scaling input data"):
        Perceptron(multi_class=multi_class).fit(1e200 * X, y)


def test_without_separation_one_warning_says_what_to_try(bundled):
    X, y = bundled("digits")
    y = np.where(np.arange(len(y)) % 7 == 0, (y + 1) % 10, y)
    with pytest.warns(ConvergenceWarning) as caught:
        ours = Perceptron().fit(X, y)
    assert len(caught) == 1
    for cure in ("max_iter", "average=True", "early_stopping=True", "MLPClassifier"):
        assert cure in str(caught[0].message)
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
def test_what_needs_no_separation_ends_without_a_warning(settings, bundled):
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


def test_of_two_classes_both_rules_are_the_same(bundled):
    X, y = bundled("breast_cancer")
    settings = {"max_iter": 5, "tol": None}
    ovr = Perceptron(**settings).fit(X, y)
    joint = Perceptron(multi_class="joint", **settings).fit(X, y)
    np.testing.assert_array_equal(ovr.coef_, joint.coef_)


def test_a_class_or_row_of_weight_zero_is_not_there(bundled):
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

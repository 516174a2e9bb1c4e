"""Tests of Perceptron beyond scikit-learn's suite: the rule, epochs, and parameters."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Perceptron as SklearnPerceptron

from skmlp import Perceptron
from skmlp.base.rows import blockwise_permutation
from skmlp.perceptron import training, visited_rows


def separable(rng, n=60, d=4, margin=0.3):
    """Rows with a margin around a hyperplane through a random point."""
    direction = rng.normal(size=d)
    direction /= np.linalg.norm(direction)
    X = rng.normal(size=(4 * n, d))
    X = X[np.abs(X @ direction) > margin][:n]
    return X, (X @ direction > 0).astype(int), direction


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_the_rule_is_gradient_descent_on_the_loss_of_one_row_at_a_time(weighted, rng):
    X, y = rng.normal(size=(50, 3)), rng.integers(2, size=50)
    weight = rng.uniform(0.5, 2, size=50) if weighted else np.ones(50)
    ours = Perceptron(shuffle=False, max_iter=7, tol=None, eta0=0.5)
    ours.fit(X, y, sample_weight=weight)
    w, b = np.zeros(3), 0.0
    for _ in range(7):
        for x, label, s in zip(X, 2 * y - 1, weight, strict=True):
            # The subgradient of s·max(0, −label·(w·x + b)), −s·label·x at a tie.
            if label * (w @ x + b) <= 0:
                w, b = w + 0.5 * s * label * x, b + 0.5 * s * label
    np.testing.assert_allclose(ours.coef_[0], w, rtol=1e-12)
    np.testing.assert_allclose(ours.intercept_[0], b, rtol=1e-12)


def test_perceptron_updates_on_ties():
    X, y = np.array([[0.0, 1.0], [0.0, -1.0]]), np.array([0, 1])
    ours = Perceptron(shuffle=False, max_iter=1, tol=None).fit(X, y)
    # The score of each row is 0 when it is visited, which counts as a mistake.
    np.testing.assert_array_equal(ours.coef_, [[0.0, -2.0]])
    np.testing.assert_array_equal(ours.intercept_, [0.0])


@pytest.mark.parametrize("penalty", [None, "l2", "l1", "elasticnet"])
def test_one_class_against_the_rest_learns_like_a_binary_perceptron(penalty, bundled):
    X, y = bundled("iris")
    settings = {"penalty": penalty, "alpha": 0.01, "max_iter": 3, "tol": None}
    joint = Perceptron(shuffle=False, **settings).fit(X, y)
    for k in range(3):
        alone = Perceptron(shuffle=False, **settings).fit(X, y == k)
        np.testing.assert_allclose(joint.coef_[k], alone.coef_[0], rtol=1e-12)
        np.testing.assert_allclose(joint.intercept_[k], alone.intercept_[0], rtol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("penalty", [None, "l2", "l1", "elasticnet"])
def test_in_the_same_order_the_weights_are_those_of_scikit_learn(penalty, bundled):
    X, y = bundled("breast_cancer")
    weight = np.random.default_rng(0).uniform(0.5, 2, size=len(y))
    settings = {
        "penalty": penalty,
        "alpha": 0.001,
        "l1_ratio": 0.4,
        "max_iter": 4,
        "tol": None,
        "shuffle": False,
        "class_weight": {0: 2.0, 1: 0.5},
    }
    ours = Perceptron(**settings).fit(X, y, sample_weight=weight)
    theirs = SklearnPerceptron(**settings).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-8)
    assert ours.t_ == theirs.t_


@pytest.mark.parametrize("tol", [1e-3, None])
def test_it_stops_at_the_first_epoch_without_a_mistake(tol, rng):
    X, y, _ = separable(rng, margin=0.6)
    ours = Perceptron(tol=tol, max_iter=1000).fit(X, y)
    assert ours.n_iter_ < 50
    before = Perceptron(tol=None, max_iter=ours.n_iter_ - 1).fit(X, y)
    # The last epoch changed nothing.
    np.testing.assert_array_equal(before.coef_, ours.coef_)


@pytest.mark.filterwarnings("ignore:Stopped after")
@pytest.mark.parametrize("factor", [2.0**-20, 1024.0])
@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
def test_multiplying_X_by_a_power_of_two_changes_nothing(multi_class, factor, rng):
    X, y = rng.normal(size=(80, 3)), rng.integers(3, size=80)
    settings = {"fit_intercept": False, "multi_class": multi_class}
    one = Perceptron(margin=0.5, average=True, **settings).fit(X, y)
    other = Perceptron(margin=0.5 * factor**2, average=True, **settings)
    other.fit(factor * X, y)
    np.testing.assert_array_equal(one.mistakes_curve_, other.mistakes_curve_)
    np.testing.assert_array_equal(factor * one.coef_, other.coef_)
    assert other.margin_ == factor * one.margin_


@pytest.mark.filterwarnings("ignore:Stopped after")
@pytest.mark.parametrize("factor", [2.0**-3, 16.0])
def test_an_intercept_is_a_column_of_ones_which_does_not_scale_along(factor, rng):
    X, y = rng.normal(size=(80, 3)), rng.integers(3, size=80)
    ours = Perceptron().fit(factor * X, y)
    column = np.full((80, 1), 1 / factor)
    theirs = Perceptron(fit_intercept=False).fit(np.hstack([X, column]), y)
    np.testing.assert_array_equal(ours.mistakes_curve_, theirs.mistakes_curve_)
    coefficients = np.hstack([ours.coef_, ours.intercept_[:, np.newaxis]])
    np.testing.assert_allclose(coefficients / factor, theirs.coef_, rtol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("penalty", [None, "l2", "l1", "elasticnet"])
def test_sparse_and_dense_rows_give_the_same_units(penalty, dtype, bundled):
    X, y = bundled("digits")
    X = np.where(X > 0.3, X, 0).astype(dtype)
    settings = {"penalty": penalty, "max_iter": 3, "tol": None}
    dense = Perceptron(**settings).fit(X, y)
    sparse = Perceptron(**settings).fit(scipy.sparse.csr_array(X), y)
    assert dense.coef_.dtype == sparse.coef_.dtype == dtype
    if penalty in ("l1", "elasticnet"):
        # The l1 penalty is applied at the entries of a row; CSR rows have no zeros.
        assert np.mean(dense.predict(X) == sparse.predict(X)) > 0.8
    else:
        tolerance = 1e-9 if dtype == np.float64 else 1e-2
        np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=0, atol=tolerance)


def test_partial_fits_equal_epochs_and_visit_new_orders(bundled):
    X, y = bundled("wine")
    whole = Perceptron(max_iter=4, tol=None).fit(X, y)
    stream = Perceptron()
    for _ in range(4):
        stream.partial_fit(X, y, classes=np.unique(y))
    assert stream.t_ == whole.t_ == 1 + 4 * len(y)
    assert stream.score(X, y) > 0.95
    once = Perceptron(shuffle=False, max_iter=2, tol=None).fit(X, y)
    twice = Perceptron(shuffle=False).partial_fit(X, y, classes=np.unique(y))
    np.testing.assert_allclose(twice.partial_fit(X, y).coef_, once.coef_, rtol=1e-12)


def test_warm_start_and_first_weights_are_where_it_starts(bundled):
    X, y = bundled("iris")
    settings = {"shuffle": False, "tol": None}
    whole = Perceptron(max_iter=6, **settings).fit(X, y)
    half = Perceptron(max_iter=3, warm_start=True, **settings).fit(X, y)
    given = Perceptron(max_iter=3, **settings)
    given.fit(X, y, coef_init=half.coef_, intercept_init=half.intercept_)
    np.testing.assert_allclose(given.coef_, whole.coef_, rtol=1e-12)
    np.testing.assert_allclose(half.fit(X, y).coef_, whole.coef_, rtol=1e-12)
    with pytest.raises(ValueError, match=r"coef_init.*\(2, 2\), expected \(3, 4\)"):
        given.fit(X, y, coef_init=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="intercept_init"):
        given.fit(X, y, intercept_init=np.zeros(2))


def test_class_weights_move_the_boundary(rng):
    X, y = rng.normal(size=(400, 2)), np.arange(400) % 10 == 0
    X[y] += 0.7
    settings = {"max_iter": 20, "tol": None}
    plain = Perceptron(**settings).fit(X, y).predict(X)[y].mean()
    heavy = Perceptron(class_weight={True: 50.0}, **settings).fit(X, y)
    balanced = Perceptron(class_weight="balanced", **settings).fit(X, y)
    assert heavy.predict(X)[y].mean() > plain
    assert balanced.predict(X)[y].mean() >= plain


def test_early_stopping_sets_rows_aside_and_ends_sooner(bundled):
    X, y = bundled("digits")
    ours = Perceptron(early_stopping=True, validation_fraction=0.2, tol=0.0).fit(X, y)
    assert ours.n_iter_ < 100
    assert ours.t_ == 1 + ours.n_iter_ * (len(y) - int(np.ceil(0.2 * len(y))))
    assert ours.score(X, y) > 0.9


def test_running_out_of_epochs_says_so(bundled):
    X, y = bundled("digits")
    with pytest.warns(ConvergenceWarning, match=r"max_iter \(=2\)"):
        Perceptron(max_iter=2).fit(X, y)


def test_divergence_names_the_epoch_and_the_cure():
    X = np.array([[1e300], [-1e300], [1e300]])
    with pytest.raises(
        ValueError, match=r"overflow occurred at epoch #1.*StandardScaler"
    ):
        Perceptron(eta0=1e30).fit(X, [0, 1, 1])


def test_verbose_prints_a_line_an_epoch(bundled, capsys):
    X, y = bundled("wine")
    ours = Perceptron(verbose=1).fit(X, y)
    lines = capsys.readouterr().out.strip().splitlines()
    assert len(lines) == ours.n_iter_
    assert "mistakes" in lines[0]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "settings", [{}, {"penalty": "l2"}, {"average": True}], ids=str
)
@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
@pytest.mark.parametrize(
    ("constant", "value"), [("_EPOCHS_AT_ONCE", 3), ("_WORTH_A_THREAD", 1), ("", 0)]
)
def test_epochs_one_by_one_learn_what_epochs_at_once_do(
    constant, value, multi_class, settings, bundled, monkeypatch
):
    X, y = bundled("iris")
    whole = Perceptron(multi_class=multi_class, **settings).fit(X, y)
    assert whole.n_iter_ > 8
    if constant:
        monkeypatch.setattr(training, constant, value)
    verbose = 0 if constant else 1
    parts = Perceptron(multi_class=multi_class, verbose=verbose, **settings).fit(X, y)
    names = ("coef_", "intercept_", "mistakes_curve_", "t_", "converged_", "margin_")
    for name in names:
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    for model in (whole, parts):  # the generator goes on alike
        model.set_params(verbose=0).partial_fit(X, y)
    np.testing.assert_array_equal(parts.coef_, whole.coef_)


def test_partial_fit_refuses_what_it_cannot_do(bundled):
    X, y = bundled("iris")
    with pytest.raises(ValueError, match="early_stopping should be False"):
        Perceptron(early_stopping=True).partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="are not in class_weight"):
        Perceptron(class_weight={0: 2.0, 7: 1.0}).partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ValueError, match="labels that are not among the classes"):
        Perceptron().partial_fit(X, y, classes=[0, 1])


@pytest.mark.parametrize("n_rows", [1, 7, 256, 1000, 4099])
def test_an_order_by_blocks_visits_every_row_once_and_mixes_distant_ones(n_rows):
    def drawn(seed):
        permutation = np.full(n_rows, -1)
        blockwise_permutation(np.random.RandomState(seed), permutation)
        return permutation

    order = drawn(0)
    np.testing.assert_array_equal(np.sort(order), np.arange(n_rows))
    np.testing.assert_array_equal(order, drawn(0))
    if n_rows > 100:
        assert np.any(drawn(1) != order)
    if n_rows == 4099:
        # Consecutive visits are seldom of neighbouring rows of X.
        assert np.mean(np.diff(order) == 1) < 0.01


def test_blocks_of_rows_sorted_by_class_are_learnt_as_well(monkeypatch, rng):
    weights = rng.normal(size=(20, 3))
    X = rng.normal(size=(20_000, 20))
    y = (X @ weights).argmax(axis=1)
    train = np.argsort(y[:15_000], kind="stable")

    def accuracy():
        return np.mean(
            [
                Perceptron(max_iter=10, tol=None, random_state=seed)
                .fit(X[train], y[train])
                .score(X[15_000:], y[15_000:])
                for seed in range(20)
            ]
        )

    row_by_row = accuracy()
    monkeypatch.setattr(visited_rows, "_LARGE_BYTES", 0)
    assert accuracy() > row_by_row - 0.03
    assert row_by_row > 0.85
    one_pass = Perceptron(max_iter=10, tol=None, shuffle=False)
    unshuffled = one_pass.fit(X[train], y[train]).score(X[15_000:], y[15_000:])
    assert unshuffled < row_by_row - 0.1

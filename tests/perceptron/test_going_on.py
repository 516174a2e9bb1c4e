"""Tests of fits that go on from other weights, and of fits that raise an error."""

import pickle

import numpy as np
import pytest
from failing_callback import Failing
from separable_rows import separable
from versions import needs_callbacks

from skmlp import Perceptron


@pytest.mark.parametrize(
    ("n_classes", "multi_class"), [(2, "ovr"), (4, "joint")], ids=["two", "joint"]
)
@pytest.mark.parametrize("size", [1e-3, 1.0, 50.0])
def test_mistakes_never_exceed_the_bound_from_any_first_weights(
    size, n_classes, multi_class
):
    for seed in range(30):
        rng = np.random.default_rng(seed)
        X, y, _ = separable(seed, n_classes=n_classes, margin=0.3)
        n_units = 1 if n_classes == 2 else n_classes
        first = size * rng.normal(size=(n_units, 4)), size * rng.normal(size=n_units)
        ours = Perceptron(
            multi_class=multi_class, tol=None, max_iter=100_000, random_state=seed
        ).fit(X, y, *first)
        assert ours.converged_
        assert ours.n_mistakes_ <= ours.mistake_bound_ < np.inf
        rows = np.hstack([X, np.ones((len(X), 1))])
        W = np.hstack([ours.coef_, ours.intercept_[:, np.newaxis]])
        scores = rows @ W.T
        if n_classes == 2:
            lead, moved = np.min(np.where(y == 1, 1, -1) * scores[:, 0]), 1
        else:
            own = scores[np.arange(len(y)), y]
            scores[np.arange(len(y)), y] = -np.inf
            lead, moved = np.min(own - scores.max(axis=1)), 2
        longest = moved * np.max(np.sum(rows**2, axis=1))
        # The larger root of (w₀·u + γm)² = ‖w₀‖² + R²m, by numpy's polynomials.
        u, w = W / np.linalg.norm(W), np.hstack([first[0], first[1][:, np.newaxis]])
        gamma, along = lead / np.linalg.norm(W), np.sum(w * u)
        roots = np.roots(
            [gamma**2, 2 * along * gamma - longest, along**2 - np.sum(w**2)]
        )
        assert ours.mistake_bound_ == pytest.approx(roots.real.max(), rel=1e-6)


def test_a_warm_start_that_has_nothing_to_learn_has_a_bound_and_no_mistakes():
    X, y, _ = separable(0, margin=0.3)
    ours = Perceptron(tol=None, warm_start=True).fit(X, y)
    ours.fit(X, y)
    assert ours.n_mistakes_ == 0 <= ours.mistake_bound_
    ours.set_params(fit_intercept=False).fit(X, y, intercept_init=[1e-3])
    assert ours.mistake_bound_ == np.inf


@pytest.mark.parametrize("stream", [False, True])
def test_assigned_weights_are_where_an_averaged_fit_goes_on(stream, bundled):
    X, y = bundled("iris")
    y = np.roll(y, 10)
    settings = {"average": True, "shuffle": False, "tol": None, "max_iter": 1}
    given = np.full((3, 4), 2.0), np.ones(3)
    expected = Perceptron(**settings).fit(X, y, *given)
    ours = Perceptron(warm_start=True, **settings).fit(X, y)
    ours.coef_[:] = given[0]  # in place, as users do
    ours.intercept_ = given[1]
    (ours.partial_fit if stream else ours.fit)(X, y)
    np.testing.assert_array_equal(ours.coef_, expected.coef_)
    np.testing.assert_array_equal(ours.intercept_, expected.intercept_)


def test_a_fit_goes_on_in_another_type_of_numbers(bundled):
    X, y = bundled("iris")
    ours = Perceptron(warm_start=True, average=True, max_iter=2, tol=None).fit(X, y)
    ours.fit(X.astype(np.float32), y)
    assert ours.coef_.dtype == np.float32
    whole = Perceptron(average=True, tol=None, max_iter=2, warm_start=True)
    np.testing.assert_allclose(
        ours.coef_, whole.fit(X, y).fit(X, y).coef_, rtol=1e-3, atol=1e-3
    )


def test_first_weights_that_are_not_finite_are_refused(bundled):
    X, y = bundled("iris")
    with pytest.raises(ValueError, match=r"coef_init and intercept_init.* not finite"):
        Perceptron().fit(X, y, coef_init=np.full((3, 4), np.nan))


def test_a_first_call_refused_for_its_labels_can_be_made_again(bundled):
    X, y = bundled("iris")
    ours = Perceptron()
    with pytest.raises(ValueError, match="not among the classes"):
        ours.partial_fit(X, y, classes=[0, 1])
    assert not hasattr(ours, "classes_")
    ours.partial_fit(X, y, classes=[0, 1, 2])
    expected = Perceptron().partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_array_equal(ours.coef_, expected.coef_)


@needs_callbacks
@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("call", ["fit", "partial_fit"])
def test_a_call_that_raises_leaves_the_estimator_as_it_was(
    call, average, error, bundled
):
    X, y = bundled("iris")
    ours = Perceptron(average=average, warm_start=True, tol=None, max_iter=5)
    ours.partial_fit(X, y, classes=[0, 1, 2]).partial_fit(X, y)
    twin = pickle.loads(pickle.dumps(ours))
    coef, arrays = ours.coef_, pickle.dumps(vars(ours)["coef_"])
    ours.set_callbacks(Failing(error))
    with pytest.raises(type(error)):
        getattr(ours, call)(X, y)
    ours.set_callbacks()
    assert ours.coef_ is coef
    assert pickle.dumps(coef) == arrays
    for name in ("t_", "n_iter_", "mistakes_curve_", "n_mistakes_", "converged_"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(twin, name))
    for _ in range(2):  # the sums, the counts and the generator are as they were, too
        ours.partial_fit(X, y)
        twin.partial_fit(X, y)
    np.testing.assert_array_equal(ours.coef_, twin.coef_)
    np.testing.assert_array_equal(ours.mistakes_curve_, twin.mistakes_curve_)


class Recording:
    """Callback that keeps the records of the estimator fitted so far."""

    def __init__(self):
        self.seen = []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        if fitted_estimator is not None:
            self.seen.append(fitted_estimator)


@needs_callbacks
def test_callbacks_get_an_estimator_with_the_records_of_this_fit(bundled):
    X, y = bundled("iris")
    ours = Perceptron(max_iter=3, tol=None).fit(X[:, :3], y)
    recording = Recording()
    ours.set_params(max_iter=2).set_callbacks(recording).fit(X, y)
    first = recording.seen[0]
    alone = Perceptron(max_iter=1, tol=None).fit(X, y)
    for name in ("n_iter_", "t_", "coef_", "mistakes_curve_", "n_mistakes_"):
        np.testing.assert_array_equal(getattr(first, name), getattr(alone, name))
    assert not hasattr(first, "margin_")
    assert ours.n_iter_ == recording.seen[1].n_iter_ == 2

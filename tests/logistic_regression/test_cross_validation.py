"""LogisticRegressionCV gives scikit-learn's results, along a warm-started path."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse
import sklearn.linear_model
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.metrics import make_scorer
from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold, cross_val_score
from sklearn.preprocessing import StandardScaler
from versions import needs, older

from skmlp import LogisticRegression, LogisticRegressionCV
from skmlp.logistic_regression.path import _start
from skmlp.logistic_regression.problem import ClassTargets, build_risk
from skmlp.objective import Penalty

SETTINGS = {
    "Cs": [0.01, 0.1, 1.0],
    "l1_ratios": (0,),
    "scoring": "neg_log_loss",
    "use_legacy_attributes": False,
    "cv": 3,
    "tol": 1e-8,
    "random_state": 0,  # scikit-learn's saga depends on the order of rows
    "max_iter": 20000,
}
# Folds of 100 rows: in the second, all rows but the first 50 are for training.
REVERSED = [(range(50), range(100)), (range(50, 100), range(50))]
# If all weights are zero, scikit-learn's saga stops before the intercepts converge.
WEAK = [0.1, 1.0, 10.0]
CASES = {
    "ridge, two classes": ("breast_cancer", {}),
    "ridge, three classes": ("iris", {}),
    "ridge, liblinear": ("breast_cancer", {"solver": "liblinear", "tol": 1e-10}),
    "ridge, no intercept": ("wine", {"fit_intercept": False}),
    "ridge, balanced": ("breast_cancer", {"class_weight": "balanced"}),
    "lasso, two classes": ("breast_cancer", {"solver": "saga", "l1_ratios": (1,)}),
    "elastic net, three classes": (
        "iris",
        {"solver": "saga", "l1_ratios": (0.2, 0.8), "Cs": WEAK},
    ),
    "best of each fold": ("wine", {"refit": False}),
    "best of each fold, elastic net": (
        "iris",
        {
            "solver": "saga",
            "l1_ratios": np.array([0.2, 0.8]),  # scikit-learn takes no tuple here
            "Cs": WEAK,
            "refit": False,
        },
    ),
}


OTHER_LAYOUT = needs(
    "scikit-learn", "1.8", "has no use_legacy_attributes, nor l1_ratios without penalty"
)


def both(data, settings):
    """Return our estimator and scikit-learn's, fitted to the first six columns."""
    X, y = data
    X = X[:, :6]
    estimators = LogisticRegressionCV, sklearn.linear_model.LogisticRegressionCV
    return [estimator(**settings).fit(X, y) for estimator in estimators]


def identified(coefficients, *, axis):
    """Return the coefficients with the intercepts of several classes summing to zero.

    A constant added to all intercepts changes no probability; in scikit-learn's saga
    it depends on the random order of the rows.
    """
    coefficients = coefficients.copy()
    if coefficients.shape[axis] > 1:
        coefficients[..., -1] -= coefficients[..., -1].mean(axis=axis, keepdims=True)
    return coefficients


@OTHER_LAYOUT
@pytest.mark.parametrize("case", CASES)
def test_paths_scores_and_choice_are_scikit_learns(case, bundled):
    if case == "best of each fold" and older("scikit-learn", "1.9"):
        pytest.skip("scikit-learn before 1.9 fails with refit=False and one l1_ratio")
    name, extra = CASES[case]
    ours, theirs = both(bundled(name), SETTINGS | extra)
    paths = theirs.coefs_paths_
    if ours.fit_intercept:
        paths = identified(paths, axis=3)
    assert_allclose(ours.coefs_paths_, paths, rtol=1e-3, atol=1e-4)
    assert_allclose(ours.scores_, theirs.scores_, rtol=1e-5, atol=1e-6)
    assert ours.C_ == theirs.C_
    assert ours.l1_ratio_ == theirs.l1_ratio_
    assert_allclose(ours.coef_, theirs.coef_, rtol=1e-3, atol=1e-4)
    intercept = identified(theirs.intercept_[:, np.newaxis], axis=0).ravel()
    assert_allclose(ours.intercept_, intercept, rtol=1e-3, atol=1e-4)


@OTHER_LAYOUT
@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("l1_ratios", [None, (0,), (0.0, 0.5)])
@pytest.mark.parametrize("name", ["iris", "breast_cancer"])
def test_the_layout_of_the_legacy_attributes_is_scikit_learns(name, l1_ratios, bundled):
    extra = {"use_legacy_attributes": True, "l1_ratios": l1_ratios}
    if l1_ratios == (0.0, 0.5):
        extra |= {"solver": "saga", "Cs": WEAK}
    ours, theirs = both(bundled(name), SETTINGS | extra)
    for attribute in ("coefs_paths_", "scores_"):
        mine, other = getattr(ours, attribute), getattr(theirs, attribute)
        assert mine.keys() == other.keys()
        mine, other = (np.array(list(each.values())) for each in (mine, other))
        if attribute == "coefs_paths_":
            other = identified(other, axis=0)
        assert mine.shape == other.shape
        assert_allclose(mine, other, rtol=1e-3, atol=1e-4)
    assert ours.n_iter_.shape == theirs.n_iter_.shape
    assert ours.n_iter_.dtype == theirs.n_iter_.dtype
    assert_array_equal(ours.C_, theirs.C_)
    assert_array_equal(ours.l1_ratio_, theirs.l1_ratio_)


def test_the_intercepts_of_a_path_without_weights_are_the_shares_logarithms(bundled):
    X, y = bundled("wine")
    settings = {"solver": "saga", "l1_ratios": (1,), "Cs": [1e-4]}
    model = LogisticRegressionCV(**SETTINGS | settings).fit(X, y)
    shares = np.log(np.bincount(y))
    assert_array_equal(model.coef_, 0)
    assert_allclose(model.intercept_, shares - shares.mean(), rtol=1e-6)


def test_the_refitted_model_is_that_of_the_chosen_penalty(bundled):
    X, y = bundled("wine")
    chosen = LogisticRegressionCV(**SETTINGS).fit(X, y)
    alone = LogisticRegression(C=chosen.C_, tol=1e-8).fit(X, y)
    assert_array_equal(chosen.coef_, alone.coef_)
    assert_array_equal(chosen.predict_proba(X), alone.predict_proba(X))


def test_the_scores_are_those_of_separate_cross_validations(bundled):
    X, y = bundled("iris")
    cv = StratifiedKFold(4, shuffle=True, random_state=0)
    settings = SETTINGS | {"cv": cv, "tol": 1e-10}
    together = LogisticRegressionCV(**settings).fit(X, y)
    for c, C in enumerate(settings["Cs"]):
        alone = LogisticRegression(C=C, tol=1e-10, max_iter=1000)
        expected = cross_val_score(alone, X, y, cv=cv, scoring="neg_log_loss")
        assert_allclose(together.scores_[:, 0, c], expected, rtol=1e-6)


def test_a_warm_started_path_takes_fewer_iterations_than_separate_fits(bundled):
    X, y = bundled("breast_cancer")
    folds = [(np.arange(0, 500), np.arange(500, 569))]
    Cs = np.logspace(-3, 1, 20)
    for solver, l1_ratio in (("lbfgs", 0), ("saga", 1)):
        settings = {"solver": solver, "tol": 1e-6, "max_iter": 5000}
        path = LogisticRegressionCV(
            **SETTINGS | settings | {"Cs": Cs, "cv": folds, "l1_ratios": (l1_ratio,)}
        ).fit(X, y)
        alone = [
            LogisticRegression(C=C, l1_ratio=l1_ratio, **settings)
            .fit(X[:500], y[:500])
            .n_iter_[0]
            for C in Cs
        ]
        assert path.n_iter_.sum() < sum(alone)


def test_a_sparse_x_gives_the_result_of_its_array(bundled):
    X, y = bundled("wine")
    dense = LogisticRegressionCV(**SETTINGS).fit(X, y)
    sparse = LogisticRegressionCV(**SETTINGS).fit(scipy.sparse.csr_array(X), y)
    assert sparse.C_ == dense.C_
    assert_allclose(sparse.coef_, dense.coef_, atol=1e-5)


def test_folds_fitted_in_parallel_give_the_same_bits(bundled):
    X, y = bundled("iris")
    alone = LogisticRegressionCV(**SETTINGS).fit(X, y)
    parallel = LogisticRegressionCV(n_jobs=2, **SETTINGS).fit(X, y)
    assert_array_equal(alone.coefs_paths_, parallel.coefs_paths_)
    assert_array_equal(alone.coef_, parallel.coef_)


def test_a_weight_of_two_is_a_row_twice(bundled, rng):
    X, y = bundled("iris")
    weight = rng.integers(1, 3, size=len(y))
    cv = [(np.arange(0, 150, 2), np.arange(1, 150, 2))]
    # The same two folds, with every row repeated as often as its weight says.
    origin = np.repeat(np.arange(150), weight)
    halves = [(np.flatnonzero(origin % 2 == 0), np.flatnonzero(origin % 2 == 1))]
    settings = SETTINGS | {"tol": 1e-10}
    weighted = LogisticRegressionCV(**settings | {"cv": cv}).fit(X, y, weight)
    written = LogisticRegressionCV(**settings | {"cv": halves}).fit(
        X[origin], y[origin]
    )
    assert_allclose(weighted.coefs_paths_, written.coefs_paths_, atol=1e-6)
    assert_allclose(weighted.scores_, written.scores_, rtol=1e-6)
    assert_allclose(weighted.coef_, written.coef_, atol=1e-6)


def test_groups_and_weights_are_routed_to_the_splitter_and_the_scorer(bundled, rng):
    X, y = bundled("wine")
    groups = np.arange(len(y)) % 4
    seen = []

    def weighed(y_true, y_pred, sample_weight=None):
        seen.append(sample_weight)
        return float(np.average(y_true == y_pred, weights=sample_weight))

    with config_context(enable_metadata_routing=True):
        cv = GroupKFold(4).set_split_request(groups=True)
        scorer = make_scorer(weighed).set_score_request(sample_weight=True)
        model = LogisticRegressionCV(**SETTINGS | {"cv": cv, "scoring": scorer})
        weight = rng.uniform(1, 2, len(y))
        model.fit(X, y, groups=groups, sample_weight=weight)
    assert model.scores_.shape == (4, 1, 3)
    assert all(part is not None for part in seen)
    folds = [weight[groups == g] for g in range(4)]
    assert all(any(np.array_equal(part, fold) for fold in folds) for part in seen)


def test_the_score_is_that_of_the_scorer(bundled):
    X, y = bundled("iris")
    model = LogisticRegressionCV(**SETTINGS).fit(X, y)
    proba = model.predict_proba(X)[np.arange(150), y]
    assert_allclose(model.score(X, y), np.log(proba).mean(), rtol=1e-12)


@needs("scikit-learn", "1.9", "shows the scorer a model with another C")
def test_a_scorer_sees_the_C_of_every_fit(bundled):
    settings = SETTINGS | {"scoring": lambda model, X, y: -abs(model.C - 0.1)}
    ours, theirs = both(bundled("wine"), settings)
    assert ours.C_ == theirs.C_ == 0.1
    assert_array_equal(ours.scores_, theirs.scores_)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"Cs": 0}, ValueError, "Cs"),
        ({"Cs": []}, ValueError, "Cs must be"),
        ({"Cs": [1.0, 0.0]}, ValueError, "Cs must be"),
        ({"Cs": [np.nan]}, ValueError, "Cs must be"),
        ({"l1_ratios": (2,)}, ValueError, "l1_ratios"),
        ({"l1_ratios": (1,)}, ValueError, "lbfgs"),
        ({"scoring": "speed"}, ValueError, "scoring"),
        ({"solver": "adam"}, ValueError, "solver"),
        ({"class_weight": {7: 1.0}}, ValueError, "class_weight"),
    ],
)
def test_bad_settings_are_refused_by_name(settings, error, words, bundled):
    X, y = bundled("breast_cancer")
    with pytest.raises(error, match=words):
        LogisticRegressionCV(**SETTINGS | settings).fit(X, y)


def refusal(bundled, settings, sample_weight=None):
    """Return the message of the ValueError of a fit that fits no fold."""
    X, y = (part[:100] for part in bundled("iris"))

    def scorer(estimator, X, y, sample_weight=None):
        """Fail, since a fold was fitted."""
        raise AssertionError("a fold was fitted before the check")

    settings = SETTINGS | {"scoring": scorer} | settings
    with pytest.raises(ValueError, match=r"\w") as caught:
        LogisticRegressionCV(**settings).fit(X, y, sample_weight)
    return str(caught.value)


@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg", "saga"])
def test_a_fold_without_weight_is_named_before_any_fold_is_fitted(solver, bundled):
    settings = {"cv": KFold(4), "solver": solver}  # rows 0 to 24, 25 to 49, ...
    last_only = np.repeat([0.0, 1.0], [75, 25])
    message = refusal(bundled, settings, last_only)
    assert "test on in fold 0 of cv" in message
    assert "sample_weight" in message
    single = np.eye(100)[30]
    message = refusal(bundled, settings | {"cv": REVERSED}, single)
    assert "train with in fold 1 of cv" in message
    # scikit-learn's words, which users' code may look for.
    assert "Sample weights must contain at least one non-zero number" in message


def test_a_fold_whose_classes_have_no_weight_is_named(bundled):
    settings = {"cv": KFold(2), "class_weight": {0: 0.0, 1: 1.0}}
    message = refusal(bundled, settings)  # rows of class 0 come first
    assert "train with in fold 1 of cv" in message
    assert "class_weight" in message


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"Cs": []}, "Cs"),
        ({"Cs": 0}, "'Cs'"),
        ({"Cs": ["a"]}, "Cs"),
        ({"Cs": [1j]}, "Cs"),
        ({"Cs": [[1.0], [1.0, 2.0]]}, "Cs"),
        ({"l1_ratios": []}, "l1_ratios"),
        ({"l1_ratios": (), "solver": "saga"}, "l1_ratios"),
        ({"l1_ratios": [1j], "solver": "saga"}, "l1_ratios"),
        ({"l1_ratios": [[0.0]]}, "l1_ratios"),
        ({"l1_ratios": [[0.0], [0.0, 1.0]]}, "l1_ratios"),
        ({"cv": []}, "cv"),
        ({"cv": [1, 2]}, "cv"),
        ({"cv": [(0, 1)]}, "fold 0 of cv"),
        ({"cv": [([], [0, 1])]}, "fold 0 of cv"),
        ({"cv": [(range(100), range(50)), (range(100), [])]}, "fold 1 of cv"),
        ({"cv": [([0, 99, 100], [1])]}, "fold 0 of cv"),
        ({"cv": [([0.5, 99.0], [1])]}, "fold 0 of cv"),
    ],
)
def test_values_that_leave_nothing_to_try_are_named(settings, named, bundled):
    message = refusal(bundled, settings)
    assert named in message.split(";")[0]


def test_a_class_in_place_of_a_splitter_is_named(bundled):
    classifier = LogisticRegressionCV(**SETTINGS | {"cv": GroupKFold})
    with pytest.raises(TypeError, match=r"cv must be an object.*use GroupKFold\(\)"):
        classifier.fit(*bundled("iris"))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["lbfgs", "sag", "saga", "newton-cholesky"])
def test_weights_of_all_sizes_leave_the_heaviest_row_its_class(solver):
    settings = SETTINGS | {"cv": 2, "solver": solver, "scoring": "accuracy"}
    for seed in range(0, 60, 3):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(20, 3)) * 10.0 ** rng.integers(-3, 4, size=3)
        weight = 10.0 ** rng.uniform(-300, 300, size=20)
        y = rng.permutation(20) % 2
        model = LogisticRegressionCV(**settings | {"max_iter": 100})
        model.fit(X, y, weight)
        heaviest = [np.argmax(weight)]
        assert np.isfinite(model.coef_).all()
        assert model.predict(X[heaviest]) == y[heaviest]


def test_balanced_leaves_out_a_class_whose_rows_have_no_weight(bundled):
    X, y = bundled("iris")
    weight = (y != 2).astype(float)
    weight[y == 1] = 2
    # The sum of all weights, divided by 3 classes and by the weight of each.
    by_hand = {0: 150 / (3 * 50), 1: 150 / (3 * 100), 2: 0}
    settings = SETTINGS | {"cv": 2}
    ours, expected = (
        LogisticRegressionCV(**settings, class_weight=each).fit(X, y, weight)
        for each in ("balanced", by_hand)
    )
    np.testing.assert_array_equal(ours.coef_, expected.coef_)


@pytest.mark.parametrize(("last", "ahead"), [([-1.0, 0.5], True), ([4.0, 0.5], False)])
def test_a_fit_of_the_path_starts_beyond_the_last_if_it_is_better_there(
    last, ahead, bundled
):
    X, y = bundled("breast_cancer")
    X = StandardScaler().fit_transform(X)[:, :1]
    targets = ClassTargets.of(y, None)
    loss = build_risk(X, targets, fit_intercept=False, sample_weight=None)
    penalty = Penalty(l2=1.0).per_parameter(loss.network)
    start = _start(loss, penalty, [np.array([-each]) for each in last])
    expected = -(2 * last[1] - last[0]) if ahead else -last[1]
    assert start.tolist() == [expected]
    assert _start(loss, penalty, []).tolist() == [0.0]
    lasso = replace(penalty, l1=np.ones(1))
    assert _start(loss, lasso, [np.array([-each]) for each in last]).tolist() == [-0.5]

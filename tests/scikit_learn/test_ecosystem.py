"""scikit-learn's tools give equal results with our estimators and with its own."""

import inspect

import matplotlib
import numpy as np
import pytest
from estimator_pairs import AGREEMENT, ESTIMATORS, grid, ours, outputs, over_all, theirs
from numpy.testing import assert_allclose
from sklearn.base import is_regressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    StackingRegressor,
    VotingRegressor,
)
from sklearn.inspection import (
    DecisionBoundaryDisplay,
    PartialDependenceDisplay,
    permutation_importance,
)
from sklearn.model_selection import GridSearchCV, cross_validate, learning_curve
from sklearn.multioutput import MultiOutputRegressor, RegressorChain
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn_tools import PAIRS, WRAPPERS
from versions import OTHER_PARAMETERS

import skmlp

pytestmark = [
    # Few iterations on purpose.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("one_thread"),
]


@pytest.mark.parametrize(("tool", "name"), PAIRS)
def test_a_tool_predicts_with_ours_what_it_predicts_with_theirs(tool, name, rows):
    kind, wrap = WRAPPERS[tool]
    X, y = rows(kind)
    # scikit-learn's discriminant analysis takes no sample weights.
    no_pair = (tool, name) == ("AdaBoostClassifier", "LinearDiscriminantAnalysis")
    estimator = ours(name, ddof=0) if no_pair else ours(name)
    found = wrap(estimator, grid(name)).fit(X, y).predict(X)
    labelled = y != -1
    assert np.mean(found[labelled] == y[labelled]) > 0.6
    if not no_pair:
        expected = wrap(theirs(name), grid(name)).fit(X, y).predict(X)
        assert np.mean(found == expected) >= AGREEMENT[name]


REGRESSION_TOOLS = {
    "Pipeline": ("regression", lambda e, g: make_pipeline(StandardScaler(), e)),
    "GridSearchCV": ("regression", lambda e, g: GridSearchCV(e, g, cv=3)),
    "TransformedTargetRegressor": (
        "regression",
        lambda e, g: TransformedTargetRegressor(e, transformer=StandardScaler()),
    ),
    "BaggingRegressor": (
        "regression",
        lambda e, g: BaggingRegressor(e, n_estimators=3, random_state=0),
    ),
    "AdaBoostRegressor": (
        "regression",
        lambda e, g: AdaBoostRegressor(e, n_estimators=3, random_state=0),
    ),
    "StackingRegressor": (
        "regression",
        lambda e, g: StackingRegressor([("a", e), ("b", e)], cv=3),
    ),
    "VotingRegressor": ("regression", lambda e, g: VotingRegressor([("a", e)])),
    "MultiOutputRegressor": ("targets", lambda e, g: MultiOutputRegressor(e)),
    "RegressorChain": ("targets", lambda e, g: RegressorChain(e, random_state=0)),
}


@pytest.mark.parametrize("tool", REGRESSION_TOOLS)
def test_a_tool_of_regression_scores_with_ours_as_with_theirs(tool, rows):
    kind, wrap = REGRESSION_TOOLS[tool]
    X, y = rows(kind)
    score = wrap(ours("MLPRegressor"), grid("MLPRegressor")).fit(X, y).score(X, y)
    expected = wrap(theirs("MLPRegressor"), grid("MLPRegressor")).fit(X, y).score(X, y)
    assert score > 0.4
    assert abs(score - expected) < 0.05


@over_all
def test_cross_validate_scores_with_ours_as_with_theirs(name, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    found, expected = (
        cross_validate(build(name), X, y, cv=3, error_score="raise")["test_score"]
        for build in (ours, theirs)
    )
    assert_allclose(found, expected, atol=1 - AGREEMENT.get(name, 0.9))


@over_all
def test_a_learning_curve_is_that_of_theirs(name, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    settings = {"train_sizes": [0.3, 1.0], "cv": 3, "error_score": "raise"}
    settings |= {"shuffle": True, "random_state": 0}
    found, expected = (
        learning_curve(build(name), X, y, **settings)[2].mean(axis=1)
        for build in (ours, theirs)
    )
    assert found[1] > max(0.3, found[0] - 0.05)
    assert_allclose(found, expected, atol=1.1 - AGREEMENT.get(name, 0.9))


def one_informative_feature(name, rng):
    X = rng.normal(size=(200, 3))
    return X, X[:, 1] if name == "MLPRegressor" else (X[:, 1] > 0).astype(int)


@over_all
def test_permutation_importance_finds_the_feature_that_matters(name, rng):
    X, y = one_informative_feature(name, rng)
    fitted = ours(name).fit(X, y)
    weight = rng.uniform(size=len(y))
    importance = permutation_importance(
        fitted, X, y, n_repeats=3, random_state=0, sample_weight=weight
    )
    assert importance.importances_mean.argmax() == 1
    assert importance.importances_mean[1] > 0.3
    assert np.abs(importance.importances_mean[[0, 2]]).max() < 0.1


@pytest.fixture
def plot():
    """Return matplotlib.pyplot with a backend that opens no window."""
    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")
    matplotlib.use(before)


@over_all
def test_partial_dependence_is_the_mean_over_the_other_features(name, rng, plot):
    X, y = one_informative_feature(name, rng)
    fitted = ours(name).fit(X, y)
    display = PartialDependenceDisplay.from_estimator(
        fitted, X, features=[1], grid_resolution=5
    )
    (result,) = display.pd_results
    for value, average in zip(
        result["grid_values"][0], result["average"][0], strict=True
    ):
        replaced = X.copy()
        replaced[:, 1] = value
        predicted = outputs(fitted, replaced)
        predicted = predicted[:, 1] if predicted.ndim == 2 else predicted
        assert_allclose(average, predicted.mean())
    assert np.all(np.diff(result["average"][0]) >= 0)
    assert result["average"][0, -1] > result["average"][0, 0] + 0.5


@over_all
def test_a_decision_boundary_is_drawn_where_the_predictions_change(name, rows, plot):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    fitted = ours(name).fit(X[:, :2], y)
    display = DecisionBoundaryDisplay.from_estimator(
        fitted, X[:, :2], grid_resolution=20, response_method="predict"
    )
    points = np.stack([display.xx0.ravel(), display.xx1.ravel()], axis=1)
    assert np.array_equal(display.response.ravel(), fitted.predict(points))
    assert len(np.unique(display.response)) >= 3


@over_all
def test_parameters_keep_scikit_learns_names_order_and_defaults(name):
    if name in OTHER_PARAMETERS:
        pytest.skip("scikit-learn before 1.8 had other parameters")
    module = ESTIMATORS[name][0]
    found, expected = (
        # Without our annotations, since scikit-learn has none.
        [
            p.replace(annotation=p.empty)
            for p in inspect.signature(kind).parameters.values()
        ]
        for kind in (getattr(skmlp, name), getattr(module, name))
    )
    assert [str(p) for p in found[: len(expected)]] == [str(p) for p in expected]
    assert all(p.kind is p.KEYWORD_ONLY for p in found[len(expected) :])
    assert is_regressor(ours(name)) == (name == "MLPRegressor")

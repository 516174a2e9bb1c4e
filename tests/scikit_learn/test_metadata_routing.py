"""Sample weights are routed through the tools of scikit-learn."""

import numpy as np
import pytest
from estimator_pairs import grid, ours, outputs, over_all, theirs
from numpy.testing import assert_allclose
from sklearn import config_context
from sklearn.metrics import balanced_accuracy_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    TunedThresholdClassifierCV,
    cross_validate,
    learning_curve,
)
from sklearn_tools import PAIRS, WRAPPERS

pytestmark = [
    # Few iterations on purpose.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.usefixtures("one_thread"),
]


# Tools as they are used when metadata is routed. A scorer has to request weights, and
# scikit-learn's self-training passes the weights of all rows with the labelled rows.
# Its AdaBoost supports no routing: it takes and changes sample weights without it.
ROUTES = {
    **WRAPPERS,
    "SelfTrainingClassifier": ("classes", WRAPPERS["SelfTrainingClassifier"][1]),
    "TunedThresholdClassifierCV": (
        "binary",
        lambda e, g: TunedThresholdClassifierCV(
            e,
            cv=3,
            scoring=make_scorer(balanced_accuracy_score).set_score_request(
                sample_weight=True
            ),
        ),
    ),
}


def requesting(estimator):
    """Return the estimator with requests of weights in fit, partial_fit and score."""
    estimator.set_fit_request(sample_weight=True)
    if hasattr(estimator, "set_partial_fit_request"):
        estimator.set_partial_fit_request(sample_weight=True)
    return estimator.set_score_request(sample_weight=True)


@pytest.fixture
def routing():
    with config_context(enable_metadata_routing=True):
        yield


@pytest.mark.parametrize(("tool", "name"), PAIRS)
@pytest.mark.filterwarnings("ignore:y contains no unlabeled samples:UserWarning")
def test_sample_weights_are_routed_through_a_tool(tool, name, rows):
    kind, wrap = ROUTES[tool]
    X, y = rows(kind)
    first = y[:, 0] if y.ndim == 2 else y
    weight = np.where(first == 1, 100.0, 1.0)
    routed = tool != "AdaBoostClassifier"
    # Only ours is fitted, and the weights may be too uneven for a divisor of n - K.
    own = {"ddof": 0} if name == "LinearDiscriminantAnalysis" else {}

    def fit(build, **weights):
        with config_context(enable_metadata_routing=routed):
            estimator = build(name, **own)
            estimator = requesting(estimator) if routed else estimator
            return wrap(estimator, grid(name)).fit(X, y, **weights)

    weighted = fit(ours, sample_weight=weight)
    assert not np.allclose(outputs(weighted, X), outputs(fit(ours), X), atol=1e-3)
    if name == "LogisticRegression":
        expected = outputs(fit(theirs, sample_weight=weight), X)
        assert_allclose(outputs(weighted, X), expected, atol=1e-4)


@over_all
@pytest.mark.usefixtures("routing")
def test_sample_weights_are_routed_through_cross_validation(name, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    weight = np.where(np.arange(len(y)) % 2 == 0, 1.0, 0.0)
    folds = [(np.arange(0, 100), np.arange(100, len(y)))]
    folds = folds if name == "MLPRegressor" else [(np.arange(0, 150, 2),) * 2]
    params = {"sample_weight": weight}
    (found,) = cross_validate(
        requesting(ours(name)), X, y, cv=folds, params=params, error_score="raise"
    )["test_score"]
    train, test = folds[0]
    fitted = ours(name).fit(X[train], y[train], sample_weight=weight[train])
    assert found == fitted.score(X[test], y[test], sample_weight=weight[test])
    _, _, curve = learning_curve(
        requesting(ours(name)), X, y, cv=folds, train_sizes=[1.0], params=params
    )
    assert curve == found


@pytest.mark.usefixtures("routing")
@over_all
def test_a_weight_that_is_not_asked_for_is_refused(name, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    with pytest.raises(ValueError, match="sample_weight"):
        GridSearchCV(ours(name), grid(name)).fit(X, y, sample_weight=np.ones(len(y)))

"""A call of fit or partial_fit that raises changes nothing, for every estimator."""

import joblib
import numpy as np
import pytest
from every_fit import ESTIMATORS, EVERY_FIT, X, Y, fit, new, over_every_fit
from numpy.testing import assert_array_equal
from sklearn.base import is_classifier
from versions import needs_callbacks

NAN = np.where(np.arange(X.size).reshape(X.shape) == 4, np.nan, X)
BAD_CALLS = {
    "NaN in X": {"X": NAN},
    "infinity in X": {"X": np.where(np.isnan(NAN), np.inf, NAN)},
    "text in X": {"X": X.astype(str) + "a"},
    "a huge integer in X": {"X": [[10**400, 1, 2]] * len(X)},
    "X without columns": {"X": X[:, :0]},
    "X of one dimension": {"X": X[:, 0]},
    "squares of X that overflow": {"X": np.full_like(X, 1e300) * X},
    "y too short": {"y": Y[:-1]},
    "no y": {"y": None},
    "NaN in y": {"y": np.where(Y == 1, np.nan, Y)},
    "a huge integer in y": {"y": [*map(int, Y[:-1]), 10**400]},
    "NaN in sample_weight": {"sample_weight": np.where(Y == 1, np.nan, 1)},
    "sample_weight too short": {"sample_weight": np.ones(3)},
}
BAD_PARAMETERS = {
    "Perceptron": {"eta0": -1},
    "LinearDiscriminantAnalysis": {"priors": [0.5, 0.5]},
    "LogisticRegression": {"C": -1},
    "LogisticRegressionCV": {"l1_ratios": [-1]},
    "MLPClassifier": {"alpha": -1},
    "MLPRegressor": {"alpha": -1},
}
SOME_FIT = np.random.default_rng(1).permutation(len(X))[:50]


def state(estimator):
    """Return a hash of all attributes, including the contents of arrays."""
    return joblib.hash(vars(estimator))


def learnt(estimator):
    """Return the numbers that a fit has learnt."""
    if hasattr(estimator, "coefs_"):
        return [*estimator.coefs_, *estimator.intercepts_]
    return [estimator.coef_, estimator.intercept_]


def state_but_callbacks(estimator):
    """Return a hash of each attribute, except those that hold callbacks."""
    return {k: joblib.hash(v) for k, v in vars(estimator).items() if "callb" not in k}


def refuse(estimator, method, **arguments):
    """Call a method that must raise; return True if it did."""
    arguments = {"X": X, "y": Y, **arguments}
    if method == "partial_fit" and is_classifier(estimator):
        arguments["classes"] = np.unique(Y)
    try:
        fit(estimator, method, **arguments)
    except (TypeError, ValueError):
        return True
    return False


def good_call(estimator, method):
    return fit(estimator, method, X=X[SOME_FIT], y=Y[SOME_FIT])


@pytest.mark.parametrize("case", BAD_CALLS)
@pytest.mark.parametrize("before", ["unfitted", "fitted"])
@over_every_fit
def test_bad_data_changes_nothing(name, method, before, case):
    if "overflow" in case and not name.startswith("Linear"):
        pytest.skip("only discriminant analysis squares X")
    estimator, twin = new(name), new(name)
    if before == "fitted":
        good_call(estimator, method)
        good_call(twin, method)
    as_it_was = state(estimator)
    assert refuse(estimator, method, **BAD_CALLS[case])
    assert state(estimator) == as_it_was
    good_call(estimator, method)
    good_call(twin, method)
    for ours, expected in zip(learnt(estimator), learnt(twin), strict=True):
        assert_array_equal(ours, expected)


@pytest.mark.parametrize("before", ["unfitted", "fitted"])
@over_every_fit
def test_a_bad_parameter_changes_nothing(name, method, before):
    estimator = new(name)
    if before == "fitted":
        good_call(estimator, method)
        method = "fit"  # as in scikit-learn, later calls of partial_fit check nothing
    estimator.set_params(**BAD_PARAMETERS[name.partition(",")[0]])
    as_it_was = state(estimator)
    assert refuse(estimator, method)
    assert state(estimator) == as_it_was
    estimator.set_params(**ESTIMATORS[name].get_params(deep=False))
    good_call(estimator, method)


@pytest.mark.parametrize("before", ["unfitted", "fitted"])
@pytest.mark.parametrize(
    ("name", "method"),
    [(n, m) for n, m in EVERY_FIT if m == "partial_fit" and "Regressor" not in n],
)
def test_unknown_labels_and_other_columns_change_nothing(name, method, before):
    estimator, twin = new(name), new(name)
    if before == "fitted":
        good_call(estimator, method)
        good_call(twin, method)
    as_it_was = state(estimator)
    with pytest.raises(ValueError, match="classes"):
        estimator.partial_fit(X, Y + 1, classes=[0, 1, 2])
    assert state(estimator) == as_it_was
    if before == "fitted":
        with pytest.raises(ValueError, match="features"):
            estimator.partial_fit(X[:, :2], Y)
        assert state(estimator) == as_it_was
    good_call(estimator, method)
    good_call(twin, method)
    for ours, expected in zip(learnt(estimator), learnt(twin), strict=True):
        assert_array_equal(ours, expected)


class Stop:
    """Callback that raises an error at one of its hooks."""

    def __init__(self, error, hook):
        self.error, self.hook = error, hook

    def setup(self, estimator, context):
        if self.hook == "setup":
            raise self.error

    def on_fit_task_begin(self, estimator, context, **details):
        if self.hook == "begin":
            raise self.error

    def on_fit_task_end(self, estimator, context, **details):
        if self.hook == "end":
            raise self.error

    def teardown(self, estimator, context):
        pass


@needs_callbacks
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, MemoryError])
@pytest.mark.parametrize("hook", ["setup", "begin", "end"])
@pytest.mark.parametrize("before", ["unfitted", "fitted"])
@pytest.mark.parametrize(
    "name", [name for name in ESTIMATORS if hasattr(ESTIMATORS[name], "set_callbacks")]
)
def test_an_error_of_a_callback_changes_nothing(name, before, hook, error):
    estimator = new(name)
    if before == "fitted":
        good_call(estimator, "fit")
    estimator.set_callbacks(Stop(error(), hook))
    as_it_was = state_but_callbacks(estimator)
    with pytest.raises(error):
        fit(estimator, "fit")
    assert state_but_callbacks(estimator) == as_it_was

"""The estimators of a comparison, and scikit-learn's counterparts of them."""

import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression as TheirLogisticRegression
from sklearn.pipeline import make_pipeline

from skmlp import LinearDiscriminantAnalysis, LogisticRegression, MLPClassifier
from skmlp.model_comparison.candidates import candidates


def test_counterparts_have_the_parameters_of_ours():
    listed = candidates(
        {"a": LogisticRegression(C=3), "b": make_pipeline(MLPClassifier(alpha=2))},
        task="classification",
        seed=0,
        against="sklearn",
    )
    assert [each.counterpart_of for each in listed] == [None, "a", None, "b", None]
    assert type(listed[1].estimator) is TheirLogisticRegression
    assert listed[1].estimator.C == 3
    theirs = listed[3].estimator[-1]
    assert type(theirs).__module__.startswith("sklearn")
    assert theirs.alpha == 2


@pytest.mark.parametrize(
    "given", [LogisticRegression, [LogisticRegression], {"a": LogisticRegression}]
)
def test_a_class_in_place_of_an_estimator_is_refused(given):
    with pytest.raises(TypeError, match=r"instance of .* instead of a class"):
        candidates(given, task="classification", seed=0, against=None)


def test_the_counterpart_of_a_regression_is_within_the_transformed_target():
    listed = candidates(None, task="regression", seed=3, against="sklearn")
    assert [each.name for each in listed] == [
        "MLP",
        "MLP (sklearn)",
        "ridge",
        "baseline",
    ]
    assert type(listed[1].estimator.regressor).__module__.startswith("sklearn")
    assert listed[1].estimator.regressor.random_state == 3


def test_a_parameter_that_scikit_learn_lacks_is_named():
    class LogisticRegression(LinearDiscriminantAnalysis):
        def __init__(self, depth=1):
            super().__init__()
            self.depth = depth

    LogisticRegression.__module__ = "skmlp.elsewhere"
    with pytest.raises(ValueError, match="no parameter 'depth'"):
        candidates(
            {"a": LogisticRegression(depth=2)}, task=None, seed=0, against="sklearn"
        )


def test_default_estimators_can_be_cloned_and_have_names():
    for task, names in {
        "classification": [
            "Perceptron",
            "LDA",
            "logistic regression",
            "MLP",
            "baseline",
        ],
        "regression": ["MLP", "ridge", "baseline"],
    }.items():
        listed = candidates(None, task=task, seed=0, against=None)
        assert [each.name for each in listed] == names
        for each in listed:
            clone(each.estimator)


@pytest.mark.parametrize("against", [None, "sklearn"])
def test_the_baseline_is_the_last_one_and_has_no_counterpart(against):
    listed = candidates(
        {"baseline": LogisticRegression()},
        task="classification",
        seed=0,
        against=against,
    )
    assert [each.is_baseline for each in listed] == [False] * (len(listed) - 1) + [True]
    assert listed[-1].name == "baseline 2"
    assert listed[-1].counterpart_of is None
    assert not listed[-1].is_pipeline

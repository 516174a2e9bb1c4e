"""The parameter `loss`: a name, an object or a pair of functions."""

import re

import numpy as np
import pytest
import scipy.special
from sklearn import metrics
from sklearn.base import clone
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV

from skmlp import MLPClassifier, MLPRegressor
from skmlp.losses import (
    BinaryHinge,
    ClassifierLoss,
    FocalLoss,
    FunctionPair,
    GaussianNLL,
    Huber,
    LogLoss,
    Loss,
    MulticlassHinge,
    MultinomialLogLoss,
    Quantile,
)
from skmlp.losses.choice import regressor_loss

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def squared(y, scores):
    return 0.5 * ((y - scores) ** 2).sum(axis=1)


def cross_entropy(y, scores):
    return -(y * scipy.special.log_softmax(scores, axis=1)).sum(axis=1)


def softmax_residual(y, scores):
    return scipy.special.softmax(scores, axis=1) - y


def bernoulli(y, scores):
    return np.logaddexp(0, (1 - 2 * y) * scores).sum(axis=1)


def bernoulli_residual(y, scores):
    return scipy.special.expit(scores) - y


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_pair_of_functions_is_the_loss_that_they_say(solver, bundled):
    settings = {"solver": solver, "max_iter": 8, "random_state": 0}
    X, y = bundled("diabetes")
    pair = (squared, lambda y, scores: scores - y)
    ours = MLPRegressor(pair, **settings).fit(X, y).predict(X)
    theirs = MLPRegressor("squared_error", **settings).fit(X, y).predict(X)
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)
    cases = (
        ("wine", (cross_entropy, softmax_residual)),
        ("breast_cancer", (bernoulli, bernoulli_residual)),
    )
    for name, pair in cases:
        X, y = bundled(name)
        ours = MLPClassifier(loss=pair, **settings).fit(X, y)
        theirs = MLPClassifier(**settings).fit(X, y)
        for method in ("predict_proba", "predict_log_proba"):
            np.testing.assert_allclose(
                getattr(ours, method)(X), getattr(theirs, method)(X), rtol=1e-6
            )


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (
            (squared, lambda y, s: y - s),
            r"at y = \[.*\] and scores = \[.*\] the gradient",
        ),
        ((squared, lambda y, s: np.zeros(len(y))), r"gradient is .* return numbers of"),
        (
            (lambda y, s: ((y - s) ** 2).mean(), lambda y, s: s - y),
            r"the value is .*\(\)",
        ),
        (("squared", "error"), r"a pair has to be two functions"),
        ((squared,), r"a pair has to be two functions"),
    ],
)
@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_a_wrong_pair_is_refused_with_the_place(estimator, pair, message, bundled):
    X, y = bundled("iris")
    with pytest.raises(ValueError, match=message):
        estimator(loss=pair).fit(X, y)


class Brier(Loss):
    """Brier score (y − logistic(score))²: a proper loss that is not convex."""

    inverse_link = "logistic"

    def value_and_gradient(self, y, scores):
        p = self.mean(scores)
        return ((y - p) ** 2).sum(axis=1), 2 * (p - y) * p * (1 - p)

    def mean(self, scores):
        return scipy.special.expit(scores)


def test_a_loss_of_ones_own_is_one_class(bundled):
    X, y = bundled("breast_cancer")
    network = MLPClassifier(
        (10,), loss=Brier(), learning_rate_init=0.01, max_iter=60, random_state=0
    ).fit(X, y)
    assert network.score(X, y) > 0.95
    assert network.out_activation_ == "logistic"
    brier = metrics.brier_score_loss(y, network.predict_proba(X)[:, 1])
    assert brier < 0.05
    log_p = network.predict_log_proba(X)
    np.testing.assert_allclose(np.exp(log_p), network.predict_proba(X), rtol=1e-9)


def test_a_grid_search_reaches_the_parameters_of_a_loss(bundled):
    X, y = bundled("diabetes")
    search = GridSearchCV(
        MLPRegressor(Huber(), (4,), max_iter=5, random_state=0),
        {"loss__delta": [0.1, 10.0]},
        cv=2,
    ).fit(X, y / 100)
    assert len(set(search.cv_results_["mean_test_score"])) == 2
    assert clone(MLPClassifier(loss=FocalLoss(3.0))).loss.gamma == 3.0


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (MLPRegressor("gamma"), "loss='gamma' needs y > 0"),
        (MLPRegressor("poisson"), "loss='poisson' needs y >= 0"),
        (MLPRegressor(Huber(0)), "'delta' parameter of Huber"),
        (MLPRegressor(Quantile(1.0)), "give one number between 0 and 1"),
        (MLPRegressor(Quantile([0.5, 0.2])), "ascending order"),
        (MLPRegressor(Quantile([])), "give one number between 0 and 1"),
        (MLPRegressor("log_loss"), "'loss' parameter of MLPRegressor"),
        (MLPRegressor(MulticlassHinge()), "is a loss for classes, not for numbers"),
        (MLPClassifier(loss="huber"), "'loss' parameter of MLPClassifier"),
        (MLPClassifier(loss=GaussianNLL()), "does not suit multiclass labels"),
        (
            MLPClassifier(loss=FunctionPair(squared, squared, "probit")),
            "'inverse_link' parameter of FunctionPair",
        ),
        (MLPClassifier(loss=FocalLoss(-1)), "'gamma' parameter of FocalLoss"),
        (MLPClassifier(loss=LogLoss(1.0)), "'label_smoothing' parameter of LogLoss"),
    ],
    # The address of a function differs between processes.
    ids=lambda value: re.sub(r" at 0x\w+|\s", "", str(value)),
)
def test_wrong_losses_and_targets_are_named(network, message, bundled):
    X, _ = bundled("iris")
    with pytest.raises(ValueError, match=message):
        network.fit(X, np.arange(len(X)) % 3 - 1)


def test_targets_to_validate_on_have_to_be_in_range_as_well(rng):
    X, y = rng.normal(size=(20, 2)), rng.gamma(1.0, size=20)
    with pytest.raises(ValueError, match="loss='gamma' needs y > 0"):
        MLPRegressor("gamma").fit(X, y, X_val=X, y_val=y - 1)


def test_a_loss_of_many_classes_does_not_suit_two(bundled):
    X, y = bundled("breast_cancer")
    for loss in (MultinomialLogLoss(), MulticlassHinge(), Quantile([0.1, 0.9])):
        with pytest.raises(ValueError, match="does not suit binary labels"):
            MLPClassifier(loss=loss).fit(X, y)


def test_a_loss_of_numbers_sees_a_column_a_class(bundled):
    X, y = bundled("wine")
    settings = {"solver": "lbfgs", "alpha": 0.1, "random_state": 0, "max_iter": 2000}
    ours = MLPClassifier((), loss=Loss.table["squared_error"](), **settings).fit(X, y)
    theirs = RidgeClassifier(alpha=0.1).fit(X, y)
    scores = ours.decision_function(X)
    # scikit-learn's classes are 1 and −1, not 1 and 0.
    np.testing.assert_allclose(2 * scores - 1, theirs.decision_function(X), atol=5e-3)
    assert ours.out_activation_ == "identity"
    assert not hasattr(ours, "predict_proba")


def test_the_loss_of_the_fit_is_the_one_that_predicts(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor("poisson", (2,), max_iter=2, random_state=0).fit(X, y)
    before = network.predict(X)
    np.testing.assert_array_equal(network.set_params(loss="huber").predict(X), before)


def test_a_new_loss_of_a_regressor_is_one_class_and_nothing_else(rng):
    names = dict(Loss.table), dict(Loss.regression_table)
    try:

        class Quartic(Loss, name="quartic", regression=True):
            inverse_link = "identity"

            def value_and_gradient(self, y, scores):
                error = scores - y
                return 0.25 * (error**4).sum(axis=1), error**3

            def mean(self, scores):
                return scores

        assert isinstance(regressor_loss("quartic"), Quartic)
        assert "quartic" in Loss.regression_table
        with pytest.raises(ValueError, match="'quartic', 'squared_error', or MLP"):
            regressor_loss("multinomial_log_loss")
    finally:
        for table, before in zip(
            (Loss.table, Loss.regression_table), names, strict=True
        ):
            table.clear()
            table.update(before)


def test_regressors_take_the_losses_of_numbers_by_name():
    assert set(Loss.regression_table) >= {
        *("absolute_error", "gamma", "gaussian_nll", "huber", "poisson", "quantile"),
        "squared_error",
    }
    for name, loss in Loss.regression_table.items():
        assert Loss.table[name] is loss
        assert not loss.takes_labels


class OneForm(ClassifierLoss):
    """Loss family with one form for every kind of labels."""

    def __init__(self, form=None):
        self.form = form

    def of_kind(self, kind):
        return self.form


LABELS = {
    "binary": lambda y: y > 0,
    "multiclass": lambda y: y,
    "multilabel": lambda y: np.stack([y > 0, y == 1], axis=1).astype(int),
}


@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("name", sorted(ClassifierLoss.table))
def test_every_family_of_the_table_learns_every_kind_of_labels(name, kind, bundled):
    X, y = bundled("wine")
    y = LABELS[kind](y)
    network = MLPClassifier(
        (5,), loss=name, max_iter=300, learning_rate_init=0.01, random_state=0
    ).fit(X, y)
    assert network.score(X, y) > 0.9
    if not hasattr(network, "predict_proba"):
        assert network.decision_function(X).shape[0] == len(X)
        return
    probabilities = network.predict_proba(X)
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    if kind != "multilabel":
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)


def test_a_family_without_probabilities_has_no_predict_proba(bundled):
    X, y = bundled("wine")
    network = MLPClassifier((3,), loss=OneForm(MulticlassHinge()), max_iter=5)
    assert not hasattr(network, "predict_proba")
    assert network.fit(X, y).decision_function(X).shape == (len(X), 3)


@pytest.mark.parametrize("kind", ["binary", "multilabel"])
def test_a_form_that_does_not_suit_the_labels_is_refused(kind, bundled):
    X, y = bundled("wine")
    with pytest.raises(ValueError, match=f"does not suit {kind} labels"):
        MLPClassifier((3,), loss=OneForm(MulticlassHinge())).fit(X, LABELS[kind](y))


def test_a_form_of_numbers_takes_classes_as_columns_of_ones_and_zeros(bundled):
    X, y = bundled("wine")
    settings = {"max_iter": 20, "random_state": 0}
    ours = MLPClassifier((3,), loss=OneForm(BinaryHinge()), **settings).fit(X, y)
    theirs = MLPClassifier((3,), loss=BinaryHinge(), **settings).fit(X, y)
    np.testing.assert_array_equal(
        ours.decision_function(X), theirs.decision_function(X)
    )


@pytest.mark.parametrize("classes", [2, 3])
def test_a_function_that_is_no_loss_is_refused_before_a_classifier_learns(classes, rng):
    X, y = rng.normal(size=(30, 2)), np.arange(30) % classes
    classifier = MLPClassifier(loss=lambda y, s: ((y - s) ** 2).mean() + 0 * s[:, 0])
    with pytest.raises(ValueError, match="another loss if the other rows change"):
        classifier.fit(X, y)
    assert not hasattr(classifier, "coefs_")

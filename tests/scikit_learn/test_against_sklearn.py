"""With equal parameters, results are those of scikit-learn, fitted in the test."""

import numpy as np
import pytest
import sklearn.discriminant_analysis
import sklearn.linear_model
import sklearn.neural_network
from sklearn.model_selection import (
    RepeatedKFold,
    RepeatedStratifiedKFold,
    cross_val_score,
)
from versions import LIKE_THEIR_SVD, OTHER_PARAMETERS

import skmlp

CLASSIFICATION = ("iris", "wine", "breast_cancer", "digits")
# Digits have pixels that are zero in all rows.
CONSTANT_COLUMNS = pytest.mark.filterwarnings(
    "ignore::skmlp.discriminant_analysis.CollinearityWarning"
)
THEIRS = {
    "Perceptron": sklearn.linear_model.Perceptron,
    "LinearDiscriminantAnalysis": (
        sklearn.discriminant_analysis.LinearDiscriminantAnalysis
    ),
    "LogisticRegression": sklearn.linear_model.LogisticRegression,
    "MLPClassifier": sklearn.neural_network.MLPClassifier,
    "MLPRegressor": sklearn.neural_network.MLPRegressor,
}
PARAMETERS = {
    "Perceptron": {"random_state": 0},
    "LinearDiscriminantAnalysis": {},
    "LogisticRegression": {"max_iter": 1000},
    "MLPClassifier": {"max_iter": 40, "random_state": 0},
    "MLPRegressor": {
        "max_iter": 60,
        "learning_rate_init": 0.05,
        "random_state": 0,
    },
}
CASES = [
    (name, data)
    for name in THEIRS
    for data in (("diabetes",) if name == "MLPRegressor" else CLASSIFICATION)
]


@CONSTANT_COLUMNS
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("name", "data"), CASES, ids=str)
def test_cross_validated_scores_are_within_one_standard_error(name, data, bundled):
    X, y = bundled(data)
    folds = RepeatedKFold if name == "MLPRegressor" else RepeatedStratifiedKFold
    cv = folds(n_splits=5, n_repeats=1 if data == "digits" else 3, random_state=0)
    settings = [PARAMETERS[name]]
    if name == "Perceptron":
        # The score depends on the order of the rows, which the two packages draw
        # differently: only the mean over many orders can be compared.
        n_seeds = 8 if data == "digits" else 30
        settings = [{"random_state": seed} for seed in range(n_seeds)]
    ours, theirs = (
        np.array([cross_val_score(model(**s), X, y, cv=cv) for s in settings])
        for model in (getattr(skmlp, name), THEIRS[name])
    )
    # Standard error of one cross-validation: deviation of the scores of its folds.
    standard_error = np.mean(theirs.std(axis=1, ddof=1)) / theirs.shape[1] ** 0.5
    assert abs(ours.mean() - theirs.mean()) <= standard_error


@pytest.mark.parametrize("data", CLASSIFICATION)
def test_lbfgs_coefficients_agree_with_scikit_learn(data, bundled):
    X, y = bundled(data)
    settings = {"tol": 1e-10, "max_iter": 10_000}
    ours = skmlp.LogisticRegression(**settings).fit(X, y)
    theirs = sklearn.linear_model.LogisticRegression(**settings).fit(X, y)
    scale = np.abs(theirs.coef_).max()
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=1e-5 * scale)
    np.testing.assert_allclose(
        ours.intercept_, theirs.intercept_, rtol=0, atol=1e-5 * scale
    )


@CONSTANT_COLUMNS
@pytest.mark.parametrize("standardised", [True, False], ids=["standardised", "raw"])
@pytest.mark.parametrize("data", CLASSIFICATION)
def test_lda_coefficients_agree_with_scikit_learn(data, standardised, bundled):
    X, y = bundled(data)
    if not standardised:
        X = getattr(sklearn.datasets, f"load_{data}")().data
    ours = skmlp.LinearDiscriminantAnalysis(**LIKE_THEIR_SVD).fit(X, y)
    theirs = THEIRS["LinearDiscriminantAnalysis"]().fit(X, y)
    for name in ("coef_", "intercept_"):
        expected = getattr(theirs, name)
        np.testing.assert_allclose(
            getattr(ours, name), expected, rtol=0, atol=1e-8 * np.abs(expected).max()
        )


TRAINING = {
    "adam": {},
    "sgd with momentum": {"solver": "sgd", "learning_rate_init": 0.05},
    "sgd without momentum": {"solver": "sgd", "momentum": 0.0, "activation": "tanh"},
    "plain momentum": {"solver": "sgd", "nesterovs_momentum": False},
    "invscaling": {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.1},
    "two layers": {"hidden_layer_sizes": (8, 5), "activation": "logistic"},
    "no hidden layer": {"hidden_layer_sizes": ()},
    "in order": {"shuffle": False, "batch_size": 17, "alpha": 1.0},
    "lbfgs": {"solver": "lbfgs", "max_iter": 15, "hidden_layer_sizes": (5,)},
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("setting", TRAINING)
def test_networks_take_the_same_steps_as_scikit_learn(setting, weighted, bundled):
    X, y = bundled("wine")
    weight = np.random.default_rng(0).uniform(0.5, 2, size=len(y)) if weighted else None
    settings = {"max_iter": 12, "batch_size": 32, "random_state": 3}
    settings |= TRAINING[setting]
    if setting == "lbfgs":
        del settings["batch_size"]
    ours = skmlp.MLPClassifier(**settings).fit(X, y, weight)
    theirs = THEIRS["MLPClassifier"](**settings).fit(X, y, weight)
    for our_weights, their_weights in zip(ours.coefs_, theirs.coefs_, strict=True):
        np.testing.assert_allclose(our_weights, their_weights, rtol=1e-5, atol=1e-6)
    assert ours.loss_curve_[-1] == pytest.approx(theirs.loss_, rel=1e-6)
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-4, atol=1e-6
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_regressors_take_the_same_steps_as_scikit_learn(loss, bundled):
    X, y = bundled("diabetes")
    settings = {"loss": loss, "max_iter": 8, "random_state": 0}
    ours = skmlp.MLPRegressor(**settings).fit(X, y)
    theirs = THEIRS["MLPRegressor"](**settings).fit(X, y)
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-10)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-8)


def test_constructors_have_the_parameters_of_scikit_learn_in_their_order():
    import inspect

    for name, theirs in THEIRS.items():
        if name in OTHER_PARAMETERS:
            continue
        ours = inspect.signature(getattr(skmlp, name).__init__).parameters
        expected = inspect.signature(theirs.__init__).parameters
        for mine, reference in zip(
            list(ours.values()), list(expected.values()), strict=False
        ):
            assert mine.name == reference.name, name
            assert mine.default == reference.default, f"{name}.{mine.name}"
            assert mine.kind == reference.kind, f"{name}.{mine.name}"
        assert set(expected) <= set(ours), name


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_fitted_estimators_have_the_public_attributes_of_scikit_learn(bundled):
    for name, theirs in THEIRS.items():
        X, y = bundled("diabetes" if name == "MLPRegressor" else "wine")
        fitted = theirs(**PARAMETERS[name]).fit(X, y)
        public = {
            key for key in vars(fitted) if key.endswith("_") and not key.startswith("_")
        }
        ours = getattr(skmlp, name)(**PARAMETERS[name]).fit(X, y)
        assert public <= set(vars(ours)), name
        methods = {
            key
            for key in dir(theirs)
            if not key.startswith("_") and callable(getattr(theirs, key, None))
        }
        assert methods <= set(dir(ours)), name

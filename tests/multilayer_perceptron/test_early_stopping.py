"""Early stopping: by the loss without label smoothing, and by a short name."""

import numpy as np
import pytest
from fitted_networks import same_weights
from sklearn.base import clone
from sklearn.metrics import log_loss

from skmlp import MLPClassifier, MLPRegressor
from skmlp.losses import LogLoss

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SHORT = {"hidden_layer_sizes": (8,), "max_iter": 40, "random_state": 0}
BY_LOSS = {"scoring": "loss", "validation_fraction": 0.2, "n_iter_no_change": 30}


def fit_and_validate(make, split, **settings):
    """Return a network fitted to wine or diabetes, with that part's validation rows."""
    data = "wine" if make is MLPClassifier else "diabetes"
    X, y, X_val, y_val = split(data)
    network = make(**SHORT | settings).fit(X, y)
    return network, X_val, y_val


@pytest.mark.parametrize("make", [MLPClassifier, MLPRegressor])
def test_the_short_name_is_the_setting_by_the_loss(make, split):
    short, *_ = fit_and_validate(make, split, early_stopping="loss")
    long, *_ = fit_and_validate(make, split, early_stopping=True, **BY_LOSS)
    same_weights(short, long)
    assert short.validation_scores_ == long.validation_scores_
    assert short.best_validation_score_ == max(short.validation_scores_)
    assert clone(short).early_stopping == "loss"


@pytest.mark.parametrize(
    "own",
    [
        {"validation_fraction": 0.3},
        {"n_iter_no_change": 2},
        {"n_iter_no_change": np.inf},
        {"scoring": "f1_macro"},
        {"scoring": lambda network, X, y: network.score(X, y)},
    ],
    ids=["fraction", "patience", "no patience", "scorer", "callable"],
)
def test_what_the_user_chose_stays(own, split):
    short, *_ = fit_and_validate(MLPClassifier, split, early_stopping="loss", **own)
    long, *_ = fit_and_validate(
        MLPClassifier, split, early_stopping=True, **BY_LOSS | own
    )
    same_weights(short, long)
    assert short.n_iter_ == long.n_iter_
    assert {name: short.get_params()[name] for name in own} == own


def test_the_short_name_also_works_for_streams_and_lbfgs(split):
    X, y, X_val, y_val = split("wine")
    given = {"X_val": X_val, "y_val": y_val}
    for settings in ({"solver": "lbfgs", "max_iter": 100}, {"max_iter": 300}):
        settings = SHORT | {"learning_rate_init": 0.05} | settings
        short = MLPClassifier(early_stopping="loss", **settings).fit(X, y, **given)
        long = MLPClassifier(early_stopping=True, **BY_LOSS, **settings)
        same_weights(short, long.fit(X, y, **given))
        assert short.best_validation_score_ == max(short.validation_scores_)
    stream = MLPClassifier(early_stopping="loss", **settings)
    for _ in range(short.n_iter_ + 5):
        stream.partial_fit(X, y, classes=range(3), **given)
    assert len(stream.validation_scores_) == short.n_iter_
    same_weights(stream, short)
    with pytest.raises(ValueError, match="early_stopping='loss' without rows"):
        MLPClassifier(early_stopping="loss").partial_fit(X, y, classes=range(3))


@pytest.mark.parametrize("value", ["score", "Loss", 3, None])
def test_other_values_are_refused_by_name(value):
    with pytest.raises(ValueError, match="'early_stopping' parameter"):
        MLPClassifier(early_stopping=value).fit([[0.0], [1.0]], [0, 1])


def test_of_epochs_with_equal_scores_the_last_is_kept(split):
    X, y, X_val, y_val = split("wine")
    scores = [0.1, 0.5, 0.2, 0.5, 0.5, 0.3, 0.4, 0.4]
    settings = SHORT | {"early_stopping": True, "tol": 0.0}
    last = iter(scores)
    best = MLPClassifier(
        scoring=lambda *rows: next(last), n_iter_no_change=3, **settings
    ).fit(X, y, X_val=X_val, y_val=y_val)
    assert best.validation_scores_ == scores
    assert best.best_validation_score_ == 0.5
    five = MLPClassifier(**SHORT | {"max_iter": 5, "restore_best": False}).fit(X, y)
    same_weights(best, five)


# Targets of both kinds of smoothed losses, and of several labels per row.
SMOOTHED = {
    "binary": lambda y: y > 0,
    "multiclass": lambda y: y,
    "multilabel": lambda y: np.c_[y == 0, y == 1].astype(int),
    "multioutput": lambda y: np.c_[y, (y + 1) % 3],
}


def true_loss(network, X, y):
    """Return the sum over the columns of y of their log loss, by scikit-learn."""
    proba = network.predict_proba(X)
    if isinstance(proba, list):
        return sum(log_loss(y[:, k], proba[k]) for k in range(y.shape[1]))
    if y.ndim == 2:
        return sum(
            log_loss(y[:, k], proba[:, k], labels=[0, 1]) for k in range(y.shape[1])
        )
    return log_loss(y, proba)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("kind", SMOOTHED)
def test_the_validation_loss_is_that_of_the_true_labels(kind, solver, split):
    X, y, X_val, y_val = split("wine")
    y, y_val = SMOOTHED[kind](y), SMOOTHED[kind](y_val)
    settings = SHORT | {"solver": solver, "early_stopping": True, "scoring": "loss"}
    settings |= {"loss": LogLoss(label_smoothing=0.3), "max_iter": 20}
    network = MLPClassifier(**settings).fit(X, y, X_val=X_val, y_val=y_val)
    expected = true_loss(network, X_val, y_val)
    assert network.best_validation_score_ == pytest.approx(-expected)
    history = network.history_
    np.testing.assert_allclose(history["validation_loss"], -history["validation_score"])
    assert network.validation_scores_ == history["validation_score"].tolist()


def test_the_training_loss_is_still_the_smoothed_one(split):
    X, y, *_ = split("wine")
    network = MLPClassifier(
        loss=LogLoss(label_smoothing=0.3), alpha=0.0, **SHORT | {"max_iter": 3}
    ).fit(X, y)
    log_p = network.predict_log_proba(X)
    smoothed = -0.7 * log_p[np.arange(len(y)), y].mean() - 0.3 * log_p.mean()
    assert network.loss_ == pytest.approx(smoothed)


def test_the_loss_of_true_labels_is_that_of_scikit_learns_scorer(split):
    X, y, X_val, y_val = split("wine")
    settings = SHORT | {"loss": LogLoss(label_smoothing=0.3), "max_iter": 5}
    by_loss, by_name = (
        MLPClassifier(scoring=scoring, **settings).fit(X, y, X_val=X_val, y_val=y_val)
        for scoring in ("loss", "neg_log_loss")
    )
    np.testing.assert_allclose(by_loss.validation_scores_, by_name.validation_scores_)

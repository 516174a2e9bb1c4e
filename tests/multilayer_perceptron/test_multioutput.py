"""Networks for several columns of class labels (multioutput)."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier

from skmlp import MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
PARITY = np.array(["even", "odd"])


@pytest.fixture
def digits(bundled):
    """Return X, and for each row the digit modulo 3, its parity and its size."""
    X, y = bundled("digits")
    size = np.where(y > 4, "large", "small")
    return X, np.stack([(y % 3).astype(str), PARITY[y % 2], size], axis=1)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("loss", ["log_loss", "focal_loss", "hinge"])
def test_several_labels_a_row_are_learnt_at_once(solver, loss, digits):
    X, Y = digits
    X, Y, X_test, Y_test = X[:1200], Y[:1200], X[1200:], Y[1200:]
    settings = {"learning_rate_init": 0.02, "batch_size": 50, "max_iter": 20}
    network = MLPClassifier((30,), solver=solver, loss=loss, random_state=0, **settings)
    predicted = network.fit(X, Y).predict(X_test)
    assert predicted.dtype == Y.dtype
    right = predicted == Y_test
    assert right.mean(axis=0).min() > 0.9
    assert network.score(X_test, Y_test) == right.all(axis=1).mean()
    weight = 1.0 + np.arange(len(Y_test)) % 3
    expected = np.average(right.all(axis=1), weights=weight)
    assert network.score(X_test, Y_test, weight) == pytest.approx(expected)
    assert [list(classes) for classes in network.classes_] == [
        ["0", "1", "2"],
        ["even", "odd"],
        ["large", "small"],
    ]
    assert network.n_outputs_ == 7


def test_probabilities_are_a_list_with_an_array_a_label(digits):
    X, Y = (part[:600] for part in digits)
    network = MLPClassifier((8,), max_iter=5).fit(X, Y)
    probabilities = network.predict_proba(X)
    assert [p.shape for p in probabilities] == [(600, 3), (600, 2), (600, 2)]
    for column, p in enumerate(probabilities):
        np.testing.assert_allclose(p.sum(axis=1), 1)
        most_probable = network.classes_[column][p.argmax(axis=1)]
        np.testing.assert_array_equal(most_probable, network.predict(X)[:, column])
        log_p = network.predict_log_proba(X)[column]
        np.testing.assert_allclose(np.exp(log_p), p, rtol=1e-12)
    assert np.isfinite(network.predict_log_proba(1e6 * X)[0]).all()


def test_without_hidden_layers_the_labels_are_learnt_as_if_alone(bundled):
    X, y = bundled("wine")
    Y = np.stack([y, np.minimum(y, 1), np.roll(y, 50)], axis=1)
    settings = {"solver": "lbfgs", "max_iter": 2000, "tol": 1e-7}
    ours = MLPClassifier((), alpha=4.0, **settings).fit(X, Y)
    theirs = MultiOutputClassifier(MLPClassifier((), alpha=4.0, **settings)).fit(X, Y)
    # For two classes, alpha on both scores equals alpha / 2 on their difference.
    theirs.estimators_[1] = MLPClassifier((), alpha=2.0, **settings).fit(X, Y[:, 1])
    for mine, other in zip(ours.predict_proba(X), theirs.predict_proba(X), strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-3)


def test_labels_of_one_class_are_certain(bundled):
    X, y = bundled("iris")
    Y = np.stack([y, np.full_like(y, 7)], axis=1)
    network = MLPClassifier((4,), max_iter=3).fit(X, Y)
    assert (network.predict(X)[:, 1] == 7).all()
    assert (network.predict_proba(X)[1] == 1).all()


def test_columns_of_two_numbers_that_are_not_0_and_1_are_labels(bundled):
    X, y = bundled("iris")
    Y = np.stack([1 + (y > 0), 1 + (y > 1)], axis=1)
    network = MLPClassifier((8,), max_iter=100, learning_rate_init=0.02).fit(X, Y)
    assert set(network.predict(X).ravel()) == {1, 2}
    assert network.score(X, Y) > 0.9


def test_a_stream_of_several_labels_needs_all_their_classes_first(digits):
    X, Y = (part[:600] for part in digits)
    classes = [np.unique(column) for column in Y.T]
    stream = MLPClassifier((20,), random_state=0, batch_size=32)
    stream.set_params(learning_rate_init=0.01)
    for _ in range(10):
        for rows in np.array_split(np.arange(600), 3):
            stream.partial_fit(X[rows], Y[rows], classes=classes)
    assert stream.score(X, Y) > 0.9
    whole = MLPClassifier((20,), random_state=0, max_iter=3).fit(X, Y)
    parts = clone(whole).set_params(max_iter=1)
    for _ in range(3):
        parts.partial_fit(X, Y, classes=classes)
    np.testing.assert_array_equal(whole.loss_curve_, parts.loss_curve_)
    with pytest.raises(ValueError, match="not the same as on the last call"):
        stream.partial_fit(X, Y, classes=classes[::-1])
    with pytest.raises(ValueError, match="classes not in"):
        stream.partial_fit(X, np.char.upper(Y))
    with pytest.raises(ValueError, match="y has 2 columns of labels; 3 were learnt"):
        stream.partial_fit(X, Y[:, :2])
    with pytest.raises(ValueError, match="y has one label a row"):
        stream.partial_fit(X, Y[:, 0])


def test_validation_and_early_stopping_know_several_labels(digits):
    X, Y = (part[:600] for part in digits)
    network = MLPClassifier(
        (20,), early_stopping=True, batch_size=20, max_iter=15, random_state=0
    ).fit(X[:400], Y[:400], X_val=X[400:500], y_val=Y[400:500])
    score = network.score(X[400:500], Y[400:500])
    assert score == network.best_validation_score_ > 0.5
    probabilities = network.predict_proba(X[400:500])
    best = int(np.argmax(network.validation_scores_))
    cost = -sum(
        np.log(p[np.arange(100), np.searchsorted(classes, labels)]).mean()
        for p, classes, labels in zip(
            probabilities, network.classes_, Y[400:500].T, strict=True
        )
    )
    assert network.history_["validation_loss"][best] == pytest.approx(cost)
    aside = clone(network).set_params(max_iter=1).fit(X, Y)
    assert len(aside._training.state.validation_rows) == 60


def test_several_labels_take_part_in_a_grid_search(digits):
    X, Y = (part[:600] for part in digits)
    search = GridSearchCV(
        MLPClassifier((10,), learning_rate_init=0.02, max_iter=10, random_state=0),
        {"alpha": [1e-4, 1e4]},
        cv=2,
    ).fit(X, Y)
    assert search.best_params_ == {"alpha": 1e-4}
    assert search.best_score_ > 0.6


def test_warm_starts_keep_the_classes_of_several_labels(digits):
    X, Y = (part[:600] for part in digits)
    settings = {"hidden_layer_sizes": (5,), "random_state": 0}
    whole = MLPClassifier(max_iter=4, **settings).fit(X, Y)
    halves = MLPClassifier(max_iter=2, warm_start=True, **settings)
    assert halves.fit(X, Y).fit(X, Y).loss_curve_ == whole.loss_curve_
    with pytest.raises(ValueError, match="same classes"):
        halves.fit(X, np.char.upper(Y))


def test_class_weights_of_several_labels_a_row_are_refused(digits):
    X, Y = (part[:600] for part in digits)
    with pytest.raises(ValueError, match=r"several labels.*sample_weight"):
        MLPClassifier(class_weight="balanced").fit(X, Y)

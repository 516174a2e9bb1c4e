"""Sample weights and class weights of networks."""

import numpy as np
import pytest
from fitted_networks import SOLVERS, same_weights, weights_of
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import recall_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skmlp import LogisticRegression, MLPClassifier

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_zero_weight_rows_are_as_if_they_were_not_there(bundled):
    X, y = bundled("wine")
    weight = np.ones(len(y))
    weight[::3] = 0
    settings = {"batch_size": 16, "max_iter": 5, "random_state": 0}
    weighted = MLPClassifier(**settings).fit(X, y, weight)
    dropped = MLPClassifier(**settings).fit(X[weight > 0], y[weight > 0])
    same_weights(weighted, dropped)


@pytest.mark.parametrize("solver", ["lbfgs", "gd", "adam"])
@pytest.mark.parametrize("alpha", [0.0, 1.0])
def test_a_weight_of_k_equals_k_copies_over_the_whole_batch(solver, alpha, bundled):
    X, y = bundled("wine")
    copies = np.arange(len(y)) % 4
    settings = {"alpha": alpha, "max_iter": 15, "random_state": 0, "tol": 0.0}
    # 'lbfgs' and 'gd' always use all rows; 'adam' does if one batch has them all.
    weighted, repeated = (
        MLPClassifier((8,), solver=solver, **settings).set_params(
            **({"batch_size": n, "shuffle": False} if solver == "adam" else {})
        )
        for n in (np.count_nonzero(copies), copies.sum())
    )
    weighted.fit(X, y, copies)
    repeated.fit(np.repeat(X, copies, axis=0), np.repeat(y, copies))
    np.testing.assert_allclose(
        weights_of(weighted), weights_of(repeated), rtol=1e-6, atol=1e-9
    )


def test_class_weights_raise_the_recall_of_the_minority():
    X, y = load_breast_cancer(return_X_y=True)
    rng = np.random.default_rng(0)
    malignant = rng.permutation(np.flatnonzero(y == 0))
    rows = np.concatenate([np.flatnonzero(y == 1), malignant[:60]])
    X = StandardScaler().fit_transform(X)[:, [1, 4]]  # texture and smoothness
    train, test = train_test_split(rows, stratify=y[rows], random_state=0)
    recall = {}
    for class_weight in (None, "balanced", {0: 20.0}):
        network = MLPClassifier(
            (8,),
            class_weight=class_weight,
            learning_rate_init=0.02,
            max_iter=60,
            random_state=0,
        ).fit(X[train], y[train])
        predicted = network.predict(X[test])
        recall[str(class_weight)] = recall_score(y[test], predicted, pos_label=0)
    assert recall["balanced"] > recall["None"] + 0.1
    assert recall["{0: 20.0}"] > recall["None"] + 0.1


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("class_weight", ["balanced", {0: 3.0, 2: 0.0}], ids=str)
def test_class_weights_are_weights_of_the_rows(solver, class_weight, bundled):
    X, y = bundled("wine")
    own = 1.0 + np.arange(len(y)) % 3
    shares = {k: len(y) / (3 * np.count_nonzero(y == k)) for k in range(3)}
    if class_weight == "balanced":  # computed from the sample weights
        shares = {k: own.sum() / (3 * own[y == k].sum()) for k in range(3)}
    else:
        shares = {1: 1.0} | class_weight
    settings = {"solver": solver, "max_iter": 5, "random_state": 0}
    ours = MLPClassifier((5,), class_weight=class_weight, **settings).fit(X, y, own)
    rows = own * np.array([shares[label] for label in y])
    theirs = MLPClassifier((5,), **settings).fit(X, y, rows)
    np.testing.assert_allclose(weights_of(ours), weights_of(theirs), rtol=1e-9)


def test_class_weights_of_logistic_regression_are_those_of_a_network(bundled):
    X, y = bundled("breast_cancer")
    linear = LogisticRegression(C=1.0, class_weight="balanced", tol=1e-10).fit(X, y)
    network = MLPClassifier(
        (), solver="lbfgs", alpha=1.0, class_weight="balanced", tol=1e-8, max_iter=500
    ).fit(X, y)
    np.testing.assert_allclose(network.coefs_[0][:, 0], linear.coef_[0], atol=2e-3)


def test_partial_fit_balances_the_classes_by_all_rows_seen_so_far(bundled):
    X, y = bundled("iris")
    X, y = np.vstack([X[:50], X[50:70]]), np.repeat([0, 1], [50, 20])
    parts = np.r_[0:40], np.r_[40:70]
    settings = {"random_state": 0, "shuffle": False}
    balanced = MLPClassifier((4,), class_weight="balanced", **settings)
    by_hand = MLPClassifier((4,), **settings)
    seen = np.zeros(2)
    for rows in parts:
        balanced.partial_fit(X[rows], y[rows], classes=[0, 1])
        seen += np.bincount(y[rows], minlength=2)
        present = np.count_nonzero(seen)
        weight = seen.sum() / (present * seen[y[rows]])
        by_hand.partial_fit(X[rows], y[rows], weight, classes=[0, 1])
    np.testing.assert_allclose(weights_of(balanced), weights_of(by_hand), rtol=1e-9)


def test_class_weights_of_several_labels_a_row_are_refused(bundled):
    X, _ = bundled("iris")
    Y = (X[:, :2] > 0).astype(int)
    with pytest.raises(ValueError, match=r"several labels.*sample_weight"):
        MLPClassifier(class_weight="balanced").fit(X, Y)
    with pytest.raises(ValueError, match="class_weight"):
        MLPClassifier(class_weight="balance").fit(X, Y[:, 0])
    with pytest.raises(ValueError, match="leaves no row a weight"):
        MLPClassifier(class_weight={0: 0, 1: 0}).fit(X, Y[:, 0])

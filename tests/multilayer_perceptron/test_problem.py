"""Targets of a network: encoding, weights and score; and validation rows."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils.class_weight import compute_class_weight

from skmlp import MLPClassifier
from skmlp.losses import Loss
from skmlp.multilayer_perceptron.numeric_targets import NumericTargets
from skmlp.multilayer_perceptron.problem import (
    EncodedRows,
    NetworkProblem,
    TargetEncoding,
    ValidationArguments,
)
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

PLAIN = {"loss": "log_loss", "class_weight": None}
COLUMNS = np.array([["a", "x"], ["b", "z"], ["b", "y"], ["a", "x"], ["b", "x"]])

# Labels, their targets, the number of scores and the name of the loss.
LABELS = {
    "binary": (
        np.array(["no", "yes", "yes", "no", "no"]),
        [[0], [1], [1], [0], [0]],
        1,
        "BinaryLogLoss",
    ),
    "multiclass": (np.array([5, 2, 2, 9, 5]), [1, 0, 0, 2, 1], 3, "MultinomialLogLoss"),
    "multilabel": (
        np.array([[1, 0, 0], [0, 0, 0], [1, 1, 1], [0, 1, 0], [0, 0, 1]]),
        [[1, 0, 0], [0, 0, 0], [1, 1, 1], [0, 1, 0], [0, 0, 1]],
        3,
        "BinaryLogLoss",
    ),
    "multioutput": (COLUMNS, [[0, 0], [1, 2], [1, 1], [0, 0], [1, 0]], 5, "PerColumn"),
    "one class": (np.array([3, 3, 3, 3, 3]), [[0]] * 5, 1, "BinaryLogLoss"),
}
over_labels = pytest.mark.parametrize("kind", LABELS)


def learnt(y, **settings):
    return TargetEncoding.learn(y, **(PLAIN | settings))


def decoded(kind, scores):
    """Return the labels of the highest scores, without the package."""
    if kind == "multilabel":
        return (scores > 0).astype(int)
    if kind == "multioutput":
        first, second = scores[:, :2].argmax(axis=1), scores[:, 2:].argmax(axis=1)
        return np.stack([np.array(["a", "b"])[first], np.array(list("xyz"))[second]], 1)
    classes = np.unique(LABELS[kind][0])
    if kind == "multiclass":
        return classes[scores.argmax(axis=1)]
    return classes[np.minimum(scores[:, 0] > 0, len(classes) - 1).astype(int)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@over_labels
def test_labels_become_what_the_loss_takes(kind, dtype):
    y, expected, n_scores, loss = LABELS[kind]
    encoding = learnt(y)
    targets = encoding.encode(y, dtype)
    np.testing.assert_array_equal(targets, expected)
    assert targets.dtype == (dtype if targets.ndim == 2 else np.intp)
    np.testing.assert_array_equal(encoding.encode_validation(y, dtype), targets)
    assert encoding.n_outputs == n_scores
    assert type(encoding.loss).__name__ == loss
    encoding.check(targets)


@over_labels
def test_the_loss_suits_the_scores(kind, rng):
    y, _, n_scores, _ = LABELS[kind]
    encoding = learnt(y)
    scores = rng.normal(size=(5, n_scores))
    targets = encoding.encode(y, np.float64)
    values, gradient = encoding.loss.value_and_gradient(targets, scores)
    assert values.shape == (5,)
    step = 1e-6 * np.eye(n_scores)
    differences = [
        encoding.loss.value_and_gradient(targets, scores + e)[0]
        - encoding.loss.value_and_gradient(targets, scores - e)[0]
        for e in step
    ]
    np.testing.assert_allclose(gradient, np.stack(differences, 1) / 2e-6, atol=1e-8)


@pytest.mark.parametrize("weighted", [False, True])
@over_labels
def test_the_score_is_the_share_of_rows_with_all_labels_right(kind, weighted, rng):
    y, _, n_scores, _ = LABELS[kind]
    encoding = learnt(y)
    targets = encoding.encode(y, np.float64)
    weight = rng.uniform(size=5) if weighted else None
    seen = set()
    for _ in range(20):
        scores = rng.normal(size=(5, n_scores))
        right = decoded(kind, scores) == y
        right = right if right.ndim == 1 else right.all(axis=1)
        expected = accuracy_score(np.ones(5), right, sample_weight=weight)
        assert encoding.score(scores, targets, weight) == pytest.approx(expected)
        seen.add(expected)
    assert len(seen) > 1 or kind == "one class"


@pytest.mark.parametrize("class_weight", ["balanced", {5: 2.0, 9: 0.5}])
@pytest.mark.parametrize("weighted", [False, True])
def test_rows_are_weighed_by_their_class_and_their_own_weight(weighted, class_weight):
    y, *_ = LABELS["multiclass"]
    own = np.array([1.0, 2.0, 0.5, 3.0, 1.0]) if weighted else None
    encoding = learnt(y, class_weight=class_weight)
    targets = encoding.encode(y, np.float64)
    weights = encoding.with_class_weights(targets, own).weigh(targets, own, float)
    classes = np.unique(y)
    of_class = compute_class_weight(class_weight, classes=classes, y=y)
    if weighted and class_weight == "balanced":
        of_class = own.sum() / (
            3 * np.array([own[y == label].sum() for label in classes])
        )
    expected = of_class[np.searchsorted(classes, y)] * (1.0 if own is None else own)
    np.testing.assert_allclose(weights, expected)


@over_labels
def test_without_class_weights_rows_have_their_own(kind):
    encoding, own = learnt(LABELS[kind][0]), np.arange(5.0)
    targets = encoding.encode(LABELS[kind][0], np.float64)
    assert encoding.with_class_weights(targets, own) is encoding
    assert encoding.weigh(targets, own, float) is own
    assert encoding.weigh(targets, None, float) is None


@pytest.mark.parametrize("kind", ["multilabel", "multioutput"])
def test_several_labels_a_row_have_no_class_weight(kind):
    y = LABELS[kind][0]
    encoding = learnt(y, class_weight="balanced")
    with pytest.raises(ValueError, match="pass sample_weight instead"):
        encoding.with_class_weights(encoding.encode(y, np.float64), None)


def test_class_weights_that_leave_no_row_are_refused():
    y, *_ = LABELS["binary"]
    encoding = learnt(y, class_weight={"no": 0.0, "yes": 0.0})
    targets = encoding.encode(y, np.float64)
    with pytest.raises(ValueError, match="leaves no row a weight above zero"):
        encoding.with_class_weights(targets, None).weigh(targets, None, float)


def test_balanced_class_weights_of_a_stream_count_all_its_rows_so_far(rng):
    y = rng.integers(3, size=40)
    stream, whole = learnt(y, class_weight="balanced"), None
    for rows in np.split(np.arange(40), [7, 20]):
        part = stream.for_partial_fit(y[rows], loss="log_loss", class_weight="balanced")
        stream = part.with_class_weights(part.encode(y[rows], np.float64), None)
        whole = y[: rows[-1] + 1]
        expected = compute_class_weight("balanced", classes=np.arange(3), y=whole)
        np.testing.assert_allclose(stream.weight_of_class, expected)
    y = np.repeat([0, 1, 2], [1, 5, 9])  # a new fit counts only its own rows
    again = stream.for_warm_start(y, loss="log_loss", class_weight="balanced")
    again = again.with_class_weights(again.encode(y, np.float64), None)
    np.testing.assert_allclose(again.weight_of_class, 15 / (3 * np.array([1, 5, 9])))
    # The class weights of the training rows apply to other rows.
    X = np.zeros((15, 2))
    objective = EmpiricalRisk(Network((2, 3)), again.loss, X, again.encode(y, float))
    problem = NetworkProblem(objective, again, None, None, None, None)
    others = EncodedRows(X[:2], y[:2], np.array([2, 0]), np.array([3.0, 1.0]))
    weights = problem.risk_of(others).sample_weight
    np.testing.assert_allclose(weights, [3 * 15 / 27, 15 / 3])


@over_labels
def test_another_fit_of_the_same_classes_may_ask_for_another_loss(kind):
    y, _, n_scores, _ = LABELS[kind]
    first = learnt(y)
    again = first.for_warm_start(y[::-1], loss="hinge", class_weight=None)
    assert again.encoding.same_as(first.encoding)
    assert again.n_outputs == n_scores
    assert type(again.loss) is type(learnt(y, loss="hinge").loss)
    assert again.loss.inverse_link == "identity"
    assert first.loss.inverse_link != "identity"


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("binary", np.array(["no", "maybe"])),
        ("multiclass", np.array([5, 2])),
        ("multiclass", np.eye(3, dtype=int)),
        ("multilabel", np.eye(4, dtype=int)),
        ("multilabel", np.array([0, 1, 2])),
        ("multioutput", COLUMNS[:2]),
        ("multioutput", COLUMNS[:, ::-1]),
    ],
)
def test_another_fit_of_other_classes_is_refused(kind, other):
    with pytest.raises(ValueError, match="same classes as in the previous call to fit"):
        learnt(LABELS[kind][0]).for_warm_start(other, **PLAIN)


@pytest.mark.parametrize(
    ("kind", "classes"),
    [
        ("binary", ["yes", "no"]),
        ("multiclass", [9, 2, 5]),
        ("multioutput", [["b", "a"], list("zyx")]),
    ],
    ids=str,
)
def test_classes_that_are_announced_are_those_of_all_rows(kind, classes):
    y, expected, n_scores, loss = LABELS[kind]
    classes = classes if kind == "multioutput" else np.unique(classes)
    announced = TargetEncoding.from_classes(classes)
    assert announced.loss is None
    assert announced.encoding.same_as(learnt(y).encoding)
    part = announced.for_partial_fit(y[:2], **PLAIN)  # few rows do not show all classes
    assert part.n_outputs == n_scores
    assert type(part.loss).__name__ == loss
    np.testing.assert_array_equal(part.encode(y, np.float64), expected)


@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array])
def test_columns_are_the_classes_of_a_stream_of_label_sets(form):
    y, *_ = LABELS["multilabel"]
    announced = TargetEncoding.from_classes(np.arange(3))
    part = announced.for_partial_fit(form(y[:2]), **PLAIN)
    assert part.encoding.kind == "multilabel"
    assert part.n_outputs == 3
    again = part.for_partial_fit(form(y[2:]), **PLAIN)
    np.testing.assert_array_equal(again.encode(form(y), np.float64), y)


@pytest.mark.parametrize(
    ("kind", "other", "message"),
    [
        ("binary", np.array(["maybe"]), "classes not in `self.classes_`"),
        ("multioutput", np.array([["c", "x"]]), "classes not in `self.classes_`"),
        ("multioutput", COLUMNS[:, :1], "y has 1 columns of labels; 2 were learnt"),
        ("multioutput", COLUMNS[:, 0], "y has one label a row"),
        ("multilabel", np.array([[1, 0]]), "one column for each label"),
        ("multilabel", np.eye(4, dtype=int), "one column for each label"),
        ("multiclass", np.array([[1, 0, 0], [1, 1, 0]]), "one column for each label"),
    ],
)
def test_rows_of_a_stream_with_other_classes_are_refused(kind, other, message):
    encoding = learnt(LABELS[kind][0])
    with pytest.raises(ValueError, match=message):
        encoding.for_partial_fit(other, **PLAIN)


@pytest.mark.parametrize("n_columns", [2, 4])
def test_a_network_refuses_label_sets_of_other_columns_than_the_stream_has(
    n_columns, rng
):
    X, y = rng.normal(size=(20, 4)), rng.integers(2, size=(20, 4))
    network = MLPClassifier((3,), random_state=0)
    network.partial_fit(X, y[:, :3], classes=[0, 1, 2])
    before = network.coefs_[0].copy()
    with pytest.raises(ValueError, match=r"give every part of a stream the same kind"):
        network.partial_fit(X, y[:, :n_columns])
    np.testing.assert_array_equal(network.coefs_[0], before)
    network.partial_fit(X, y[:, :3])


@pytest.mark.parametrize(
    ("kind", "y_val"),
    [
        ("binary", np.array(["no", "maybe"])),
        ("multiclass", np.array([5, 7])),
        ("multilabel", np.eye(4, dtype=int)),
        ("multioutput", np.array([["c", "x"]])),
    ],
)
def test_rows_to_validate_on_with_other_classes_are_refused(kind, y_val):
    with pytest.raises(ValueError, match="y_val must have no others"):
        learnt(LABELS[kind][0]).encode_validation(y_val, np.float64)


def test_rows_are_stratified_by_their_one_label():
    for kind, (y, expected, *_) in LABELS.items():
        encoding = learnt(y)
        labels = encoding.labels_to_stratify(encoding.encode(y, np.float64))
        if kind in ("multilabel", "multioutput"):
            assert labels is encoding.classes_of_a_row is None
        else:
            np.testing.assert_array_equal(labels, np.ravel(expected))
            np.testing.assert_array_equal(encoding.classes_of_a_row, np.unique(y))


# Numbers

ONE, TWO = np.array([1.0, 3.0, 2.0, 5.0]), np.array([[1.0, 2], [3, 1], [2, 0], [5, 9]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("y", [ONE, TWO], ids=["one", "two"])
def test_numbers_become_a_row_for_each_row(y, dtype):
    targets = NumericTargets.learn(y, loss="squared_error")
    encoded = targets.encode(y, dtype)
    np.testing.assert_array_equal(encoded, y.reshape(4, -1))
    assert encoded.dtype == dtype
    assert targets.n_outputs == encoded.shape[1]
    np.testing.assert_array_equal(targets.encode_validation(y, dtype), encoded)
    assert targets.classes_of_a_row is targets.labels_to_stratify(encoded) is None


def test_a_loss_may_have_several_scores_for_a_number():
    several = Loss.table["gaussian_nll"]()
    assert NumericTargets.learn(TWO, loss=several).n_outputs == 4
    assert NumericTargets.learn(TWO, loss="gaussian_nll").n_targets == 2


@pytest.mark.parametrize("weight", [None, np.array([1.0, 2.0, 0.0, 4.0])])
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_the_score_of_numbers_is_the_r2_of_their_means(loss, weight, rng):
    scores = rng.normal(size=(4, 2))
    targets = NumericTargets.learn(TWO, loss=loss)
    means = np.exp(scores) if loss == "poisson" else scores
    expected = r2_score(TWO, means, sample_weight=weight)
    assert targets.score(scores, TWO, weight) == pytest.approx(expected)
    assert targets.with_class_weights(TWO, weight) is targets
    assert targets.weigh(TWO, weight, float) is weight


def test_numbers_outside_the_range_of_the_loss_are_refused():
    targets = NumericTargets.learn(ONE, loss="poisson")
    targets.check(targets.encode(ONE, np.float64))
    with pytest.raises(ValueError, match="poisson"):
        targets.check(targets.encode(-ONE, np.float64))


def test_rows_to_validate_on_need_as_many_numbers():
    targets = NumericTargets.learn(TWO, loss="squared_error")
    with pytest.raises(ValueError, match="y_val has 1 targets per row, y has 2"):
        targets.encode_validation(ONE, np.float64)


# Rows


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ("X_val", "y_val"),
        ("y_val", "X_val"),
        ("sample_weight_val", "X_val and y_val"),
        ("X_val, sample_weight_val", "y_val"),
    ],
)
def test_rows_to_validate_on_come_with_their_targets(given, missing):
    names = ("X_val", "y_val", "sample_weight_val")
    arguments = [np.ones(2) if name in given else None for name in names]
    words = given.replace(", ", " and ")
    with pytest.raises(ValueError, match=f"^{words} came without {missing}; pass"):
        ValidationArguments(*arguments)


def test_rows_to_validate_on_are_there_or_not():
    assert not ValidationArguments(None, None, None)
    assert ValidationArguments(np.ones((2, 1)), np.ones(2), None)


@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_array])
def test_rows_are_taken_with_all_that_is_theirs(form):
    X = np.arange(8.0).reshape(4, 2)
    rows = EncodedRows(form(X), ONE, TWO, None).take([2, 0])
    taken = rows.X.toarray() if form is not np.asarray else rows.X
    np.testing.assert_array_equal(taken, X[[2, 0]])
    np.testing.assert_array_equal(rows.y, ONE[[2, 0]])
    np.testing.assert_array_equal(rows.targets, TWO[[2, 0]])
    assert rows.sample_weight is None


@pytest.mark.parametrize(
    ("weight", "numbers"), [(None, [0, 1, 2, 3]), ([1.0, 0.0, 2.0, 0.0], [0, 2])]
)
def test_a_row_of_no_weight_is_not_there_and_others_are_weighed_alike(weight, numbers):
    weight = None if weight is None else np.array(weight)
    X, targets = np.arange(8.0).reshape(4, 2), NumericTargets.learn(ONE, loss="poisson")
    objective = EmpiricalRisk(
        Network((2, 1)), targets.loss, X, ONE[:, np.newaxis], weight, l2=3.0
    )
    problem = NetworkProblem(objective, targets, None, None, None, None)
    np.testing.assert_array_equal(problem.row_numbers, numbers)
    assert not problem.validates
    rows = EncodedRows(X, ONE, ONE[:, np.newaxis], np.array([1.0, 2.0, 3.0, 4.0]))
    risk = problem.risk_of(rows)
    parameters = np.array([0.1, -0.2, 0.3])
    scores = X @ parameters[:2] + 0.3
    values, _ = targets.loss.value_and_gradient(ONE[:, None], scores[:, None])
    expected = np.average(values, weights=[1, 2, 3, 4])  # without the penalty
    assert risk.value_and_gradient(parameters)[0] == pytest.approx(expected)

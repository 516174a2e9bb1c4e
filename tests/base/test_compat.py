"""Helpers that stand in for those of scikit-learn 1.9 give what it gives.

Each test also runs with the stand-ins for older versions, whichever is installed.
"""

import ast
import importlib.util
import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import sklearn
from versions import HAS_CALLBACKS

import skmlp
from skmlp.base import compat as installed
from skmlp.base.availability import UnavailableError

PACKAGE = Path(skmlp.__file__).parent


def as_with(version):
    """Return the module `compat` as it is with another version of scikit-learn."""
    specification = importlib.util.spec_from_file_location("compat", installed.__file__)
    module = importlib.util.module_from_spec(specification)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sklearn, "__version__", version)
        specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=["installed", "1.7.2", "1.8.0"])
def compat(request):
    if request.param == "installed":
        return installed
    version = tuple(map(int, request.param.split(".")[:2]))
    if version > installed.SKLEARN_VERSION:
        pytest.skip(f"scikit-learn is older than {request.param}")
    return as_with(request.param)


@pytest.mark.parametrize("version", ["1.7.2", "1.7rc1", "1.7.dev0"])
def test_the_version_is_read(version):
    assert as_with(version).SKLEARN_VERSION == (1, 7)


@pytest.mark.parametrize(
    ("y", "kind"),
    [
        (np.arange(30), "multiclass"),
        (np.arange(30.0) / 7, "continuous"),
        (np.arange(30) % 2, "binary"),
        (np.eye(3, dtype=int), "multilabel-indicator"),
        (np.arange(60).reshape(30, 2), "multiclass-multioutput"),
    ],
)
def test_the_kind_of_a_target_comes_without_a_warning(compat, y, kind):
    assert compat.type_of_target(y, input_name="y") == kind


@pytest.mark.parametrize("dtype", [int, float, str])
@pytest.mark.parametrize(
    ("n_rows", "n_classes", "warned"),
    [(30, 30, True), (30, 16, True), (30, 15, False), (20, 20, False), (60, 2, False)],
)
def test_more_classes_than_half_of_the_rows_are_warned_of(
    compat, dtype, n_rows, n_classes, warned
):
    y = (np.arange(n_rows) % n_classes).astype(dtype)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        compat.check_classification_targets(y)
    texts = [str(each.message) for each in caught]
    assert len(texts) == warned
    assert all("greater than 50% of the number of samples" in text for text in texts)


def test_numbers_are_no_classes(compat):
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        compat.check_classification_targets(np.array([0.5, 1.5, 2.5]))


X = np.ones((4, 2))


@pytest.mark.parametrize(
    ("weight", "expected"),
    [(None, [1, 1, 1, 1]), (2, [2, 2, 2, 2]), ([0, 1, 2, 3], [0, 1, 2, 3])],
)
def test_weights_come_one_for_each_row(compat, weight, expected):
    weights = compat.check_sample_weight(weight, X, dtype=np.float32)
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, expected)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([0, 0, 0, 0], "must contain at least one non-zero number"),
        (0, "must contain at least one non-zero number"),
        ([[1, 1, 1, 1]], r"got 2D array\. Expected .* 1D array of length 4"),
        ([1, 1, 1], r"sample_weight.shape == \(3,\), expected \(4,\)"),
        ([1, 1, 1, np.nan], "NaN"),
        ([1, 1, 1, -1], "Negative values"),
    ],
)
def test_weights_are_refused_by_the_rules_of_scikit_learn_1_9(compat, weight, message):
    with pytest.raises(ValueError, match=message):
        compat.check_sample_weight(weight, X, ensure_non_negative=True)


def test_metadata_routed_by_hand_have_an_entry_for_every_method(compat):
    routed = compat.manual_routing({"scorer": {"score": {"a": 1}}, "splitter": {}})
    assert routed.scorer.score == {"a": 1}
    assert routed.scorer.fit == routed.splitter.split == {}
    assert set(routed.splitter) == set(routed.scorer) >= {"fit", "split", "score"}


@pytest.mark.parametrize("make", [scipy.sparse.csr_array, scipy.sparse.csr_matrix])
def test_sparse_results_are_matrices(compat, make):
    result = compat.align_api_if_sparse(make([[0, 1], [2, 0]]))
    assert isinstance(result, scipy.sparse.csr_matrix)
    np.testing.assert_array_equal(result.toarray(), [[0, 1], [2, 0]])
    rows = np.eye(2)
    assert compat.align_api_if_sparse(rows) is rows


class Theirs:
    """Estimator that keeps the parameters it is given."""

    def __init__(self, **parameters):
        self.parameters = parameters


@pytest.mark.parametrize(
    ("l1_ratio", "C", "before"),
    [
        (0.0, 1.0, {"penalty": "l2"}),
        (1, 1.0, {"penalty": "l1"}),
        (0.3, 1.0, {"penalty": "elasticnet", "l1_ratio": 0.3}),
        (0.0, np.inf, {"penalty": None}),
    ],
)
def test_the_norm_of_a_penalty_is_named_before_version_1_8(l1_ratio, C, before):
    given = {"penalty": "deprecated", "C": C, "l1_ratio": l1_ratio, "tol": 0.1}
    theirs = as_with("1.7.2").theirs_with(Theirs, given)
    assert theirs.parameters == {"C": C, "tol": 0.1, **before}
    if installed.SKLEARN_VERSION >= (1, 8):
        assert installed.theirs_with(Theirs, given).parameters == given


def test_callbacks_are_refused_where_scikit_learn_has_none():
    estimator = as_with("1.7.2").CallbackSupportMixin()
    assert not hasattr(estimator, "set_callbacks")
    with pytest.raises(UnavailableError, match=r"need scikit-learn 1\.9 or newer, and"):
        estimator.set_callbacks()
    assert hasattr(skmlp.Perceptron(), "set_callbacks") == HAS_CALLBACKS


def tried_imports(source):
    """Return the imports inside the `try` statements of a file."""
    tried = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Try)]
    return [
        ast.unparse(inner)
        for node in tried
        for inner in ast.walk(ast.Module(node.body, []))
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


@pytest.mark.parametrize(
    "path",
    [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "base" / "compat.py"],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_no_other_file_asks_for_the_version_of_scikit_learn(path):
    source = path.read_text()
    assert "sklearn.__version__" not in source
    assert "SKLEARN_VERSION" not in source
    assert not [each for each in tried_imports(source) if "sklearn" in each]

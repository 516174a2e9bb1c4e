"""Estimators are built of values: few methods set attributes, and in few places."""

import ast
import pickle
from dataclasses import fields
from pathlib import Path

import pytest
from sklearn.base import BaseEstimator

import skmlp
from skmlp.multilayer_perceptron.numeric_targets import NumericTargets
from skmlp.multilayer_perceptron.problem import TargetEncoding
from skmlp.network import Network
from skmlp.solvers.epoch import TrainingState
from skmlp.solvers.patience import Patience
from skmlp.solvers.training import Training

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

ROOT = Path(skmlp.__file__).parent
ESTIMATORS = [
    each
    for each in (getattr(skmlp, name) for name in skmlp.__all__)
    if isinstance(each, type) and issubclass(each, BaseEstimator)
]
OURS = {
    f"{base.__module__}.{base.__name__}": base
    for estimator in ESTIMATORS
    for base in estimator.__mro__
    if base.__module__.startswith("skmlp.")
}
MIXINS = {name for name, base in OURS.items() if not issubclass(base, BaseEstimator)}

# Methods that set attributes with `setattr`, by the names of the fields of a value.
SET_BY_NAME = {
    "multilayer_perceptron.base.MultilayerPerceptron._drop_fitted_attributes",
    "multilayer_perceptron.base.MultilayerPerceptron._set_network",
    "logistic_regression.estimator.LogisticRegression._keep",
    "perceptron.estimator.Perceptron._keep",
}
# Class -> the only method that sets fitted attributes; other classes set none.
SET_FITTED = {
    "multilayer_perceptron.base.MultilayerPerceptron": "_set_attributes",
    "logistic_regression.estimator.LogisticRegression": "_keep",
    "perceptron.estimator.Perceptron": "_keep",
}
SET_ELSEWHERE = {
    # The first partial_fit announces classes, as scikit-learn's own helper does.
    (
        "multilayer_perceptron.classifier.MLPClassifier._set_classes_of_columns",
        "classes_",
    ),
    # They tell of all rows of a fit; partial_fit drops them.
    ("perceptron.estimator.Perceptron.fit", "margin_"),
    ("perceptron.estimator.Perceptron.fit", "mistake_bound_"),
}
# scikit-learn's scorers take an estimator: they get a copy, with other weights.
COPIED = {"multilayer_perceptron.base.MultilayerPerceptron._with_estimator_scorer"}
# As scikit-learn's SparseCoefMixin: the same numbers in another form.
SET_BY_MIXINS = {
    ("base.linear_classifier.SparsifiableCoefficients.sparsify", "coef_"),
    ("base.linear_classifier.SparsifiableCoefficients.densify", "coef_"),
}
WITHOUT_NONLOCAL = ("solvers", "logistic_regression", "multilayer_perceptron")

# Private attributes of a fitted network, beside its parameters and fitted attributes.
CARRIED = {"_network": Network, "_targets": None, "_training": Training}
FIELDS = {
    Training: {
        *("patience", "state", "rule", "kept", "losses", "validation_scores"),
        *("records", "costs", "streams", "stream_converged", "heading"),
    },
    TrainingState: {
        *("parameters", "rule_state", "generator", "order", "validation_rows"),
        *("steps", "epochs", "samples", "rate_factor"),
    },
    Patience: {
        *("tol", "best", "best_parameters", "best_loss", "before_best", "waited"),
    },
    TargetEncoding: {
        *("encoding", "loss", "class_weight", "class_weight_seen", "weight_of_class"),
    },
    NumericTargets: {"n_targets", "loss", "scale"},
}


def methods(source, module):
    """Yield (module.Class.method, syntax tree) of all methods in a source text."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    yield f"{module}.{node.name}.{method.name}", method


def methods_of(name):
    """Yield (name without 'skmlp.', syntax tree) of all methods of a class of ours."""
    module = name.rpartition(".")[0]
    path = ROOT.parent.joinpath(*module.split(".")).with_suffix(".py")
    short = name.removeprefix("skmlp.")
    for method, tree in methods(
        path.read_text(encoding="utf-8"), module.removeprefix("skmlp.")
    ):
        if method.rpartition(".")[0] == short:
            yield method, tree


def is_self(node):
    return isinstance(node, ast.Name) and node.id == "self"


def is_call(node, *names):
    return isinstance(node, ast.Call) and ast.unparse(node.func) in names


def attributes_set(tree):
    """Return the names of attributes of self that are assigned or deleted."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and is_self(node.value)
        and isinstance(node.ctx, ast.Store | ast.Del)
    }


def sets_by_name(tree):
    """Return True if `setattr` sets attributes of self."""
    return any(
        is_call(node, "setattr", "object.__setattr__") and is_self(node.args[0])
        for node in ast.walk(tree)
    )


def as_one(tree):
    """Yield the source of uses of all attributes of self at once, except `pop`."""
    dropped = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "pop"
    }
    for node in ast.walk(tree):
        whole = is_call(node, "vars") and node.args and is_self(node.args[0])
        whole |= isinstance(node, ast.Attribute) and node.attr == "__dict__"
        whole |= is_call(node, "self.__setstate__", "self.__getstate__")
        if whole and id(node) not in dropped:
            yield ast.unparse(node)


def copies(tree):
    """Return True if self is copied."""
    return any(
        is_call(node, "copy.copy", "copy.deepcopy", "copy", "deepcopy")
        and node.args
        and is_self(node.args[0])
        for node in ast.walk(tree)
    )


PLANTED = """
class Pours:
    def fit(self, X):
        saved = vars(self).copy()
        self.__dict__.update(saved)
        for name in saved:
            setattr(self, name, saved[name])
        self.coef_, (self._state, [self.n_iter_]) = copy.copy(self), (1, [2])
        for self.loss_ in (1, 2):
            del self.best_

    def predict(self, X):
        coef_ = self.coef_
        other.coef_ = coef_
        self.__dict__.pop("margin_", None)
        return setattr(other, "coef_", X), vars(other), copy.copy(X)
"""


def test_what_is_looked_for_would_be_found():
    (name, fit), (_, predict) = methods(PLANTED, "folder.file")
    assert name == "folder.file.Pours.fit"
    assert attributes_set(fit) == {"coef_", "_state", "n_iter_", "loss_", "best_"}
    assert sets_by_name(fit)
    assert list(as_one(fit)) == ["vars(self)", "self.__dict__"]
    assert copies(fit)
    assert attributes_set(predict) == set()
    assert not sets_by_name(predict)
    assert list(as_one(predict)) == []
    assert not copies(predict)


def test_the_classes_that_are_walked_are_all_of_ours():
    assert len(ESTIMATORS) >= 6
    assert "skmlp.multilayer_perceptron.base.MultilayerPerceptron" in OURS
    assert "skmlp.multilayer_perceptron.predictions.NetworkPredictions" in MIXINS
    assert "skmlp.base.callbacks.ObservedFit" in MIXINS
    known = {method for name in OURS for method, _ in methods_of(name)}
    listed = {method for method, _ in SET_ELSEWHERE | SET_BY_MIXINS}
    listed |= {f"{name}.{method}" for name, method in SET_FITTED.items()}
    assert known >= listed | SET_BY_NAME | COPIED


@pytest.mark.parametrize("name", sorted(OURS))
def test_no_estimator_copies_its_attributes_or_pours_them_back(name):
    for method, tree in methods_of(name):
        assert list(as_one(tree)) == [], method
        assert sets_by_name(tree) <= (method in SET_BY_NAME), method
        assert copies(tree) <= (method in COPIED), method


@pytest.mark.parametrize("name", sorted(MIXINS))
def test_a_mixin_sets_no_attribute(name):
    for method, tree in methods_of(name):
        for attribute in attributes_set(tree):
            assert (method, attribute) in SET_BY_MIXINS


def is_fitted(attribute):
    return attribute.endswith("_") and not attribute.startswith("_")


@pytest.mark.parametrize(
    "name",
    sorted(
        name
        for name in OURS
        if name.startswith("skmlp.multilayer_perceptron.")
        or name.endswith((".LogisticRegression", ".Perceptron"))
    ),
)
def test_fitted_attributes_are_set_in_one_method(name):
    own = SET_FITTED.get(name.removeprefix("skmlp."))
    for method, tree in methods_of(name):
        fitted = set(filter(is_fitted, attributes_set(tree)))
        fitted = {each for each in fitted if (method, each) not in SET_ELSEWHERE}
        if method.rpartition(".")[2] == own:
            assert len(fitted) > 3
        else:
            assert fitted == set(), method


@pytest.mark.parametrize("folder", WITHOUT_NONLOCAL)
def test_no_function_changes_the_variables_of_another(folder):
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Nonlocal | ast.Global), path


@pytest.mark.parametrize("folder", ["solvers", "objective", "network", "losses"])
def test_what_is_below_the_ladder_sets_nothing_on_an_estimator(folder):
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.Name) and node.id == "estimator"), path


@pytest.mark.parametrize(
    "settings", [{}, {"early_stopping": True}, {"solver": "lbfgs"}]
)
@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_a_fitted_network_carries_its_network_its_targets_and_its_training(
    name, settings, bundled
):
    X, y = bundled("iris")
    network = getattr(skmlp, name)(max_iter=2, warm_start=True, **settings)
    network.fit(X, y)
    state = pickle.loads(pickle.dumps(network.fit(X, y))).__getstate__()
    parameters = network.get_params(deep=False).keys()
    carried = {
        name: value
        for name, value in state.items()
        if name not in parameters and not is_fitted(name)
    }
    assert carried.keys() == CARRIED.keys()
    assert isinstance(carried["_network"], Network)
    training = carried["_training"]
    assert isinstance(training, Training)
    values = [training, training.patience, carried["_targets"]]
    values += [] if training.state is None else [training.state]
    assert (training.state is None) == (settings.get("solver") == "lbfgs")
    for value in values:
        # `vars` shows that there are no attributes but the fields.
        assert vars(value).keys() == FIELDS[type(value)]


@pytest.mark.parametrize("value", FIELDS)
def test_every_field_of_what_is_carried_is_declared_here(value):
    assert {field.name for field in fields(value)} == FIELDS[value]


def test_a_pickle_of_a_network_holds_no_rows(rng):
    X = rng.normal(size=(3000, 5))
    y = X[:, 0]
    network = skmlp.MLPRegressor(hidden_layer_sizes=(2,), max_iter=2, warm_start=True)
    network.fit(X, y, X_val=X, y_val=y)
    # It holds row indices and the 624 words of the generator, not five numbers per row.
    assert len(pickle.dumps(network)) < 3000 * 8 + 2500 * 4 < X.nbytes

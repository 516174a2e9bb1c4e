"""Options in messages: in a fixed order, with the option that was probably meant."""

import importlib
import os
import re
import subprocess
import sys

import numpy as np
import pytest

import skmlp
from skmlp.activations import Activation
from skmlp.base.compat import InvalidParameterError
from skmlp.base.compat import StrOptions as SklearnStrOptions
from skmlp.base.options import OTHER_NAMES, StrOptions, did_you_mean, use_one_of
from skmlp.base.validation import validate_params
from skmlp.initializers import Initializer
from skmlp.losses import ClassifierLoss, FunctionPair, Loss
from skmlp.solvers import SGD, Schedule, UpdateRule
from skmlp.utils import all_estimators

ESTIMATORS = dict(all_estimators())
NETWORK = {
    "activation": ("rleu", "relu"),
    "solver": ("adm", "adam"),
    "batch_size": ("atuo", "auto"),
    "learning_rate": ("Cosine", "cosine"),
    "early_stopping": ("lsos", "loss"),
    "on_divergence": ("back_off", "backoff"),
    "record": ("batchs", "batches"),
    "weight_init": ("he_nromal", "he_normal"),
}
# Estimator -> parameter -> a misspelt option, and the option that was meant.
MISSPELT = {
    "AssociationUnits": {},
    "LinearDiscriminantAnalysis": {
        "solver": ("sdv", "svd"),
        "shrinkage": ("atuo", "auto"),
        "shrinkage_target": ("identiy", "identity"),
    },
    "LogisticRegression": {
        "penalty": ("L2", "l2"),
        "class_weight": ("balance", "balanced"),
        "solver": ("newton_cg", "newton-cg"),
        "learning_rate": ("invscale", "invscaling"),
        "batch_size": ("Automatic", "auto"),
        "bias_reduction": ("Firth", "firth"),
        "loss": ("logloss", "log_loss"),
    },
    "LogisticRegressionCV": {
        "penalty": ("elastic_net", "elasticnet"),
        "class_weight": ("Balanced", "balanced"),
        "solver": ("lbgfs", "lbfgs"),
        "scoring": ("acuracy", "accuracy"),
    },
    "MLPClassifier": {
        **NETWORK,
        "class_weight": ("balnced", "balanced"),
        "loss": ("logloss", "log_loss"),
        "scoring": ("f1_makro", "f1_macro"),
    },
    "MLPRegressor": {
        **NETWORK,
        "scale_target": ("Auto", "auto"),
        "loss": ("squared_eror", "squared_error"),
        "scoring": ("R2", "r2"),
    },
    "Perceptron": {
        "penalty": ("elasticnett", "elasticnet"),
        "class_weight": ("blanced", "balanced"),
        "multi_class": ("jont", "joint"),
    },
}
KINDS = (Activation, Initializer, Loss, ClassifierLoss, Schedule, UpdateRule)
PAIRS = [(name, each) for name, own in MISSPELT.items() for each in own]


def string_parameters(estimator):
    """Return the parameters of an estimator that take a string out of several."""
    return {
        name
        for name, constraints in estimator._parameter_constraints.items()
        if any(isinstance(each, SklearnStrOptions) for each in constraints)
    }


def message_of(name, parameter, value):
    """Return the message of a fit with a value that is not valid."""
    X, y = np.arange(12.0)[:, np.newaxis], np.arange(12) % 2
    with pytest.raises(InvalidParameterError) as raised:
        getattr(skmlp, name)(**{parameter: value}).fit(X, y)
    return str(raised.value)


def all_messages():
    """Return the messages for all misspelt options, and those of all components."""
    messages = [message_of(*pair, MISSPELT[pair[0]][pair[1]][0]) for pair in PAIRS]
    return [*messages, *map(unknown_message, KINDS)]


def unknown_message(kind):
    """Return the message for an unknown component."""
    with pytest.raises(ValueError, match="is unknown") as raised:
        kind.resolve("qqq")
    return str(raised.value)


def test_the_table_has_every_parameter_that_takes_one_of_several_strings():
    assert {name: string_parameters(each) for name, each in ESTIMATORS.items()} == {
        name: set(own) for name, own in MISSPELT.items()
    }


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=list(ESTIMATORS))
def test_every_estimator_checks_its_parameters_in_one_way(estimator):
    assert estimator._validate_params is validate_params
    for constraints in estimator._parameter_constraints.values():
        for each in constraints:
            assert not isinstance(each, SklearnStrOptions) or type(each) is StrOptions


@pytest.mark.parametrize(("name", "parameter"), PAIRS)
def test_a_misspelt_option_is_answered_by_the_one_that_was_meant(name, parameter):
    value, meant = MISSPELT[name][parameter]
    message = message_of(name, parameter, value)
    assert message.startswith(f"The {parameter!r} parameter of {name} must be a")
    assert message.endswith(f" Got {value!r} instead. Did you mean {meant!r}?")


@pytest.mark.parametrize(("name", "parameter"), PAIRS)
@pytest.mark.parametrize("value", ["qqq", "", 1j], ids=repr)
def test_a_value_like_no_option_gets_no_hint(name, parameter, value):
    assert message_of(name, parameter, value).endswith(f" Got {value!r} instead.")


@pytest.mark.parametrize(
    ("name", "parameter", "value", "meant"),
    [
        ("MLPClassifier", "activation", "sigmoid", "logistic"),
        ("MLPClassifier", "activation", "step", "sign"),
        ("MLPClassifier", "loss", "Cross_Entropy", "log_loss"),
        ("MLPRegressor", "loss", "mse", "squared_error"),
        ("MLPRegressor", "loss", "mae", "absolute_error"),
    ],
)
def test_a_name_of_another_library_is_answered_by_ours(name, parameter, value, meant):
    message = message_of(name, parameter, value)
    assert message.endswith(f" Got {value!r} instead. Did you mean {meant!r}?")


def test_names_of_other_libraries_lead_to_options_and_are_none():
    valid = {*Activation.table, *Loss.table, *Loss.regression_table}
    valid |= {*ClassifierLoss.table}
    assert set(OTHER_NAMES.values()) <= valid
    assert not valid & set(OTHER_NAMES)


@pytest.mark.parametrize("parameter", ["activation", "loss", "solver", "learning_rate"])
def test_messages_name_classes_as_users_import_them(parameter):
    for name in ("MLPClassifier", "MLPRegressor"):
        message = message_of(name, parameter, "qqq")
        paths = re.findall(r"'(skmlp\.[\w.]+)'", message)
        assert paths
        for path in paths:
            folder, _, name_of_class = path.rpartition(".")
            assert name_of_class in importlib.import_module(folder).__all__


def test_a_class_in_place_of_an_object_is_answered_by_its_call():
    message = message_of("MLPClassifier", "solver", SGD)
    assert message.endswith(" Pass an object: SGD().")
    assert message_of("MLPClassifier", "solver", dict).endswith(" instead.")


def test_a_number_as_the_schedule_is_answered_by_the_parameter_for_it():
    message = message_of("MLPRegressor", "learning_rate", 0.01)
    assert message.endswith(" Pass the number as learning_rate_init.")


@pytest.mark.parametrize(("name", "parameter"), PAIRS)
def test_options_are_listed_in_alphabetical_order(name, parameter):
    message = message_of(name, parameter, "qqq")
    inside = message.partition("a str among {")[2].partition("}")[0]
    listed = [each.strip("'") for each in inside.split(", ")]
    assert listed == sorted(listed)
    for constraint in ESTIMATORS[name]._parameter_constraints[parameter]:
        if isinstance(constraint, StrOptions):
            assert set(listed) == set(constraint.options)


def test_messages_do_not_depend_on_the_seed_of_hashes():
    code = "import test_options; print(*test_options.all_messages(), sep='\\n')"
    folders = [os.path.dirname(__file__), *sys.path]
    printed = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "PYTHONPATH": os.pathsep.join(filter(None, folders)),
            },
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    assert printed[0] == printed[1] == all_messages()


def test_hidden_options_are_neither_listed_nor_suggested():
    message = message_of("LogisticRegression", "penalty", "deprecate")
    assert "deprecated" not in message
    assert message.endswith("Got 'deprecate' instead.")


def test_hyperparameters_of_a_component_get_a_hint():
    pair = FunctionPair(np.subtract, np.subtract, inverse_link="logistik")
    with pytest.raises(
        InvalidParameterError, match=r"'identity', 'logistic', .*mean 'logistic'\?$"
    ):
        Loss.resolve(pair)


@pytest.mark.parametrize("kind", KINDS)
def test_a_misspelt_component_is_answered_by_the_one_that_was_meant(kind):
    name = max(kind.table, key=len)
    with pytest.raises(ValueError, match=rf" Did you mean '{name}'\?$"):
        kind.resolve(name.upper()[1:])
    assert "Did you mean" not in unknown_message(kind)


def test_case_and_aliases_lead_to_the_option():
    options = ("LDA", "Perceptron")
    assert did_you_mean("lad", options) == " Did you mean 'LDA'?"
    assert did_you_mean("Discriminant", options) == ""
    aliases = {"DiscriminantAnalysis": "LDA"}
    assert did_you_mean("Discriminant", options, aliases) == " Did you mean 'LDA'?"
    assert did_you_mean(None, options) == ""
    assert did_you_mean("lad", ()) == ""


def test_a_message_lists_sets_sorted_and_sequences_as_they_are():
    assert (
        use_one_of("a is unknown", {"c", "b"}) == "a is unknown; use one of 'b', 'c'."
    )
    assert (
        use_one_of("a is unknown", ("c", "b")) == "a is unknown; use one of 'c', 'b'."
    )
    assert use_one_of("a=1", ("b",), other="None", got=1) == "a=1; use 'b', or None."


def test_deprecated_options_are_marked_in_their_place():
    options = StrOptions({"new", "old", "any"}, deprecated={"new"})
    assert str(options) == "a str among {'any', 'new' (deprecated), 'old'}"
    assert list(options.options) == ["any", "new", "old"]

"""Components chosen by a name or given as an object."""

import importlib

import pytest

from skmlp.activations import Activation
from skmlp.base.options import StrOptions
from skmlp.initializers import Initializer
from skmlp.losses import Loss
from skmlp.solvers import Schedule, UpdateRule


def test_an_unknown_name_lists_the_names_there_are():
    with pytest.raises(ValueError, match=r"solver='adamx'.*'adam', 'adamw'"):
        UpdateRule.resolve("adamx")
    with pytest.raises(
        ValueError, match=r"'adaptive', 'constant', 'cosine', 'exponential'"
    ):
        Schedule.resolve(3)


@pytest.mark.parametrize(
    ("kind", "public"),
    [
        (Activation, "skmlp.activations.Activation"),
        (Initializer, "skmlp.initializers.Initializer"),
        (Loss, "skmlp.losses.Loss"),
        (Schedule, "skmlp.solvers.Schedule"),
        (UpdateRule, "skmlp.solvers.UpdateRule"),
    ],
)
def test_the_message_names_the_class_as_users_import_it(kind, public):
    with pytest.raises(ValueError, match=rf"object of a subclass of {public}\.$"):
        kind.resolve("nothing")
    module, _, name = public.rpartition(".")
    assert getattr(importlib.import_module(module), name) is kind


@pytest.mark.parametrize("kind", [Activation, Initializer, Loss, Schedule, UpdateRule])
def test_a_class_in_place_of_an_object_gets_a_hint(kind):
    for component in {each for each in kind.table.values() if isinstance(each, type)}:
        name = component.__name__
        message = rf"{kind.kind}={name} is a class\. Pass an object: {name}\(\)\."
        with pytest.raises(ValueError, match=message):
            kind.resolve(component)


@pytest.mark.parametrize("estimator", ["MLPClassifier", "MLPRegressor"])
@pytest.mark.parametrize(
    ("parameter", "kind"),
    [
        ("activation", Activation),
        ("weight_init", Initializer),
        ("learning_rate", Schedule),
        ("solver", UpdateRule),
    ],
)
def test_networks_refuse_a_class_in_place_of_an_object(estimator, parameter, kind):
    import skmlp

    component = kind.table[min(kind.table)]
    settings = {parameter: component}
    if parameter == "learning_rate":
        settings["solver"] = "sgd"
    network = getattr(skmlp, estimator)(**settings)
    with pytest.raises(ValueError, match=rf"Pass an object: {component.__name__}\(\)"):
        network.fit([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])


def test_a_new_component_is_one_class_and_nothing_else(rng):
    from skmlp import MLPRegressor

    class Cube(Activation):
        def forward(self, z):
            return z**3, lambda a_gradient: a_gradient * 3 * z**2

    X = rng.normal(size=(80, 2))
    network = MLPRegressor(
        hidden_layer_sizes=(6,), activation=Cube(), solver="lbfgs", random_state=0
    )
    assert network.fit(X, X[:, 0] ** 3).score(X, X[:, 0] ** 3) > 0.99


def test_a_name_is_found_that_came_after_the_estimators(rng):
    from skmlp import MLPRegressor  # its class is there before the activation's

    before = dict(Activation.table)
    try:

        class Square(Activation, name="square"):
            def forward(self, z):
                return z**2, lambda a_gradient: a_gradient * 2 * z

        X = rng.normal(size=(40, 2))
        settings = {"solver": "lbfgs", "max_iter": 1000, "random_state": 0}
        network = MLPRegressor(hidden_layer_sizes=(3,), activation="square", **settings)
        assert network.fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.99
        with pytest.raises(ValueError, match=r"'softsign', 'square', 'tanh'\}"):
            MLPRegressor(activation="squar").fit(X, X[:, 0])
    finally:
        Activation.table.clear()
        Activation.table.update(before)


def test_a_constraint_by_names_reads_the_table_when_it_is_asked():
    table = {"b": int}
    names = StrOptions(table, {"c"})
    assert names.is_satisfied_by("b")
    assert not names.is_satisfied_by("a")
    table["a"] = int
    assert names.is_satisfied_by("a")
    assert not names.is_satisfied_by(1)
    assert str(names) == "a str among {'a', 'b', 'c'}"

"""Components by name and by class."""

import importlib

import pytest

from skmlp.activations import Activation
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

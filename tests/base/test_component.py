"""Components by name and by class."""

import pytest

from skmlp.solvers import Schedule, UpdateRule


def test_an_unknown_name_lists_the_names_there_are():
    with pytest.raises(ValueError, match=r"solver='adamx'.*'adam', 'adamw'"):
        UpdateRule.resolve("adamx")
    with pytest.raises(
        ValueError, match=r"'adaptive', 'constant', 'cosine', 'exponential'"
    ):
        Schedule.resolve(3)


def test_a_new_component_is_one_class_and_nothing_else(rng):
    from skmlp import MLPRegressor
    from skmlp.activations import Activation

    class Cube(Activation):
        def forward(self, z):
            return z**3, lambda a_gradient: a_gradient * 3 * z**2

    X = rng.normal(size=(80, 2))
    network = MLPRegressor(
        hidden_layer_sizes=(6,), activation=Cube(), solver="lbfgs", random_state=0
    )
    assert network.fit(X, X[:, 0] ** 3).score(X, X[:, 0] ** 3) > 0.99

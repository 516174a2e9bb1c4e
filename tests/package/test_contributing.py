"""The four classes of the tutorial in CONTRIBUTING.md work as printed there."""

import importlib
import math
import re
from pathlib import Path

import numpy as np
import pytest

from skmlp import MLPRegressor
from skmlp.activations import Activation
from skmlp.losses import Loss
from skmlp.solvers import Schedule, UpdateRule

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(
    r"`(skmlp/\S+\.py)`[^`]*(?:`[^`]*`[^`]*)?\n\n```python\n(.*?)```", PAGE, re.S
)
TABLES = (Activation.table, Loss.table, Loss.regression_table)
TABLES += (UpdateRule.table, Schedule.table)

pytestmark = [
    pytest.mark.skipif(
        "arctan" in Activation.table,
        reason="the sources contain the tutorial's classes",
    ),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


@pytest.fixture
def tutorial():
    """Define the four classes in their modules; remove them after the test."""
    before = [dict(table) for table in TABLES]
    try:
        for file, code in SNIPPETS:
            module = importlib.import_module(file[:-3].replace("/", "."))
            exec(code, vars(module) | {"log": math.log})
        yield
    finally:
        for table, entries in zip(TABLES, before, strict=True):
            table.clear()
            table.update(entries)


def test_there_are_four_snippets_for_files_that_exist():
    assert len(SNIPPETS) == 4
    for file, _ in SNIPPETS:
        assert (ROOT / file).is_file() or not (ROOT / "skmlp").is_dir()


def test_the_four_classes_are_found_by_their_names(tutorial, rng):
    X = rng.normal(size=(200, 2))
    y = np.sin(X[:, 0]) + 0.1 * X[:, 1]
    names = {"activation": "arctan", "loss": "log_cosh", "solver": "sign_sgd"}
    network = MLPRegressor(
        hidden_layer_sizes=(20,),
        learning_rate="polynomial",
        learning_rate_init=0.01,
        max_iter=200,
        random_state=0,
        **names,
    ).fit(X, y)
    assert network.score(X, y) > 0.9
    for parameter, name in names.items():
        with pytest.raises(ValueError, match=f"'{name}'"):
            MLPRegressor(**{parameter: name[:-1]}).fit(X, y)


def test_the_derivatives_in_the_tutorial_are_those_of_its_functions(tutorial):
    z = np.linspace(-3, 3, 7)[:, None]
    step = 1e-6
    activation = Activation.resolve("arctan")
    difference = activation.forward(z + step)[0] - activation.forward(z - step)[0]
    slope = activation.forward(z)[1](np.ones_like(z))
    np.testing.assert_allclose(slope, difference / (2 * step), rtol=1e-7)
    loss, y = Loss.resolve("log_cosh"), np.zeros_like(z)
    values, gradient = loss.value_and_gradient(y, z)
    np.testing.assert_allclose(values, np.log(np.cosh(z[:, 0])), atol=1e-12)
    np.testing.assert_allclose(gradient, np.tanh(z), atol=1e-12)

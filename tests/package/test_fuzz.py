"""A short run of the fuzz of random fits, and the tools by which it finds faults."""

import copy
import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import skmlp
from skmlp.activations import Activation
from skmlp.losses import ClassifierLoss, Loss
from skmlp.solvers import Schedule, UpdateRule

ROOT = Path(__file__).parents[2]


def load_fuzz():
    """Import the modules of tests/fuzz: the root of the project is not on the path."""
    sys.path.insert(0, str(ROOT))
    try:
        names = ("calls", "cases", "data", "oracle")
        return [importlib.import_module(f"tests.fuzz.{name}") for name in names]
    finally:
        sys.path.remove(str(ROOT))


calls, cases, data, oracle = load_fuzz()
DRAWN = [cases.draw(0, number) for number in range(2000)]


@pytest.mark.parametrize("first", range(0, 150, 10))
def test_random_fits_keep_what_the_package_promises(first):
    for case in DRAWN[first : first + 10]:
        run = calls.Run(case).run()
        assert not run.findings, "\n".join(run.program)


def test_a_case_is_drawn_from_its_seed_and_number_alone():
    assert [cases.draw(0, case.number) for case in DRAWN[:100]] == DRAWN[:100]
    assert cases.draw(1, 5) != cases.draw(0, 5)


def drawn(estimator, name):
    values = (c.settings.get(name) for c in DRAWN if c.estimator == estimator)
    return {value for value in values if isinstance(value, str)}


def test_every_name_that_the_package_takes_is_drawn():
    assert {case.estimator for case in DRAWN} == set(cases.ESTIMATORS)
    for network in cases.NETWORKS:
        assert drawn(network, "activation") >= set(Activation.table)
        assert drawn(network, "learning_rate") >= set(Schedule.table)
        assert drawn(network, "solver") >= {"lbfgs", *UpdateRule.table}
    assert drawn("MLPClassifier", "loss") >= set(ClassifierLoss.table)
    assert drawn("MLPRegressor", "loss") >= set(Loss.regression_table)


def found(error):
    with pytest.raises(type(error)) as caught:
        raise error
    return [kind for kind, _ in oracle.check_error(caught.value, {"alpha"})]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (np.linalg.LinAlgError("Singular matrix"), "exception"),
        (ZeroDivisionError("division by zero"), "exception"),
        (ValueError("operands could not be broadcast together"), "raw error"),
    ],
)
def test_errors_that_are_no_refusals_are_found(error, kind):
    assert found(error) == [kind]


def test_a_refusal_that_names_the_parameter_is_none():
    with pytest.raises(ValueError, match="alpha") as caught:
        skmlp.MLPClassifier(alpha=-1).fit([[0.0], [1.0]], [0, 1])
    assert oracle.check_error(caught.value, {"alpha"}) == []


def test_numbers_that_are_not_finite_are_found():
    model = skmlp.LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    assert oracle.check_attributes(model, diverged=False) == []
    model.coef_[0, 0] = np.nan
    assert [kind for kind, _ in oracle.check_attributes(model, diverged=False)]


@pytest.mark.parametrize(
    ("proba", "kind"),
    [
        ([[0.5, 0.5]], None),
        ([[0.6, 0.6]], "probability"),
        ([[1.5, -0.5]], "probability"),
        ([[np.nan, 1.0]], "probability"),
    ],
)
def test_wrong_probabilities_are_found(proba, kind):
    proba = np.array(proba)
    log_proba = np.log(np.maximum(proba, 1e-9))
    kinds = [k for k, _ in oracle.check_probabilities(proba, log_proba, True)]
    assert kinds[:1] == ([kind] if kind else [])


def test_a_difference_of_one_bit_in_a_state_is_found():
    model = skmlp.MLPRegressor(hidden_layer_sizes=(3,), max_iter=2, random_state=0)
    error, _ = oracle.observed(lambda: model.fit([[0.0], [3.0]], [0.0, 1.0]))
    assert error is None
    other = copy.deepcopy(vars(model))
    assert not oracle.difference(vars(model), other)
    other["coefs_"][0][0, 0] = np.nextafter(other["coefs_"][0][0, 0], 9)
    assert "coefs_" in oracle.difference(vars(model), other)


@pytest.mark.parametrize("form", ["plain", "64-bit indices", "duplicates", "unsorted"])
@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
def test_unusual_sparse_forms_hold_the_same_numbers(kind, form, rng):
    X = np.where(rng.random((6, 4)) < 0.5, 0, rng.normal(size=(6, 4)))
    np.testing.assert_array_equal(data.sparse(X, kind, form).toarray(), X)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--fits 0", "--fits=0: expected 1 or more"),
        ("--case -1", "--case=-1: expected 0 or more"),
        ("--only Percepton", "--only=Percepton: expected one of Perceptron"),
    ],
)
def test_options_without_a_meaning_are_refused(options, message):
    command = [sys.executable, "-m", "tests.fuzz", *options.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert message in done.stderr

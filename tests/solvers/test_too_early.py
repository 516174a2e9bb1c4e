"""The warning of early stopping that came too soon: the rule and its number."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, make_friedman1, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler
from training_runs import Script, run

from skmlp import MLPClassifier, MLPRegressor
from skmlp.solvers.epoch import EpochRecord
from skmlp.solvers.too_early import falls_steeply, stopped_too_early


class Rows:
    """Held-out rows with a given loss and score for every epoch."""

    def __init__(self, losses, scores):
        self.pairs = iter(zip(losses, scores, strict=True))

    def assess(self, parameters):
        return next(self.pairs)


def halvings(number, n_epochs=41):
    """Return a loss that halves its distance from 1 `number` times."""
    return (1 + 2.0 ** (-number * np.linspace(0, 1, n_epochs))).tolist()


@pytest.mark.parametrize(
    ("losses", "steep"),
    [
        (np.linspace(2, 1, 30), True),
        (halvings(3), True),
        (halvings(7), False),
        (np.linspace(1, 2, 30), False),
        ([*np.linspace(2, 1, 30), *[1.0] * 5], False),
        ([2.0, 1.0], True),
        ([1.0, 1.0], False),
        ([2.0], False),
    ],
)
def test_a_loss_is_steep_if_its_last_five_epochs_fall_like_the_others(losses, steep):
    assert falls_steeply(losses) == steep
    # Another unit, or a constant such as a penalty, changes nothing.
    assert falls_steeply([1e6 * loss - 3 for loss in losses]) == steep


@pytest.mark.parametrize("relative", [0.14, 0.16])
def test_the_limit_is_015_of_the_mean_fall(relative):
    # 20 epochs that fall by one each, then 5 by less: relative to the mean of all.
    last = relative * 20 / (25 - 5 * relative)
    losses = 100 - np.cumsum([0, *[1.0] * 20, *[last] * 5])
    assert falls_steeply(losses) == (relative > 0.15)


def records(losses, validation_losses, scores):
    columns = zip(losses, validation_losses, scores, strict=True)
    return [
        EpochRecord(loss, validation_loss=other, validation_score=score)
        for loss, other, score in columns
    ]


def test_the_warning_names_the_cure_for_the_score():
    falling, flat = np.linspace(2, 1, 20), [0.5] * 20
    by_accuracy = stopped_too_early(records(falling, falling, flat), 10)
    assert by_accuracy.startswith("Early stopping ended training after 20 epochs, whil")
    for cure in ("early_stopping='loss'", "scoring='loss'", "n_iter_no_change=30"):
        assert cure in by_accuracy
    assert "validation_fraction=0.2" in by_accuracy
    # 'loss' alone does not replace what the user has chosen.
    assert "leave scoring, n_iter_no_change and validation_fraction at" in by_accuracy
    by_loss = stopped_too_early(records(falling, falling, -falling), 3)
    assert "Raise n_iter_no_change (=3)" in by_loss
    assert "scoring='loss'" in by_loss
    assert "raise validation_fraction, or pass more rows as X_val" in by_loss


def test_a_network_that_overfits_has_stopped_in_time():
    falling = np.linspace(2, 1, 20)
    validation_losses = [1.0] * 10 + [1.1] * 10
    assert (
        stopped_too_early(records(falling, validation_losses, [0.5] * 20), 10) is None
    )


def test_the_training_loop_warns_of_its_own_epochs():
    settings = {"early_stopping": True, "n_iter_no_change": 3, "tol": 0.1}
    losses = [9.0, 8.0, 7.0, 6.0, 5.0]
    first = run(Script(*losses), held_out=Rows(losses, [0.5] * 5), **settings)
    assert first.message.startswith("Early stopping ended training after 4 epochs")
    assert first.converged
    # The next call has one epoch, which tells nothing of a fall.
    held_out = Rows([1.0], [0.5])
    again = run(Script(4.0), training=first.training, held_out=held_out, **settings)
    assert (again.n_iter, again.message, again.converged) == (1, None, True)


FLATTENED = {
    "iris": (MLPClassifier, load_iris, {"learning_rate_init": 0.03}),
    "breast cancer": (MLPClassifier, load_breast_cancer, {"learning_rate_init": 0.01}),
    "friedman": (
        MLPRegressor,
        lambda return_X_y: make_friedman1(400, noise=1, random_state=0),
        {"scale_target": True, "learning_rate_init": 0.01},
    ),
}


@pytest.mark.parametrize("name", FLATTENED)
def test_no_warning_of_a_fit_that_has_flattened(name):
    make, load, settings = FLATTENED[name]
    X, y = load(return_X_y=True)
    for seed in range(2):  # warnings are errors
        network = make(early_stopping="loss", max_iter=900, random_state=seed)
        network.set_params(**settings).fit(StandardScaler().fit_transform(X), y)
        assert network.converged_


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_fit_that_stops_too_soon_warns_and_the_cure_of_the_warning_helps(solver):
    X, y = make_moons(400, noise=0.3, random_state=0)
    X_val, y_val = make_moons(400, noise=0.3, random_state=1)
    early = MLPClassifier(
        solver=solver, early_stopping=True, random_state=0, max_iter=400
    )
    early.set_params(scoring=lambda *rows: 0.5, n_iter_no_change=3)
    with pytest.warns(ConvergenceWarning, match="early_stopping='loss'"):
        early.fit(X, y, X_val=X_val, y_val=y_val)
    assert early.converged_
    assert early.n_iter_ == 4
    cured = MLPClassifier(
        solver=solver,
        early_stopping="loss",
        learning_rate_init=0.01,
        random_state=0,
        max_iter=400,
    ).fit(X, y, X_val=X_val, y_val=y_val)
    assert cured.score(X_val, y_val) > early.score(X_val, y_val) + 0.02


@pytest.mark.parametrize("make", [MLPClassifier, MLPRegressor])
def test_no_warning_if_there_is_nothing_to_learn(make):
    X = np.random.default_rng(0).normal(size=(20, 2))
    make(early_stopping=True, random_state=0).fit(X, np.ones(20))

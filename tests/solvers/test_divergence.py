"""Divergence of a training, without an estimator."""

from math import inf, nan

import numpy as np
import pytest
from training_runs import Fixed, Log, Scores, Script, begun_training, distance, run

from skmlp.solvers import Adam
from skmlp.solvers.divergence import Diverged


@pytest.mark.parametrize("answer", ["warn", None])
def test_the_best_finite_parameters_are_kept_where_training_diverges(answer):
    outcome = run(
        Script(3.0, 1.0, 2.0, inf, 0.5), on_divergence=answer, restore_best=False
    )
    assert (outcome.n_iter, outcome.diverged, outcome.converged) == (4, True, False)
    assert (distance(outcome), outcome.loss) == (2, 1.0)
    np.testing.assert_array_equal(outcome.training.state.parameters, outcome.parameters)
    assert "in epoch 4, with a learning rate of 1." in outcome.message
    assert "learning_rate_init by a factor of 10, to 0.1" in outcome.message
    assert outcome.message.endswith("The weights of the best epoch are kept.")
    assert ("on_divergence='backoff'" in outcome.message) == (answer == "warn")


def test_what_a_rule_remembers_of_a_divergence_is_dropped():
    rule = Adam()
    outcome = run(Script(3.0, nan), rule=rule, on_divergence="warn")
    state = outcome.training.state.rule_state
    assert state.keys() == rule.init(np.zeros(3)).keys()
    for name, value in rule.init(np.zeros(3)).items():
        np.testing.assert_array_equal(state[name], value)


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ((nan,), {}),  # nothing was finite
        ((nan,), {"on_divergence": "warn"}),
        ((nan,), {"on_divergence": "raise"}),
        ((3.0, nan), {"on_divergence": "raise"}),
        ((nan,), {"stream": True}),
    ],
    ids=str,
)
def test_training_that_leaves_nothing_to_keep_raises_and_so_it_does_if_asked(
    values, settings
):
    training = begun_training(Adam())
    number = len(values)
    with pytest.raises(Diverged, match=rf"non-finite.*in epoch {number},.*\.$"):
        run(Script(*values), training=training, rule=Adam(), **settings)
    # The next training does not start from the diverged state of the rule.
    training.go_on_from(np.zeros(3))
    training.prepare(Adam(), np.float64)
    for name, value in Adam().init(np.zeros(3)).items():
        np.testing.assert_array_equal(training.state.rule_state[name], value)


@pytest.mark.parametrize(("stream", "diverged"), [(True, False), (False, True)])
def test_losses_of_other_rows_do_not_tell_what_a_good_one_is(stream, diverged):
    training = run(Script(0.001), max_epochs=1).training
    whole = Fixed(lambda place: 50.0 if place == -1 else 1000.0)
    outcome = run(
        Script(900.0),
        training=training,
        whole=whole,
        on_divergence="backoff",
        stream=stream,
        max_epochs=1,
    )
    assert outcome.diverged == diverged


def test_backing_off_goes_back_and_on_at_half_the_rate():
    objective, observer = Script(3.0, 2.0, nan, nan, 1.0), Log()
    outcome = run(
        objective,
        observer=observer,
        whole=Fixed(abs),
        on_divergence="backoff",
        max_epochs=5,
    )
    assert outcome.diverged
    assert outcome.message is None
    assert outcome.training.losses == [3.0, 2.0, 1.0]
    assert len(outcome.training.records) == 3
    assert distance(outcome) == 2 + 0.25
    assert outcome.training.state.rate_factor == 0.25
    assert observer.told == [
        "Training diverged. Restoring earlier weights and continuing with "
        f"learning rate {rate}."
        for rate in (0.5, 0.25)
    ]
    begins = [at for call, at in observer.calls if call == "begin"]
    assert begins == [0, -1, -2, -2, -2]


def test_backing_off_begins_with_the_first_parameters_where_no_epoch_was_finite():
    outcome = run(
        Script(nan, 1.0), whole=Fixed(abs), on_divergence="backoff", max_epochs=2
    )
    assert distance(outcome) == 0.5
    assert outcome.n_iter == 2
    only = run(Script(nan), whole=Fixed(abs), on_divergence="backoff", max_epochs=1)
    assert distance(only) == 0
    assert only.training.losses == []


@pytest.mark.parametrize(
    ("first", "later", "diverged"),
    [
        (1.0, 101.0, False),  # 100 times the first loss, plus one, is still good
        (1.0, 101.5, True),
        (-1.0, 100.5, False),
        (-1.0, 101.5, True),
        (0.0, 0.5, False),
        (0.0, 1.5, True),
        (1.0, nan, True),
    ],
    ids=str,
)
def test_a_loss_far_above_that_of_good_parameters_is_a_divergence(
    first, later, diverged
):
    whole = Fixed(lambda place: first if place == 0 else later)
    outcome = run(Script(5.0), whole=whole, on_divergence="backoff", max_epochs=1)
    assert outcome.diverged == diverged
    assert outcome.training.state.rate_factor == (0.5 if diverged else 1.0)


def test_backing_off_ends_where_no_rate_is_low_enough():
    settings = {"on_divergence": "backoff", "max_epochs": 1000, "learning_rate": 1e-29}
    outcome = run(Script(after=nan), whole=Fixed(abs), **settings)
    # 1e-29 / 2⁴ is the first rate at or below 1e-30.
    assert outcome.n_iter == 5
    assert "non-finite" in outcome.message
    assert distance(outcome) == 0


def test_a_loss_of_all_rows_that_is_no_number_is_a_divergence():
    whole = Fixed(lambda place: inf if place == -2 else 1.0)
    outcome = run(Script(3.0, 2.0), whole=whole)
    assert outcome.diverged
    assert distance(outcome) == 1


def test_a_held_out_loss_that_is_no_number_is_a_divergence():
    outcome = run(Script(3.0, 2.0), held_out=Scores(0.5, nan))
    assert outcome.diverged
    assert distance(outcome) == 1

"""Divergence of a training, without an estimator."""

from math import inf, nan

import numpy as np
import pytest
from training_runs import Fixed, Log, Scores, Script, begun_training, distance, run

from skmlp.solvers import SGD, Adam
from skmlp.solvers.divergence import Diverged
from skmlp.solvers.patience import Costs


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


ANSWERS = pytest.mark.parametrize("answer", ["warn", "raise", "backoff", None])
FAR = Fixed(lambda place: 10.0)  # so that losses up to 1001 are no divergence


@ANSWERS
def test_a_loss_that_jumps_is_a_divergence_although_it_is_finite(answer):
    settings = {"on_divergence": answer, "result": FAR, "max_epochs": 3}
    script = Script(5.0, 4.0, 1e13)
    if answer == "raise":
        with pytest.raises(Diverged, match=r"the loss rose to 1e\+13.*in epoch 3"):
            run(script, **settings)
        return
    outcome = run(script, **settings)
    assert (outcome.diverged, outcome.converged) == (True, False)
    assert (distance(outcome), outcome.loss) == (2, 10.0)
    if answer != "backoff":
        assert "Training diverged: the loss rose to 1e+13" in outcome.message
        assert outcome.message.endswith("The weights of the best epoch are kept.")


@pytest.mark.parametrize(
    ("before", "zero_scores", "loss", "diverged"),
    [
        (1.0, 0.0, 101.0, False),  # 100 times the first loss, plus one, is still good
        (1.0, 0.0, 101.5, True),
        (-1.0, 0.0, 100.5, False),
        (-1.0, 0.0, 101.5, True),
        (0.0, 0.0, 0.5, False),
        (0.0, 0.0, 1.5, True),
        (nan, 2.0, 200.5, False),
        (0.0, 2.0, 201.5, True),
    ],
    ids=str,
)
def test_a_loss_far_above_that_without_training_is_a_divergence(
    before, zero_scores, loss, diverged
):
    result = Fixed(lambda place: before if place == 0 else 0.0)
    result.value_of_zero_scores = lambda rows: zero_scores
    outcome = run(Script(loss), result=result, max_epochs=1)
    assert outcome.diverged == diverged
    assert distance(outcome) == (0 if diverged else 1)
    if diverged:
        assert outcome.message.endswith("The weights from before training are kept.")


def test_parameters_spoilt_by_the_last_steps_are_not_kept():
    def own_loss(place):
        return {0: 1.2, -1: 24.0}.get(place, 1e13)

    outcome = run(Script(1.2, 24.0), result=Fixed(own_loss), max_epochs=2)
    assert (distance(outcome), outcome.loss) == (0, 1.2)
    assert outcome.best_loss == 1.2
    assert not outcome.diverged


@pytest.mark.parametrize(
    ("restore_best", "kept"), [(True, 0), (False, 0)], ids=["best", "last"]
)
def test_a_blow_up_in_the_last_epoch_is_a_divergence(restore_best, kept):
    own_loss = Fixed(lambda place: 1.0 if place == 0 else 1e6)
    outcome = run(Script(1.0), result=own_loss, max_epochs=1, restore_best=restore_best)
    assert (distance(outcome), outcome.loss) == (kept, 1.0)
    assert outcome.diverged == (not restore_best)


@pytest.mark.parametrize(("last", "message"), [(2.0, False), (2.1, True)])
def test_convergence_to_more_than_twice_the_loss_of_zero_scores_is_none(last, message):
    result = Fixed(lambda place: last)
    result.value_of_zero_scores = lambda rows: 1.0
    outcome = run(Script(2.1, after=2.2), result=result, n_iter_no_change=2)
    assert outcome.converged == (not message)
    assert ("nothing was learnt" in (outcome.message or "")) == message


def test_the_loss_of_an_outcome_is_that_of_its_parameters():
    own_loss = Fixed(lambda place: 1.5 + abs(place) / 10)
    best = run(Script(3.0, 1.0, 2.0), result=own_loss, max_epochs=3)
    assert (distance(best), best.loss, best.best_loss) == (2, 1.7, 1.0)
    last = run(Script(3.0, 1.0, 2.0), result=own_loss, max_epochs=3, restore_best=False)
    assert (distance(last), last.loss, last.best_loss) == (3, 1.8, 1.0)


def test_a_stream_keeps_the_loss_of_the_epoch_and_the_weights_that_suit_its_rows():
    training = begun_training(SGD(momentum=0.0))
    part = {"training": training, "stream": True, "max_epochs": 1, "result": FAR}
    good = run(Script(5.0), **part)
    assert (distance(good), good.loss) == (1, 5.0)
    training = training.resumed(good.parameters, Costs(), stream=True)
    part["training"] = training
    part["result"] = Fixed(lambda place: 1.0 if place == 0 else 1e9)
    bad = run(Script(1e9), **part)
    assert bad.diverged
    assert distance(bad) == 0
    assert bad.message.endswith("The weights that suit these rows best are kept.")


def test_backing_off_goes_back_and_on_at_half_the_rate():
    objective, observer = Script(3.0, 2.0, nan, nan, 1.0), Log()
    outcome = run(
        objective,
        observer=observer,
        whole=FAR,
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


def test_backing_off_ends_where_no_rate_is_low_enough():
    settings = {"on_divergence": "backoff", "max_epochs": 1000, "learning_rate": 1e-29}
    outcome = run(Script(after=nan), whole=Fixed(abs), **settings)
    # 1e-29 / 2⁴ is the first rate at or below 1e-30.
    assert outcome.n_iter == 5
    assert "non-finite" in outcome.message
    assert distance(outcome) == 0


def test_a_stream_without_a_finite_epoch_tells_the_loss_of_the_weights_it_keeps():
    settings = {"on_divergence": "backoff", "stream": True, "learning_rate": 1e-29}
    outcome = run(Script(after=nan), whole=Fixed(lambda place: 0.75), **settings)
    assert distance(outcome) == 0
    assert outcome.loss == outcome.best_loss == 0.75
    assert "non-finite" in outcome.message
    with pytest.raises(Diverged, match="non-finite"):
        run(Script(after=nan), whole=Fixed(lambda place: nan), **settings)


def test_a_loss_of_all_rows_that_is_no_number_is_a_divergence():
    whole = Fixed(lambda place: inf if place == -2 else 1.0)
    outcome = run(Script(3.0, 2.0), whole=whole)
    assert outcome.diverged
    assert distance(outcome) == 1


def test_a_held_out_loss_that_is_no_number_is_a_divergence():
    outcome = run(Script(3.0, 2.0), held_out=Scores(0.5, nan))
    assert outcome.diverged
    assert distance(outcome) == 1

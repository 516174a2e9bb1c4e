"""Epochs of mini-batches, and the loop that ends them, without an estimator."""

import sys
from dataclasses import replace
from itertools import islice
from math import isfinite, nan

import numpy as np
import pytest
from objectives import Bowl, Spread
from training_runs import Log, Scores, Script, begun_training, distance, run

from skmlp.objective import ALL_ROWS
from skmlp.solvers import (
    GD,
    SGD,
    Adaptive,
    Constant,
    InverseScaling,
    Observer,
    Training,
    TrainingPlan,
    TrainingProblem,
    TrainingState,
    epochs,
    train,
)
from skmlp.solvers.divergence import Diverged


def visit(objective, rule, schedule, n_epochs, **settings):
    """Return the state and the Epoch records after `n_epochs` epochs."""
    parameters = np.zeros(3)
    state = TrainingState(
        parameters, rule.init(parameters), np.random.RandomState(0), np.arange(20)
    )
    settings = {"batch_size": 5, "shuffle": True} | settings
    records = list(
        islice(epochs(objective, state, rule, schedule, **settings), n_epochs)
    )
    return state, records


def test_epochs_tell_of_what_overflows_by_finite_alone():
    with np.errstate(all="raise"):
        _, records = visit(Bowl(), SGD(), Constant(), 60, learning_rate=1e3)
    finite = [record.finite for record in records]
    assert finite[0]
    assert not finite[-1]


def test_an_epoch_visits_every_row_once_in_a_new_order():
    visited = []

    class Recorder(Bowl):
        def value_and_gradient(self, parameters, rows=ALL_ROWS):
            visited.append(np.array(rows))
            return super().value_and_gradient(parameters, rows)

    visit(Recorder(), SGD(), Constant(), 2, learning_rate=1e-3, batch_size=6)
    assert [len(rows) for rows in visited] == [6, 6, 6, 2] * 2
    first, second = np.concatenate(visited[:4]), np.concatenate(visited[4:])
    assert sorted(first) == sorted(second) == list(range(20))
    assert not np.array_equal(first, second)


def test_an_epochs_loss_is_the_mean_over_its_rows():
    class RowNumber(Bowl):
        def value_and_gradient(self, parameters, rows=ALL_ROWS):
            return float(np.mean(rows)), np.zeros(3)

    _, records = visit(RowNumber(), SGD(), Constant(), 1, learning_rate=1, batch_size=6)
    assert records[0].loss == pytest.approx(9.5)


# The tests below are about `train`, the loop around the epochs.


def test_training_stops_after_so_many_epochs_without_progress():
    losses = [5.0, 4.0, 4.0, 3.0, 3.5, 3.2, 9.0]
    outcome = run(Script(*losses), n_iter_no_change=2, tol=0.5)
    assert outcome.training.losses == losses[:6]
    assert (outcome.converged, outcome.stopped, outcome.diverged) == (
        True,
        False,
        False,
    )
    assert (outcome.n_iter, outcome.loss, outcome.best_loss) == (6, 3.0, 3.0)
    assert outcome.best_validation_score is None
    assert outcome.message is None


def test_training_stops_when_its_epochs_run_out():
    objective = Script(5.0, 4.0, 3.0, 2.0)
    outcome = run(objective, max_epochs=3)
    assert (outcome.n_iter, objective.visits) == (3, 3)
    assert not outcome.converged
    assert outcome.message is None


def test_without_epochs_nothing_is_visited_and_the_first_parameters_remain():
    objective, observer = Script(5.0), Log()
    outcome = run(objective, max_epochs=0, observer=observer)
    assert (outcome.n_iter, objective.visits, observer.calls) == (0, 0, [])
    assert distance(outcome) == 0
    assert np.isnan(outcome.loss)
    assert not outcome.converged


def test_training_stops_when_the_observer_asks():
    outcome = run(Script(5.0, 4.0, 3.0), observer=Log(stop_at=2))
    assert (outcome.n_iter, outcome.stopped, outcome.converged) == (2, True, False)
    assert outcome.training.losses == [5.0, 4.0]


def test_the_next_call_goes_on_where_the_last_one_ended():
    first = run(Script(5.0, 4.0), max_epochs=2)
    second = run(Script(4.5, 3.0), training=first.training, max_epochs=2)
    assert second.n_iter == 2
    assert second.training.losses == [5.0, 4.0, 4.5, 3.0]
    assert distance(second) == 4
    third = run(Script(3.5, 3.4), training=first.training, max_epochs=2)
    assert distance(third) == 4  # the best of all calls
    assert third.loss == 3.0


@pytest.mark.parametrize(
    ("settings", "steps", "loss"),
    [
        ({}, 2, 1.0),
        ({"restore_best": False}, 4, 3.0),
        ({"stream": True}, 1, 4.0),  # a stream has one epoch
        ({"stream": True, "restore_best": False}, 1, 4.0),
    ],
    ids=str,
)
def test_the_best_parameters_are_kept_or_the_last(settings, steps, loss):
    outcome = run(Script(4.0, 1.0, 2.0, 3.0), max_epochs=4, **settings)
    assert (distance(outcome), outcome.loss) == (steps, loss)
    np.testing.assert_array_equal(outcome.training.kept, outcome.parameters)
    assert not np.shares_memory(outcome.training.kept, outcome.parameters)


def test_a_stream_keeps_its_last_parameters_although_other_rows_were_easier():
    training = begun_training(SGD(momentum=0.0))
    for loss in (1.0, 2.0, 3.0):
        outcome = run(Script(loss), training=training, stream=True)
        training = outcome.training
    assert (distance(outcome), outcome.loss) == (3, 3.0)
    assert training.losses == [1.0, 2.0, 3.0]


def test_held_out_rows_decide_when_to_stop_and_what_is_kept():
    held_out, scores = Scores(*(scores := [0.1, 0.5, 0.4, 0.3, 0.9])), scores
    outcome = run(
        Script(5.0, 4.0, 3.0, 2.0),
        held_out=held_out,
        early_stopping=True,
        n_iter_no_change=2,
    )
    assert outcome.training.validation_scores == scores[:4]
    assert outcome.converged
    assert (distance(outcome), outcome.loss) == (2, 4.0)
    assert (outcome.best_validation_score, outcome.best_loss) == (0.5, None)
    assert [-seen[0] for seen in held_out.seen] == [1, 2, 3, 4]
    validated = [
        (record.validation_loss, record.validation_score)
        for record in outcome.training.records
    ]
    assert validated == [(10 * score, score) for score in scores[:4]]


def test_held_out_rows_are_only_looked_at_where_nobody_stops_early():
    outcome = run(Script(5.0, 4.0, 3.0), held_out=Scores(3.0, 2.0, 1.0), max_epochs=3)
    assert outcome.training.validation_scores == [3.0, 2.0, 1.0]
    assert (distance(outcome), outcome.best_loss) == (3, 3.0)
    assert outcome.best_validation_score is None


@pytest.mark.parametrize("early_stopping", [False, True])
def test_held_out_rows_may_come_later_and_go(early_stopping):
    training = run(Script(5.0, 4.0), max_epochs=2).training
    assert training.validation_scores is None
    training.patience.forget()
    later = run(
        Script(3.0),
        training=training,
        held_out=Scores(0.5),
        max_epochs=1,
        early_stopping=early_stopping,
    )
    assert training.validation_scores == [0.5]
    assert later.best_validation_score == (0.5 if early_stopping else None)
    run(Script(2.0), training=training, max_epochs=1)
    assert training.validation_scores == [0.5]
    assert [r.validation_score for r in training.records] == [None, None, 0.5, None]


def test_a_stream_that_held_out_rows_end_remembers_it():
    training = begun_training(SGD(momentum=0.0))
    settings = {"stream": True, "early_stopping": True, "n_iter_no_change": 1}
    for score, ended in ((0.5, False), (0.4, True)):
        outcome = run(
            Script(1.0), training=training, held_out=Scores(score), **settings
        )
        assert outcome.converged == training.has_ended(1) == ended
    assert distance(outcome) == 1  # best on the held-out rows, even on a stream
    settings["stream"] = False
    outcome = run(Script(1.0), training=training, held_out=Scores(0.4), **settings)
    assert outcome.converged  # a fit has converged, but a stream may continue after it
    assert not training.has_ended(1)


def test_a_plateau_lowers_the_rate_until_the_lowest_and_then_ends_the_training():
    observer = Log()
    outcome = run(
        Script(),
        schedule=Adaptive(),
        learning_rate=1e-4,
        max_epochs=100,
        n_iter_no_change=2,
        tol=0.5,
        observer=observer,
    )
    rates = [record.learning_rate for record in observer.records]
    # The first epoch makes progress, all others none; 1e-4/5³ < 1e-6 < 1e-4/5².
    expected = 1e-4 * 0.2 ** np.repeat([0, 1, 2, 3], [3, 2, 2, 2])
    np.testing.assert_allclose(rates, expected, rtol=1e-12)
    assert outcome.converged
    assert outcome.training.state.rate_factor == pytest.approx(0.2**3)
    assert [text.rsplit(". ", 1)[1] for text in observer.told] == [
        "Setting learning rate to 2e-05",
        "Setting learning rate to 4e-06",
        "Setting learning rate to 8e-07",
        "Stopping.",
    ]
    assert all(text.startswith("Training loss did not") for text in observer.told)


def test_what_has_reached_its_plateau_is_told_by_name():
    observer = Log()
    run(
        Script(5.0, 4.0, 3.0),
        held_out=Scores(0.5, 0.5),
        early_stopping=True,
        n_iter_no_change=1,
        tol=0.25,
        observer=observer,
    )
    (text,) = observer.told
    assert text == (
        "Validation score did not improve more than tol=0.250000 for 1 consecutive "
        "epochs. Stopping."
    )


def test_an_observer_is_told_of_begin_record_and_end_of_every_epoch_in_order():
    observer = Log()
    run(Script(5.0, 4.0), observer=observer, max_epochs=2, whole=Bowl())
    assert observer.calls == [
        *(("begin", 0.0), ("record", 5.0), ("end", -1.0)),
        *(("begin", -1.0), ("record", 4.0), ("end", -2.0)),
    ]
    # ½·(θ − c)ᵀA(θ − c) with all of θ at −1, A = (1, 3, 10) and c = (1, −2, ½).
    assert observer.records[0].training_loss == 0.5 * (4 + 3 * 1 + 10 * 2.25)
    assert observer.records[0].gradient_norm == 10 * 1.5
    assert observer.records[0].seconds > 0


def test_what_nobody_looks_at_is_not_recorded():
    observer = Log()
    run(Script(5.0), observer=observer, max_epochs=1)
    (record,) = observer.records
    looked_at = {name for name, value in record._asdict().items() if value is not None}
    assert looked_at == {"loss", "learning_rate", "seconds"}


@pytest.mark.parametrize("number", [7, None])
def test_schedules_are_told_of_the_most_epochs_there_will_be(number):
    told = []

    class Curious(Constant):
        def rate(self, initial, progress):
            told.append(progress.n_epochs)
            return initial

    run(Script(), schedule=Curious(), max_epochs=2, n_epochs=number)
    assert told == [number or 2] * 2


def test_rates_follow_the_schedule_across_calls():
    training = begun_training(SGD(momentum=0.0))
    for _ in range(3):
        run(
            Script(),
            training=training,
            schedule=InverseScaling(power_t=1.0),
            max_epochs=1,
        )
    rates = [record.learning_rate for record in training.records]
    np.testing.assert_allclose(rates, [1.0, 1 / 21, 1 / 41])


class Interrupted(Log):
    """Observer that raises KeyboardInterrupt at the end of the second epoch."""

    def end(self, parameters, epoch):
        super().end(parameters, epoch)
        if len(self.records) == 2:
            raise KeyboardInterrupt
        return False


def test_an_interrupt_ends_the_training_with_what_there_is():
    with pytest.warns(UserWarning, match="interrupted by user"):
        outcome = run(
            Script(3.0, 2.0, 1.0), observer=Interrupted(), keeps_interrupted=True
        )
    assert (outcome.n_iter, outcome.stopped, outcome.converged) == (2, True, False)
    assert (distance(outcome), outcome.loss) == (2, 2.0)
    assert outcome.message is None


def test_an_interrupt_ends_the_program_where_nobody_keeps_it():
    with pytest.raises(KeyboardInterrupt):
        run(Script(3.0, 2.0, 1.0), observer=Interrupted())


def test_the_epochs_are_closed_however_training_ends(monkeypatch):
    from skmlp.solvers import epochs

    closed = []
    runner = sys.modules[epochs.__module__]._EpochRunner
    close = runner.close
    monkeypatch.setattr(runner, "close", lambda self: (closed.append(1), close(self)))
    run(Script(3.0), max_epochs=1)
    with pytest.raises(Diverged) as diverged:
        run(Script(nan))
    with pytest.raises(KeyboardInterrupt) as interrupted:
        run(Script(3.0, 2.0), observer=Interrupted())
    # The generator was closed although the tracebacks still hold its frames.
    assert diverged.tb is not interrupted.tb is not None
    assert len(closed) == 3


def test_the_loop_finds_the_bottom_of_a_bowl():
    outcome = run(
        Bowl(),
        learning_rate=0.1,
        max_epochs=1000,
        n_iter_no_change=10,
        tol=1e-12,
        batch_size=5,
    )
    assert outcome.converged
    assert isfinite(outcome.loss)
    np.testing.assert_allclose(outcome.parameters, Bowl.centre, atol=1e-5)


def spread(rule, **settings):
    plan = TrainingPlan(rule, Constant(), 0.5, 10, 200, 1e-12, 20, **settings)
    start = np.zeros(1)
    return start, Training.begin(start, np.random.RandomState(0), tol=1e-12), plan


@pytest.mark.parametrize("rule", [GD(), SGD(momentum=0.0)], ids=str)
@pytest.mark.parametrize("n_rows", [None, 4, 10])
def test_an_objective_of_the_user_is_minimised_over_the_rows_to_visit(rule, n_rows):
    start, training, plan = spread(rule)
    if n_rows is not None:
        training.state.visit_only(np.arange(n_rows))
    outcome = train(TrainingProblem(Spread()), training, plan, Observer())
    np.testing.assert_allclose(outcome.parameters, Spread.y[:n_rows].mean(), rtol=1e-5)
    assert start == 0  # a copy is trained


def test_an_outcome_stays_as_it_is_when_training_goes_on():
    _, training, plan = spread(SGD(momentum=0.0), restore_best=False)
    plan = replace(plan, max_epochs=1)
    first = train(TrainingProblem(Spread()), training, plan, Observer())
    before = first.parameters.copy()
    train(TrainingProblem(Spread()), training, plan, Observer())
    np.testing.assert_array_equal(first.parameters, before)


def test_early_stopping_without_rows_to_validate_on_is_refused_before_any_epoch():
    _, training, plan = spread(SGD(), early_stopping=True)
    with pytest.raises(ValueError, match=r"early_stopping=True.*held_out"):
        train(TrainingProblem(Spread()), training, plan, Observer())
    assert training.state.epochs == 0


def test_training_backs_off_by_its_objective_where_no_other_is_given():
    _, training, plan = spread(SGD(momentum=0.0), on_divergence="backoff")
    plan = replace(plan, learning_rate=3.0 * 2**20)  # after enough halvings, it is 1.5
    outcome = train(TrainingProblem(Spread()), training, plan, Observer())
    assert outcome.diverged
    np.testing.assert_allclose(outcome.parameters, Spread.y.mean(), rtol=1e-5)

"""Data classes of a training: patience, evolving state, and outcome."""

import pickle
from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from objectives import Bowl
from training_runs import Fixed

from skmlp.solvers import (
    SGD,
    Adam,
    Constant,
    EpochRecord,
    Observer,
    Outcome,
    Training,
    TrainingPlan,
    TrainingProblem,
    TrainingState,
    train,
)
from skmlp.solvers.patience import Costs, Patience

AT = np.array([1.0, 2.0, 3.0])
OUTCOME = Outcome(
    training=None,
    parameters=AT,
    loss=0.25,
    best_loss=0.25,
    best_validation_score=None,
    n_iter=1,
    converged=False,
    diverged=False,
    stopped=False,
    message=None,
)


def begun_training(parameters=AT, seed=0, **settings):
    generator = np.random.RandomState(seed)
    return Training.begin(parameters.copy(), generator, tol=0.1, **settings)


@pytest.mark.parametrize(
    ("costs", "waited"),
    [
        ([3.0], [0]),
        ([3.0, 2.875, 2.75], [0, 0, 0]),  # a decrease equal to tol is enough
        ([3.0, 2.9, 2.8, 2.7], [0, 1, 2, 3]),  # the best falls with every epoch
        ([3.0, 3.5, 2.5, 2.5], [0, 1, 0, 1]),
        ([nan, 3.0, nan, nan, 2.0], [1, 0, 1, 2, 0]),
        ([-0.5, -0.75, -0.625], [0, 0, 1]),
    ],
    ids=str,
)
def test_an_epoch_makes_progress_if_it_lowers_the_best_cost_by_tol(costs, waited):
    patience, observed = Patience(tol=0.125), []
    for cost in costs:
        patience.observe(cost, cost, AT)
        observed.append(patience.waited)
    assert observed == waited
    assert patience.best == np.nanmin(costs)


def test_patience_is_exhausted_after_so_many_epochs_without_progress():
    patience = Patience(tol=0.0)
    for cost in (1.0, 2.0, 2.0):
        patience.observe(cost, cost, AT)
    assert patience.exhausted(2)
    assert not patience.exhausted(3)
    assert not patience.exhausted(inf)


def test_patience_keeps_a_copy_of_the_best_parameters_and_the_loss_beside_the_cost():
    patience, parameters = Patience(tol=10.0), AT.copy()
    for cost, loss in ((-0.5, 9.0), (-0.8, 7.0), (-0.8, 6.0), (-0.1, 5.0)):
        patience.observe(cost, loss, parameters)
        parameters += 1
    assert (patience.best, patience.best_loss) == (-0.8, 6.0)  # the last of equal costs
    np.testing.assert_array_equal(patience.best_parameters, AT + 2)
    patience.forget()
    assert vars(patience) == vars(Patience(tol=10.0))


def test_a_training_begins_with_nothing_but_its_parameters_and_its_generator():
    training = begun_training()
    np.testing.assert_array_equal(training.state.parameters, AT)
    np.testing.assert_array_equal(training.kept, AT)
    assert training.kept is not training.state.parameters
    assert training.patience.tol == 0.1
    assert (training.losses, training.records, training.samples) == ([], [], 0)
    assert training.state.order is None
    assert training.state.generator.randint(1000) == (
        np.random.RandomState(0).randint(1000)
    )
    without_epochs = Training.begin(AT, tol=0.1)
    assert without_epochs.state is None
    assert without_epochs.samples == 0


def test_another_start_takes_over_the_split_of_the_rows_and_not_their_order():
    first = begun_training().state
    first.order, first.validation_rows = np.array([5, 0, 3]), np.array([4, 1])
    second = begun_training(rows_of=first).state
    np.testing.assert_array_equal(second.order, [0, 3, 5])
    np.testing.assert_array_equal(second.validation_rows, [4, 1])
    np.testing.assert_array_equal(first.order, [5, 0, 3])
    assert second.steps == second.samples == 0


FIT = Costs(objective="one")


def trained(costs=FIT, *, streams=False):
    """Return a Training whose last parameters are AT + 5, and the best ones AT."""
    training = begun_training()
    training.costs, training.streams = costs, streams
    training.state.parameters = AT + 5
    training.state.rule_state = {"velocity": np.ones(3), "steps": 7}
    training.state.rate_factor = 0.25
    training.patience.observe(0.5, 0.5, AT)
    training.losses, training.validation_scores = [0.5], [0.1]
    return training


def test_a_training_without_any_change_continues_with_all_that_it_had():
    training = trained()
    other = training.resumed(AT.copy(), FIT)
    np.testing.assert_array_equal(other.state.parameters, AT + 5)
    assert other.state.rule_state["steps"] == 7
    assert (other.state.rate_factor, other.patience.best) == (0.25, 0.5)
    np.testing.assert_array_equal(other.kept, AT)


@pytest.mark.parametrize(
    ("parameters", "costs"),
    [
        (AT + 1, FIT),  # weights that the user has set
        (AT, Costs(objective="another")),
        (AT, Costs(by_score=True, objective="one")),
    ],
    ids=["weights", "objective", "kind of cost"],
)
def test_after_a_change_training_starts_from_the_weights_and_forgets_the_costs(
    parameters, costs
):
    other = trained().resumed(parameters, costs)
    np.testing.assert_array_equal(other.state.parameters, parameters)
    assert other.state.rule_state is None
    assert (other.state.rate_factor, other.patience.best) == (1.0, inf)
    assert other.costs == costs


def test_a_stream_keeps_the_state_of_the_rule_from_other_weights():
    training = trained(Costs(), streams=True)
    other = training.resumed(AT + 1, Costs(), stream=True)
    np.testing.assert_array_equal(other.state.parameters, AT + 1)
    assert other.state.rule_state["steps"] == 7
    assert (other.state.rate_factor, other.patience.best) == (0.25, 0.5)
    shorter = training.resumed(np.zeros(2), Costs(), stream=True)
    assert shorter.state.rule_state is None
    after_a_fit = trained().resumed(AT, Costs(), stream=True)
    np.testing.assert_array_equal(after_a_fit.state.parameters, AT)
    assert after_a_fit.state.rule_state["steps"] == 7


@pytest.mark.parametrize("parameters", [AT, AT + 1], ids=["same", "other weights"])
def test_what_continues_leaves_the_training_before_it_as_it_was(parameters):
    training = trained()
    before = pickle.dumps(training)
    undo = training.restorer()
    other = training.resumed(parameters, FIT)
    other.prepare(SGD(), np.float64)
    other.state.parameters += 1
    other.state.rule_state["velocity"] += 1
    other.state.steps += 1
    other.patience.observe(0.1, 0.1, AT)
    other.state.generator.random_sample()
    other.losses.append(0.1)
    other.records.append(EpochRecord(0.1))
    undo()
    training.losses = [0.5]  # there was no record of it
    assert pickle.dumps(training) == before


def test_a_copy_of_a_training_shares_nothing_that_training_changes():
    training = trained()
    before = pickle.dumps(training)
    other = training.copy()
    other.losses.append(0.1)
    other.validation_scores.append(0.1)
    other.records.append(EpochRecord(0.1))
    other.state.generator.random_sample()
    other.state.parameters += 1
    other.patience.forget()
    assert pickle.dumps(training) == before


@pytest.mark.parametrize(
    ("now", "earlier", "comparable"),
    [
        (FIT, Costs(objective="one"), True),
        (FIT, Costs(objective="two"), False),
        (FIT, Costs(), False),  # a fit after the parts of a stream
        (Costs(), FIT, True),  # scikit-learn's partial_fit compares all losses
        (Costs(), Costs(by_score=True), False),
    ],
)
def test_costs_compare_within_one_objective(now, earlier, comparable):
    assert now.compare_with(earlier) == comparable


def test_a_rule_of_another_class_begins_anew_and_one_of_the_same_goes_on():
    training = begun_training()
    training.prepare(SGD(), np.float64)
    training.state.rule_state["velocity"] += 1
    training.prepare(SGD(momentum=0.1), np.float64)
    np.testing.assert_array_equal(training.state.rule_state["velocity"], np.ones(3))
    training.prepare(Adam(), np.float64)
    assert set(training.state.rule_state) == set(Adam().init(AT))
    training.prepare(SGD(), np.float64)
    np.testing.assert_array_equal(training.state.rule_state["velocity"], np.zeros(3))


@pytest.mark.parametrize("given", [np.float32, np.float64])
@pytest.mark.parametrize("wanted", [np.float32, np.float64])
@pytest.mark.parametrize("rule", [SGD(), Adam()], ids=["sgd", "adam"])
def test_parameters_and_what_the_rule_remembers_take_the_dtype_of_the_rows(
    rule, given, wanted
):
    training = begun_training(AT.astype(given))
    training.prepare(rule, given)
    for _ in range(2):
        training.prepare(rule, wanted)
        state = training.state
        arrays = [v for v in state.rule_state.values() if isinstance(v, np.ndarray)]
        assert {a.dtype for a in (state.parameters, *arrays)} == {np.dtype(wanted)}
        assert all(array.flags.writeable for array in arrays)
    np.testing.assert_array_equal(state.parameters, AT)


def test_arrays_that_cannot_be_written_to_are_copied_and_others_are_not():
    training = begun_training()
    training.prepare(SGD(), np.float64)
    parameters, velocity = training.state.parameters, training.state.rule_state
    parameters.flags.writeable = velocity["velocity"].flags.writeable = False
    training.prepare(SGD(), np.float64)
    writable = training.state.parameters
    writable += 1
    np.testing.assert_array_equal(parameters, AT)
    training.prepare(SGD(), np.float64)
    assert training.state.parameters is writable


@pytest.mark.parametrize(
    ("after", "before", "kept", "loss"),
    [
        (1.9, 5.0, AT, 1.9),  # not far above the loss of the epoch
        (24.0, 1.0, AT - 1, 1.0),  # the last steps have spoilt them
        (24.0, 30.0, AT, 24.0),
        (nan, 1.0, AT - 1, 1.0),
    ],
)
def test_the_best_parameters_are_checked_by_their_own_loss(after, before, kept, loss):
    values = {AT[0]: after, AT[0] - 1: before}
    patience = Patience(tol=0.0)
    patience.observe(1.0, 1.0, AT, AT - 1)
    objective = Fixed(values.__getitem__)
    for _ in range(2):  # the second time without an evaluation
        np.testing.assert_array_equal(patience.checked_best(objective), kept)
        assert patience.best_loss == loss
        assert patience.best == 1.0
        values.clear()


@pytest.mark.parametrize("score", [None, 0.5])
def test_backing_off_halves_the_rate_and_takes_the_last_epoch_off_the_records(score):
    training = begun_training()
    training.losses = [1.0, 9.0]
    training.validation_scores = None if score is None else [0.7, score]
    training.records = [EpochRecord(1.0), EpochRecord(9.0, validation_score=score)]
    training.patience.waited = 4
    training.back_off()
    training.losses.append(8.0)
    training.records.append(EpochRecord(8.0))
    training.back_off()
    assert training.state.rate_factor == 0.25
    assert training.losses == [1.0]
    assert training.records == [EpochRecord(1.0)]
    assert training.validation_scores == (None if score is None else [0.7])
    assert training.patience.waited == 0


def test_without_records_there_is_the_state_and_nothing_of_the_last_fit():
    training = begun_training()
    training.prepare(Adam(), np.float64)
    training.losses, training.state.order = [1.0], np.arange(20)
    training.patience.observe(1.0, 1.0, AT)
    other = training.without_records()
    assert other.state.parameters is training.state.parameters
    assert other.state.order is None
    assert training.state.order is not None
    assert other.rule is Adam
    assert vars(other.patience) == vars(Patience(0.1))
    plain = vars(Training(other.patience, other.state, other.rule, training.kept))
    assert vars(other) == plain
    assert training.losses == [1.0]


@pytest.mark.parametrize("converged", [True, False])
@pytest.mark.parametrize("waited", [1, 2])
def test_a_stream_has_ended_if_it_did_and_nobody_became_more_patient(converged, waited):
    training = begun_training()
    training.stream_converged, training.patience.waited = converged, waited
    assert training.has_ended(2) == (converged and waited == 2)


def test_the_cost_of_an_outcome_is_its_loss_or_minus_its_score():
    assert OUTCOME.cost == 0.25
    scored = replace(OUTCOME, best_loss=None, best_validation_score=0.75)
    assert scored.cost == -0.75
    nothing = replace(OUTCOME, best_validation_score=0.0)
    assert nothing.cost == 0.0


@pytest.mark.parametrize(
    ("order", "aside", "rows", "same"),
    [
        ([2, 0, 1], None, [0, 1, 2], True),
        ([2, 0, 1], None, [0, 1, 3], False),
        ([2, 0, 1], None, [0, 1, 2, 3], False),
        ([2, 0], [1], [0, 1, 2], True),
        ([2, 0], [0], [0, 1, 2], False),
        ([2, 0], [1], [0, 2], False),
        (None, None, [0], False),
    ],
    ids=str,
)
def test_a_state_tells_whether_its_order_has_these_rows_once(order, aside, rows, same):
    state = TrainingState(AT, None, None, None if order is None else np.array(order))
    aside = None if aside is None else np.array(aside)
    assert state.visits(np.array(rows), aside=aside) == same


def test_the_order_of_the_last_visit_is_kept_for_the_same_rows_alone():
    state = TrainingState(AT, None, None, order=np.array([2, 0, 1]))
    state.visit_only(np.arange(3))
    np.testing.assert_array_equal(state.order, [2, 0, 1])
    state.visit_only(np.arange(4))
    np.testing.assert_array_equal(state.order, [0, 1, 2, 3])
    assert len(state.validation_rows) == 0


class Scattered(Bowl):
    """Bowl with another centre for every batch, so that the order of rows matters."""

    def value_and_gradient(self, parameters, rows=slice(None)):
        centre = np.arange(20.0)[rows].mean()
        away = parameters - centre
        return 0.5 * float(away @ away), away


@pytest.mark.parametrize("rule", [SGD(), Adam()], ids=["sgd", "adam"])
def test_a_training_survives_pickling_and_goes_on_bit_by_bit(rule):
    def plan(epochs):
        return TrainingPlan(
            rule=rule,
            schedule=Constant(),
            learning_rate=0.01,
            batch_size=7,
            max_epochs=epochs,
            tol=0.0,
            n_iter_no_change=inf,
        )

    def run(training, epochs):
        training.prepare(rule, np.float64)
        if training.state.order is None:
            training.state.order = np.arange(20)
        problem = TrainingProblem(Scattered())
        return train(problem, training, plan(epochs), Observer()).training

    whole = run(begun_training(), 6)
    half = run(pickle.loads(pickle.dumps(run(begun_training(), 3))), 3)
    assert half.losses == whole.losses
    assert len(set(whole.losses)) == 6
    assert vars(half.patience).keys() == vars(whole.patience).keys()
    assert half.patience.best == whole.patience.best
    for ours, theirs in (
        (half.state.parameters, whole.state.parameters),
        (half.kept, whole.kept),
        (half.state.order, whole.state.order),
    ):
        np.testing.assert_array_equal(ours, theirs)
    for name, value in whole.state.rule_state.items():
        np.testing.assert_array_equal(half.state.rule_state[name], value)
    assert half.samples == whole.samples == 120

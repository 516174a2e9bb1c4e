"""Rows shared between threads: the same bits, within the limits that are set."""

import multiprocessing
import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse
from threadpoolctl import threadpool_limits

from skmlp import LogisticRegression, MLPRegressor, _kernels
from skmlp._kernels import threads
from skmlp.activations import Activation
from skmlp.losses import Loss
from skmlp.network import Network, fused
from skmlp.objective import EmpiricalRisk, fused_curvature
from skmlp.solvers import SGD, Adam, Constant, TrainingState, epochs

shares_rows = pytest.mark.skipif(
    _kernels.Problem is None, reason="SKMLP_KERNELS=reference shares no rows"
)
can_be_limited = pytest.mark.skipif(
    not threads._pools(), reason="threadpoolctl does not know this BLAS"
)

LAYOUTS = (np.asarray, np.asfortranarray, scipy.sparse.csr_array)


@pytest.fixture
def small_parts(monkeypatch):
    """Rows enough for a test make several parts."""
    monkeypatch.setattr(threads, "PART", 2000)
    monkeypatch.setattr(fused.FusedProblem, "block_rows", lambda self: 16)


@pytest.fixture
def no_helpers(monkeypatch):
    """As in a process that has shared nothing yet."""
    monkeypatch.setattr(threads, "_helpers", None)


def risk(dtype=np.float64, layout=np.asarray, hidden=(7,), n_rows=301):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 5)).astype(dtype)
    X[rng.random(X.shape) < 0.3] = 0
    return EmpiricalRisk(
        network=Network((5, *hidden, 3), (Activation.table["tanh"](),) * len(hidden)),
        loss=Loss.table["multinomial_log_loss"](),
        X=layout(X),
        y=rng.integers(3, size=n_rows),
        sample_weight=rng.uniform(0.2, 2, size=n_rows).astype(dtype),
        l2=0.1,
    )


def passes(objective):
    """The bytes of every pass over all rows."""
    network = objective.network
    parameters = np.random.default_rng(1).normal(size=network.n_parameters)
    value, gradient = objective.value_and_gradient(parameters)
    model = parameters.astype(objective.X.dtype)
    scores = objective.fused().scores(model)
    return value, gradient.tobytes(), scores.tobytes()


@shares_rows
@pytest.mark.parametrize(
    "layout", [np.asarray, np.asfortranarray, scipy.sparse.csr_array]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_number_of_threads_gives_the_same_bits(dtype, layout, small_parts):
    objective = risk(dtype, layout)
    assert len(objective.fused()._ranges()) > 4
    results = []
    for limit in (1, 2, 3, 2, 1):
        with threadpool_limits(limit):
            results.append(passes(objective))
    assert all(result == results[0] for result in results)


@shares_rows
@pytest.mark.parametrize("range_rows", [32, 10**6], ids=["rows", "pairs"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_number_of_threads_gives_the_same_hessian(
    layout, range_rows, small_parts, monkeypatch
):
    monkeypatch.setattr(fused_curvature, "_RANGE_ROWS", range_rows)
    objective = risk(layout=layout, hidden=())
    parameters = np.random.default_rng(1).normal(size=objective.network.n_parameters)
    results = []
    for limit in (1, 2, 3, 2):
        with threadpool_limits(limit):
            results.append(objective.hessian(parameters).tobytes())
    assert all(result == results[0] for result in results)


def trained(objective, rule, *, n_epochs=2, fused=True):
    """The parameters after some epochs of batches of 64 rows."""
    network = objective.network
    start = np.random.default_rng(1).normal(size=network.n_parameters)
    parameters = start.astype(objective.X.dtype)
    state = TrainingState(
        parameters,
        rule.init(parameters),
        np.random.RandomState(0),
        np.arange(objective.n_rows),
    )
    if not fused:
        objective = replace(objective)
        objective.__dict__["_fused"] = None
    settings = {"learning_rate": 0.1, "batch_size": 64, "shuffle": True}
    with closing(epochs(objective, state, rule, Constant(), **settings)) as training:
        losses = [next(training).loss for _ in range(n_epochs)]
    return losses, state.parameters


@pytest.fixture
def small_batch_parts(monkeypatch):
    """A batch of 64 small rows makes four parts."""
    monkeypatch.setattr(threads, "BATCH_PART", 1)
    monkeypatch.setattr(threads, "_MANY_ROWS", 16)
    assert threads.batch_parts(64, 10**6) == 4


@shares_rows
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rule", [SGD(), Adam()], ids=["sgd", "adam"])
def test_batches_give_the_same_bits_on_any_number_of_threads(
    rule, dtype, layout, small_batch_parts
):
    objective = risk(dtype, layout, hidden=(40, 30))
    results = []
    for limit in (1, 2, 3, 2, 1):
        with threadpool_limits(limit):
            losses, parameters = trained(objective, rule)
            results.append((losses, parameters.tobytes()))
    assert all(result == results[0] for result in results)


@shares_rows
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("rule", [SGD(), Adam()], ids=["sgd", "adam"])
def test_batches_in_parts_agree_with_the_loop_over_the_objective(
    rule, layout, small_batch_parts
):
    objective = risk(layout=layout, hidden=(40,))
    for n_epochs, rtol in ((1, 1e-12), (10, 1e-6)):
        ours = trained(objective, rule, n_epochs=n_epochs)
        theirs = trained(objective, rule, n_epochs=n_epochs, fused=False)
        np.testing.assert_allclose(ours[0], theirs[0], rtol=rtol)
        np.testing.assert_allclose(ours[1], theirs[1], rtol=rtol, atol=rtol)


@shares_rows
def test_training_in_several_threads_gives_the_same_bits(small_batch_parts):
    objective = risk(hidden=(40,))

    def train(_):
        losses, parameters = trained(objective, Adam())
        return *losses, parameters.tobytes()

    expected = train(None)
    with threadpool_limits(2), ThreadPoolExecutor(3) as callers:
        assert set(callers.map(train, range(12))) == {expected}


@shares_rows
def test_the_parts_of_a_batch_depend_on_its_shape_alone():
    sizes = [10, 31, 32, 127, 128, 200, 255, 256, 4000]
    work = threads.BATCH_PART
    assert [threads.batch_parts(n, 10**9) for n in sizes] == [
        *(1, 1, 2, 2, 2, 2, 2, 4, 16)
    ]
    parts = [threads.batch_parts(4000, factor * work) for factor in (1, 2, 3.9, 4, 8)]
    assert parts == [1, 2, 2, 4, 8]


@shares_rows
@can_be_limited
def test_training_holds_one_thread_of_blas_until_it_is_closed(small_batch_parts):
    objective = risk(hidden=(40,))
    with threadpool_limits(2):
        before = [pool.num_threads for pool in threads._pools()]
        training = epochs(
            objective,
            TrainingState(
                np.ones(objective.network.n_parameters),
                SGD().init(np.ones(objective.network.n_parameters)),
                np.random.RandomState(0),
                np.arange(objective.n_rows),
            ),
            SGD(),
            Constant(),
            learning_rate=0.1,
            batch_size=64,
            shuffle=False,
        )
        next(training)
        assert {pool.num_threads for pool in threads._pools()} == {1}
        training.close()
        assert [pool.num_threads for pool in threads._pools()] == before


@shares_rows
def test_training_leaves_the_arithmetic_of_its_thread_as_it_was():
    trained(risk(np.float32), SGD())
    subnormal = np.full(16, 1e-40, dtype=np.float32)
    assert (subnormal * np.float32(1) > 0).all()


@shares_rows
def test_moments_that_vanish_become_zero_in_training():
    # Processors are many times slower on numbers below the normal range.
    objective = replace(risk(np.float32, hidden=()), l2=0.0)
    objective.X[:, 0] = 0  # no gradient ever comes of it
    parameters = np.zeros(objective.network.n_parameters, dtype=np.float32)
    rule = Adam()
    state = rule.init(parameters)
    state["mean"][:3] = state["square"][:3] = 1.5e-38
    resumed = TrainingState(
        parameters, state, np.random.RandomState(0), np.arange(objective.n_rows)
    )
    settings = {"learning_rate": 0.1, "batch_size": 16, "shuffle": True}
    with closing(epochs(objective, resumed, rule, Constant(), **settings)) as training:
        next(training)
    assert not state["mean"][:3].any()


@shares_rows
def test_callers_in_several_threads_get_the_same_bits(small_parts):
    objective = risk()
    expected = passes(objective)
    with threadpool_limits(2), ThreadPoolExecutor(3) as callers:
        assert set(callers.map(passes, [objective] * 20)) == {expected}


@shares_rows
@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        LogisticRegression(solver="newton-cholesky"),
        MLPRegressor(
            hidden_layer_sizes=(6,), solver="lbfgs", max_iter=20, random_state=0
        ),
    ],
    ids=["lbfgs", "newton", "network"],
)
@pytest.mark.filterwarnings("ignore:.*converge.*")
def test_a_fit_is_the_same_on_one_thread_and_on_two(estimator, small_parts, bundled):
    X, y = bundled("iris")
    fits = []
    for limit in (1, 2, 2):
        with threadpool_limits(limit):
            fitted = estimator.fit(X, y)
        parameters = [getattr(fitted, "coef_", None), *getattr(fitted, "coefs_", ())]
        fits.append(b"".join(p.tobytes() for p in parameters if p is not None))
    assert fits[0] == fits[1] == fits[2]


@shares_rows
@can_be_limited
def test_a_limit_of_one_starts_no_thread(small_parts, no_helpers):
    with threadpool_limits(1):
        passes(risk())
    assert threads._helpers is None
    with threadpool_limits(2):
        passes(risk())
    assert threads._helpers is not None


@shares_rows
def test_little_work_starts_no_thread(no_helpers):
    with threadpool_limits(2):
        passes(risk())
    assert threads._helpers is None


@can_be_limited
@pytest.mark.parametrize("n_threads", [2, 3])
def test_parts_run_on_as_many_threads_as_are_allowed(n_threads):
    together = threading.Barrier(n_threads)
    with threadpool_limits(n_threads):  # a barrier that nobody joins is an error
        _kernels.run_parts(n_threads, lambda part: together.wait(timeout=30))


def test_every_part_is_run_once():
    for n_parts in (1, 2, 7, 100):
        seen = []
        with threadpool_limits(3):
            _kernels.run_parts(n_parts, seen.append)
        assert sorted(seen) == list(range(n_parts))


def test_an_error_in_a_part_reaches_the_caller_and_ends_the_work():
    seen = []

    def work(part):
        seen.append(part)
        raise MemoryError(part)

    with threadpool_limits(3), pytest.raises(MemoryError):
        _kernels.run_parts(100, work)
    assert len(seen) <= 3


@can_be_limited
def test_callers_inside_at_the_same_time_share_the_threads():
    with threadpool_limits(4), ThreadPoolExecutor(1) as other:
        with _kernels.one_thread() as alone, _kernels.one_thread() as nested:
            assert (alone, nested) == (4, 4)
            assert {pool.num_threads for pool in threads._pools()} == {1}

            def enter():
                with _kernels.one_thread() as number:
                    return number

            assert other.submit(enter).result() == 2
        assert {pool.num_threads for pool in threads._pools()} == {4}


def test_parts_are_whole_blocks_that_cover_all_rows():
    for n_rows in (1, 15, 16, 17, 1000, 100_003):
        for work in (0, 10**6, 10**7, 10**10):
            ranges = _kernels.row_ranges(n_rows, 16, work)
            assert ranges[0][0] == 0
            assert ranges[-1][1] == n_rows
            for (_, last), (first, _) in pairwise(ranges):
                assert last == first
                assert first % 16 == 0
            assert all(first < last for first, last in ranges)
    assert len(_kernels.row_ranges(1000, 16, 2 * threads.PART - 1)) == 1
    assert len(_kernels.row_ranges(1000, 16, 2 * threads.PART)) == 2


def test_sums_do_not_depend_on_the_order_in_which_parts_end(rng):
    arrays = 10.0 ** rng.integers(-8, 8, size=(9, 1)) * rng.normal(size=(9, 4))
    expected = arrays[0].copy()
    for array in arrays[1:]:
        expected += array
    for order in (range(9), reversed(range(9)), rng.permutation(9)):
        total = _kernels.OrderedSum(4)
        for part in order:
            buffer = total.buffer()
            assert not buffer.any()
            buffer += arrays[part]
            total.add(part, buffer)
        np.testing.assert_array_equal(total.total, expected)


def _passes_in_a_child(connection):
    with threadpool_limits(2):
        connection.send(passes(risk()))


@shares_rows
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_process_starts_threads_of_its_own(small_parts):
    with threadpool_limits(2):
        expected = passes(risk())  # the helpers exist before the fork
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("fork").Process(
            target=_passes_in_a_child, args=(theirs,)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            with _kernels.one_thread():
                process.start()
        assert ours.poll(60)
        assert ours.recv() == expected
        process.join(60)
        assert process.exitcode == 0

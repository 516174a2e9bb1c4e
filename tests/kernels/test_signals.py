"""Kernels that look for signals while they work."""

import threading

import kernel_arguments
import numpy as np
import pytest
from blas_numbers import numbers
from kernel_runs import whole_runs
from ticks import Raised, handler_in_a_call, needs_timers, raised_in_a_call

from skmlp import _kernels
from skmlp._kernels import shared_work, threads
from skmlp.activations import Activation
from skmlp.losses import Loss
from skmlp.network import Network
from skmlp.network.fused import fuse, fused_update
from skmlp.solvers import Adam, StepBounds

pytestmark = needs_timers
ROWS, FEATURES, BATCH = 200_000, 64, 100
RANGE = {"rows": (0, ROWS), "block_rows": 256}


def wide_network():
    """Return a problem whose epoch takes minutes, and the number of parameters."""
    network = Network((FEATURES, 500, 500, 3), (Activation.table["relu"](),) * 2)
    row = np.random.default_rng(0).normal(size=FEATURES)
    # Every row is the same memory.
    X, y = np.broadcast_to(row, (ROWS, FEATURES)), np.arange(ROWS) % 3
    fused = fuse(network, Loss.table["multinomial_log_loss"](), X, y, None)
    return fused.problem, network.n_parameters


def train(fused, state, n_parts, n_rows, reached):
    """Run batches on `state`, [parameters]; append the rule's arrays in any case."""
    rule, (parameters,) = Adam(), state
    rates = np.full(n_rows // BATCH, 1e-3)
    update = fused_update(rule, rule.init(parameters), rates)
    crew = _kernels.Crew()
    helpers = _kernels.Helpers(crew)
    helpers.call(n_parts - 1)
    try:
        _kernels.train_batches(
            fused,
            parameters,
            np.empty((n_parts, len(parameters))),
            update,
            None,
            n_rows=n_rows,
            batch_size=BATCH,
            l2=0.1,
            l1=0.0,
            bounds=StepBounds(),
            crew=crew,
            reached=reached,
        )
    finally:
        helpers.dismiss()
        state.extend(update.arrays)


@whole_runs
@pytest.mark.parametrize("n_parts", [1, 2])
def test_batches_that_a_handler_ends_are_those_of_a_shorter_run(n_parts):
    fused, n_parameters = wide_network()
    start = 0.05 * np.random.default_rng(1).normal(size=n_parameters)
    stopped, shorter = [start.copy()], [start.copy()]
    reached, whole = np.full(2, np.nan), np.full(2, np.nan)
    with raised_in_a_call():
        train(fused, stopped, n_parts, ROWS, reached)
    assert 0 < reached[0] < ROWS // BATCH
    train(fused, shorter, n_parts, int(reached[0]) * BATCH, whole)
    np.testing.assert_array_equal(reached, whole)
    for one, other in zip(stopped, shorter, strict=True):
        np.testing.assert_array_equal(one, other)


def wide_model():
    fused, n_parameters = wide_network()
    return {"problem": fused, "parameters": np.full(n_parameters, 0.01), **RANGE}


def objective():
    model = wide_model()
    size = len(model["parameters"])
    return model | {"block_gradient": np.empty(size), "gradient": np.zeros(size)}


def curvature():
    row, labels = np.ones(FEATURES), np.arange(ROWS) % 10
    X = np.broadcast_to(row, (ROWS, FEATURES))
    loss = Loss.table["multinomial_log_loss"]()
    network = Network((FEATURES, 10), ())
    return RANGE | {
        "problem": fuse(network, loss, X, labels, None).problem,
        "parameters": np.zeros(network.n_parameters),
        "sums": np.zeros((55, FEATURES + 1, FEATURES + 1)),
        "pairs": (0, 55),
    }


def moments():
    return {
        "X": np.broadcast_to(np.ones(1000), (ROWS, 1000)),
        "labels": np.zeros(ROWS, dtype=np.int64),
        "weights": np.ones(ROWS),
        "shifts": np.zeros((1, 1000)),
    }


def longer(case, **sizes):
    """Return the arguments of a small case with more rows, columns or sweeps."""

    def arguments():
        with pytest.MonkeyPatch.context() as patch:
            for name, size in sizes.items():
                patch.setattr(kernel_arguments, name, size)
            made = kernel_arguments.make(case)
        if "max_sweeps" in made:
            made |= {"max_sweeps": 10**6, "share": 0.0}
        if "order" in made and "labels" in made:
            made["order"] = np.resize(made["order"], 10**7)
        return kernel_arguments.bundled(case.split(",")[0], made)

    return arguments


LONG = {
    "objective_sums": objective,
    "network_scores": lambda: wide_model() | {"scores": np.empty((ROWS, 3))},
    "curvature_sums": curvature,
    "class_moments": moments,
    "class_moments, in_float32": lambda: moments() | {"in_float32": True},
    **{
        case: longer(case, D=500)
        for case in ("perceptron_epochs", "perceptron_epochs, sparse")
    },
    **{
        case: longer(case, N=20_000, D=200)
        for case in ("coordinate_sweeps", "coordinate_sweeps, sparse")
    },
    "coordinate_sweeps, one output": longer("coordinate_sweeps", N=20_000, D=200, K=1),
    **{
        case: longer(case, N=20_000, D=500, K=200)
        for case in ("column_products", "column_products, sparse")
    },
}


@whole_runs
@pytest.mark.parametrize("case", LONG)
def test_a_handler_ends_a_long_call(case):
    kernel, arguments = getattr(_kernels, case.split(",")[0]), LONG[case]()
    with raised_in_a_call():
        kernel(**arguments)


@whole_runs
def test_a_handler_computes_with_numbers_below_the_normal_range(monkeypatch):
    fused, n_parameters = wide_network()
    products = []

    def handle():
        products.append(np.float64(1e-310) * np.float64(0.5))
        raise Raised

    with pytest.raises(Raised), handler_in_a_call(handle):
        train(fused, [np.full(n_parameters, 0.01)], 1, ROWS, None)
    assert products == [5e-311]


@whole_runs
@pytest.mark.parametrize("who", ["works", "waits"])
def test_threads_that_share_work_have_left_when_a_handler_raises(who, monkeypatch):
    monkeypatch.setattr(threads.Lease, "threads", lambda lease: 3)
    before, begun, errors = numbers(), threading.Event(), []

    def work(part):
        helps = threading.current_thread() is not threading.main_thread()
        if not helps:
            begun.wait()
            if who == "waits":
                return
        try:
            begun.set()
            _kernels.objective_sums(**objective())
        except BaseException as error:
            errors.append((helps, type(error)))
            raise

    with raised_in_a_call():
        _kernels.run_parts(3, work)
    assert not shared_work._shared_work
    assert numbers() == before
    assert (True, shared_work.Stopped) in errors
    assert {*errors} <= {(True, shared_work.Stopped), (False, Raised)}


@whole_runs
def test_a_kernel_in_another_thread_is_not_disturbed():
    arguments = wide_model() | {"rows": (0, 4000)}
    scores, expected = np.empty((2, 4000, 3))
    _kernels.network_scores(**arguments, scores=expected)
    done = threading.Event()

    def run():
        _kernels.network_scores(**arguments, scores=scores)
        done.set()

    threading.Thread(target=run).start()
    with raised_in_a_call():
        threading.Event().wait()  # the handler raises here, in the main thread
    done.wait()
    np.testing.assert_array_equal(scores, expected)

"""Kernels read arrays of any layout, and refuse those that do not fit together."""

import importlib
import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from layouts import SAME, SAME_TABLES, SHARED

from skmlp import _kernels
from skmlp._kernels import reference
from skmlp.activations import Activation
from skmlp.losses import Loss
from skmlp.network import Network
from skmlp.objective import fused as _fused

N, D, K = 24, 7, 3


def step(n_states, **settings):
    """Arguments of an update rule."""

    def arguments(kernel, dtype):
        rng = np.random.default_rng(0)
        names = list(inspect.signature(getattr(reference, kernel)).parameters)
        arrays = {name: rng.normal(size=D).astype(dtype) for name in names[:2]}
        states = names[2 : 2 + n_states]
        return (
            arrays
            | {name: np.abs(rng.normal(size=D)).astype(dtype) for name in states}
            | settings
        )

    return arguments


def scores(kernel, dtype):
    (name,) = inspect.signature(getattr(reference, kernel)).parameters
    return {name: np.random.default_rng(0).normal(size=(N, K)).astype(dtype)}


def moments(kernel, dtype):
    rng = np.random.default_rng(0)
    return {
        "X": rng.normal(size=(N, D)).astype(dtype),
        "labels": rng.integers(K, size=N),
        "weights": rng.uniform(0.5, 2, size=N),
        "shifts": rng.normal(size=(K, D)),
    }


def perceptron(*, sparse=False, joint=False):
    def arguments(kernel, dtype):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(N, D)).astype(dtype) * (rng.random((N, D)) < 0.6)
        rows = {"dense": X, "values": None, "indices": None, "starts": None}
        if sparse:
            csr = _kernels.csr_arrays(scipy.sparse.csr_array(X.astype(dtype)))
            rows = dict(zip(("values", "indices", "starts"), csr, strict=True))
            rows["dense"] = None
        return rows | {
            "weights": rng.normal(size=(K, D)).astype(dtype),
            "intercepts": np.zeros(K, dtype),
            "l1_due": np.zeros(K, dtype),
            "l1_paid": np.zeros((K, D), dtype),
            "weight_sums": np.ones((K, D)),
            "intercept_sums": np.ones(K),
            "active": np.ones(K, dtype=np.uint8),
            "classes": np.arange(K),
            "labels": rng.integers(K, size=N),
            "order": rng.permutation(N),
            "sample_weight": rng.uniform(0.5, 2, size=N).astype(dtype),
            "positive": np.ones(K),
            "negative": np.ones(K),
            "losses": np.zeros(K),
            "mistakes": np.zeros(K, dtype=np.int64),
            "rate": 1.0,
            "decay": 0.99,
            "l1_step": 0.01,
            "margin": 0.5,
            "fit_intercept": True,
            "joint": joint,
        }

    return arguments


def columns(*, sparse):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D)) * (rng.random((N, D)) < 0.6)
    if not sparse:
        names = ("indices", "starts", "stops")
        return {"values": X.T.copy(), **dict.fromkeys(names)}
    csc = scipy.sparse.csc_array(X)
    starts = csc.indptr.astype(np.int64)
    return {
        "values": csc.data,
        "indices": csc.indices.astype(np.int32),
        "starts": starts[:-1].copy(),
        "stops": starts[1:].copy(),
    }


def sweeps(*, sparse):
    def arguments(kernel, dtype):
        rng = np.random.default_rng(1)
        mean = rng.dirichlet(np.ones(K), size=N).T.copy()
        return columns(sparse=sparse) | {
            "mean": mean,
            "curvature": mean / N,
            "gradient": rng.normal(size=(D, K)),
            "parameters": rng.normal(size=(D, K)),
            "l1": np.full(D, 0.1),
            "l2": np.full(D, 0.1),
            "lower": np.full((D, K), -5.0),
            "upper": np.full((D, K), 5.0),
            "step_scores": np.zeros((K, N)),
            "order": rng.permutation(D),
            "share": 1e-3,
            "max_sweeps": 4,
        }

    return arguments


def products(*, sparse):
    def arguments(kernel, dtype):
        pull = np.random.default_rng(1).normal(size=(K, N))
        return columns(sparse=sparse) | {"pull": pull}

    return arguments


def penalties(kernel, dtype):
    names = ("gradient", "parameters", "l1", "l2", "lower", "upper")
    arguments = sweeps(sparse=False)(kernel, dtype)
    return {name: arguments[name] for name in names}


def likelihood(kernel, dtype):
    rng = np.random.default_rng(0)
    return {
        "scores": rng.normal(size=(K, N)),
        "targets": rng.dirichlet(np.ones(K), size=N).T.copy(),
        "weight": np.full(N, 1 / N),
        "mean": np.zeros((K, N)),
        "pull": np.zeros((K, N)),
    }


MOMENTS = {"beta_1": 0.9, "beta_2": 0.99, "epsilon": 1e-8}
ARGUMENTS = {
    "descent_step": step(0, learning_rate=0.1),
    "momentum_step": step(1, learning_rate=0.1, momentum=0.9, nesterov=True),
    "adam_step": step(2, step_size=0.1, **MOMENTS),
    "amsgrad_step": step(3, step_size=0.1, **MOMENTS),
    "nadam_step": step(2, step_size=0.1, gradient_step_size=0.1, **MOMENTS),
    "rmsprop_step": step(2, learning_rate=0.1, decay=0.9, momentum=0.5, epsilon=1e-8),
    "adagrad_step": step(1, learning_rate=0.1, epsilon=1e-8),
    "adadelta_step": step(2, learning_rate=0.1, decay=0.9, epsilon=1e-6),
    **dict.fromkeys(
        ("logistic", "softplus", "log_logistic", "log_sum_exp", "log_softmax"), scores
    ),
    "softmax": scores,
    "class_moments": moments,
    "class_moments, single": lambda kernel, dtype: (
        moments(kernel, dtype) | {"single": True}
    ),
    "perceptron_epoch": perceptron(),
    "perceptron_epoch, joint": perceptron(joint=True),
    "perceptron_epoch, sparse": perceptron(sparse=True),
    "coordinate_sweeps": sweeps(sparse=False),
    "coordinate_sweeps, sparse": sweeps(sparse=True),
    "column_products": products(sparse=False),
    "column_products, sparse": products(sparse=True),
    "violations": penalties,
    "log_loss": likelihood,
}
# They take numbers, and no array.
NUMBERS_ONLY = {"kept_units", "standard_normals"}
WRITTEN = {
    "perceptron_epoch": (
        *("weights", "intercepts", "l1_due", "l1_paid", "weight_sums"),
        *("intercept_sums", "losses", "mistakes"),
    ),
    "coordinate_sweeps": ("parameters", "step_scores"),
    "log_loss": ("mean", "pull"),
}
SPARE = ("labels", "order", "values", "indices", "starts", "stops")
# Sizes of the result, which other arguments do not share.
CHOOSES_A_SIZE = {
    ("class_moments", "shifts", 0),
    ("column_products", "values", 0),
    ("column_products", "pull", 0),
}
MODULES = [reference]
if _kernels.Problem is not None:
    MODULES.append(importlib.import_module("skmlp._kernels.compiled"))


def is_written(case, name):
    kernel = case.split(",")[0]
    if kernel.endswith("_step"):
        return name != "gradient"
    return name in WRITTEN.get(kernel, ())


def make(case, dtype=np.float64):
    kernel = case.split(",")[0]
    return ARGUMENTS[case](kernel, dtype)


def call(case, dtype=np.float64, **changes):
    """Return the result of a kernel, and all arrays as they are after it."""
    arguments = make(case, dtype) | changes
    result = getattr(_kernels, case.split(",")[0])(**arguments)
    arrays = {k: v for k, v in arguments.items() if isinstance(v, np.ndarray)}
    return result, arrays


def assert_equal(ours, theirs):
    for name, expected in theirs[1].items():
        # The reference leaves the order of a sum to NumPy, which looks at the layout.
        rounding = 0 if len(MODULES) > 1 else 1e-6
        np.testing.assert_allclose(
            ours[1][name], expected, rtol=rounding, atol=10 * rounding, err_msg=name
        )
    ours, theirs = (
        found if isinstance(found, tuple) else (found,)
        for found in (ours[0], theirs[0])
    )
    for found, expected in zip(ours, theirs, strict=True):
        if expected is not None:
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


CASES = [
    (case, name)
    for case in ARGUMENTS
    for name, array in make(case).items()
    if isinstance(array, np.ndarray)
]


def test_every_exported_kernel_is_among_the_cases():
    exported = {
        name
        for name, kernel in vars(reference).items()
        if inspect.isfunction(kernel)
        and kernel.__module__.startswith(reference.__name__)
        and name in vars(_kernels)
    }
    assert exported == {case.split(",")[0] for case in ARGUMENTS} | NUMBERS_ONLY


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("case", "name"), CASES)
def test_an_argument_may_lie_in_memory_in_any_way(case, name, dtype):
    array = make(case, dtype)[name]
    layouts = SAME_TABLES if array.ndim == 2 else SAME
    expected = call(case, dtype)
    for lay_out in layouts.values():
        assert_equal(call(case, dtype, **{name: lay_out(array)}), expected)


@pytest.mark.parametrize(("case", "name"), CASES)
def test_an_argument_may_be_read_only_unless_it_is_written(case, name):
    array = make(case)[name]
    for lay_out in (np.array, *SAME.values()):
        read_only = lay_out(array)
        read_only.flags.writeable = False
        if is_written(case, name):
            with pytest.raises(ValueError, match="read-only"):
                call(case, **{name: read_only})
        else:
            assert_equal(call(case, **{name: read_only}), call(case))


@pytest.mark.parametrize("case", ["class_moments", "class_moments, single"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("layout", SHARED)
def test_rows_that_share_their_memory_have_the_moments_of_copies(layout, dtype, case):
    arguments = make(case, dtype)
    view = SHARED[layout](arguments["X"])
    changes = {name: arguments[name][: len(view)] for name in ("labels", "weights")}
    ours = call(case, dtype, X=view, **changes)
    theirs = call(case, dtype, X=view.copy(), **changes)
    assert_equal(ours, theirs)


@pytest.mark.parametrize(("case", "name"), CASES)
def test_the_compiled_kernels_refuse_an_argument_of_another_shape(case, name):
    if not hasattr(MODULES[-1], case.split(",")[0]) or MODULES[-1] is reference:
        pytest.skip("the reference is array code, which NumPy checks")
    array = make(case)[name]
    for axis in range(array.ndim):
        for size in (array.shape[axis] - 1, 0, array.shape[axis] + 1):
            other = np.resize(array.ravel()[:1], array.size * 4)
            shape = [*array.shape[:axis], size, *array.shape[axis + 1 :]]
            other = np.resize(other, shape).astype(array.dtype)
            longer = size > array.shape[axis]
            # Of longer lists of numbers the first are taken.
            spare = longer and name in SPARE
            spare |= longer and (case, name) == ("column_products, sparse", "pull")
            if name == "order" and case.startswith("perceptron"):
                continue  # any rows may be visited
            if spare or (case.split(",")[0], name, axis) in CHOOSES_A_SIZE:
                continue
            with pytest.raises(ValueError, match=r"[a-z]"):
                call(case, **{name: other})


@pytest.mark.parametrize(
    ("case", "name", "value"),
    [
        ("class_moments", "labels", K),
        ("class_moments", "labels", -1),
        ("perceptron_epoch", "order", N),
        ("perceptron_epoch", "order", -1),
        ("perceptron_epoch, sparse", "order", N),
        ("perceptron_epoch, joint", "labels", K),
        ("perceptron_epoch, joint", "labels", -1),
        ("coordinate_sweeps", "order", D),
        ("coordinate_sweeps, sparse", "starts", -1),
        ("coordinate_sweeps, sparse", "stops", 10**6),
        ("column_products, sparse", "stops", 10**6),
        ("column_products, sparse", "starts", 10**6),
        ("column_products, sparse", "indices", N),
        ("column_products, sparse", "indices", -1),
        ("coordinate_sweeps, sparse", "indices", N),
        ("perceptron_epoch, sparse", "starts", 10**6),
        ("perceptron_epoch, sparse", "indices", D),
        ("perceptron_epoch, sparse", "indices", -1),
    ],
)
def test_numbers_of_rows_and_classes_are_in_range(case, name, value):
    if MODULES[-1] is reference:
        pytest.skip("the reference is array code, which NumPy checks")
    array = make(case)[name].copy()
    array[len(array) // 2] = value
    with pytest.raises(ValueError, match="do not fit together"):
        call(case, **{name: array})


def network_problem(dtype=np.float64, X=None, y=None, weight=None):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, D)).astype(dtype) if X is None else X
    y = rng.integers(K, size=N) if y is None else y
    network = Network((D, 5, K), (Activation.table["tanh"](),))
    loss = Loss.table["multinomial_log_loss"]()
    return _fused.fuse(network, loss, X, y, weight), network


@pytest.mark.skipif(len(MODULES) == 1, reason="SKMLP_KERNELS=reference")
def test_whole_runs_refuse_what_does_not_fit():
    fused, network = network_problem()
    problem, n = fused.problem, network.n_parameters
    good = np.zeros(n)

    def sums(parameters=good, gradient=None, rows=(0, N), block_rows=8):
        buffer = np.zeros(n) if gradient is None else gradient
        _kernels.objective_sums(
            problem, parameters, np.zeros(n), buffer, rows=rows, block_rows=block_rows
        )

    def predict(parameters=good, shape=(N, K), rows=(0, N)):
        _kernels.network_scores(
            problem, parameters, np.zeros(shape), rows=rows, block_rows=8
        )

    sums()
    predict()
    for wrong in (
        lambda: sums(np.zeros(n - 1)),
        lambda: sums(np.zeros(n, np.float32)),
        lambda: sums(gradient=np.zeros(n - 1)),
        lambda: sums(rows=(0, N + 1)),
        lambda: sums(rows=(-1, N)),
        lambda: sums(rows=(5, 5)),
        lambda: sums(block_rows=0),
        lambda: predict(np.zeros(n + 1)),
        lambda: predict(shape=(N - 1, K)),
        lambda: predict(shape=(N, K + 1)),
        lambda: predict(rows=(N, N + 2), shape=(2, K)),
        lambda: network_problem(y=np.full(N, K)),
        lambda: network_problem(y=np.full(N, -1)),
        lambda: network_problem(y=np.zeros(N - 1, int)),
        lambda: network_problem(X=np.zeros((N, D - 1))),
        lambda: network_problem(X=np.zeros((N + 1, D))),
        lambda: network_problem(weight=np.ones(N - 1)),
    ):
        with pytest.raises(ValueError, match=r"do not fit together|mismatch"):
            wrong()


@pytest.mark.skipif(len(MODULES) == 1, reason="SKMLP_KERNELS=reference")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_network_reads_rows_of_any_layout_to_the_same_bits(dtype):
    X = np.random.default_rng(1).normal(size=(N, D)).astype(dtype)
    for name, lay_out in (SAME_TABLES | SHARED).items():
        if name == "byte-swapped":
            continue  # not read by the kernels
        view = lay_out(X)
        y = np.arange(len(view)) % K
        results = []
        for rows in (view, view.copy()):
            fused, network = network_problem(dtype, rows, y)
            parameters = np.linspace(-1, 1, network.n_parameters).astype(dtype)
            _, gradient, _ = fused.sums(parameters)
            results.append((fused.scores(parameters), gradient))
        for ours, theirs in zip(*results, strict=True):
            np.testing.assert_array_equal(ours, theirs, err_msg=name)


def test_what_blas_prints_fails_a_test(tmp_path):
    # A copy of this suite's own hook, in a run of its own.
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path / "conftest.py")
    (tmp_path / "test_inner.py").write_text(
        "import os\n\n"
        "def test_wrong():\n"
        "    os.write(2, b' ** On entry to DGEMM  parameter number 10 had ...')\n\n"
        "def test_right():\n"
        "    os.write(2, b'something else')\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 1 passed" in run.stdout
    assert "BLAS was called wrongly" in run.stdout

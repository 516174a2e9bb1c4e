"""Kernels refuse arrays that do not fit together, and rows that are out of range."""

import numpy as np
import pytest
from kernel_arguments import CASES, MODULES, D, K, N, call, make, network_problem

from skmlp import _kernels
from skmlp._kernels import reference

SPARE = ("labels", "order", "values", "indices", "starts", "stops")
SPARE += ("curve", "is_wide")
# Sizes of the result, which other arguments do not share.
CHOOSES_A_SIZE = {
    ("class_moments", "shifts", 0),
    ("column_products", "values", 0),
    ("column_products", "score_gradient", 0),
}


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
            spare |= longer and (case, name) == (
                "column_products, sparse",
                "score_gradient",
            )
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
        ("perceptron_epochs", "order", N),
        ("perceptron_epochs", "order", -1),
        ("perceptron_epochs, sparse", "order", N),
        ("perceptron_epochs, joint", "labels", K),
        ("perceptron_epochs, joint", "labels", -1),
        ("coordinate_sweeps", "order", D),
        ("coordinate_sweeps, sparse", "starts", -1),
        ("coordinate_sweeps, sparse", "stops", 10**6),
        ("column_products, sparse", "stops", 10**6),
        ("column_products, sparse", "starts", 10**6),
        ("column_products, sparse", "indices", N),
        ("column_products, sparse", "indices", -1),
        ("coordinate_sweeps, sparse", "indices", N),
        ("perceptron_epochs, sparse", "starts", 10**6),
        ("perceptron_epochs, sparse", "indices", D),
        ("perceptron_epochs, sparse", "indices", -1),
    ],
)
def test_numbers_of_rows_and_classes_are_in_range(case, name, value):
    if MODULES[-1] is reference:
        pytest.skip("the reference is array code, which NumPy checks")
    array = make(case)[name].copy()
    array[len(array) // 2] = value
    with pytest.raises(ValueError, match="do not fit together"):
        call(case, **{name: array})


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

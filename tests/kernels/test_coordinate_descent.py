"""Coordinate descent by the compiled kernels does what the reference does."""

import itertools

import numpy as np
import pytest
import scipy.sparse
from kernel_tuples import bundled

from skmlp._kernels import Columns, ElasticNet, QuadraticModel, reference

compiled = pytest.importorskip(
    "skmlp._kernels.compiled", reason="built without a C compiler"
)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (40, 7, 1), (40, 7, 3), (33, 1, 4)])
@pytest.mark.parametrize("bounded", [False, True], ids=["free", "bounded"])
@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_coordinate_sweeps_agree(scale, bounded, shape, sparse, rng):
    n, m, K = shape
    columns = np.where(rng.random((m, n)) < 0.4, 0, scale * rng.normal(size=(m, n)))
    columns[0] = 0  # a column without entries is not moved
    gradient = rng.normal(size=(m, K))
    if K > 1:  # else a shift of all outputs lowers the model without end
        gradient -= gradient.mean(axis=1, keepdims=True)
    mean = np.zeros((1, n)) if K == 1 else rng.dirichlet(np.ones(K), size=n).T.copy()
    arrays = {
        "mean": mean,
        "curvature": rng.random((K, n)) / n,
        "gradient": scale * gradient,
        "parameters": rng.normal(size=(m, K)) / scale,
        "l1": scale * rng.random(m),
        "l2": np.zeros(m),
        "lower": np.full((m, K), -0.5 / scale if bounded else -np.inf),
        "upper": np.full((m, K), 0.1 / scale if bounded else np.inf),
        "step_scores": np.zeros((K, n)),
        "order": rng.permutation(m),
    }
    matrix = scipy.sparse.csr_array(columns)
    data = as_columns(matrix) if sparse else Columns(columns, None, None, None)
    names = ("values", "indices", "starts", "stops")
    results = []
    for kernels in (reference, compiled):
        copies = {name: array.copy() for name, array in arrays.items()}
        settings = {"share": 1e-20, "max_sweeps": 300, "fallen": 1e-3}
        arguments = dict(zip(names, data, strict=True)) | copies | settings
        answer = kernels.coordinate_sweeps(**bundled("coordinate_sweeps", arguments))
        results.append((answer, copies))
    (theirs, their_arrays), (ours, our_arrays) = results
    # The model is least to 20 digits, so the parameters are to 10; the last visits are
    # those of rounding errors.
    assert abs(ours[0] - theirs[0]) <= 5
    assert ours[2] == pytest.approx(theirs[2], rel=1e-9)
    for name, before in arrays.items():
        size = np.abs(their_arrays[name][np.isfinite(before)]).max(initial=0.0)
        tolerance = {"rtol": 1e-9, "atol": 1e-9 * size}
        np.testing.assert_allclose(our_arrays[name], their_arrays[name], **tolerance)
        if name not in ("parameters", "step_scores"):
            np.testing.assert_array_equal(their_arrays[name], before)
    moved = their_arrays["parameters"] - arrays["parameters"]
    np.testing.assert_allclose(
        their_arrays["step_scores"], moved.T @ columns, atol=1e-9
    )


def as_columns(rows):
    """Return the rows of a CSR matrix as the columns that kernels take."""
    starts = rows.indptr.astype(np.int64)
    indices = rows.indices.astype(np.int32)
    return Columns(rows.data, indices, starts[:-1], starts[1:])


def test_coordinate_sweeps_stop_after_as_many_visits_as_allowed(rng):
    columns = rng.normal(size=(6, 30)) + 2  # which depend on each other
    curvature, gradient = np.full((1, 30), 0.1), rng.normal(size=(6, 1))
    none, zeros, order = np.full((6, 1), np.inf), np.zeros(6), rng.permutation(6)
    for most, share in itertools.product((1, 2, 7, 8, 40), (0.0, 0.1)):
        found = []
        for kernels in (reference, compiled):
            theta, steps = np.zeros((6, 1)), np.zeros((1, 30))
            answer = kernels.coordinate_sweeps(
                Columns(columns, None, None, None),
                QuadraticModel(np.zeros((1, 30)), curvature, gradient),
                ElasticNet(zeros + 0.01, zeros, -none, none),
                theta,
                steps,
                order,
                share=share,
                max_sweeps=most,
            )
            assert answer[0] <= most
            np.testing.assert_allclose(steps[0], theta[:, 0] @ columns)
            found.append((*answer, theta))
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("shape", [(0, 3, 2), (1, 1, 1), (53, 9, 1), (53, 9, 3)])
def test_products_of_columns_agree(shape, rng):
    n, m, K = shape
    columns = np.where(rng.random((m, n)) < 0.4, 0, rng.normal(size=(m, n)))
    score_gradient = rng.normal(size=(K, n))
    expected = columns @ score_gradient.T
    for data in (
        Columns(columns, None, None, None),
        as_columns(scipy.sparse.csr_array(columns)),
    ):
        for kernels in (reference, compiled):
            products = kernels.column_products(data, score_gradient)
            np.testing.assert_allclose(products, expected, rtol=1e-12, atol=1e-14)
    none = np.zeros((2, 0), np.int64)
    nothing = Columns(columns.ravel(), np.zeros(0, np.int32), *none)
    assert compiled.column_products(nothing, score_gradient).shape == (0, K)
    assert reference.column_products(nothing, score_gradient).shape == (0, K)


@pytest.mark.parametrize("bounded", [False, True], ids=["free", "bounded"])
@pytest.mark.parametrize("shape", [(0, 1), (1, 1), (60, 1), (60, 3)])
def test_violations_agree_and_are_the_slopes_of_the_objective(shape, bounded, rng):
    m = shape[0]
    theta = rng.choice([-0.5, 0.0, 0.25, 1.5], size=shape)
    gradient = rng.normal(size=shape)
    l1, l2 = rng.choice([0.0, 0.7], size=m), rng.choice([0.0, 0.3], size=m)
    lower = np.full(shape, -0.5 if bounded else -np.inf)
    upper = np.full(shape, 1.5 if bounded else np.inf)
    arrays = (gradient, theta, l1, l2, lower, upper)
    found = [kernels.violations(*arrays) for kernels in (reference, compiled)]
    np.testing.assert_array_equal(*found)

    def objective(values):
        smooth = gradient * values + 0.5 * l2[:, None] * values**2
        return smooth + l1[:, None] * np.abs(values)

    step, expected = 1e-7, np.zeros(shape)
    for sign, bound in ((1, upper), (-1, lower)):
        fall = (objective(theta) - objective(theta + sign * step)) / step
        expected = np.maximum(expected, np.where(theta == bound, 0, fall))
    np.testing.assert_allclose(found[0], expected, atol=1e-6)


@pytest.mark.parametrize("scale", [1, 1000])
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 200), (5, 77), (2, 0)])
def test_log_losses_of_scores_agree(shape, scale, rng):
    K, n = shape
    scores = scale * rng.normal(size=shape)
    targets = rng.dirichlet(np.ones(K + 1), size=n).T[:K].copy()
    targets[:, ::3] = np.eye(K + 1)[:K, :1]
    if K > 1:
        targets /= np.maximum(targets.sum(axis=0), 1e-300)
    weight, found = rng.random(n), []
    for kernels in (reference, compiled):
        mean, score_gradient = np.full(shape, np.nan), np.full(shape, np.nan)
        loss = kernels.log_loss(scores, targets, weight, mean, score_gradient)
        assert np.all((mean >= 0) & (mean <= 1))
        found.append((loss, mean, score_gradient))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-15)

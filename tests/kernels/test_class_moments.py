"""Moments of classes: the compiled kernel sums what the reference sums."""

import numpy as np
import pytest
from kernel_runs import DTYPES, LAYOUTS

from skmlp._kernels import reference

compiled = pytest.importorskip(
    "skmlp._kernels.compiled", reason="built without a C compiler"
)


DENSE_LAYOUTS = {name: LAYOUTS[name] for name in LAYOUTS if not name.startswith("csr")}


@pytest.mark.parametrize("single", [False, True], ids=["double", "single"])
@pytest.mark.parametrize(
    "shape", [(0, 3), (1, 3), (40, 1), (700, 70), (4500, 6)], ids=str
)
@pytest.mark.parametrize("layout", DENSE_LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
def test_class_moments_agree(dtype, layout, shape, single, rng):
    offset = 1000 * rng.normal(size=(4, shape[1]))
    labels = rng.integers(3, size=shape[0])  # none of the fourth class
    X = DENSE_LAYOUTS[layout]((rng.normal(size=shape) + offset[labels]).astype(dtype))
    weights = np.where(rng.random(shape[0]) < 0.1, 0, rng.uniform(0.2, 2, shape[0]))
    arguments = [X, labels, weights, offset]
    kept = [array.copy() for array in arguments]
    theirs, ours = (
        kernels.class_moments(*arguments, in_float32=single)
        for kernels in (reference, compiled)
    )
    # A sum of products is as exact as the terms are, on the scale of its columns.
    deviations = np.sqrt(np.diag(theirs[2]))
    scales = (
        1,
        np.sqrt(theirs[0])[:, None] * deviations,
        np.outer(deviations, deviations),
    )
    tolerances = (1e-14, 1e-14, 1e-6 if single else 1e-13)
    for a, b, scale, rtol in zip(ours, theirs, scales, tolerances, strict=True):
        assert a.dtype == b.dtype == np.float64
        assert a.shape == b.shape
        assert np.all(np.abs(a - b) <= rtol * np.maximum(scale, np.abs(b)))
    for before, after in zip(kept, arguments, strict=True):
        np.testing.assert_array_equal(before, after)


def test_class_moments_of_values_that_overflow_are_not_finite():
    X, labels = np.full((3, 2), 1e200), np.zeros(3, int)
    with np.errstate(over="ignore"):
        for kernels in (reference, compiled):
            scatter = kernels.class_moments(X, labels, np.ones(3), np.zeros((1, 2)))[2]
            assert not np.isfinite(scatter).any()

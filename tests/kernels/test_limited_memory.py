"""The direction of L-BFGS agrees with the matrix that it stands for."""

import numpy as np
import pytest

from skmlp import _kernels
from skmlp._kernels import reference


def past_steps(rng, size, n):
    """Return steps and changes of the gradient of a convex quadratic, (size, n)."""
    root = rng.normal(size=(n, n))
    steps = rng.normal(size=(size, n))
    return steps, steps @ (root @ root.T + np.eye(n))


def inverse_hessian(steps, changes):
    """Return H (n, n) by the update of Broyden, Fletcher, Goldfarb and Shanno."""
    n = steps.shape[1]
    H = np.eye(n)
    if len(steps):
        H *= (steps[-1] @ changes[-1]) / (changes[-1] @ changes[-1])
    for step, change in zip(steps, changes, strict=True):
        curvature = step @ change
        left = np.eye(n) - np.outer(step, change) / curvature
        H = left @ H @ left.T + np.outer(step, step) / curvature
    return H


@pytest.mark.parametrize("kernels", [_kernels, reference], ids=["in use", "reference"])
@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 33])
@pytest.mark.parametrize(
    ("size", "newest", "n_pairs"), [(3, 0, 0), (3, 1, 2), (3, 0, 3), (1, 0, 1)]
)
def test_the_direction_is_that_of_the_whole_matrix(
    kernels, n, size, newest, n_pairs, rng
):
    steps, changes = past_steps(rng, size, n)
    gradient = rng.normal(size=n)
    rows = [(newest - age) % size for age in reversed(range(n_pairs))]
    direction = kernels.limited_memory_direction(
        gradient, steps, changes, newest=newest, n_pairs=n_pairs
    )
    expected = -inverse_hessian(steps[rows], changes[rows]) @ gradient
    np.testing.assert_allclose(direction, expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    "changes",
    [
        {"n_pairs": 4},
        {"n_pairs": -1},
        {"newest": 3},
        {"newest": -1},
        {"gradient": np.ones(4)},
        {"changes": np.ones((2, 5))},
        {"changes": np.ones((3, 4))},
    ],
    ids=str,
)
def test_what_does_not_fit_together_is_refused(changes):
    compiled = pytest.importorskip(
        "skmlp._kernels.compiled", reason="built without a C compiler"
    )
    arguments = {"gradient": np.ones(5), "newest": 0, "n_pairs": 3}
    arguments |= {"steps": np.ones((3, 5)), "changes": np.ones((3, 5))}
    with pytest.raises(ValueError, match=r"steps and changes|fewer rows than pairs"):
        compiled.limited_memory_direction(**arguments | changes)

"""Hessians by the compiled kernels are those of the objective."""

import itertools

import numpy as np
import pytest
import scipy.sparse
from component_tables import LOSSES
from kernel_runs import DTYPES, LAYOUTS, both, problem, whole_runs

from skmlp._kernels import threads
from skmlp.losses import CurvedLoss
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk, fused_curvature

CURVED = sorted(name for name in LOSSES if isinstance(LOSSES[name], CurvedLoss))


def with_a_repeated_entry(X):
    """CSR with entries out of order, and one of them in two pieces."""
    X = scipy.sparse.csr_array(X)
    X.indices, X.data = X.indices[::-1].copy(), X.data[::-1].copy()
    X.indptr = np.int32(X.nnz) - X.indptr[::-1]
    values, places, starts = X.data, X.indices, X.indptr
    halves = np.r_[values[:1] / 2, values[:1] / 2, values[1:]]
    starts = np.r_[starts[:1], starts[1:] + (starts[1:] > 0)]
    return scipy.sparse.csr_array((halves, np.r_[places[:1], places], starts), X.shape)


CURVATURE_LAYOUTS = {
    **LAYOUTS,
    "csr, few entries": lambda X: scipy.sparse.csr_array(np.where(X > 1, X, 0)),
    "csr, repeated entry": lambda X: with_a_repeated_entry(np.where(X > 0, X, 0)),
    "csr, few entries, one repeated": lambda X: with_a_repeated_entry(
        np.where(X > 1, X, 0)
    ),
}


@whole_runs
@pytest.mark.parametrize("part", [200, 10**9], ids=["many parts", "one part"])
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("layout", CURVATURE_LAYOUTS)
@pytest.mark.parametrize("loss", CURVED)
def test_hessians_agree(loss, layout, dtype, part, monkeypatch):
    monkeypatch.setattr(threads, "PART", part)
    settings = itertools.product((8, 10**6), (True, False), (True, False))
    for range_rows, weighted, has_intercepts in settings:
        monkeypatch.setattr(fused_curvature, "_RANGE_ROWS", range_rows)

        def make(weighted=weighted, has_intercepts=has_intercepts):
            deep = problem("relu", loss, dtype=dtype, weighted=weighted)
            return EmpiricalRisk(
                network=Network((6, 3), has_intercepts=has_intercepts),
                loss=deep.loss,
                X=CURVATURE_LAYOUTS[layout](deep.X),
                y=deep.y,
                sample_weight=deep.sample_weight,
                l2=0.1,
            )

        fused, separate = both(
            monkeypatch,
            make,
            lambda objective: objective.hessian(
                np.random.default_rng(3).normal(size=objective.network.n_parameters)
            ),
        )
        assert fused.dtype == separate.dtype == np.float64
        np.testing.assert_array_equal(fused, fused.T)
        tolerance = 1e-13 if dtype == np.float64 else 2e-6
        scale = np.abs(separate).max()
        np.testing.assert_allclose(fused, separate, rtol=0, atol=tolerance * scale)


@whole_runs
@pytest.mark.parametrize("size", [0.0, 1e-8, 30.0, 1000.0])
@pytest.mark.parametrize("loss", CURVED)
def test_hessians_agree_at_scores_of_any_size(loss, size, monkeypatch):
    def run(objective):
        linear = EmpiricalRisk(
            Network((6, 3)), objective.loss, objective.X, objective.y
        )
        parameters = size * np.random.default_rng(2).normal(size=21)
        with np.errstate(over="ignore", invalid="ignore"):
            return linear.hessian(parameters)

    fused, separate = both(monkeypatch, lambda: problem("relu", loss), run)
    assert np.isfinite(fused).all() == np.isfinite(separate).all()
    if np.isfinite(separate).all():  # e^1000 is not
        scale = np.abs(separate).max()
        np.testing.assert_allclose(fused, separate, rtol=0, atol=1e-13 * scale)

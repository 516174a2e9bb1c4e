"""Problems for whole runs of the kernels, and runs of them batch by batch."""

import numpy as np
import pytest
import scipy.sparse
from component_tables import ACTIVATIONS, LOSSES, n_scores_of, targets_for

from skmlp import _kernels
from skmlp.network import Network
from skmlp.objective import EmpiricalRisk

whole_runs = pytest.mark.skipif(
    _kernels.Problem is None, reason="SKMLP_KERNELS=reference leaves no whole runs"
)
DTYPES = (np.float32, np.float64)
LAYOUTS = {
    "C order": np.ascontiguousarray,
    "Fortran order": np.asfortranarray,
    "every other column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "read-only": lambda X: np.frombuffer(X.tobytes(), X.dtype).reshape(X.shape),
    "csr": scipy.sparse.csr_array,
    "csr, 64-bit indices": lambda X: with_wide_indices(scipy.sparse.csr_array(X)),
}


def with_wide_indices(X):
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


def problem(activation, loss, *, dtype=np.float64, layout="C order", weighted=True):
    rng = np.random.default_rng(0)
    component = LOSSES[loss]
    n, d, K = 53, 6, n_scores_of(component, 3)
    X = np.where(rng.random((n, d)) < 0.3, 0, rng.normal(size=(n, d))).astype(dtype)
    y = targets_for(component, n, 3, rng)
    y = y if y.ndim == 1 else y.astype(dtype)
    return EmpiricalRisk(
        network=Network((d, 7, 5, K), (ACTIVATIONS[activation],) * 2),
        loss=component,
        X=LAYOUTS[layout](X),
        y=y,
        sample_weight=rng.uniform(0.2, 2, size=n).astype(dtype) if weighted else None,
        l2=0.1,
    )


def both(monkeypatch, make, run):
    """Return `run(make())` twice: by the whole run of the kernels, and by batches."""
    fused = run(make())
    with monkeypatch.context() as context:
        context.setattr("skmlp.objective.empirical_risk.fuse", lambda *arguments: None)
        separate = run(make())
    return fused, separate

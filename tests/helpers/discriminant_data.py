"""Data sets and settings for discriminant analysis, and a check of close arrays."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn import covariance, datasets

SOLVERS = ["svd", "lsqr", "eigen"]
DATASETS = {
    name: getattr(datasets, f"load_{name}")(return_X_y=True)
    for name in ("iris", "wine", "breast_cancer", "digits")
}
WIDE = datasets.make_classification(
    40, 90, n_informative=5, n_classes=3, random_state=0
)
VARIANTS = [
    {},
    {"solver": "lsqr"},
    {"solver": "eigen"},
    {"solver": "lsqr", "shrinkage": "auto"},
    {"solver": "lsqr", "shrinkage": 0.3},
    {"solver": "eigen", "shrinkage": "auto"},
    {"solver": "eigen", "shrinkage": 0.3},
    {"solver": "lsqr", "covariance_estimator": covariance.OAS()},
]
# Digits have constant pixels; the wide set has fewer rows than columns.
DEGENERATE = pytest.mark.filterwarnings(
    "ignore::skmlp.discriminant_analysis.CollinearityWarning"
)


def assert_close(ours, theirs, rtol=1e-8):
    assert ours.shape == theirs.shape
    assert_allclose(ours, theirs, rtol=rtol, atol=rtol * np.max(np.abs(theirs)))

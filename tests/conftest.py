"""Fixtures and hooks of the whole suite."""

import os
import re
from pathlib import Path

import numpy as np
import pytest
import threadpoolctl
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
)
from sklearn.preprocessing import StandardScaler

from skmlp import _kernels

# Beginnings of the messages of OpenBLAS, of the reference BLAS and of MKL.
_OF_BLAS = re.compile(r"On entry to|OpenBLAS|BLAS ?:|Parameter \d+ to routine")

# A failed assert in a helper shows its values, like one in a test.
for helper in Path(__file__).with_name("helpers").glob("*.py"):
    pytest.register_assert_rewrite(helper.stem)

if "PYTEST_XDIST_WORKER" in os.environ:
    # One BLAS thread per worker, since the workers already share the cores.
    threadpoolctl.threadpool_limits(1)

if _kernels.FELL_BACK:
    # Without a C compiler the suite runs on the reference kernels, as if chosen.
    _kernels.FELL_BACK = False
    os.environ["SKMLP_KERNELS"] = "reference"

_LOADERS = {
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
    "diabetes": load_diabetes,
}


@pytest.fixture(scope="session")
def bundled():
    """Return a function: name of a data set of scikit-learn -> (X standardised, y)."""
    cache = {}

    def load(name):
        if name not in cache:
            X, y = _LOADERS[name](return_X_y=True)
            cache[name] = StandardScaler().fit_transform(X), y
        return cache[name]

    return load


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Fail a test during which BLAS printed a message, such as of a wrong argument."""
    report = yield
    if report.when != "teardown" and report.passed:
        printed = "".join(text for _, text in report.sections)
        if _OF_BLAS.search(printed):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid}: BLAS was called wrongly:\n{printed}"
    return report


@pytest.fixture(autouse=True)
def one_global_seed():
    """Seed NumPy's global random generator before every test.

    Estimators without `random_state` draw from it: without a seed, a test that does not
    set `random_state` would have other numbers in every run.
    """
    np.random.seed(0)  # noqa: NPY002


@pytest.fixture
def rng():
    return np.random.default_rng(0)

"""Fits with one and with two BLAS threads: equal bits, or equal to rounding."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from threadpoolctl import threadpool_info
from versions import older

from skmlp import _kernels

pytestmark = [
    pytest.mark.skipif(os.cpu_count() == 1, reason="there is one processor"),
    pytest.mark.skipif(
        not any(pool["user_api"] == "blas" for pool in threadpool_info()),
        reason="threadpoolctl knows no threads of this BLAS",
    ),
]
SCRIPT = """\
import json, sys, warnings
import numpy as np
from skmlp import *
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
n_rows, n_columns = map(int, sys.argv[1:])
X, y = rng.normal(size=(n_rows, n_columns)), rng.integers(0, 3, n_rows)
X[:, 0] += y
network = dict(hidden_layer_sizes=(30,), random_state=0)
found = {}
for name, estimator in {
    "lda": LinearDiscriminantAnalysis(),
    "shrunk": LinearDiscriminantAnalysis("lsqr", shrinkage="auto"),
    "eigen": LinearDiscriminantAnalysis("eigen"),
    "lbfgs": LogisticRegression(C=0.01),
    "newton": LogisticRegression(C=0.01, solver="newton-cholesky"),
    "perceptron": Perceptron(max_iter=5),
    "adam": MLPClassifier(max_iter=2, batch_size=500, **network),
    "network lbfgs": MLPClassifier(max_iter=5, solver="lbfgs", **network),
}.items():
    estimator.fit(X, y)
    learnt = getattr(estimator, "coefs_", None) or [estimator.coef_]
    found[name] = [float(x).hex() for array in learnt for x in array.ravel()]
print(json.dumps(found))
"""
VARIABLES = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"]


def fits(n_threads, n_rows, n_columns):
    """Return {name: coefficients} of a process with this number of BLAS threads."""
    environment = {**os.environ, **dict.fromkeys(VARIABLES, str(n_threads))}
    finished = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(n_rows), str(n_columns)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        name: np.array([float.fromhex(each) for each in values])
        for name, values in json.loads(finished.stdout).items()
    }


@pytest.mark.skipif(
    _kernels.NAME != "compiled", reason="products of the reference kernels are NumPy's"
)
# OpenBLAS before 0.3.29, of SciPy before 1.16, divides smaller products.
@pytest.mark.parametrize(
    ("n_rows", "n_columns"),
    [(150, 4), (3000, 40 if older("scipy", "1.16") else 80), (9000, 40)],
)
def test_fits_to_few_columns_have_the_same_bits_on_any_number_of_threads(
    n_rows, n_columns
):
    one, two = (fits(n_threads, n_rows, n_columns) for n_threads in (1, 2))
    for name, coefficients in one.items():
        assert two[name].tobytes() == coefficients.tobytes(), name


def test_fits_to_many_columns_differ_by_rounding_alone():
    one, two = (fits(n_threads, 600, 400) for n_threads in (1, 2))
    for name in ("lda", "shrunk", "eigen", "newton"):
        largest = np.max(np.abs(one[name]))
        assert np.max(np.abs(two[name] - one[name])) <= 1e-11 * largest, name
    if _kernels.NAME == "compiled":
        for name in ("perceptron", "adam"):
            assert two[name].tobytes() == one[name].tobytes(), name

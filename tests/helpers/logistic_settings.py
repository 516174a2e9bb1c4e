"""Settings of LogisticRegression that several of its tests use."""

import numpy as np

# The solvers that take an l2 penalty or none.
SMOOTH = ("lbfgs", "newton-cg", "newton-cholesky", "sag", "saga")
FIRTH = {"bias_reduction": "firth", "C": np.inf, "solver": "newton-cholesky"}

"""Parameters of LogisticRegression that several tests use."""

import numpy as np

# Solvers that support an l2 penalty or no penalty.
SMOOTH = ("lbfgs", "newton-cg", "newton-cholesky", "sag", "saga")
FIRTH = {"bias_reduction": "firth", "C": np.inf, "solver": "newton-cholesky"}

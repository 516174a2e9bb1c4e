"""
Standard errors, confidence intervals and tests of coefficients
===============================================================

The coefficients of a fit by maximum likelihood (C=np.inf) have standard errors.
`LogisticInference` computes them, and also confidence intervals, tests of groups of
features and marginal effects, as statistics packages do.
"""

import numpy as np
from sklearn.datasets import load_breast_cancer

from skmlp import LogisticRegression
from skmlp.inference import ForestDisplay, LogisticInference

data = load_breast_cancer(as_frame=True)
X = data.data[["mean radius", "mean texture", "mean smoothness", "mean symmetry"]]
malignant = np.where(data.target == 0, "malignant", "benign")

fitted = LogisticRegression(C=np.inf).fit(X, malignant)
inference = LogisticInference.from_estimator(fitted, X, malignant)
print(inference, end="\n\n")

# Tests of several features at once.
print(inference.wald_test(["mean smoothness", "mean symmetry"]))
print(inference.likelihood_ratio_test(["mean smoothness", "mean symmetry"]), end="\n\n")

# Average change of the probability per unit of a feature, over all rows. Columns of 0
# and 1 alone would change from 0 to 1 with marginal_effects(dummy=True).
print(inference.marginal_effects(), end="\n\n")

# Profile intervals need not be symmetric; robust standard errors are valid even if the
# log-odds are not linear.
profile = inference.confidence_intervals(method="profile")[0]
robust = LogisticInference.from_estimator(fitted, X, malignant, cov="robust")
print(f"{'':18} {'Wald interval':>24} {'profile interval':>24} {'robust error':>13}")
for j, term in enumerate(inference.terms):
    (a, b), (c, d) = inference.confidence_intervals()[0, j], profile[j]
    print(
        f"{term:18} {a:11.3f} to {b:9.3f} {c:11.3f} to {d:9.3f} "
        f"{robust.standard_errors[0, j]:13.3f}"
    )

display = ForestDisplay.from_inference(inference, odds=True, per_deviation=True)
display.figure_.savefig("odds_ratios.png", dpi=150)
print("\nThe odds ratios are drawn in odds_ratios.png.")

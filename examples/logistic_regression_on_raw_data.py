"""
Logistic regression converges on unscaled data
==============================================

The most frequent warning of logistic regression in scikit-learn is "lbfgs failed to
converge", with the advice to scale the data. In skmlp the solver uses preconditioned
coordinates, in which the curvature is nearly equal in all directions, for any units of
the columns. The objective does not change, and neither does the optimum.
"""

import warnings

import sklearn.linear_model
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning

from skmlp import LogisticRegression

print("Default parameters, unscaled columns:\n")
print(f"{'':14} {'':14} {'iterations':>10} {'objective':>14}  warning")
for load in (load_iris, load_wine, load_breast_cancer, load_digits):
    X, y = load(return_X_y=True)
    for name, Estimator in (
        ("scikit-learn", sklearn.linear_model.LogisticRegression),
        ("skmlp", LogisticRegression),
    ):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fitted = Estimator().fit(X, y)
        failed = any(issubclass(w.category, ConvergenceWarning) for w in caught)
        p = fitted.predict_proba(X)
        loss = sklearn.metrics.log_loss(y, p)
        objective = loss + 0.5 * (fitted.coef_**2).sum() / len(y)
        print(
            f"{load.__name__.removeprefix('load_'):14} {name:14} "
            f"{fitted.n_iter_[0]:10d} {objective:14.6f}  "
            f"{'failed to converge' if failed else '-'}"
        )

# Quality of the last fit: the largest absolute entry of the gradient, and whether it is
# below tol.
print(
    f"\nconverged_ = {fitted.converged_}, gradient_norm_ = {fitted.gradient_norm_:.1e}"
)

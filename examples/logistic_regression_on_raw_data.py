"""
Raw data converge
=================

"lbfgs failed to converge: scale the data" is what logistic regression says most often
in scikit-learn. Here the solver works in coordinates that make the curvature round,
whatever the units of the columns; the objective, and so the optimum, stay the same.
"""

import warnings

import sklearn.linear_model
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.exceptions import ConvergenceWarning

from skmlp import LogisticRegression

print("Default parameters, columns as they are:\n")
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

# The fit says how good it is: the largest entry of the gradient, and whether that is
# below tol.
print(
    f"\nconverged_ = {fitted.converged_}, gradient_norm_ = {fitted.gradient_norm_:.1e}"
)

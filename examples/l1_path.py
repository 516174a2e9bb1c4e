"""
Path of l1-penalised logistic regression
========================================

An l1 penalty sets some coefficients to exactly zero, and fewer of them for larger C.
`LogisticRegressionCV` fits the whole path in every fold, and each fit starts from the
solution of the previous one. The duality gap of a fit is an upper bound of the distance
between its objective and the optimum.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import StandardScaler

from skmlp import LogisticRegression, LogisticRegressionCV
from skmlp.logistic_regression import PathDisplay

data = load_breast_cancer()
X, y = StandardScaler().fit_transform(data.data), data.target

search = LogisticRegressionCV(
    Cs=np.logspace(-3, 1, 40),
    tol=1e-6,
    l1_ratios=(1,),
    solver="saga",
    scoring="neg_log_loss",
    max_iter=1000,
    use_legacy_attributes=False,
).fit(X, y)

# The path on all rows: warm_start starts from the previous solution.
model = LogisticRegression(
    l1_ratio=1, solver="saga", tol=1e-6, max_iter=1000, warm_start=True
)
path = np.array([model.set_params(C=C).fit(X, y).coef_[0].copy() for C in search.Cs_])
print(f"duality gap: at most {model.tol:g} allowed; last fit: ", end="")
print(f"{model.duality_gap_:.1e}")

chosen = search.coef_[0] != 0
print(f"C = {search.C_:.3g} predicts best and keeps {chosen.sum()} of {len(chosen)}:")
for j in np.argsort(-np.abs(search.coef_[0]))[: chosen.sum()]:
    print(f"  {data.feature_names[j]:26} {search.coef_[0, j]:+.3f}")

figure, (above, below) = plt.subplots(
    2, figsize=(8, 8.5), layout="constrained", height_ratios=(3, 1)
)
PathDisplay(
    search.Cs_, path, list(data.feature_names), chosen=search.C_, output="benign"
).plot(ax=above)

scores = search.scores_[:, 0]
mean = scores.mean(axis=0)
error = scores.std(axis=0, ddof=1) / len(scores) ** 0.5
colour = "#0072B2"
below.fill_between(
    search.Cs_, -mean - error, -mean + error, color=colour, alpha=0.2, linewidth=0
)
below.plot(search.Cs_, -mean, color=colour, linewidth=2)
below.axvline(search.C_, color="#222222", linewidth=1, linestyle="--")
below.set(xscale="log", xlabel="C, the inverse strength of the penalty")
below.set(ylabel="log loss, 5 folds")
below.set_title(
    "The band is ± one standard error of the folds", loc="left", fontsize=10
)
below.spines[["top", "right"]].set_visible(False)
figure.savefig("l1_path.png", dpi=150)
print("The path is drawn in l1_path.png.")

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

figure, axes = plt.subplots(
    2, sharex=True, figsize=(8, 7), layout="constrained", height_ratios=(2, 1)
)
at_best = np.argmin(np.abs(search.Cs_ - search.C_))
largest = np.argsort(-np.abs(path[at_best]))[:6]
for j in range(path.shape[1]):
    if j not in largest:
        axes[0].plot(search.Cs_, path[:, j], color="#bbbbbb", linewidth=0.8)
colours = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
for j, colour in zip(largest, colours, strict=True):
    name = data.feature_names[j]
    axes[0].plot(search.Cs_, path[:, j], color=colour, linewidth=2, label=name)
axes[0].set_ylabel("coefficient (standardised features)")
axes[0].set_ylim(np.array([-1.3, 1.3]) * np.abs(path[at_best]).max())
axes[0].legend(frameon=False, loc="lower left")

scores = search.scores_[:, 0]
mean = scores.mean(axis=0)
error = scores.std(axis=0, ddof=1) / len(scores) ** 0.5
axes[1].fill_between(
    search.Cs_, -mean - error, -mean + error, color="#0072B2", alpha=0.2, linewidth=0
)
axes[1].plot(search.Cs_, -mean, color="#0072B2", linewidth=2)
axes[1].set_xscale("log")
axes[1].set_ylabel("log loss, 5 folds")
axes[1].set_xlabel("C, the inverse strength of the penalty")
for ax in axes:
    ax.axvline(search.C_, color="#222222", linewidth=1, linestyle="--")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_title(
    "l1 path of logistic regression, breast cancer; dashed: the C that predicts best",
    loc="left",
    fontsize=11,
)
figure.savefig("l1_path.png", dpi=150)
print("The path is drawn in l1_path.png.")

"""
Outliers and unequal covariances
================================

Discriminant analysis uses the class means and one common covariance. A few outliers,
even on the correct side, move a mean and increase the covariance, and the boundary
turns. Rows that logistic regression classifies with high probability hardly influence
it. If the covariances differ, the optimal boundary is curved, and each method fits
another line. `lda_summary` warns about violated assumptions, and Mahalanobis distances
show which rows are far from every class.
"""

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import scipy.stats

from skmlp import LinearDiscriminantAnalysis, LogisticRegression
from skmlp.discriminant_analysis import lda_summary

METHODS = {
    "LDA": LinearDiscriminantAnalysis(),
    "logistic regression": LogisticRegression(C=np.inf, solver="newton-cholesky"),
}
COVARIANCE = np.array([[1.0, 0.7], [0.7, 1.0]])
MEANS = np.array([[-1.0, 0.0], [1.0, 0.0]])


def as_assumed(n, rng, training):
    """Return X and y of two Gaussian classes with one covariance."""
    y = np.arange(n) % 2
    return MEANS[y] + rng.multivariate_normal([0, 0], COVARIANCE, n), y


def with_outliers(n, rng, training):
    """Return X and y as assumed, but in training 5 % of class 1 are outliers."""
    X, y = as_assumed(n, rng, training)
    if training:  # new rows have no outliers
        far = np.flatnonzero(y == 1)[::20]
        X[far] = [8, -8] + 0.5 * rng.standard_normal((len(far), 2))
    return X, y


def unequal(n, rng, training):
    """Return X and y where class 1 is five times as wide as class 0."""
    y = np.arange(n) % 2
    X = rng.multivariate_normal([0, 0], COVARIANCE, n)
    return X * np.array([0.5, 2.5])[y, np.newaxis] + 1.3 * MEANS[y], y


SCENARIOS = {
    "as assumed": as_assumed,
    "outliers in training": with_outliers,
    "unequal covariances": unequal,
}


def errors_of(scenario, n_samples):
    """Return {method: error rates on new rows, one for each training sample}."""
    rng = np.random.default_rng(0)
    X_new, y_new = scenario(20_000, rng, False)
    errors = {name: [] for name in METHODS}
    for _ in range(n_samples):
        X, y = scenario(200, rng, True)
        for name, method in METHODS.items():
            errors[name].append(1 - method.fit(X, y).score(X_new, y_new))
    return {name: np.array(found) for name, found in errors.items()}


errors = {title: errors_of(scenario, 20) for title, scenario in SCENARIOS.items()}
print(f"{'error on new rows':<24}" + "".join(f"{name:>26}" for name in METHODS))
for title, found in errors.items():
    cells = (f"{e.mean():.3f} ± {e.std():.3f}" for e in found.values())
    print(f"{title:<24}" + "".join(f"{cell:>26}" for cell in cells))

BLUE, ORANGE, INK, GREEN = "#0072B2", "#D55E00", "#222222", "#009E73"
STYLES = {"LDA": ("-", INK), "logistic regression": ("--", GREEN)}
figure, panels = plt.subplots(1, 3, figsize=(12, 5.2), layout="constrained")
for axes, (title, scenario) in zip(panels, SCENARIOS.items(), strict=True):
    X, y = scenario(200, np.random.default_rng(5), True)
    for k, colour in enumerate((BLUE, ORANGE)):
        axes.plot(
            *X[y == k].T,
            "os"[k],
            color=colour,
            markersize=4.5,
            alpha=0.6,
            markeredgewidth=0,
            label=f"class {k}",
        )
    across = np.array([-15.0, 15.0])
    for name, method in METHODS.items():
        fitted = method.fit(X, y)
        (w, b), (line, colour) = (fitted.coef_[0], fitted.intercept_[0]), STYLES[name]
        # The line w·x + b = 0.
        axes.plot(
            -(w[1] * across + b) / w[0],
            across,
            line,
            color=colour,
            linewidth=2.4,
            label=name,
        )
    lda = METHODS["LDA"]
    summary = lda_summary(lda, X, y)
    distances = lda.mahalanobis(X).min(axis=1)
    n_far = int(np.sum(distances**2 > scipy.stats.chi2(2).isf(0.001)))
    print(f"\n{title}: {n_far} rows beyond the 99.9 % distance of both classes")
    for sentence in summary.sentences[1:]:
        print(textwrap.indent(textwrap.fill(sentence, 76), "  "))
    middle, half = {"outliers in training": ((2.5, -3.5), 7.5)}.get(
        title, ((0, 0), 6.0)
    )
    axes.set(
        aspect="equal",
        xlim=(middle[0] - half, middle[0] + half),
        ylim=(middle[1] - half, middle[1] + half),
    )
    axes.set_title(title, fontsize=13, loc="left")
    shown = ", ".join(
        f"{name} {100 * found.mean():.1f} %" for name, found in errors[title].items()
    )
    axes.set_xlabel(f"x₁\nerrors on new rows:\n{shown}", fontsize=10)
    axes.set_ylabel("x₂")
    axes.locator_params(nbins=6, integer=True)
    axes.spines[["top", "right"]].set_visible(False)
handles, labels = panels[0].get_legend_handles_labels()
figure.legend(handles, labels, frameon=False, ncols=4, loc="outside lower center")
figure.savefig("when_assumptions_fail.png", dpi=150)
print("\nThe lines are drawn in when_assumptions_fail.png.")

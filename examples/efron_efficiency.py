"""
Efficiency of logistic regression relative to discriminant analysis
===================================================================

If the classes are Gaussian with one covariance, discriminant analysis uses this fact
and logistic regression does not. Efron (1975, Journal of the American Statistical
Association 70, 892-898) computed how many rows this is worth: with equal priors, and
with class means at a Mahalanobis distance Δ, logistic regression from n rows is as
precise as discriminant analysis from

    (1 + Δ²/4) · ∫ e^(−Δ²/8) φ(x) / cosh(Δx/2) dx

times n rows, when n is large. This example fits both to many samples and compares the
variances of their coefficients. The information of one row in logistic regression is
proportional to p·(1 − p), which is almost zero if the classes hardly overlap. Therefore
the samples are larger where the class means are farther apart.
"""

import math

import matplotlib.pyplot as plt
import numpy as np
import scipy.integrate
import scipy.stats

from skmlp import LinearDiscriminantAnalysis, LogisticRegression

INFORMATIVE_ROWS, N_FEATURES, N_SAMPLES = 1200, 11, 40
DISTANCES = (1, 1.5, 2, 2.5, 3, 3.5, 4)
PUBLISHED = (0.995, 0.968, 0.899, 0.786, 0.641, 0.486, 0.343)  # Efron's Table 1

rng = np.random.default_rng(0)


def overlap(distance):
    """Return the mean of 4·p·(1 − p): the relative information of one row."""
    integral, _ = scipy.integrate.quad(
        lambda x: math.exp(-0.5 * x**2) / math.cosh(distance * x / 2), -12, 12
    )
    return math.exp(-(distance**2) / 8) * integral / math.sqrt(2 * math.pi)


def efron(distance):
    """Return the asymptotic relative efficiency for equal priors."""
    return (1 + distance**2 / 4) * overlap(distance)


def n_rows(distance):
    """Return the number of rows of a sample, an even number."""
    return 2 * int(INFORMATIVE_ROWS / overlap(distance) / 2)


def squared_errors(distance):
    """Return the mean squared errors of coefficients whose true value is zero.

    They are the coefficients of all features except the first, in which the class
    means differ. Shape (N_SAMPLES, 2): one mean for each sample and each method.
    """
    y = np.arange(n_rows(distance)) % 2
    squares = np.empty((N_SAMPLES, 2))
    for i in range(N_SAMPLES):
        X = rng.standard_normal((len(y), N_FEATURES))
        X[:, 0] += distance * (y - 0.5)
        for j, method in enumerate(
            (
                LinearDiscriminantAnalysis(priors=[0.5, 0.5]),
                LogisticRegression(C=np.inf, solver="newton-cholesky"),
            )
        ):
            squares[i, j] = np.mean(method.fit(X, y).coef_[0, 1:] ** 2)
    return squares


print(f"{N_SAMPLES} samples for each distance, {N_FEATURES} columns, equal priors\n")
print(
    f"{'Δ':>4} {'best error':>11} {'rows':>7} {'Efron':>7} {'published':>9} simulated"
)
found, spreads = [], []
for distance, printed in zip(DISTANCES, PUBLISHED, strict=True):
    squares = squared_errors(distance)
    ratio = np.divide(*squares.mean(axis=0))
    resampled = squares[rng.integers(N_SAMPLES, size=(500, N_SAMPLES))].mean(axis=1)
    spread = np.std(resampled[:, 0] / resampled[:, 1])
    found.append(ratio)
    spreads.append(spread)
    print(
        f"{distance:4g} {scipy.stats.norm.cdf(-distance / 2):11.3f} "
        f"{n_rows(distance):7,} {efron(distance):7.3f} {printed:9.3f} "
        f"{ratio:.3f} ± {spread:.3f}"
    )
worst = max(
    abs(ratio - efron(distance)) / spread
    for distance, ratio, spread in zip(DISTANCES, found, spreads, strict=True)
)
print(f"\nLargest distance from the curve: {worst:.1f} standard errors.")

BLUE, ORANGE, INK, PALE = "#0072B2", "#D55E00", "#222222", "#e3e3e3"
figure, axes = plt.subplots(figsize=(7.5, 5), layout="constrained")
fine = np.linspace(0, 4.3, 100)
axes.plot(
    fine,
    [efron(x) for x in fine],
    color=INK,
    linewidth=2,
    label="Efron's curve",
    zorder=2,
)
axes.errorbar(
    DISTANCES,
    found,
    2 * np.array(spreads),
    fmt="o",
    color=ORANGE,
    markersize=7,
    capsize=4,
    linewidth=1.8,
    label="simulated, ± 2 standard errors",
    zorder=3,
)
axes.annotate(
    "Large overlap of the classes:\nboth are equally good.",
    (1, efron(1)),
    (0.35, 0.74),
    color=INK,
    arrowprops={"arrowstyle": "-", "color": "#888888", "shrinkB": 8},
)
axes.annotate(
    "Little overlap: logistic regression\nneeds three times as many rows.",
    (4, efron(4)),
    (1.75, 0.22),
    color=INK,
    arrowprops={"arrowstyle": "-", "color": "#888888", "shrinkB": 8},
)
axes.set(
    xlabel="Mahalanobis distance Δ of the class means",
    ylabel="efficiency of logistic regression\nrelative to discriminant analysis",
    xlim=(0, 4.3),
    ylim=(0, 1.09),
)
above = axes.secondary_xaxis("top")
above.set_xticks(
    [0, 1, 2, 3, 4],
    [f"{100 * scipy.stats.norm.cdf(-x / 2):.3g} %" for x in (0, 1, 2, 3, 4)],
)
above.set_xlabel("error of the best rule, Φ(−Δ/2)")
axes.grid(axis="y", color=PALE)
axes.set_axisbelow(True)
axes.spines["right"].set_visible(False)
axes.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 0.02))
figure.savefig("efron_efficiency.png", dpi=150)
print("The curve is drawn in efron_efficiency.png.")

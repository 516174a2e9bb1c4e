"""
Why the posterior is a sigmoid of a linear score
================================================

For two Gaussian classes with one covariance, the quadratic terms cancel in
log π₁·f₁(x) − log π₀·f₀(x), and wᵀx + b remains, with w = Σ⁻¹(m₁ − m₀). The probability
of class 1 is the sigmoid of this score, and its level lines are parallel. The scores of
each class are Gaussian too, with variance Δ², and their means differ by Δ².
"""

import matplotlib.pyplot as plt
import numpy as np
import scipy.special
import scipy.stats
from matplotlib.colors import LinearSegmentedColormap

from skmlp import LinearDiscriminantAnalysis
from skmlp.discriminant_analysis import PosteriorDisplay

rng = np.random.default_rng(1)
covariance = np.array([[1.0, 0.6], [0.6, 1.2]])
means = np.array([[-0.9, 0.3], [0.9, -0.2]])
y = np.repeat([0, 1], 400)
X = means[y] + rng.multivariate_normal([0, 0], covariance, len(y))

lda = LinearDiscriminantAnalysis(store_covariance=True, store_loo=True).fit(X, y)
w, b = lda.coef_[0], lda.intercept_[0]
by_hand = np.linalg.solve(lda.covariance_, lda.means_[1] - lda.means_[0])
scores = lda.decision_function(X)
distance = np.sqrt(by_hand @ (lda.means_[1] - lda.means_[0]))

print(f"w, b as fitted:          {w[0]:.4f} {w[1]:.4f}   {b:.4f}")
print(f"w as Σ⁻¹(m₁ − m₀):       {by_hand[0]:.4f} {by_hand[1]:.4f}")
print(f"distance of the means:   Δ = {distance:.3f}")
print(f"error that Δ implies:    Φ(−Δ/2) = {scipy.stats.norm.cdf(-distance / 2):.4f}")
print(f"leave-one-out error:     {1 - lda.loo_score_:.4f}")
gap = np.abs(lda.predict_proba(X)[:, 1] - scipy.special.expit(scores)).max()
print(f"largest |P(1 | x) − σ(wᵀx + b)|: {gap:.1e}")

BLUE, ORANGE, INK = "#0072B2", "#D55E00", "#222222"
figure, (plane, right) = plt.subplots(
    1, 2, figsize=(13, 5.4), width_ratios=(1, 1.5), layout="constrained"
)

# The plane: rows, ellipses that contain 50 % and 90 % of a class, level lines.
a1, a2 = np.meshgrid(np.linspace(-4.4, 4.4, 200), np.linspace(-4, 4, 200))
on_grid = lda.predict_proba(np.column_stack([a1.ravel(), a2.ravel()]))[:, 1]
on_grid = on_grid.reshape(a1.shape)
shades = LinearSegmentedColormap.from_list("classes", [BLUE, "white", ORANGE])
extent = (-4.4, 4.4, -4, 4)
plane.imshow(
    on_grid, extent=extent, origin="lower", cmap=shades, alpha=0.3, vmin=0, vmax=1
)
levels = {0.1: ("--", 2.6), 0.5: ("-", -3.2), 0.9: ("--", 2.6)}
for p, (line, height) in levels.items():
    drawn = plane.contour(a1, a2, on_grid, [p], colors=INK, linestyles=line)
    place = (scipy.special.logit(p) - w[1] * height - b) / w[0], height
    plane.clabel(drawn, fmt=f"P(1 | x) = {p:g}", fontsize=9, manual=[place])
circle = np.exp(1j * np.linspace(0, 2 * np.pi, 200))
root = np.linalg.cholesky(lda.covariance_)
for k, colour in enumerate((BLUE, ORANGE)):
    plane.plot(*X[y == k].T, "os"[k], color=colour, markersize=3, alpha=0.45)
    for share in (0.5, 0.9):
        radius = np.sqrt(scipy.stats.chi2(2).ppf(share))
        ellipse = lda.means_[k] + radius * (root @ [circle.real, circle.imag]).T
        plane.plot(*ellipse.T, color=colour, linewidth=1.8)
    plane.plot(
        *lda.means_[k], "X", color=colour, markersize=11, markeredgecolor="white"
    )
plane.set(
    xlabel="x₁",
    ylabel="x₂",
    aspect="equal",
    xlim=(-4.4, 4.4),
    ylim=(-4, 4),
    title="Gaussian classes of one covariance",
)

# Densities of the score, its sigmoid, and the calibration of the probabilities.
PosteriorDisplay.from_estimator(lda, X, y, n_bins=12, ax=right)
plane.spines[["top", "right"]].set_visible(False)
figure.savefig("gaussian_classes.png", dpi=150)
print("\nThe figure is in gaussian_classes.png.")

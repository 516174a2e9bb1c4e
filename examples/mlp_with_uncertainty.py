"""
Prediction intervals of a network
=================================

The noise in these data grows with x, and the usual squared error does not estimate it.
Two losses do: the Gaussian likelihood, for which the network also predicts a standard
deviation for each row, and the quantile loss, which assumes no distribution. The
intervals of both should contain 90 % of new rows, for every x. But the noise is skewed,
and a Gaussian is symmetric: its intervals begin below all rows, and they miss the
highest ones.
"""

import matplotlib.pyplot as plt
import numpy as np

from skmlp import MLPRegressor
from skmlp.base.plotting import COLOURS, GREY, finish
from skmlp.losses import Quantile

rng = np.random.default_rng(0)


def draw(n):
    """Return X (n, 1) and y (n,), whose noise is skewed and grows with x."""
    x = rng.uniform(0, 6, size=n)
    return x[:, np.newaxis], np.sin(x) + (0.05 + 0.1 * x) * (rng.gamma(2, size=n) - 2)


X, y = draw(3000)
X_new, y_new = draw(3000)

settings = {
    "hidden_layer_sizes": (30,),
    "activation": "silu",
    "learning_rate_init": 0.01,
    "learning_rate": "adaptive",
    "max_iter": 500,
    "random_state": 0,
}
gaussian = MLPRegressor("gaussian_nll", **settings).fit(X, y)
quantile = MLPRegressor(Quantile([0.05, 0.5, 0.95]), **settings).fit(X, y)


def intervals(rows):
    """Return the 90 % intervals of both networks: {name: (lower, upper)}."""
    mean, deviation = gaussian.predict(rows, return_std=True)
    lower, _, upper = quantile.predict(rows).T
    return {
        "Gaussian likelihood": (mean - 1.645 * deviation, mean + 1.645 * deviation),
        "quantiles": (lower, upper),
    }


parts = {"x < 2": X_new[:, 0] < 2, "x > 4": X_new[:, 0] > 4, "all": X_new[:, 0] >= 0}
print(f"{'rows inside, and width':<24}" + "".join(f"{part:>16}" for part in parts))
for name, (lower, upper) in intervals(X_new).items():
    inside = (lower <= y_new) & (y_new <= upper)
    cells = (
        f"{inside[rows].mean():>8.1%} {(upper - lower)[rows].mean():>7.2f}"
        for rows in parts.values()
    )
    print(f"{name:<24}" + "".join(cells))

grid = np.linspace(0, 6, 200)[:, np.newaxis]
figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True, layout="constrained")
lines = {
    "Gaussian likelihood": ("mean", gaussian.predict(grid), COLOURS[0]),
    "quantiles": ("median", quantile.predict(grid)[:, 1], COLOURS[2]),
}
limits, limits_new = intervals(grid), intervals(X_new)
for ax, (name, (what, middle, colour)) in zip(axes, lines.items(), strict=True):
    below, above = (y_new < limits_new[name][0]), (y_new > limits_new[name][1])
    inside, shown = ~(below | above), np.arange(len(X_new)) < 600
    dots, crosses = shown & inside, shown & ~inside
    ax.plot(X_new[dots, 0], y_new[dots], ".", markersize=3, color=GREY, alpha=0.5)
    ax.plot(X_new[crosses, 0], y_new[crosses], "x", markersize=4.5, color=COLOURS[1])
    ax.fill_between(grid[:, 0], *limits[name], alpha=0.25, color=colour, linewidth=0)
    ax.plot(grid[:, 0], middle, color=colour, linewidth=2)
    ax.text(6.05, middle[-1], what, color=colour, va="center")
    coverage = f"{name}: {inside.mean():.1%} of new rows in the 90 % intervals,"
    outside = f"{below.mean():.1%} below and {above.mean():.1%} above them (crosses)"
    finish(ax, title=f"{coverage}\n{outside}", x="x")
    ax.set_title(ax.get_title(loc="left"), loc="left", fontsize=9)
axes[0].set_ylabel("y")
figure.savefig("mlp_with_uncertainty.png", dpi=150)

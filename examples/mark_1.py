"""
Rosenblatt's Mark I classifies digits
=====================================

The retina of this machine is connected at random to association units. Some connections
excite a unit, others inhibit it, and the unit is active if their sum reaches its
threshold. Only the response units learn: they are perceptrons, and their inputs are the
outputs of the association units.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline

from skmlp import AssociationUnits, Perceptron

BLUE, ORANGE = "#0072B2", "#D55E00"
AGAINST_AND_FOR = LinearSegmentedColormap.from_list("", [ORANGE, "white", BLUE])
NUMBERS = (10, 30, 100, 300, 1000)
SEEDS = range(5)

X, y = load_digits(return_X_y=True)
folds = StratifiedKFold(5, shuffle=True, random_state=0)
with warnings.catch_warnings():
    # A perceptron on pixels or on few units cannot separate the digits, and warns.
    warnings.simplefilter("ignore", ConvergenceWarning)
    alone = cross_val_score(Perceptron(), X, y, cv=folds).mean()
    accuracy = np.array(
        [
            [
                cross_val_score(
                    make_pipeline(AssociationUnits(n, random_state=seed), Perceptron()),
                    X,
                    y,
                    cv=folds,
                ).mean()
                for seed in SEEDS
            ]
            for n in NUMBERS
        ]
    )
print(f"{'association units':>17}  accuracy in 5 folds")
print(f"{'none':>17}  {alone:.3f}")
for n, scores in zip(NUMBERS, accuracy, strict=True):
    print(f"{n:>17,}  {scores.mean():.3f} ± {scores.std(ddof=1):.3f}")

units = AssociationUnits(random_state=0)
response = Perceptron(average=True)
mark_1 = make_pipeline(units, response).fit(X, y)
connections = units.connections_.toarray().reshape(-1, 8, 8)
# Weights of the response units as weights of the pixels, through the connections.
seen = np.tensordot(response.coef_, connections, axes=1)

figure = plt.figure(figsize=(11, 6.7), layout="constrained")
top, bottom = figure.subfigures(2, height_ratios=(1, 1.05))
left, right = top.subfigures(1, 2, width_ratios=(1, 2.6))
image = X[np.flatnonzero(y == 3)[0]].reshape(8, 8)


def draw_connections(axis, unit):
    """Draw the excitatory and inhibitory connections of one unit on the image."""
    axis.imshow(image, cmap="Greys", vmax=28)
    for sign, colour, marker in ((1, BLUE, "P"), (-1, ORANGE, "X")):
        rows, columns = np.nonzero(connections[unit] == sign)
        axis.scatter(columns, rows, s=46, c=colour, marker=marker, edgecolors="white")
    axis.set(xticks=[], yticks=[])


retina = left.subplots()
retina.imshow(image, cmap="Greys", vmax=20)
retina.set(xticks=np.arange(8) - 0.5, yticks=np.arange(8) - 0.5)
retina.set(xticklabels=[], yticklabels=[])
retina.grid(color="#dddddd", lw=0.6)
retina.tick_params(length=0)
left.suptitle("the retina: 8 × 8 sensory units", fontsize=11)
active = np.flatnonzero(mark_1[:-1].transform(image.reshape(1, -1)).toarray()[0])
silent = np.setdiff1d(np.arange(1000), active)
for axis, unit in zip(
    right.subplots(2, 4).T.flat, np.c_[active[:4], silent[:4]].flat, strict=True
):
    draw_connections(axis, unit)
    axis.set_title("active" if unit in active else "silent", fontsize=9.5)
right.suptitle(
    "connections of some association units: excitation (blue +), inhibition (orange ×)",
    fontsize=11,
)

left, right = bottom.subfigures(1, 2, width_ratios=(1.25, 1))
largest = np.abs(seen).max()
for digit, axis in enumerate(left.subplots(2, 5).flat):
    shown = axis.imshow(seen[digit], cmap=AGAINST_AND_FOR, vmin=-largest, vmax=largest)
    axis.set(xticks=[], yticks=[])
    axis.set_title(digit, fontsize=10)
left.suptitle(
    "response weights, as weights of the retina (blue: for, orange: against)",
    fontsize=11,
)
axis = right.subplots()
mean, spread = accuracy.mean(axis=1), accuracy.std(axis=1, ddof=1)
axis.axhline(alone, color=ORANGE, ls="--", lw=1.5)
axis.text(10.5, alone + 0.008, "a perceptron alone", color=ORANGE, fontsize=10)
axis.fill_between(NUMBERS, mean - spread, mean + spread, color=BLUE, alpha=0.2, lw=0)
axis.plot(NUMBERS, mean, "o-", color=BLUE, lw=2)
axis.text(1000, mean[-1] + 0.012, f"{mean[-1]:.3f}", color=BLUE, ha="center")
axis.set(xscale="log", xlabel="association units", ylabel="accuracy in 5 folds")
axis.set(ylim=(min(0.4, mean[0] - 0.05), 1.02), xticks=NUMBERS)
axis.set_xticklabels([f"{n:,}" for n in NUMBERS])
axis.minorticks_off()
axis.spines[["top", "right"]].set_visible(False)
right.suptitle("mean and standard deviation over five seeds", fontsize=11)
figure.savefig("mark_1.png", dpi=150)
print("The figure is in mark_1.png.")

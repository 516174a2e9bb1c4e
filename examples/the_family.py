"""
One unit, four classifiers
==========================

A unit computes σ(wᵀx + b): a weighted sum of its inputs, then a function of that sum.
The perceptron, linear discriminant analysis and logistic regression are one such unit,
and differ in how they find w and b. A multi-layer perceptron combines several units.
All four are fitted to the same two classes in the plane, and scored on new rows. Some
rows of the orange class are far from the blue class. They turn the boundary of
discriminant analysis, which is computed from the means and the covariance of the
classes, but hardly that of logistic regression.
"""

import argparse
import itertools
import warnings

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import FancyBboxPatch
from PIL import Image
from sklearn.exceptions import ConvergenceWarning

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    Perceptron,
)

BLUE, ORANGE, INK, GREY, PALE = "#0072B2", "#D55E00", "#222222", "#555555", "#d9d9d9"
LEFT, RIGHT, LOW, HIGH = -1.75, 2.75, -3.0, 1.75
SHADES = LinearSegmentedColormap.from_list("", ["#a9cfe6", "#ffffff", "#f4bf99"])
HIDDEN_UNITS = 4


def draw_sample(n, generator):
    """Return n points of two interlocking arcs, and their classes, 0 and 1."""
    y = np.arange(n) % 2
    angle = generator.uniform(0, np.pi, n)
    arc = np.column_stack([np.cos(angle), np.sin(angle)])
    X = np.where(y[:, np.newaxis] == 0, arc, [1, 0.3] - arc)
    X += generator.normal(scale=0.2, size=X.shape)
    far = (y == 1) & (generator.uniform(size=n) < 0.15)
    X[far] = [0.3, -2.2] + generator.normal(scale=0.25, size=(far.sum(), 2))
    return X, y


def draw_network(axis, n_hidden, step):
    """Draw inputs, units and connections: one unit, or a hidden layer and one unit."""
    inputs = [(0.0, 0.36), (0.0, -0.36)]
    hidden = [(1.0, height) for height in np.linspace(0.75, -0.75, n_hidden)]
    layers = [inputs, *([hidden] if n_hidden else []), [(2.0 if n_hidden else 1.2, 0)]]
    for before, after in itertools.pairwise(layers):
        for start in before:
            for end in after:
                axis.plot(*zip(start, end, strict=True), color=GREY, lw=0.8, zorder=1)
    for name, (x, height) in zip(("x₁", "x₂"), inputs, strict=True):
        axis.plot(x, height, "o", color=INK, markersize=4.5)
        axis.text(x - 0.18, height, name, ha="right", va="center", fontsize=9.5)
    z = np.linspace(-1, 1, 41)
    curve = np.sign(z) if step else np.tanh(4 * z)
    for units in layers[1:]:
        radius = 0.36 if units is layers[-1] else 0.19
        for x, height in units:
            circle = plt.Circle((x, height), radius, fc="white", ec=INK, zorder=3)
            axis.add_patch(circle)
            z_drawn, curve_drawn = x + 0.6 * radius * z, height + 0.5 * radius * curve
            axis.plot(z_drawn, curve_drawn, color=INK, lw=1.2, zorder=4)
    x = layers[-1][0][0] + radius
    arrow = {"arrowstyle": "-|>", "color": INK, "lw": 1.0, "shrinkA": 0, "shrinkB": 0}
    axis.annotate("", (x + 0.5, 0), (x, 0), arrowprops=arrow)
    middle = (x + 0.1) / 2
    axis.set(xlim=(middle - 2.5, middle + 2.5), ylim=(-1, 1), aspect="equal")
    axis.axis("off")


def draw_predictions(axis, classifier, X, y):
    """Shade the plane by the prediction, and draw the rows and the boundary."""
    a1, a2 = np.meshgrid(np.linspace(LEFT, RIGHT, 300), np.linspace(LOW, HIGH, 300))
    places = np.column_stack([a1.ravel(), a2.ravel()])
    if hasattr(classifier, "predict_proba"):
        shown = classifier.predict_proba(places)[:, 1].reshape(a1.shape)
        axis.contour(
            a1, a2, shown, [0.1, 0.9], colors=INK, linewidths=0.9, linestyles="--"
        )
    else:
        shown = classifier.predict(places).reshape(a1.shape)
    levels = np.linspace(0, 1, 11)
    axis.contourf(a1, a2, shown, levels, cmap=SHADES)
    axis.contour(a1, a2, shown, [0.5], colors=INK, linewidths=1.8)
    for label, colour, marker in ((0, BLUE, "o"), (1, ORANGE, "s")):
        axis.scatter(
            *X[y == label].T,
            s=13,
            c=colour,
            marker=marker,
            edgecolors="white",
            linewidths=0.4,
            zorder=3,
        )
    axis.set(xlim=(LEFT, RIGHT), ylim=(LOW, HIGH), xticks=[], yticks=[])
    axis.spines[:].set_color(PALE)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--save", default="the_family.png", metavar="FILE")
file = parser.parse_args().save

generator = np.random.default_rng(1)
X, y = draw_sample(240, generator)
X_test, y_test = draw_sample(20_000, generator)
network = MLPClassifier(
    (HIDDEN_UNITS,),
    activation="tanh",
    solver="lbfgs",
    alpha=0.3,
    max_iter=1000,
    random_state=0,
)
family = [
    ("Perceptron", "corrected at every mistake", Perceptron()),
    (
        "Linear discriminant analysis",
        "from class means and covariance",
        LinearDiscriminantAnalysis(),
    ),
    ("Logistic regression", "by maximum likelihood", LogisticRegression()),
    ("Multi-layer perceptron", "several units, by gradients", network),
]

figure, axes = plt.subplots(
    2,
    4,
    figsize=(10, 4.5),
    height_ratios=(0.43, 1),
    gridspec_kw={
        "left": 0.022,
        "right": 0.978,
        "bottom": 0.155,
        "top": 0.785,
        "wspace": 0.07,
        "hspace": 0.05,
    },
)
# A white card, so that a dark page shows the picture as a light one does.
figure.patch.set_alpha(0)
card = FancyBboxPatch(
    (0.012, 0.02),
    0.976,
    0.96,
    boxstyle="round,pad=0,rounding_size=0.02",
    mutation_aspect=10 / 4.5,
    transform=figure.transFigure,
    facecolor="white",
    edgecolor=PALE,
    zorder=-1,
)
figure.add_artist(card)
figure.text(
    0.5,
    0.93,
    "One unit, σ(wᵀx + b), in four classifiers",
    ha="center",
    va="center",
    fontsize=13,
    color=INK,
)
print("accuracy on 20,000 new rows")
for (name, how, classifier), above, below in zip(family, *axes, strict=True):
    with warnings.catch_warnings():
        # No line separates these classes, and the perceptron says so.
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(X, y)
    accuracy = classifier.score(X_test, y_test)
    print(f"{name:<28}  {accuracy:.3f}")
    draw_network(
        above, HIDDEN_UNITS if classifier is network else 0, name == "Perceptron"
    )
    draw_predictions(below, classifier, X, y)
    middle = sum(below.get_position().intervalx) / 2
    figure.text(middle, 0.86, name, ha="center", fontsize=11, weight="bold", color=INK)
    figure.text(middle, 0.807, how, ha="center", fontsize=9.5, color=GREY)
    below.set_xlabel(f"test accuracy {accuracy:.3f}", fontsize=10.5, color=INK)
figure.text(
    0.5,
    0.055,
    "Colour: predicted probability (the perceptron predicts only the class).   "
    "Solid line: boundary.   Dashed: probability 0.1 and 0.9.",
    ha="center",
    va="center",
    fontsize=9.5,
    color=GREY,
)
figure.savefig(file, dpi=180)
if file.endswith(".png"):
    # 255 colours and a transparent one are enough, and the file is three times smaller.
    with Image.open(file) as picture:
        outside = picture.getchannel("A").point(lambda alpha: 255 * (alpha < 128))
        few_colours = picture.convert("RGB").quantize(255)
    few_colours.putpalette([*few_colours.getpalette()[: 3 * 255], 255, 255, 255])
    few_colours.paste(255, mask=outside)
    few_colours.save(file, transparency=255, optimize=True)
print(f"The picture is in {file}.")

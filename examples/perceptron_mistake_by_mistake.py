"""
The perceptron, mistake by mistake
==================================

At each mistake the perceptron adds the row to its weights or subtracts it, and the
boundary turns. If a line separates the classes, the number of mistakes is at most R²/γ²
(Novikoff 1962). No line separates the classes of XOR, and the boundary turns for ever.
A network with one hidden layer separates them, with more than one line.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from skmlp import MLPClassifier, Perceptron
from skmlp.perceptron import MistakesDisplay

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#999999"
SIDES = ListedColormap(["#fbe3d6", "#d9eaf5"])


def visits(X, y, n_visits):
    """Return [(w, b, row number), ...] after each mistake of a perceptron."""
    unit = Perceptron(shuffle=False)
    found = []
    for visit in range(n_visits):
        i = visit % len(X)
        before = unit.n_mistakes_ if visit else 0
        unit.partial_fit(X[i : i + 1], y[i : i + 1], classes=[0, 1])
        if unit.n_mistakes_ > before:
            found.append((unit.coef_[0], unit.intercept_[0], i))
    return found


def draw_rows(axis, X, y, limit):
    """Draw the rows of both classes, without ticks."""
    for label, colour, marker in ((0, ORANGE, "o"), (1, BLUE, "s")):
        of_class = X[y == label]
        axis.scatter(
            *of_class.T, s=26, c=colour, marker=marker, edgecolors="white", zorder=3
        )
    axis.set(xlim=(-limit, limit), ylim=(-limit, limit), xticks=[], yticks=[])
    axis.set_aspect("equal")


def draw_sides(axis, predict, limit):
    """Colour the plane by the predicted class."""
    grid = np.linspace(-limit, limit, 400)
    places = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2)
    labels = predict(places).reshape(400, 400)
    extent = (-limit, limit, -limit, limit)
    axis.imshow(
        labels, extent=extent, origin="lower", cmap=SIDES, vmin=0, vmax=1, zorder=0
    )


def draw_line(axis, w, b, limit, **style):
    """Draw the line w·x + b = 0."""
    ends = 4 * limit * np.array([-1, 1])
    place = -b * w / (w @ w)
    along = np.array([-w[1], w[0]]) / np.linalg.norm(w)
    axis.plot(*(place[:, np.newaxis] + along[:, np.newaxis] * ends), **style)


def draw_mistake(axis, X, y, history, n, limit):
    """Draw the boundary before and after the n-th mistake, and the row of it."""
    w, b, row = history[n]
    draw_sides(axis, lambda places: (places @ w + b > 0).astype(int), limit)
    if n > 0:
        draw_line(axis, *history[n - 1][:2], limit, color=GREY, ls="--", lw=1.2)
    draw_line(axis, w, b, limit, color="#222222", lw=1.8)
    draw_rows(axis, X, y, limit)
    axis.scatter(
        *X[row], s=170, facecolors="none", edgecolors="#222222", lw=1.5, zorder=4
    )


generator = np.random.default_rng(5)
direction = np.array([0.6, 0.8])
X = generator.uniform(-1, 1, size=(400, 2))
score = X @ direction + 0.25
X, y = X[np.abs(score) > 0.08][:60], (score > 0)[np.abs(score) > 0.08][:60].astype(int)

history = visits(X, y, 1000)
fitted = Perceptron(shuffle=False, tol=None).fit(X, y)
print(f"separable: {fitted.n_mistakes_} mistakes in {fitted.n_iter_} epochs;")
print(f"bound for the margin {fitted.margin_:.3f}: {fitted.mistake_bound_:.0f}")
assert len(history) == fitted.n_mistakes_

n_shown = np.unique(np.linspace(0, len(history) - 1, 6).round().astype(int))
figure, axes = plt.subplots(2, 3, figsize=(9, 6.4), layout="constrained")
for axis, n in zip(axes.flat, n_shown, strict=True):
    draw_mistake(axis, X, y, history, n, 1.08)
    last = " and the last" if n == len(history) - 1 else ""
    axis.set_title(f"mistake {n + 1}{last}", fontsize=10.5)
figure.suptitle(
    "Each mistake (circled) turns the boundary from the dashed line to the full one",
    fontsize=12,
)
figure.savefig("perceptron_mistake_by_mistake.png", dpi=150)
display = MistakesDisplay.from_estimator(fitted, X, y)
display.figure_.savefig("perceptron_margin.png", dpi=150)

corners = np.array([[-1, -1], [1, 1], [-1, 1], [1, -1]])
X_xor = np.repeat(corners, 12, axis=0) * 0.6 + generator.normal(0, 0.12, size=(48, 2))
y_xor = np.repeat([0, 0, 1, 1], 12)
rows = generator.permutation(48)
X_xor, y_xor = X_xor[rows], y_xor[rows]

endless = Perceptron(max_iter=100, tol=None).fit(X_xor, y_xor)
network = MLPClassifier(
    (4,), activation="tanh", solver="lbfgs", alpha=1e-3, random_state=1, max_iter=500
).fit(X_xor, y_xor)
print(f"XOR: {endless.mistakes_curve_[-1]} mistakes in the {endless.n_iter_}th epoch;")
print(f"accuracy of a network with 4 hidden units: {network.score(X_xor, y_xor):.0%}")

figure, axes = plt.subplots(1, 3, figsize=(12.5, 3.9), layout="constrained")
turning = visits(X_xor, y_xor, 480)[-4:]
for n, (w, b, _) in enumerate(turning):
    # The darker a line, the later it was.
    style = {"color": "#222222", "lw": 1 + 0.4 * n, "alpha": 0.25 + 0.25 * n}
    draw_line(axes[0], w, b, 1.08, **style, ls=(":", "-.", "--", "-")[n])
draw_rows(axes[0], X_xor, y_xor, 1.08)
axes[0].set_title("a perceptron's last 4 boundaries on XOR", fontsize=10.5)
MistakesDisplay.from_estimator(endless, ax=axes[1])
draw_sides(axes[2], network.predict, 1.08)
draw_rows(axes[2], X_xor, y_xor, 1.08)
axes[2].set_title("a network with one hidden layer", fontsize=10.5)
figure.savefig("perceptron_and_xor.png", dpi=150)
print("Figures: perceptron_mistake_by_mistake.png, perceptron_margin.png,")
print("perceptron_and_xor.png.")

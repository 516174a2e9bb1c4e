"""
An activation and a loss in one line
====================================

Networks for the digits learn with activations of one line each, and a regression with
a loss of one line. No derivative is written: a computational graph finds it, and the
compiled kernels run both. `describe_program` prints the operations.

The left panel shows the activations with the slopes that were found, the right one how
the training loss falls. The network with Mish as a function and the network with the
built-in 'mish' have the same losses.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes, load_digits
from sklearn.model_selection import train_test_split

from skmlp import MLPClassifier, MLPRegressor
from skmlp.graph import describe_program, vjp


def mish(z):
    """Return z·tanh(log(1 + e^z)) (Misra 2020)."""
    return z * np.tanh(np.log1p(np.exp(z)))


def snake(z):
    """Return z + sin²z (Liu, Hartwig and Ueda 2020)."""
    return z + np.sin(z) ** 2


X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X / 16, y, test_size=0.3, random_state=0, stratify=y
)
networks = {}
for name, activation in {
    "Mish, a function": mish,
    "Mish, built in": "mish",
    "z + sin²z, a function": snake,
}.items():
    network = MLPClassifier(activation=activation, max_iter=1000, random_state=0)
    networks[name] = network.fit(X_train, y_train)
    accuracy = network.score(X_test, y_test)
    print(f"{name:22} loss {network.loss_:.5f}   test accuracy {accuracy:.3f}")

print("\nThe program of z + sin²z:")
print(describe_program(snake))


def log_cosh(y, scores):
    """Return log cosh(error), for which large errors count less than squared."""
    error = np.abs(scores - y)
    return np.sum(error + np.log1p(np.exp(-2 * error)) - np.log(2), axis=1)


diabetes = load_diabetes()
target = (diabetes.target - diabetes.target.mean()) / diabetes.target.std()
features = diabetes.data / diabetes.data.std(axis=0)
spoilt = target.copy()
spoilt[::25] += 15  # wrong targets
for name, loss in {"squared error": "squared_error", "log cosh": log_cosh}.items():
    model = MLPRegressor(
        loss=loss,
        hidden_layer_sizes=(),
        solver="lbfgs",
        alpha=1.0,
        max_iter=1000,
        random_state=0,
    )
    error = np.median(np.abs(model.fit(features, spoilt).predict(features) - target))
    print(f"{name:14} with some wrong targets: median error {error:.3f} deviations")

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
z = np.linspace(-4, 4, 401)
for (name, function), colour in zip(
    {"Mish": mish, "z + sin²z": snake}.items(), ("#0072B2", "#D55E00"), strict=True
):
    value, pullback = vjp(function, z)
    left.plot(z, value, color=colour, linewidth=2)
    left.plot(z, pullback(np.ones_like(z))[0], color=colour, linestyle="--")
    left.annotate(
        name,
        (z[-1], value[-1]),
        (4, 0),
        textcoords="offset points",
        color=colour,
        va="center",
    )
left.set(xlabel="z", title="Activations (—) and the slopes found (- -)")
for (name, network), style in zip(
    networks.items(),
    (
        {"color": "#0072B2", "linewidth": 4, "alpha": 0.4},
        {"color": "#0072B2"},
        {"color": "#D55E00"},
    ),
    strict=True,
):
    right.semilogy(network.loss_curve_, label=name, **style)
right.set(xlabel="epoch", ylabel="training loss", title="The digits are learnt")
right.legend(frameon=False)
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

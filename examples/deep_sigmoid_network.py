"""
A deep network that does not learn, and its cure
================================================

Eight layers of sigmoids do not learn the digits. `diagnose` names the cause: the slope
of a sigmoid is at most ¼, and each layer multiplies the gradient by it, so that almost
nothing reaches the first layers (Glorot and Bengio 2010). The cure is pasted as it is
printed, and the cured network learns.

The left panel shows the size of the gradient in each hidden layer, at first weights and
after training. On the right is the loss of every epoch.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import VarianceThreshold
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skmlp import MLPClassifier
from skmlp.diagnosis import diagnose
from skmlp.diagnosis.evidence import Evidence

X, y = load_digits(return_X_y=True)
X = make_pipeline(VarianceThreshold(), MinMaxScaler()).fit_transform(X)
X, X_val, y, y_val = train_test_split(X, y, random_state=0, stratify=y)

ill = MLPClassifier((30,) * 8, activation="logistic", max_iter=60, random_state=0)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    ill.fit(X, y)
diagnosis = diagnose(ill, X, y, X_val, y_val)
print(diagnosis)

scope = {}
exec(diagnosis[0].cure, scope)  # as if it were pasted
cured = scope["model"]
with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    cured.fit(X, y)
print(f"\naccuracy before: {ill.score(X_val, y_val):.3f}")
print(f"accuracy after the cure: {cured.score(X_val, y_val):.3f}")

BLUE, ORANGE = "#0072B2", "#D55E00"
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for network, colour, name in ((ill, ORANGE, "sigmoids"), (cured, BLUE, "cured")):
    evidence = Evidence(network, X, y)
    layers = range(1, evidence.n_hidden + 1)
    for facts, style, when in (
        (evidence.first_layers, "--", "first weights"),
        (evidence.layers, "-", "after training"),
    ):
        gradients = [each.gradient for each in facts[:-1]]
        left.semilogy(
            layers, gradients, style, marker="o", color=colour, label=f"{name}, {when}"
        )
    right.plot(network.loss_curve_, color=colour, linewidth=2)
    right.annotate(
        name,
        (len(network.loss_curve_) - 1, network.loss_curve_[-1]),
        (0, 8),
        textcoords="offset points",
        ha="right",
        color=colour,
    )
left.set(
    xlabel="hidden layer",
    ylabel="gradient (root mean square of ∂ℓ/∂z)",
    title="Through sigmoids the gradient vanishes",
)
left.legend(frameon=False, fontsize="small")
right.set(
    xlabel="epoch",
    ylabel="training loss",
    title="Only the cured network learns",
    ylim=0,
)
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()

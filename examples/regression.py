"""
Regression with a multi-layer perceptron
========================================

Does a network predict the progress of diabetes better than a linear model? With 442
patients and ten measurements it hardly does: the relation is nearly linear, and a
network needs a strong penalty so that it does not fit the noise as well. The picture
shows what a network with such a penalty predicts from two measurements alone.
"""

import matplotlib.pyplot as plt
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.model_selection import RepeatedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import MLPRegressor
from skmlp.multilayer_perceptron import BoundaryDisplay

X, y = load_diabetes(return_X_y=True)
folds = RepeatedKFold(n_splits=5, n_repeats=2, random_state=0)


def network(hidden_layer_sizes, alpha):
    """Return a regressor that L-BFGS fits on all rows at once."""
    return MLPRegressor(
        hidden_layer_sizes=hidden_layer_sizes,
        activation="tanh",
        alpha=alpha,
        solver="lbfgs",
        max_iter=5000,
        random_state=0,
    )


models = {
    "ridge regression": Ridge(alpha=10.0),
    "no hidden layer": network((), alpha=10.0),
    "8 units, alpha = 1": network((8,), alpha=1.0),
    "8 units, alpha = 10": network((8,), alpha=10.0),
    "8 units, alpha = 100": network((8,), alpha=100.0),
}

print(f"{'model':<22} {'R² over ten folds':>20}")
for name, model in models.items():
    # The target is scaled too, so that the effect of alpha does not depend on its unit.
    scaled = TransformedTargetRegressor(model, transformer=StandardScaler())
    pipeline = make_pipeline(StandardScaler(), scaled)
    scores = cross_val_score(pipeline, X, y, cv=folds)
    print(f"{name:<22} {scores.mean():>12.3f} ± {scores.std():.3f}")

names = ["body mass index (standardised)", "log of triglycerides (standardised)"]
two = StandardScaler().fit_transform(X[:, [2, 8]])
figure, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
surface = network((8,), alpha=10.0).fit(two, y)
BoundaryDisplay.from_estimator(surface, two, y, feature_names=names, ax=ax)
figure.savefig("regression.png", dpi=150)

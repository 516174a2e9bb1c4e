"""
A multi-layer perceptron in a pipeline, tuned by a grid search
==============================================================

The scaler is a step of the pipeline, so that each fold is scaled by its own training
rows. The grid contains parameters of the network and of its update rule. Of the best
network, the picture shows the history of its fit, and the weights of its first layer:
each image has the 8 × 8 pixels of a digit.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import MLPClassifier
from skmlp.multilayer_perceptron import HistoryDisplay, WeightsDisplay
from skmlp.solvers import SGD

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, y, test_size=0.3, stratify=y, random_state=0
)

pipeline = make_pipeline(
    StandardScaler(),
    MLPClassifier(
        solver=SGD(nesterov=True),
        learning_rate_init=0.05,
        early_stopping=True,
        random_state=0,
    ),
)
search = GridSearchCV(
    pipeline,
    {
        "mlpclassifier__hidden_layer_sizes": [(16,), (64,)],
        "mlpclassifier__solver__momentum": [0.5, 0.9],
    },
    cv=3,
).fit(X_train, y_train)

print(f"{'hidden layers':<15} {'momentum':>8} {'accuracy in cross-validation':>30}")
results = search.cv_results_
for parameters, mean, deviation in zip(
    results["params"],
    results["mean_test_score"],
    results["std_test_score"],
    strict=True,
):
    layers = parameters["mlpclassifier__hidden_layer_sizes"]
    momentum = parameters["mlpclassifier__solver__momentum"]
    print(f"{layers!s:<15} {momentum:>8} {mean:>22.3f} ± {deviation:.3f}")
print(f"\naccuracy on {len(y_test)} test rows: {search.score(X_test, y_test):.3f}")

network = search.best_estimator_[-1]
figure, axes = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
quantities = ["loss", "validation_loss", "validation_score"]
HistoryDisplay.from_estimator(network, quantities=quantities, ax=axes[0])
WeightsDisplay.from_estimator(network, shape=(8, 8), max_units=16, ax=axes[1])
figure.savefig("mlp_in_a_pipeline.png", dpi=150)

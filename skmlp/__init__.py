"""Perceptrons, from one unit to networks, compatible with scikit-learn.

All estimators are made of one unit, which weighs the features of a row, adds an
intercept and applies an activation to the sum. They differ in how the weights and the
intercept are found. Read the folders in this order:

1. `perceptron`: one unit with a sign, corrected on every mistake.
2. `discriminant_analysis`: the same linear scores, in closed form, where the classes
   are Gaussian and share one covariance.
3. `logistic_regression`: the same unit, whose weights maximise the likelihood.
4. `multilayer_perceptron`: units in layers, fitted by gradient descent.

`activations`, `losses`, `initializers`, `network`, `objective` and `solvers` are the
parts that they are built of; `inference` and `model_comparison` come after a fit.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp import (
        activations,
        discriminant_analysis,
        inference,
        initializers,
        logistic_regression,
        losses,
        model_comparison,
        multilayer_perceptron,
        network,
        objective,
        perceptron,
        solvers,
        utils,
    )
    from skmlp.discriminant_analysis import LinearDiscriminantAnalysis
    from skmlp.logistic_regression import LogisticRegression, LogisticRegressionCV
    from skmlp.multilayer_perceptron import MLPClassifier, MLPRegressor
    from skmlp.perceptron import AssociationUnits, Perceptron
    from skmlp.utils import show_versions

__version__ = "0.1.0"

__all__ = [
    "AssociationUnits",
    "LinearDiscriminantAnalysis",
    "LogisticRegression",
    "LogisticRegressionCV",
    "MLPClassifier",
    "MLPRegressor",
    "Perceptron",
    "__version__",
    "activations",
    "discriminant_analysis",
    "inference",
    "initializers",
    "logistic_regression",
    "losses",
    "model_comparison",
    "multilayer_perceptron",
    "network",
    "objective",
    "perceptron",
    "show_versions",
    "solvers",
    "utils",
]

# Where each name is found; None stands for a folder or file of this package.
_PUBLIC = {
    "Perceptron": ".perceptron",
    "AssociationUnits": ".perceptron",
    "LinearDiscriminantAnalysis": ".discriminant_analysis",
    "LogisticRegression": ".logistic_regression",
    "LogisticRegressionCV": ".logistic_regression",
    "MLPClassifier": ".multilayer_perceptron",
    "MLPRegressor": ".multilayer_perceptron",
    "show_versions": ".utils",
    "activations": None,
    "discriminant_analysis": None,
    "inference": None,
    "initializers": None,
    "logistic_regression": None,
    "losses": None,
    "model_comparison": None,
    "multilayer_perceptron": None,
    "network": None,
    "objective": None,
    "perceptron": None,
    "solvers": None,
    "utils": None,
}
if not TYPE_CHECKING:  # or static tools would take any name for one of these
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

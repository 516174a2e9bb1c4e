"""Perceptrons, from one unit to networks, compatible with scikit-learn.

All estimators are built from one unit: it computes the weighted sum of the features of
a row plus an intercept, and applies an activation to the sum. The estimators differ in
how they find the weights and the intercept. Read the folders in this order:

1. `perceptron`: one unit whose output is a sign; every mistake corrects its weights.
2. `discriminant_analysis`: linear scores in closed form, for Gaussian classes that
   share one covariance.
3. `logistic_regression`: one unit whose weights maximise the likelihood.
4. `multilayer_perceptron`: layers of units, fitted by gradient descent.

The parts of these estimators are in `activations`, `losses`, `initializers`, `network`,
`objective` and `solvers`. `graph` traces functions of NumPy and differentiates them.
`inference` computes standard errors and tests of a fitted estimator, and
`model_comparison` compares estimators on a data set.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp import (
        activations,
        discriminant_analysis,
        graph,
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
    "graph",
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

# The module that defines each public name; None for a name that is itself a module.
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
    "graph": None,
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
if not TYPE_CHECKING:  # else static tools would accept any name
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

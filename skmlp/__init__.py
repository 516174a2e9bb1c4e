"""The perceptron's family, compatible with scikit-learn."""

import importlib

__version__ = "0.1.0"

# Name -> module. Loaded on first use, so that `import skmlp` costs next to nothing.
_PUBLIC = {
    "Perceptron": "perceptron",
    "AssociationUnits": "perceptron",
    "LinearDiscriminantAnalysis": "discriminant_analysis",
    "LogisticRegression": "logistic_regression",
    "LogisticRegressionCV": "logistic_regression",
    "MLPClassifier": "multilayer_perceptron",
    "MLPRegressor": "multilayer_perceptron",
    "show_versions": "utils",
}
_SUBMODULES = (
    "activations",
    "discriminant_analysis",
    "inference",
    "initializers",
    "losses",
    "model_comparison",
    "multilayer_perceptron",
    "network",
    "objective",
    "perceptron",
    "logistic_regression",
    "solvers",
    "utils",
)

__all__ = [*_PUBLIC, *_SUBMODULES, "__version__"]


def __getattr__(name):
    if name in _PUBLIC:
        module = importlib.import_module(f"skmlp.{_PUBLIC[name]}")
        value = globals()[name] = getattr(module, name)
        return value
    if name in _SUBMODULES:
        return importlib.import_module(f"skmlp.{name}")
    raise AttributeError(f"module 'skmlp' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)

"""Rung 4: units in parallel and in series, fitted by gradient descent.

Read `problem` and `base`, then `classifier` and `regressor`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.multilayer_perceptron.classifier import MLPClassifier
    from skmlp.multilayer_perceptron.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]

if not TYPE_CHECKING:  # or static tools would take any name for one of these
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "MLPClassifier": ".classifier",
            "MLPRegressor": ".regressor",
        },
    )

"""Multi-layer perceptrons: networks of units, fitted by gradient descent or L-BFGS.

The units stand in parallel in a layer, and the layers in series. Read `problem` and
`base` first, then `classifier` and `regressor`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.multilayer_perceptron.classifier import MLPClassifier
    from skmlp.multilayer_perceptron.history_display import HistoryDisplay
    from skmlp.multilayer_perceptron.regressor import MLPRegressor

__all__ = ["HistoryDisplay", "MLPClassifier", "MLPRegressor"]

if not TYPE_CHECKING:  # else static tools would accept any name of this module
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "HistoryDisplay": ".history_display",
            "MLPClassifier": ".classifier",
            "MLPRegressor": ".regressor",
        },
    )

"""Multi-layer perceptrons: networks of units, fitted by gradient descent or L-BFGS.

The units stand in parallel in a layer, and the layers in series. Read `problem` and
`base` first, then `classifier` and `regressor`. The files of Displays draw what is
learnt: begin with `history_display`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.multilayer_perceptron.boundary_display import BoundaryDisplay
    from skmlp.multilayer_perceptron.classifier import MLPClassifier
    from skmlp.multilayer_perceptron.history_display import HistoryDisplay
    from skmlp.multilayer_perceptron.layers_display import LayersDisplay
    from skmlp.multilayer_perceptron.loss_surface_display import LossSurfaceDisplay
    from skmlp.multilayer_perceptron.network_display import NetworkDisplay
    from skmlp.multilayer_perceptron.regressor import MLPRegressor
    from skmlp.multilayer_perceptron.weights_display import WeightsDisplay

__all__ = [
    "BoundaryDisplay",
    "HistoryDisplay",
    "LayersDisplay",
    "LossSurfaceDisplay",
    "MLPClassifier",
    "MLPRegressor",
    "NetworkDisplay",
    "WeightsDisplay",
]

if not TYPE_CHECKING:  # else static tools would accept any name of this module
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "BoundaryDisplay": ".boundary_display",
            "HistoryDisplay": ".history_display",
            "LayersDisplay": ".layers_display",
            "LossSurfaceDisplay": ".loss_surface_display",
            "MLPClassifier": ".classifier",
            "MLPRegressor": ".regressor",
            "NetworkDisplay": ".network_display",
            "WeightsDisplay": ".weights_display",
        },
    )

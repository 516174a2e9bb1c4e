"""Networks: layers in parallel and in series, with one flat parameter vector.

Read `feedforward` and `fitted_network`, then `noise`; `fused` chooses the compiled
kernels for whole batches.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.network.feedforward import Network
    from skmlp.network.fitted_network import FittedNetwork
    from skmlp.network.noise import Noise, NoiseKey

__all__ = ["FittedNetwork", "Network", "Noise", "NoiseKey"]

if not TYPE_CHECKING:  # otherwise type checkers would accept any name here
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "FittedNetwork": ".fitted_network",
            "Network": ".feedforward",
            "Noise": ".noise",
            "NoiseKey": ".noise",
        },
    )

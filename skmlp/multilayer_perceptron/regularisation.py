"""What holds a network back while it is trained: penalties, bounds, dropout, noise."""

from math import inf
from numbers import Real

import numpy as np
import scipy.sparse

from skmlp.network import Noise
from skmlp.solvers import StepBounds, UpdateRule

__all__ = ["Regularised"]

_BY_STEPS = ("dropout", "input_dropout", "input_noise")
_BOUNDS = ("clip_value", "clip_norm", "max_norm")


class Regularised:
    """The part of a multi-layer perceptron that keeps it from learning by heart."""

    def _penalties(self):
        """The l2 and the l1 strength, as the objective takes them."""
        return {
            "l2": self.alpha * (1 - self.l1_ratio),
            "l1": self.alpha * self.l1_ratio,
        }

    def _step_bounds(self):
        """The bounds of a step."""
        bounds = {name: getattr(self, name) for name in _BOUNDS}
        return StepBounds(
            **{name: inf if most is None else most for name, most in bounds.items()}
        )

    def _noise(self, n_hidden_layers, X):
        """What disturbs the network in training, or None."""
        if self.input_noise > 0 and scipy.sparse.issparse(X):
            raise ValueError(
                f"input_noise={self.input_noise} would leave no zero in a sparse X; "
                "pass X.toarray(), or use input_dropout."
            )
        hidden = self.dropout
        if isinstance(hidden, Real):
            hidden = (hidden,) * n_hidden_layers
        if len(hidden) != n_hidden_layers:
            raise ValueError(
                f"dropout has {len(hidden)} entries for {n_hidden_layers} hidden "
                "layers; give one a hidden layer, or a single one for all."
            )
        for p in hidden:
            if not (isinstance(p, Real) and 0 <= p < 1):
                raise ValueError(
                    f"dropout={self.dropout!r} must hold probabilities in [0, 1), such "
                    "as 0.2."
                )
        noise = Noise((self.input_dropout, *hidden), self.input_noise)
        return noise if noise.input_noise or any(noise.dropout) else None

    def _check_regularisation(self, network):
        """Refuse what L-BFGS cannot do, and name the solvers that can."""
        if self.solver != "lbfgs":
            return
        refused = [name for name in _BOUNDS if getattr(self, name) is not None]
        if network.noise is not None:
            named = [name for name in _BY_STEPS if np.any(getattr(self, name))]
            refused = named + refused
        if self.alpha and self.l1_ratio:
            refused = ["l1_ratio", *refused]
        if refused:
            raise ValueError(
                f"solver='lbfgs' does not take {', '.join(refused)}: it needs a smooth "
                "objective that stays the same, and finds its steps by itself. Use one "
                f"of {', '.join(repr(name) for name in sorted(UpdateRule.table))}, or "
                "an update rule."
            )

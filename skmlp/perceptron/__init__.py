"""Rung 1: the perceptron, one linear unit whose weights change after every mistake.

Read `visited_rows` and `training` first (the rows, what learns from them, and the
epochs), then `estimator`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.perceptron.association_units import AssociationUnits
    from skmlp.perceptron.display import MistakesDisplay
    from skmlp.perceptron.estimator import Perceptron

__all__ = ["AssociationUnits", "MistakesDisplay", "Perceptron"]

if not TYPE_CHECKING:  # hidden from static tools: they would accept any name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "Perceptron": ".estimator",
            "MistakesDisplay": ".display",
            "AssociationUnits": ".association_units",
        },
    )

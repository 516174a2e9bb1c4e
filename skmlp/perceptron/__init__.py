"""Rung 1: one unit with a sign, corrected on every mistake.

Read `training`: the rows, the units and their epochs; then `estimator`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.perceptron.association_units import AssociationUnits
    from skmlp.perceptron.estimator import Perceptron

__all__ = ["AssociationUnits", "Perceptron"]

if not TYPE_CHECKING:  # or static tools would take any name for one of these
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "Perceptron": ".estimator",
            "AssociationUnits": ".association_units",
        },
    )

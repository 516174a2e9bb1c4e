"""What is minimised: the mean loss plus a penalty, on all rows or on a batch.

Read `base` and `penalty`, then `empirical_risk`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.objective.base import Objective, TwiceDifferentiable
    from skmlp.objective.empirical_risk import ALL_ROWS, EmpiricalRisk
    from skmlp.objective.penalty import Penalty

__all__ = ["ALL_ROWS", "EmpiricalRisk", "Objective", "Penalty", "TwiceDifferentiable"]

if not TYPE_CHECKING:  # or static tools would take any name for one of these
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "ALL_ROWS": ".empirical_risk",
            "EmpiricalRisk": ".empirical_risk",
            "Objective": ".base",
            "Penalty": ".penalty",
            "TwiceDifferentiable": ".base",
        },
    )

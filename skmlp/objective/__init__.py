"""Objectives to minimise: a mean loss plus a penalty, over all rows or a batch.

Read `base` and `penalty`, then `empirical_risk`; `risk_graph` has its graph.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.objective.base import Objective, TwiceDifferentiable
    from skmlp.objective.empirical_risk import ALL_ROWS, EmpiricalRisk
    from skmlp.objective.penalty import Penalty
    from skmlp.objective.risk_graph import hessian_product

__all__ = ["ALL_ROWS", "EmpiricalRisk", "Objective", "Penalty", "TwiceDifferentiable"]
__all__ += ["hessian_product"]

if not TYPE_CHECKING:  # otherwise type checkers would accept any name here
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "ALL_ROWS": ".empirical_risk",
            "EmpiricalRisk": ".empirical_risk",
            "Objective": ".base",
            "Penalty": ".penalty",
            "TwiceDifferentiable": ".base",
            "hessian_product": ".risk_graph",
        },
    )

"""Proximal Newton method on working sets, for l1 penalties and bounds.

Read `problem`, then `proximal_newton`.
"""

from skmlp.solvers.proximal.proximal_newton import minimize_proximal

__all__ = ["minimize_proximal"]

"""Minimise with an l1 penalty: a Newton method of proximal steps on a working set.

Read `problem`, then `proximal_newton`.
"""

from skmlp.solvers.proximal.proximal_newton import minimize_proximal

__all__ = ["minimize_proximal"]

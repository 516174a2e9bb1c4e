"""Descent with an l1 penalty: no step takes a weight through zero.

The pieces of Andrew and Gao (2007): at zero, where |w| has a kink, the shortest of the
subgradients is followed, and a step ends where it would leave its side of zero.
"""

from skmlp._kernels.arrays import array_namespace

__all__ = ["keep_sides", "l1_pull", "sides_of"]


def l1_pull(weights, gradient, l1):
    """l1·sign(w); at w = 0, what makes the gradient shortest."""
    xp = array_namespace(weights)
    at_zero = -xp.clip(gradient, -l1, l1)
    above = xp.full_like(weights, l1)
    return xp.where(weights > 0, above, xp.where(weights < 0, -above, at_zero))


def sides_of(weights, gradient):
    """The sides of zero that a step may not leave: a weight's, or where it is sent."""
    return array_namespace(weights).where(weights != 0, weights, -gradient)


def keep_sides(weights, sides):
    """Weights that went beyond zero become zero, in place."""
    xp = array_namespace(weights)
    zero = xp.zeros_like(weights)
    kept = xp.where(sides == 0, zero, weights)
    kept = xp.where(sides < 0, xp.minimum(weights, zero), kept)
    weights[...] = xp.where(sides > 0, xp.maximum(weights, zero), kept)

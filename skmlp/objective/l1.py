"""Gradient descent with an l1 penalty: no step changes the sign of a weight.

The method follows Andrew and Gao (2007). At zero, where |w| has no derivative, the
shortest subgradient takes its place. A step stays in the orthant (the signs of all
weights) in which it begins: a weight that would change its sign becomes zero.
"""

from skmlp._kernels.arrays import array_namespace

__all__ = ["l1_subgradient", "orthant_of", "project_onto_orthant"]


def l1_subgradient(weights, gradient, l1):
    """Return l1·sign(w); at w = 0, the subgradient with the shortest total gradient.

    `gradient` is that of the loss, to which the result is added.
    """
    xp = array_namespace(weights)
    at_zero = -xp.clip(gradient, -l1, l1)
    above = xp.full_like(weights, l1)
    return xp.where(weights > 0, above, xp.where(weights < 0, -above, at_zero))


def orthant_of(weights, gradient):
    """Return an array with the sign that every weight has to keep in a step.

    These are the signs of the weights; at zero, that of −gradient.
    """
    return array_namespace(weights).where(weights != 0, weights, -gradient)


def project_onto_orthant(weights, orthant):
    """Set weights to zero, in place, whose sign is not that of `orthant`."""
    xp = array_namespace(weights)
    zero = xp.zeros_like(weights)
    kept = xp.where(orthant == 0, zero, weights)
    kept = xp.where(orthant < 0, xp.minimum(weights, zero), kept)
    weights[...] = xp.where(orthant > 0, xp.maximum(weights, zero), kept)

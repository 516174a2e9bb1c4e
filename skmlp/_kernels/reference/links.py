"""Inverse links: raw scores to means, stable for scores of any size.

They have no compiled form: with compiled kernels, too, these functions run.
"""

from skmlp._kernels.arrays import array_namespace


def logistic(z):
    """Return the logistic function 1 / (1 + e^−z)."""
    xp = array_namespace(z)
    e = xp.exp(-xp.abs(z))
    return xp.where(z >= 0, 1 / (1 + e), e / (1 + e))


def softplus(z):
    """Return log(1 + e^z)."""
    xp = array_namespace(z)
    positive = xp.where(z > 0, z, xp.zeros_like(z))
    return positive + xp.log1p(xp.exp(-xp.abs(z)))


def log_logistic(z):
    """Return log(1 / (1 + e^−z)), which is finite for every finite z."""
    return -softplus(-z)


def log_sum_exp(scores):
    """Return log Σₖ e^scoresₖ over the last axis, which is kept with length one."""
    xp = array_namespace(scores)
    largest = xp.max(scores, axis=-1, keepdims=True)
    return largest + xp.log(xp.sum(xp.exp(scores - largest), axis=-1, keepdims=True))


def log_softmax(scores):
    """Return scoresₖ − log Σⱼ e^scoresⱼ, which is finite for finite scores.

    The largest score is subtracted first: of large scores, only differences count.
    """
    xp = array_namespace(scores)
    lower = scores - xp.max(scores, axis=-1, keepdims=True)
    return lower - xp.log(xp.sum(xp.exp(lower), axis=-1, keepdims=True))


def softmax(scores):
    """Return e^scoresₖ / Σⱼ e^scoresⱼ over the last axis."""
    xp = array_namespace(scores)
    e = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)

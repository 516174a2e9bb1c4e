"""Links: raw scores -> means, stable for scores of any size."""

from skmlp._kernels.arrays import array_namespace


def logistic(z):
    """1 / (1 + e^−z)."""
    xp = array_namespace(z)
    e = xp.exp(-xp.abs(z))
    return xp.where(z >= 0, 1 / (1 + e), e / (1 + e))


def softplus(z):
    """log(1 + e^z)."""
    xp = array_namespace(z)
    positive = xp.where(z > 0, z, xp.zeros_like(z))
    return positive + xp.log1p(xp.exp(-xp.abs(z)))


def log_logistic(z):
    """log(1 / (1 + e^−z)), finite wherever z is."""
    return -softplus(-z)


def log_sum_exp(scores):
    """log Σₖ e^scoresₖ over the last axis, which is kept with length one."""
    xp = array_namespace(scores)
    largest = xp.max(scores, axis=-1, keepdims=True)
    return largest + xp.log(xp.sum(xp.exp(scores - largest), axis=-1, keepdims=True))


def log_softmax(scores):
    """scoresₖ − log Σⱼ e^scoresⱼ, finite wherever the scores are."""
    return scores - log_sum_exp(scores)


def softmax(scores):
    """e^scoresₖ / Σⱼ e^scoresⱼ over the last axis."""
    xp = array_namespace(scores)
    e = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    return e / xp.sum(e, axis=-1, keepdims=True)

"""The meaning of every kernel, in array code that NumPy, torch and CuPy can run."""

from skmlp._compat import array_namespace

# Links: raw scores -> means, stable for scores of any size.


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


# Update rules: one step on flat vectors, in place.


def momentum_step(parameters, gradient, velocity, *, learning_rate, momentum, nesterov):
    """v ← momentum·v − rate·gradient, then θ ← θ + v; in place.

    With `nesterov`, θ moves by momentum·v − rate·gradient with the new v instead.
    """
    push = learning_rate * gradient
    velocity *= momentum
    velocity -= push
    parameters += momentum * velocity - push if nesterov else velocity


def adam_step(
    parameters, gradient, mean, square, *, step_size, beta_1, beta_2, epsilon
):
    """θ ← θ − step_size · m / (√v + ε), in place; m and v are running moments.

    The bias corrections of Kingma and Ba (2015, section 2, last remark) are folded
    into `step_size` by the caller. All arrays are flat and of one floating dtype.
    """
    mean *= beta_1
    mean += (1 - beta_1) * gradient
    square *= beta_2
    square += (1 - beta_2) * (gradient * gradient)
    parameters -= step_size * mean / (square**0.5 + epsilon)


# Statistics: sums over rows, accumulated in float64.


def class_moments(X, labels, weights, shifts):
    """Σ w, Σ w·r and Σ w·r·rᵀ of the residuals r = x − shift of the row's class.

    The first two are sums over each class, (K,) and (K, d); the third is over all rows,
    (d, d). X is (n, d), labels (n,) integers below K, weights (n,), shifts (K, d).
    """
    xp = array_namespace(X, shifts)
    residuals = xp.astype(X, xp.float64, copy=False) - xp.take(shifts, labels, axis=0)
    classes = xp.arange(shifts.shape[0], dtype=labels.dtype)
    membership = xp.where(labels[:, None] == classes, weights[:, None], 0.0)
    sums = membership.T @ residuals
    residuals *= xp.sqrt(weights)[:, None]
    return xp.sum(membership, axis=0), sums, residuals.T @ residuals

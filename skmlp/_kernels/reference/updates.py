"""Update rules: one step on flat vectors of one floating dtype, in place."""

from skmlp._kernels.arrays import array_namespace


def gradient_step(parameters, gradient, *, learning_rate):
    """Take a gradient step in place: θ ← θ − rate·gradient."""
    parameters -= learning_rate * gradient


def momentum_step(parameters, gradient, velocity, *, learning_rate, momentum, nesterov):
    """Take a step with momentum in place: v ← momentum·v − rate·g, then θ ← θ + v.

    With `nesterov`, θ ← θ + momentum·v − rate·g with the new v instead.
    """
    push = learning_rate * gradient
    velocity *= momentum
    velocity -= push
    parameters += momentum * velocity - push if nesterov else velocity


def adam_step(
    parameters, gradient, mean, square, *, step_size, beta_1, beta_2, epsilon
):
    """Take a step of Adam in place: θ ← θ − step_size·m / (√v + ε).

    m and v are running means of g and g². `step_size` includes the bias corrections of
    Kingma and Ba (2015, section 2, last remark).
    """
    _move_moments(mean, square, gradient, beta_1, beta_2)
    parameters -= step_size * mean / (square**0.5 + epsilon)


def amsgrad_step(
    parameters, gradient, mean, square, largest, *, step_size, beta_1, beta_2, epsilon
):
    """Take a step of AMSGrad in place: Adam with the largest v so far in place of v."""
    _move_moments(mean, square, gradient, beta_1, beta_2)
    largest[...] = array_namespace(largest).maximum(largest, square)
    parameters -= step_size * mean / (largest**0.5 + epsilon)


def nadam_step(
    parameters,
    gradient,
    mean,
    square,
    *,
    step_size,
    gradient_step_size,
    beta_1,
    beta_2,
    epsilon,
):
    """Take a step of NAdam: θ ← θ − (step_size·m + gradient_step_size·g) / (√v + ε)."""
    _move_moments(mean, square, gradient, beta_1, beta_2)
    push = step_size * mean + gradient_step_size * gradient
    parameters -= push / (square**0.5 + epsilon)


def _move_moments(mean, square, gradient, beta_1, beta_2):
    """Update the running means: m ← β₁·m + (1 − β₁)·g and v ← β₂·v + (1 − β₂)·g²."""
    mean *= beta_1
    mean += (1 - beta_1) * gradient
    square *= beta_2
    square += (1 - beta_2) * (gradient * gradient)


def rmsprop_step(
    parameters, gradient, square, velocity, *, learning_rate, decay, momentum, epsilon
):
    """Take a step of RMSprop: u ← momentum·u + g / (√v + ε), then θ ← θ − rate·u.

    v is a running mean of g².
    """
    square *= decay
    square += (1 - decay) * (gradient * gradient)
    velocity *= momentum
    velocity += gradient / (square**0.5 + epsilon)
    parameters -= learning_rate * velocity


def adagrad_step(parameters, gradient, square, *, learning_rate, epsilon):
    """Take a step of Adagrad: θ ← θ − rate·g / (√v + ε), where v is the sum of g²."""
    square += gradient * gradient
    parameters -= learning_rate * gradient / (square**0.5 + epsilon)


def adadelta_step(
    parameters, gradient, square, step_square, *, learning_rate, decay, epsilon
):
    """Take a step of Adadelta: Δ = √(u + ε) / √(v + ε) · g, then θ ← θ − rate·Δ.

    v and u are running means of g² and of Δ²; Δ is computed with the previous u.
    """
    square *= decay
    square += (1 - decay) * (gradient * gradient)
    step = (step_square + epsilon) ** 0.5 / (square + epsilon) ** 0.5 * gradient
    step_square *= decay
    step_square += (1 - decay) * (step * step)
    parameters -= learning_rate * step

"""The meaning of every kernel, in array code that NumPy, torch and CuPy can run."""


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

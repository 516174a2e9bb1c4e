"""Scale of numeric targets: whether and how y is standardised before training."""

import numpy as np

from skmlp.losses.scaled_targets import TargetScale

__all__ = ["assigned_scale", "learn_scale", "rescale_last_layer"]

# With scale_target="auto", y is standardised if a deviation is outside of these limits,
# or a mean is above the larger one. Scores near zero suit a mean near zero.
_LEAST, _LARGEST = 0.1, 10.0

# A deviation of fewer units in the last place of the largest number is rounding.
_ROUNDING = 10 * np.finfo(np.float64).eps


def learn_scale(y, sample_weight, *, loss, choice, auto):
    """Return the TargetScale of the targets y (n, T), or None: y stays as it is.

    With `auto`, y stays if its scale is moderate, or if the loss allows no other scale.
    `choice` is the `loss` of the user, for the message of a ValueError: without `auto`,
    its predictions have to be any numbers.
    """
    if loss.inverse_link != "identity" or loss.needs_positive_targets:
        if auto:
            return None
        raise ValueError(
            f"scale_target=True does not suit loss={choice!r}: it needs targets that "
            "are not negative, and standardised targets are. Set scale_target=False or "
            "'auto', or use a loss such as 'squared_error'. Where y is very large, "
            "divide it by its mean."
        )
    scale = _mean_and_deviation(y, sample_weight)
    if auto and _is_moderate(scale):
        return None
    means, deviations = scale
    # A constant target has no deviation; its size is the best guess for later rows.
    size = np.where(means == 0, 1.0, np.abs(means))
    return TargetScale(np.array([means, np.where(deviations == 0, size, deviations)]))


def _mean_and_deviation(y, sample_weight):
    """Return the weighted mean and deviation of each column; 0 for a constant one."""
    y = y.astype(np.float64)
    if sample_weight is not None:
        rows = sample_weight > 0
        y, sample_weight = y[rows], sample_weight[rows].astype(np.float64)
        sample_weight = sample_weight / sample_weight.max()
    largest = np.abs(y).max(axis=0)
    exponent = np.frexp(largest)[1]  # squares of numbers up to one do not overflow
    y = np.ldexp(y, -exponent)
    mean = np.average(y, axis=0, weights=sample_weight)
    mean += np.average(y - mean, axis=0, weights=sample_weight)
    deviation = np.sqrt(np.average((y - mean) ** 2, axis=0, weights=sample_weight))
    deviation[deviation <= _ROUNDING * np.abs(y).max(axis=0)] = 0
    return np.ldexp(mean, exponent), np.ldexp(deviation, exponent)


def _is_moderate(scale):
    """Return True if no mean and no deviation is extreme."""
    means, deviations = scale
    moderate = (deviations >= _LEAST) & (deviations <= _LARGEST)
    return bool((moderate & (np.abs(means) <= _LARGEST)).all())


def assigned_scale(array, n_targets):
    """Return the TargetScale of a `target_scale_` that a user assigned, checked."""
    try:
        numbers = np.asarray(array, dtype=np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    valid = numbers.shape == (2, n_targets) and np.isfinite(numbers).all()
    if not valid or (numbers[1] <= 0).any():
        raise ValueError(
            f"target_scale_={array!r} is not an array of shape (2, {n_targets}) with "
            "the means and the positive deviations of the targets: assign such an "
            "array, or None, or fit."
        )
    return TargetScale(numbers)


def rescale_last_layer(weights, intercepts, old, new):
    """Return the layers whose scores mean in `new` what they mean in `old`.

    `old` and `new` are NumericTargets, the first those of the layers. Only the last
    layer changes; nothing changes if the scales are equal.
    """
    scales = [None if each.scale is None else each.scale.array for each in (old, new)]
    if scales[0] is scales[1] or np.array_equal(*scales):
        return weights, intercepts
    old_factor, old_offset = old.units_of_scores
    factor, offset = new.units_of_scores
    last = weights[-1] * (old_factor / factor)
    intercept = (old_factor * intercepts[-1] + (old_offset - offset)) / factor
    dtype = weights[-1].dtype
    return (
        [*weights[:-1], last.astype(dtype)],
        [*intercepts[:-1], intercept.astype(dtype)],
    )

"""Early stopping that came too soon: the training loss still fell steeply."""

__all__ = ["STEEP", "STEEP_EPOCHS", "falls_steeply", "stopped_too_early"]

STEEP_EPOCHS = 5
"""Number of the last epochs in which a loss has to fall steeply."""

STEEP = 0.15
"""Steepest end of a flat loss: its fall per epoch in the last epochs, relative to the
fall per epoch of the whole curve. A straight line has 1. A loss that halves its
distance from a limit n times, in equal times, has n·log(2) / (2ⁿ − 1): 0.18 after four
times, and 0.11 after five."""

_TOO_EARLY = (
    "Early stopping ended training after {n_epochs} epochs, while the training loss "
    "still fell steeply: in the last {n_last} epochs from {before:.3g} to {last:.3g}. "
    "{cure}"
)

_CURE_OF_SCORES = (
    "The score of the validation rows changes in jumps, or at random. Set "
    "early_stopping='loss', and leave scoring, n_iter_no_change and "
    "validation_fraction at their default values: it replaces these by scoring='loss', "
    "n_iter_no_change=30 and validation_fraction=0.2."
)

_CURE_OF_PATIENCE = (
    "Raise n_iter_no_change (={n_iter_no_change}), or use more validation rows (raise "
    "validation_fraction, or pass more rows as X_val), so that scoring='loss' changes "
    "less at random."
)


def falls_steeply(losses):
    """Return True if the fall per epoch at the end is more than `STEEP` of the mean.

    `losses` has one number for each epoch. The end is that of `STEEP_EPOCHS` epochs, or
    of all if there are fewer. A loss that has risen on the whole is not steep.
    """
    n_last = min(STEEP_EPOCHS, len(losses) - 1)
    if n_last < 1:
        return False
    whole = (losses[0] - losses[-1]) / (len(losses) - 1)
    last = (losses[-1 - n_last] - losses[-1]) / n_last
    return whole > 0 and last > STEEP * whole


def stopped_too_early(records, n_iter_no_change):
    """Return the warning of an early stop that came too soon, or None.

    It came too soon if the training loss still fell steeply, and the validation loss
    was lowest in the same epochs: a network that overfits is stopped in time.

    Parameters
    ----------
    records : list of EpochRecord
        Records of all epochs of the training that patience ended.
    n_iter_no_change : int or float
        The patience, for the message.

    Returns
    -------
    message : str or None
    """
    losses = [record.loss for record in records]
    if not falls_steeply(losses):
        return None
    n_last = min(STEEP_EPOCHS, len(losses) - 1)
    validation_losses = [record.validation_loss for record in records]
    if min(validation_losses) < min(validation_losses[-n_last:]):
        return None
    by_loss = records[-1].validation_score == -records[-1].validation_loss
    cure = _CURE_OF_PATIENCE if by_loss else _CURE_OF_SCORES
    return _TOO_EARLY.format(
        n_epochs=len(losses),
        n_last=n_last,
        before=losses[-1 - n_last],
        last=losses[-1],
        cure=cure.format(n_iter_no_change=n_iter_no_change),
    )

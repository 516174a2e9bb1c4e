"""Warnings of a fit of the perceptron that ended with mistakes, and their cause."""

from functools import partial

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skmlp.base.scaling_advice import scaling_advice
from skmlp.base.warn import warn

__all__ = ["advice_on_columns", "warn_of_bad_end"]

# A perceptron whose mistakes nobody expects to end, as it averages its weights, for
# example, has learnt little with this share of the mistakes of a constant prediction.
_MANY = 0.1


def advice_on_columns(estimator, rows, **options):
    """Return `scaling_advice` for VisitedRows, whose weight zero means: not there."""
    weight = rows.sample_weight
    options |= {"passed": () if np.all(weight == 1) else ("sample_weight",)}
    return scaling_advice(estimator, rows.X, sample_weight=weight, **options)


def warn_of_bad_end(estimator, trainer, stop_reason, *, too_small):
    """Warn if a fit ended before it converged, or with mistakes due to bad scales.

    The units learn the same from X and from a multiple of X, but for the intercepts.

    Parameters
    ----------
    estimator : Perceptron
    trainer : PerceptronTrainer
    stop_reason : str
        As `PerceptronTrainer.run` returns it.
    too_small : bool
        Whether all scores were too small for their type.
    """
    expects_mistakes = (
        estimator.average or estimator.early_stopping or trainer.penalised
    )
    advice = partial(advice_on_columns, estimator, trainer.rows)
    no_progress = stop_reason == "no progress" and not trainer.converged
    if (
        too_small
        or (stop_reason == "max_iter" and estimator.tol is not None)
        or (no_progress and not expects_mistakes)
    ):
        text = _of_mistakes(trainer, estimator.max_iter, too_small)
        warn(text + advice(only_differences=not too_small), ConvergenceWarning)
    elif no_progress:
        mistakes, constant = trainer.mistakes[-1], _mistakes_of_constant(trainer)
        if mistakes <= _MANY * constant:
            return
        cause = advice(only_differences=True)
        if cause:
            text = (
                f"Training ended with {mistakes} mistakes per epoch; the best constant "
                f"prediction makes {constant}."
            )
            warn(text + cause, ConvergenceWarning)


def _of_mistakes(trainer, max_iter, too_small):
    """Return how a fit ended that did not converge, and the cures."""
    n_epochs, mistakes = len(trainer.mistakes), trainer.mistakes[-1]
    ended = f"Stopped after {n_epochs} epoch{'' if n_epochs == 1 else 's'}"
    cure = f"raise max_iter (={max_iter})"
    if n_epochs < max_iter:
        ended, cure = f"{ended} without progress", "set tol=None"
    still = f"making {mistakes} mistakes per epoch" if mistakes else "making progress"
    cure = f"If the classes are separable, {cure}; otherwise try average=True, "
    cure += "early_stopping=True, AssociationUnits or MLPClassifier."
    if too_small:
        dtype = trainer.units.weights.dtype
        cure = f"All scores are too small for {dtype} numbers; scale X, for example "
        cure += "with StandardScaler."
    return f"{ended}, still {still}. {cure}"


def _mistakes_of_constant(trainer):
    """Return the mistakes per epoch of units whose predictions never change.

    One unit, or joint units, predict the largest class. Others never fire for the
    classes that have less than half of the rows.
    """
    counts = np.bincount(trainer.rows.labels[trainer.rows.order])
    n_rows = counts.sum()
    if trainer.n_counts == 1:
        return int(n_rows - counts.max())
    return int(np.minimum(counts, n_rows - counts).sum())

"""Comparisons with given scores, whose verdict is known."""

import numpy as np

from skmlp.model_comparison import Comparison
from skmlp.model_comparison.comparison import DataSummary, FoldSummary
from skmlp.model_comparison.metrics import CLASSIFICATION, FIT_TIME

# Deviations of folds from the mean, which differ from estimator to estimator.
_PATTERNS = np.random.default_rng(0).normal(size=(9, 15))


def invented(scores, *, noise=0.01, name="toys", **options):
    """Return a Comparison of {estimator: {metric: mean, or scores by fold}}.

    A mean of None stands for an estimator that has no such score.
    """
    metrics = tuple(
        each
        for each in CLASSIFICATION.metrics
        if each.name in next(iter(scores.values()))
    )
    return Comparison(
        DataSummary(name, "classification", 200, 2, 2),
        FoldSummary(15, 3, 160.0, 40.0),
        metrics,
        {
            estimator: {
                **{
                    metric: _folds(value, noise * _PATTERNS[row % len(_PATTERNS)])
                    for metric, value in of_metric.items()
                },
                FIT_TIME: np.full(15, 0.01),
            }
            for row, (estimator, of_metric) in enumerate(scores.items())
        },
        curves={},
        counterparts={},
        **{"ranked_by": ("log_loss", "accuracy"), **options},
    )


def _folds(value, deviations):
    """Return the scores of the folds for a mean, for given scores, or for None."""
    if value is None:
        return np.full(15, np.nan)
    if np.ndim(value):
        return np.asarray(value, dtype=float)
    return value + deviations - deviations.mean()

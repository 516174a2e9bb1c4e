"""Summaries of a comparison: of the data, of the folds, and of the scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from skmlp.model_comparison.paired_difference import equal_but_for_rounding

__all__ = ["DataSummary", "FoldSummary", "MeanAndDeviation"]


class MeanAndDeviation(NamedTuple):
    """Mean and sample standard deviation (divisor n − 1) of a score over the folds."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, scores: np.ndarray) -> MeanAndDeviation:
        """Return mean and deviation of the scores that are not NaN."""
        scores = np.asarray(scores, dtype=float)
        known = equal_but_for_rounding(scores[~np.isnan(scores)])
        if len(known) < 2:
            return cls(float(known[0]) if len(known) else np.nan, np.nan)
        # The mean of equal numbers can differ from them by rounding.
        if np.ptp(known) == 0:
            return cls(float(known[0]), 0.0)
        return cls(float(known.mean()), float(known.std(ddof=1)))


@dataclass(frozen=True)
class DataSummary:
    """Name, task and sizes of the data of a comparison."""

    name: str
    task: str
    n_rows: int
    n_columns: int
    n_classes: int


@dataclass(frozen=True)
class FoldSummary:
    """Numbers of folds and repeats, and mean numbers of training and test rows.

    `n_folds` counts the folds of all repeats. If a comparison ended early, it counts
    those that were done, `n_repeats` the repeats that were begun, and `n_planned` is
    the number of folds that were planned; else `n_planned` is `n_folds` or None.
    """

    n_folds: int
    n_repeats: int
    n_train: float
    n_test: float
    n_planned: int | None = None

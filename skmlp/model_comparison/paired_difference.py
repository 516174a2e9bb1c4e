"""The corrected resampled t-test of the scores of two estimators."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from skmlp.base.text import short_p_value, signed

__all__ = ["PairedDifference", "corrected_resampled_t_test"]


@dataclass(frozen=True)
class PairedDifference:
    """Result of the corrected resampled t-test of the scores of two estimators.

    Attributes
    ----------
    first, second : str
        Names of the estimators.
    metric : str
        Label of the metric.
    difference : float
        Mean over the folds of (score of `first` − score of `second`).
    standard_error : float
        Square root of the corrected variance of that mean.
    statistic : float
        ``difference / standard_error``.
    degrees_of_freedom : int
        Number of folds, over all repeats, less one.
    p_value : float
        Two-sided p-value.
    interval : tuple of two floats
        Confidence interval of the difference.
    confidence : float
        Coverage of the interval.
    larger_is_better : bool
        True if a larger score is better.
    """

    first: str
    second: str
    metric: str
    difference: float
    standard_error: float
    statistic: float
    degrees_of_freedom: int
    p_value: float
    interval: tuple[float, float]
    confidence: float
    larger_is_better: bool

    @property
    def is_significant(self) -> bool:
        """True if the p-value is below 1 − confidence."""
        return self.p_value < 1 - self.confidence

    @property
    def better(self) -> str | None:
        """Name of the better estimator; None if the difference is not significant."""
        if not self.is_significant:
            return None
        first_is_larger = self.difference > 0
        return self.first if first_is_larger == self.larger_is_better else self.second

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as a dict for JSON; an infinite statistic is None."""
        finite = np.isfinite(self.statistic)
        return asdict(self) | {
            "statistic": self.statistic if finite else None,
            "interval": list(self.interval),
        }

    def __str__(self):
        return (
            f"{signed(self.difference)}, {100 * self.confidence:g} % interval "
            f"{signed(self.interval[0])} to {signed(self.interval[1])}, "
            f"{short_p_value(self.p_value)}"
        )


def corrected_resampled_t_test(
    differences: ArrayLike, test_to_train: float, confidence: float = 0.95
) -> dict[str, Any]:
    """Test paired scores of cross-validation folds by the corrected resampled t-test.

    Folds share training rows, so the usual variance of the mean difference is too
    small. With J differences of mean d̄ and variance s², the corrected variance is
    v = (1 / J + n_test / n_train) · s², and d̄ / √v has a t-distribution with J − 1
    degrees of freedom.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        Score of the first estimator minus that of the second, for the folds of all
        repeats.
    test_to_train : float
        Number of test rows of a fold divided by that of its training rows: 1 / (k − 1)
        for k folds.
    confidence : float, default=0.95
        Coverage of the confidence interval.

    Returns
    -------
    outcome : dict
        ``difference``, ``standard_error``, ``statistic``, ``degrees_of_freedom``,
        ``p_value`` (two-sided) and ``interval``. If all differences are equal, their
        variance is zero, and p is 1 if they are zero, else 0.

    Raises
    ------
    ValueError
        If there are fewer than two differences.

    References
    ----------
    Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine
    Learning, 52, 239-281.

    Examples
    --------
    >>> from skmlp.model_comparison import corrected_resampled_t_test
    >>> outcome = corrected_resampled_t_test([0.02, 0.0, 0.01, 0.03], 1 / 3)
    >>> round(outcome["statistic"], 3), outcome["degrees_of_freedom"]
    (1.521, 3)
    """
    differences = np.asarray(differences, dtype=float)
    n_folds = len(differences)
    if n_folds < 2:
        raise ValueError("the t-test needs two folds at least; raise cv or repeats.")
    mean = float(differences.mean())
    variance = (1 / n_folds + test_to_train) * differences.var(ddof=1)
    # Rounding can make the variance of equal numbers differ from zero.
    error = 0.0 if np.ptp(differences) == 0 else float(np.sqrt(variance))
    statistic = mean / error if error else mean and float(np.copysign(np.inf, mean))
    reach = float(stats.t.ppf((1 + confidence) / 2, n_folds - 1)) * error
    return {
        "difference": mean,
        "standard_error": error,
        "statistic": statistic,
        "degrees_of_freedom": n_folds - 1,
        "p_value": float(2 * stats.t.sf(abs(statistic), n_folds - 1)),
        "interval": (mean - reach, mean + reach),
    }

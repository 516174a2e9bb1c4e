"""Two estimators on the same folds: how far apart, and whether that is luck."""

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
    """Outcome of the corrected resampled t-test of two estimators' scores.

    Attributes
    ----------
    first, second : str
        Names of the estimators.
    metric : str
        Label of the score.
    difference : float
        Mean over the folds of the first score less the second.
    standard_error : float
        Square root of the corrected variance of that mean.
    statistic : float
        ``difference / standard_error``.
    degrees_of_freedom : int
        Number of folds, over all repeats, less one.
    p_value : float
        Two-sided.
    interval : tuple of two floats
        Confidence interval of the difference.
    confidence : float
        Its coverage.
    larger_is_better : bool
        Whether a larger score is better.
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
        """Whether the p-value is below 1 − confidence."""
        return self.p_value < 1 - self.confidence

    @property
    def better(self) -> str | None:
        """Name of the estimator that is better, or None if luck could explain it."""
        if not self.is_significant:
            return None
        first_is_larger = self.difference > 0
        return self.first if first_is_larger == self.larger_is_better else self.second

    def to_dict(self) -> dict[str, Any]:
        """The fields that JSON can hold; an infinite statistic is None."""
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
    """t-test of paired scores over overlapping training sets.

    Folds share training rows, so the plain variance of their mean is too small. With J
    differences of mean d̄ and variance s², the corrected one is
    (1 / J + n_test / n_train) · s², and d̄ over its root has J − 1 degrees of freedom.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        Score of one estimator less that of the other, on the same fold; the folds of
        all repeats.
    test_to_train : float
        Rows of a test fold per row it was trained on: 1 / (k − 1) in k folds.
    confidence : float, default=0.95
        Coverage of the interval.

    Returns
    -------
    outcome : dict
        ``difference``, ``standard_error``, ``statistic``, ``degrees_of_freedom``,
        ``p_value`` (two-sided) and ``interval``. Equal differences have no variance:
        p is 1 if they are all zero, and 0 otherwise.

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
    # The variance of equal numbers is zero but for rounding.
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

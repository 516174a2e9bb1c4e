"""The corrected resampled t-test of the scores of two estimators."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from skmlp.base.text import short_p_value, signed
from skmlp.base.types import Array

__all__ = [
    "PairedDifference",
    "corrected_resampled_t_test",
    "differences_above_rounding",
    "equal_but_for_rounding",
]

# Scores that differ by less than this part of their size differ by rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, repr=False)
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
    adjusted_p_value : float or None
        The p-value after Holm's correction over all pairs, if the difference is one of
        several that are tested together.
    rope : float or None
        Half the width of the region of practical equivalence: a difference of this
        size does not matter.
    probabilities : tuple of three floats or None
        Probabilities that `first` is better, that the two are practically equal, and
        that `first` is worse, by the Bayesian correlated t-test.
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
    adjusted_p_value: float | None = None
    rope: float | None = None
    probabilities: tuple[float, float, float] | None = None

    @property
    def final_p_value(self) -> float:
        """The adjusted p-value if there is one, else the p-value."""
        adjusted = self.adjusted_p_value
        return self.p_value if adjusted is None else adjusted

    @property
    def is_significant(self) -> bool:
        """True if the p-value, adjusted if there are several, is < 1 − confidence."""
        return self.final_p_value < 1 - self.confidence

    @property
    def is_practically_equal(self) -> bool:
        """True if the two are practically equal with a probability ≥ confidence."""
        return (
            self.probabilities is not None and self.probabilities[1] >= self.confidence
        )

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
        shares = self.probabilities
        return asdict(self) | {
            "statistic": self.statistic if finite else None,
            "interval": list(self.interval),
            "probabilities": None if shares is None else list(shares),
        }

    def reversed(self) -> PairedDifference:
        """Return this test with the two estimators in the other order."""
        return replace(
            self,
            first=self.second,
            second=self.first,
            difference=-self.difference,
            statistic=-self.statistic,
            interval=(-self.interval[1], -self.interval[0]),
            probabilities=self.probabilities and self.probabilities[::-1],
        )

    def __repr__(self):
        """Return the names, the metric and the result in one line."""
        return f"<{self.first} minus {self.second}, {self.metric}: {self}>"

    def __str__(self):
        return (
            f"{signed(self.difference)}, {100 * self.confidence:g} % interval "
            f"{signed(self.interval[0])} to {signed(self.interval[1])}, "
            f"{short_p_value(self.final_p_value)}"
        )


def differences_above_rounding(
    first: ArrayLike, second: ArrayLike, scale: float = 0.0
) -> Array:
    """Return first − second by fold, less those without a score.

    A difference that is no larger than the rounding of the scores is zero, and
    differences that are equal but for rounding are made equal. `scale` is a size of
    which the scores may be rounding errors, such as the score of a baseline.
    """
    scores = np.array([first, second], dtype=float)
    scores = scores[:, ~np.isnan(scores).any(axis=0)]
    rounding = _ROUNDING * np.max(np.abs(scores), initial=scale)
    differences = scores[0] - scores[1]
    differences[np.abs(differences) <= rounding] = 0.0
    return equal_but_for_rounding(differences, rounding)


def equal_but_for_rounding(numbers: Array, rounding: float = 0.0) -> Array:
    """Return the numbers, or equal ones if they differ by no more than rounding."""
    least = max(rounding, _ROUNDING * np.max(np.abs(numbers), initial=0.0))
    if len(numbers) and np.ptp(numbers) <= least:
        return np.full_like(numbers, numbers[0])
    return numbers


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
        ``p_value`` (two-sided) and ``interval``. If all differences are equal but for
        rounding, their variance is zero and there is no t: p is 1 if they are zero,
        else 2^(1 − J), that of the sign test.

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
    differences = equal_but_for_rounding(differences)
    mean = float(differences.mean())
    variance = (1 / n_folds + test_to_train) * differences.var(ddof=1)
    # Even the mean of equal numbers is rounded.
    error = float(np.sqrt(variance)) if np.ptp(differences) else 0.0
    if error:
        statistic = mean / error
        p_value = float(2 * stats.t.sf(abs(statistic), n_folds - 1))
    else:
        statistic = mean and float(np.copysign(np.inf, mean))
        p_value = 2.0 ** (1 - n_folds) if mean else 1.0
    reach = float(stats.t.ppf((1 + confidence) / 2, n_folds - 1)) * error
    return {
        "difference": mean,
        "standard_error": error,
        "statistic": statistic,
        "degrees_of_freedom": n_folds - 1,
        "p_value": p_value,
        "interval": (mean - reach, mean + reach),
    }

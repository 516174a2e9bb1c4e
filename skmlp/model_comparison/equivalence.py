"""The Bayesian correlated t-test, with a region of practical equivalence."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

__all__ = ["Probabilities", "bayesian_correlated_t_test"]


class Probabilities(NamedTuple):
    """Probabilities that a difference is below, in or above a region about zero."""

    below: float
    equal: float
    above: float


def bayesian_correlated_t_test(
    differences: ArrayLike, test_to_train: float, rope: float
) -> Probabilities:
    """Return the probabilities that a mean difference is below, in or above ±rope.

    With J differences of mean d̄ and variance s², the posterior of the mean difference
    is Student's t with J − 1 degrees of freedom, mean d̄ and squared scale
    (1 / J + ρ / (1 − ρ)) · s², where ρ = n_test / (n_test + n_train) is the correlation
    of the folds. ρ / (1 − ρ) is n_test / n_train.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        Score of the first estimator minus that of the second, for the folds of all
        repeats.
    test_to_train : float
        Number of test rows of a fold divided by that of its training rows.
    rope : float
        Half the width of the region of practical equivalence: differences from −rope
        to rope do not matter.

    Returns
    -------
    probabilities : Probabilities
        ``below``, ``equal`` and ``above``, which sum to 1. If all differences are
        equal, one of them is 1.

    Raises
    ------
    ValueError
        If there are fewer than two differences, or if `rope` is negative.

    References
    ----------
    Benavoli, A., Corani, G., Demšar, J. and Zaffalon, M. (2017). Time for a change: a
    tutorial for comparing multiple classifiers through Bayesian analysis. Journal of
    Machine Learning Research, 18(77), 1-36.

    Examples
    --------
    >>> from skmlp.model_comparison import bayesian_correlated_t_test
    >>> found = bayesian_correlated_t_test([0.02, 0.0, 0.01, 0.03], 1 / 3, rope=0.01)
    >>> [round(each, 2) for each in found]
    [0.04, 0.28, 0.68]
    """
    differences = np.asarray(differences, dtype=float)
    if len(differences) < 2:
        raise ValueError("the test needs two folds at least; raise cv or repeats.")
    if not rope >= 0:
        raise ValueError(f"rope={rope!r}; give a number of zero or more.")
    mean = float(differences.mean())
    variance = (1 / len(differences) + test_to_train) * differences.var(ddof=1)
    scale = 0.0 if np.ptp(differences) == 0 else float(np.sqrt(variance))
    if scale == 0:
        return Probabilities(
            float(mean < -rope), float(abs(mean) <= rope), float(mean > rope)
        )
    posterior = stats.t(len(differences) - 1, mean, scale)
    below, above = float(posterior.cdf(-rope)), float(posterior.sf(rope))
    return Probabilities(below, max(0.0, 1 - below - above), above)

"""The family side by side on one data set: scores, fit times, and who is better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from skmlp.base.fit_context import warn_of_reference_kernels
from skmlp.base.types import CrossValidation, RandomState
from skmlp.model_comparison.candidates import candidates as list_candidates
from skmlp.model_comparison.columns import as_pandas, read_columns
from skmlp.model_comparison.comparison import Comparison, DataSummary
from skmlp.model_comparison.cross_validation import (
    ComparisonData,
    fit_on_folds,
    integer_seed,
    is_whole_number,
    make_folds,
    summarise_folds,
)
from skmlp.model_comparison.metrics import TASKS
from skmlp.model_comparison.target import prepare_target

__all__ = ["compare"]


def compare(
    X: ArrayLike,
    y: ArrayLike,
    estimators: Mapping[str, Any] | Sequence[Any] | None = None,
    cv: CrossValidation = 5,
    *,
    repeats: int = 3,
    random_state: RandomState = 0,
    task: Literal["classification", "regression"] | None = None,
    against: Literal["sklearn"] | None = None,
    n_jobs: int = 1,
    name: str = "the data",
    target_name: str = "y",
    on_fit: Callable[[int, int, str], Any] | None = None,
) -> Comparison:
    """Compare estimators on the same folds of one data set.

    Numeric columns are imputed by their median and standardised; columns of text and of
    categories are imputed by their most frequent value and one-hot encoded, of more
    than 20 categories the frequent ones; dates become days. All of this is learned anew
    from the training rows of every fold.

    Parameters
    ----------
    X : array-like or frame of shape (n_samples, n_features)
        NumPy array, or frame of pandas, polars or pyarrow. Values may be missing.
    y : array-like of shape (n_samples,)
        Labels, or numbers for a regression. None may be missing.
    estimators : dict of str to estimator, or list of estimators and names, optional
        What to compare. A pipeline is fitted on `X` as it is, any other estimator on
        the prepared columns. Names are "Perceptron", "LDA", "logistic regression" and
        "MLP", and for a regression "MLP" and "ridge"; all of them unless given.
    cv : int, splitter or iterable of (train, test), default=5
        Number of folds, stratified for classes; or folds of your own.
    repeats : int, default=3
        How often the rows are dealt into folds anew, if `cv` is a number.
    random_state : int, RandomState instance or None, default=0
        Deals the rows, and seeds the estimators that go by a name.
    task : {'classification', 'regression'}, optional
        Unless given, text, truth values and categories are classes, and so are whole
        numbers of at most 20 distinct values; all else is a regression.
    against : {'sklearn'}, optional
        Puts scikit-learn's estimator, with the same parameters, beside each of the
        package's. The two take turns in going first.
    n_jobs : int, default=1
        Fits at a time. With more than one they compete, and fit times mean little.
    name : str, default='the data'
        What to call the data in the table and the verdict.
    target_name : str, default='y'
        What to call the target in errors.
    on_fit : callable, optional
        Called with (fits done, fits in all, name of the estimator) after every fit.

    Returns
    -------
    comparison : Comparison
        Scores of every fold; ``print(comparison)`` shows the table and the verdict.

    Raises
    ------
    ValueError
        For a column without any value or with infinite ones, a target that is missing
        or constant, and a class with fewer members than there are folds.

    Notes
    -----
    With p the probabilities of a row and 1ₖ its true class, the Brier score is the mean
    over the rows of Σₖ (pₖ − 1ₖ)², halved for two classes. The calibration error is
    that of Guo et al.: over 15 bins of equal width of the probability of the predicted
    class, also with two classes, the mean distance between confidence and accuracy,
    weighted by rows. The fit time is that of the estimator without the preparation; a
    pipeline's is that of all its steps.

    References
    ----------
    Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine
    Learning, 52, 239-281.

    Guo, C., Pleiss, G., Sun, Y. and Weinberger, K. Q. (2017). On calibration of modern
    neural networks. ICML.

    Brier, G. W. (1950). Verification of forecasts expressed in terms of probability.
    Monthly Weather Review, 78, 1-3.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmlp.model_comparison import compare
    >>> X, y = load_iris(return_X_y=True)
    >>> comparison = compare(X, y, ["LDA", "logistic regression"], name="iris")
    >>> round(comparison.summary()["LDA"]["accuracy"].mean, 2)
    0.98
    >>> difference = comparison.paired_difference("LDA", "logistic regression")
    >>> difference.better is None
    True
    """
    target, kind = prepare_target(y, task, target_name)
    X = as_pandas(X)
    problem = ComparisonData(X, read_columns(X), target, kind)
    if len(problem.columns.values) != len(target):
        raise ValueError(
            f"X has {len(problem.columns.values)} rows and y has {len(target)}; pass "
            "as many of both."
        )
    folds = make_folds(problem, cv, repeats, random_state)
    listed = list_candidates(
        estimators, task=kind, seed=integer_seed(random_state), against=against
    )
    warn_of_reference_kernels()  # here, since warnings of the fits become notes
    outcomes = fit_on_folds(problem, listed, folds, n_jobs=n_jobs, on_fit=on_fit)
    return Comparison(
        data=DataSummary(
            name, kind, len(target), _width(X), n_classes=len(problem.classes)
        ),
        folds=summarise_folds(folds, repeats if is_whole_number(cv) else 1),
        metrics=TASKS[kind].metrics,
        scores={each.name: _scores(outcomes[each.name]) for each in listed},
        curves={
            each.name: sum(outcome.curve for outcome in outcomes[each.name])
            for each in listed
            if outcomes[each.name][0].curve is not None
        },
        counterparts={
            each.counterpart_of: each.name for each in listed if each.counterpart_of
        },
        notes=(*problem.columns.notes, *_warning_notes(outcomes)),
    )


def _width(X):
    """Number of columns, as the user counts them."""
    return np.shape(X)[1]


def _scores(outcomes):
    """Outcomes of one candidate -> metric -> score of every fold."""
    return {
        metric: np.array([outcome.scores[metric] for outcome in outcomes])
        for metric in outcomes[0].scores
    }


def _warning_notes(outcomes):
    """One line per candidate and kind of warning."""
    lines = []
    for name, of_candidate in outcomes.items():
        counts = Counter(text for each in of_candidate for text in each.warning_texts)
        lines += [
            f"{name} {text} in {count} of {len(of_candidate)} folds"
            for text, count in sorted(counts.items())
        ]
    return lines

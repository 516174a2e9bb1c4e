"""Compare estimators on one data set: scores, fit times and a significance test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone

from skmlp.base.fit_context import warn_of_reference_kernels
from skmlp.base.text import counted
from skmlp.base.types import CrossValidation, RandomState
from skmlp.model_comparison.candidates import candidates as list_candidates
from skmlp.model_comparison.columns import (
    as_pandas,
    read_columns,
    text_options,
)
from skmlp.model_comparison.comparison import Comparison, DataSummary
from skmlp.model_comparison.cross_validation import fit_on_folds
from skmlp.model_comparison.folds import (
    integer_seed,
    make_folds,
    number_of_repeats,
    summarise_folds,
)
from skmlp.model_comparison.leaks import leak_notes
from skmlp.model_comparison.linear_models import facts_of_rows
from skmlp.model_comparison.one_fit import ComparisonData
from skmlp.model_comparison.recipe import Recipe
from skmlp.model_comparison.running_time import RunningTime
from skmlp.model_comparison.scoring import choose_scoring, require_rope
from skmlp.model_comparison.target import prepare_target
from skmlp.model_comparison.tuning import (
    Tuning,
    chosen_settings,
    require_seconds,
    tuning_note,
)
from skmlp.model_comparison.unused_memory import release_unused_memory
from skmlp.model_comparison.used_rows import rows_of

__all__ = ["compare"]


def compare(
    X: ArrayLike,
    y: ArrayLike,
    estimators: Mapping[str, Any] | Sequence[Any] | None = None,
    cv: CrossValidation = 5,
    *,
    repeats: int | None = None,
    random_state: RandomState = 0,
    task: Literal["classification", "regression"] | None = None,
    against: Literal["sklearn"] | None = None,
    scoring: str | None = None,
    rope: float | None = None,
    n_jobs: int = 1,
    name: str = "the data",
    target_name: str = "y",
    on_fit: Callable[[int, int, str], Any] | None = None,
    groups: ArrayLike | None = None,
    time: ArrayLike | None = None,
    keep: Collection[str] = (),
    decimal: Literal[".", ","] | None = None,
    thousands: str | None = None,
    missing: Collection[str] | None = None,
    tune: float | None = None,
    budget: float | RunningTime | None = None,
) -> Comparison:
    """Compare estimators by cross-validation on one data set.

    All estimators are fitted and scored on common folds, and so is a baseline that
    looks at no column. The others are ranked, all pairs of them are tested, and the
    verdict says which one suits, or that none is better than the baseline.

    In numeric columns, missing values are replaced by the median, and the columns are
    standardised. In columns of text or categories, missing values are replaced by the
    most frequent value, and the columns are one-hot encoded; of more than 20
    categories, the rare ones are pooled into one. Dates become days, and parts of dates
    if they are of a long time or have hours. Free text becomes a few numbers by skrub's
    StringEncoder. All of this is learned anew from the training rows of every fold.

    Texts that are numbers or dates are read as such, infinite numbers count as missing,
    and columns without a value and identifiers of a frame are left out. Rows that are
    equal in all values are in one fold if they are one in a hundred or more. Notes of
    the comparison tell each of these changes.

    Parameters
    ----------
    X : array-like or frame of shape (n_samples, n_features)
        NumPy array, or table of pandas, polars or pyarrow. Values may be missing.
    y : array-like of shape (n_samples,)
        Class labels, or numbers for a regression. Rows without one are left out.
    estimators : dict of str to estimator, or list of estimators and names, optional
        Estimators to compare. A pipeline is fitted on `X` as it is, any other estimator
        on the prepared columns. Known names are "Perceptron", "LDA", "logistic
        regression" and "MLP", and for a regression "MLP" and "ridge". The default is to
        compare all of these.
    cv : int, splitter or iterable of (train, test), default=5
        Number of folds, stratified by class in a classification; or a splitter; or
        pairs of training and test rows.
    repeats : int, optional
        Number of repetitions with a new random split into folds, if `cv` is a number.
        The default is 3, and 1 from 100,000 rows on, of which the scores vary little.
    random_state : int, RandomState instance or None, default=0
        Seed of the random splits, and of the estimators that are given by name.
    task : {'classification', 'regression'}, optional
        By default text, booleans, categories, and whole numbers with at most 20
        distinct values are a classification; other numbers are a regression.
    against : {'sklearn'}, optional
        'sklearn' also compares each estimator of this package with scikit-learn's
        estimator of equal parameters. Which of the two is fitted first alternates from
        fold to fold.
    scoring : str, optional
        What the estimators are ranked by: the name of a scorer of scikit-learn, such as
        'roc_auc', or of a metric of the table, such as 'log_loss'. Scorers that look
        for one of two classes take 1 or True, as in scikit-learn, and the rarer class
        if there is no such label. The default is log loss in
        a classification, and RMSE in a regression; estimators without probabilities
        are ranked apart, by accuracy (by balanced accuracy if a class is rare).
    rope : float, optional
        Region of practical equivalence: the largest difference that does not matter, in
        the units of the measure that the estimators are ranked by. The default is 0.01
        if that is accuracy or another measure that is 1 at best, and else 1 % of the
        loss of the baseline.
    n_jobs : int, default=1
        Number of fits that run at a time. Parallel fits compete for the processor, so
        that their fit times mean little.
    name : str, default='the data'
        Name of the data in the table and the verdict.
    target_name : str, default='y'
        Name of the target in error messages.
    on_fit : callable, optional
        Function called after every fit with (number of fits done, total number of
        fits, name of the estimator).
    groups : array-like of shape (n_samples,), optional
        Group of each row, such as a patient. Rows of a group are in one fold.
    time : array-like of shape (n_samples,), optional
        Time of each row: a number, date or text of a date. Every fold is tested on rows
        that are later than those it was trained on.
    keep : collection of str, default=()
        Names of columns that are used though they look like identifiers.
    decimal : {'.', ','}, optional
        Decimal mark of numbers that are texts; by default each column tells.
    thousands : str, optional
        Mark between thousands in numbers that are texts; by default each column tells.
    missing : collection of str, optional
        Texts and numbers that stand for a missing value; by default usual texts such as
        "NA" and "?", and in the target none but empty ones.
    tune : float, optional
        Number of seconds, for each candidate, in which a few settings of its parameters
        are tried. In every fold, the settings are scored by three inner folds of the
        training rows, and the best ones are used: the scores of the comparison remain
        those of rows that no choice has seen. Fit times leave out the search. Only the
        estimators of this package are tuned. By default no parameter is searched.
    budget : float, optional
        Number of seconds for the whole comparison. The time is looked at between the
        fits: they end when it is over, or when it is too short for the fits that a fold
        still needs, by their mean times so far. Scores are those of the folds on which
        all candidates were fitted; a note tells how many these are. If there is no such
        fold, they are those of the candidates that were fitted on the first fold. A
        `RunningTime` counts from the moment at which it was made, and may also end a
        fit in progress.

    Returns
    -------
    comparison : Comparison
        Scores of every fold. ``print(comparison)`` shows the table and the verdict.

    Raises
    ------
    ValueError
        If no column can be used, if the target is constant, if no class has as many
        rows as there are folds, if a parameter has an unknown value, or if the budget
        was over before any candidate was fitted.
    KeyboardInterrupt
        If Ctrl-C is pressed before a fold was finished. After that, the comparison of
        the finished folds is returned, with a warning.

    Notes
    -----
    Let pₖ be the predicted probability of class k for a row, and let 1ₖ be 1 for its
    true class and 0 for the others. The Brier score is the mean over the rows of
    Σₖ (pₖ − 1ₖ)², halved for two classes. The calibration error is that of Guo et al.:
    the probability of the predicted class, also with two classes, is put into 15 bins
    of equal width, and the distances between mean probability and accuracy are averaged
    over the bins, weighted by their numbers of rows. The fit time leaves out the
    preparation of the columns; for a pipeline it contains all of its steps.

    The area under the ROC curve (ROC AUC), the average precision and F1 are computed
    for at most 20 classes. Of two classes, average precision and F1 look for the rarer
    one, and for the later one if they are equal. With more classes, each is set against
    all others, and the scores are averaged; a class without test rows is left out.

    The baseline, the row "baseline" of the table, predicts the shares of the classes
    in the training rows, and with them the most frequent class; in a regression it
    predicts their mean. It has no counterpart of scikit-learn.

    Pairs of estimators are compared by the corrected resampled t-test of Nadeau and
    Bengio. Holm's correction is over all pairs, and in the comparisons with the
    baseline over all estimators. Scores that differ by no more than rounding are equal.
    The probabilities that an estimator is better, practically equal or worse are those
    of the Bayesian correlated t-test of Benavoli et al.

    References
    ----------
    Nadeau, C. and Bengio, Y. (2003). Inference for the generalization error. Machine
    Learning, 52, 239-281.

    Benavoli, A., Corani, G., Demšar, J. and Zaffalon, M. (2017). Time for a change: a
    tutorial for comparing multiple classifiers through Bayesian analysis. Journal of
    Machine Learning Research, 18(77), 1-36.

    Holm, S. (1979). A simple sequentially rejective multiple test procedure.
    Scandinavian Journal of Statistics, 6, 65-70.

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
    >>> comparison.ranking()
    ['LDA', 'logistic regression']
    """
    require_rope(rope)
    require_seconds("tune", tune)
    running = RunningTime.of(budget)
    if tune is not None and against is not None:
        raise ValueError(
            "tune and against cannot be combined, since scikit-learn's estimators have "
            "the parameters of ours; leave one of them out."
        )
    X = as_pandas(X)
    options = text_options(X, decimal, thousands, missing)
    target = prepare_target(y, task, target_name, options)
    target, X, groups, time = rows_of(target, X, y, groups, time, options)
    kind = target.task
    measured = choose_scoring(target.values, kind, scoring)
    features = read_columns(X, options, keep)
    problem = ComparisonData(
        X,
        features,
        target.values,
        kind,
        measured.metrics,
        measured.positive,
        groups,
        time,
    )
    repeats, repeat_notes = number_of_repeats(repeats, len(target.values), cv, time)
    folds, fold_notes = make_folds(problem, cv, repeats, random_state, groups, time)
    listed = list_candidates(
        estimators, task=kind, seed=integer_seed(random_state), against=against
    )
    prepared = [each.estimator for each in listed if each.is_prepared]
    problem = replace(problem, features=features.for_estimators(prepared))
    n_columns = _width(X)
    if not any(each.is_pipeline for each in listed):
        # Nothing needs the columns as given any more, which take much memory.
        problem = replace(problem, X=None)
        del X, y
        release_unused_memory()
    warn_of_reference_kernels()  # here, because warnings of the fits become notes
    tuning = None
    if tune is not None:
        seed = integer_seed(random_state)
        tuning = Tuning(tune / len(folds), measured.ranked_by, seed, running.end)
    done = fit_on_folds(
        problem, listed, folds, running, n_jobs=n_jobs, on_fit=on_fit, tuning=tuning
    )
    listed, results = done.listed, done.results
    chosen = {each.name: each.estimator for each in listed if not each.is_baseline}
    tuning_notes = []
    if tuning is not None:
        for key, estimator in chosen.items():
            tuning_notes.append(tuning_note(key, estimator, results[key]))
            settings, _ = chosen_settings(results[key])
            chosen[key] = clone(estimator).set_params(**settings)
    try:
        facts = _facts_of_linear_models(problem, results)
    except KeyboardInterrupt:
        if done.ended_by is not None:
            raise
        facts, done = None, done.interrupted()
    comparison = Comparison(
        data=DataSummary(
            name, kind, len(target.values), n_columns, n_classes=len(problem.classes)
        ),
        folds=summarise_folds(
            done.folds,
            done.n_planned,
            repeats,
        ),
        metrics=measured.metrics,
        scores={each.name: _scores(results[each.name]) for each in listed},
        curves={
            each.name: sum(result.curve for result in results[each.name])
            for each in listed
            if results[each.name][0].curve is not None
        },
        counterparts={
            each.counterpart_of: each.name for each in listed if each.counterpart_of
        },
        notes=(
            *done.notes,
            *target.notes,
            *features.notes,
            *leak_notes(features, target.values, kind),
            *measured.notes,
            *repeat_notes,
            *fold_notes,
            *tuning_notes,
            *_warning_notes(results),
        ),
        ranked_by=measured.ranked_by,
        leading=measured.leading,
        baseline=next((each.name for each in listed if each.is_baseline), None),
        rope=rope,
        positive_class=measured.positive,
        linear_models=facts,
        settings={
            each: [result.settings for result in results[each]]
            for each in chosen
            if tuning is not None
        },
        recipe=Recipe(
            "read_frame",
            ("X", "y"),
            _given(
                task=task,
                decimal=decimal,
                thousands=thousands,
                missing=None if missing is None else list(missing),
                keep=list(keep),
            ),
            features.columns_of("numbers"),
            features.columns_of("categories"),
            features.columns_of("texts"),
            chosen,
            frozenset(each.name for each in listed if each.is_pipeline),
            is_sparse=problem.features.is_sparse,
        ),
        ended_by=done.ended_by,
    )
    return done.returned(comparison)


def _given(**options):
    """Return the options that are not at their defaults."""
    return {key: value for key, value in options.items() if value not in (None, [])}


def _width(X):
    """Return the number of columns of the user's X."""
    return np.shape(X)[1]


def _facts_of_linear_models(problem, results):
    """Return the LinearModelFacts if LDA and logistic regression are compared."""
    is_compared = {"LDA", "logistic regression"} <= set(results)
    return facts_of_rows(problem) if is_compared else None


def _scores(results):
    """Return {metric: scores (n_folds,)} of the FoldResults of one candidate."""
    return {
        metric: np.array([result.scores[metric] for result in results])
        for metric in results[0].scores
    }


def _warning_notes(results):
    """Return one line of text for each candidate and kind of warning."""
    lines = []
    for name, of_candidate in results.items():
        counts = Counter(text for each in of_candidate for text in each.warning_texts)
        lines += [
            f"{name} {text} in {count} of {counted(len(of_candidate), 'fold')}"
            for text, count in sorted(counts.items())
        ]
    return lines

"""Part of a comparison that was finished before it ended."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from skmlp.base.text import counted, listed
from skmlp.base.warn import warn
from skmlp.model_comparison.candidates import Candidate

__all__ = ["ComparisonInterrupted", "FinishedFolds", "even_if_interrupted"]
__all__ += ["finished_folds"]


class ComparisonInterrupted(KeyboardInterrupt):
    """Ctrl-C was pressed in the first fold, when some candidates had been fitted.

    Attributes
    ----------
    partial : Comparison
        The candidates that were fitted on that fold, with their scores.
    """

    def __init__(self, partial):
        super().__init__()
        self.partial = partial


@dataclass(frozen=True)
class FinishedFolds:
    """Results of the folds on which all candidates were fitted.

    Attributes
    ----------
    listed : list of Candidate
        Candidates that have results: all of them if a fold was finished, else those
        that were finished on the first fold.
    folds : list of Fold
        The folds that the results are of.
    results : dict of str to list of FoldResult
        Results of every candidate, in the order of the folds.
    n_planned : int
        Number of folds that were planned.
    ended_by : {'budget', 'interrupt'} or None
        What ended the fits early; None if nothing did.
    is_whole : bool
        Whether all candidates have been fitted on the folds.
    notes : tuple of str
        How many folds were done, and which candidates are missing.
    """

    listed: list[Candidate]
    folds: list[Any]
    results: dict[str, list[Any]]
    n_planned: int
    ended_by: Literal["budget", "interrupt"] | None = None
    is_whole: bool = True
    notes: tuple[str, ...] = ()

    def interrupted(self) -> FinishedFolds:
        """Return these results, with a note that Ctrl-C was pressed after the fits."""
        n_done = len(self.folds)
        note = _note("interrupt", None, n_done, self.n_planned, [])
        return replace(self, ended_by="interrupt", notes=(*self.notes, note))

    def returned(self, comparison: Any) -> Any:
        """Return the Comparison of these results, with a warning after Ctrl-C.

        Raises
        ------
        ComparisonInterrupted
            If Ctrl-C was pressed before a fold was finished.
        """
        if self.ended_by == "interrupt":
            if not self.is_whole:
                raise ComparisonInterrupted(comparison)
            warn(f"The comparison was interrupted: {self.notes[0]}.")
        return comparison


def finished_folds(
    results: Mapping[tuple[str, int], Any],
    listed_candidates: Sequence[Candidate],
    folds: Sequence[Any],
    ended_by: Literal["budget", "interrupt"] | None = None,
    budget: float | None = None,
) -> FinishedFolds:
    """Return the FinishedFolds for the results by (name of candidate, number of fold).

    Raises
    ------
    ValueError
        If the budget was over before any candidate was fitted.
    KeyboardInterrupt
        If Ctrl-C was pressed before any candidate was fitted.
    """
    done = [
        fold
        for fold in folds
        if all((each.name, fold.number) in results for each in listed_candidates)
    ]
    candidates = list(listed_candidates)
    if not done:
        done, candidates = _best_fold(results, candidates, folds)
    if all(each.is_baseline for each in candidates):
        if ended_by == "interrupt":
            raise KeyboardInterrupt
        raise ValueError(
            f"the budget of {_seconds(budget)} was over before any model was fitted; "
            "raise it (budget, --budget)."
        )
    names = {each.name for each in candidates}
    missing = [each.name for each in listed_candidates if each.name not in names]
    notes: tuple[str, ...] = ()
    if ended_by is not None:
        notes = (_note(ended_by, budget, len(done), len(folds), missing),)
    return FinishedFolds(
        [
            # scikit-learn's estimator may be finished without ours.
            replace(each, counterpart_of=None)
            if each.counterpart_of in missing
            else each
            for each in candidates
        ],
        done,
        {
            each.name: [results[each.name, fold.number] for fold in done]
            for each in candidates
        },
        len(folds),
        ended_by,
        not missing,
        notes,
    )


def _best_fold(results, candidates, folds):
    """Return a list with the fold of most results, and the candidates that have them.

    Of folds with equally many, it is the first one.
    """
    by_fold = {
        fold.number: [
            each for each in candidates if (each.name, fold.number) in results
        ]
        for fold in folds
    }
    best = max(folds, key=lambda fold: len(by_fold[fold.number]))
    return [best], by_fold[best.number]


def _note(ended_by, budget, n_done, n_planned, missing):
    """Return the note on what was done before the comparison ended."""
    why = "Ctrl-C was pressed"
    if ended_by == "budget":
        why = f"the budget of {_seconds(budget)} (--budget) was over"
    if missing:
        were = "was" if len(missing) == 1 else "were"
        return (
            f"{why} before a fold was finished: {listed(missing)} {were} not fitted, "
            "and the scores of the others are those of one fold"
        )
    if n_done == n_planned:
        return f"{why} when all of the {counted(n_planned, 'fold')} were done"
    are = "is" if n_done == 1 else "are"
    return (
        f"{n_done} of {counted(n_planned, 'fold')} {are} done, as {why}; the scores "
        f"are those of {'this fold' if n_done == 1 else 'these folds'}"
    )


def _seconds(budget):
    """Return the budget as text, such as '1 second' or '2.5 seconds'."""
    return f"{budget:g} second{'' if budget == 1 else 's'}"


def even_if_interrupted(compare):
    """Return the result of `compare()`, also after Ctrl-C, and words on what it holds.

    Its warning of Ctrl-C is not shown, since the words tell it.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The comparison was interrupted")
        try:
            comparison = compare()
        except ComparisonInterrupted as interrupted:
            return interrupted.partial, "the models that were fitted on one fold"
    folds = comparison.folds
    return comparison, f"{folds.n_folds} of {counted(folds.n_planned, 'fold')}"

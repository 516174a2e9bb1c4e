"""Paired differences of the two models that a comparison compares in detail."""

from dataclasses import replace

import numpy as np

from skmlp.model_comparison.ranking import family

__all__ = ["contest"]

# Pairs of estimators that are chosen if both are compared.
_MAIN_PAIRS = (("LDA", "logistic regression"), ("MLP", "ridge"))


def contest(comparison):
    """Return the PairedDifferences of the two models, by the metrics of the verdict.

    The list is empty if there is one model only, or if fewer than two folds were done.
    """
    ours = family(comparison)
    chosen = [pair for pair in _MAIN_PAIRS if set(pair) <= set(ours)]
    rest = ours if len(ours) > 1 else [*ours, *comparison.counterparts.values()]
    pair = (*chosen, tuple(rest[:2]))[0]
    if len(pair) < 2 or comparison.folds.n_folds < 2:
        return []
    adjusted = {
        (frozenset((each.first, each.second)), each.metric): each.adjusted_p_value
        for each in comparison.pairs()
    }
    names = [each.name for each in comparison.metrics if each.in_verdict]
    leading = comparison.leading
    if "balanced_accuracy" in leading and "accuracy" not in leading:
        names[names.index("accuracy")] = "balanced_accuracy"
    found = [
        comparison.paired_difference(pair[0], pair[1], name)
        for name in names
        if not any(np.isnan(comparison.scores[each][name]).any() for each in pair)
    ]
    return [
        replace(each, adjusted_p_value=adjusted.get((frozenset(pair), each.metric)))
        for each in found
    ]

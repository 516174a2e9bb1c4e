"""Rank the candidates of a comparison, and test all pairs of them."""

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from skmlp.model_comparison.metrics import FIT_TIME, Metric
from skmlp.model_comparison.multiple_tests import holm

__all__ = ["RankedGroup", "against_baseline", "baseline_size", "family", "pairs"]
__all__ += ["ranking", "rope_of"]

# Differences of this size do not matter, as shares or as parts of the baseline's loss.
_ROPE = 0.01


@dataclass(frozen=True)
class RankedGroup:
    """Names of the candidates that are ranked by one metric, the best one first."""

    metric: Metric
    names: tuple[str, ...]


def family(comparison):
    """Return the names that compete: no counterparts of scikit-learn, no baseline."""
    others = {comparison.baseline, *comparison.counterparts.values()}
    return [name for name in comparison.scores if name not in others]


def ranking(comparison):
    """Return the RankedGroups: a candidate is in that of the first metric it has.

    Candidates that have none of the metrics are in no group.
    """
    summary = comparison.summary()
    kinds = {each.name: each for each in comparison.metrics}
    groups = []
    left = family(comparison)
    for metric in map(kinds.get, comparison.ranks_by):
        means = {name: summary[name][metric.name].mean for name in left}
        sign = -1 if metric.larger_is_better else 1
        names = sorted(
            (name for name in left if not np.isnan(means[name])),
            key=lambda name, of=means, sign=sign: sign * of[name],
        )
        if names:
            groups.append(RankedGroup(metric, tuple(names)))
        left = [name for name in left if name not in names]
    return groups


def pairs(comparison):
    """Return the PairedDifferences of all pairs, with Holm's correction over them.

    The better ranked candidate comes first. Two candidates are compared by the first
    ranking metric that both have; pairs without two common folds are left out.
    """
    order = [name for group in ranking(comparison) for name in group.names]
    return _tests(comparison, list(combinations(order, 2)))


def against_baseline(comparison):
    """Return the PairedDifferences candidate − baseline, with Holm's correction.

    Each candidate is compared by the metric that it is ranked by.
    """
    if comparison.baseline is None:
        return []
    order = [name for group in ranking(comparison) for name in group.names]
    return _tests(comparison, [(name, comparison.baseline) for name in order])


def _tests(comparison, named_pairs):
    """Return the PairedDifferences of pairs of names, with Holm's correction."""
    found = []
    for first, second in named_pairs:
        metric = _common_metric(comparison, first, second)
        if metric is not None:
            found.append(comparison.paired_difference(first, second, metric))
    adjusted = holm([each.p_value for each in found])
    return [
        replace(each, adjusted_p_value=float(p))
        for each, p in zip(found, adjusted, strict=True)
    ]


def _common_metric(comparison, first, second):
    """Return the first ranking metric that both have in two folds or more, or None."""
    for metric in comparison.ranks_by:
        scores = [comparison.scores[name][metric] for name in (first, second)]
        if np.count_nonzero(~np.isnan(scores).any(axis=0)) > 1:
            return metric
    return None


def rope_of(comparison, metric):
    """Return the region of practical equivalence of a metric: half its width, or None.

    It is that of the user for the metric that the candidates are ranked by, else 0.01
    for shares and 1 % of the baseline's loss for others. Fit times have none.
    """
    if metric.name == FIT_TIME:
        return None
    groups = ranking(comparison)
    if comparison.rope is not None and groups and groups[0].metric.name == metric.name:
        return float(comparison.rope)
    return _ROPE * (1.0 if metric.is_share else baseline_size(comparison, metric.name))


def baseline_size(comparison, metric):
    """Return the size of the baseline's mean score, 0 if there is none."""
    if comparison.baseline is None or metric == FIT_TIME:
        return 0.0
    size = abs(comparison.summary()[comparison.baseline][metric].mean)
    return size if np.isfinite(size) else 0.0

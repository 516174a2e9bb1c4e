"""A comparison as a dict that strict JSON can hold."""

from dataclasses import asdict

import numpy as np

import skmlp
from skmlp.model_comparison.recipe import plain

__all__ = ["as_dict"]


def as_dict(comparison):
    """Return the whole result as a dict; numbers that are not finite are None."""
    facts = comparison.linear_models
    return {
        "skmlp": skmlp.__version__,
        "data": asdict(comparison.data),
        "folds": asdict(comparison.folds),
        "ended_by": comparison.ended_by,
        "scores": _scores(comparison),
        "fit_time_ratios": comparison.time_ratios(),
        "ranked_by": list(comparison.ranks_by),
        "ranking": comparison.ranking(),
        "baseline": comparison.baseline,
        "positive_class": _label(comparison.positive_class),
        "paired_differences": [each.to_dict() for each in comparison.contest()],
        "pairs": [each.to_dict() for each in comparison.pairs()],
        "against_baseline": [each.to_dict() for each in comparison.against_baseline()],
        "linear_models": None if facts is None else facts.to_dict(),
        "verdict": comparison.verdict(),
        "notes": list(comparison.notes),
        **_recipe(comparison),
    }


def _recipe(comparison):
    """Return preparation, models with their settings by fold, and snippet."""
    if comparison.recipe is None:
        return {}
    found = comparison.recipe.to_dict()
    for name, chosen in comparison.settings.items():
        found["models"][name]["settings_of_folds"] = plain(chosen)
    return found


def _scores(comparison):
    """Return {estimator: {metric: mean, deviation and folds}}."""
    summary = comparison.summary()
    return {
        estimator: {
            metric: {
                "mean": _number(summary[estimator][metric].mean),
                "deviation": _number(summary[estimator][metric].deviation),
                "folds": [_number(each) for each in values],
            }
            for metric, values in scores.items()
        }
        for estimator, scores in comparison.scores.items()
    }


def _label(label):
    """Return a class label as a bool, a number or a text of Python."""
    return label.item() if isinstance(label, np.generic) else label


def _number(number):
    """Return the number as a float, or None if it is NaN or infinite."""
    return float(number) if np.isfinite(number) else None

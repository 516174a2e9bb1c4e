"""What a comparison found out: scores of every fold, and what they amount to."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from os import PathLike
from typing import Any, BinaryIO, NamedTuple

import numpy as np

import skmlp
from skmlp.base.optional import require
from skmlp.base.options import use_one_of
from skmlp.base.types import DataFrame, Figure
from skmlp.model_comparison.metrics import FIT_TIME, Metric
from skmlp.model_comparison.paired_difference import (
    PairedDifference,
    corrected_resampled_t_test,
)
from skmlp.model_comparison.report import verdict

__all__ = ["Comparison", "DataSummary", "FoldSummary"]

# Pairs that a comparison is about, when it has them.
_CONTESTS = (("LDA", "logistic regression"), ("MLP", "ridge"))


class MeanAndDeviation(NamedTuple):
    """Over the folds; the deviation is that of a sample, with n − 1."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class DataSummary:
    """What was compared on."""

    name: str
    task: str
    n_rows: int
    n_columns: int
    n_classes: int


@dataclass(frozen=True)
class FoldSummary:
    """How rows were set aside: so many folds over all repeats, of that mean size."""

    n_folds: int
    n_repeats: int
    n_train: float
    n_test: float


@dataclass(frozen=True)
class Comparison:
    """What `compare` found out. Printing it prints the table and the verdict.

    Attributes
    ----------
    data : DataSummary
        ``name``, ``task``, ``n_rows``, ``n_columns`` and ``n_classes``.
    folds : FoldSummary
        ``n_folds`` over all repeats, ``n_repeats``, and the mean sizes ``n_train`` and
        ``n_test``.
    metrics : tuple of Metric
        The scores, each with ``name``, ``label`` and ``larger_is_better``.
    scores : dict of str to dict of str to ndarray of shape (n_folds,)
        ``scores[estimator][metric]``, not-a-number where an estimator has no
        probabilities. The metric "fit_time" is in seconds.
    curves : dict of str to ndarray of shape (3, n_bins)
        Per bin the number of predictions, the sum of what they promised and the sum of
        what came. For classes, bins of the probability of the predicted class; for
        numbers, tenths of the rows by prediction.
    counterparts : dict of str to str
        Name of an estimator -> name of scikit-learn's.
    notes : tuple of str
        What a reader should know: columns left out, fits that did not converge.
    """

    data: DataSummary
    folds: FoldSummary
    metrics: tuple[Metric, ...]
    scores: dict[str, dict[str, np.ndarray]]
    curves: dict[str, np.ndarray]
    counterparts: dict[str, str]
    notes: tuple[str, ...] = ()

    def summary(self) -> dict[str, dict[str, MeanAndDeviation]]:
        """Mean and standard deviation over the folds.

        Returns
        -------
        summary : dict of str to dict of str to (mean, deviation)
            ``summary[estimator][metric]``.
        """
        return {
            estimator: {
                metric: MeanAndDeviation(float(each.mean()), float(each.std(ddof=1)))
                for metric, each in scores.items()
            }
            for estimator, scores in self.scores.items()
        }

    def paired_difference(
        self,
        first: str,
        second: str,
        metric: str | None = None,
        *,
        confidence: float = 0.95,
    ) -> PairedDifference:
        """Score of the first estimator less that of the second, fold by fold, tested.

        Parameters
        ----------
        first, second : str
            Names of estimators.
        metric : str, optional
            Name of a score; accuracy or R² unless given.
        confidence : float, default=0.95
            Coverage of the interval.

        Returns
        -------
        difference : PairedDifference
            With `p_value`, `interval`, `better` and more.

        See Also
        --------
        corrected_resampled_t_test : The test.
        """
        metric = self.metrics[0].name if metric is None else metric
        kinds = {each.name: each for each in self.metrics}
        kinds[FIT_TIME] = Metric(FIT_TIME, "fit time", False, score=None)
        _require_known(metric, kinds, "metric")
        for name in (first, second):
            _require_known(name, self.scores, "estimator")
        outcome = corrected_resampled_t_test(
            self.scores[first][metric] - self.scores[second][metric],
            self.folds.n_test / self.folds.n_train,
            confidence,
        )
        return PairedDifference(
            first=first,
            second=second,
            metric=kinds[metric].label,
            confidence=confidence,
            larger_is_better=kinds[metric].larger_is_better,
            **outcome,
        )

    def contest(self) -> list[PairedDifference]:
        """Paired differences that the verdict rests on; none for one estimator."""
        ours = [name for name in self.scores if name not in self.counterparts.values()]
        pairs = [pair for pair in _CONTESTS if set(pair) <= set(ours)]
        pair = (*pairs, tuple((ours if len(ours) > 1 else list(self.scores))[:2]))[0]
        if len(pair) < 2:
            return []
        return [
            self.paired_difference(pair[0], pair[1], metric.name)
            for metric in self.metrics
            if metric.in_verdict
            and not any(np.isnan(self.scores[name][metric.name]).any() for name in pair)
        ]

    def verdict(self) -> str:
        """One plain sentence, or nothing for a single estimator."""
        differences = self.contest()
        return verdict(differences, self.data.name) if differences else ""

    def time_ratios(self) -> dict[str, float]:
        """Name -> how many times as long scikit-learn takes to fit, as a median."""
        return {
            ours: float(
                np.median(self.scores[theirs][FIT_TIME] / self.scores[ours][FIT_TIME])
            )
            for ours, theirs in self.counterparts.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Everything, in what strict JSON can hold; what is not available is None."""
        summary = self.summary()
        return {
            "skmlp": skmlp.__version__,
            "data": asdict(self.data),
            "folds": asdict(self.folds),
            "scores": {
                estimator: {
                    metric: {
                        "mean": _json_number(summary[estimator][metric].mean),
                        "deviation": _json_number(summary[estimator][metric].deviation),
                        "folds": [_json_number(each) for each in values],
                    }
                    for metric, values in scores.items()
                }
                for estimator, scores in self.scores.items()
            },
            "fit_time_ratios": self.time_ratios(),
            "paired_differences": [each.to_dict() for each in self.contest()],
            "verdict": self.verdict(),
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False, indent=2)

    def to_frame(self) -> DataFrame:
        """The scores as a pandas frame.

        Returns
        -------
        frame : pandas.DataFrame
            One row per estimator and fold; a column a metric.
        """
        pandas = require("pandas", "a frame of scores")
        return pandas.concat(
            [
                pandas.DataFrame(
                    {"estimator": name, "fold": range(self.folds.n_folds), **scores}
                )
                for name, scores in self.scores.items()
            ],
            ignore_index=True,
        )

    def plot(self, file: str | PathLike[str] | BinaryIO | None = None) -> Figure:
        """Draw the scores with their spread, and what predictions promise and keep.

        Parameters
        ----------
        file : str, path or binary file, optional
            Where to save the figure; its suffix says how, such as ``.png`` or ``.pdf``.

        Returns
        -------
        figure : matplotlib.figure.Figure
            Of its own: no window opens, and nothing of pyplot is touched.
        """
        from skmlp.model_comparison.display import draw_comparison, save

        figure = draw_comparison(self)
        if file is not None:
            save(figure, file)
        return figure

    def __str__(self):
        from skmlp.model_comparison.report import as_text

        return as_text(self)


def _require_known(name, known, kind):
    """Raise unless the name is among those known."""
    if name not in known:
        raise ValueError(use_one_of(f"{kind} {name!r} is unknown", known, got=name))


def _json_number(number):
    """A float, or None for what JSON has no number for."""
    return float(number) if np.isfinite(number) else None

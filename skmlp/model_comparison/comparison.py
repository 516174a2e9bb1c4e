"""The result of a comparison: scores of every fold, summaries, tests and verdict."""

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

# Pairs of estimators whose difference is tested and reported, if both are compared.
_MAIN_PAIRS = (("LDA", "logistic regression"), ("MLP", "ridge"))


class MeanAndDeviation(NamedTuple):
    """Mean and sample standard deviation (divisor n − 1) of a score over the folds."""

    mean: float
    deviation: float


@dataclass(frozen=True)
class DataSummary:
    """Name, task and sizes of the data of a comparison."""

    name: str
    task: str
    n_rows: int
    n_columns: int
    n_classes: int


@dataclass(frozen=True)
class FoldSummary:
    """Numbers of folds and repeats, and mean numbers of training and test rows.

    `n_folds` counts the folds of all repeats.
    """

    n_folds: int
    n_repeats: int
    n_train: float
    n_test: float


@dataclass(frozen=True)
class Comparison:
    """Result of `compare`: the scores of every estimator on every fold.

    Printing it prints the table of scores and the verdict.

    Attributes
    ----------
    data : DataSummary
        ``name``, ``task``, ``n_rows``, ``n_columns`` and ``n_classes``.
    folds : FoldSummary
        ``n_folds`` over all repeats, ``n_repeats``, and the mean sizes ``n_train`` and
        ``n_test``.
    metrics : tuple of Metric
        The metrics, each with ``name``, ``label`` and ``larger_is_better``.
    scores : dict of str to dict of str to ndarray of shape (n_folds,)
        ``scores[estimator][metric]`` of every fold. NaN where the metric needs
        probabilities and the estimator predicts none. The metric "fit_time" is in
        seconds.
    curves : dict of str to ndarray of shape (3, n_bins)
        Calibration curve of every estimator, added up over the folds. In a
        classification the bins are intervals of the probability of the predicted class,
        and the rows of a curve hold, per bin, the number of predictions, the sum of
        these probabilities, and the number of correct predictions. In a regression the
        bins are deciles of the prediction, and the rows hold the number of predictions,
        their sum, and the sum of the true values.
    counterparts : dict of str to str
        Name of an estimator -> name of its counterpart of scikit-learn.
    notes : tuple of str
        Remarks on the data and the fits, such as columns that were left out, or fits
        that did not converge.
    """

    data: DataSummary
    folds: FoldSummary
    metrics: tuple[Metric, ...]
    scores: dict[str, dict[str, np.ndarray]]
    curves: dict[str, np.ndarray]
    counterparts: dict[str, str]
    notes: tuple[str, ...] = ()

    def summary(self) -> dict[str, dict[str, MeanAndDeviation]]:
        """Return mean and sample standard deviation of every score over the folds.

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
        """Test the difference of two estimators' scores: first − second, fold by fold.

        Parameters
        ----------
        first, second : str
            Names of estimators.
        metric : str, optional
            Name of the metric. The default is accuracy, or R² for a regression.
        confidence : float, default=0.95
            Coverage of the confidence interval.

        Returns
        -------
        difference : PairedDifference
            Result of the test, with `difference`, `p_value`, `interval`, `better` and
            more.

        Raises
        ------
        ValueError
            If an estimator or the metric is unknown.

        See Also
        --------
        corrected_resampled_t_test : The test that is used.
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
        """Return the paired differences on which the verdict is based.

        They are those of the metrics of the verdict, between the first two estimators,
        or "LDA" and "logistic regression", or "MLP" and "ridge". The list is empty if
        there is one estimator only.
        """
        ours = [name for name in self.scores if name not in self.counterparts.values()]
        pairs = [pair for pair in _MAIN_PAIRS if set(pair) <= set(ours)]
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
        """Return the verdict in one sentence; an empty text for a single estimator."""
        differences = self.contest()
        return verdict(differences, self.data.name) if differences else ""

    def time_ratios(self) -> dict[str, float]:
        """Return the median ratio of scikit-learn's fit time to ours, by estimator.

        The result is empty unless `compare` was called with against='sklearn'.
        """
        return {
            ours: float(
                np.median(self.scores[theirs][FIT_TIME] / self.scores[ours][FIT_TIME])
            )
            for ours, theirs in self.counterparts.items()
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the whole result as a dict that strict JSON can hold.

        Numbers that are not finite are None.
        """
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
        """Return the dict of `to_dict` as JSON text."""
        return json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False, indent=2)

    def to_frame(self) -> DataFrame:
        """Return the scores as a pandas DataFrame.

        Returns
        -------
        frame : pandas.DataFrame
            One row per estimator and fold, with the columns "estimator" and "fold", and
            one column per metric.
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
        """Draw the scores of all folds and the calibration curves; needs matplotlib.

        Parameters
        ----------
        file : str, path or binary file, optional
            File to which the figure is saved. Its suffix, such as ``.png`` or ``.pdf``,
            chooses the format.

        Returns
        -------
        figure : matplotlib.figure.Figure
            The figure. It has its own canvas: no window opens, and pyplot's state does
            not change.
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
    """Raise ValueError unless `name` is in `known`; `kind` is the word for it."""
    if name not in known:
        raise ValueError(use_one_of(f"{kind} {name!r} is unknown", known, got=name))


def _json_number(number):
    """Return the number as a float, or None if it is NaN or infinite."""
    return float(number) if np.isfinite(number) else None

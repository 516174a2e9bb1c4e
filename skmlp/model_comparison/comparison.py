"""The result of a comparison: scores of every fold, summaries, tests and verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from typing import Any, BinaryIO, Literal

import numpy as np

from skmlp.base.optional import require
from skmlp.base.options import use_one_of
from skmlp.base.text import counted
from skmlp.base.types import DataFrame, Figure
from skmlp.model_comparison.contest import contest
from skmlp.model_comparison.dictionary import as_dict
from skmlp.model_comparison.equivalence import bayesian_correlated_t_test
from skmlp.model_comparison.linear_models import LinearModelFacts
from skmlp.model_comparison.metrics import FIT_TIME, Metric
from skmlp.model_comparison.paired_difference import (
    PairedDifference,
    corrected_resampled_t_test,
    differences_above_rounding,
)
from skmlp.model_comparison.ranking import (
    against_baseline,
    baseline_size,
    pairs,
    ranking,
    rope_of,
)
from skmlp.model_comparison.recipe import Recipe
from skmlp.model_comparison.summaries import DataSummary, FoldSummary, MeanAndDeviation
from skmlp.model_comparison.verdict import verdict
from skmlp.model_comparison.visible_text import visible, visible_comparison

__all__ = ["Comparison", "DataSummary", "FoldSummary"]


@dataclass(frozen=True, repr=False)
class Comparison:
    """Result of `compare`: the scores of every estimator on every fold.

    Printing it prints the table of scores and the verdict.

    Attributes
    ----------
    data : DataSummary
        ``name``, ``task``, ``n_rows``, ``n_columns`` and ``n_classes``.
    folds : FoldSummary
        ``n_folds`` over all repeats, ``n_repeats``, the mean sizes ``n_train`` and
        ``n_test``, and ``n_planned``, the number of folds that were planned.
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
    ranked_by : tuple of str
        Names of metrics. Candidates are ranked by the first one that they have. If it
        is empty, it stands for the first of `metrics`.
    leading : tuple of str
        Names of the metrics that the table shows, in order. If it is empty, it stands
        for all.
    baseline : str or None
        Name of the estimator that looks at no column, and is never ranked.
    rope : float or None
        Half the width of the region of practical equivalence of the metric that the
        candidates are ranked by. None stands for the default of that metric.
    positive_class : label or None
        With two classes, the one that average precision and F1 look for.
    linear_models : LinearModelFacts or None
        Facts about the rows that speak for LDA or for logistic regression, if both are
        compared.
    settings : dict of str to list of dict
        If the parameters were tuned: estimator -> the settings chosen in every fold.
    recipe : Recipe or None
        How the data are read and prepared, and the unfitted estimators, with the
        settings that most folds have chosen.
    ended_by : {'budget', 'interrupt'} or None
        What ended the fits before all folds were done; None if nothing did.
    """

    data: DataSummary
    folds: FoldSummary
    metrics: tuple[Metric, ...]
    scores: dict[str, dict[str, np.ndarray]]
    curves: dict[str, np.ndarray]
    counterparts: dict[str, str]
    notes: tuple[str, ...] = ()
    ranked_by: tuple[str, ...] = ()
    leading: tuple[str, ...] = ()
    baseline: str | None = None
    rope: float | None = None
    positive_class: Any = None
    linear_models: LinearModelFacts | None = None
    settings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    recipe: Recipe | None = None
    ended_by: Literal["budget", "interrupt"] | None = None

    def summary(self) -> dict[str, dict[str, MeanAndDeviation]]:
        """Return mean and sample standard deviation of every score over the folds.

        Folds without a score, such as an area under the ROC curve where the test rows
        lack a class, are left out.

        Returns
        -------
        summary : dict of str to dict of str to (mean, deviation)
            ``summary[estimator][metric]``. NaN if no fold has a score.
        """
        return {name: dict(scores) for name, scores in self._summary.items()}

    @cached_property
    def _summary(self):
        """Mean and deviation by estimator and metric, which are needed many times."""
        return {
            estimator: {
                metric: MeanAndDeviation.of(each) for metric, each in scores.items()
            }
            for estimator, scores in self.scores.items()
        }

    def ranking(self) -> list[str]:
        """Return the names of the candidates, the best one first.

        Candidates without the metric that the others are ranked by follow, ranked by
        the next one that they have: without probabilities, by accuracy. The baseline
        and scikit-learn's counterparts are not ranked.

        Returns
        -------
        names : list of str
            Names of the estimators.
        """
        return [name for group in ranking(self) for name in group.names]

    def pairs(self) -> list[PairedDifference]:
        """Test all pairs of candidates, with Holm's correction over the pairs.

        Returns
        -------
        differences : list of PairedDifference
            The better ranked estimator of each pair is the first. Pairs of which one
            estimator lacks the metric of the ranking are compared by the next one.
        """
        return list(self._pairs)

    @cached_property
    def _pairs(self):
        """Tests of all pairs, which are needed many times."""
        return pairs(self)

    def against_baseline(self) -> list[PairedDifference]:
        """Test every candidate against the baseline, with Holm's correction.

        Returns
        -------
        differences : list of PairedDifference
            Candidate − baseline, in the order of the ranking.
        """
        return against_baseline(self)

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
            The names are those of `metrics`, and "fit_time".
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
            If an estimator or the metric is unknown, or if the two have scores in
            fewer than two common folds.

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
        both = (self.scores[first][metric], self.scores[second][metric])
        differences = differences_above_rounding(*both, baseline_size(self, metric))
        if len(differences) < 2:
            raise ValueError(
                f"{first} and {second} have {kinds[metric].label} in fewer than two "
                "common folds; choose another metric, or compare on more folds."
            )
        test_to_train = self.folds.n_test / self.folds.n_train
        outcome = corrected_resampled_t_test(differences, test_to_train, confidence)
        rope = rope_of(self, kinds[metric])
        probabilities = None
        if rope is not None:
            found = bayesian_correlated_t_test(differences, test_to_train, rope)
            better, worse = found.below, found.above
            if kinds[metric].larger_is_better:
                better, worse = worse, better
            probabilities = (better, found.equal, worse)
        return PairedDifference(
            first=first,
            second=second,
            metric=kinds[metric].label,
            confidence=confidence,
            larger_is_better=kinds[metric].larger_is_better,
            rope=rope,
            probabilities=probabilities,
            **outcome,
        )

    @property
    def ranks_by(self) -> tuple[str, ...]:
        """Names of the metrics by which candidates are ranked; never empty."""
        return self.ranked_by or (self.metrics[0].name,)

    def contest(self) -> list[PairedDifference]:
        """Return the paired differences of the two models that are compared in detail.

        They are those of accuracy and log loss, or R² and MAE, between "LDA" and
        "logistic regression", or "MLP" and "ridge", or else the first two estimators.
        Where a class is rare, balanced accuracy stands for accuracy. The list is empty
        if there is one estimator only, and if fewer than two folds were done. The
        p-value of a metric that the candidates are ranked by is the one with Holm's
        correction over all pairs.
        """
        return contest(self)

    def verdict(self) -> str:
        """Return the verdict in plain sentences.

        If no candidate is better than the baseline, it says so first. Then it names the
        candidate that suits best, or those that share the first place, and compares LDA
        with logistic regression.
        """
        return " ".join(verdict(visible_comparison(self)))

    @property
    def snippet_(self) -> str:
        """Python source code that reads the data and fits every model on all rows.

        It needs neither the command line nor this object. In place of X and y of
        `compare` it has these names.

        Raises
        ------
        ValueError
            If the comparison was not made by `compare`.
        """
        if self.recipe is None:
            raise ValueError("this comparison has no recipe; make it by `compare`.")
        return self.recipe.snippet()

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
        return as_dict(self)

    def to_json(self) -> str:
        """Return the dict of `to_dict` as JSON text."""
        text = json.dumps(self.to_dict(), allow_nan=False, ensure_ascii=False, indent=2)
        # Halves of surrogate pairs, as in names of files, become escapes of JSON.
        return text.encode("utf-8", "backslashreplace").decode()

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
        from skmlp.model_comparison.display import draw_comparison
        from skmlp.model_comparison.picture_files import save

        figure = draw_comparison(self)
        if file is not None:
            save(figure, file)
        return figure

    def report(self, width: int = 100, *, verbose: bool = False) -> str:
        """Return the report as text: table, tests, verdict and notes.

        Parameters
        ----------
        width : int, default=100
            Largest number of letters in a line.
        verbose : bool, default=False
            Whether to show all metrics and all pairs.

        Returns
        -------
        text : str
            The report.
        """
        from skmlp.model_comparison.report import as_text

        return as_text(self, width, verbose=verbose)

    def __str__(self):
        return self.report()

    def __repr__(self):
        """Return one line, which refers to print() for the report."""
        return (
            f"<{type(self).__name__} of {counted(len(self.scores), 'estimator')} on "
            f"{visible(self.data.name)!r}, {counted(self.folds.n_folds, 'fold')}; "
            "print it for the report>"
        )

    def _repr_html_(self) -> str:
        """Return the scores and the verdict as HTML, which notebooks show."""
        from skmlp.model_comparison.html_report import comparison_html

        return comparison_html(self)


def _require_known(name, known, kind):
    """Raise ValueError unless `name` is in `known`; `kind` is the word for it."""
    if name not in known:
        raise ValueError(use_one_of(f"{kind} {name!r} is unknown", known, got=name))

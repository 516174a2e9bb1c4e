"""Average marginal effects of a logistic regression and their standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.stats

from skmlp.base.types import Array, DataFrame
from skmlp.inference.contrast_risk import ContrastRisk
from skmlp.inference.intervals import wald_intervals
from skmlp.inference.report import effects_frame, effects_text

__all__ = ["MarginalEffects", "average_effects"]


@dataclass(frozen=True)
class MarginalEffects:
    """Average marginal effects: mean change of probabilities per unit of a feature.

    They are means over the rows of the derivatives of the probabilities.

    Attributes
    ----------
    features : list of str
        Names of the features.
    classes : ndarray of shape (n_shown,)
        Classes whose probabilities are meant: the second of two classes, else all.
    effects, standard_errors, z_values, p_values : ndarray of shape (n_shown, \
n_features)
        Mean derivatives, their standard errors by the delta method, and the z values
        and p-values of Wald tests that an effect is zero.
    """

    features: list[str]
    classes: np.ndarray
    effects: np.ndarray
    standard_errors: np.ndarray

    @classmethod
    def of(
        cls,
        risk: ContrastRisk,
        contrasts: Array,
        covariance: Array,
        features: list[str],
        classes: Array,
    ) -> Self:
        """Compute the effects of the features, which are the last terms."""
        n_terms = contrasts.shape[1]
        effects, errors = average_effects(
            risk, contrasts, covariance, np.arange(n_terms - len(features), n_terms)
        )
        shown = slice(1, 2) if len(classes) == 2 else slice(None)
        return cls(features, classes[shown], effects[shown], errors[shown])

    @property
    def z_values(self) -> Array:
        """Effects divided by their standard errors (n_shown, n_features)."""
        return self.effects / self.standard_errors

    @property
    def p_values(self) -> Array:
        """Two-sided p-values of the effects, by the normal distribution."""
        return 2 * scipy.stats.norm.sf(np.abs(self.z_values))

    def confidence_intervals(self, level: float = 0.95) -> Array:
        """Return Wald intervals of the effects.

        Parameters
        ----------
        level : float, default=0.95
            Confidence level: the share of samples whose interval holds the true value.

        Returns
        -------
        intervals : ndarray of shape (n_shown, n_features, 2)
            Lower and upper limits.
        """
        return wald_intervals(self.effects, self.standard_errors, level)

    def to_frame(self, level: float = 0.95) -> DataFrame:
        """Return the effects as a table; needs pandas.

        Parameters
        ----------
        level : float, default=0.95
            Confidence level of the intervals.

        Returns
        -------
        frame : pandas.DataFrame
            One row per class and feature.
        """
        return effects_frame(self, level)

    def __str__(self):
        """Return a table of the effects as text."""
        return effects_text(self)


def average_effects(risk, contrasts, covariance, columns):
    """Return the average marginal effects of `columns`, and their standard errors.

    The derivative of pₖ by term j is pₖ·(θⱼₖ − Σₗ pₗ·θⱼₗ); standard errors are those of
    the delta method (Greene 2018, section 17.3.2).

    Parameters
    ----------
    risk : ContrastRisk
        The model and its rows.
    contrasts : ndarray of shape (n_outputs, n_terms)
        Estimated contrasts.
    covariance : ndarray of shape (n_parameters, n_parameters)
        Covariance of the contrasts, one output after another.
    columns : ndarray of int, shape (n_columns,)
        Indices of the terms.

    Returns
    -------
    effects, errors : ndarray of shape (n_classes, n_columns)
        Mean derivatives and their standard errors.
    """
    K, Z = risk.n_classes, risk.terms
    classes = np.array([1]) if K == 2 else risk.contrast_classes
    theta = np.zeros((K, Z.shape[1]))
    theta[classes] = contrasts
    p = risk.class_risk.loss.mean(risk.scores(contrasts))
    if K == 2:
        p = np.hstack([1 - p, p])
    share = np.ones(len(p)) if risk.sample_weight is None else risk.sample_weight
    share = share / risk.total_weight
    slope = theta[:, columns]  # (K, f)
    mean_slope = p @ slope  # (n, f)
    effects, errors = np.empty((2, K, len(columns)))
    for k in range(K):
        weight = share * p[:, k]
        effects[k] = weight.sum() * slope[k] - weight @ mean_slope
        jacobian = np.zeros((len(columns), len(classes), Z.shape[1]))
        for position, m in enumerate(classes):
            step = weight * ((k == m) - p[:, m])
            shared = weight * p[:, m]
            jacobian[:, position] = (
                np.outer(slope[k], step @ Z)
                - np.outer(slope[m], shared @ Z)
                - (mean_slope * (step - shared)[:, np.newaxis]).T @ Z
            )
            jacobian[np.arange(len(columns)), position, columns] += step.sum()
        flat = jacobian.reshape(len(columns), -1)
        errors[k] = np.sqrt(np.einsum("fi,ij,fj->f", flat, covariance, flat))
    return effects, errors

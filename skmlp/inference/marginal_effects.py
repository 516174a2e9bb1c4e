"""Average marginal effects of a logistic regression and their standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import scipy.sparse
import scipy.stats

from skmlp.base.rows import dense
from skmlp.base.text import counted, listed
from skmlp.base.types import Array, DataFrame
from skmlp.inference.centred_fit import CentredFit
from skmlp.inference.html_report import effects_html
from skmlp.inference.intervals import wald_intervals
from skmlp.inference.report import effects_frame, effects_text

__all__ = ["MarginalEffects", "average_effects"]


@dataclass(frozen=True, repr=False)
class MarginalEffects:
    """Average marginal effects: mean change of probabilities per unit of a feature.

    They are means over the rows: of the derivatives of the probabilities, or for the
    features in `discrete` of the changes of the probabilities from 0 to 1.

    Attributes
    ----------
    features : list of str
        Names of the features.
    classes : ndarray of shape (n_shown,)
        Classes whose probabilities are meant: the second of two classes, else all.
    effects, standard_errors, z_values, p_values : ndarray of shape (n_shown, \
n_features)
        Mean derivatives or changes, their standard errors by the delta method, and the
        z values and p-values of Wald tests that an effect is zero.
    discrete : ndarray of bool, shape (n_features,)
        True for the features whose effect is the change from 0 to 1.
    """

    features: list[str]
    classes: np.ndarray
    effects: np.ndarray
    standard_errors: np.ndarray
    discrete: np.ndarray

    @classmethod
    def of(
        cls,
        fit: CentredFit,
        features: list[str],
        classes: Array,
        dummy: bool = False,
    ) -> Self:
        """Compute the effects of the features, which are the last terms.

        With `dummy`, those of columns of 0 and 1 are changes from 0 to 1.
        """
        if not isinstance(dummy, bool | np.bool_):
            raise TypeError(
                f"dummy={dummy!r} must be True or False; True finds the columns that "
                "hold only 0 and 1."
            )
        n_terms = fit.contrasts.shape[1]
        columns = np.arange(n_terms - len(features), n_terms)
        discrete = np.zeros(len(columns), dtype=bool)
        if dummy:
            discrete = _is_dummy(fit.risk.terms, columns) & (fit.origins[columns] == 0)
        effects, errors = average_effects(
            fit.risk, fit.contrasts, fit.covariance, columns, discrete
        )
        shown = slice(1, 2) if len(classes) == 2 else slice(None)
        return cls(features, classes[shown], effects[shown], errors[shown], discrete)

    @property
    def z_values(self) -> Array:
        """Effects ÷ standard errors (n_shown, n_features); NaN for 0/0."""
        with np.errstate(invalid="ignore", divide="ignore"):
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

    def __repr__(self):
        """Return one line, which refers to print() for the table."""
        return (
            f"<{type(self).__name__} of {counted(len(self.features), 'feature')} on "
            f"the probability of {listed(list(self.classes))}; print it for a table>"
        )

    def _repr_html_(self) -> str:
        """Return the effects as HTML tables, which notebooks show."""
        return effects_html(self)

    def __str__(self):
        """Return a table of the effects as text."""
        return effects_text(self)


def average_effects(risk, contrasts, covariance, columns, discrete):
    """Return the average marginal effects of `columns`, and their standard errors.

    The derivative of pₖ by term j is pₖ·(θⱼₖ − Σₗ pₗ·θⱼₗ). The discrete change by a
    term of 0 and 1 is pₖ with zⱼ = 1 minus pₖ with zⱼ = 0 in every row. Standard errors
    are those of the delta method (Greene 2018, section 17.3.2).

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
    discrete : ndarray of bool, shape (n_columns,)
        True for the terms whose effect is the discrete change.

    Returns
    -------
    effects, errors : ndarray of shape (n_classes, n_columns)
        Mean derivatives or discrete changes, and their standard errors.
    """
    effects, errors = np.empty((2, risk.n_classes, len(columns)))
    model = (risk, contrasts, covariance)
    smooth = ~discrete
    effects[:, smooth], errors[:, smooth] = _mean_derivatives(*model, columns[smooth])
    for position in np.flatnonzero(discrete):
        effects[:, position], errors[:, position] = _mean_change(
            *model, columns[position]
        )
    return effects, errors


def _mean_derivatives(risk, contrasts, covariance, columns):
    """Return the mean derivatives by the terms `columns`, and their errors (K, f)."""
    K, Z = risk.n_classes, risk.terms
    classes, theta = _weights_of_classes(risk, contrasts)
    p = _probabilities(risk, risk.scores(contrasts))
    share = _shares(risk)
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
        errors[k] = _delta_errors(jacobian, covariance)
    return effects, errors


def _mean_change(risk, contrasts, covariance, column):
    """Return the mean changes by one term from 0 to 1, and their errors (K,)."""
    K, Z = risk.n_classes, risk.terms
    classes, theta = _weights_of_classes(risk, contrasts)
    scores, share = risk.scores(contrasts), _shares(risk)
    slope = theta[-scores.shape[1] :, column]  # of the scores: (1,) or (K,)
    present = dense(Z[:, [column]])
    effects = np.zeros(K)
    jacobian = np.zeros((K, len(classes), Z.shape[1]))
    for value, sign in ((1.0, 1.0), (0.0, -1.0)):
        p = _probabilities(risk, scores + (value - present) * slope)
        weight = sign * share[:, np.newaxis] * p
        effects += weight.sum(axis=0)
        for k in range(K):
            steps = weight[:, [k]] * ((classes == k) - p[:, classes])
            gradient = (Z.T @ steps).T
            gradient[:, column] = value * steps.sum(axis=0)
            jacobian[k] += gradient
    return effects, _delta_errors(jacobian, covariance)


def _delta_errors(jacobian, covariance):
    """Return the standard errors of quantities with the derivatives jacobian[i]."""
    flat = jacobian.reshape(len(jacobian), len(covariance))
    variances = np.einsum("fi,ij,fj->f", flat, covariance, flat, optimize=True)
    return np.sqrt(np.maximum(variances, 0))  # 0 may be rounded to less


def _weights_of_classes(risk, contrasts):
    """Return the classes of the contrasts, and the weights of all classes (K, t)."""
    two = risk.n_classes == 2
    classes = np.array([1]) if two else risk.contrast_classes
    theta = np.zeros((risk.n_classes, risk.terms.shape[1]))
    theta[classes] = contrasts
    return classes, theta


def _probabilities(risk, scores):
    """Return the probabilities of all classes (n, K)."""
    p = risk.class_risk.loss.mean(scores)
    return np.hstack([1 - p, p]) if risk.n_classes == 2 else p


def _shares(risk):
    """Return the weights of the rows, divided by their sum (n,)."""
    if risk.sample_weight is None:
        return np.full(risk.n_rows, 1 / risk.total_weight)
    return risk.sample_weight / risk.total_weight


def _is_dummy(terms, columns):
    """Return True for each of `columns` that holds 0 and 1 and no other number."""
    by_columns = terms.tocsc() if scipy.sparse.issparse(terms) else terms
    return np.array(
        [
            np.array_equal(np.unique(dense(by_columns[:, [column]])), [0, 1])
            for column in columns
        ],
        dtype=bool,
    )

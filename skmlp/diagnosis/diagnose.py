"""Diagnosis of a fit: which of the known illnesses it shows."""

from __future__ import annotations

from sklearn.utils.validation import check_is_fitted

from numpy.typing import ArrayLike

from skmlp.base.types import MatrixLike
from skmlp.diagnosis.data_findings import DATA_CHECKS
from skmlp.diagnosis.diagnosis import Diagnosis
from skmlp.diagnosis.evidence import Evidence
from skmlp.diagnosis.fit_findings import FIT_CHECKS
from skmlp.diagnosis.layer_findings import LAYER_CHECKS
from skmlp.diagnosis.training_findings import TRAINING_CHECKS

__all__ = ["diagnose"]

_CHECKS = (*TRAINING_CHECKS, *LAYER_CHECKS, *DATA_CHECKS, *FIT_CHECKS)


def diagnose(
    estimator, X: MatrixLike, y: ArrayLike, X_val=None, y_val=None
) -> Diagnosis:
    """Return what is wrong with a fit, worst first."""
    check_is_fitted(estimator)
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val: pass both, or none.")
    evidence = Evidence(estimator, X, y, X_val, y_val)
    found = [finding for check in _CHECKS if (finding := check(evidence)) is not None]
    found.sort(key=lambda finding: -finding.severity)
    return Diagnosis(type(estimator).__name__, tuple(found))

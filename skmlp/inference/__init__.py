"""Inference for a fitted logistic regression: standard errors, intervals and tests.

Read `contrast_risk`, `centred_fit` and `from_estimator`, then `logistic_inference`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.inference.display import ForestDisplay
    from skmlp.inference.hypothesis_tests import TestResult
    from skmlp.inference.logistic_inference import LogisticInference
    from skmlp.inference.marginal_effects import MarginalEffects

__all__ = ["ForestDisplay", "LogisticInference", "MarginalEffects", "TestResult"]

if not TYPE_CHECKING:  # else static tools would accept any name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "ForestDisplay": ".display",
            "LogisticInference": ".logistic_inference",
            "MarginalEffects": ".marginal_effects",
            "TestResult": ".hypothesis_tests",
        },
    )

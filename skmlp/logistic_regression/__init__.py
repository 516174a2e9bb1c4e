"""Logistic regression, rung 3: weights and intercept that maximise the likelihood.

Read `problem` and `minimise`, then `estimator`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.logistic_regression.cross_validation import LogisticRegressionCV
    from skmlp.logistic_regression.display import PathDisplay
    from skmlp.logistic_regression.estimator import LogisticRegression
    from skmlp.logistic_regression.separation import (
        Separation,
        SeparationWarning,
        find_separation,
    )

__all__ = [
    "LogisticRegression",
    "LogisticRegressionCV",
    "PathDisplay",
    "Separation",
    "SeparationWarning",
    "find_separation",
]

if not TYPE_CHECKING:  # else static tools would accept any name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "LogisticRegression": ".estimator",
            "PathDisplay": ".display",
            "LogisticRegressionCV": ".cross_validation",
            "Separation": ".separation",
            "SeparationWarning": ".separation",
            "find_separation": ".separation",
        },
    )

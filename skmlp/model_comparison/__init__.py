"""Compare estimators on one data set by cross-validation.

Read `candidates`, `scoring`, `one_fit`, `cross_validation`, `paired_difference`,
`ranking`, `verdict`, then `compare_estimators`. `recipe` tells what was fitted.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.base.optional import MissingExtraError
    from skmlp.model_comparison.clean_data import read_file, read_frame
    from skmlp.model_comparison.compare_estimators import compare
    from skmlp.model_comparison.comparison import Comparison
    from skmlp.model_comparison.display import ComparisonDisplay
    from skmlp.model_comparison.equivalence import bayesian_correlated_t_test
    from skmlp.model_comparison.multiple_tests import holm
    from skmlp.model_comparison.paired_difference import (
        PairedDifference,
        corrected_resampled_t_test,
    )

__all__ = [
    "Comparison",
    "ComparisonDisplay",
    "MissingExtraError",
    "PairedDifference",
    "bayesian_correlated_t_test",
    "compare",
    "corrected_resampled_t_test",
    "holm",
    "read_file",
    "read_frame",
]

if not TYPE_CHECKING:  # else static tools would accept any name of this module
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "compare": ".compare_estimators",
            "MissingExtraError": "skmlp.base.optional",
            "Comparison": ".comparison",
            "ComparisonDisplay": ".display",
            "PairedDifference": ".paired_difference",
            "corrected_resampled_t_test": ".paired_difference",
            "bayesian_correlated_t_test": ".equivalence",
            "holm": ".multiple_tests",
            "read_file": ".clean_data",
            "read_frame": ".clean_data",
        },
    )

"""Rung 2: linear discriminant analysis, a linear unit with weights in closed form.

Read `class_statistics`, `whitening` and `gaussian_classes` first, then `estimator`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.discriminant_analysis.assumption_tests import Assumption
    from skmlp.discriminant_analysis.display import DiscriminantDisplay
    from skmlp.discriminant_analysis.estimator import LinearDiscriminantAnalysis
    from skmlp.discriminant_analysis.posterior_display import PosteriorDisplay
    from skmlp.discriminant_analysis.summary import DiscriminantSummary, lda_summary
    from skmlp.discriminant_analysis.whitening import CollinearityWarning

__all__ = [
    "Assumption",
    "CollinearityWarning",
    "DiscriminantDisplay",
    "DiscriminantSummary",
    "LinearDiscriminantAnalysis",
    "PosteriorDisplay",
    "lda_summary",
]

if not TYPE_CHECKING:  # hidden from static tools: they would accept any name
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "LinearDiscriminantAnalysis": ".estimator",
            "CollinearityWarning": ".whitening",
            "DiscriminantDisplay": ".display",
            "PosteriorDisplay": ".posterior_display",
            "lda_summary": ".summary",
            "DiscriminantSummary": ".summary",
            "Assumption": ".assumption_tests",
        },
    )

"""After the fit: what goes wrong in training, and what to do about it.

Read `finding` and `diagnosis`, then `evidence`, the checks of `data_findings`,
`layer_findings`, `training_findings` and `fit_findings`, and `examination`.
"""

from typing import TYPE_CHECKING

from skmlp.base.lazy_names import lazy_names

if TYPE_CHECKING:
    from skmlp.diagnosis.diagnosis import Diagnosis
    from skmlp.diagnosis.examination import diagnose
    from skmlp.diagnosis.finding import Finding
    from skmlp.diagnosis.watch import EpochFacts, Watch

__all__ = ["Diagnosis", "EpochFacts", "Finding", "Watch", "diagnose"]

_PUBLIC = {
    "Diagnosis": ".diagnosis",
    "EpochFacts": ".watch",
    "Finding": ".finding",
    "Watch": ".watch",
    "diagnose": ".examination",
}
if not TYPE_CHECKING:  # otherwise type checkers would accept any name here
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)

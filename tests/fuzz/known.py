"""Known faults that are not mended yet: the command counts them apart.

Whoever mends one removes its line, and the command then guards the mend.
"""

import re

# (kind of finding, pattern of its text)
KNOWN = [
    ("loss", r"loss_ is .*, the objective of coefs_ is"),
    ("not finite", r"\bbest_loss_|\bloss_ |best_validation_score_"),
    ("not finite", r"predict is not finite|decision_function is not finite"),
    ("not finite", r"predict_proba is not finite|gradient_norm_"),
    ("RuntimeWarning", r"\((problem|deviance|mistake_bound|arguments)\.py"),
    ("RuntimeWarning", r"\((firth|newton)\.py|invalid value .*\(penalty\.py"),
    ("RuntimeWarning", r"\((empirical_risk|leave_one_out)\.py"),
    ("RuntimeWarning", r"\((estimator|shrinkage|_array_api|extmath)\.py"),
    ("exception", r"ZeroDivisionError: .*\((objective|logistic_regression)/"),
    ("raw error", r"firth\.py"),
    ("names nothing", r"test_size="),
    ("log-probability", "is not the logarithm of predict_proba"),
    ("layout", r"other bits than X in C order"),
    ("changes its input", r"weights\[0\]\.data"),
    ("state after error", r"_training\."),
]


def is_known(kind, text):
    """Return True if a finding shows a known fault."""
    return any(k == kind and re.search(pattern, text) for k, pattern in KNOWN)

"""The verdict: one sentence on the first two estimators."""

import numpy as np
import pytest

from skmlp.model_comparison import compare
from skmlp.model_comparison.metrics import CLASSIFICATION


def _pair(first, second):
    """Return a Comparison of two invented estimators, from their scores by fold."""
    from skmlp.model_comparison import Comparison
    from skmlp.model_comparison.comparison import DataSummary, FoldSummary

    scores = {
        name: {"accuracy": np.asarray(accuracy), "log_loss": np.asarray(loss)}
        for name, (accuracy, loss) in {"LDA": first, "other": second}.items()
    }
    return Comparison(
        DataSummary("toys", "classification", 30, 2, 2),
        FoldSummary(3, 1, 20.0, 10.0),
        tuple(each for each in CLASSIFICATION.metrics if each.in_verdict),
        scores,
        curves={},
        counterparts={},
    )


GOOD, BAD = [0.9, 0.91, 0.92], [0.5, 0.51, 0.52]
NOISY = [0.2, 0.9, 0.6]


@pytest.mark.parametrize(
    ("first", "second", "start", "end"),
    [
        (
            (GOOD, BAD),
            (GOOD, BAD),
            "LDA and other cannot be told apart on toys",
            "p = 1",
        ),
        (
            *((GOOD, BAD), (BAD, GOOD)),
            "On toys, LDA has the higher accuracy (difference 0.400",
            "p < 0.001",
        ),
        (
            *((BAD, NOISY), (GOOD, GOOD)),
            "On toys, other has the higher accuracy",
            "but LDA and other cannot be told apart in log loss",
        ),
        (
            *((GOOD, GOOD), (BAD, BAD)),
            "On toys, LDA has the higher accuracy",
            ", but other has the lower log loss",
        ),
    ],
)
def test_the_verdict_is_one_plain_sentence(first, second, start, end):
    sentence = _pair(first, second).verdict()
    assert sentence.startswith(start)
    assert end in sentence
    assert sentence.endswith(").")
    assert "\n" not in sentence


def test_a_single_estimator_has_no_verdict(bundled):
    X, y = bundled("iris")
    comparison = compare(X, y, "LDA", cv=2, repeats=1)
    assert comparison.verdict() == ""
    assert comparison.to_dict()["paired_differences"] == []
    assert "paired" not in str(comparison)

"""Programs as text."""

import numpy as np
import pytest
from random_functions import huber

from skmlp.graph import describe_program, softmax


def test_the_text_has_one_operation_a_line():
    text = describe_program(lambda z: np.maximum(z, 0))
    assert text == (
        "u1 = maximum(z, 0)\n"
        "value: u1\n"
        "u2 = greater_equal(0, z)\n"
        "u3 = logical_not(u2)\n"
        "derivative: u3"
    )


def test_the_text_of_a_loss_names_y_the_scores_and_sums_of_rows():
    text = describe_program(lambda y, s: np.sum((y - s) ** 2, axis=1), 3)
    assert text.splitlines()[:4] == [
        "u1 = subtract(y, scores)",
        "u2 = square(u1)",
        "u3 = row_sum(u2)",
        "value: u3",
    ]


def test_constants_of_columns_are_shown():
    weights = np.array([1.0, 2.5, 3.0])
    text = describe_program(lambda y, s: np.sum(weights * s, axis=1), 3)
    assert "multiply([1, 2.5, 3], scores)" in text
    assert text.endswith("derivative: [1, 2.5, 3]")


def test_a_function_that_is_its_own_input_has_no_operations():
    assert describe_program(lambda z: z) == "value: z\nderivative: 1"


@pytest.mark.parametrize(
    ("function", "n_scores", "reason"),
    [
        (np.sort, None, "sort has no program, and runs in Python: it uses 'argsort'"),
        (huber, 5000, "more than 4096 scores"),
        (lambda y, s: softmax(s, axis=0)[:, 0], 3, "it uses 'softmax'"),
    ],
)
def test_the_error_says_why_a_function_has_no_program(function, n_scores, reason):
    with pytest.raises(ValueError, match=reason):
        describe_program(function, n_scores)

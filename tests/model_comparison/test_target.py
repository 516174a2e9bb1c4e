"""The task of a comparison follows from its target: classification or regression."""

import numpy as np
import pytest

from skmlp.model_comparison.target import prepare_target


@pytest.mark.parametrize(
    ("y", "task"),
    [
        (["a", "b", "a"], "classification"),
        ([True, False, True], "classification"),
        ([0, 1, 2, 2], "classification"),
        ([0.0, 1.0, 1.0], "classification"),
        ([0.5, 1.0, 1.5], "regression"),
        (list(range(20)), "classification"),
        (list(range(21)), "regression"),
        (np.array([1, 2.5, 3], dtype=object), "regression"),
    ],
    ids=str,
)
def test_the_task_is_recognised(y, task):
    assert prepare_target(y).task == task


def test_the_task_can_be_overruled():
    target = prepare_target(list(range(30)), "classification")
    assert target.task == "classification"
    assert target.values.tolist() == list(range(30))
    assert prepare_target([0, 1, 1], "regression").values.dtype == float


def test_categories_of_pandas_are_classes_even_if_they_are_many_numbers():
    pandas = pytest.importorskip("pandas")
    y = pandas.Series(np.arange(50) % 25).astype("category")
    assert prepare_target(y).task == "classification"

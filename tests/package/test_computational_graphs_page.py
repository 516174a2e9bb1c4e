"""The code of docs/computational_graphs.md runs, and prints what the page shows."""

import doctest
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "computational_graphs.md"
POINTS = [
    ("np.maximum(x, 2.0)", 0.0),
    ("np.minimum(x, 2.0)", 0.0),
    ("np.maximum(x, x * 1.0)", 1.0),
    ("np.abs(x - 2.0)", 0.0),
    ("np.sign(x - 2.0)", 0.0),
    ("np.where(x > 1.0, x, np.log(x - 2.0))", 1.0),
]


def test_the_page_prints_what_its_code_prints():
    failed, tried = doctest.testfile(
        str(PAGE), module_relative=False, optionflags=doctest.ELLIPSIS
    )
    assert tried > 15
    assert failed == 0


@pytest.mark.parametrize(("text", "expected"), POINTS)
def test_derivatives_at_doubtful_points_are_those_of_the_page(text, expected):
    import numpy as np

    from skmlp.graph import grad

    with np.errstate(divide="ignore"):
        function = eval(f"lambda x: {text}", {"np": np})
        assert grad(function)(2.0) == expected


def test_its_pictures_are_there():
    text = PAGE.read_text(encoding="utf-8")
    pictures = [
        line.split("](")[1].rstrip(")")
        for line in text.splitlines()
        if line[:2] == "!["
    ]
    assert len(pictures) == 4
    assert all((PAGE.parent / picture).exists() for picture in pictures)

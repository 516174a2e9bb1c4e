"""The code of docs/functions_of_your_own.md runs, and prints what the page shows."""

import doctest
from pathlib import Path

import pytest
from scipy import special

from skmlp.graph.programs.operations import ELEMENTWISE_ROWS

PAGE = Path(__file__).parents[2] / "docs" / "functions_of_your_own.md"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_page_prints_what_its_code_prints():
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert tried > 10
    assert failed == 0


def test_the_page_names_all_special_functions_of_programs():
    text = PAGE.read_text(encoding="utf-8")
    known = [
        function.__name__
        for function in ELEMENTWISE_ROWS
        if getattr(special, function.__name__, None) is function
    ]
    assert len(known) > 8
    assert [name for name in known if f"`{name}`" not in text] == []

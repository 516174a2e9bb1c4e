"""The code of docs/diagnosis.md runs, and prints what the page shows."""

import doctest
from pathlib import Path

from benchmark_modules import benchmark_module
from versions import needs_callbacks

ILLNESSES = benchmark_module("doctor.illnesses").ILLNESSES
PAGE = Path(__file__).parents[2] / "docs" / "diagnosis.md"


@needs_callbacks
def test_the_page_prints_what_its_code_prints():
    failed, tried = doctest.testfile(
        str(PAGE), module_relative=False, optionflags=doctest.ELLIPSIS
    )
    assert tried > 5
    assert failed == 0


def test_the_table_of_the_page_has_every_illness():
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in ILLNESSES if f"\n{name}  " not in text] == []

"""Damaged files end in a report, or in one line with status 2: never in a traceback."""

import pytest
from mutated_files import complaint, complaints, mutated

pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
pytest.importorskip("skrub")
pytest.importorskip("openpyxl")
pytest.importorskip("charset_normalizer")


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("first", range(0, 40, 10))
def test_damaged_files_take_one_line_at_most(first, tmp_path):
    assert list(complaints(range(first, first + 10), tmp_path / "table")) == []


def test_the_damage_is_that_of_the_seed():
    assert mutated(3) == mutated(3)
    assert mutated(3) != mutated(4)


def test_a_traceback_would_be_found(tmp_path, monkeypatch):
    def read(*arguments):
        raise TypeError("no such thing")

    monkeypatch.setattr("skmlp.model_comparison.datasets.read_table", read)
    assert "TypeError: no such thing" in complaint(b"a,b\n1,2\n", tmp_path / "table")

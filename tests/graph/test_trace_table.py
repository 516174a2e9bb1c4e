"""Tables of text."""

import pytest

from skmlp.graph.trace_table import TraceTable

TABLE = TraceTable("Pass", ("step", "value"), [("ŷ̄ = u", "1"), ("long <step>", "−20")])


def test_columns_are_aligned_and_accents_take_no_place():
    assert str(TABLE).splitlines() == [
        "Pass",
        "step        │ value",
        "────────────┼──────",
        "ŷ̄ = u       │ 1",
        "long <step> │ −20",
    ]
    assert repr(TABLE) == str(TABLE)


def test_rows_can_be_counted_and_walked_through():
    assert len(TABLE) == 2
    assert list(TABLE) == TABLE.rows


def test_html_has_all_cells_and_escapes_them():
    page = TABLE._repr_html_()
    assert "<th" in page
    assert page.count("<td") == 4
    assert "long &lt;step&gt;" in page


def test_a_data_frame_has_the_columns_and_the_text():
    pandas = pytest.importorskip("pandas")
    frame = TABLE.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == ["step", "value"]
    assert list(frame["value"]) == ["1", "−20"]

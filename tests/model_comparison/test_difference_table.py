"""The tests of pairs as lines of text."""

import re

import pytest
from invented_comparisons import invented

from skmlp.model_comparison.difference_table import difference_lines

GIVEN = {
    "LDA": {"log_loss": 0.2, "accuracy": 0.9},
    "logistic regression": {"log_loss": 0.25, "accuracy": 0.91},
    "MLP": {"log_loss": 0.3, "accuracy": 0.92},
    "Perceptron": {"log_loss": None, "accuracy": 0.8},
    "baseline": {"log_loss": 0.69, "accuracy": 0.5},
}


@pytest.fixture
def comparison():
    return invented(GIVEN, baseline="baseline", noise=0.02)


def test_the_first_of_the_ranking_is_shown_against_each_other(comparison):
    lines = difference_lines(comparison, 100)
    assert [line.split("  ")[0] for line in lines if line and line[0] != " "][:2] == [
        *("log loss", "accuracy"),
    ]
    rows = [line for line in lines if line.startswith("  ")]
    number, chance = r"−?\d\.\d{3}", r"[01]\.\d\d"
    interval, p = rf"{number} to +{number}", r"(< 0\.001|1|0\.\d+)"
    pattern = rf"  LDA − \S.*? +{number} +{interval} +{p}( +{chance}){{3}}"
    assert len(rows) == 3
    for row in rows:
        assert re.fullmatch(pattern, row), row
    assert "p by Holm's method over all 6 pairs" in " ".join(lines)
    assert "within ±0.007 log loss and ±0.010 accuracy" in " ".join(lines)


def test_the_verbose_lines_show_all_pairs(comparison):
    rows = [
        line
        for line in difference_lines(comparison, 100, verbose=True)
        if line.startswith("  ")
    ]
    assert len(rows) == 6
    assert sum("− Perceptron" in row for row in rows) == 3


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (100, ["difference", "interval", "p", "better", "equal", "worse"]),
        (80, ["difference", "p", "better", "equal", "worse"]),
        (60, ["difference", "p"]),
    ],
)
def test_narrow_lines_leave_out_intervals_and_then_probabilities(
    comparison, width, shown
):
    lines = difference_lines(comparison, width, verbose=True)
    assert max(map(len, lines)) <= width
    words = lines[0].replace("95 % ", "").split()
    assert words == ["log", "loss", *shown]


def test_columns_end_below_their_titles(comparison):
    header, row, *_ = difference_lines(comparison, 100)
    for title in ("difference", "95 % interval", "better", "equal", "worse"):
        end = header.index(title) + len(title)
        assert row[:end][-1].isdigit()
        assert row[end : end + 1] in ("", " ")


@pytest.mark.parametrize(
    ("rope", "shown"),
    [(0.01, "±0.010"), (0.0004, "±0.0004"), (0.5, "±0.50"), (0, "±0")],
)
def test_differences_have_the_decimals_of_the_region(rope, shown):
    lines = difference_lines(invented(GIVEN, baseline="baseline", rope=rope), 100)
    assert f"within {shown}" in " ".join(lines)


def test_a_single_candidate_has_no_differences():
    single = {name: GIVEN[name] for name in ("LDA", "baseline")}
    assert difference_lines(invented(single, baseline="baseline"), 100) == []

"""Texts are read as numbers, dates or categories, as written here by hand."""

import datetime

import numpy as np
import pytest

from skmlp.model_comparison.column_kinds import is_free_text, is_identifier
from skmlp.model_comparison.text_columns import TextOptions, read_text

NAN = float("nan")

# name: (texts, numbers, words of each note)
NUMBERS = {
    "points": (["1.5", "-2", "3e2", "+.5"], [1.5, -2, 300, 0.5], []),
    "clear commas": (["0,5", "1,25"], [0.5, 1.25], ["decimal comma"]),
    "comma groups": (["1,234", "12,345"], [1234, 12345], ["',' between thousands"]),
    "groups and points": (["1,234.5", "2"], [1234.5, 2], ["',' between thousands"]),
    "groups by dots": (
        ["1.234,5", "12.345.678,0"],
        [1234.5, 12345678],
        ["decimal comma", "'.' between thousands"],
    ),
    "several dots": (["1.234.567", "2.345.678"], [1234567, 2345678], ["'.' between"]),
    "one dot is decimal": (["1.234", "2.345"], [1.234, 2.345], []),
    "zero before a comma": (["0,123", "0,456"], [0.123, 0.456], ["decimal comma"]),
    "apostrophes": (["1'234", "1\u2019000'000"], [1234, 1e6], ["between thousands"]),
    "blanks": (
        ["1 234", "1\u00a0000\u202f000"],
        [1234, 1e6],
        ["' ' between thousands"],
    ),
    "money": (["$5", "-$1,000.50"], [5, -1000.5], ["money in $", "',' between"]),
    "money behind": (["5 €", "7,50€"], [5, 7.5], ["money in €", "decimal comma"]),
    "two kinds of money": (["$5", "€7"], [5, 7], ["money in $, € (--drop)"]),
    "money by letters": (["CHF 5", "7 CHF"], [5, 7], ["money in CHF"]),
    "percent": (["12.3%", "-4 %"], [12.3, -4], ["percentages (--drop)"]),
    "minus U+2212": (["\u22125", "5"], [-5, 5], ["another sign for minus"]),
    "brackets": (["(5)", "7", "($8)"], [-5, 7, -8], ["money", "negative in brackets"]),
    "infinite": (["inf", "-inf", "∞", "1"], [np.inf, -np.inf, np.inf, 1], []),
    "marks": (
        ["1", "?", "NA", ""],
        [1, NAN, NAN, NAN],
        ["'?', 'NA' counted as missing"],
    ),
    "a tenth is no number": (
        [*map(str, range(9)), "lost"],
        [*range(9), NAN],
        ["'lost' is no number, counted as missing in 1 row (--drop)"],
    ),
    "None and NaN": (["1", None, NAN], [1, NAN, NAN], []),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_texts_are_read_as_numbers(case):
    texts, expected, words = NUMBERS[case]
    reading = read_text(texts)
    assert reading.kind == "numbers"
    np.testing.assert_array_equal(reading.values, expected)
    assert len(reading.notes) == len(words), reading.notes
    for note, word in zip(reading.notes, words, strict=True):
        assert word in note


NO_NUMBERS = {
    "words": ["red", "blue"],
    "fewer than nine tenths": [*map(str, range(8)), "a", "b"],
    "versions": ["1.2.3", "1.10.0"],
    "addresses": ["10.0.0.1", "10.0.0.2"],
    "groups of two digits": ["1,23,4", "2,34,5"],
    "long first group": ["12345 678", "2 34"],
    "telephone": ["030-123", "040-456"],
    "open bracket": ["(5", "(6"],
    "units": ["5 kg", "7 kg"],
}


@pytest.mark.parametrize("case", NO_NUMBERS)
def test_other_texts_are_categories(case):
    texts = NO_NUMBERS[case]
    reading = read_text(texts)
    assert (reading.kind, reading.notes) == ("texts", ())
    assert [reading.categories[int(code)] for code in reading.values] == texts


def test_categories_are_sorted_and_without_outer_blanks():
    reading = read_text(["b", " a ", "b  c", None, "b c", "?"])
    assert reading.categories == ("a", "b", "b c")
    np.testing.assert_array_equal(reading.values, [1, 0, 2, NAN, 2, NAN])
    assert reading.notes == ("'?' counted as missing in 1 row (--na)",)


@pytest.mark.parametrize(
    ("options", "texts", "expected"),
    [
        ({"decimal": ","}, ["1,234", "2,345"], [1.234, 2.345]),
        ({"decimal": "."}, ["1,234", "2,345"], [1234, 2345]),
        ({"decimal": ","}, ["1.234", "2.345"], [1234, 2345]),
        ({"thousands": "."}, ["1.234", "2.345"], [1234, 2345]),
        ({"thousands": ","}, ["1,234", "2,345"], [1234, 2345]),
        ({"thousands": "."}, ["1.234,5", "2"], [1234.5, 2]),
        ({"prefers_comma": True}, ["1,234", "2,345"], [1.234, 2.345]),
        ({"prefers_comma": True}, ["1.234", "2.345"], [1234, 2345]),
        ({"missing": {"gone"}}, ["1", "gone"], [1, NAN]),
    ],
    ids=str,
)
def test_options_override_what_is_guessed(options, texts, expected):
    reading = read_text(texts, TextOptions(**options))
    np.testing.assert_array_equal(reading.values, expected)
    assert reading.kind == "numbers"


def test_marks_of_ones_own_replace_the_usual_ones():
    reading = read_text(["a", "NA", "Gone"], TextOptions(missing=frozenset({"gone"})))
    assert reading.categories == ("NA", "a")
    assert reading.notes == ("'Gone' counted as missing in 1 row (--na)",)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"decimal": ";"}, r"decimal=';' is unknown; use one of '\.', ','"),
        ({"thousands": "_"}, "thousands='_' is unknown"),
        ({"decimal": ",", "thousands": ","}, "decimal and thousands are both ','"),
    ],
)
def test_marks_that_cannot_be_are_refused(options, match):
    with pytest.raises(ValueError, match=match):
        TextOptions(**options)


# name: (texts, dates, words of the form)
DATES = {
    "ISO": (["2020-02-29", "1999-12-31"], "2020-02-29 1999-12-31", ""),
    "ISO with slashes": (["2020/02/29", "1999/12/31"], "2020-02-29 1999-12-31", ""),
    "German": (["29.02.2020", "1.3.2020"], "2020-02-29 2020-03-01", ", the day first"),
    "short years": (
        ["29.02.20", "01.03.99"],
        "2020-02-29 1999-03-01",
        ", the day first",
    ),
    "American": (
        ["02/29/2020", "3/1/2020"],
        "2020-02-29 2020-03-01",
        ", the month first",
    ),
    "British": (
        ["29/02/2020", "01/03/2020"],
        "2020-02-29 2020-03-01",
        ", the day first",
    ),
    "unclear slashes": (
        ["02/03/2020"] * 2,
        "2020-02-03 2020-02-03",
        ", the month first",
    ),
    "unclear dots": (["02.03.2020"] * 2, "2020-03-02 2020-03-02", ", the day first"),
    "short month": (["29 Feb 2020", "1 Mar 2020"], "2020-02-29 2020-03-01", ""),
    "with hyphens": (["29-Feb-2020", "01-Mar-2020"], "2020-02-29 2020-03-01", ""),
    "month first": (["February 29, 2020"] * 2, "2020-02-29 2020-02-29", ""),
    "hours": (
        ["2020-02-29 06:30", "2020-03-01T12:00:00"],
        "2020-02-29T06:30 2020-03-01T12:00",
        "",
    ),
    "zones": (
        ["2020-02-29T06:30+02:00", "2020-03-01T12:00Z"],
        "2020-02-29T04:30 2020-03-01T12:00",
        "",
    ),
}


@pytest.mark.parametrize("case", DATES)
def test_texts_are_read_as_dates(case):
    pytest.importorskip("skrub")
    texts, expected, form = DATES[case]
    reading = read_text([*texts, None])
    assert reading.kind == "dates"
    known = [datetime.datetime.fromisoformat(each) for each in expected.split()]
    assert reading.values[:-1].tolist() == known
    assert np.isnat(reading.values[-1])
    assert reading.notes == (f"read as dates{form} (--drop)",)


def test_what_only_looks_like_dates_is_no_date():
    assert read_text(["99.99.2020", "98.97.2020"]).kind == "texts"
    assert read_text(["1-2-3 go", "4-5-6 stop"]).kind == "texts"


# Identifiers and free text


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (range(1, 31), True),
        (range(30, 0, -1), True),
        ([(7 * i) % 30 for i in range(30)], True),
        ([i * i for i in range(30)], True),
        ([*range(29), NAN], True),
        (range(19), False),
        ([i + 0.5 for i in range(30)], False),
        ([i // 2 for i in range(30)], False),
        ([(7 * i) % 31 for i in range(30)], False),
        ([3] * 30, False),
    ],
    ids=str,
)
def test_identifiers_are_whole_numbers_that_tell_the_row(values, expected):
    assert is_identifier(np.array(values, dtype=float)) is expected


TEXTS = {
    "sentences": ([f"{w} is not here" for w in "abcdefghijklmnopqrstuvwxyz"], True),
    "names": ([f"Mary {w}son" for w in "abcdefghijklmnopqrstuvwxyz"], True),
    "numbered": ([f"patient {i}" for i in range(30)], False),
    "numbered words": ([f"bed no {i} left" for i in range(30)], False),
    "codes": ([f"X{i}" for i in range(30)], False),
    "keys": ([f"{97 * i:08x}-ab{i}" for i in range(30)], False),
    "few": (["red car", "blue car", "green car"], False),
    "other letters": ([f"больной {chr(0x430 + i)}ный" for i in range(30)], True),
}


@pytest.mark.parametrize("case", TEXTS)
def test_free_text_has_several_words_that_differ(case):
    texts, expected = TEXTS[case]
    assert is_free_text(texts, len(texts)) is expected


def test_free_text_differs_in_most_rows():
    texts, _ = TEXTS["sentences"]
    assert is_free_text(texts, 51)
    assert not is_free_text(texts, 52)

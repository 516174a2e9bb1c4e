"""Columns of any kind become numbers and categories."""

import sys

import numpy as np
import pytest
from comparison_names import LINEAR
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp.model_comparison import compare
from skmlp.model_comparison.columns import read_columns


@pytest.fixture
def mixed(rng):
    """Return a frame with every kind of column, and a target that depends on some."""
    pandas = pytest.importorskip("pandas")
    n = 120
    frame = pandas.DataFrame(
        {
            "id": [f"patient {i}" for i in range(n)],
            "age": rng.integers(20, 80, n).astype(float),
            "colour": rng.choice(["red", "green", "blue"], n).astype(object),
            "since": pandas.date_range("2020-02-27", periods=n),
            "member": rng.random(n) < 0.5,
        }
    )
    signal = 3 * (frame["colour"] == "red") + frame["age"] / 30 + rng.normal(size=n)
    frame.loc[::7, "age"] = np.nan
    frame.loc[::9, "colour"] = None
    return frame, np.where(signal > signal.median(), "yes", "no")


def test_mixed_columns_are_prepared_within_the_folds(mixed):
    frame, y = mixed
    comparison = compare(frame, y, LINEAR, repeats=1)
    assert comparison.summary()["LDA"]["accuracy"].mean > 0.6
    assert comparison.notes == (
        "left out, another text in every row (--keep): 'id'",
        "dates turned into days: 'since'",
    )


@pytest.mark.parametrize("library", ["polars", "pyarrow"])
def test_other_frames_are_read_like_those_of_pandas(mixed, library):
    pytest.importorskip(library)
    frame, _ = mixed
    if library == "polars":
        import polars

        other = polars.from_pandas(frame)
    else:
        import pyarrow

        other = pyarrow.Table.from_pandas(frame)
    expected, read = read_columns(frame), read_columns(other)
    np.testing.assert_allclose(read.values, expected.values)
    assert read.notes == expected.notes


def test_columns_become_numbers_and_codes(mixed):
    frame, _ = mixed
    columns = read_columns(frame)
    assert columns.categorical.tolist() == [False, True, False, False]
    age, colour, since, member = columns.values.T
    np.testing.assert_array_equal(age, frame["age"])
    # Codes are in alphabetical order; every ninth row has no colour.
    known = frame["colour"].notna()
    names = np.array(["blue", "green", "red"])[colour[known].astype(int)]
    assert names.tolist() == frame["colour"][known].tolist()
    assert np.isnan(colour[~known]).all()
    # 29 February 2020 was 18321 days after 1 January 1970.
    assert since[2] == 18321
    np.testing.assert_array_equal(member, frame["member"])


def test_an_array_of_objects_is_read_without_pandas(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    X = np.array([[1, "a", None], [2.5, "b", True], [None, None, False]], dtype=object)
    columns = read_columns(X)
    assert columns.categorical.tolist() == [False, True, False]
    np.testing.assert_array_equal(
        columns.values, [[1, 0, np.nan], [2.5, 1, 1], [np.nan, np.nan, 0]]
    )


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["2020-02-29", "1970-01-02"], [18321, 1]),
        (["1970-01-02 12:00", "1970-01-02T06:00:00"], [1.5, 1.25]),
    ],
)
def test_iso_dates_are_days_since_1970(texts, expected):
    X = np.array(texts, dtype=object)[:, None]
    assert read_columns(X).values[:, 0].tolist() == expected


def test_categories_beyond_twenty_are_pooled(rng):
    X = np.array([f"town {i % 40}" for i in range(400)], dtype=object)[:, None]
    columns = read_columns(X)
    prepared = columns.preparation().fit_transform(columns.values)
    assert prepared.shape == (400, 20)


def test_a_category_that_was_not_trained_on_is_no_error():
    X = np.array(["a", "b"] * 10 + ["c"], dtype=object)[:, None]
    columns = read_columns(X)
    preparation = columns.preparation().fit(columns.values[:20])
    assert preparation.transform(columns.values[20:]).tolist() == [[0, 0]]


def test_a_pipeline_sees_the_frame_as_it_is(mixed):
    from sklearn.compose import make_column_transformer

    frame, y = mixed
    pipeline = make_pipeline(
        make_column_transformer((StandardScaler(), ["member"])), GaussianNB()
    )
    comparison = compare(frame, y, {"members": pipeline}, cv=2, repeats=1)
    assert 0.2 < comparison.summary()["members"]["accuracy"].mean < 0.8


def test_a_frame_of_many_columns_is_compared(rng):
    pandas = pytest.importorskip("pandas")
    X = rng.normal(size=(60, 5000))
    frame = pandas.DataFrame(X.round(3)).rename(columns=str)
    frame["0"] = np.where(X[:, 0] > 0, "$5", "$1,000")
    comparison = compare(frame, X[:, 0] > 0, ["logistic regression"], 2, repeats=1)
    assert comparison.data.n_columns == 5000
    assert comparison.notes[0] == "read as amounts of money in $ (--drop): '0'"


def test_a_column_to_keep_that_is_not_there_is_refused(mixed):
    frame, y = mixed
    with pytest.raises(ValueError, match=r"keep names the column 'ag'.*mean 'age'\?"):
        compare(frame, y, LINEAR, keep=["ag"])


def test_categories_of_pandas_stay_categories(rng):
    pandas = pytest.importorskip("pandas")
    column = pandas.Series(["1", "2", None, "1"], dtype="category")
    columns = read_columns(pandas.DataFrame({"a": column}))
    assert columns.categorical.tolist() == [True]
    np.testing.assert_array_equal(columns.values[:, 0], [0, 1, np.nan, 0])

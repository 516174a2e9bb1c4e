"""Rows that cannot be used are left out, equal rows stay together; notes say so."""

import numpy as np
import pytest

from skmlp.model_comparison import compare
from skmlp.model_comparison.equal_rows import first_equal_row
from skmlp.model_comparison.feature_table import FeatureTable
from skmlp.model_comparison.folds import make_folds, number_of_repeats
from skmlp.model_comparison.one_fit import ComparisonData
from skmlp.model_comparison.target import prepare_target


@pytest.fixture
def numbers(rng):
    X = rng.normal(size=(60, 2))
    return X, np.where(X[:, 0] + rng.normal(size=60) > 0, "yes", "no").astype(object)


def notes_of(X, y, **options):
    """Return the number of rows that were used, and the notes."""
    comparison = compare(X, y, ["LDA"], cv=3, repeats=1, **options)
    return comparison.data.n_rows, comparison.notes


@pytest.mark.parametrize("gone", [None, np.nan, ""])
def test_rows_without_a_target_are_left_out(gone, numbers):
    X, y = numbers
    y[[3, 5]] = gone
    assert notes_of(X, y) == (58, ("2 rows left out because 'y' is missing",))


def test_infinite_targets_are_left_out(numbers):
    X, _ = numbers
    y = X[:, 0] + 0.5 * X[:, 1]
    y[4], y[5], y[6] = np.inf, -np.inf, np.nan
    comparison = compare(X, y, ["ridge"], cv=3, repeats=1)
    assert comparison.data.n_rows == 57
    assert comparison.notes == (
        "1 row left out because 'y' is missing",
        "2 rows left out because 'y' is infinite",
    )


def test_scores_without_these_rows_are_those_of_the_others(numbers):
    X, y = numbers
    expected = compare(X[10:], y[10:], ["LDA"], cv=3, repeats=1).scores["LDA"]
    y[:10] = None
    scores = compare(X, y, ["LDA"], cv=3, repeats=1).scores["LDA"]
    np.testing.assert_array_equal(scores["log_loss"], expected["log_loss"])


def test_a_class_called_na_is_a_class(numbers):
    X, y = numbers
    y[y == "no"] = "NA"
    n_rows, notes = notes_of(X, y)
    assert n_rows == 60
    assert notes == ("NA is a class of 'y', not missing (--na)",)
    assert notes_of(X, y[::-1], missing=["no"])[0] == 60


def test_classes_of_one_row_are_left_out_if_two_others_remain(numbers):
    X, y = numbers
    y[7] = "odd"
    note = "1 row left out because class 'odd' of 'y' has no other"
    assert notes_of(X, y) == (59, (note,))
    y[8] = "even"
    note = "2 rows left out because the classes 'even', 'odd' of 'y' have one each"
    assert notes_of(X, y) == (58, (note,))
    assert prepare_target(["a", "b", "a"]).values.tolist() == ["a", "b", "a"]


def test_a_class_with_fewer_rows_than_folds_has_a_note(numbers):
    X, y = numbers
    y[[7, 8]] = "rare"
    n_rows, notes = notes_of(X, y)
    assert n_rows == 60
    said = "fewer rows than the 3 folds: class 'rare' (2);"
    assert any(note.startswith(said) for note in notes)


def test_the_target_of_numbers_in_disguise_is_read(numbers):
    X, _ = numbers
    prices = [f"${1000 * abs(each):,.2f}" for each in X[:, 0]]
    comparison = compare(X, prices, ["ridge"], cv=3, repeats=1, target_name="price")
    assert comparison.data.task == "regression"
    assert "read as amounts of money in $: 'price'" in comparison.notes


# Equal rows


def test_equal_rows_are_in_one_fold(numbers):
    X, y = numbers
    X, y = np.vstack([X, X[:6]]), np.append(y, y[:6])
    features = FeatureTable(X, np.zeros(2, dtype=bool), ())
    problem = ComparisonData(X, features, y.astype(str), "classification")
    folds, notes = make_folds(problem, 3, 2, 0)
    assert notes == (
        "6 rows are equal to an earlier one; equal rows are in the same fold",
    )
    for fold in folds:
        is_test = np.zeros(66, dtype=bool)
        is_test[fold.test] = True
        assert (is_test[:6] == is_test[60:]).all()
        assert sorted([*fold.train, *fold.test]) == list(range(66))


def test_rows_with_other_targets_are_not_equal(numbers):
    X, y = numbers
    other = np.where(y[:6] == "yes", "no", "yes")
    assert notes_of(np.vstack([X, X[:6]]), np.append(y, other)) == (66, ())


def test_a_single_copy_among_many_rows_changes_no_fold_but_has_a_note(rng):
    X = rng.normal(size=(150, 2))
    y = np.arange(150) % 3 // 2
    alone = compare(X, y, ["LDA"], cv=3, repeats=1)
    assert alone.notes == ()
    y[149] = y[148]
    X[149] = X[148] + 1e-9
    nearly = compare(X, y, ["LDA"], cv=3, repeats=1)
    X[149] = X[148]
    note = "1 row is equal to an earlier one, and may be in another fold"
    equal = compare(X, y, ["LDA"], cv=3, repeats=1)
    assert (nearly.notes, equal.notes) == ((), (note,))
    scores = [each.scores["LDA"]["log_loss"] for each in (nearly, equal)]
    np.testing.assert_allclose(*scores, rtol=1e-6)


def test_folds_of_groups_stay_but_equal_rows_have_a_note(numbers):
    X, y = numbers
    X, y, groups = np.vstack([X, X[:6]]), np.append(y, y[:6]), np.arange(66) // 3
    note = "6 rows are equal to an earlier one, and may be in another fold"
    assert notes_of(X, y, groups=groups) == (66, (note,))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((None, 99_999, 5), 3),
        ((None, 100_000, 5), 1),
        ((2, 100_000, 5), 2),
        ((2, 10, 5, np.arange(10)), 1),
        ((2, 10, "a splitter"), 1),
    ],
)
def test_large_tables_have_no_repeats_unless_they_are_asked_for(arguments, expected):
    n_repeats, notes = number_of_repeats(*arguments)
    assert n_repeats == expected
    assert bool(notes) == (arguments[0] is None and expected == 1)
    assert all("100,000 rows or more (--repeats)" in note for note in notes)


def test_data_of_few_different_rows_keep_their_folds(rng):
    X = rng.integers(3, size=(90, 2)).astype(float)
    _, notes = notes_of(X, np.arange(90) % 2)
    assert "equal to an earlier one; some are both trained on and tested on" in notes[0]


def test_equal_rows_are_those_with_equal_values(rng):
    X = rng.integers(3, size=(500, 4)).astype(float)
    X[X == 2] = np.nan
    X[::2] *= -1  # which turns some zeros into −0
    first = {}
    rows = [tuple("gone" if v != v else v + 0.0 for v in row) for row in X.tolist()]
    expected = [first.setdefault(row, i) for i, row in enumerate(rows)]
    assert first_equal_row(list(X.T)).tolist() == expected


# Groups and time


def test_rows_of_a_group_are_in_one_fold(numbers):
    X, y = numbers
    groups = np.arange(60) // 4
    features = FeatureTable(X, np.zeros(2, dtype=bool), ())
    problem = ComparisonData(X, features, y.astype(str), "classification")
    folds, _ = make_folds(problem, 3, 2, 0, groups=groups)
    assert len(folds) == 6
    for fold in folds:
        assert not set(groups[fold.train]) & set(groups[fold.test])


def test_groups_change_the_scores(numbers):
    X, y = numbers
    plain, grouped, others = (
        compare(X, y, ["LDA"], cv=3, repeats=1, groups=groups).scores["LDA"]["log_loss"]
        for groups in (None, np.arange(60) // 4, [f"g{i // 4}" for i in range(60)])
    )
    assert plain.tolist() != grouped.tolist()
    assert grouped.tolist() == others.tolist()


def test_rows_without_a_group_have_a_note(numbers):
    X, y = numbers
    groups = (np.arange(60) // 4).astype(float)
    groups[:3] = np.nan
    note = "3 rows without a value in 'groups', each a group by itself (--groups)"
    assert notes_of(X, y, groups=groups)[1] == (note,)


@pytest.mark.parametrize("kind", ["numbers", "dates", "texts"])
def test_tests_are_later_than_training(kind, numbers, rng):
    X, y = numbers
    order = rng.permutation(60)
    days = np.datetime64("2020-01-01") + order
    time = {"numbers": order, "dates": days, "texts": days.astype(str)}[kind]
    comparison = compare(X, y, ["LDA"], cv=3, time=time)
    assert comparison.folds.n_folds == 3
    assert any("folds in order of time" in note for note in comparison.notes)
    by_hand = [
        (np.argsort(order)[: 15 * k], np.argsort(order)[15 * k : 15 * (k + 1)])
        for k in (1, 2, 3)
    ]
    expected = compare(X, y, ["LDA"], cv=by_hand).scores["LDA"]["log_loss"]
    np.testing.assert_allclose(comparison.scores["LDA"]["log_loss"], expected)


def test_rows_without_a_time_are_left_out(numbers):
    X, y = numbers
    time = np.arange(60.0)
    time[[1, 2]] = np.nan
    n_rows, notes = notes_of(X, y, time=time)
    assert n_rows == 58
    assert "2 rows left out because 'time' is missing (--time)" in notes


def test_a_first_time_of_one_class_is_refused(numbers):
    X, _ = numbers
    with pytest.raises(ValueError, match=r"the first rows are all of one class.*--cv"):
        notes_of(X, np.repeat(["a", "b"], 30), time=np.arange(60))


@pytest.mark.parametrize("name", ["groups", "time"])
def test_columns_of_another_length_are_refused(name, numbers):
    with pytest.raises(ValueError, match=rf"{name} has the shape \(59,\); pass one"):
        notes_of(*numbers, **{name: np.arange(59)})


# Leaks


def leaks(X, y):
    """Return the notes on columns that tell the target."""
    return [note for note in notes_of(X, y)[1] if "tells the target by itself" in note]


def test_a_column_that_tells_the_target_has_a_note(numbers):
    X, y = numbers
    assert leaks(X, y) == []
    code = np.where(y == "yes", 1.0, 0.0)
    (note,) = leaks(np.column_stack([X, code]), y)
    assert note.endswith("(--drop): 2")


def test_a_column_that_tells_a_number_has_a_note(numbers):
    X, _ = numbers
    y = X[:, 0] * X[:, 1] + X[:, 0]

    def notes(more):
        X_more = np.column_stack([X, more])
        return compare(X_more, y, ["ridge"], cv=3, repeats=1).notes

    assert any("tells the target by itself" in note for note in notes(3 - 2 * y))
    assert notes(y + 0.3 * X[:, 1]) == ()

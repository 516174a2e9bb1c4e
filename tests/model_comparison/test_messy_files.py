"""Files as people have them give the scores of the clean table, and clear notes."""

import numpy as np
import pytest
from clean_table import N_ROWS, TARGET, clean_table
from messy_files import MESSY_FILES

from skmlp.model_comparison import compare
from skmlp.model_comparison.datasets import load

pandas = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
pytest.importorskip("skrub")


def lda(X, y, **options):
    """Return the accuracy of LDA in three folds, and the notes."""
    comparison = compare(X, y, ["LDA"], cv=3, repeats=1, **options)
    return comparison.summary()["LDA"]["accuracy"].mean, comparison.notes


@pytest.fixture(scope="module")
def right():
    frame = pandas.DataFrame(clean_table())
    accuracy, notes = lda(frame.drop(columns=TARGET), frame[TARGET])
    assert notes == ()
    # Without `a`, LDA only guesses: the accuracy tells whether a file was understood.
    blind, _ = lda(frame[["b", "city"]], frame[TARGET])
    assert blind < accuracy - 5 * standard_error(accuracy)
    return accuracy


def standard_error(accuracy):
    return np.sqrt(accuracy * (1 - accuracy) / N_ROWS)


def test_there_are_many_files_and_each_has_its_name():
    assert len({each.name for each in MESSY_FILES}) == len(MESSY_FILES) >= 60


@pytest.mark.parametrize("file", MESSY_FILES, ids=lambda each: each.name)
def test_a_messy_file_gives_the_scores_of_the_clean_table(file, right, tmp_path):
    path = tmp_path / "table"
    path.write_bytes(file.raw())
    dataset = load(str(path), TARGET)
    accuracy, notes = lda(dataset.X, dataset.y)
    if file.is_equal:
        assert accuracy == pytest.approx(right)
    else:
        assert accuracy > right - standard_error(right)
    notes = (*dataset.notes, *notes)
    assert len(notes) == len(file.notes), notes
    for words in file.notes:
        assert any(all(word in note for word in words) for note in notes), (
            words,
            notes,
        )

"""Scores of messy files are those of scikit-learn on data cleaned by hand."""

import io

import numpy as np
import pytest
from clean_table import N_ROWS, TARGET
from messy_files import MESSY_FILES
from sklearn.compose import make_column_transformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skmlp.model_comparison import compare
from skmlp.model_comparison.datasets import load

pandas = pytest.importorskip("pandas")
pytest.importorskip("skrub")

RAW = {file.name: file.raw for file in MESSY_FILES}


def of_text(name, sep=",", **options):
    """Return the frame of a messy CSV file, with all values as texts."""
    text = RAW[name]().decode()
    return pandas.read_csv(
        io.StringIO(text), sep=sep, dtype=str, keep_default_na=False, **options
    )


def numbers(column, remove="", decimal="."):
    """Return a column of texts as floats, without some letters; NaN for others."""
    for letter in remove:
        column = column.str.replace(letter, "", regex=False)
    return pandas.to_numeric(column.str.replace(decimal, "."), errors="coerce")


def dollar():
    frame = of_text("dollar")
    return frame.assign(a=numbers(frame["a"], "$"))


def german_thousands():
    frame = of_text("German thousands", sep=";")
    return frame.assign(a=numbers(frame["a"], ".", ","))


def percent():
    frame = of_text("percent, blank")
    return frame.assign(a=numbers(frame["a"], " %"))


def unicode_minus():
    frame = of_text("minus U+2212")
    return frame.assign(a=frame["a"].str.replace("\u2212", "-").astype(float))


def brackets():
    frame = of_text("brackets for minus")
    negative = frame["a"].str.startswith("(")
    return frame.assign(a=numbers(frame["a"], "()") * np.where(negative, -1, 1))


def stray_word():
    frame = of_text("missing among numbers")
    return frame.assign(a=numbers(frame["a"]))


def question_marks():
    frame = of_text("? among categories")
    return frame.assign(city=frame["city"].where(frame["city"] != "?"))


def german_dates():
    frame = of_text("German dates")
    days = pandas.to_datetime(frame["more"], format="%d.%m.%Y")
    return frame.assign(more=(days - pandas.Timestamp("1970-01-01")).dt.days)


def text_ids():
    return of_text("text ids").drop(columns="more")


def infinite():
    frame = of_text("infinite")
    return frame.assign(b=numbers(frame["b"]).replace(np.inf, np.nan))


CLEANED = {
    "dollar": dollar,
    "German thousands": german_thousands,
    "percent, blank": percent,
    "minus U+2212": unicode_minus,
    "brackets for minus": brackets,
    "missing among numbers": stray_word,
    "? among categories": question_marks,
    "German dates": german_dates,
    "text ids": text_ids,
    "infinite": infinite,
}


def by_hand(frame, estimator):
    """Return the scores of scikit-learn's pipeline for a clean frame."""
    frame = frame.assign(a=frame["a"].astype(float), b=frame["b"].astype(float))
    X, y = frame.drop(columns=TARGET), frame[TARGET]
    X = X.assign(city=X["city"].astype(object).where(X["city"].notna(), np.nan))
    numeric = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = make_pipeline(
        SimpleImputer(strategy="most_frequent"), OneHotEncoder(sparse_output=False)
    )
    preparation = make_column_transformer(
        (numeric, [name for name in X if name != "city"]), (categories, ["city"])
    )
    return cross_validate(
        make_pipeline(preparation, estimator),
        X,
        y,
        cv=RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0),
        scoring=["accuracy", "neg_log_loss"],
    )


@pytest.mark.parametrize("name", CLEANED)
def test_scores_are_those_of_a_pipeline_by_hand(name, tmp_path):
    path = tmp_path / "table"
    path.write_bytes(RAW[name]())
    dataset = load(str(path), TARGET)
    ours = compare(dataset.X, dataset.y, ["LDA", "logistic regression"], 3, repeats=2)
    assert ours.data.n_rows == N_ROWS
    for label, estimator in (
        ("LDA", LinearDiscriminantAnalysis()),
        ("logistic regression", LogisticRegression(max_iter=1000)),
    ):
        theirs = by_hand(CLEANED[name](), estimator)
        for measure, scores in (
            ("accuracy", theirs["test_accuracy"]),
            ("log_loss", -theirs["test_neg_log_loss"]),
        ):
            error = scores.std(ddof=1) / np.sqrt(len(scores))
            found = ours.summary()[label][measure].mean
            assert found == pytest.approx(scores.mean(), abs=error), (label, measure)


def test_without_the_cleaning_the_scores_would_be_others():
    frame = of_text("dollar")
    blind = by_hand(frame.assign(a=0.0), LinearDiscriminantAnalysis())
    right = by_hand(dollar(), LinearDiscriminantAnalysis())
    gap = right["test_accuracy"].mean() - blind["test_accuracy"].mean()
    assert gap > 5 * right["test_accuracy"].std(ddof=1) / np.sqrt(6)

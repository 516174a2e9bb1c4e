"""HTML of results for notebooks."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from display_cases import ten_classes
from invented_comparisons import invented

from skmlp import LinearDiscriminantAnalysis, LogisticRegression
from skmlp.base.html import html_of, html_paragraph, html_table
from skmlp.discriminant_analysis import lda_summary
from skmlp.inference import LogisticInference
from skmlp.logistic_regression import find_separation

NAUGHTY = "<script>alert('&')</script>"
KINDS = ["comparison", "inference", "effects", "summary"]


def results(names):
    """Return results of which all names of features and of models are given."""
    X, y = ten_classes(600, n_features=3)
    y = np.array([f"{NAUGHTY} {label[13]}" for label in y])
    fitted = LogisticRegression(C=1.0, tol=1e-8).fit(X, y)
    inference = LogisticInference.from_estimator(fitted, X, y, feature_names=names)
    lda = LinearDiscriminantAnalysis().fit(X, y)
    lda.feature_names_in_ = np.array(names, dtype=object)
    scores = {name: {"accuracy": 0.9, "log_loss": 0.3} for name in names}
    return {
        "comparison": invented(scores, name=NAUGHTY),
        "inference": inference,
        "effects": inference.marginal_effects(),
        "summary": lda_summary(lda, X, y) if names[0].isidentifier() else None,
        "test": inference.wald_test([names[0]]),
    }


@pytest.fixture(scope="module")
def plain():
    """Return results with plain names of features."""
    return results(["first", "second", "third"])


@pytest.fixture(scope="module")
def naughty():
    """Return results whose names are HTML."""
    return results([f"{NAUGHTY} {k}" for k in range(3)])


@pytest.mark.parametrize("kind", KINDS)
def test_results_are_tables_with_captions_and_all_rows(plain, kind):
    tree = ElementTree.fromstring(plain[kind]._repr_html_())
    tables = tree.findall("table")
    n_tables = {"comparison": 1, "inference": 9, "effects": 10, "summary": 3}[kind]
    assert len(tables) == n_tables
    for table in tables:
        assert table.find("caption").text
        widths = {len(row) for row in table.iter("tr")}
        assert len(widths) == 1
    text = " ".join(tree.itertext())
    for name in ("first", "second", "third"):
        assert name in text


@pytest.mark.parametrize("kind", ["comparison", "inference", "effects"])
def test_names_are_escaped(naughty, kind):
    html = naughty[kind]._repr_html_()
    assert "<script" not in html
    assert NAUGHTY in " ".join(ElementTree.fromstring(html).itertext())


def test_class_names_of_a_summary_are_escaped(plain):
    html = plain["summary"]._repr_html_()
    assert "<script" not in html
    assert NAUGHTY in " ".join(ElementTree.fromstring(html).itertext())


@pytest.mark.parametrize("kind", KINDS)
def test_colours_are_those_of_the_page_and_nothing_is_loaded(plain, kind):
    html = plain[kind]._repr_html_()
    colours = set(re.findall(r"(?:^|[ ;\"])(?:color|background): ?([^;\"]+)", html))
    assert colours <= {"inherit", "transparent"}
    assert not re.search(r"#[0-9a-f]{3}|rgb|src=|href=|url\(|<style|<link", html)


def test_the_numbers_are_those_of_the_inference(plain):
    inference = plain["inference"]
    tree = ElementTree.fromstring(inference._repr_html_())
    body = tree.findall("table")[2].find("tbody")
    for j, row in enumerate(body):
        name, coef, error, z, p, low, high = [cell.text for cell in row]
        assert name == inference.terms[j]
        assert float(coef) == pytest.approx(inference.coefficients[2, j], abs=6e-5)
        assert float(error) == pytest.approx(inference.standard_errors[2, j], abs=6e-5)
        assert float(z) == pytest.approx(inference.z_values[2, j], abs=6e-4)
        limits = inference.confidence_intervals()[2, j]
        assert [float(low), float(high)] == pytest.approx(limits, abs=6e-5)
        assert p == "<0.0001" or float(p) == pytest.approx(
            inference.p_values[2, j], abs=6e-5
        )


@pytest.mark.parametrize("kind", [*KINDS, "test"])
def test_plain_representations_are_one_short_line(plain, kind):
    text = repr(plain[kind])
    assert "\n" not in text
    assert len(text) < 250
    assert text[0] + text[-1] == "<>"


def test_representations_say_what_the_object_is(plain):
    assert repr(plain["comparison"]) == (
        f"<Comparison of 3 estimators on {NAUGHTY!r}, 15 folds; print it for the "
        "report>"
    )
    assert repr(plain["summary"]) == (
        "<DiscriminantSummary of 3 features and 10 classes; print it for the tables>"
    )
    assert repr(plain["effects"]).startswith("<MarginalEffects of 3 features on the")
    assert repr(plain["test"]).startswith("<Wald test of first: chi2(9) = ")
    difference = plain["comparison"].paired_difference("first", "second")
    assert repr(difference).startswith("<first minus second, accuracy: ")


def test_separations_say_their_kind_and_columns():
    X = np.array([[0.0, 1.0], [1.0, -1.0], [2.0, 0.5], [3.0, 0.0]])
    assert repr(find_separation(X, [0, 0, 1, 1])).startswith("<Separation: complete,")
    assert repr(find_separation(X, [0, 1, 0, 1])).startswith("<Separation: ")


def test_a_table_has_the_given_cells():
    html = html_of(
        html_table("a < b", ["", "one"], [("row", ["1"])]), html_paragraph("x & y")
    )
    tree = ElementTree.fromstring(html)
    assert tree.find("table/caption").text == "a < b"
    assert [cell.text for cell in tree.iter("td")] == ["1"]
    assert tree.find("p").text == "x & y"

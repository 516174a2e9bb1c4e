"""A comparison as text, as JSON and as a data frame."""

import json
import sys

import pytest
from comparison_names import LINEAR

from skmlp.model_comparison import MissingExtraError


def test_everything_survives_strict_json(iris_comparison):
    text = iris_comparison.to_json()
    assert "NaN" not in text
    assert "Infinity" not in text
    restored = json.loads(text)
    assert restored["data"]["n_rows"] == 150
    assert len(restored["scores"]["LDA"]["accuracy"]["folds"]) == 8
    assert restored["paired_differences"][0]["metric"] == "accuracy"


def test_the_frame_has_a_row_per_estimator_and_fold(iris_comparison):
    pytest.importorskip("pandas")
    frame = iris_comparison.to_frame()
    assert len(frame) == 5 * 8
    mean = frame.groupby("estimator")["accuracy"].mean()["LDA"]
    assert mean == pytest.approx(iris_comparison.summary()["LDA"]["accuracy"].mean)


def test_the_table_is_aligned_and_no_wider_than_a_page(iris_comparison):
    text = str(iris_comparison)
    assert max(map(len, text.splitlines())) <= 100
    assert "\x1b" not in text
    lines = text.splitlines()
    rule = next(k for k, line in enumerate(lines) if line.startswith("──"))
    table = lines[rule + 1 : rule + 5]
    ends = {line.index("±") for line in table}
    assert len(ends) == 1
    assert [line[:19].strip() for line in table[::2]] == LINEAR
    assert table[1].startswith("  sklearn")
    assert table[1].endswith("×")


def test_the_table_shows_the_means(iris_comparison):
    mean, deviation = iris_comparison.summary()["LDA"]["accuracy"]
    assert f"{mean:.3f}±{deviation:.3f}" in str(iris_comparison)


@pytest.mark.parametrize(
    ("package", "extra", "action"),
    [
        ("matplotlib", "plot", lambda comparison: comparison.plot()),
        ("pandas", "compare", lambda comparison: comparison.to_frame()),
    ],
)
def test_a_missing_package_is_named_with_the_extra(
    iris_comparison, monkeypatch, package, extra, action
):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=rf'{package}.*"skmlp\[{extra}\]"'):
        action(iris_comparison)

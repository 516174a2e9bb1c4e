"""The command line: baseline, --scoring, --rope and --verbose."""

import json

import pytest

from skmlp.__main__ import main

QUICK = ["--cv", "2", "--repeats", "1"]


@pytest.mark.parametrize("data", ["iris", "diabetes"])
def test_the_baseline_is_the_last_row_of_the_table(data, capsys):
    assert main(["compare", data, *QUICK]) == 0
    lines = capsys.readouterr().out.splitlines()
    rule = next(k for k, line in enumerate(lines) if line.startswith("──"))
    end = lines.index("", rule)
    assert lines[end - 1].startswith("baseline ")


def test_a_scorer_and_a_region_of_ones_own(tmp_path, capsys):
    file = tmp_path / "scores.json"
    options = ["--scoring", "roc_auc", "--rope", "0.5", "--json", str(file)]
    assert main(["compare", "breast_cancer", *QUICK, *options]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "ranked by ROC AUC, higher is better" in printed
    assert "within ±0.50 ROC AUC" in printed
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["ranked_by"][0] == "roc_auc"
    assert {each["rope"] for each in content["pairs"]} == {0.5}
    assert len(content["ranking"]) == 4
    assert content["verdict"].count("share the first place") == 1


def test_verbose_shows_the_other_measures_and_all_pairs(capsys):
    printed = []
    for options in ([], ["-v"]):
        assert main(["compare", "iris", *QUICK, *options]) == 0
        printed.append(capsys.readouterr().out)
    for words in ("balanced", "F1", "MLP − Perceptron"):
        assert [words in each for each in printed] == [False, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scoring", "acuracy"], "scoring='acuracy' is no scorer of scikit-learn"),
        (["--scoring", "r2"], "scoring='r2' does not fit a classification"),
        (["--rope", "-1"], "--rope: -1 is out of range: 0 or more"),
        (["--rope", "nan"], "--rope: nan is out of range: 0 or more"),
        (["--rope", "wide"], "--rope: 'wide' is not a number"),
    ],
)
def test_what_is_wrong_takes_one_line_and_status_2(options, message, capsys):
    assert main(["compare", "iris", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1

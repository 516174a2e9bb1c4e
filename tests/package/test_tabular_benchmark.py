"""The benchmark on real tables: cache, report, and data of R packages."""

import bz2
import lzma
import sys
import zlib
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT))  # for the benchmarks, which are not installed
try:
    pytest.importorskip("benchmarks.tabular", reason="there are no benchmarks here")
    r_data, report, runs, tables, settings, command = (
        import_module(f"benchmarks.tabular.{name}")
        for name in ("r_data", "report", "runs", "tables", "settings", "__main__")
    )
finally:
    sys.path.remove(str(ROOT))

IRIS = tables.Table("iris", "load_iris", None)
REFERENCE = settings.Setting(
    "MLP", "scikit-learn", LogisticRegression, "scaled", "classification"
)
DUMMY = settings.Setting("dummy", "skmlp", DummyClassifier, "raw", "classification")


def run(folder, compared=(REFERENCE, DUMMY), folds=2, chosen=(IRIS,), **options):
    """Return the records, the tables left out, and the number of new fits."""
    fitted = []
    records, missing = runs.run(
        chosen, compared, folder, folds=folds, on_fit=fitted.append, **options
    )
    return records, missing, len(fitted)


def test_fits_that_are_in_the_folder_are_not_repeated(tmp_path):
    first, _, n_fits = run(tmp_path, folds=1)
    assert n_fits == 2
    second, _, n_fits = run(tmp_path, folds=2)
    assert n_fits == 2
    assert first[0] in second
    again, _, n_fits = run(tmp_path, folds=2)
    assert n_fits == 0
    assert again == second


def test_a_file_that_is_not_whole_is_fitted_again(tmp_path):
    done, _, _ = run(tmp_path, folds=1)
    for file in tmp_path.iterdir():
        file.write_text(file.read_text()[:20])
    again, _, n_fits = run(tmp_path, folds=1)
    assert n_fits == 2
    assert [each.scores for each in again] == [each.scores for each in done]
    assert {file.suffix for file in tmp_path.iterdir()} == {".json"}


def test_without_fits_only_the_folder_is_read(tmp_path):
    assert run(tmp_path, fits=False) == ([], [], 0)
    done, _, _ = run(tmp_path)
    assert run(tmp_path, fits=False)[0] == done


def test_another_parameter_is_another_fit(tmp_path):
    run(tmp_path, folds=1)
    other = settings.Setting(
        "MLP",
        "scikit-learn",
        lambda: LogisticRegression(C=0.1),
        "scaled",
        "classification",
    )
    assert run(tmp_path, (other,), folds=1)[2] == 1


def test_a_table_of_a_missing_package_is_left_out_and_named(tmp_path, monkeypatch):
    monkeypatch.setattr(r_data, "R_LIBRARY", tmp_path)
    absent = tables.Table("mroz", "carData/Mroz", "lfp")
    records, missing, _ = run(tmp_path / "cache", chosen=(absent, IRIS), folds=1)
    assert {each.table for each in records} == {"iris"}
    assert "r-cran-cardata" in missing[0]


def test_scores_are_those_of_scikit_learn(tmp_path):
    from sklearn.datasets import load_iris
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    records, _, _ = run(tmp_path, (REFERENCE,), folds=10)
    X, y = load_iris(return_X_y=True)
    expected = cross_validate(
        make_pipeline(StandardScaler(), LogisticRegression()),
        X,
        y,
        cv=RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=0),
        scoring=("accuracy", "neg_log_loss"),
    )
    accuracy = [each.scores["accuracy"] for each in records]
    loss = [each.scores["log_loss"] for each in records]
    np.testing.assert_allclose(accuracy, expected["test_accuracy"])
    np.testing.assert_allclose(loss, -expected["test_neg_log_loss"], rtol=1e-6)


def test_the_report_ranks_and_tests_the_settings(tmp_path):
    records, _, _ = run(tmp_path, folds=10)
    text = report.lines(records, [IRIS])
    rows = [line.split("|") for line in text if line.startswith("|")]
    assert [row[1].strip() for row in rows[2:]] == [REFERENCE.key, DUMMY.key]
    assert rows[3][-2].strip() == "0/0/1"
    assert float(rows[3][2]) == pytest.approx(1 / 3, abs=0.01)


def test_tables_that_lack_a_setting_are_not_reported(tmp_path):
    wine = tables.Table("wine", "load_wine", None)
    records, _, _ = run(tmp_path)
    more, _, _ = run(tmp_path, (DUMMY,), chosen=(wine,))
    found = report.complete_tables([*records, *more], [IRIS, wine], "classification")
    assert set(found) == {"iris"}


def test_the_picture_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    from benchmarks.tabular.picture import plot

    records, _, _ = run(tmp_path)
    plot(records, [IRIS], tmp_path / "scores.png")
    assert (tmp_path / "scores.png").stat().st_size > 1000


def test_the_command_runs_on_a_table_of_scikit_learn(tmp_path, capsys):
    chosen = ["--only", "iris", "--setting", "LogisticRegression", "--folds", "1"]
    assert command.main([*chosen, "--cache", str(tmp_path)]) == 0
    out, err = capsys.readouterr()
    assert "classification: 1 tables, 1 folds" in out
    assert err.count("fold 0") == 2
    assert command.main([*chosen, "--cache", str(tmp_path), "--report-only"]) == 0
    assert capsys.readouterr().out == out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "iris", "--only", "xyz"], "--only: no name contains 'xyz'. Names"),
        (["--setting", "xyz"], "--setting: no name contains 'xyz'. Names are: skmlp: "),
        (["--plot", "{}/missing/x.png"], "x.png: this is no file, or its folder is mi"),
        (["--plot", "{}"], "give one of the suffixes "),
        (["--plot", "{}/x.xyz"], "x.xyz: give one of the suffixes "),
        (["--plot", "x.png", "--setting", "Histogram"], "no name contains 'Histogram'"),
        (["--plot", "x.png", "--setting", "HistGradient"], "--plot compares with 'sci"),
        (["--cache", "{}/file"], "/file: File exists"),
    ],
)
def test_what_is_wrong_with_an_option_is_said_before_the_first_fit(
    arguments, message, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(command, "run", None)
    (tmp_path / "file").touch()
    arguments = [each.format(tmp_path) for each in arguments]
    if "--plot" in arguments:
        pytest.importorskip("matplotlib")
    with pytest.raises(SystemExit) as ended:
        command.main(["--cache", str(tmp_path / "cache"), *arguments])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_folder_without_results_is_named(tmp_path, capsys):
    assert command.main(["--report-only", "--cache", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"There are no results in {tmp_path}.\n"


def test_names_of_tables_and_settings_are_different():
    names = [each.name for each in tables.TABLES]
    assert len(set(names)) == len(names)
    keys = [(each.task, each.key) for each in settings.SETTINGS]
    assert len(set(keys)) == len(keys)


TEXT = b"X\n" * 500
FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 6}]


@pytest.mark.parametrize(
    ("compression", "body"),
    [
        (1, zlib.compress(TEXT)),
        (2, b"2" + bz2.compress(TEXT)),
        (3, b"Z" + lzma.compress(TEXT, format=lzma.FORMAT_RAW, filters=FILTERS)),
        (3, b"0" + TEXT),
    ],
)
def test_parts_of_a_database_are_unpacked(compression, body):
    raw = len(TEXT).to_bytes(4, "big") + body
    assert r_data._unpacked(raw, compression) == TEXT


def test_a_frame_of_r_is_read(tmp_path, monkeypatch):
    rdata = pytest.importorskip("rdata")
    pandas = pytest.importorskip("pandas")
    folder = tmp_path / "made" / "data"
    folder.mkdir(parents=True)
    frame = pandas.DataFrame({"a": [1.0, 2.0, 3.0], "y": ["p", "q", "p"]})
    frame["y"] = frame["y"].astype("category")
    rdata.write_rda(folder / "small.rda", {"small": frame})
    monkeypatch.setattr(r_data, "R_LIBRARY", tmp_path)
    X, y = tables.load(tables.Table("small", "made/small", "y"))
    assert sorted(X["a"]) == [1.0, 2.0, 3.0]
    assert sorted(y) == ["p", "p", "q"]
    _, above = tables.load(tables.Table("small", "made/small", "a > 1.5"))
    assert sorted(above) == [False, True, True]

"""Every option on how a file is read has its effect; wrong ones end before any fit."""

import io
import sys

import numpy as np
import pytest
from clean_table import N_ROWS, TARGET, clean_table, csv_text

from skmlp.__main__ import main
from skmlp.model_comparison import cross_validation

pandas = pytest.importorskip("pandas")
pytest.importorskip("skrub")


@pytest.fixture
def notes_of(tmp_path, capsys, monkeypatch):
    """Return a function: columns or bytes, options -> (matrix, notes of the report)."""
    seen = {}

    def fit_and_score(problem, *more, fit_and_score=cross_validation.fit_and_score):
        seen["problem"] = problem
        return fit_and_score(problem, *more)

    monkeypatch.setattr(cross_validation, "fit_and_score", fit_and_score)

    def run(content, *options):
        raw = csv_text(content).encode() if isinstance(content, dict) else content
        path = tmp_path / "table.csv"
        path.write_bytes(raw)
        arguments = ["compare", str(path), "--target", TARGET, *options]
        assert main([*arguments, "--cv", "2", "--repeats", "1"]) == 0
        report = " ".join(capsys.readouterr().out.split())
        return seen["problem"].features.values, report.partition("Note: ")[2]

    return run


def changed(**columns):
    """Return the clean table with other columns before the target."""
    table = clean_table()
    target = table.pop(TARGET)
    return {**table, **columns, TARGET: target}


def test_sep(notes_of):
    raw = csv_text(clean_table(), sep="~").encode()
    values, _ = notes_of(raw, "--sep", "~")
    np.testing.assert_array_equal(values[:, 0], clean_table()["a"])


def test_encoding(notes_of):
    raw = csv_text(clean_table()).replace("Paris", "Łódź").encode("cp1250")
    assert "read as text in Windows-1250 (--encoding)" in notes_of(raw)[1]
    assert "--encoding" not in notes_of(raw, "--encoding", "cp1250")[1]


@pytest.mark.parametrize(
    ("options", "factor"),
    [([], 1000), (["--decimal", ","], 1), (["--decimal", "."], 1000)],
    ids=str,
)
def test_decimal(options, factor, notes_of):
    shown = [f"{i % 7 + 1},{i % 900 + 100}" for i in range(N_ROWS)]
    values, _ = notes_of(changed(more=shown), *options)
    assert values[3, -1] == pytest.approx(4.103 * factor)


@pytest.mark.parametrize(
    ("options", "factor"), [([], 1), (["--thousands", "."], 1000)], ids=str
)
def test_thousands(options, factor, notes_of):
    shown = [f"{i % 7 + 1}.{i % 900 + 100}" for i in range(N_ROWS)]
    table = {"more": shown, TARGET: clean_table()[TARGET]}
    values, notes = notes_of(table, *options)
    assert values[3, -1] == pytest.approx(4.103 * factor)
    assert ("between thousands (--thousands): 'more'" in notes) == (factor == 1000)


def test_na_of_numbers_and_texts(notes_of):
    table = changed(b=[-99 if i % 9 == 0 else i % 7 for i in range(N_ROWS)])
    table["city"][::9] = ["gone"] * 10
    values, notes = notes_of(table, "--na", "-99", "--na", "gone")
    assert np.isnan(values[::9, 1:]).all()
    assert np.isnan(values).sum() == 20
    assert "-99, gone counted as missing in 10 rows (--na): 'b'" in notes
    assert "'gone' counted as missing in 10 rows (--na): 'city'" in notes
    assert not np.isnan(notes_of(table)[0]).any()


def test_na_replaces_the_usual_marks(notes_of):
    table = changed()
    table["city"][::9] = ["NA"] * 10
    assert "'NA' counted as missing in 10 rows (--na): 'city'" in notes_of(table)[1]
    values, notes = notes_of(table, "--na", "?")
    assert not np.isnan(values).any()
    assert "missing" not in notes


def test_na_of_the_target(notes_of):
    table = clean_table()
    table[TARGET][::9] = ["NA"] * 10
    values, notes = notes_of(table)
    assert len(values) == N_ROWS
    assert "NA is a class of 'out', not missing (--na)" in notes
    values, notes = notes_of(table, "--na", "NA")
    assert len(values) == N_ROWS - 10
    assert "10 rows left out because 'out' is missing" in notes
    numbers = {**clean_table(), TARGET: [i % 3 for i in range(N_ROWS)]}
    values, notes = notes_of(numbers, "--na", "2")
    assert len(values) == 60
    assert "30 rows left out because 'out' is missing" in notes


def test_drop_and_keep(notes_of):
    table = changed(key=[f"k{i}" for i in range(N_ROWS)], row=range(N_ROWS))
    values, notes = notes_of(table)
    assert values.shape[1] == 3
    assert "left out, another text in every row (--keep): 'key'" in notes
    assert "left out, numbers of the rows (--keep): 'row'" in notes
    values, notes = notes_of(table, "--keep", "key", "--keep", "row")
    assert values.shape[1] == 5
    assert "left out" not in notes
    values, notes = notes_of(table, "--drop", "key", "--drop", "row", "--drop", "b")
    assert values.shape[1] == 2
    assert "left out" not in notes


def test_a_first_column_without_a_name_can_be_kept(notes_of):
    table = {"": [i % 7 for i in range(N_ROWS)], **clean_table()}
    assert notes_of(table)[0].shape[1] == 3
    assert notes_of(table, "--keep", "Unnamed: 0")[0].shape[1] == 4


def test_sheet(notes_of):
    pytest.importorskip("openpyxl")
    stream = io.BytesIO()
    with pandas.ExcelWriter(stream) as writer:
        pandas.DataFrame({"a": [1]}).to_excel(writer, sheet_name="first", index=False)
        frame = pandas.DataFrame(clean_table())
        frame.to_excel(writer, sheet_name="second", index=False)
    values, _ = notes_of(stream.getvalue(), "--sheet", "second")
    np.testing.assert_array_equal(values[:, 0], clean_table()["a"])


def test_standard_input(monkeypatch, capsys):
    class Stream:
        buffer = io.BytesIO(csv_text(clean_table()).encode())

    monkeypatch.setattr(sys, "stdin", Stream)
    options = ["--target", TARGET, "--cv", "2", "--repeats", "1"]
    assert main(["compare", "-", *options]) == 0
    shown = capsys.readouterr().out
    assert "standard input: classification, 90 rows, 3 columns" in shown


NAMED = [(option, "citty") for option in ("--drop", "--keep", "--groups", "--time")]
REFUSED = {
    **{
        f"unknown {option}": (
            [option, name],
            f"has no column 'citty' for {option}; it has a, b, city, out. "
            "Did you mean 'city'?",
        )
        for option, name in NAMED
    },
    "unknown target": (["--target", "uot"], "no column 'uot'; it has a, b, city, out."),
    "drop and keep": (
        ["--drop", "b", "--keep", "b"],
        "--drop and --keep both name the column 'b'; leave out one of them",
    ),
    "drop the target": (["--drop", TARGET], "--target and --drop both name the column"),
    "groups of the target": (["--groups", TARGET], "--target and --groups both name"),
    "groups and time": (
        ["--groups", "b", "--time", "a"],
        "cannot be combined",
    ),
    "time of texts": (["--time", "city"], "time must be a column of numbers or dates"),
    "decimal": (["--decimal", ";"], "argument --decimal: invalid choice: ';'"),
    "thousands": (["--thousands", "_"], "argument --thousands: invalid choice: '_'"),
    "both marks": (["--decimal", ",", "--thousands", ","], "thousands are both ','"),
    "sheet": (["--sheet", "one"], "--sheet is for Excel files; table.csv is text"),
    "few groups": (["--groups", "city"], "there are 3 groups, fewer than 5 folds; use"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_option_ends_before_any_fit(case, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(cross_validation, "fit_and_score", None)
    path = tmp_path / "table.csv"
    path.write_text(csv_text(clean_table()))
    options, message = REFUSED[case]
    assert main(["compare", str(path), "--target", TARGET, *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [["--drop", "x"], ["--time", "x"], ["--sep", ";"], ["--encoding", "utf-8"]]
    + [["--decimal", ","], ["--sheet", "x"], ["--na", "x"]],
    ids=str,
)
def test_options_of_files_are_refused_for_bundled_data(options, capsys):
    assert main(["compare", "iris", *options]) == 2
    assert "iris is no file; leave out the option" in capsys.readouterr().err


@pytest.mark.parametrize("data", ["iris", "diabetes"])
def test_bundled_data_import_no_libraries_of_tables(data):
    import subprocess

    code = (
        "import sys; from skmlp.__main__ import main; "
        f"assert main(['compare', '{data}', '--cv', '2', '--repeats', '1']) == 0; "
        "assert not {'skrub', 'openpyxl'} & set(sys.modules)"
    )
    finished = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True
    )
    assert finished.returncode == 0, finished.stderr

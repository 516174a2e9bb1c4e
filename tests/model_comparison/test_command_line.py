"""The command line: what it prints, where, and with which exit status."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import COMMAND, QUICK, on_a_terminal, run

import skmlp
from skmlp.__main__ import main


@pytest.fixture
def write(tmp_path):
    """Return a function that writes bytes or text into a file and returns its path."""

    def write_file(content, name="data.csv"):
        path = tmp_path / name
        raw = content.encode() if isinstance(content, str) else content
        path.write_bytes(raw)
        return str(path)

    return write_file


def table(n=40, labels="ab", delimiter=",", header="size,colour,group"):
    """Return the text of a small CSV file with mixed columns."""
    rows = [
        delimiter.join(
            [f"{(i * 7) % 11}.5", "red" if i % 3 else "", labels[i % len(labels)]]
        )
        for i in range(n)
    ]
    return "\n".join([header.replace(",", delimiter), *rows]) + "\n"


def test_compare_prints_one_table_into_a_pipe():
    finished = run("compare", "iris", *QUICK)
    assert finished.returncode == 0
    assert finished.stderr == ""
    assert "\x1b" not in finished.stdout
    for word in ("Perceptron", "LDA", "logistic regression", "MLP", "accuracy",
                 "baseline", "log loss", "ROC AUC", "Brier score", "calibration",
                 "fit time", "Nadeau and Bengio 2003"):  # fmt: skip
        assert word in finished.stdout


def test_the_version_and_the_help():
    finished = run("--version")
    assert finished.stdout == f"skmlp {skmlp.__version__}\n"
    finished = run("--help")
    assert finished.returncode == 0
    assert "compare" in finished.stdout


def test_help_and_version_do_not_import_scikit_learn():
    code = (
        "import sys; from skmlp.__main__ import main; "
        "assert main(['compare', '--help']) == 0; assert 'sklearn' not in sys.modules"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True)
    assert finished.returncode == 0, finished.stderr


def test_a_regression_is_recognised(capsys):
    assert main(["compare", "diabetes", *QUICK]) == 0
    printed = capsys.readouterr().out
    assert "diabetes: regression, 442 rows, 10 columns; 2 folds" in printed
    for word in ("R²", "MAE", "RMSE", "ridge", "MLP"):
        assert word in printed


def test_counterparts_stand_beside_ours(capsys):
    assert main(["compare", "iris", *QUICK, "--against", "sklearn"]) == 0
    printed = capsys.readouterr().out
    assert printed.count("\n  sklearn") == 4
    assert "ratio: scikit-learn's fit time over that of skmlp" in printed


def test_json_and_plot_are_written(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    json_file, plot_file = tmp_path / "scores.json", tmp_path / "scores.png"
    options = ["--json", str(json_file), "--plot", str(plot_file)]
    assert main(["compare", "wine", *QUICK, *options]) == 0
    content = json.loads(json_file.read_text(encoding="utf-8"))
    assert content["data"]["name"] == "wine"
    assert content["verdict"].split()[0] in capsys.readouterr().out
    assert plot_file.read_bytes().startswith(b"\x89PNG")


def test_the_seed_decides_the_scores(tmp_path, capsys):
    scores = []
    for seed in "112":
        file = tmp_path / "scores.json"
        main(["compare", "iris", *QUICK, "--seed", seed, "--json", str(file)])
        scores.append(json.loads(file.read_text())["scores"]["MLP"]["log_loss"])
    assert scores[0] == scores[1]
    assert scores[0] != scores[2]


# Files


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\N{BYTE ORDER MARK}"], ids=["plain", "marked"])
def test_the_delimiter_is_found_out(write, delimiter, mark):
    from skmlp.model_comparison.datasets import load

    dataset = load(write(mark + table(delimiter=delimiter)), "group")
    assert dataset.X.columns.tolist() == ["size", "colour"]
    # Between semicolons, numbers stay texts: a dot may divide thousands.
    assert dataset.X["size"].astype(float).tolist()[:3] == [0.5, 7.5, 3.5]
    assert dataset.X["colour"].isna().sum() == 14


def test_decimal_commas_are_read_between_semicolons(write):
    from skmlp.model_comparison.columns import read_columns
    from skmlp.model_comparison.datasets import load

    dataset = load(write("a;b;target\n1,5;2;x\n2,25;3;y\n"))
    features = read_columns(dataset.X)
    assert features.values.tolist() == [[1.5, 2], [2.25, 3]]
    assert features.notes == ("read as numbers with a decimal comma (--decimal): 'a'",)


def test_a_file_of_mixed_columns_just_works(write, capsys):
    assert main(["compare", write(table()), "--target", "group", *QUICK]) == 0
    assert "data: classification, 40 rows, 2 columns" in capsys.readouterr().out


def test_a_parquet_file_is_known_by_its_content(tmp_path, capsys, rng):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"a": rng.normal(size=40), "y": rng.normal(size=40)})
    frame.to_parquet(tmp_path / "numbers")
    assert main(["compare", str(tmp_path / "numbers"), *QUICK]) == 0
    printed = capsys.readouterr().out
    assert "numbers: regression" in printed
    assert "predicting 'y'; --target chooses another column" in printed


def test_row_numbers_without_a_name_are_left_out(write):
    from skmlp.model_comparison.datasets import load

    dataset = load(write(",a,target\n0,5,x\n1,6,y\n"))
    assert dataset.X.columns.tolist() == ["a"]
    assert "the first column, which has no name" in dataset.notes[0]


RARE = table().replace("b\n", "a\n").replace("a\n", "rare\n", 1)

REFUSED = {
    "misspelt data set": ("irsi", [], "the path of a file. Did you mean 'iris'?"),
    "unknown data set": ("zoo", [], "no data set 'zoo'; use one of 'iris', 'wine', 'b"),
    "no such file": ("./no/such.csv", [], "there is no file ./no/such.csv"),
    "target of a bundled set": ("iris", ["--target", "x"], "has a target of its own"),
    "folds beyond members": ("iris", ["--cv", "51"], "use at most 50 folds (--cv 50)"),
    "one fold": ("iris", ["--cv", "1"], "--cv: 1 is out of range: 2 or more"),
    "no repeats": ("iris", ["--repeats", "0"], "--repeats: 0 is out of range"),
    "seed in words": ("iris", ["--seed", "one"], "'one' is not a whole number"),
    "plot without suffix": ("iris", ["--plot", "plot"], "use .png, .pdf or .svg"),
    "plot nowhere": ("iris", ["--plot", "no/p.png"], "no directory no for --plot"),
    "unknown option": ("iris", ["--folds", "3"], "--folds 3; see skmlp compare --help"),
    "short option": ("iris", ["--jso", "x"], "--jso x; see skmlp compare --help"),
}
REFUSED_FILES = {
    "empty": ("", "is empty; it needs a header and rows"),
    "blank": ("\n \n", "is empty; it needs a header and rows"),
    "header only": ("a,group\n", "has no rows"),
    "rubbish": (bytes(range(256)) * 9, "neither text nor Parquet"),
    "ragged": ("a,group\n1,2\n1,2,3,4\n", "cannot be read as CSV"),
    "false Parquet": (b"PAR1" + b"x" * 99, "cannot be read as Parquet"),
    "only a target": ("group\na\nb\n", "add columns to predict from"),
    "misspelt target": (
        table(header="a,b,grop"),
        "it has a, b, grop. Did you mean 'grop'?",
    ),
    "no target": (
        table(labels=["", ""]),
        "the target 'group' has no value; choose another",
    ),
    "constant target": (
        table(labels="a"),
        "constant: every row is 'a'; choose another",
    ),
    "a class in one row": (RARE, "only the class 'a' has two rows or more; add rows"),
    "no column with values": (
        "a,b,group\n" + ",,x\n,,y\n" * 9,
        "(left out, without any value: 'a', 'b'); add one beside the target",
    ),
}


def assert_refused(arguments, message, capsys):
    assert main(["compare", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_takes_one_line_and_status_2(case, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data, options, message = REFUSED[case]
    assert_refused([data, *options], message, capsys)


@pytest.mark.parametrize("case", REFUSED_FILES)
def test_a_file_that_is_no_use_takes_one_line_and_status_2(case, write, capsys):
    content, message = REFUSED_FILES[case]
    assert_refused([write(content), "--target", "group"], message, capsys)


def test_a_directory_is_no_file(tmp_path, capsys):
    assert_refused([str(tmp_path)], "is a directory; name a file in it", capsys)


def test_only_a_file_with_a_similar_stem_is_suggested(write, capsys):
    folder = Path(write(table())).parent
    message = "there is no file dta.csvv; check the path. Did you mean 'data.csv'?"
    assert_refused([f"{folder}/dta.csvv"], message.partition("dta")[2], capsys)
    assert_refused([f"{folder}/other.csv"], "check the path.\n", capsys)


def test_without_a_target_the_columns_are_named(write, capsys):
    message = (
        "say which column of data.csv to predict, with --target COLUMN; it has size"
    )
    assert_refused([write(table())], message, capsys)


def test_no_command_is_one_line_too(capsys):
    assert main([]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("package", "arguments"),
    [("pandas", ["FILE"]), ("matplotlib", ["iris", "--plot", "x.png"])],
)
def test_a_missing_package_is_one_line_with_the_extra(
    package, arguments, write, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, package, None)
    arguments = [write(table()) if each == "FILE" else each for each in arguments]
    assert_refused(arguments, f"needs {package}, which is not installed: pip", capsys)


def test_what_a_terminal_cannot_show_is_written_in_plain_letters():
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    finished = run("compare", "iris", *QUICK, env=environment)
    assert finished.returncode == 0, finished.stderr
    assert "+-" in finished.stdout
    assert "?" not in finished.stdout


# Pipes, terminals, Ctrl-C


def test_a_reader_that_leaves_early_causes_no_traceback(tmp_path):
    file = tmp_path / "scores.json"
    process = subprocess.Popen(
        [*COMMAND, "compare", "iris", *QUICK, "--json", str(file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 141
    assert errors == ""
    assert json.loads(file.read_text())["data"]["name"] == "iris"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_shows_progress_and_marks_the_best():
    pytest.importorskip("rich")
    shown, status = on_a_terminal(["compare", "iris", *QUICK])
    assert status == 0
    assert "10/10" in shown
    assert "fits" in shown
    assert "\x1b[1;32m" in shown
    assert "LDA" in shown


# The command line, which sends itself a signal at the beginning of a fit.
SENDS_A_SIGNAL = """
import os, sys
from skmlp.__main__ import main
from skmlp.model_comparison import cross_validation

number, fit = map(int, sys.argv[1:])
n_fits = 0

def fit_and_score(*arguments, fit_and_score=cross_validation.fit_and_score):
    global n_fits
    n_fits += 1
    if n_fits == fit:
        os.kill(os.getpid(), number)
    return fit_and_score(*arguments)

cross_validation.fit_and_score = fit_and_score
sys.exit(main(["compare", "iris", "--repeats", "1000"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize(
    ("number", "fit", "status", "heading", "last_words"),
    [
        (signal.SIGINT, 2, 130, "", "interrupted\n"),
        (signal.SIGINT, 3, 130, "; 1 of 5,000 folds\n", "were fitted on one fold\n"),
        (signal.SIGINT, 12, 130, "; 2 of 5,000 folds\n", "holds 2 of 5,000 folds\n"),
        (signal.SIGTERM, 12, -signal.SIGTERM, "", ""),
    ],
)
def test_a_signal_ends_the_fits_without_a_traceback(
    number, fit, status, heading, last_words
):
    finished = subprocess.run(
        [sys.executable, "-P", "-c", SENDS_A_SIGNAL, str(int(number)), str(fit)],
        capture_output=True,
        text=True,
    )
    assert finished.returncode == status
    assert heading in finished.stdout
    assert bool(finished.stdout) == bool(heading)
    assert last_words in finished.stderr
    assert finished.stderr.count("\n") == bool(last_words)


def test_an_interrupt_amid_imports_is_no_traceback_either(monkeypatch, capsys):
    def interrupt(arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("skmlp.__main__._compare", interrupt)
    assert main(["compare", "iris"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_scores_of_a_file_equal_those_of_its_array(write, tmp_path, capsys):
    from sklearn.datasets import load_iris

    from skmlp.model_comparison import compare

    X, y = load_iris(return_X_y=True)
    lines = [",".join(map(repr, row.tolist())) for row in np.column_stack([X, y])]
    file = tmp_path / "scores.json"
    data = write("\n".join(["a,b,c,d,class", *lines]))
    assert main(["compare", data, *QUICK, "--json", str(file)]) == 0
    from_file = json.loads(file.read_text())["scores"]["LDA"]["log_loss"]["mean"]
    comparison = compare(X, y, ["LDA"], cv=2, repeats=1)
    assert comparison.summary()["LDA"]["log_loss"].mean == pytest.approx(from_file)

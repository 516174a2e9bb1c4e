"""Output files: tried before the fits, written in one step, and never lost."""

import argparse
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from invented_comparisons import invented

from skmlp.__main__ import main
from skmlp.model_comparison import output_files
from skmlp.model_comparison.output_files import OutputFile, write_files

COMMAND = [sys.executable, "-P", "-m", "skmlp", "compare"]
QUICK = ["--cv", "2", "--repeats", "1", "--estimators", "LDA"]
on_posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")
not_as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all files"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return a new folder, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def no_fits(monkeypatch):
    """Make every fit of a comparison an error."""

    def fail(*arguments, **options):
        raise AssertionError("a fit was begun")

    monkeypatch.setattr("skmlp.model_comparison.compare", fail)
    monkeypatch.setattr("skmlp.model_comparison.compare_estimators.compare", fail)


def data_file(folder):
    """Write a small CSV file; return its name."""
    lines = [f"{i % 7},{'ab'[i % 2]}" for i in range(20)]
    (folder / "data.csv").write_text("\n".join(["size,target", *lines]))
    return "data.csv"


def state_of(folder):
    """Return {name: (content, time of the last change)} of all files in a folder."""
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in folder.iterdir()
        if path.is_file()
    }


REFUSED = {
    "a directory": (["--json", "."], "--json . is a directory; name a file in it"),
    "no directory": (["--snippet", "no/x.py"], "no directory no for --snippet"),
    "a file as folder": (["--json", "data.csv/x"], "no directory data.csv for --json"),
    "a long name": (["--json", "x" * 300], "cannot be written (File name too long)"),
    "one file twice": (["--json", "x.png", "--plot", "./x.png"], "name two files"),
    "an old file twice": (["--json", "old", "--snippet", "link"], "name two files"),
    "the data": (["--json", "data.csv"], "is the file of the data; name another"),
    "the data by a link": (["--json", "to_data"], "is the file of the data"),
    "no suffix": (["--plot", "plot"], "use .png, .pdf or .svg"),
    "unknown suffix": (["--plot", "plot.xyz"], "use .png, .pdf or .svg"),
    "a good one and a bad one": (["--json", "new", "--snippet", "."], "is a directory"),
    "a circle of links": (["--json", "circle"], "cannot be written"),
}


@on_posix
@pytest.mark.parametrize("case", REFUSED)
def test_a_path_is_refused_before_any_fit(case, folder, no_fits, capsys):
    if case in ("one file twice", "no suffix", "unknown suffix"):
        pytest.importorskip("matplotlib")
    options, message = REFUSED[case]
    data = data_file(folder)
    (folder / "old").write_text("old")
    (folder / "link").symlink_to("old")
    os.link(folder / data, folder / "to_data")
    (folder / "circle").symlink_to("circle")
    before = state_of(folder)
    assert main(["compare", data, *QUICK, *options]) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert (out, err.count("\n")) == ("", 1)
    assert state_of(folder) == before


@on_posix
@not_as_root
@pytest.mark.parametrize("where", ["folder", "file"])
def test_what_may_not_be_written_is_refused(where, folder, no_fits, capsys):
    (folder / "shut").mkdir()
    path = folder / "shut" / "old"
    path.write_text("old")
    if where == "file":
        path.chmod(0o444)
    else:
        path.unlink()
        path.parent.chmod(0o555)
    assert main(["compare", "iris", "--json", "shut/old"]) == 2
    assert "cannot be written (Permission denied)" in capsys.readouterr().err


@on_posix
def test_the_data_on_standard_input_are_not_overwritten(folder):
    data = data_file(folder)
    with open(data) as stream:
        finished = subprocess.run(
            [*COMMAND, "-", "--json", data],
            stdin=stream,
            capture_output=True,
            text=True,
        )
    assert finished.returncode == 2
    assert "is the file of the data" in finished.stderr
    assert (folder / data).read_text().startswith("size")


def test_a_run_that_fails_leaves_no_empty_file(folder, capsys):
    (folder / "old.json").write_text("old")
    before = state_of(folder)
    options = ["--json", "old.json", "--snippet", "new.py", "--cv", "51"]
    assert main(["compare", "iris", *options]) == 2
    assert "50 folds" in capsys.readouterr().err
    assert state_of(folder) == before


def test_a_missing_matplotlib_is_told_before_the_fits(
    folder, no_fits, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["compare", "iris", "--plot", "x.png"]) == 2
    assert "pip install" in capsys.readouterr().err
    assert state_of(folder) == {}


@on_posix
def test_files_are_replaced_with_their_permissions_and_links(folder):
    (folder / "old").write_text("old")
    (folder / "old").chmod(0o640)
    (folder / "link").symlink_to("old")
    OutputFile("json", Path("link")).write(b"new")
    assert (folder / "link").is_symlink()
    assert (folder / "old").read_text() == "new"
    assert stat.S_IMODE((folder / "old").stat().st_mode) == 0o640
    OutputFile("json", Path("fresh")).write(b"new")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((folder / "fresh").stat().st_mode) == 0o666 & ~umask
    assert sorted(path.name for path in folder.iterdir()) == ["fresh", "link", "old"]


@pytest.mark.parametrize("at", ["open", "replace"])
@pytest.mark.parametrize(
    ("number", "content"), [(1, "new"), (13, "new"), (28, "old")], ids=str
)
def test_a_folder_that_takes_no_new_files(folder, monkeypatch, at, number, content):
    """EPERM (1) and EACCES (13) write in place; a full disk (28) keeps the old file."""
    path = folder / "old"
    path.write_text("old")

    def refuse(*arguments, **options):
        raise OSError(number, os.strerror(number))

    if at == "replace":
        monkeypatch.setattr(os, "replace", refuse)
    else:
        monkeypatch.setattr(output_files, "open", refuse, raising=False)
    file = OutputFile("json", path)
    if content == "new":
        file.write(b"new")
    else:
        with pytest.raises(OSError, match=os.strerror(number)):
            file.write(b"new")
    assert path.read_text() == content
    assert [each.name for each in folder.iterdir()] == ["old"]


@on_posix
def test_a_named_pipe_is_written_and_is_not_opened_before(folder, capsys):
    os.mkfifo(folder / "pipe")
    received = []

    def read():
        received.append((folder / "pipe").read_text())

    # Nobody reads yet: opening the pipe to try it would wait for ever.
    OutputFile("json", Path("pipe")).try_to_write()
    reader = threading.Thread(target=read)
    reader.start()
    assert main(["compare", "iris", *QUICK, "--json", "pipe"]) == 0
    reader.join()
    assert json.loads(received[0])["data"]["name"] == "iris"
    assert stat.S_ISFIFO((folder / "pipe").stat().st_mode)


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="needs /dev/stdout")
@pytest.mark.parametrize("is_file", [False, True])
def test_standard_output_is_a_file_too(folder, is_file):
    with open("out", "w") as out:
        finished = subprocess.run(
            [*COMMAND, "iris", *QUICK, "--json", "/dev/stdout"],
            stdout=out if is_file else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (finished.returncode, finished.stderr) == (0, "")
    text = Path("out").read_text() if is_file else finished.stdout
    content, end = json.JSONDecoder().raw_decode(text)
    assert content["data"]["name"] == "iris"
    assert text[end:].startswith("\niris: classification")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_what_cannot_be_written_is_kept_and_the_rest_is_written(folder, monkeypatch):
    (folder / "tmp").mkdir()
    finished = subprocess.run(
        [*COMMAND, "iris", *QUICK, "--json", "/dev/full", "--snippet", "models.py"],
        capture_output=True,
        text=True,
        env=os.environ | {"TMPDIR": str(folder / "tmp")},
    )
    assert finished.returncode == 2
    assert finished.stdout.startswith("iris: classification")
    assert "model.fit(X, y)" in Path("models.py").read_text()
    (kept,) = (folder / "tmp").iterdir()
    assert json.loads(kept.read_text())["data"]["name"] == "iris"
    assert finished.stderr == (
        "skmlp: error: --json /dev/full could not be written (No space left on device)"
        f"; its content is in {kept}\n"
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_report_that_cannot_be_printed_is_kept(folder):
    (folder / "tmp").mkdir()
    with open("/dev/full", "w") as full:
        finished = subprocess.run(
            [*COMMAND, "iris", *QUICK, "--json", "scores.json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(folder / "tmp")},
        )
    assert finished.returncode == 2
    assert json.loads(Path("scores.json").read_text())["data"]["name"] == "iris"
    (kept,) = (folder / "tmp").iterdir()
    assert kept.read_text(encoding="utf-8").startswith("iris: classification")
    assert finished.stderr == (
        "skmlp: error: the report could not be printed (No space left on device); it "
        f"is in {kept}\n"
    )


COMPARISON = invented(
    {name: {"log_loss": loss, "accuracy": 0.9} for name, loss in (("A", 0.1), ("B", 1))}
)


def test_without_a_temporary_folder_the_text_is_printed(folder, monkeypatch, capsys):
    def refuse(*arguments):
        raise OSError("no folder for temporary files")

    monkeypatch.setattr(OutputFile, "write", refuse)
    monkeypatch.setattr(output_files.tempfile, "mkstemp", refuse)
    messages = write_files([OutputFile("json", Path("x.json"))], COMPARISON)
    assert messages[0].endswith("; its content is on standard output")
    assert json.loads(capsys.readouterr().out)["data"]["name"] == "toys"


def test_a_figure_that_cannot_be_drawn_leaves_the_other_files(folder, monkeypatch):
    def refuse(comparison):
        raise RuntimeError("no ink")

    monkeypatch.setattr("skmlp.model_comparison.display.draw_comparison", refuse)
    files = [OutputFile("plot", Path("x.png")), OutputFile("json", Path("x.json"))]
    assert write_files(files, COMPARISON) == [
        "--plot x.png could not be written (no ink)"
    ]
    assert json.loads(Path("x.json").read_text())["data"]["name"] == "toys"


def test_an_interrupt_while_reporting_ends_at_once(folder, monkeypatch, capsys):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(OutputFile, "write", interrupt)
    assert main(["compare", "iris", *QUICK, "--json", "x.json"]) == 130
    assert capsys.readouterr() == ("", "interrupted\n")
    assert state_of(folder) == {}


def test_arguments_without_files_have_none():
    arguments = argparse.Namespace(json=None, plot=None, snippet=None, data="iris")
    assert output_files.output_files(arguments) == []

"""Names and labels are printed as they are; control characters as visible escapes."""

import dataclasses
import io
import json
import re
import sys

import numpy as np
import pytest
from command_line import QUICK, on_a_terminal, run

from skmlp.__main__ import main
from skmlp.model_comparison import compare
from skmlp.model_comparison.terminal import print_on_terminal
from skmlp.model_comparison.visible_text import visible

# Name -> how it is printed.
NAMES = {
    "[red]x[/red]": "[red]x[/red]",
    "[/]": "[/]",
    "[link=http://a.b]": "[link=http://a.b]",
    ":smile:": ":smile:",
    r"$\frac{1$": r"$\frac{1$",
    "$x^2$": "$x^2$",
    "_hidden": "_hidden",
    "\x1b[31mred": r"\x1b[31mred",
    "two\nlines\r": r"two\nlines\r",
    "\u202eright": r"\u202eright",
    "a\u2028b": r"a\u2028b",
    "\udcff": r"\udcff",
    "bell\x07\x9b": r"bell\x07\x9b",
    "{0} %s %(x)s": "{0} %s %(x)s",
    "naïve ß 漢字": "naïve ß 漢字",
    "می\u200cخواهم": "می\u200cخواهم",
}


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=ascii)
def test_control_characters_become_visible(name, shown):
    assert visible(name) == shown
    assert visible(visible(name)) == shown


def named(name, bundled_data):
    """Return a comparison with a name as that of the data, a model, a class, a note."""
    X, y = bundled_data
    keep = y < 2
    y = np.array([name, "other"])[np.where(keep, y, 0)]
    comparison = compare(
        X,
        y,
        _models(name),
        cv=2,
        repeats=1,
        name=name,
        scoring="average_precision",
    )
    return dataclasses.replace(comparison, notes=(*comparison.notes, f"see '{name}'"))


def _models(name):
    """Return two models, of which one has the name."""
    from sklearn.naive_bayes import GaussianNB

    import skmlp

    return {name: skmlp.LinearDiscriminantAnalysis(), "B": GaussianNB()}


def words(text):
    """Return a text without escapes of colours, line breaks and runs of blanks."""
    return " ".join(re.sub(r"\x1b\[[\d;]*m", "", text).split())


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=ascii)
def test_a_report_shows_names_as_they_are(bundled, name, shown):
    comparison = named(name, bundled("iris"))
    rich = pytest.importorskip("rich.console")
    console = rich.Console(
        file=io.StringIO(), force_terminal=True, width=200, emoji=True, markup=True
    )
    print_on_terminal(comparison, console, verbose=True)
    on_terminal = console.file.getvalue()
    report = comparison.report(width=200, verbose=True)
    for text in (words(report), words(on_terminal)):
        assert text.startswith(f"{shown}: classification")
        assert f"Note: see '{shown}'." in text
        assert re.search(rf" {re.escape(shown)} \d\.\d", text)  # a row of the table
        assert f"{shown} − B" in text or f"B − {shown}" in text
        assert f" of class {shown}" in text or "of class other" in text
        assert visible(text) == text
    # rich writes no escapes but those of its own styles.
    assert set(re.findall(r"\x1b\[([^m]*)m", on_terminal)) <= {
        *("0", "1", "2", "33", "1;32", "3", "2;33"),
    }
    assert f" on {shown}: " in comparison.verdict()


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_json_holds_the_names_themselves(bundled, name):
    text = named(name, bundled("iris")).to_json()
    assert text.encode("utf-8")
    content = json.loads(text)
    assert content["data"]["name"] == name
    assert name in content["scores"]
    assert content["notes"][-1] == f"see '{name}'"


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=ascii)
def test_a_figure_shows_names_as_they_are(bundled, name, shown):
    pytest.importorskip("matplotlib")
    from matplotlib.text import Text

    figure = named(name, bundled("iris")).plot(io.BytesIO())
    texts = figure.findobj(Text)
    assert not any(text.get_parse_math() for text in texts if "$" in text.get_text())
    found = [text.get_text() for text in texts]
    assert found.count(shown) >= 2  # title, and the axis of the models
    (legend,) = (text for text in found if text.startswith(f"{shown} (0."))
    assert legend.endswith(")")


def test_names_that_look_alike_are_numbered(bundled):
    X, y = bundled("iris")
    a, b = _models("a\n").values()
    report = compare(X, y, {"a\n": a, r"a\n": b}, cv=2, repeats=1).report()
    assert re.findall(r"^a\\n(?: 2)?(?=  )", report, re.MULTILINE)
    assert "a\\n 2" in report


MARKUP = "[red]x[/] :smile: $\\frac{1$ \x1b[31m"
SHOWN = MARKUP.replace("\x1b", r"\x1b")


@pytest.fixture
def marked_up_file(tmp_path):
    """Return the path of a file whose name, columns, groups and classes are markup."""
    lines = [f'"{MARKUP} x","{MARKUP} g","{MARKUP} y"']
    lines += [f'{i % 7},"{MARKUP} {i % 6}","{MARKUP} {i // 6 % 2}"' for i in range(48)]
    path = tmp_path / "[red]x :smile:.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def options_of(path):
    """Return the arguments that compare models on the file of markup."""
    columns = ["--target", f"{MARKUP} y", "--groups", f"{MARKUP} g"]
    return ["compare", path, *columns, *QUICK, "-v"]


def test_a_pipe_shows_markup_as_it_is(marked_up_file):
    finished = run(*options_of(marked_up_file))
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.startswith("[red]x :smile:: classification")
    assert SHOWN in words(finished.stdout)
    assert "\x1b" not in finished.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_terminal_shows_markup_as_it_is(marked_up_file):
    pytest.importorskip("rich")
    shown, status = on_a_terminal(options_of(marked_up_file), columns=200)
    assert status == 0
    assert "[red]x :smile:: classification" in shown
    assert SHOWN in words(shown)
    assert "\x1b[31m" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "./no\x1b[31m\nfile.csv"], r"no file ./no\x1b[31m file.csv"),
        (["compare", "iris", "--cv", "\x1b[31m"], r"\x1b[31m"),
        (["compare", "iris", "--\x1b[31m\n"], r"--\x1b[31m\n"),
        (["compare", "FILE", "--target", "\x1b[31m[/]"], r"no column '\x1b[31m[/]'"),
    ],
)
def test_errors_show_names_as_they_are(arguments, message, marked_up_file, capsys):
    arguments = [marked_up_file if each == "FILE" else each for each in arguments]
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "\x1b" not in err
    assert err.count("\n") == 1


def test_the_progress_line_without_rich_shows_names_and_the_time_left(monkeypatch):
    from skmlp.model_comparison.running_time import RunningTime
    from skmlp.model_comparison.terminal import FitProgress

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setitem(sys.modules, "rich.console", None)
    monkeypatch.setattr(sys, "stderr", Terminal())
    running = RunningTime()
    running.plan(["\x1b[31m", "B", "B"])
    with FitProgress(running) as on_fit:
        running.record("\x1b[31m", 2.0)
        on_fit(1, 3, "\x1b[31m")
        running.record("B", 61.0)
        on_fit(2, 3, "B")
    hint, *shown = sys.stderr.getvalue().split("\r")
    assert "without rich" in hint
    assert [each.rstrip() for each in shown] == [
        r"1/3 fits, time left unknown: \x1b[31m",
        "2/3 fits, 0:01:01 left: B",
        "",
        "",
    ]
    # What is left of a longer line is overwritten.
    assert len(shown[1]) == len(shown[0])


def test_the_progress_bar_of_rich_shows_names_as_they_are(monkeypatch):
    rich = pytest.importorskip("rich.console")
    from skmlp.model_comparison import terminal
    from skmlp.model_comparison.running_time import RunningTime

    console = rich.Console(file=io.StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr(terminal, "rich_console", lambda stream: console)
    monkeypatch.setattr(sys, "stderr", console.file)
    monkeypatch.setattr(console.file, "isatty", lambda: True, raising=False)
    running = RunningTime(3600, clock=lambda: 0.0)
    running.plan(["[/]:smile:", "B"])
    with terminal.FitProgress(running) as on_fit:
        running.record("[/]:smile:", 2.0)
        on_fit(1, 2, "[/]:smile:")
    shown = words(console.file.getvalue())
    assert "[/]:smile:" in shown
    assert "1/2 fits 1:00:00 left" in shown

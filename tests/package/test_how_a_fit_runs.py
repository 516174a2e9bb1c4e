"""docs/how_a_fit_runs.md is correct: fits run the files and functions that it names.

On that page, `file.py`: `name` is a function or a class of skmlp, and a numbered line
is a step of a fit with default parameters.
"""

import ast
import re
import warnings
from functools import cache
from pathlib import Path

import pytest
from files_of_a_call import ROOT, first_calls

import skmlp
from skmlp import _kernels

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "how_a_fit_runs.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S))

# Section -> (estimator, parameters that make fits reproducible, sections to which it
# refers for common steps).
FITS = {
    "Perceptron": ("Perceptron", {}, ()),
    "LinearDiscriminantAnalysis": ("LinearDiscriminantAnalysis", {}, ()),
    "LogisticRegression": ("LogisticRegression", {}, ()),
    "LogisticRegression by L-BFGS": ("LogisticRegression", {}, ("LogisticRegression",)),
    "LogisticRegression by mini-batches": (
        "LogisticRegression",
        {"solver": "adam", "random_state": 0},
        ("LogisticRegression", "LogisticRegression by L-BFGS", "MLPClassifier"),
    ),
    "MLPClassifier": ("MLPClassifier", {"random_state": 0}, ()),
    "MLPRegressor": ("MLPRegressor", {"random_state": 0}, ("MLPClassifier",)),
}

# Section -> bundled data, if they are not iris.
DATA = {"LogisticRegression by L-BFGS": "digits"}

FILE = r"`([\w/]+\.py)`"
NAME = r"`(?![\w.]+\.py`)([A-Za-z_][\w.]*)`"
STEP = re.compile(rf"{FILE}:\s+({NAME}(?:,\s+{NAME})*)")

needs_compiled = pytest.mark.skipif(
    _kernels.NAME != "compiled",
    reason="the page tells how a fit runs with the compiled kernels",
)


def named(text):
    """Return (file, name) of all functions and classes that a text names, in order."""
    return [
        (found[1], name)
        for found in STEP.finditer(text)
        for name in re.findall(NAME, found[2])
    ]


def numbered(text):
    """Return the numbered lines of a section, each with its indented lines."""
    return re.findall(r"^\d+\. .*\n(?: +.*\n)*", text, re.M)


@cache
def defined(file):
    """Return the qualified names of all functions and classes of a file."""

    def of(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                yield prefix + child.name
                yield from of(child, f"{prefix}{child.name}.")

    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return set(of(tree, ""))


@pytest.fixture(scope="module")
def calls_of(bundled):
    """Return a function: section -> [(file, name)] of its fit, by first call."""

    @cache
    def run(section):
        X, y = bundled(DATA.get(section, "iris"))
        name, settings, _ = FITS[section]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The first fit also runs functions that a process runs only once.
            for _ in range(2):
                estimator = getattr(skmlp, name)(**settings)
                calls = first_calls(lambda fitted=estimator: fitted.fit(X, y))
        return calls

    return run


def test_every_fit_has_a_section_of_numbered_lines():
    assert [*SECTIONS][: len(FITS)] == [*FITS]
    for section in FITS:
        numbers = re.findall(r"^(\d+)\. ", SECTIONS[section], re.M)
        assert list(map(int, numbers)) == list(range(1, len(numbers) + 1))
        assert all(named(line) for line in numbered(SECTIONS[section])), section
        assert len(numbers) == len(numbered(SECTIONS[section])) > 5


@needs_compiled
@pytest.mark.parametrize("section", FITS)
def test_every_file_of_a_fit_is_named(section, calls_of):
    sections = (section, *FITS[section][2])
    files = {file for each in sections for file in re.findall(FILE, SECTIONS[each])}
    assert {file for file, _ in calls_of(section)} <= files


def test_every_file_and_function_that_is_named_exists():
    found = re.findall(r"`([\w/]+\.(?:py|pyx|h))`", PAGE)
    if not (ROOT / "_kernels/c").is_dir():  # an installed package has no sources of C
        found = [file for file in found if file.endswith(".py")]
    folder = DOCS.parent
    missing = {f for f in found if not ((ROOT / f).is_file() or (folder / f).is_file())}
    assert missing == set()
    pairs = named(PAGE)
    assert len(pairs) > 150
    assert {pair for pair in pairs if pair[1] not in defined(pair[0])} == set()


def test_every_method_that_is_named_without_a_file_exists():
    names = {name for file in ROOT.rglob("*.py") for name in defined(file)}
    methods = {name for name in re.findall(NAME, PAGE) if "." in name}
    assert methods - names == set()


@needs_compiled
@pytest.mark.parametrize("section", FITS)
def test_the_functions_of_numbered_lines_run_in_their_order(section, calls_of):
    steps = named("".join(numbered(SECTIONS[section])))
    calls = {step: place for place, step in enumerate(calls_of(section))}
    assert [step for step in steps if step not in calls] == []
    first = {step: calls[step] for step in steps}  # a step may be named again later
    assert [*first] == sorted(first, key=first.get)

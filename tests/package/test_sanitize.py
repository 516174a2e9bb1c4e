"""The fuzz test's cases and reports, tested without a build with sanitizers."""

import importlib.util
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse

from skmlp import _kernels
from skmlp.activations import Activation
from skmlp.losses import ClassifierLoss, Loss
from skmlp.solvers import Schedule, UpdateRule

ROOT = Path(__file__).parents[2]


def load_sanitize():
    """Import tests/sanitize as the package `sanitize`: tests/ is not on the path."""
    file = ROOT / "tests" / "sanitize" / "__init__.py"
    spec = importlib.util.spec_from_file_location("sanitize", file)
    package = importlib.util.module_from_spec(spec)
    sys.modules["sanitize"] = package
    spec.loader.exec_module(package)
    names = ("arrays", "build", "cases", "reports", "run")
    return [importlib.import_module(f"sanitize.{name}") for name in names]


arrays, build, cases, reports, run = load_sanitize()
DRAWN = [cases.draw(number) for number in range(3000)]
ESTIMATOR_CASES = [case for case in DRAWN if case.subject in cases.ESTIMATORS]

ASAN = """
=================================================================
==4668==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x60c0001 at pc 0x7f
READ of size 8 at 0x60c000 thread T0
    #0 0x7f9 in sparse_forward_f64 build/sanitize/0a1b/skmlp/_kernels/c/network.h:307
    #1 0x7f8 in forward_f64 build/sanitize/0a1b/skmlp/_kernels/c/network.h:400
SUMMARY: AddressSanitizer: heap-buffer-overflow network.h:307 in sparse_forward_f64
"""
UBSAN = """
/sanitize/0a/skmlp/_kernels/c/elementary.h:33:62: runtime error: left shift of 3 by 52 \
places cannot be represented in type 'long long int'
"""
TSAN = """
==================
WARNING: ThreadSanitizer: data race (pid=5561)
  Read of size 8 at 0x7b6800000508 by thread T1:
    #0 work_on tests/sanitize/crew_driver.c:41 (crew_driver+0x1344)
"""
BLAS = " ** On entry to SGEMM  parameter number 10 had an illegal value\n"
HANG = 'Timeout (0:00:30)!\nThread 0x00007f (most recent call first):\n  File "x.py"\n'


def test_a_case_is_drawn_from_its_number_alone():
    assert [cases.draw(case.number) for case in DRAWN[:200]] == DRAWN[:200]
    assert len({str(case) for case in DRAWN}) == len(DRAWN)
    text = str(ESTIMATOR_CASES[0])
    assert ESTIMATOR_CASES[0].subject in text
    assert "layout = " in text


def drawn_settings(subject, name):
    values = (c.settings.get(name) for c in ESTIMATOR_CASES if c.subject == subject)
    return {value for value in values if isinstance(value, str)}


def test_every_name_that_the_package_takes_is_drawn():
    subjects = {case.subject for case in DRAWN}
    assert subjects == {*cases.ESTIMATORS, *(f"kernel {k}" for k in cases.KERNELS)}
    for network in cases.NETWORKS:
        assert drawn_settings(network, "activation") >= set(Activation.table)
        assert drawn_settings(network, "learning_rate") >= set(Schedule.table)
        assert drawn_settings(network, "solver") == {"lbfgs", *UpdateRule.table}
    assert drawn_settings("MLPClassifier", "loss") >= set(ClassifierLoss.table)
    assert drawn_settings("MLPRegressor", "loss") >= set(Loss.regression_table)
    solvers = {*cases.SOLVERS, *UpdateRule.table}
    assert drawn_settings("LogisticRegression", "solver") == solvers


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("layout", cases.LAYOUTS),
        ("dtype", cases.DTYPES),
        ("format", cases.FORMATS),
        ("sparse_fault", (*cases.ODD_SPARSE, *cases.BAD_SPARSE)),
        ("change", cases.CHANGES),
        ("rows", cases.ROWS),
        ("columns", cases.WIDTHS),
    ],
)
def test_every_layout_and_every_fault_is_drawn_more_than_once(name, values):
    drawn = Counter(case.data.get(name) for case in ESTIMATOR_CASES)
    assert min(drawn[value] for value in values) > 1


def test_every_exported_kernel_has_cases():
    exported = {name for name in vars(_kernels) if name.endswith(("_step", "_sums"))}
    exported |= {
        "class_moments",
        "perceptron_epochs",
        "coordinate_sweeps",
        "violations",
    }
    exported |= {"column_products", "log_loss", "train_batches", "network_scores"}
    assert exported <= set(cases.KERNELS)


@pytest.mark.parametrize("layout", cases.LAYOUTS)
def test_layouts_hold_the_numbers_that_they_were_given(layout, rng):
    X = rng.normal(size=(5, 3))
    made = arrays.laid_out(X, layout, "float64")
    few = {"no rows": X[:0], "one row": X[:1]}
    if layout.startswith("broadcast") or layout == "sliding windows":
        assert made.shape == X.shape
        assert min(made.strides) < made.itemsize * made.shape[1]
    else:
        np.testing.assert_array_equal(made, few.get(layout, X))


def matrix(kind, fault, rng):
    data = {"format": f"{kind}_matrix", "dtype": "float64", "sparse_fault": fault}
    X = np.where(rng.random((9, 6)) < 0.5, 0, rng.normal(size=(9, 6)))
    return X, arrays.sparse(X, data, rng)


@pytest.mark.parametrize("kind", ["csr", "csc"])
@pytest.mark.parametrize("fault", cases.BAD_SPARSE)
def test_malformed_matrices_are_malformed(kind, fault, rng):
    assert arrays.is_malformed(matrix(kind, fault, rng)[1])


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
@pytest.mark.parametrize("fault", [None, *cases.ODD_SPARSE])
def test_odd_matrices_are_not_malformed(kind, fault, rng):
    X, made = matrix(kind, fault, rng)
    assert not arrays.is_malformed(made)
    assert scipy.sparse.issparse(made)
    if fault in (None, "unsorted indices", "64-bit indices"):
        flipped = kind == "coo" and fault == "unsorted indices"
        assert flipped or np.array_equal(made.toarray(), X)


def harmless(case):
    odd = (case.data.get("layout", "C"), case.data.get("format"))
    return case.fault == "no fault" and odd == ("C", None)


@pytest.mark.skipif(_kernels.NAME == "reference", reason="the cases are for C")
@pytest.mark.parametrize(
    "case", [c for c in DRAWN if harmless(c)][:40], ids=lambda c: str(c.number)
)
def test_cases_without_a_fault_are_no_reports(case):
    outcome, detail = run.run(case)
    assert outcome in ("finished", "refused"), detail


@pytest.mark.parametrize(
    ("text", "kind", "headline", "place"),
    [
        (ASAN, "address", "heap-buffer-overflow", "network.h:307"),
        (UBSAN, "undefined", "left shift of 3 by 52 places", "elementary.h:33"),
        (TSAN, "thread", "data race", "crew_driver.c:41"),
        (BLAS, "blas", "On entry to SGEMM  parameter number 10", ""),
        (HANG, "hang", "Timeout (0:00:30)!", ""),
        ("Exception ignored in: <x>\n", "printed", "Exception ignored in: <x>", ""),
    ],
)
def test_reports_are_recognised(text, kind, headline, place):
    assert reports.kind_of(text) == kind
    assert reports.headline_of(text).startswith(headline)
    assert reports.place_of(text) == place


def test_no_text_is_no_report():
    assert reports.kind_of("") is None
    assert reports.kind_of("\n  \n") is None


def test_reports_of_one_cause_are_counted_together():
    report = {"kind": "exception", "headline": "index 3 of 8", "place": "a.py:1"}
    other = report | {"headline": "index 11 of 64"}
    assert reports.group_of(report) == reports.group_of(other)


def test_faults_can_be_planted_in_the_sources_as_they_are():
    for name, old, new in (*build.PATCHES, *build.WEAKENED):
        path = build.ROOT / name
        text = path.read_text()
        assert new in build.patched(text, [(old, new)], name)
        assert "SKMLP_PLANTED" not in text
    with pytest.raises(AssertionError, match="not there once"):
        build.patched("int x;", [("int y;", "")], "x.h")


def test_files_of_the_fuzz_are_no_tests_of_the_suite():
    folder = Path(build.__file__).parent
    assert not [path for path in folder.rglob("*.py") if re.match("test_", path.name)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--cases 0", "--cases=0: expected 1 or more"),
        ("--jobs 0", "--jobs=0: expected 1 or more"),
        ("--case -1", "--case=-1: expected 0 or more"),
        ("--seconds 0", "--seconds=0: expected a number above zero"),
        ("--threads-only --skip-threads", "leaves nothing to do"),
        ("--threads-only --case 3", "leaves nothing to do"),
        ("--only nosuch --cases 5", "none of the cases 0 to 4 is of such a kind"),
    ],
)
def test_options_without_a_meaning_are_refused_before_any_work(options, message):
    finished = subprocess.run(
        [sys.executable, "-m", "tests.sanitize", *options.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 2
    assert message in finished.stderr
    assert not finished.stdout

"""The C sources of the kernels: each readable alone, and in one stem per idea."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import skmlp

KERNELS = Path(skmlp.__file__).parent / "_kernels"
SOURCES = sorted([*KERNELS.glob("c/*.h"), *KERNELS.glob("c/*.c")])
needs_sources = pytest.mark.skipif(not SOURCES, reason="installed without the C")


@needs_sources
@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_source_can_be_read_alone_without_a_warning(path):
    compiler = shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("there is no C compiler")
    flags = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function"]
    done = subprocess.run(
        [compiler, *flags, "-fsyntax-only", "-xc", str(path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@needs_sources
@pytest.mark.parametrize(
    "path", sorted(KERNELS.glob("compiled/*.pyx")), ids=lambda path: path.stem
)
def test_a_module_declares_and_calls_each_function_of_its_header_once(path):
    text = path.read_text()
    declared = re.findall(r"^    \w+[*]? (skmlp_\w+)\(", text, flags=re.MULTILINE)
    for name in declared:
        assert len(re.findall(rf"\b{name}\(", text)) == 2, name
        assert not name.endswith(("_f32", "_f64")), name
    assert "_f32" not in text
    assert "_f64" not in text


@needs_sources
def test_every_stem_has_its_module_header_twin_and_test():
    stems = {path.stem for path in KERNELS.glob("compiled/*.pyx")}
    assert stems <= {path.stem for path in KERNELS.glob("c/*.h")}
    # Networks and the crew have no twin of one name: theirs is the loop of solvers/.
    twins = {path.stem for path in KERNELS.glob("reference/*.py")} | {"network"}
    assert stems <= twins | {"thread_crew"}
    files = Path(__file__).parent.glob("test_*.py")
    tests = {path.stem.removeprefix("test_") for path in files}
    assert stems <= tests | {"thread_crew"}


@needs_sources
def test_codes_and_limits_are_defined_in_c_alone():
    from skmlp import _kernels

    names = re.findall(
        r'X\(SKMLP_(?!DO_)\w+, "(\w+)"[),]',
        "".join(path.read_text() for path in SOURCES),
    )
    assert len(names) == len(set(names)) > 30
    if _kernels.NAME == "compiled":
        assert {*_kernels.ACTIVATIONS, *_kernels.LOSSES, *_kernels.UPDATE_RULES} == {
            *names
        }
    else:
        assert _kernels.ACTIVATIONS == _kernels.LOSSES == _kernels.UPDATE_RULES == ()

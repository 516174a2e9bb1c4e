"""The hook of conftest.py: a test during which BLAS prints an error fails."""

import shutil
import subprocess
import sys
from pathlib import Path


def test_what_blas_prints_fails_a_test(tmp_path):
    # Run pytest on two tests beside a copy of this suite's conftest.py.
    conftest = Path(__file__).parents[1] / "conftest.py"
    shutil.copy(conftest, tmp_path / "conftest.py")
    (tmp_path / "test_inner.py").write_text(
        "import os\n\n"
        "def test_wrong():\n"
        "    os.write(2, b' ** On entry to DGEMM  parameter number 10 had ...')\n\n"
        "def test_right():\n"
        "    os.write(2, b'something else')\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 failed, 1 passed" in run.stdout
    assert "BLAS was called wrongly" in run.stdout

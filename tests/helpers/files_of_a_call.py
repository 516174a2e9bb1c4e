"""Find the functions of skmlp that run during a call, and their files."""

import sys
from pathlib import Path

from versions import older

import skmlp
from skmlp import _kernels

__all__ = ["ROOT", "files_of", "first_calls"]

ROOT = Path(skmlp.__file__).parent
DECORATOR = ROOT / "base" / "fit_context.py"
# With an older scikit-learn this file stands in for functions of scikit-learn 1.9.
STAND_INS = {ROOT / "base" / "compat.py"} if older("scikit-learn", "1.9") else set()


def first_calls(call):
    """Return [(file, qualified name)] of the functions that run, by first call.

    Files are relative to skmlp, as text with slashes. The decorator of every fit is
    left out: it runs before the first step, and is described once for all.
    """
    found = {}

    def note(frame, event, argument):
        if event == "call":
            code = frame.f_code
            found.setdefault((code.co_filename, code.co_qualname))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(before)
    return [
        (Path(file).relative_to(ROOT).as_posix(), name)
        for file, name in found
        if Path(file).is_relative_to(ROOT) and Path(file) not in {DECORATOR, *STAND_INS}
    ]


def files_of(call):
    """Return {file: names of the functions that run in it} of a call.

    The files of the reference kernels are left out, since they replace one compiled
    file.
    """
    files = {}
    for file, name in first_calls(call):
        if _kernels.NAME != "reference" or not file.startswith("_kernels/reference/"):
            files.setdefault(file, set()).add(name)
    return {file: sorted(names) for file, names in files.items()}

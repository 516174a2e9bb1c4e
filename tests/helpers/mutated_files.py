"""Files with random damage, and what the command line says of them."""

import contextlib
import io
import traceback
from unittest import mock

import numpy as np
from clean_table import TARGET
from messy_files import MESSY_FILES

from skmlp.__main__ import main
from skmlp.model_comparison import compare_estimators
from skmlp.model_comparison.candidates import candidates

_PIECES = (b",", b";", b'"', b"\n", b"\r", b"\0", b"\xff", b"NA", b"inf", b"1e999")
_PIECES += (b"-", b"2020-13-45", "€".encode(), b"\xef\xbb\xbf", b"{", b"[", b"' ")


def mutated(seed):
    """Return the name and the bytes of a messy file after random damage."""
    rng = np.random.default_rng(seed)
    file = MESSY_FILES[rng.integers(len(MESSY_FILES))]
    raw = bytearray(file.raw())
    for _ in range(rng.integers(1, 4)):
        damage = _DAMAGES[rng.integers(len(_DAMAGES))]
        raw = bytearray(damage(raw, rng)) or bytearray(b"x")
    return file.name, bytes(raw)


def _other_bytes(raw, rng):
    """Return the bytes with some replaced by random ones, mostly letters of ASCII."""
    beyond = rng.random() < 0.2
    for place in rng.integers(len(raw), size=rng.integers(1, 20)):
        raw[place] = rng.integers(256) if beyond else rng.integers(32, 127)
    return raw


def _insertion(raw, rng):
    """Return the bytes with pieces inserted that mean something in some format."""
    for place in rng.integers(len(raw), size=rng.integers(1, 5)):
        raw[place:place] = _PIECES[rng.integers(len(_PIECES))]
    return raw


def _gap(raw, rng):
    """Return the bytes without a part of them."""
    start = rng.integers(len(raw))
    return raw[:start] + raw[start + rng.integers(1, 200) :]


def _end(raw, rng):
    """Return the beginning of the bytes."""
    return raw[: rng.integers(len(raw) // 2, len(raw) + 1)]


def _lines(raw, rng):
    """Return the bytes with their lines in another order, but for the header."""
    first, *lines = bytes(raw).split(b"\n")
    chosen = [lines[i] for i in rng.integers(len(lines), size=len(lines))]
    return b"\n".join([first, *chosen])


def _replaced(raw, rng):
    """Return the bytes with one piece in place of another everywhere."""
    old, new = (_PIECES[i] for i in rng.integers(len(_PIECES), size=2))
    return bytes(raw).replace(old, new)


_DAMAGES = (_other_bytes, _insertion, _gap, _end, _lines, _replaced)


def complaint(raw, path):
    """Return what is wrong with the answer of the command line on a file, or ''.

    It may end with status 0, or with status 2 and one line on standard error. One
    estimator is compared with itself only, as the reading is examined here.
    """
    path.write_bytes(raw)
    out, err = io.StringIO(), io.StringIO()
    few = mock.patch.object(compare_estimators, "list_candidates", _one_candidate)
    with few, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        options = ["--target", TARGET, "--cv", "2", "--repeats", "1"]
        try:
            status = main(["compare", str(path), *options])
        except BaseException:
            return traceback.format_exc()
    lines = err.getvalue().count("\n")
    if (status, lines) not in ((0, 0), (2, 1)) or "Traceback" in err.getvalue():
        return f"status {status}, {err.getvalue()}"
    return ""


def _one_candidate(estimators, *, task, **options):
    """Return the list of one candidate for a task."""
    name = "LDA" if task == "classification" else "ridge"
    return candidates([name], task=task, **options)


def complaints(seeds, path):
    """Yield the seed, name and complaint of each file that is not answered rightly."""
    for seed in seeds:
        name, raw = mutated(seed)
        text = complaint(raw, path)
        if text:
            yield seed, name, text

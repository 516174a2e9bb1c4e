"""Files with random damage, and what the command line says of them."""

import bz2
import contextlib
import gzip
import io
import lzma
import traceback
import zipfile
from unittest import mock

import numpy as np
from clean_table import TARGET
from messy_files import MESSY_FILES

from skmlp.__main__ import main
from skmlp.model_comparison import compare_estimators
from skmlp.model_comparison.candidates import candidates

_PIECES = (b",", b";", b'"', b"\n", b"\r", b"\0", b"\xff", b"NA", b"inf", b"1e999")
_PIECES += (b"-", b"2020-13-45", "€".encode(), b"\xef\xbb\xbf", b"{", b"[", b"' ")


def mutated(number, seed=0):
    """Return the name and the bytes of a messy file after random damage.

    Some files are damaged and then packed, and of archives the damage may be inside.
    """
    rng = np.random.default_rng([seed, number])
    file = MESSY_FILES[rng.integers(len(MESSY_FILES))]
    raw = bytearray(file.raw())
    if raw.startswith(b"PK") and rng.random() < 0.5:
        return f"{file.name}, inside", _damaged_archive(raw, rng)
    raw = _damaged(raw, rng)
    if rng.random() < 0.2:
        packing = list(_PACKINGS)[rng.integers(len(_PACKINGS))]
        return f"{file.name}, then {packing}", _PACKINGS[packing](raw)
    return file.name, raw


def _zipped(raw):
    """Return a ZIP archive of one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("table", raw)
    return stream.getvalue()


def _damaged_archive(raw, rng):
    """Return a ZIP archive, such as an Excel file, with one damaged member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(stream, "w") as new:
        names = old.namelist()
        chosen = names[rng.integers(len(names))]
        for name in names:
            content = old.read(name)
            changed = _damaged(bytearray(content), rng) if name == chosen else content
            new.writestr(name, changed)
    return stream.getvalue()


def _damaged(raw, rng):
    """Return bytes after one to three kinds of damage."""
    for _ in range(rng.integers(1, 4)):
        damage = _DAMAGES[rng.integers(len(_DAMAGES))]
        raw = bytearray(damage(raw, rng)) or bytearray(b"x")
    return bytes(raw)


_PACKINGS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "ZIP": _zipped,
}


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


def _again(raw, rng):
    """Return the bytes with a short part of them many times."""
    start = rng.integers(len(raw))
    part = raw[start : start + rng.integers(1, 20)]
    return raw[:start] + part * int(rng.integers(2, 2000)) + raw[start:]


_DAMAGES = (_other_bytes, _insertion, _gap, _end, _lines, _replaced, _again)


def complaint(raw, path):
    """Return what is wrong with the answer of the command line on a file, or ''."""
    outcome, text = answer(raw, path)
    return text if outcome == "finding" else ""


def answer(raw, path):
    """Return the outcome of the command line on a file, and what it says.

    The outcome is 'compared', 'refused' (in one line) or 'finding'.

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
            return "finding", traceback.format_exc()
    said = err.getvalue()
    if (status, said) == (0, ""):
        return "compared", ""
    message = said.removeprefix("skmlp: error: ").strip()
    one_line = said.count("\n") == 1 and said != message + "\n"
    if status == 2 and one_line and " " in message and "Traceback" not in said:
        return "refused", message
    return "finding", f"status {status}, {said}"


def _one_candidate(estimators, *, task, **options):
    """Return the list of one candidate for a task."""
    name = "LDA" if task == "classification" else "ridge"
    return candidates([name], task=task, **options)


def complaints(numbers, path):
    """Yield the number, name and complaint of files that are not answered rightly."""
    for number in numbers:
        name, raw = mutated(number)
        text = complaint(raw, path)
        if text:
            yield number, name, text

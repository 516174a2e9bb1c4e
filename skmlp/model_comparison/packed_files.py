"""Read the bytes of a file or of standard input, and unpack them."""

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from pathlib import Path

from skmlp.base.optional import MissingExtraError, require

__all__ = ["STANDARD_INPUT", "ZIP", "content", "first_line", "unpacked"]

STANDARD_INPUT = "-"
ZIP = b"PK\x03\x04"


def _unpack_zstandard(raw):
    """Return the content of a file that Zstandard has compressed."""
    pyarrow = require("pyarrow", "reading a Zstandard file")
    return pyarrow.CompressedInputStream(io.BytesIO(raw), "zstd").read()


_COMPRESSED = {
    b"\x1f\x8b": ("gzip", gzip.decompress),
    b"BZh": ("bzip2", bz2.decompress),
    b"\xfd7zXZ": ("xz", lzma.decompress),
    b"\x28\xb5\x2f\xfd": ("Zstandard", _unpack_zstandard),
}


def content(source):
    """Return the name and the bytes of a file or of standard input."""
    if source == STANDARD_INPUT:
        return "standard input", sys.stdin.buffer.read()
    path = Path(source)
    return path.name, path.read_bytes()


def unpacked(name, raw):
    """Return the bytes of the file inside a compressed one, and notes.

    Other bytes are returned as they are, and so is an Excel file, which is an archive.
    """
    for magic, (kind, decompress) in _COMPRESSED.items():
        if raw.startswith(magic):
            return _unpacked_by(decompress, name, raw, kind), ()
    if not raw.startswith(ZIP):
        return raw, ()
    return _unpacked_by(lambda packed: _only_member(name, packed), name, raw, "ZIP")


def _unpacked_by(decompress, name, raw, kind):
    """Return decompress(raw); raise ValueError for all that can be wrong with `raw`."""
    try:
        return decompress(raw)
    except (MissingExtraError, MemoryError, _SeveralFilesError):
        raise
    except Exception as error:  # each library has its own
        raise ValueError(
            f"{name} cannot be unpacked as {kind} ({first_line(error)}); copy it again."
        ) from error


class _SeveralFilesError(ValueError):
    """Error: an archive holds no file, or several."""


def _only_member(name, raw):
    """Return the bytes of the only file of a ZIP archive, and notes on its name."""
    archive = zipfile.ZipFile(io.BytesIO(raw))
    members = [
        each
        for each in archive.namelist()
        if not each.endswith("/") and not each.startswith("__MACOSX/")
    ]
    if "xl/workbook.xml" in members:
        return raw, ()
    if len(members) != 1:
        raise _SeveralFilesError(
            f"{name} holds {len(members)} files; unpack it, and name one of them."
        )
    return archive.read(members[0]), (f"read '{members[0]}' of the archive",)


def first_line(error: BaseException) -> str:
    """Return the first line of the message of an error, without a full stop."""
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__

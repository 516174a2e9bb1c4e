"""Read a table from a file: CSV in any usual dialect, Parquet, Feather, JSON, Excel."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import sys
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skmlp.base.optional import MissingExtraError, require
from skmlp.base.options import use_one_of
from skmlp.base.text import listed

__all__ = ["STANDARD_INPUT", "FileOptions", "Table", "read_table"]

STANDARD_INPUT = "-"

_SAMPLE_BYTES = 65536
_DELIMITERS = ",;\t|"


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
_ZIP, _PARQUET, _FEATHER, _OLD_EXCEL = (
    b"PK\x03\x04",
    b"PAR1",
    b"ARROW1",
    b"\xd0\xcf\x11",
)
_MARKS_OF_ORDER = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
# Tried in the guess of charset-normalizer, besides UTF-8: what files of tables are in.
_ENCODINGS = ("cp1252", "cp1250", "cp1251", "shift_jis", "gb18030", "big5", "euc_kr")
_WESTERN_SIGNS = "\u20ac\u00a3\u00a7\u00b0\u00ab\u00bb\u201c\u201d\u201e\u2018\u2019\u2013\u2014\u2026\u00a0"


@dataclass(frozen=True)
class FileOptions:
    """What the user says about a file; None: it is guessed."""

    sep: str | None = None
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class Table:
    """A pandas DataFrame as it was read, and notes on what was guessed.

    In a file with semicolons all columns are texts, because a dot may divide thousands.
    Only empty values are missing.
    """

    frame: Any
    notes: tuple[str, ...] = ()


def read_table(source: str, options: FileOptions | None = None) -> Table:
    """Read the table of a path, or of standard input for '-'.

    The content tells the format; the name of the file does not count.

    Raises
    ------
    ValueError
        If the content cannot be read, or an option does not suit it.
    """
    options = options or FileOptions()
    name, raw = _content(source)
    if not raw.strip():
        raise ValueError(f"{name} is empty; it needs a header and rows.")
    raw, notes = _decompressed(name, raw)
    reader = _reader_of(raw)
    if options.sheet is not None and reader is not _read_excel:
        raise ValueError(f"--sheet is for Excel files; {name} is none.")
    try:
        table = reader(name, raw, options)
    except (ValueError, ImportError, MemoryError):
        raise
    except Exception as error:
        # Errors of the readers have only the base class Exception in common.
        raise ValueError(f"{name} cannot be read ({first_line(error)}).") from error
    return Table(table.frame, (*notes, *table.notes))


def first_line(error: BaseException) -> str:
    """Return the first line of the message of an error, without a full stop."""
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__


def _content(source):
    """Return the name and the bytes of a file or of standard input."""
    if source == STANDARD_INPUT:
        return "standard input", sys.stdin.buffer.read()
    path = Path(source)
    return path.name, path.read_bytes()


def _decompressed(name, raw):
    """Return the bytes of the file inside a compressed one, and notes."""
    for magic, (kind, decompress) in _COMPRESSED.items():
        if not raw.startswith(magic):
            continue
        try:
            return bytes(decompress(raw)), ()
        except MissingExtraError:
            raise
        except Exception as error:  # each library has its own
            raise ValueError(
                f"{name} cannot be unpacked as {kind} ({first_line(error)}); copy it "
                "again."
            ) from error
    if not raw.startswith(_ZIP):
        return raw, ()
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
        members = [each for each in archive.namelist() if not each.endswith("/")]
        if "xl/workbook.xml" in members:
            return raw, ()
        if len(members) != 1:
            raise ValueError(
                f"{name} holds {len(members)} files; unpack the right one."
            )
        return archive.read(members[0]), (f"read '{members[0]}' of the archive",)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise ValueError(
            f"{name} cannot be unpacked ({first_line(error)}); copy it again."
        ) from error


def _reader_of(raw):
    """Return the function that reads files that begin with these bytes."""
    for magic, reader in (
        (_PARQUET, _read_parquet),
        (_FEATHER, _read_feather),
        (_ZIP, _read_excel),
        (_OLD_EXCEL, _read_excel),
    ):
        if raw.startswith(magic):
            return reader
    return _read_json if raw.lstrip()[:1] in (b"{", b"[") else _read_csv


def _read_parquet(name, raw, options):
    """Return the Table of a Parquet file."""
    pandas = require("pandas", "reading a Parquet file")
    require("pyarrow", "reading a Parquet file")
    try:
        return Table(pandas.read_parquet(io.BytesIO(raw)))
    except Exception as error:
        raise ValueError(
            f"{name} cannot be read as Parquet ({first_line(error)}); write it again."
        ) from error


def _read_feather(name, raw, options):
    """Return the Table of a Feather file."""
    pandas = require("pandas", "reading a Feather file")
    require("pyarrow", "reading a Feather file")
    return Table(pandas.read_feather(io.BytesIO(raw)))


def _read_excel(name, raw, options):
    """Return the Table of a sheet of an Excel file."""
    if raw.startswith(_OLD_EXCEL):
        raise ValueError(f"{name} is an old .xls file; save it as .xlsx or CSV.")
    pandas = require("pandas", "reading an Excel file")
    require("openpyxl", "reading an Excel file")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = pandas.ExcelFile(io.BytesIO(raw), engine="openpyxl")
    sheets = [str(sheet) for sheet in book.sheet_names]
    sheet = options.sheet
    if sheet is None:
        sheet = sheets[0]
    elif sheet not in sheets:
        message = f"--sheet: {name} has no sheet {sheet!r}"
        raise ValueError(use_one_of(message, sheets, got=sheet))
    frame = book.parse(sheet, keep_default_na=False, na_values=[""])
    notes = ()
    if len(sheets) > 1 and options.sheet is None:
        others = listed([f"'{each}'" for each in sheets[1:]], 3)
        notes = (f"read the sheet '{sheet}'; --sheet chooses another: {others}",)
    return Table(frame, notes)


def _read_json(name, raw, options):
    """Return the Table of JSON records, columns, or JSON lines."""
    text, notes = _text(name, raw, options)
    pandas = require("pandas", "reading a JSON file")
    has_lines = _has_json_lines(text)
    try:
        frame = pandas.read_json(
            io.StringIO(text),
            lines=has_lines,
            convert_dates=False,
            convert_axes=False,
            precise_float=True,
        )
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{name} cannot be read as JSON ({first_line(error)}); it needs a list of "
            "records, or one record a line."
        ) from error
    form = "JSON lines" if has_lines else "JSON"
    return Table(frame, (*notes, f"read as {form}"))


def _has_json_lines(text):
    """Return True if the first line of a text is a JSON record by itself."""
    first, _, others = text.strip().partition("\n")
    try:
        return isinstance(json.loads(first), dict) and bool(others.strip())
    except ValueError:
        return False


def _read_csv(name, raw, options):
    """Return the Table of a CSV file."""
    text, notes = _text(name, raw, options)
    return _csv_table(name, text, notes, options)


def _csv_table(name, text, notes, options):
    """Return the Table of the text of a CSV file."""
    pandas = require("pandas", "reading a CSV file")
    if not text.strip():
        raise ValueError(f"{name} is empty; it needs a header and rows.")
    delimiter = options.sep
    if delimiter is None:
        delimiter = _delimiter(text[:_SAMPLE_BYTES])
    delimiter = {"\\t": "\t", "tab": "\t"}.get(delimiter, delimiter)
    if len(delimiter) != 1:
        raise ValueError(f"--sep {delimiter!r}: give one character, such as ; or tab.")
    as_text = delimiter == ";"
    try:
        frame = pandas.read_csv(
            io.StringIO(text),
            sep=delimiter,
            keep_default_na=False,
            na_values=[""],
            dtype="str" if as_text else None,
            skipinitialspace=True,
            low_memory=False,
        )
    except (ValueError, pandas.errors.ParserError) as error:
        raise ValueError(
            f"{name} cannot be read as CSV ({first_line(error)}); repair it, or name "
            "its delimiter (--sep)."
        ) from error
    return Table(frame, notes)


def _text(name, raw, options):
    """Return the text of the bytes of a file, and notes on its encoding."""
    if options.encoding is not None:
        try:
            return raw.decode(options.encoding), ()
        except LookupError:
            raise ValueError(
                f"--encoding {options.encoding} is unknown; use utf-8, cp1252 or "
                "another of Python's names."
            ) from None
        except UnicodeDecodeError as error:
            raise ValueError(
                f"{name} is not in {options.encoding} ({first_line(error)}); choose "
                "another --encoding, or leave it out."
            ) from None
    for mark, encoding in _MARKS_OF_ORDER.items():
        if raw.startswith(mark):
            notes = () if encoding == "utf-8-sig" else (_encoding_note(encoding),)
            try:
                return raw.decode(encoding), notes
            except UnicodeDecodeError as error:
                raise ValueError(
                    f"{name} begins like {encoding}, but is not ({first_line(error)}); "
                    "name its --encoding."
                ) from None
    if b"\0" in raw[:_SAMPLE_BYTES]:
        raise ValueError(
            f"{name} is neither text nor Parquet, Feather, JSON or Excel; save it as "
            "one of them."
        )
    try:
        return raw.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        encoding = _guessed_encoding(raw, error.start)
    if encoding is None:
        raise ValueError(
            f"{name} is not text in an encoding that is known here; save it as UTF-8, "
            "or name its --encoding."
        )
    return raw.decode(encoding, errors="replace"), (_encoding_note(encoding),)


def _guessed_encoding(raw, place):
    """Return the encoding of bytes that are not UTF-8 at this place, or None."""
    require("charset_normalizer", "a file that is not in UTF-8")
    from charset_normalizer import from_bytes

    sample = raw[max(place - _SAMPLE_BYTES, 0) : place + _SAMPLE_BYTES]
    best = from_bytes(sample, cp_isolation=list(_ENCODINGS)).best()
    if best is None:
        return None
    if best.encoding == "cp1250" and _is_western(sample):
        return "cp1252"
    return best.encoding


def _is_western(sample):
    """Return True if bytes are letters and usual signs in the Western cp1252.

    For short texts charset-normalizer often names the Central European cp1250, in which
    most of these bytes are letters, too. Polish letters would be other signs in cp1252.
    """
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    return all(c.isascii() or c.isalpha() or c in _WESTERN_SIGNS for c in text)


def _encoding_note(encoding):
    """Return the note on an encoding that was guessed."""
    shown = encoding.replace("_", "-").upper().replace("CP125", "Windows-125")
    return f"read as text in {shown} (--encoding)"


def _delimiter(sample):
    """Return the delimiter that splits all lines into equally many values, and most."""
    # The last line of the sample may be incomplete.
    lines = sample.splitlines()[:-1][:50] or sample.splitlines()
    lines = [line for line in lines if line.strip()]
    widths = {}
    for delimiter in _DELIMITERS:
        try:
            rows = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            rows = [[line] for line in lines]
        widths[delimiter] = [len(row) for row in rows if row]
    return max(
        _DELIMITERS,
        key=lambda each: (
            len(set(widths[each])) == 1 and widths[each][0] > 1,
            widths[each][0],
        ),
    )

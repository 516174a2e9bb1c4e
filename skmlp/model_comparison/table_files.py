"""Read a table from a file: CSV in any usual dialect, Parquet, Feather, JSON, Excel."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
from dataclasses import dataclass
from typing import Any

from skmlp.base.optional import require
from skmlp.base.options import use_one_of
from skmlp.base.text import listed
from skmlp.model_comparison.packed_files import (
    STANDARD_INPUT,
    ZIP,
    content,
    first_line,
    unpacked,
)
from skmlp.model_comparison.text_encoding import encoded_text

__all__ = ["STANDARD_INPUT", "FileOptions", "Table", "read_table"]

_DELIMITERS = ",;\t|"
_NAMED_DELIMITERS = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";"}
_BLANKS = r"\s+"  # as pandas calls a delimiter of any blanks
_JSON = re.compile(r'\s*(\{\s*["}]|\[\s*[\[{\]])')


@dataclass(frozen=True)
class FileOptions:
    """Choices of the user for a file; None: it is guessed.

    `as_text` keeps the numbers of a CSV file as texts, to be read by other marks than
    a decimal point.
    """

    sep: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    as_text: bool = False


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
    name, raw = content(source)
    raw, notes = unpacked(name, raw)
    if not raw.strip():
        raise ValueError(f"{name} is empty; it needs a header and rows.")
    kind, reader = _kind_of(raw)
    for option, kinds in _KINDS_OF_OPTION.items():
        if getattr(options, option) is not None and kind not in kinds:
            raise ValueError(
                f"--{option} is for {' and '.join(kinds)} files; {name} is {kind}."
            )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on styles of cells, and the like
            table = reader(name, raw, options)
    except (ValueError, ImportError, MemoryError):
        raise
    except Exception as error:
        # Errors of the readers have only the base class Exception in common.
        raise ValueError(f"{name} cannot be read ({first_line(error)}).") from error
    return Table(table.frame, (*notes, *table.notes))


def _kind_of(raw):
    """Return the name of the format that begins with these bytes, and its reader."""
    for magic, kind, reader in (
        (b"PAR1", "Parquet", _read_parquet),
        (b"ARROW1", "Feather", _read_feather),
        (ZIP, "Excel", _read_excel),
        (b"\xd0\xcf\x11\xe0", "Excel", _refuse_old_excel),
    ):
        if raw.startswith(magic):
            return kind, reader
    return "text", _read_text


_KINDS_OF_OPTION = {"sheet": ("Excel",), "encoding": ("text",), "sep": ("text",)}


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
    try:
        return Table(pandas.read_feather(io.BytesIO(raw)))
    except Exception as error:
        raise ValueError(
            f"{name} cannot be read as Feather ({first_line(error)}); write it again."
        ) from error


def _refuse_old_excel(name, raw, options):
    """Raise ValueError: no reader of old Excel files is among the extras."""
    raise ValueError(f"{name} is an old .xls file; save it as .xlsx or CSV.")


def _read_excel(name, raw, options):
    """Return the Table of a sheet of an Excel file."""
    pandas = require("pandas", "reading an Excel file")
    require("openpyxl", "reading an Excel file")
    try:
        book = pandas.ExcelFile(io.BytesIO(raw), engine="openpyxl")
    except Exception as error:
        raise ValueError(
            f"{name} cannot be read as Excel ({first_line(error)}); save it again."
        ) from error
    sheets = [str(sheet) for sheet in book.sheet_names]
    sheet = sheets[0] if options.sheet is None else options.sheet
    if sheet not in sheets:
        message = f"--sheet: {name} has no sheet {sheet!r}"
        raise ValueError(use_one_of(message, sheets, got=sheet))
    frame = book.parse(sheet, keep_default_na=False, na_values=[""])
    notes = ()
    if len(sheets) > 1 and options.sheet is None:
        others = listed([f"'{each}'" for each in sheets[1:]], 3)
        notes = (f"read the sheet '{sheet}'; --sheet chooses another: {others}",)
    return Table(frame, notes)


def _read_text(name, raw, options):
    """Return the Table of a JSON or CSV file."""
    text = encoded_text(name, raw, options.encoding)
    if not _JSON.match(text.beginning()):
        return _read_csv(name, text, options)
    if options.sep is not None:
        raise ValueError(f"--sep is for CSV files; {name} is JSON.")
    return _read_json(name, text)


def _read_json(name, encoded):
    """Return the Table of JSON records, columns, or JSON lines."""
    pandas = require("pandas", "reading a JSON file")
    text = encoded.decoded()
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
    return Table(frame, (*encoded.notes, f"read as {form}"))


def _has_json_lines(text):
    """Return True if the first line of a text is a JSON record by itself."""
    first, _, others = text.strip().partition("\n")
    try:
        return isinstance(json.loads(first), dict) and bool(others.strip())
    except ValueError:
        return False


def _read_csv(name, encoded, options):
    """Return the Table of a CSV file."""
    pandas = require("pandas", "reading a CSV file")
    sample = encoded.beginning()
    if not sample.strip():
        raise ValueError(f"{name} is empty; it needs a header and rows.")
    delimiter = _delimiter(sample) if options.sep is None else _named(options.sep)

    def read(**more):
        # By default pandas reads in parts, which takes less memory, but may find
        # numbers in some parts of a column and texts in others.
        return pandas.read_csv(
            io.BytesIO(encoded.raw),
            sep=delimiter,
            encoding=encoded.encoding,
            encoding_errors="replace",
            keep_default_na=False,
            na_values=[""],
            dtype="str" if delimiter == ";" or options.as_text else None,
            skipinitialspace=True,
            **more,
        )

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            frame = read(index_col=False)
        kinds = {each.category for each in caught}
        if pandas.errors.DtypeWarning in kinds:
            frame = read(index_col=False, low_memory=False)
        are_longer = pandas.errors.ParserWarning in kinds
        # pandas takes the first values for names of rows if rows are longer than the
        # header, unless each of them only ends with a delimiter.
        named = read(low_memory=False) if are_longer else frame
    except (ValueError, pandas.errors.ParserError) as error:
        raise ValueError(
            f"{name} cannot be read as CSV ({first_line(error)}); repair it, or name "
            "its delimiter (--sep)."
        ) from error
    notes = (*encoded.notes, *_notes_on_header(sample, delimiter))
    if not are_longer or named.iloc[:, -1].isna().all():
        return Table(frame, notes)
    if named.index.nlevels > 1:
        raise ValueError(
            f"{name} cannot be read as CSV: its rows have {named.index.nlevels} values "
            "more than its header has names; repair it, or name its delimiter (--sep)."
        )
    note = "left out the first value of every row, for which the header has no name"
    return Table(named.reset_index(drop=True), (*notes, note))


def _named(delimiter):
    """Return the delimiter that the user has named."""
    delimiter = _NAMED_DELIMITERS.get(delimiter, delimiter)
    if len(delimiter) != 1 or delimiter in '"\r\n\0':
        raise ValueError(
            f"--sep {delimiter!r} is no delimiter; give one character, such as ; or "
            "the word tab."
        )
    return _BLANKS if delimiter == " " else delimiter


def _notes_on_header(sample, delimiter):
    """Return a tuple with a note on equal names of columns, or ()."""
    if delimiter == _BLANKS:
        names = sample.strip().splitlines()[0].split()
    else:
        lines = csv.reader(sample.lstrip().splitlines(), delimiter=delimiter)
        names = next(lines, [])
    again = [each for each in dict.fromkeys(names) if each and names.count(each) > 1]
    if not again:
        return ()
    shown = listed([f"'{each}'" for each in again], 3)
    return (
        f"several columns have the name {shown}; the second is called '{again[0]}.1'",
    )


def _delimiter(sample):
    """Return the delimiter that splits all lines into equally many values, and most.

    Blanks are taken if no other delimiter splits the first line.
    """
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
    best = max(
        _DELIMITERS,
        key=lambda each: (
            len(set(widths[each])) == 1 and widths[each][0] > 1,
            widths[each][0],
        ),
    )
    by_blanks = {len(line.split()) for line in lines}
    if widths[best][0] == 1 and len(by_blanks) == 1 and by_blanks != {1}:
        return _BLANKS
    return best

"""Small files as people have them, and what is right for each."""

from __future__ import annotations

import bz2
import csv
import datetime
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from clean_table import CITIES, N_ROWS, TARGET, clean_table, csv_text


@dataclass(frozen=True)
class MessyFile:
    """A file: its bytes, the notes on it, and whether LDA sees the clean table.

    `notes` has, for each note, the words that are to be in it. `is_equal` is False if
    a few values are lost, or columns added, so that scores may differ by noise.
    """

    name: str
    raw: Callable[[], bytes]
    notes: tuple[tuple[str, ...], ...] = ()
    is_equal: bool = True


def _changed(name, change, *notes, is_equal=True, **form):
    """Return the MessyFile of the clean table after `change(columns)`."""

    def raw():
        columns = clean_table()
        columns = change(columns) or columns
        # The target comes last.
        columns[TARGET] = columns.pop(TARGET)
        return csv_text(columns, **form).encode()

    return MessyFile(name, raw, notes, is_equal)


def _numbers(name, show, *notes, **form):
    """Return the MessyFile whose column `a` is shown by `show(value)`."""

    def change(columns):
        columns["a"] = [show(value) for value in columns["a"]]

    return _changed(name, change, *notes, **form)


def _filled(name, column, text, every, *notes, **more):
    """Return the MessyFile with a text in every `every`-th row of a column."""

    def change(columns):
        for i in range(3, N_ROWS, every):
            columns[column][i] = text

    return _changed(name, change, *notes, is_equal=False, **more)


def _beside(name, values, *notes, is_equal=False, column="more"):
    """Return the MessyFile with another column, of `values(row)`."""

    def change(columns):
        columns[column] = [values(i) for i in range(N_ROWS)]

    return _changed(name, change, *notes, is_equal=is_equal)


def _comma(text):
    """Return a number with a decimal comma."""
    return str(text).replace(".", ",")


def _german(value):
    """Return 1000 times a number like 1.234,50."""
    return f"{1000 * value:,.2f}".translate(str.maketrans(",.", ".,"))


COMMA = ("decimal comma (--decimal)", "'a'")
# Dates in no order: whole numbers or dates that run with the rows would be left out.
DAYS = [datetime.date(2020, 1, 1) + datetime.timedelta(37 * i % 91) for i in range(91)]


def _thousands(mark):
    """Return the words of a note on marks between thousands."""
    return (f"'{mark}' between thousands (--thousands)", "'a'")


NUMBERS = [
    _numbers("plain", str),
    _numbers("dollar", lambda v: f"${v}".replace("$-", "-$"), ("money in $", "'a'")),
    _numbers("dollar before minus", lambda v: f"${v}", ("money in $ (--drop)", "'a'")),
    _numbers("euro behind", lambda v: f"{v} €", ("amounts of money in €", "'a'")),
    _numbers("pound", lambda v: f"£ {v}", ("money in £", "'a'")),
    _numbers("USD", lambda v: f"USD {v}", ("money in USD", "'a'")),
    _numbers("percent", lambda v: f"{v}%", ("read as percentages (--drop)", "'a'")),
    _numbers("percent, blank", lambda v: f"{v} %", ("percentages", "'a'")),
    _numbers("decimal comma in quotes", _comma, COMMA),
    _numbers("decimal comma, semicolons", _comma, COMMA, sep=";"),
    _numbers("decimal point, semicolons", str, sep=";"),
    _numbers("thousands comma", lambda v: f"{1000 * v:,.0f}", _thousands(",")),
    _numbers("thousands and decimals", lambda v: f"{1000 * v:,.1f}", _thousands(",")),
    _numbers("German thousands", _german, COMMA, _thousands("."), sep=";"),
    _numbers(
        "Swiss thousands",
        lambda v: f"{1000 * v:,.2f}".replace(",", "'"),
        _thousands("'"),
    ),
    _numbers(
        "thousands by blanks",
        lambda v: f"{1000 * v:,.2f}".replace(",", " "),
        _thousands(" "),
    ),
    _numbers(
        "thousands by narrow blanks",
        lambda v: _comma(f"{1000 * v:,.2f}".replace(",", "\u202f")),
        COMMA,
        _thousands(" "),
    ),
    _numbers(
        "minus U+2212",
        lambda v: str(v).replace("-", "\u2212"),
        ("another sign for minus", "'a'"),
    ),
    _numbers("en dash", lambda v: str(v).replace("-", "–"), ("minus", "'a'")),
    _numbers(
        "brackets for minus",
        lambda v: f"({-v})" if v < 0 else v,
        ("negative in brackets (--drop)", "'a'"),
    ),
    _numbers("plus signs", lambda v: f"{v:+}"),
    _numbers("powers of ten", lambda v: f"{v:.6e}"),
    _numbers("blanks around", lambda v: f"  {v}  "),
    _numbers("no zero before the point", lambda v: str(v).replace("0.", ".")),
    _numbers(
        "euro and comma",
        lambda v: f"{_german(v)} €",
        ("money in €", "'a'"),
        COMMA,
        _thousands("."),
        sep=";",
    ),
]

MISSING = [
    *(
        _filled(
            f"{mark} among numbers", "a", mark, 20, (f"'{mark}' counted", "(--na): 'a'")
        )
        for mark in ("?", "NA", "N/A", "-", "null", "nan", "#N/A", ".", "n.a.", "None")
    ),
    *(
        _filled(
            f"{word} among numbers",
            "a",
            word,
            20,
            (f"'{word}' is no number, counted as missing in 5 rows (--drop)", "'a'"),
        )
        for word in ("missing", "unknown", "siehe Akte")
    ),
    _filled("empty among numbers", "a", "", 20),
    _filled(
        "? among categories",
        "city",
        "?",
        9,
        ("'?' counted as missing", "10 rows", "'city'"),
    ),
    _filled(
        "mostly ?",
        "city",
        "?",
        2,
        ("'?' counted as missing in 44 rows (--na)", "'city'"),
    ),
    _filled("infinite", "b", "inf", 20, ("infinite in 5 rows, counted as", "'b'")),
    _filled("minus infinite", "b", "-Infinity", 30, ("infinite in 3 rows", "'b'")),
    _filled("sign of infinity", "b", "∞", 30, ("infinite in 3 rows", "'b'")),
]


def _dates(name, form, note="read as dates", **more):
    """Return the MessyFile with a column of dates in a form."""
    return _beside(name, lambda i: DAYS[i].strftime(form), (note, "(--drop): 'more'"))


DATES = [
    _dates("ISO dates", "%Y-%m-%d"),
    _dates("ISO times", "%Y-%m-%dT12:30:00"),
    _dates("ISO times of a zone", "%Y-%m-%dT12:30:00+02:00"),
    _dates("German dates", "%d.%m.%Y", "read as dates, the day first"),
    _dates("short German dates", "%d.%m.%y", "read as dates, the day first"),
    _dates("American dates", "%m/%d/%Y", "read as dates, the month first"),
    _dates("British dates", "%d/%m/%Y", "read as dates, the day first"),
    _dates("dates with names", "%d %b %Y"),
    _dates("dates with long names", "%B %d, %Y"),
    _beside(
        "a date that is none",
        lambda i: "later" if i % 30 == 1 else DAYS[i].isoformat(),
        ("read as dates (--drop)", "'more'"),
        ("'later' is no date, counted as missing in 3 rows (--drop)", "'more'"),
    ),
]

ROW_NUMBERS = ("left out, numbers of the rows (--keep)", "'more'")
OTHER_TEXT = ("left out, another text in every row (--keep)", "'more'")
ADJECTIVES = ("quick", "lazy", "green", "tall", "odd", "calm", "rich", "poor", "dull")
NOUNS = ("fox", "dog", "house", "garden", "river", "stone", "lamp", "chair", "door")


def _remark(i):
    """Return a sentence that is different in every row."""
    return f"The {ADJECTIVES[i % 9]} {NOUNS[i // 10]} was {i} times seen near the road"


COLUMNS = [
    _beside("empty column", lambda i: "",
            ("left out, without any value", "'more'"), is_equal=True),
    _beside("only ?", lambda i: "?", ("'?' counted as missing in 90 rows", "'more'"),
            ("left out, without any value", "'more'"), is_equal=True),
    _beside("text ids", lambda i: f"X{i:05}", OTHER_TEXT, is_equal=True),
    _beside("ids with blanks", lambda i: f"patient {i}", OTHER_TEXT, is_equal=True),
    _beside("row numbers", lambda i: i, ROW_NUMBERS, is_equal=True),
    _beside("rising numbers", lambda i: 100 + i * i, ROW_NUMBERS, is_equal=True),
    _beside("shuffled numbers", lambda i: (i * 37) % 90, ROW_NUMBERS, is_equal=True),
    _beside("falling floats", lambda i: f"{90 - i}.0", ROW_NUMBERS, is_equal=True),
    _beside("one value", lambda i: "same"),
    _beside("flags", lambda i: i % 3 == 0),
    _beside("words for flags", lambda i: "ja" if i % 3 else "nein"),
    _beside("free text", _remark, ("free text, turned into numbers", "'more'")),
    _changed(
        "leak",
        lambda columns: {**columns, "more": [len(each) for each in columns[TARGET]]},
        ("tells the target by itself", "(--drop)", "'more'"),
        is_equal=False,
    ),
    _changed(
        "nameless row numbers",
        lambda columns: {"": range(N_ROWS), **columns},
        ("left out the first column, which has no name", "--keep 'Unnamed: 0'"),
    ),
]  # fmt: skip


def _written(name, write, *notes):
    """Return the MessyFile of the text of the clean table, after `write(text)`."""
    return MessyFile(name, lambda: write(csv_text(clean_table())), notes)


def _encoded(name, letters, encoding, shown):
    """Return the MessyFile with a city in letters of an encoding."""

    def raw():
        text = csv_text(clean_table())
        for city, other in zip(CITIES, letters, strict=True):
            text = text.replace(city, other)
        return text.encode(encoding)

    notes = ((f"read as text in {shown} (--encoding)",),) if shown else ()
    return MessyFile(name, raw, notes)


def _with_delimiters_behind(text):
    """Return a CSV text with a delimiter at the end of each row but the header."""
    header, *rows = text.splitlines()
    return "\n".join([header, *(f"{row}," for row in rows)]).encode()


def _zipped(text):
    """Return a ZIP archive with one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("data.csv", text)
    return stream.getvalue()


def _zstandard(text):
    """Return a text compressed by Zstandard."""
    import pyarrow

    stream = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(stream, "zstd") as packed:
        packed.write(text.encode())
    return stream.getvalue().to_pybytes()


ENCODINGS = [
    _encoded("UTF-8", ("Zürich", "Łódź", "東京"), "utf-8", None),
    _encoded("UTF-8, marked", ("Zürich", "Łódź", "東京"), "utf-8-sig", None),
    _encoded("UTF-16", ("Zürich", "Łódź", "東京"), "utf-16", "UTF-16"),
    _encoded("UTF-16 without mark", ("Zürich", "Łódź", "é"), "utf-16-le", "UTF-16-LE"),
    _encoded("UTF-16-BE without mark", ("Zürich", "ü", "é"), "utf-16-be", "UTF-16-BE"),
    _encoded("UTF-32", ("Zürich", "Łódź", "東京"), "utf-32", "UTF-32"),
    _encoded("cp1252", ("Zürich", "Besançon", "Málaga"), "cp1252", "Windows-1252"),
    _encoded("cp1250", ("Łódź", "Wrocław", "Kraków"), "cp1250", "Windows-1250"),
    _encoded("cp1251", ("Москва", "Казань", "Самара"), "cp1251", "Windows-1251"),
    _encoded("Shift-JIS", ("東京都", "大阪府", "北海道"), "shift_jis", "SHIFT-JIS"),
]

DIALECTS = [
    *(_changed(f"delimiter {mark!r}", lambda columns: None, sep=mark)
      for mark in ("\t", "|", ";", " ")),
    _changed("lines end with CR LF", lambda columns: None, end="\r\n"),
    _changed("all in quotes", lambda columns: None, quoting=csv.QUOTE_ALL),
    _written("blank lines at the end", lambda text: f"{text}\n\n".encode()),
    _written("no line end", lambda text: text.rstrip().encode()),
    _written(
        "blanks behind delimiters", lambda text: text.replace(",", ", ").encode()
    ),
    _written("delimiter ends rows", _with_delimiters_behind),
    _written("gzip", lambda text: gzip.compress(text.encode())),
    _written("bzip2", lambda text: bz2.compress(text.encode())),
    _written("xz", lambda text: lzma.compress(text.encode())),
    _written("Zstandard", _zstandard),
    _written("ZIP", _zipped, ("read 'data.csv' of the archive",)),
]  # fmt: skip


def _records():
    """Return the clean table as a list of dicts."""
    columns = clean_table()
    return [
        dict(zip(columns, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]


def _json_lines():
    """Return the clean table as one record a line."""
    return "\n".join(map(json.dumps, _records())).encode()


def _frame_file(write):
    """Return a function that returns the bytes of a file that pandas writes."""

    def raw():
        import pandas

        stream = io.BytesIO()
        write(pandas.DataFrame(clean_table()), stream)
        return stream.getvalue()

    return raw


FORMATS = [
    MessyFile("JSON records", lambda: json.dumps(_records()).encode(),
              (("read as JSON",),)),
    MessyFile("JSON columns", lambda: json.dumps(clean_table()).encode(),
              (("read as JSON",),)),
    MessyFile("JSON records, marked",
              lambda: b"\xef\xbb\xbf" + json.dumps(_records(), indent=1).encode(),
              (("read as JSON",),)),
    MessyFile("JSON lines", _json_lines, (("read as JSON lines",),)),
    MessyFile("JSON lines, packed", lambda: gzip.compress(_json_lines()),
              (("read as JSON lines",),)),
    MessyFile("Parquet", _frame_file(lambda frame, to: frame.to_parquet(to))),
    MessyFile("Feather", _frame_file(lambda frame, to: frame.to_feather(to))),
    MessyFile("Excel", _frame_file(lambda frame, to: frame.to_excel(to, index=False))),
    MessyFile("Excel, numbered", _frame_file(lambda frame, to: frame.to_excel(to)),
              (("left out the first column, which has no name",),)),
]  # fmt: skip

MESSY_FILES = (
    *NUMBERS,
    *MISSING,
    *DATES,
    *COLUMNS,
    *ENCODINGS,
    *DIALECTS,
    *FORMATS,
)

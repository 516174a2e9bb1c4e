"""Files of every format, packing and encoding are read; bad ones are refused."""

import gzip
import io
import re
import sys
import zipfile

import pytest
from clean_table import TARGET, clean_table, csv_text
from messy_files import ENCODINGS, FORMATS

from skmlp.base.optional import MissingExtraError
from skmlp.model_comparison.table_files import FileOptions, read_table

pandas = pytest.importorskip("pandas")


@pytest.fixture
def read(tmp_path):
    """Return a function that reads the table of bytes, or of a text in UTF-8."""

    def read_file(content, **options):
        path = tmp_path / "table.dat"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(str(path), FileOptions(**options))

    return read_file


@pytest.mark.parametrize("file", FORMATS, ids=lambda each: each.name)
def test_every_format_gives_the_values_of_the_table(file, read):
    pytest.importorskip("pyarrow")
    pytest.importorskip("openpyxl")
    frame = read(file.raw()).frame
    for name, values in clean_table().items():
        assert frame[name].tolist() == values


@pytest.mark.parametrize("file", ENCODINGS, ids=lambda each: each.name)
def test_letters_beyond_ascii_are_those_of_the_encoding(file, read):
    pytest.importorskip("charset_normalizer")
    cities = set(read(file.raw()).frame["city"])
    letters = {
        "UTF-8": {"Zürich", "Łódź", "東京"},
        "UTF-16 without mark": {"Zürich", "Łódź", "é"},
        "cp1252": {"Zürich", "Besançon", "Málaga"},
        "cp1250": {"Łódź", "Wrocław", "Kraków"},
        "cp1251": {"Москва", "Казань", "Самара"},
        "Shift-JIS": {"東京都", "大阪府", "北海道"},
        "UTF-16-BE without mark": {"Zürich", "ü", "é"},
    }
    assert cities == letters.get(file.name, letters["UTF-8"])


def test_standard_input_is_read_and_unpacked(monkeypatch):
    class Stream:
        buffer = io.BytesIO(gzip.compress(csv_text(clean_table()).encode()))

    monkeypatch.setattr(sys, "stdin", Stream)
    assert read_table("-").frame[TARGET].tolist() == clean_table()[TARGET]


def test_a_parquet_file_inside_an_archive_is_read(read):
    pytest.importorskip("pyarrow")
    stream, inner = io.BytesIO(), io.BytesIO()
    pandas.DataFrame(clean_table()).to_parquet(inner)
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("folder/", "")
        archive.writestr("folder/table.parquet", inner.getvalue())
        archive.writestr("__MACOSX/table.parquet", b"x")
    table = read(stream.getvalue())
    assert table.frame["a"].tolist() == clean_table()["a"]
    assert table.notes == ("read 'folder/table.parquet' of the archive",)


# CSV


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("a;b,c\n1;2\n3;4\n", {"a": ["1", "3"], "b,c": ["2", "4"]}),
        ('a,b\n"1;2;3;4",5\n', {"a": ["1;2;3;4"], "b": [5]}),
        ("a b\n1   2\n3 4\n", {"a": [1, 3], "b": [2, 4]}),
        ("a,b\n1,x y z\n", {"a": [1], "b": ["x y z"]}),
        ("a,b,\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}),
        ("a,b\n1,2,\n3,4,\n", {"a": [1, 3], "b": [2, 4]}),
        ("a,b\n0,2,\n1,4,\n", {"a": [0, 1], "b": [2, 4]}),
        ('a,b\n"two\nlines",2\n', {"a": ["two\nlines"], "b": [2]}),
        ("[a],b\n1,2\n", {"[a]": [1], "b": [2]}),
        ("a,b\nNA,1\nnull,2\n", {"a": ["NA", "null"], "b": [1, 2]}),
    ],
    ids=repr,
)
def test_a_text_is_split_into_columns(text, columns, read):
    table = read(text)
    for name, values in columns.items():
        assert table.frame[name].tolist() == values
    assert table.notes == ()


@pytest.mark.parametrize(("first", "second"), [("row1", "row2"), (0, 1)])
def test_a_value_without_a_name_in_each_row_is_left_out(first, second, read):
    table = read(f"a,b\n{first},1,2\n{second},3,4\n")
    assert table.frame.to_dict("list") == {"a": [1, 3], "b": [2, 4]}
    assert "left out the first value of every row" in table.notes[0]


def test_equal_names_of_columns_have_a_note(read):
    table = read("a,b,a\n1,2,3\n")
    assert table.frame.columns.tolist() == ["a", "b", "a.1"]
    assert table.notes == (
        "several columns have the name 'a'; the second is called 'a.1'",
    )


@pytest.mark.parametrize("mark", [":", "tab", "\\t", "semicolon", " "])
def test_sep_overrides_the_delimiter(mark, read):
    shown = {"tab": "\t", "\\t": "\t", "semicolon": ";"}.get(mark, mark)
    frame = read(f"a{shown}b\n1,5{shown}2|3\n", sep=mark).frame
    assert frame.to_numpy().tolist() == [["1,5", "2|3"]]


def test_encoding_overrides_the_guess(read):
    raw = "a,b\nЖ,1\n".encode("cp1251")
    assert read(raw, encoding="cp1251").frame["a"][0] == "Ж"
    assert read(raw, encoding="latin-1").frame["a"][0] == "Æ"
    assert read("\ufeffa,b\n1,2\n", encoding="utf-8").frame.columns[0] == "a"


def test_numbers_stay_texts_if_asked_for(read):
    assert read("a,b\n1.50,x\n", as_text=True).frame["a"].tolist() == ["1.50"]


def test_a_column_that_becomes_text_late_is_read_as_one(read):
    # pandas reads large files in parts of some 260,000 values.
    lines = ["1.50,x"] * 300_000 + ["word,x"]
    table = read("\n".join(["a,b", *lines]))
    assert set(table.frame["a"]) == {"1.50", "word"}


def book():
    """Return an Excel file with the sheets "one" and "two"."""
    stream = io.BytesIO()
    with pandas.ExcelWriter(stream) as writer:
        for number, name in enumerate(("one", "two"), start=1):
            sheet = pandas.DataFrame({"a": [number]})
            sheet.to_excel(writer, sheet_name=name, index=False)
    return stream.getvalue()


def test_sheet_chooses_a_sheet(read):
    pytest.importorskip("openpyxl")
    assert read(book(), sheet="two").frame["a"].tolist() == [2]
    assert read(book(), sheet="one").notes == ()
    first = read(book())
    assert first.frame["a"].tolist() == [1]
    assert first.notes == ("read the sheet 'one'; --sheet chooses another: 'two'",)


CSV, JSON = "a,b\n1,2\n", '[{"a": 1}]'
PACKED = gzip.compress(b"a,b\n1,2\n" * 9)
REFUSED = {
    "sep of two letters": (CSV, {"sep": "::"}, "--sep '::' is no delimiter; give one"),
    "no sep": (CSV, {"sep": ""}, "--sep '' is no delimiter"),
    "sep of JSON": (JSON, {"sep": ";"}, "--sep is for CSV files; table.dat is JSON"),
    "unknown encoding": (
        CSV,
        {"encoding": "utf-9"},
        "--encoding utf-9 is unknown; use",
    ),
    "no encoding": (CSV, {"encoding": "base64"}, "--encoding base64 is unknown; use"),
    "other encoding": (
        "a\né".encode("latin-1"),
        {"encoding": "utf-8"},
        "table.dat is not in utf-8; choose another --encoding",
    ),
    "sheet of CSV": (
        CSV,
        {"sheet": "x"},
        "--sheet is for Excel files; table.dat is text",
    ),
    "half a gzip": (PACKED[:-9], {}, "cannot be unpacked as gzip"),
    "no gzip": (b"\x1f\x8b" + b"x" * 99, {}, "cannot be unpacked as gzip"),
    "no bzip2": (b"BZh9" + b"x" * 99, {}, "cannot be unpacked as bzip2"),
    "no xz": (b"\xfd7zXZ" + b"x" * 99, {}, "cannot be unpacked as xz"),
    "no ZIP": (b"PK\x03\x04" + b"x" * 99, {}, "cannot be unpacked as ZIP"),
    "no Zstandard": (b"\x28\xb5\x2f\xfd" + b"x" * 99, {}, "unpacked as Zstandard"),
    "nothing packed": (gzip.compress(b" "), {}, "is empty; it needs a header and rows"),
    "no Feather": (b"ARROW1" + b"x" * 99, {}, "cannot be read as Feather"),
    "no JSON": ('[{"a": 1', {}, "cannot be read as JSON"),
    "old Excel": (b"\xd0\xcf\x11\xe0" * 9, {}, "is an old .xls file; save it as .xlsx"),
    "half a letter": (b"\xff\xfea", {}, "begins like utf-16, but is not; name its"),
    "picture": (b"\x89PNG\0\0\0\rIHDR" * 9, {}, "neither text nor Parquet, Feather"),
    "two more values": ("a\n1,2,3\n4,5,6\n", {}, "2 values more than its header has"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_cure(case, read):
    pytest.importorskip("pyarrow")
    content, options, message = REFUSED[case]
    with pytest.raises(ValueError, match=re.escape(message)):
        read(content, **options)


def test_an_unknown_sheet_is_refused_with_the_names_of_all(read):
    pytest.importorskip("openpyxl")
    with pytest.raises(ValueError, match=r"no sheet 'tow'; use one of 'one', 'two'\."):
        read(book(), sheet="tow")
    for option in ("sep", "encoding"):
        with pytest.raises(ValueError, match=rf"--{option} is for text files; .*Excel"):
            read(book(), **{option: ";"})


def test_an_archive_of_several_files_is_refused(read):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("b.csv", CSV)
    with pytest.raises(ValueError, match="holds 2 files; unpack it, and name one"):
        read(stream.getvalue())


@pytest.mark.parametrize(
    ("package", "content"),
    [
        ("openpyxl", "book"),
        ("charset_normalizer", "a,b\né,2\n".encode("latin-1")),
        ("pyarrow", b"\x28\xb5\x2f\xfd" + b"x" * 99),
        ("pyarrow", b"PAR1" + b"x" * 99),
        ("pandas", CSV),
    ],
)
def test_a_missing_package_is_named_with_its_extra(package, content, read, monkeypatch):
    content = book() if content == "book" else content
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtraError, match=r'pip install "skmlp\[compare\]"'):
        read(content)

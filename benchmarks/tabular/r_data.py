"""Read data frames of installed R packages, without R, by the package rdata."""

import bz2
import lzma
import os
import warnings
import zlib
from pathlib import Path

__all__ = ["R_LIBRARY", "read_r_data"]

# Folder in which Debian's packages r-cran-* install.
R_LIBRARY = Path(os.environ.get("R_LIBRARY", "/usr/lib/R/site-library"))


def read_r_data(package, name):
    """Return the pandas DataFrame `name` of an R package.

    Raises
    ------
    FileNotFoundError
        If the package is not installed.
    """
    folder = R_LIBRARY / package / "data"
    if (folder / "Rdata.rdx").is_file():
        return _from_database(folder, name)
    for file in folder.glob(f"{name}.*"):
        if file.suffix.lower() in (".rda", ".rdata"):
            return _converted(file.read_bytes())[name]
    raise FileNotFoundError(
        f"there is no data set {name} of the R package {package} in {R_LIBRARY}; "
        f"install Debian's package r-cran-{package.lower()}."
    )


def _from_database(folder, name):
    """Return an object of a lazy-load database: an index, and one file of all data."""
    index = _converted((folder / "Rdata.rdx").read_bytes())
    start, length = map(int, index["variables"][name])
    with (folder / "Rdata.rdb").open("rb") as file:
        file.seek(start)
        raw = file.read(length)
    return _converted(_unpacked(raw, int(index["compressed"][0])))


def _unpacked(raw, compression):
    """Return the bytes of an object: R's memDecompress of the parts of a database.

    The first four bytes are the length; a fifth tells the kind of compression unless it
    is zlib's (`compression` = 1).
    """
    if compression == 1:
        return zlib.decompress(raw[4:])
    kind, body = raw[4:5], raw[5:]
    if kind == b"Z":
        filters = [{"id": lzma.FILTER_LZMA2, "preset": 6}]
        return lzma.decompress(body, format=lzma.FORMAT_RAW, filters=filters)
    if kind == b"2":
        return bz2.decompress(body)
    return body if kind == b"0" else zlib.decompress(body)


def _converted(raw):
    """Return the Python object of serialised R data."""
    import rdata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that become plain tables
        return rdata.conversion.convert(rdata.parser.parse_data(raw))

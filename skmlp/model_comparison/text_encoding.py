"""Find out the encoding of the text of a file."""

import codecs
import re
from dataclasses import dataclass

from skmlp.base.optional import require

__all__ = ["EncodedText", "encoded_text"]

_SAMPLE_BYTES = 65536
_DECODED_BYTES = 1 << 20

_MARKS_OF_ORDER = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
# Tried in the guess of charset-normalizer, besides UTF-8: what files of tables are in.
_ENCODINGS = ("cp1252", "cp1250", "cp1251", "shift_jis", "gb18030", "big5", "euc_kr")
_WESTERN_SIGNS = "€£§°²µ±½«»“”„‘’–—…\u00a0"
# The Polish Ł and ź of cp1250 are £ and Ÿ in cp1252, but stand beside other letters.
_NOT_WESTERN = re.compile(r"£[^\W\d_]|[^\W\d_]Ÿ")


@dataclass(frozen=True)
class EncodedText:
    """Bytes of a text, their encoding, and notes on what was guessed."""

    raw: bytes
    encoding: str
    notes: tuple[str, ...] = ()

    def beginning(self, n_bytes=_SAMPLE_BYTES):
        """Return the beginning of the text, without an incomplete last letter."""
        decoder = codecs.getincrementaldecoder(self.encoding)("replace")
        return decoder.decode(self.raw[:n_bytes]).removeprefix("\ufeff")

    def decoded(self):
        """Return the text; bytes that are not in its encoding become U+FFFD."""
        return self.raw.decode(self.encoding, "replace").removeprefix("\ufeff")


def encoded_text(name, raw, encoding=None):
    """Return the EncodedText of the bytes of a file.

    Raise ValueError if the file `name` is no text, or not in the encoding that is
    given.
    """
    if encoding is not None:
        return EncodedText(raw, _checked(name, raw, encoding))
    for mark, marked in _MARKS_OF_ORDER.items():
        if raw.startswith(mark):
            notes = () if marked == "utf-8-sig" else (_note(marked),)
            if not _is_in(raw, marked):
                raise ValueError(
                    f"{name} begins like {marked}, but is not; name its --encoding."
                )
            return EncodedText(raw, marked, notes)
    if b"\0" in raw[:_SAMPLE_BYTES]:
        wide = _without_mark_of_order(raw)
        if wide is None:
            raise ValueError(
                f"{name} is neither text nor Parquet, Feather, JSON or Excel; save it "
                "as one of them."
            )
        return EncodedText(raw, wide, (_note(wide),))
    place = _end_of_utf_8(raw)
    if place is None:
        return EncodedText(raw, "utf-8")
    guessed = _guessed_encoding(raw, place)
    if guessed is None:
        raise ValueError(
            f"{name} is not text in an encoding that is known here; save it as UTF-8, "
            "or name its --encoding."
        )
    return EncodedText(raw, guessed, (_note(guessed),))


def _checked(name, raw, encoding):
    """Return the encoding that the user has named; raise ValueError if it is wrong."""
    try:
        raw.decode(encoding)
    except (LookupError, ValueError) as error:
        if isinstance(error, UnicodeError):
            raise ValueError(
                f"{name} is not in {encoding}; choose another --encoding, or leave it "
                "out."
            ) from None
        raise ValueError(
            f"--encoding {encoding} is unknown; use utf-8, cp1252 or another of "
            "Python's names."
        ) from None
    return encoding


def _is_in(raw, encoding):
    """Return True if bytes are a text in an encoding."""
    try:
        raw.decode(encoding)
    except UnicodeError:
        return False
    return True


def _end_of_utf_8(raw):
    """Return about where bytes stop to be UTF-8, or None; decode a part at a time."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    view = memoryview(raw)
    for start in range(0, len(raw), _DECODED_BYTES):
        try:
            decoder.decode(view[start : start + _DECODED_BYTES])
        except UnicodeDecodeError as error:
            return start + error.start
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return len(raw)
    return None


def _without_mark_of_order(raw):
    """Return 'utf-16-le' or 'utf-16-be' if every other byte is mostly zero, or None."""
    sample = raw[:_SAMPLE_BYTES]
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        high, low = sample[first::2], sample[1 - first :: 2]
        if high.count(0) > 0.7 * len(high) and low.count(0) == 0:
            return encoding if _is_in(raw, encoding) else None
    return None


def _guessed_encoding(raw, place):
    """Return the encoding of bytes that are not UTF-8 at this place, or None."""
    require("charset_normalizer", "a file that is not in UTF-8")
    from charset_normalizer import from_bytes

    sample = raw[max(place - _SAMPLE_BYTES, 0) : place + _SAMPLE_BYTES]
    best = from_bytes(sample, cp_isolation=list(_ENCODINGS)).best()
    if best is None:
        return None
    if best.encoding in ("cp1250", "cp1252"):
        return "cp1252" if _is_western(sample) else "cp1250"
    return best.encoding


def _is_western(sample):
    """Return True if bytes are letters and usual signs in the Western cp1252.

    For short texts charset-normalizer often takes the Central European cp1250 for it,
    or it for cp1250: most bytes beyond ASCII are letters in both. Polish letters would
    be other signs in cp1252.
    """
    try:
        text = sample.decode("cp1252")
    except UnicodeDecodeError:
        return False
    if _NOT_WESTERN.search(text):
        return False
    return all(c.isascii() or c.isalpha() or c in _WESTERN_SIGNS for c in text)


def _note(encoding):
    """Return the note on an encoding that was guessed."""
    shown = encoding.replace("_", "-").upper().replace("CP125", "Windows-125")
    return f"read as text in {shown} (--encoding)"

"""Read columns of text: numbers in disguise, dates, marks for missing values."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skmlp.base.options import use_one_of
from skmlp.base.text import counted, cut, listed
from skmlp.model_comparison.text_dates import parsed_dates

__all__ = [
    "TextOptions",
    "TextReading",
    "holds_decimal_commas",
    "read_categories",
    "read_text",
]

# Texts that stand for a missing value in any column, in lower case.
_MISSING_MARKS = frozenset(
    ("", "na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "null", "none", "nil")
    + ("?", "-", "--", "–", "—", ".", "..", "#null!", "#value!", "#div/0!", "#ref!")
)
# A column holds numbers, or dates, if this share of its values can be read as such.
_MIN_SHARE = 0.9
_SHOWN_WIDTH = 30  # letters of a text in a note
_DECIMAL_MARKS = (".", ",")
_THOUSANDS_MARKS = (".", ",", "'", "\u2019", " ")

_BLANKS = re.compile(r"[\s\u00a0\u2007\u2009\u202f]+")
_MINUS = str.maketrans(dict.fromkeys("\u2212\u2010\u2011\u2012\u2013\uff0d", "-"))
_CURRENCY = "US\\$|[$€£¥₹₩₽฿₺₪]|(?:USD|EUR|GBP|CHF|JPY|CAD|AUD|INR|CNY|SEK|NOK|DKK|PLN)"
# Blanks that do not divide digits have been removed.
_NUMBER = re.compile(
    rf"(?P<open>\()?(?P<sign>[+-]?)(?P<before>{_CURRENCY})?(?P<inner>[+-]?)"
    r"(?P<digits>\d+(?:[.,'’ ]\d+)*[.,]?|[.,]\d+)(?P<power>e[+-]?\d+)?"
    rf"(?P<after>%|{_CURRENCY})?(?P<close>\))?",
    re.IGNORECASE,
)
_INFINITE = re.compile(r"[+-]?(inf(inity)?|∞)", re.IGNORECASE)
_GROUPS_OF_COMMA = re.compile(r"[1-9]\d{0,2}(,\d{3})+")
_CLEAR_COMMA = re.compile(r"(\d{1,3}(\.\d{3})+|0|\d{4,}),\d+|\d+,(\d{1,2}|\d{4,})")
_GROUPS_OF_DOT = re.compile(r"[1-9]\d{0,2}(\.\d{3}){2,}")


@dataclass(frozen=True)
class TextOptions:
    """Marks by which texts are read; None: they are guessed for each column.

    Attributes
    ----------
    decimal : str or None
        Decimal mark, '.' or ','.
    thousands : str or None
        Mark between groups of three digits: '.', ',', a blank or an apostrophe.
    missing : frozenset of str or None
        Texts that stand for a missing value, besides an empty one. None: usual texts,
        such as 'NA' and '?'.
    prefers_comma : bool
        True if '1,234' alone is rather a decimal number: other columns hold such.
    """

    decimal: str | None = None
    thousands: str | None = None
    missing: frozenset[str] | None = None
    prefers_comma: bool = False

    def __post_init__(self):
        """Raise ValueError for marks that are unknown or contradict each other."""
        for name, value, marks in (
            ("decimal", self.decimal, _DECIMAL_MARKS),
            ("thousands", self.thousands, _THOUSANDS_MARKS),
        ):
            if value not in (None, *marks):
                raise ValueError(use_one_of(f"{name}={value!r} is unknown", marks))
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError(
                f"decimal and thousands are both {self.decimal!r}; one mark cannot be "
                "both. Give one of them."
            )

    @property
    def marks(self):
        """Texts that stand for a missing value, in lower case."""
        if self.missing is None:
            return _MISSING_MARKS
        return {"", *(mark.strip().casefold() for mark in self.missing)}

    def marked(self, numbers):
        """Return a mask (n,) of numbers that stand for a missing value, such as -99."""
        marks = [float(each) for each in self.missing or () if _is_float(each)]
        return np.isin(numbers, marks) if marks else np.zeros(len(numbers), dtype=bool)


@dataclass(frozen=True)
class TextReading:
    """Values of a column of text.

    Attributes
    ----------
    kind : {'numbers', 'dates', 'texts'}
        How the column was read.
    values : ndarray of shape (n,)
        float64 with NaN, datetime64[us] with NaT, or codes of `categories` with NaN.
    notes : tuple of str
        What was guessed that is not plain, each with the option that overrides it.
    categories : tuple of str
        Sorted different texts.
    """

    kind: str
    values: np.ndarray
    notes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


def read_text(texts: Any, options: TextOptions | None = None) -> TextReading:
    """Return the TextReading of a column: numbers, dates, or texts as they are.

    Numbers may have currency or per cent signs, a decimal comma, marks between
    thousands, another sign for minus, or brackets for a minus. skrub's ToFloat reads
    separators and brackets too, but into float32, and refuses the other signs. Dates
    are read by skrub's ToDatetime.

    Parameters
    ----------
    texts : array-like of shape (n,)
        Texts; None and NaN are missing.
    options : TextOptions, optional
        How to read them.

    Returns
    -------
    reading : TextReading
    """
    options = options or TextOptions()
    distinct, codes = _factorised(texts)
    column = _Distinct.of(distinct, codes, options.marks)
    reading = (
        _as_numbers(column, options) or _as_dates(column) or _as_categories(column)
    )
    missing = np.datetime64("NaT") if reading.kind == "dates" else np.nan
    # The code -1, of a missing text, is the last place.
    padded = np.append(reading.values, missing)
    return replace(
        reading, values=padded[codes], notes=(*reading.notes, *column.note_on_marks())
    )


def read_categories(texts: Any, options: TextOptions | None = None) -> TextReading:
    """Return the TextReading of a column of categories, which may look like numbers."""
    distinct, codes = _factorised(texts)
    column = _Distinct.of(distinct, codes, (options or TextOptions()).marks)
    reading = _as_categories(column)
    values = np.append(reading.values, np.nan)[codes]
    return replace(reading, values=values, notes=column.note_on_marks())


def holds_decimal_commas(texts):
    """Return True if most texts are numbers, some with a clear decimal comma."""
    texts = [text.strip() for text in texts if text.casefold() not in _MISSING_MARKS]
    numbers = [m["digits"] for m in map(_NUMBER.fullmatch, map(_compact, texts)) if m]
    is_clear = any(_CLEAR_COMMA.fullmatch(each) for each in numbers)
    return is_clear and len(numbers) >= _MIN_SHARE * len(texts)


def _factorised(texts):
    """Return the distinct texts, and the code (n,) of each text, -1 if missing."""
    factorize = getattr(texts, "factorize", None)
    if factorize is not None:
        codes, distinct = factorize()
        return list(distinct), codes
    numbers: dict[Any, int] = {}
    codes = np.array(
        [
            # NaN is the only value that differs from itself.
            -1 if t is None or t != t else numbers.setdefault(t, len(numbers))
            for t in np.asarray(texts, dtype=object)
        ],
        dtype=int,
    )
    return list(numbers), codes


def _is_float(text):
    """Return True if Python reads a text as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class _Distinct:
    """Distinct texts of a column, the number of rows of each, and which are marks."""

    texts: list[str]
    counts: np.ndarray
    marked: np.ndarray

    @classmethod
    def of(cls, distinct, codes, marks):
        """Return the distinct texts without outer blanks."""
        texts = [_BLANKS.sub(" ", str(text)).strip() for text in distinct]
        counts = np.bincount(codes[codes >= 0], minlength=len(texts))
        marked = np.array([text.casefold() in marks for text in texts], dtype=bool)
        return cls(texts, counts, marked)

    def holds_mostly(self, read):
        """Return True if nine tenths of the rows that have a value are in `read`."""
        total = self.counts[~self.marked].sum()
        return total > 0 and self.counts[read].sum() >= _MIN_SHARE * total

    def note_on_marks(self):
        """Return a tuple with the note on marks that are not blank, if there are."""
        marks = [i for i in np.flatnonzero(self.marked) if self.texts[i]]
        if not marks:
            return ()
        return (
            f"{self._named(marks)} counted as missing in {self._rows(marks)} (--na)",
        )

    def note_on_others(self, read, kind):
        """Return a tuple with the note on texts that are no marks and not in `read`."""
        others = np.flatnonzero(~read & ~self.marked)
        if len(others) == 0:
            return ()
        are_no = f"is no {kind}" if len(others) == 1 else f"are no {kind}s"
        return (
            f"{self._named(others)} {are_no}, counted as missing in "
            f"{self._rows(others)} (--drop)",
        )

    def _named(self, indices):
        """Return the most frequent of some texts, in quotes."""
        often = sorted(indices, key=lambda i: -self.counts[i])
        return listed([f"'{cut(self.texts[i], _SHOWN_WIDTH)}'" for i in often], 3)

    def _rows(self, indices):
        """Return the number of rows of some texts, in words."""
        return counted(self.counts[indices].sum(), "row")


def _as_numbers(column, options):
    """Return the TextReading of a column of numbers, or None."""
    digits, signs = [], set()
    known = np.flatnonzero(~column.marked)
    for i in known:
        match = _NUMBER.fullmatch(_compact(column.texts[i]))
        if match:
            digits.append(match["digits"])
            signs |= {match["before"], match["after"], match["open"]}
    if not digits:
        return None
    decimal, thousands = _separators(digits, options)
    values = np.full(len(column.texts), np.nan)
    for i in known:
        # Matches of the first pass would take much more memory than the texts.
        match = _NUMBER.fullmatch(_compact(column.texts[i]))
        if match:
            values[i] = _number(match, decimal, thousands)
        elif _INFINITE.fullmatch(column.texts[i]):
            values[i] = -np.inf if column.texts[i].startswith("-") else np.inf
    read = ~np.isnan(values)
    if not column.holds_mostly(read):
        return None
    notes = _notes_on_numbers(set("".join(digits)), signs, decimal, thousands)
    shown = (column.texts[i] for i in np.flatnonzero(read))
    if any(text.translate(_MINUS) != text for text in shown):
        notes.append("read as numbers with another sign for minus (--drop)")
    return TextReading(
        "numbers", values, (*notes, *column.note_on_others(read, "number"))
    )


def _compact(text):
    """Return a text with plain minus signs, and without blanks between other signs."""
    return re.sub(r"(?<!\d) | (?!\d)", "", text.translate(_MINUS))


def _separators(digits, options):
    """Return the decimal mark, and the other mark if it divides thousands, else ''."""
    joined = "".join(digits)
    decimal = options.decimal
    if decimal is None and options.thousands in (".", ","):
        decimal = "," if options.thousands == "." else "."
    if decimal is None:
        decimal = "," if _has_decimal_commas(digits, options.prefers_comma) else "."
    if options.thousands is not None:
        return decimal, options.thousands
    other = "." if decimal == "," else ","
    return decimal, other if other in joined else ""


def _has_decimal_commas(digits, prefers_comma):
    """Return True if commas in the digits of numbers are decimal marks."""
    both = [each for each in digits if "." in each and "," in each]
    if both:
        return 2 * sum(e.rfind(",") > e.rfind(".") for e in both) > len(both)
    commas = [each for each in digits if "," in each]
    if commas:
        divides = sum(_GROUPS_OF_COMMA.fullmatch(each) is not None for each in commas)
        several = any(each.count(",") > 1 for each in commas)
        divide = divides == len(commas) and not prefers_comma
        return not (several or divide)
    dots = [each for each in digits if "." in each]
    return bool(dots) and all(
        _GROUPS_OF_DOT.fullmatch(each)
        or (prefers_comma and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", each))
        for each in dots
    )


def _number(match, decimal, thousands):
    """Return the number of a match as a float, or NaN."""
    if bool(match["open"]) != bool(match["close"]):
        return np.nan
    whole, mark, rest = match["digits"].rpartition(decimal)
    if not mark:
        whole, rest = rest, ""
    first, *groups = re.split(rf"[ '’{re.escape(thousands)}]", whole)
    if any(len(group) != 3 for group in groups) or (groups and not 0 < len(first) < 4):
        return np.nan
    number = "".join((first, *groups))
    if not re.fullmatch(r"\d*", number + rest):
        return np.nan
    value = float(f"{number or '0'}.{rest or '0'}{match['power'] or ''}")
    signs = match["sign"] + match["inner"]
    return -value if match["open"] or "-" in signs else value


def _notes_on_numbers(digits, signs, decimal, thousands):
    """Return notes on the marks in the digits of numbers, and on signs beside them."""
    notes = []
    money = sorted(signs - {None, "%", "("})
    if money:
        notes.append(f"read as amounts of money in {listed(money, 3)} (--drop)")
    if "%" in signs:
        notes.append("read as percentages (--drop)")
    if decimal in digits and decimal == ",":
        notes.append("read as numbers with a decimal comma (--decimal)")
    marks = {thousands, "'", "’", " "} & digits
    if marks:
        named = listed([f"'{mark}'" for mark in sorted(marks)], 3)
        notes.append(f"read as numbers with {named} between thousands (--thousands)")
    if "(" in signs:
        notes.append("read as numbers, negative in brackets (--drop)")
    return notes


def _as_dates(column):
    """Return the TextReading of a column of dates, or None."""
    usable = np.flatnonzero(~column.marked)
    dates, form = parsed_dates([column.texts[i] for i in usable])
    if dates is None:
        return None
    values = np.full(len(column.texts), np.datetime64("NaT"), dtype="M8[us]")
    values[usable] = dates
    read = ~np.isnat(values)
    if not column.holds_mostly(read):
        return None
    notes = (f"read as dates{form} (--drop)",)
    return TextReading("dates", values, (*notes, *column.note_on_others(read, "date")))


def _as_categories(column):
    """Return the TextReading of texts as codes of their sorted categories."""
    known = [t for t, mark in zip(column.texts, column.marked, strict=True) if not mark]
    categories = sorted(set(known))
    number = {text: code for code, text in enumerate(categories)}
    codes = np.array(
        [
            np.nan if mark else number[text]
            for text, mark in zip(column.texts, column.marked, strict=True)
        ],
        dtype=float,
    )
    return TextReading("texts", codes, categories=tuple(categories))

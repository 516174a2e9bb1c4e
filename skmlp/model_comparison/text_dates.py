"""Read texts as dates."""

import re
import warnings

import numpy as np

from skmlp.base.optional import require

__all__ = ["parsed_dates"]

# A column may hold dates if this share of its first texts looks like dates.
_MIN_SHARE = 0.9
_TRIED_FIRST = 1000

_DATE = re.compile(
    r"\d{1,4}[-/. ](\d{1,2}|[a-z]{3,9}\.?)[-/., ] ?\d{1,4}([ T].*)?"
    r"|[a-z]{3,9}\.? \d{1,2},? \d{4}.*",
    re.IGNORECASE,
)
# Dates that skrub's ToDatetime does not know.
_MORE_FORMATS = ("%d.%m.%y", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d/%m/%y", "%m/%d/%y") + (
    "%d %b %Y",
    "%d %B %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%B %d, %Y",
)


def parsed_dates(texts):
    """Return the dates (n,) of different texts, NaT for others, and their form.

    The dates are datetime64[us], in UTC if they tell their time zone. Return (None, '')
    if most of the texts do not look like dates, or are not in one form.
    """
    tried = texts[:_TRIED_FIRST]
    alike = sum(_DATE.fullmatch(text) is not None for text in tried)
    if alike == 0 or alike < _MIN_SHARE * len(tried):
        return None, ""
    pandas = require("pandas", "a column of dates")
    usable = [i for i, text in enumerate(texts) if _DATE.fullmatch(text)]
    series = pandas.Series([texts[i] for i in usable], name="dates")
    month_first = _has_month_first(series)
    dates = _parsed(series, pandas, month_first)
    if dates is None:
        return None, ""
    if dates.dt.tz is not None:
        dates = dates.dt.tz_convert(None)
    values = np.full(len(texts), np.datetime64("NaT"), dtype="M8[us]")
    values[usable] = dates.to_numpy(dtype="M8[us]")
    forms = {None: "", True: ", the month first", False: ", the day first"}
    return values, forms[month_first]


def _has_month_first(series):
    """Return True for dates like 12/31/2020, False for 31/12/2020, None for others.

    Without a day beyond 12, dates with slashes have the month first, others the day.
    """
    pairs = series.str.extract(r"^(\d{1,2})[./-](\d{1,2})[./-]\d{2,4}").dropna()
    if not len(pairs):
        return None
    first, second = pairs[0].astype(int), pairs[1].astype(int)
    return bool((second > 12).any() or (not (first > 12).any() and "/" in series[0]))


def _parsed(series, pandas, month_first):
    """Return the dates of a series of texts, or None."""
    require("skrub", "a column of dates")
    from skrub import ToDatetime
    from skrub.core import RejectColumn

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for form in _MORE_FORMATS:
            if month_first and form.startswith("%d"):
                continue
            found = pandas.to_datetime(series, format=form, errors="coerce")
            if found.notna().mean() >= _MIN_SHARE:
                return found
        try:
            return ToDatetime().fit_transform(series)
        except RejectColumn:
            # skrub wants one format; ISO dates may have hours in some rows only.
            found = pandas.to_datetime(
                series, format="ISO8601", errors="coerce", utc=True
            )
            return found if found.notna().mean() >= _MIN_SHARE else None

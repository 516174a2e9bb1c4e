"""Numbers, p-values and lists of names as text, for reports, warnings and errors."""

import numpy as np

__all__ = ["counted", "cut", "decimals", "listed", "p_value", "short_p_value", "signed"]
__all__ += ["unused_name"]

_MOST_NAMED = 5


def signed(number):
    """Return a number as text: three decimals, none from 1000 on, more below 0.0005."""
    size = abs(number)
    is_small = 0 < size < 0.0005
    text = f"{size:.1g}" if is_small else f"{size:.{0 if size >= 1000 else 3}f}"
    return f"−{text}" if number < 0 else text


def decimals(x):
    """Return a number as text: four decimals, two from 1000 on, or a power of ten."""
    if not np.isfinite(x):
        return f"{x:g}".replace("inf", "∞").replace("-", "−")
    if x == 0 or 1e-3 <= abs(x) < 1e4:
        return f"{x:.4f}" if abs(x) < 1e3 else f"{x:.2f}"
    return f"{x:.2e}"


def p_value(p):
    """Return a p-value as 'p = 0.0123' (four decimals), or 'p < 0.0001'."""
    return f"p = {p:.4f}" if p >= 1e-4 else "p < 0.0001"


def short_p_value(p):
    """Return a p-value as 'p = 0.012' (two digits), or 'p < 0.001'."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def counted(number, noun):
    """Return a number with a noun, as '1 row' or '2,500 rows'."""
    return f"{int(number):,} {noun}{'' if number == 1 else 's'}"


def cut(name, width):
    """Return a name, shortened to `width` characters with an ellipsis if needed."""
    name = str(name)
    return name if len(name) <= width else name[: width - 1] + "…"


def listed(names, most=_MOST_NAMED, text_of=str):
    """Return names as 'a, b, c'; of more than `most` names, 'a, b and 3 more'.

    `text_of` makes text of a name; it is called for those that are shown.
    """
    shown = ", ".join(map(text_of, names[:most]))
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown


def unused_name(name, taken):
    """Return `name`, with a number appended if it is in `taken`."""
    number = 2
    unused = name
    while unused in taken:
        unused, number = f"{name} {number}", number + 1
    return unused

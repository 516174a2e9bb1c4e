"""Numbers and small arrays as text."""

from typing import Any

import numpy as np

__all__ = ["number", "quantity", "raised", "shape_text"]

_MINUS = "−"
_FEW = 6  # entries of an array that are shown as numbers


def number(value: Any, digits: int = 4) -> str:
    """Return a number with some significant digits: '0.7311', '−2', '1.5·10⁻⁷'."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if np.iscomplexobj(value):
        return str(value).replace("-", _MINUS)
    text = f"{float(value):.{digits}g}".replace("inf", "∞")
    mantissa, has_power, power = text.partition("e")
    if has_power:
        exponent = "".join(raised(letter) for letter in str(int(power)))
        text = f"{mantissa}·10{exponent}"
    text = text.replace("-", _MINUS)
    return "0" if text == f"{_MINUS}0" else text


def raised(letter: str) -> str:
    """Return a digit or a minus sign as a superscript."""
    return "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".index(letter)]


def quantity(value: Any, few: int = _FEW, digits: int = 4) -> str:
    """Return a value as text: a number, the numbers of a small array, or the shape."""
    if value is None:
        return ""
    value = np.asarray(value)
    if value.ndim == 0:
        return number(value[()], digits)
    if value.size > few:
        return f"shape {shape_text(value.shape)}"
    return _nested(value, digits)


def _nested(value, digits):
    """Return an array as numbers in brackets."""
    if value.ndim == 0:
        return number(value[()], digits)
    return f"[{', '.join(_nested(part, digits) for part in value)}]"


def shape_text(shape: tuple[int, ...]) -> str:
    """Return a shape as '(100, 10)'; that of a number is '()'."""
    return str(tuple(int(length) for length in shape))

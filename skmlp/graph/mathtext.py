"""Symbols and numbers as mathtext, the part of TeX that matplotlib reads."""

import re
import unicodedata
from typing import Any

from skmlp.graph.number_text import number

__all__ = ["escaped", "math_derivative", "math_number", "math_symbol"]

_MINUS = "−"
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar"}
_ACCENTS |= {"\u0307": "dot", "\u0308": "ddot", "\u20d7": "vec"}
_OTHER_LETTERS = {"ℓ": r"\ell", "∂": r"\partial", "∇": r"\nabla"}
_BEGINS_AND_REST = re.compile(r"(\D+?)_?(\d+)|([^\W\d_])_([^_]+)")


def math_number(value: Any) -> str:
    """Return a number as mathtext without dollar signs."""
    text = number(value)
    mantissa, has_power, power = text.partition("·10")
    mantissa = mantissa.replace(_MINUS, "-").replace("∞", r"\infty")
    if mantissa[-1].isalpha() and not mantissa.endswith("infty"):
        mantissa = rf"\mathrm{{{mantissa}}}"
    if not has_power:
        return mantissa
    plain = "".join("0123456789-"["⁰¹²³⁴⁵⁶⁷⁸⁹⁻".index(letter)] for letter in power)
    return rf"{mantissa}\cdot 10^{{{plain}}}"


def math_derivative(of: str, wrt: str) -> str:
    """Return ∂of/∂wrt as mathtext without dollar signs."""
    return rf"\partial {math_symbol(of)}/\partial {math_symbol(wrt)}"


def math_symbol(symbol: str) -> str:
    """Return a symbol as mathtext without dollar signs.

    'W₁', 'W1' and 'W_1' become W with the subscript 1, 'ŷ' becomes y with a hat, and
    'x_train' becomes x with a subscript. Words, as 'learning_rate', are upright.
    """
    base, below, above = "", "", ""
    for letter in unicodedata.normalize("NFC", symbol):
        tag, *codes = unicodedata.decomposition(letter).split() or [""]
        plain = "".join(chr(int(code, 16)) for code in codes) if "<" in tag else ""
        if tag == "<sub>":
            below += plain
        elif tag == "<super>":
            above += plain
        else:
            base += letter
    if not below and (match := _BEGINS_AND_REST.fullmatch(base)):
        base, below = (match[1], match[2]) if match[1] else (match[3], match[4])
    text = _math_word(base)
    if below:
        text += f"_{{{_math_word(below)}}}"
    if above:
        text += f"^{{{_math_word(above)}}}"
    return text


def _math_word(word):
    """Return a letter in italics, a number, or a word in upright letters."""
    letters = unicodedata.normalize("NFD", word)
    accents = [each for each in letters[1:] if unicodedata.combining(each)]
    if len(letters) == 1 + len(accents) and all(each in _ACCENTS for each in accents):
        text = _math_letter(letters[0])
        for each in accents:
            text = rf"\{_ACCENTS[each]}{{{text}}}"
        return text
    is_italic = word.isdecimal() or set(word) <= set("ijklmn")
    return word if is_italic else rf"\mathrm{{{escaped(word)}}}"


def _math_letter(letter):
    """Return mathtext for one letter; Greek letters by their names."""
    if letter in _OTHER_LETTERS:
        return _OTHER_LETTERS[letter]
    name = unicodedata.name(letter, "")
    match = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", name)
    greek = match and match[2].lower().replace("lamda", "lambda")
    if match and match[1] == "SMALL" and greek != "omicron":
        return rf"\{greek}"
    if letter in "ΓΔΘΛΞΠΣΥΦΨΩ":
        return rf"\{greek.capitalize()}"
    return escaped(letter)


def escaped(word: str) -> str:
    """Return a word in which the signs that mathtext reads as commands are escaped."""
    escapes = {"\\": r"\backslash ", "^": r"\^{}", "~": r"\sim ", "'": r"'"}
    escapes |= {'"': "”", "`": "‘", "#": r"{\#}"}  # unknown, or not inside a word
    word = re.sub(r"\s+", " ", word)
    return "".join(
        escapes.get(letter, f"\\{letter}" if letter in "_%${}" else letter)
        for letter in word
    ).replace(" ", r"\ ")

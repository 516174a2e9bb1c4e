"""Symbols, signs of operations, formulas and numbers as on paper.

Text is Unicode for tables, and mathtext (the part of TeX that matplotlib reads) for
pictures.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from skmlp.graph.node import Node

__all__ = ["SIGNS", "derivative_symbol", "formula", "math_derivative", "math_number"]
__all__ += ["math_symbol", "number", "operation_sign", "quantity", "shape_text"]

# operation: (sign in a picture as mathtext, formula of the operands). {0} and {1} are operands, {} all of them with commas, {axis} the axis, if any.
SIGNS: dict[str, tuple[str, str]] = {
    "add": ("$+$", "{0} + {1}"),
    "subtract": ("$-$", "{0} − {1}"),
    "multiply": (r"$\times$", "{0} × {1}"),
    "divide": (r"$\div$", "{0} / {1}"),
    "negative": ("$-$", "−{0}"),
    "positive": ("$+$", "+{0}"),
    "power": (r"$a^{\,b}$", "{0}^{1}"),
    "float_power": (r"$a^{\,b}$", "{0}^{1}"),
    "square": (r"$(\cdot)^2$", "{0}²"),
    "reciprocal": (r"$1/\cdot$", "1 / {0}"),
    "sqrt": ("$√$", "√{0}"),
    "cbrt": (r"$^3\!√$", "∛{0}"),
    "absolute": (r"$|\cdot|$", "|{0}|"),
    "abs": (r"$|\cdot|$", "|{0}|"),
    "fabs": (r"$|\cdot|$", "|{0}|"),
    "exp": (r"$\mathrm{exp}$", "exp({0})"),
    "exp2": (r"$2^{(\cdot)}$", "2^{0}"),
    "log": (r"$\mathrm{log}$", "log({0})"),
    "log2": (r"$\mathrm{log}_2$", "log₂({0})"),
    "log10": (r"$\mathrm{log}_{10}$", "log₁₀({0})"),
    "logistic": (r"$\sigma$", "σ({0})"),
    "expit": (r"$\sigma$", "σ({0})"),
    "log_expit": (r"$\mathrm{log}\,\sigma$", "log σ({0})"),
    "unit_step": (r"$\mathrm{step}$", "step({0})"),
    "ndtr": (r"$\Phi$", "Φ({0})"),
    "log_ndtr": (r"$\mathrm{log}\,\Phi$", "log Φ({0})"),
    "gammaln": (r"$\mathrm{log}\,\Gamma$", "log Γ({0})"),
    "maximum": (r"$\mathrm{max}$", "max({0}, {1})"),
    "minimum": (r"$\mathrm{min}$", "min({0}, {1})"),
    "fmax": (r"$\mathrm{max}$", "max({0}, {1})"),
    "fmin": (r"$\mathrm{min}$", "min({0}, {1})"),
    "sum": (r"$\Sigma$", "Σ{axis} {0}"),
    "prod": (r"$\Pi$", "Π{axis} {0}"),
    "mean": (r"$\mathrm{mean}$", "mean{axis}({0})"),
    "max": (r"$\mathrm{max}$", "max{axis}({0})"),
    "amax": (r"$\mathrm{max}$", "max{axis}({0})"),
    "min": (r"$\mathrm{min}$", "min{axis}({0})"),
    "amin": (r"$\mathrm{min}$", "min{axis}({0})"),
    "matmul": (r"$\bullet$", "{0}·{1}"),
    "dot": (r"$\bullet$", "{0}·{1}"),
    "outer": (r"$\otimes$", "{0} ⊗ {1}"),
    "transpose": (r"$(\cdot)^\mathsf{T}$", "{0}ᵀ"),
    "norm": (r"$\|\cdot\|$", "‖{0}‖"),
    "squared_norm": (r"$\|\cdot\|^2$", "‖{0}‖²"),
    "inv": (r"$(\cdot)^{-1}$", "{0}⁻¹"),
    "getitem": (r"$[\;\;]$", "{0}[{index}]"),
    "cross_entropy": ("$\\mathrm{cross}$\n$\\mathrm{entropy}$", "cross_entropy({})"),
    "log_softmax": ("$\\mathrm{log}$\n$\\mathrm{softmax}$", "log_softmax({})"),
    "logsumexp": (r"$\mathrm{log}\,\Sigma\,\mathrm{exp}$", "log Σ exp({0})"),
    "logaddexp": (r"$\mathrm{log}\,\Sigma\,\mathrm{exp}$", "log(exp {0} + exp {1})"),
}

_MINUS = "−"
_FEW = 6  # entries of an array that are shown as numbers
_ACCENTS = {"\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar"}
_ACCENTS |= {"\u0307": "dot", "\u0308": "ddot", "\u20d7": "vec"}
_OTHER_LETTERS = {"ℓ": r"\ell", "∂": r"\partial", "∇": r"\nabla"}
_BEGINS_AND_REST = re.compile(r"(\D+?)_?(\d+)|([^_]+)_(.+)")


def number(value: Any, digits: int = 4) -> str:
    """Return a number with some significant digits: '0.7311', '−2', '1.5·10⁻⁷'."""
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if np.iscomplexobj(value):
        return str(value).replace("-", _MINUS)
    text = f"{float(value):.{digits}g}".replace("inf", "∞")
    mantissa, has_power, power = text.partition("e")
    if has_power:
        raised = "".join(_raised(letter) for letter in str(int(power)))
        text = f"{mantissa}·10{raised}"
    text = text.replace("-", _MINUS)
    return "0" if text == f"{_MINUS}0" else text


def _raised(letter):
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


def derivative_symbol(of: str, wrt: str) -> str:
    """Return '∂ℓ/∂u₃' for the symbols 'ℓ' and 'u₃'."""
    return f"∂{of}/∂{wrt}"


def formula(node: "Node") -> str:
    """Return how a node is computed, as 'u₁ × u₂'; '' unless it is an operation."""
    if node.kind != "operation":
        return ""
    symbols = [each.symbol for each in node.operands]
    everything = ", ".join(symbols)
    operation = node.operation
    if operation in ("power", "float_power") and len(symbols) == 1:
        exponent = node.settings.get("exponent", "p")
        return f"{symbols[0]}{_raised_text(exponent)}"
    if operation in ("power", "float_power") and node.operands[1].kind == "constant":
        return f"{symbols[0]}{_raised_text(node.operands[1].value)}"
    _, template = SIGNS.get(operation, ("", f"{operation}({{}}{{axis_last}})"))
    axis = node.settings.get("axis")
    if "{1}" in template and len(symbols) < 2:
        template = f"{operation}({{}}{{axis_last}})"
    return (
        template.replace("{axis_last}", "" if axis is None else f", axis={axis}")
        .replace("{axis}", "" if axis is None else f"[axis {axis}]")
        .replace("{index}", _index_text(node.settings.get("index")))
        .replace("{0}", symbols[0] if symbols else "")
        .replace("{1}", symbols[1] if len(symbols) > 1 else "")
        .replace("{}", everything)
    )


def _raised_text(exponent):
    """Return an exponent as '²', '⁻¹', or '^0.5'."""
    is_whole = np.ndim(exponent) == 0 and not isinstance(exponent, str)
    if is_whole and float(exponent) == int(exponent):
        return "".join(_raised(letter) for letter in str(int(exponent)))
    return f"^{exponent if isinstance(exponent, str) else quantity(exponent)}"


def _index_text(index):
    """Return an index as it is written: '0', ':, 1', '…' for arrays."""
    if isinstance(index, tuple):
        return ", ".join(_index_text(part) for part in index)
    if isinstance(index, slice):
        ends = ("" if each is None else str(each) for each in (index.start, index.stop))
        step = "" if index.step is None else f":{index.step}"
        return ":".join(ends) + step
    if index is Ellipsis:
        return "..."
    if index is None:
        return "newaxis"
    is_short = isinstance(index, int | np.integer)
    return str(index) if is_short else "…"


def operation_sign(node: "Node", signs: Mapping[str, str] | None = None) -> str:
    """Return the sign of an operation in a picture, as mathtext.

    Parameters
    ----------
    node : Node
        A node of the kind 'operation'.
    signs : dict of str to str, default=None
        Signs to use instead of those of the table.
    """
    operation = node.operation
    if signs and operation in signs:
        return signs[operation]
    if operation in ("power", "float_power"):
        constants = [each for each in node.operands[1:] if each.kind == "constant"]
        exponent = (
            constants[0].value if constants else node.settings.get("exponent", None)
        )
        if exponent is not None and np.ndim(exponent) == 0:
            return rf"$(\cdot)^{{{math_number(exponent)}}}$"
    if operation == "multiply" and len(node.operands) == 2:
        arrays = [each for each in node.operands if np.ndim(each.value) > 0]
        return r"$\odot$" if len(arrays) == 2 else r"$\times$"
    if operation in SIGNS:
        return SIGNS[operation][0]
    return rf"$\mathrm{{{_escaped(operation)}}}$"


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
    'x_train' becomes x with a subscript. Words are upright.
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
    return word if is_italic else rf"\mathrm{{{_escaped(word)}}}"


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
    return _escaped(letter)


def _escaped(word):
    """Return a word in which the signs that mathtext reads as commands are escaped."""
    escapes = {"\\": r"\backslash ", "^": r"\^{}", "~": r"\sim ", "'": r"'"}
    return "".join(
        escapes.get(letter, f"\\{letter}" if letter in "_#%&${}" else letter)
        for letter in word
    ).replace(" ", r"\ ")

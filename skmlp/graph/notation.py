"""Signs of operations, and formulas, as on paper.

Formulas are Unicode, for tables. Signs are Unicode, or mathtext for pictures.
"""

from collections.abc import Mapping

import numpy as np

from skmlp.graph.indexing import IndexOperand
from skmlp.graph.mathtext import escaped, math_number, math_symbol
from skmlp.graph.node import Node
from skmlp.graph.number_text import number, raised

__all__ = ["SIGNS", "derivative_symbol", "formula", "operation_sign", "plain_sign"]

_LOG_SUM_EXP = r"$\mathrm{log}\,\Sigma\,\mathrm{exp}$"

# operation: (sign as mathtext, sign as text, formula of the operands). {0} and {1} are
# operands, {} all of them with commas, {axis} the axis, if any.
SIGNS: dict[str, tuple[str, str, str]] = {
    "add": ("$+$", "+", "{0} + {1}"),
    "subtract": ("$-$", "−", "{0} − {1}"),
    "multiply": (r"$\times$", "×", "{0} × {1}"),
    "divide": (r"$\div$", "÷", "{0} / {1}"),
    "negative": ("$-$", "−", "−{0}"),
    "positive": ("$+$", "+", "+{0}"),
    "power": (r"$a^{\,b}$", "power", "{0}^{1}"),
    "float_power": (r"$a^{\,b}$", "power", "{0}^{1}"),
    "square": (r"$(\cdot)^2$", "(·)²", "{0}²"),
    "reciprocal": (r"$1/\cdot$", "1/·", "1 / {0}"),
    "sqrt": ("$√$", "√", "√{0}"),
    "cbrt": (r"$^3\!√$", "∛", "∛{0}"),
    "absolute": (r"$|\cdot|$", "|·|", "|{0}|"),
    "abs": (r"$|\cdot|$", "|·|", "|{0}|"),
    "fabs": (r"$|\cdot|$", "|·|", "|{0}|"),
    "exp": (r"$\mathrm{exp}$", "exp", "exp({0})"),
    "exp2": (r"$2^{(\cdot)}$", "2^(·)", "2^{0}"),
    "log": (r"$\mathrm{log}$", "log", "log({0})"),
    "log2": (r"$\mathrm{log}_2$", "log₂", "log₂({0})"),
    "log10": (r"$\mathrm{log}_{10}$", "log₁₀", "log₁₀({0})"),
    "logistic": (r"$\sigma$", "σ", "σ({0})"),
    "expit": (r"$\sigma$", "σ", "σ({0})"),
    "log_expit": (r"$\mathrm{log}\,\sigma$", "log σ", "log σ({0})"),
    "unit_step": (r"$\mathrm{step}$", "step", "step({0})"),
    "ndtr": (r"$\Phi$", "Φ", "Φ({0})"),
    "log_ndtr": (r"$\mathrm{log}\,\Phi$", "log Φ", "log Φ({0})"),
    "gammaln": (r"$\mathrm{log}\,\Gamma$", "log Γ", "log Γ({0})"),
    "maximum": (r"$\mathrm{max}$", "max", "max({0}, {1})"),
    "minimum": (r"$\mathrm{min}$", "min", "min({0}, {1})"),
    "fmax": (r"$\mathrm{max}$", "max", "max({0}, {1})"),
    "fmin": (r"$\mathrm{min}$", "min", "min({0}, {1})"),
    "greater": ("$>$", ">", "{0} > {1}"),
    "greater_equal": (r"$\geq$", "≥", "{0} ≥ {1}"),
    "less": ("$<$", "<", "{0} < {1}"),
    "less_equal": (r"$\leq$", "≤", "{0} ≤ {1}"),
    "equal": ("$=$", "=", "{0} = {1}"),
    "not_equal": (r"$\neq$", "≠", "{0} ≠ {1}"),
    "sum": (r"$\Sigma$", "Σ", "Σ{axis} {0}"),
    "prod": (r"$\Pi$", "Π", "Π{axis} {0}"),
    "mean": (r"$\mathrm{mean}$", "mean", "mean{axis}({0})"),
    "max": (r"$\mathrm{max}$", "max", "max{axis}({0})"),
    "amax": (r"$\mathrm{max}$", "max", "max{axis}({0})"),
    "min": (r"$\mathrm{min}$", "min", "min{axis}({0})"),
    "amin": (r"$\mathrm{min}$", "min", "min{axis}({0})"),
    "sum_of": (r"$\Sigma$", "Σ", "{sum}"),
    "sum_of_squares": (r"$\Sigma\,(\cdot)^2$", "Σ(·)²", "{sum_of_squares}"),
    "transposed_product": (r"$W^\mathsf{T}x$", "Wᵀx", "{0}ᵀ{1}"),
    "absolute_norm": (r"$\|\cdot\|_1$", "‖·‖₁", "‖{0}‖₁"),
    "matmul": (r"$\bullet$", "·", "{0}·{1}"),
    "dot": (r"$\bullet$", "·", "{0}·{1}"),
    "outer": (r"$\otimes$", "⊗", "{0} ⊗ {1}"),
    "transpose": (r"$(\cdot)^\mathsf{T}$", "(·)ᵀ", "{0}ᵀ"),
    "norm": (r"$\|\cdot\|$", "‖·‖", "‖{0}‖"),
    "squared_norm": (r"$\|\cdot\|^2$", "‖·‖²", "‖{0}‖²"),
    "inv": (r"$(\cdot)^{-1}$", "(·)⁻¹", "{0}⁻¹"),
    "getitem": (r"$[\;\;]$", "[ ]", "{0}[{index}]"),
    "cross_entropy": (
        "$\\mathrm{cross}$\n$\\mathrm{entropy}$",
        "cross entropy",
        "cross_entropy({})",
    ),
    "log_softmax": (
        "$\\mathrm{log}$\n$\\mathrm{softmax}$",
        "log softmax",
        "log_softmax({})",
    ),
    "logsumexp": (
        r"$\mathrm{log}\,\Sigma\,\mathrm{exp}$",
        "log Σ exp",
        "log Σ exp({0})",
    ),
    "logaddexp": (
        r"$\mathrm{log}\,\Sigma\,\mathrm{exp}$",
        "log Σ exp",
        "log(exp {0} + exp {1})",
    ),
}


def derivative_symbol(of: str, wrt: str) -> str:
    """Return '∂ℓ/∂u₃' for the symbols 'ℓ' and 'u₃'."""
    return f"∂{of}/∂{wrt}"


def formula(node: Node) -> str:
    """Return how a node is computed, as 'u₁ × u₂'; '' unless it is an operation."""
    if node.kind != "operation":
        return ""
    symbols = [each.symbol for each in node.operands]
    everything = ", ".join(symbols)
    operation = node.operation
    exponent = _constant_exponent(node)
    if exponent is not None:
        return f"{symbols[0]}{_raised_text(exponent)}"
    usual = f"{operation}({{}}{_settings_text(node.settings)})"
    template = SIGNS[operation][2] if operation in SIGNS else usual
    if "{1}" in template and len(symbols) < 2:
        template = usual
    if template.startswith("{0} ") and len(symbols) > 1 and symbols[1][0] == "−":
        symbols[1] = f"({symbols[1]})"
    axis = node.settings.get("axis")
    return (
        template.replace("{axis}", "" if axis is None else f"[axis {axis}]")
        .replace("{index}", _index_text(node.settings.get("index"), symbols))
        .replace("{0}", symbols[0] if symbols else "")
        .replace("{1}", symbols[1] if len(symbols) > 1 else "")
        .replace("{}", everything)
        .replace("{sum}", " + ".join(symbols))
        .replace("{sum_of_squares}", " + ".join(f"{each}²" for each in symbols))
    )


def _settings_text(settings):
    """Return the settings of an operation, as ', axis=1'; without arrays."""
    shown = (int, float, str, tuple)
    return "".join(
        f", {key}={value}"
        for key, value in settings.items()
        if isinstance(value, shown) and key != "keepdims"
    )


def _raised_text(exponent):
    """Return an exponent as '²', '⁻¹', or '^0.5'."""
    if float(exponent).is_integer():
        return "".join(raised(letter) for letter in str(int(exponent)))
    return f"^{number(exponent)}"


def _index_text(index, symbols):
    """Return an index as it is written: '0', ':, 1', 'u₄', '…' for arrays."""
    if isinstance(index, tuple):
        return ", ".join(_index_text(part, symbols) for part in index)
    if isinstance(index, IndexOperand):
        return symbols[1 + index]
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


def operation_sign(node: Node, signs: Mapping[str, str] | None = None) -> str:
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
    exponent = _constant_exponent(node)
    if exponent is not None:
        return rf"$(\cdot)^{{{math_number(exponent)}}}$"
    if operation == "multiply" and _multiplies_arrays(node):
        return r"$\odot$"
    if operation == "transposed_product":
        W, x = (math_symbol(each.symbol) for each in node.operands)
        return rf"${W}^{{\,\mathsf{{T}}}}{x}$"
    if operation in SIGNS:
        return SIGNS[operation][0]
    return rf"$\mathrm{{{escaped(operation)}}}$"


def plain_sign(node: Node) -> str:
    """Return the sign of an operation as plain text, for pictures by other programs."""
    operation = node.operation
    exponent = _constant_exponent(node)
    if exponent is not None:
        return f"(·){_raised_text(exponent)}"
    if operation == "multiply" and _multiplies_arrays(node):
        return "⊙"
    if operation == "transposed_product":
        return formula(node)
    return SIGNS[operation][1] if operation in SIGNS else operation


def _constant_exponent(node):
    """Return the exponent of a power if it is one constant number, or None."""
    if node.operation not in ("power", "float_power"):
        return None
    constants = [each for each in node.operands[1:] if each.kind == "constant"]
    exponent = constants[0].value if constants else node.settings.get("exponent")
    return exponent if exponent is not None and np.ndim(exponent) == 0 else None


def _multiplies_arrays(node):
    """Return True if two operands are arrays, which are multiplied entry by entry."""
    return sum(np.ndim(each.value) > 0 for each in node.operands) == 2

"""Table of the operations of programs that stand for primitives of graphs.

The key is the function of NumPy or SciPy that computes the primitive. A row takes the
builder, the operands, and the settings of the node.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from math import log, pi, sqrt
from typing import Any

import numpy as np
from scipy import special

from skmlp._kernels import OPERATIONS
from skmlp.graph.elementwise import ELEMENTWISE
from skmlp.graph.functions import LOG_SOFTMAX, LOGSUMEXP, SOFTMAX, UNIT_STEP
from skmlp.graph.programs.builder import NoProgram
from skmlp.graph.selections import CAST

__all__ = ["ELEMENTWISE_ROWS", "REDUCTION_ROWS", "ROWS_WITH_NODES"]

_LARGEST_POWER = 8  # that is computed by multiplications


def _plain(name):
    """Return the row of an operation that has this name in programs, too."""
    return lambda build, *x: build.apply(name, *x)


def _swapped(name):
    return lambda build, x, y: build.apply(name, y, x)


def _times(factor):
    return lambda build, x: build.apply("multiply", x, build.constant(factor))


def _logical(name):
    """Return the row of an operation on bits, which has to be one on truth values."""

    def row(build, *x, node):
        if node.value.dtype.kind != "b":  # ~1 is −2
            raise NoProgram("it has an operation on the bits of integers")
        return build.apply(name, *x)

    return row


def _on_conditions(name, of_conditions):
    """Return the row of an operation that is a logical one for two conditions."""

    def row(build, x, y, *, node):
        name_here = of_conditions if node.value.dtype.kind == "b" else name
        return build.apply(name_here, x, y)

    return row


def _power(build, x, y):
    exponent = build.number_of(y)
    if exponent is None or abs(exponent) > _LARGEST_POWER:
        return build.apply("power", x, y)
    if exponent == 0.5:
        return build.apply("sqrt", x)
    if exponent != round(exponent):
        return build.apply("power", x, y)
    if exponent < 0:
        return build.apply("reciprocal", _power(build, x, build.constant(-exponent)))
    result, factor, rest = None, x, int(exponent)
    while rest:
        if rest % 2:
            result = (
                factor if result is None else build.apply("multiply", result, factor)
            )
        rest //= 2
        if rest:
            factor = build.apply("square", factor)
    return build.constant(1.0) if result is None else result


def _logaddexp2(build, x, y):
    x, y = (build.apply("multiply", each, build.constant(log(2))) for each in (x, y))
    return build.apply("divide", build.apply("logaddexp", x, y), build.constant(log(2)))


def _is_infinite(build, x):
    return build.apply("equal", build.apply("absolute", x), build.constant(np.inf))


def _heaviside(build, x, at_zero):
    zero = build.constant(0.0)
    positive = build.apply(
        "where", build.apply("greater", x, zero), build.constant(1.0), x
    )
    positive = build.apply("where", build.apply("greater", zero, x), zero, positive)
    return build.apply("where", build.apply("equal", x, zero), at_zero, positive)


def _clip(build, x, low, high):
    return build.apply("minimum", build.apply("maximum", x, low), high)


def _where(build, condition, x, y):
    return build.apply("where", condition, x, y)


def _cast(build, x, *, node):
    """Return the value itself: a program has one precision, that of the network."""
    dtype = np.dtype(node.settings["dtype"])
    if dtype in (np.float32, np.float64) or build.is_condition(x):
        return x
    if dtype.kind == "b":
        return build.apply("not_equal", x, build.constant(0.0))
    if dtype == np.int64:
        return build.apply("trunc", x)
    raise NoProgram(f"it converts numbers to {dtype}")


def _round(build, x, *, node):
    factor = 10.0 ** node.settings.get("decimals", 0)
    if factor == 1:
        return build.apply("rint", x)
    scaled = build.apply("rint", build.apply("multiply", x, build.constant(factor)))
    return build.apply("divide", scaled, build.constant(factor))


def _logit(build, p):
    rest = build.apply("subtract", build.constant(1.0), p)
    return build.apply("log", build.apply("divide", p, rest))


def _log_expit(build, x):
    return build.apply("negative", build.apply("softplus", build.apply("negative", x)))


def _normal_distribution(build, x):
    scaled = build.apply("multiply", x, build.constant(-sqrt(0.5)))
    return build.apply("multiply", build.constant(0.5), build.apply("erfc", scaled))


def _entropy(build, x):
    zero = build.constant(0.0)
    inside = build.apply("negative", build.apply("multiply", x, build.apply("log", x)))
    outside = build.apply(
        "where", build.apply("greater", zero, x), build.constant(-np.inf), inside
    )
    return build.apply("where", build.apply("equal", x, zero), zero, outside)


def _times_logarithm(logarithm):
    """Return the row of x·log(y) or x·log(1 + y): 0 for x = 0 unless y is NaN."""

    def row(build, x, y):
        product = build.apply("multiply", x, build.apply(logarithm, y))
        zero = build.constant(0.0)
        is_zero = build.apply("equal", x, zero)
        known = build.apply("equal", y, y)
        return build.apply(
            "where", build.apply("logical_and", is_zero, known), zero, product
        )

    return row


def _reduced(operation):
    """Return the row of an extreme or of the sum of every row."""
    return lambda build, x, width: build.reduce(operation, x, width)


def _of_conditions(operation):
    """Return the row of `any` or `all`, which is an extreme of zeros and ones."""

    def row(build, x, width):
        return build.reduce(
            operation, build.apply("not_equal", x, build.constant(0.0)), width
        )

    return row


def _softmax(build, x, width):
    lower = build.apply("subtract", x, build.reduce("row_max", x, width))
    powers = build.apply("exp", lower)
    return build.apply("divide", powers, build.reduce("row_sum", powers, width))


def _log_softmax(build, x, width):
    lower = build.apply("subtract", x, build.reduce("row_max", x, width))
    total = build.reduce("row_sum", build.apply("exp", lower), width)
    return build.apply("subtract", lower, build.apply("log", total))


def _logsumexp(build, x, width):
    largest = build.reduce("row_max", x, width)
    none = build.apply("equal", largest, build.constant(-np.inf))
    shift = build.apply("where", none, build.constant(0.0), largest)
    powers = build.apply("exp", build.apply("subtract", x, shift))
    total = build.apply("log", build.reduce("row_sum", powers, width))
    return build.apply("add", total, shift)


def _mean(build, x, width):
    total = build.reduce("row_sum", x, width)
    return build.apply("divide", total, build.constant(float(width)))


ELEMENTWISE_ROWS: dict[Any, Callable[..., int]] = {
    getattr(np, name): _plain(name) for name in OPERATIONS if hasattr(np, name)
}
ELEMENTWISE_ROWS |= {
    np.add: _on_conditions("add", "logical_or"),
    np.multiply: _on_conditions("multiply", "logical_and"),
    np.fabs: _plain("absolute"),
    np.less: _swapped("greater"),
    np.less_equal: _swapped("greater_equal"),
    ELEMENTWISE[np.power].forward: _power,
    np.float_power: _power,
    np.logaddexp2: _logaddexp2,
    np.radians: _times(pi / 180),
    np.deg2rad: _times(pi / 180),
    np.degrees: _times(180 / pi),
    np.rad2deg: _times(180 / pi),
    np.isinf: _is_infinite,
    np.invert: _logical("logical_not"),
    np.bitwise_and: _logical("logical_and"),
    np.bitwise_or: _logical("logical_or"),
    np.bitwise_xor: _logical("logical_xor"),
    np.heaviside: _heaviside,
    np.where: _where,
    np.clip: _clip,
    CAST.forward: _cast,
    np.round: _round,
    np.around: _round,
    np.fix: _plain("trunc"),
    UNIT_STEP.forward: lambda build, x: build.apply(
        "greater_equal", x, build.constant(0.0)
    ),
    special.expit: _plain("expit"),
    special.erf: _plain("erf"),
    special.erfc: _plain("erfc"),
    special.logit: _logit,
    special.log_expit: _log_expit,
    special.ndtr: _normal_distribution,
    special.entr: _entropy,
    special.xlogy: _times_logarithm("log"),
    special.xlog1py: _times_logarithm("log1p"),
    special.exp10: lambda build, x: build.apply("power", build.constant(10.0), x),
}
# Functions of all numbers of a row; `width` is their number.
REDUCTION_ROWS: dict[Any, Callable[..., int]] = {
    np.sum: _reduced("row_sum"),
    np.mean: _mean,
    np.max: _reduced("row_max"),
    np.min: _reduced("row_min"),
    np.any: _of_conditions("row_max"),
    np.all: _of_conditions("row_min"),
    SOFTMAX.forward: _softmax,
    LOG_SOFTMAX.forward: _log_softmax,
    LOGSUMEXP.forward: _logsumexp,
}
# Rows that take the node, for its settings or its data type.
ROWS_WITH_NODES = {
    row
    for row in ELEMENTWISE_ROWS.values()
    if "node" in inspect.signature(row).parameters
}

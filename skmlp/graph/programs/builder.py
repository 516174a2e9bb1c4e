"""Values of a program before they have registers: no value is computed twice."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skmlp._kernels import constant_result

__all__ = ["Builder", "NoProgram", "Value", "are_close"]

# Operations whose results are 0 or 1.
_CONDITIONS = {
    *("greater", "greater_equal", "equal", "not_equal", "logical_and", "logical_or"),
    *("logical_xor", "logical_not", "isnan", "isfinite"),
}
_LONGEST = 4000  # operations, before those without use are left out


class NoProgram(Exception):
    """A function has no program; the message says why."""


class Value(NamedTuple):
    """Input, constant or result of an operation.

    Operands are numbers of values. A constant is a tuple, of one number or of one for
    each column; a constant of one number is neither wide nor narrow.
    """

    operation: str
    operands: tuple[int, ...]
    is_wide: bool
    is_condition: bool
    constant: tuple[float, ...] | None = None


def are_close(value, other, tolerance):
    """Return True if two values are constants that are equal up to rounding."""
    if value.constant is None or other.constant is None:
        return False
    numbers, others = np.array(value.constant), np.array(other.constant)
    return numbers.shape == others.shape and np.allclose(
        numbers, others, rtol=tolerance, atol=0, equal_nan=True
    )


class Builder:
    """List of the values of a program, each with a number.

    Parameters
    ----------
    width : int
        Numbers in a row of a wide value; with 1, all values are wide.
    tolerance : float, default=0
        Constants whose relative difference is smaller are one value.
    """

    def __init__(self, width, tolerance=0):
        self.width, self.tolerance = width, tolerance
        self.values = []
        self._numbers = {}

    def input(self, position):
        """Return the number of an input."""
        return self._add(Value("input", (position,), True, False))

    def constant(self, numbers):
        """Return the number of a constant: one number, or one for each column."""
        if isinstance(numbers, float):
            return self._add(Value("constant", (), False, False, (numbers,)))
        numbers = np.ravel(np.asarray(numbers, dtype=np.float64))
        if numbers.size and np.array_equal(
            numbers, np.full_like(numbers, numbers[0]), equal_nan=True
        ):
            numbers = numbers[:1]
        wide = len(numbers) > 1
        return self._add(Value("constant", (), wide, False, tuple(numbers.tolist())))

    def number_of(self, value):
        """Return the one number of a constant, or None for other values."""
        constant = self.values[value].constant
        return constant[0] if constant is not None and len(constant) == 1 else None

    def is_condition(self, value):
        """Return True if a value is 0 or 1 in each place."""
        return self.values[value].is_condition or self.number_of(value) in (0.0, 1.0)

    def spread(self, value):
        """Return a wide value that repeats a narrow one; others as they are."""
        each = self.values[value]
        if each.is_wide or each.constant is not None:
            return value
        return self._add(Value("spread", (value,), True, each.is_condition))

    def reduce(self, operation, value, width):
        """Return the sum or the extreme of every row of a value, a narrow value.

        `width` is the number of numbers in a row of the value. If it is not 1, the
        value is wide, or a constant.
        """
        if width == 1:
            return value
        each = self.values[value]
        if each.constant is not None:
            rows = np.broadcast_to(each.constant, (1, self.width))
            return self.constant(constant_result(operation, rows))
        is_condition = each.is_condition and operation != "row_sum"
        return self._add(Value(operation, (value,), False, is_condition))

    def apply(self, operation, *operands):
        """Return the number of the result of an operation on elements."""
        if any(self.values[each].is_wide for each in operands):
            operands = tuple(map(self.spread, operands))
        simple = self._simplified(operation, operands)
        if simple is not None:
            return simple
        constants = [self.values[each].constant for each in operands]
        if None not in constants:
            arrays = map(np.asarray, constants)
            return self.constant(constant_result(operation, *arrays))
        wide = any(self.values[each].is_wide for each in operands)
        condition = operation in _CONDITIONS or (
            operation == "where" and all(map(self.is_condition, operands[1:]))
        )
        return self._add(Value(operation, tuple(operands), wide, condition))

    def _add(self, value):
        """Return the number of a value, a new one if it is not known."""
        key = value
        if value.constant is not None:  # NaN and the sign of zero count, too
            key = repr(value.constant)
            if self.tolerance and key not in self._numbers:
                for number, known in enumerate(self.values):
                    if are_close(known, value, self.tolerance):
                        return number
        if key not in self._numbers:
            if len(self.values) > _LONGEST:
                raise NoProgram(f"it has more than {_LONGEST} operations")
            self._numbers[key] = len(self.values)
            self.values.append(value)
        return self._numbers[key]

    def _simplified(self, operation, operands):
        """Return a value that is equal to an operation in every case, or None."""
        numbers = [self.number_of(each) for each in operands]
        x = operands[0]
        if operation == "positive":
            return x
        if operation == "multiply" and 1.0 in numbers:
            return operands[1 - numbers.index(1.0)]
        if operation == "multiply" and -1.0 in numbers:
            return self.apply("negative", operands[1 - numbers.index(-1.0)])
        if operation == "divide" and numbers[1] == 1.0:
            return x
        if operation == "where":
            return self._simple_choice(*operands)
        if operation in ("not_equal", "equal") and 0.0 in numbers:
            other = operands[1 - numbers.index(0.0)]
            if self.values[other].is_condition:
                return (
                    other
                    if operation == "not_equal"
                    else self.apply("logical_not", other)
                )
        if operation == "logical_not" and self.values[x].operation == operation:
            inner = self.values[x].operands[0]
            return inner if self.values[inner].is_condition else None
        if operation in ("logical_and", "logical_or"):
            return self._simple_pair(operation, operands, numbers)
        if operation == "logaddexp" and 0.0 in numbers:
            return self.apply("softplus", operands[1 - numbers.index(0.0)])
        return None

    def _simple_pair(self, operation, operands, numbers):
        """Return one of two conditions that are equal, or of which one is constant."""
        if not all(map(self.is_condition, operands)):
            return None
        if operands[0] == operands[1]:
            return operands[0]
        for number, other in zip(numbers, operands[::-1], strict=True):
            if number is not None:
                neutral = number == (operation == "logical_and")
                return other if neutral else self.constant(number)
        return None

    def _simple_choice(self, condition, chosen, other):
        """Return a simpler form of where(condition, chosen, other), or None."""
        number = self.number_of(condition)
        if number is not None:
            return chosen if number else other
        if chosen == other:
            return chosen
        pair = (self.number_of(chosen), self.number_of(other))
        if self.values[condition].is_condition and pair in ((1.0, 0.0), (0.0, 1.0)):
            return condition if pair[0] else self.apply("logical_not", condition)
        inner = self.values[chosen]
        if inner.operation == "where" and inner.operands[0] == condition:
            return self.apply("where", condition, inner.operands[1], other)
        inner = self.values[other]
        if inner.operation == "where" and inner.operands[0] == condition:
            return self.apply("where", condition, chosen, inner.operands[2])
        return None

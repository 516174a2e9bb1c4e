"""From the values of a program to its registers and the arrays that kernels take."""

from __future__ import annotations

import numpy as np

from skmlp._kernels import OPERATIONS, Program, n_operands
from skmlp.graph.programs.builder import NoProgram, Value

__all__ = ["assembled"]

_MOST_REGISTERS = 1024  # SKMLP_MAX_REGISTERS in c/programs.h
_CODES = {name: code for code, name in enumerate(OPERATIONS)}


def assembled(values, outputs, n_inputs, width, value_is_wide):
    """Return the Program that computes two outputs, the value first.

    Parameters
    ----------
    values : list of Value
    outputs : tuple of int
        Numbers of the value and of the derivative.
    n_inputs, width : int
    value_is_wide : bool
        True if the value is wide, as the derivative is.
    """
    return _Assembly(values, n_inputs, width).program(outputs, value_is_wide)


class _Assembly:
    """Registers: inputs, constants, then results, whose registers are used again."""

    def __init__(self, values, n_inputs, width):
        self.values, self.n_inputs, self.width = list(values), n_inputs, width

    def program(self, outputs, value_is_wide):
        """Return the Program."""
        outputs = (
            self.of_kind(outputs[0], value_is_wide),
            self.of_kind(outputs[1], True),
        )
        first = self.needed(outputs[:1])
        order = first + [
            each for each in self.needed(outputs) if each not in set(first)
        ]
        constants, places = self.constants(order, outputs)
        code, is_wide, registers = self.allocated(order, outputs, constants, places)
        table = [
            np.resize(self.values[each].constant, self.width) for each, _ in constants
        ]
        return Program(
            code=np.array(code, dtype=np.int32).reshape(-1, 5),
            is_wide=np.array(is_wide, dtype=np.int32),
            constants=np.array(table, dtype=np.float64).reshape(-1, self.width),
            outputs=np.array(registers, dtype=np.int32),
            n_inputs=self.n_inputs,
            n_value_operations=len(first),
        )

    def of_kind(self, value, is_wide):
        """Return an output with the kind that it has to have."""
        each = self.values[value]
        if each.constant is not None or each.is_wide == is_wide:
            return (value, is_wide)
        if each.is_wide:
            raise NoProgram("its value has a number for each element, not for each row")
        self.values.append(Value("spread", (value,), True, False))
        return (len(self.values) - 1, True)

    def needed(self, outputs):
        """Return the operations on which outputs depend, operands first."""
        found, stack = set(), [value for value, _ in outputs]
        while stack:
            value = stack.pop()
            each = self.values[value]
            if each.operation not in ("input", "constant") and value not in found:
                found.add(value)
                stack.extend(each.operands)
        return sorted(found)  # operands have smaller numbers

    def constants(self, order, outputs):
        """Return the constants (number, is_wide) that are used, and their registers."""
        used = [each for each in outputs if self.values[each[0]].constant is not None]
        for value in order:
            each = self.values[value]
            used += [
                (operand, each.is_wide)
                for operand in each.operands
                if self.values[operand].constant is not None
            ]
        kept = list(dict.fromkeys(used))
        return kept, {each: self.n_inputs + i for i, each in enumerate(kept)}

    def allocated(self, order, outputs, constants, places):
        """Return the code, the kinds of all registers, and those of the outputs."""
        last_use = {
            operand: step
            for step, value in enumerate(order)
            for operand in self.values[value].operands
        }
        last_use |= {value: len(order) for value, _ in outputs}
        is_wide = [1] * self.n_inputs + [int(wide) for _, wide in constants]
        free = {True: [], False: []}
        registers, code = {}, []

        def register_of(operand, wide):
            each = self.values[operand]
            if each.operation == "input":
                return each.operands[0]
            return (
                registers[operand] if each.constant is None else places[operand, wide]
            )

        for step, value in enumerate(order):
            each = self.values[value]
            if free[
                each.is_wide
            ]:  # operands are still in use: the target is no operand
                target = free[each.is_wide].pop()
            else:
                target = len(is_wide)
                is_wide.append(int(each.is_wide))
            registers[value] = target
            operands = [register_of(operand, each.is_wide) for operand in each.operands]
            assert len(operands) == n_operands(each.operation)
            code.append(
                [_CODES[each.operation], target, *operands, *[0] * (3 - len(operands))]
            )
            for operand in dict.fromkeys(each.operands):
                if operand in registers and last_use[operand] == step:
                    free[self.values[operand].is_wide].append(registers[operand])
            if value not in last_use:
                free[each.is_wide].append(target)
        if len(is_wide) > _MOST_REGISTERS:
            raise NoProgram(f"it needs more than {_MOST_REGISTERS} registers")
        return code, is_wide, [register_of(*each) for each in outputs]

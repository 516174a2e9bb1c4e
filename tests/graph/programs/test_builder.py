"""Values of programs are not computed twice, and simple ones are simplified."""

import numpy as np
import pytest

from skmlp.graph.programs.builder import Builder, NoProgram


def test_an_operation_of_equal_operands_is_one_value():
    build = Builder(1)
    z = build.input(0)
    assert build.apply("exp", z) == build.apply("exp", z)
    assert build.constant(2.0) == build.constant([2.0, 2.0])
    assert build.constant(0.0) != build.constant(-0.0)
    assert build.constant(np.nan) == build.constant(np.nan)


@pytest.mark.parametrize(
    ("simple", "same"),
    [
        (lambda b, z, c: b.apply("multiply", z, b.constant(1.0)), lambda b, z, c: z),
        (lambda b, z, c: b.apply("divide", z, b.constant(1.0)), lambda b, z, c: z),
        (lambda b, z, c: b.apply("positive", z), lambda b, z, c: z),
        (lambda b, z, c: b.apply("where", c, z, z), lambda b, z, c: z),
        (
            lambda b, z, c: b.apply("where", c, b.constant(1.0), b.constant(0.0)),
            lambda b, z, c: c,
        ),
        (
            lambda b, z, c: b.apply("where", c, b.constant(0.0), b.constant(1.0)),
            lambda b, z, c: b.apply("logical_not", c),
        ),
        (
            lambda b, z, c: b.apply(
                "where", c, b.apply("where", c, z, b.constant(3.0)), b.constant(2.0)
            ),
            lambda b, z, c: b.apply("where", c, z, b.constant(2.0)),
        ),
        (
            lambda b, z, c: b.apply(
                "where", c, b.constant(2.0), b.apply("where", c, b.constant(3.0), z)
            ),
            lambda b, z, c: b.apply("where", c, b.constant(2.0), z),
        ),
        (
            lambda b, z, c: b.apply("where", b.constant(1.0), z, b.constant(2.0)),
            lambda b, z, c: z,
        ),
        (lambda b, z, c: b.apply("not_equal", c, b.constant(0.0)), lambda b, z, c: c),
        (
            lambda b, z, c: b.apply("logical_not", b.apply("logical_not", c)),
            lambda b, z, c: c,
        ),
        (lambda b, z, c: b.apply("logical_and", c, c), lambda b, z, c: c),
        (
            lambda b, z, c: b.apply("logical_or", c, b.constant(1.0)),
            lambda b, z, c: b.constant(1.0),
        ),
        (
            lambda b, z, c: b.apply("logaddexp", b.constant(0.0), z),
            lambda b, z, c: b.apply("softplus", z),
        ),
        (
            lambda b, z, c: b.apply("add", b.constant(2.0), b.constant(3.0)),
            lambda b, z, c: b.constant(5.0),
        ),
    ],
)
def test_simple_values_are_simplified(simple, same):
    build = Builder(1)
    z = build.input(0)
    condition = build.apply("greater", z, build.constant(0.5))
    assert simple(build, z, condition) == same(build, z, condition)


@pytest.mark.parametrize(
    "kept",
    [
        # NaN · 0 is NaN, and a number that is no condition is not 0 or 1.
        lambda b, z: b.apply("multiply", z, b.constant(0.0)),
        lambda b, z: b.apply("not_equal", z, b.constant(0.0)),
        lambda b, z: b.apply("logical_and", z, z),
        lambda b, z: b.apply("logical_not", b.apply("logical_not", z)),
    ],
)
def test_values_that_differ_in_some_case_are_kept(kept):
    build = Builder(1)
    z = build.input(0)
    value = build.values[kept(build, z)]
    assert value.operation not in ("input", "constant")


def test_a_narrow_operand_is_repeated_beside_a_wide_one():
    build = Builder(3)
    scores = build.input(0)
    total = build.reduce("row_sum", scores, 3)
    assert not build.values[total].is_wide
    value = build.values[build.apply("subtract", scores, total)]
    assert value.is_wide
    assert build.values[value.operands[1]].operation == "spread"
    columns = build.constant([1.0, 2.0, 3.0])
    assert build.values[build.apply("multiply", total, columns)].is_wide


def test_with_one_score_a_row_is_its_own_sum():
    build = Builder(1)
    score = build.input(0)
    assert build.reduce("row_max", score, 1) == score


def test_a_function_of_too_many_operations_has_no_program():
    def add_many(build):
        value = build.input(0)
        for step in range(10_000):
            value = build.apply("add", value, build.constant(float(step)))

    with pytest.raises(NoProgram, match="more than"):
        add_many(Builder(1))

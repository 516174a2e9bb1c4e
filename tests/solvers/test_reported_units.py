"""Units of reported losses: an affine function of those of the training."""

from math import inf, isnan, nan
from sys import float_info

import pytest

from skmlp.solvers.epoch import EpochRecord
from skmlp.solvers.reported_units import AffineUnits, ReportedUnits


def test_a_number_is_multiplied_and_shifted_and_back():
    units = AffineUnits(4.0, -1.0)
    assert (units.of(0.5), units.of(None), units.undo(1.0)) == (1.0, None, 0.5)
    same = AffineUnits()
    assert (same.of(0.1), same.undo(0.1)) == (0.1, 0.1)


@pytest.mark.parametrize("sign", [1, -1])
def test_only_a_number_that_is_not_finite_is_reported_as_such(sign):
    large = AffineUnits(1e300)
    assert large.of(sign * 1e200) == sign * float_info.max
    assert large.of(sign * inf) == sign * inf
    assert isnan(large.of(nan))


def test_a_record_has_losses_and_scores_each_in_its_units():
    units = ReportedUnits(AffineUnits(4.0, -1.0), AffineUnits(4.0, 1.0))
    record = EpochRecord(1.0, 2.0, 3.0, -3.0, 0.01, 0.5, 9.0)
    expected = EpochRecord(3.0, 7.0, 11.0, -11.0, 0.01, 2.0, 9.0)
    assert units.of_record(record) == expected
    assert units.of_record(EpochRecord(1.0)) == EpochRecord(3.0)

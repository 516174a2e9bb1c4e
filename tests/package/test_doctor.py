"""Networks made ill on purpose are diagnosed, cures help, and healthy ones are left."""

import pytest
from benchmark_modules import benchmark_module

from skmlp._kernels import NAME

ALL = benchmark_module("doctor.data").ALL
illnesses = benchmark_module("doctor.illnesses")
trial = benchmark_module("doctor.trial").trial
ILLNESSES = illnesses.ILLNESSES

pytestmark = pytest.mark.skipif(
    NAME == "reference", reason="hundreds of fits, which are equal up to rounding"
)


@pytest.mark.parametrize("illness", ILLNESSES)
def test_an_illness_is_named_first_or_second_and_its_cure_helps(illness):
    trials = [
        trial(ILLNESSES[illness](v), illness) for v in range(illnesses.N_VARIANTS)
    ]
    assert sum(each.finds(illness) for each in trials) >= 9
    # Seconds are not compared in a test: they depend on the machine.
    cured = [each for each in trials if each.measure not in ("", "seconds")]
    assert sum(each.improves for each in cured) >= 0.8 * len(cured)


def test_healthy_networks_have_no_findings():
    alarms = [
        (name, seed, found)
        for name in ALL
        for seed in range(3)
        if (found := trial(illnesses.healthy(name, seed)).names)
    ]
    assert len(alarms) <= 1, alarms

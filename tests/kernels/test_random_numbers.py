"""The random numbers of the kernels: fair, independent of each other, and normal."""

import numpy as np
import pytest
import scipy.stats

from skmlp._kernels.reference import random_numbers


def test_row_keys_are_made_by_splitmix64():
    # Published for the seed 1234567: the first outputs of the generator.
    outputs = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    states = [(1234567 + n * 0x9E3779B97F4A7C15) % 2**64 for n in (1, 2, 3)]
    ours = random_numbers._split_mix(np.array(states, dtype=np.uint64))
    assert ours.tolist() == outputs


@pytest.mark.parametrize("seed", [0, 1, 2**62 - 1])
def test_bits_are_fair_and_do_not_know_of_each_other(seed):
    rows, columns = np.arange(600)[:, None], np.arange(500)
    bits = random_numbers.random_bits(seed, 1, rows, columns)
    uniform = bits.astype(float) / 2**32
    assert scipy.stats.kstest(uniform.ravel(), "uniform").pvalue > 1e-4
    each = (bits[..., None] >> np.arange(32, dtype=np.uint32)) & 1
    assert np.abs(each.mean(axis=(0, 1)) - 0.5).max() < 5 * 0.5 / bits.size**0.5
    other = random_numbers.random_bits(seed, 2, rows, columns) / 2**32
    for left, right in [
        (uniform[1:], uniform[:-1]),
        (uniform[:, 1:], uniform[:, :-1]),
        (uniform, other),
    ]:
        correlation = np.corrcoef(left.ravel(), right.ravel())[0, 1]
        assert abs(correlation) < 5 / left.size**0.5


def test_normal_variables_are_normal():
    z = random_numbers.standard_normals(7, (1000, 1001), 0, 500, 400).astype(float)
    assert scipy.stats.kstest(z.ravel(), "norm").pvalue > 1e-4
    u = np.array([2.0**-25, 1e-3, 0.4999, 0.7, 0.75, 1 - 2.0**-24], np.float32)
    expected = np.log(u.astype(float))
    np.testing.assert_allclose(random_numbers._log(u), expected, rtol=3e-7)
    t = np.linspace(0, 1, 101, endpoint=False).astype(np.float32)
    expected = np.cos(2 * np.pi * t.astype(float))
    np.testing.assert_allclose(random_numbers._cosine_of_turns(t), expected, atol=5e-7)

"""Dropout and noise in a network: their size, their rows, and the gradient."""

import numpy as np
import pytest
import scipy.optimize

from skmlp.activations import Activation
from skmlp.losses import Loss
from skmlp.network import Network, Noise
from skmlp.network.noise import NoiseKey
from skmlp.objective import EmpiricalRisk


def test_units_are_dropped_with_their_probability_and_keep_their_mean():
    noise, a = Noise((0.0, 0.3)), np.ones((2000, 50))
    factors = noise.factors(1, NoiseKey(5), a)
    assert set(np.unique(factors)) == {0.0, 1 / 0.7}
    deviation = (0.3 * 0.7 / factors.size) ** 0.5
    assert abs(np.mean(factors == 0) - 0.3) < 4 * deviation
    assert abs(factors.mean() - 1) < 4 * deviation / 0.7


def test_a_rows_noise_depends_on_its_place_in_the_epoch_alone():
    noise, a = Noise((0.2, 0.3), 0.5), np.ones((40, 6))
    noise_key = NoiseKey(3)
    for disturb in (
        lambda rows, noise_key: noise.factors(1, noise_key, rows),
        noise.disturb_inputs,
    ):
        whole = disturb(a, noise_key)
        parts = [
            disturb(a[rows], noise_key.at(rows.start))
            for rows in (slice(0, 7), slice(7, 40))
        ]
        np.testing.assert_array_equal(whole, np.concatenate(parts))
        assert not np.array_equal(whole, disturb(a, NoiseKey(4)))


@pytest.mark.parametrize("activation", ["relu", "tanh", "mish"])
def test_the_gradient_of_a_disturbed_network_is_that_of_its_value(activation, rng):
    noise = Noise((0.2, 0.4, 0.3), 0.3)
    hidden = (Activation.table[activation](),) * 2
    network = Network((4, 6, 5, 3), hidden, noise=noise)
    X, y = rng.normal(size=(11, 4)), rng.integers(3, size=11)
    loss = Loss.table["multinomial_log_loss"]()
    objective = EmpiricalRisk(network, loss, X, y, l2=0.3, l1=0.1)
    parameters = 0.5 * rng.normal(size=network.n_parameters)
    noise_key = NoiseKey(11)
    _, gradient = objective.value_and_gradient(parameters, noise_key=noise_key)
    numeric = scipy.optimize.approx_fprime(
        parameters,
        lambda p: objective.value_and_gradient(p, noise_key=noise_key)[0],
        1e-7,
    )
    np.testing.assert_allclose(gradient, numeric, atol=1e-5)


def test_all_rows_at_once_draw_the_numbers_of_one_large_batch(rng):
    network = Network((3, 4, 1), (Activation.table["tanh"](),), noise=Noise((0.0, 0.5)))
    X, y = rng.normal(size=(4100, 3)), rng.normal(size=(4100, 1))
    objective = EmpiricalRisk(network, Loss.table["squared_error"](), X, y)
    parameters, noise_key = rng.normal(size=network.n_parameters), NoiseKey(2)
    whole = objective.value_and_gradient(parameters, noise_key=noise_key)
    batch = objective.value_and_gradient(
        parameters, np.arange(4100), noise_key=noise_key
    )
    assert whole[0] == pytest.approx(batch[0], rel=1e-12)
    np.testing.assert_allclose(whole[1], batch[1], rtol=1e-9)

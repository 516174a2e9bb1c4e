"""The generator of the orders: the same as NumPy's, in two forms."""

import pickle

import numpy as np
import pytest

from skmlp.perceptron.orders import OrderGenerator


def theirs(random_state):
    """Return NumPy's generator, seeded as that of the orders."""
    seed = np.random.RandomState(random_state).randint(2**31 - 1)
    return np.random.RandomState(seed)


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("kind", [int, np.random.RandomState, np.int32])
def test_it_is_seeded_by_one_draw(kind, seed):
    for _ in range(2):  # the state of an integer is remembered
        ours = OrderGenerator.seeded_by(kind(seed))
        expected = theirs(seed).permutation(20)
        np.testing.assert_array_equal(ours.random_state.permutation(20), expected)


def test_both_forms_are_one_generator():
    ours, numpy = OrderGenerator.seeded_by(0), theirs(0)
    for _ in range(3):
        expected = numpy.permutation(700)
        np.testing.assert_array_equal(ours.random_state.permutation(700), expected)
        np.testing.assert_array_equal(ours.words[:-1], numpy.get_state()[1])
        assert ours.words[-1] == numpy.get_state()[2]


@pytest.mark.parametrize("as_object", [False, True])
def test_a_pickle_and_a_state_go_on_alike(as_object):
    ours = OrderGenerator.seeded_by(3)
    if as_object:
        ours.random_state.permutation(9)
    copy, state = pickle.loads(pickle.dumps(ours)), ours.get_state()
    expected = ours.random_state.permutation(9)
    assert np.any(expected != OrderGenerator.seeded_by(4).random_state.permutation(9))
    np.testing.assert_array_equal(copy.random_state.permutation(9), expected)
    ours.set_state(state)
    np.testing.assert_array_equal(ours.random_state.permutation(9), expected)


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match="Seed must be between"):
        OrderGenerator.seeded_by(seed)

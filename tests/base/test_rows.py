"""Blocks of rows, which contain every row once, in order, and random orders."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp.base.rows import ALL_ROWS, OrderGenerator, blocks, cache_blocks


@pytest.mark.parametrize("n_rows", [1, 7, 8, 9, 1024, 5000])
def test_blocks_cover_all_rows_once(n_rows):
    rows = np.arange(n_rows)
    for found in (blocks(n_rows, 8), blocks(n_rows), cache_blocks(n_rows, 300)):
        assert_array_equal(np.concatenate([rows[block] for block in found]), rows)


def test_rows_that_fit_one_block_are_handed_on_as_they_are():
    assert blocks(8, 8) == [ALL_ROWS]
    assert len(blocks(9, 8)) == 2


@pytest.mark.parametrize(("n_columns", "length"), [(0, 2**18), (64, 4096), (999, 1024)])
def test_blocks_for_the_cache_are_shorter_the_more_columns_there_are(n_columns, length):
    assert cache_blocks(2**20, n_columns)[0] == slice(0, length)


def seeded_by_a_draw(random_state):
    """Return NumPy's generator, seeded as that of the orders."""
    seed = np.random.RandomState(random_state).randint(2**31 - 1)
    return np.random.RandomState(seed)


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("kind", [int, np.random.RandomState, np.int32])
def test_a_generator_of_orders_is_seeded_by_one_draw(kind, seed):
    for _ in range(2):  # the state of an integer is remembered
        ours = OrderGenerator.seeded_by(kind(seed))
        expected = seeded_by_a_draw(seed).permutation(20)
        np.testing.assert_array_equal(ours.random_state.permutation(20), expected)


def test_both_forms_of_a_generator_draw_the_same_orders():
    ours, numpy = OrderGenerator.seeded_by(0), seeded_by_a_draw(0)
    for _ in range(3):
        expected = numpy.permutation(700)
        np.testing.assert_array_equal(ours.random_state.permutation(700), expected)
        np.testing.assert_array_equal(ours.words[:-1], numpy.get_state()[1])
        assert ours.words[-1] == numpy.get_state()[2]


@pytest.mark.parametrize("as_object", [False, True])
def test_a_pickle_and_a_state_of_a_generator_go_on_alike(as_object):
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
def test_a_seed_of_orders_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match="Seed must be between"):
        OrderGenerator.seeded_by(seed)

"""Blocks of rows, which contain every row once, in order."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from skmlp.base.rows import ALL_ROWS, blocks, cache_blocks


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

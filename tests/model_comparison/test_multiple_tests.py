"""Holm's correction."""

import numpy as np
import pytest

from skmlp.model_comparison import holm


@pytest.mark.parametrize("n_tests", [1, 2, 6, 15])
def test_holm_is_that_of_statsmodels(rng, n_tests):
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p_values = rng.beta(0.3, 2, size=n_tests)
    theirs = multitest.multipletests(p_values, method="holm")[1]
    np.testing.assert_allclose(holm(p_values), theirs)


def test_ties_and_no_tests_at_all():
    assert holm([0.02, 0.02, 0.5]).tolist() == [0.06, 0.06, 0.5]
    assert holm([]).tolist() == []
    assert holm([0.9, 0.8]).tolist() == [1, 1]

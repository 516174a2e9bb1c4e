"""Firth's estimates, compared with published ones and with a closed form."""

import numpy as np
import pytest
from logistic_settings import FIRTH

from skmlp import LogisticRegression
from skmlp.logistic_regression import SeparationWarning, find_separation

# Heinze and Schemper (2002), table II: high (1) or low grade of 79 endometrial cancers,
# neovasculation (NV), pulsatility index (PI) and endometrium height (EH).
_TABLE = """
0 13 1.64 0  0 16 2.26 0  0 8 3.14 0  0 34 2.68 0  0 20 1.28 0  0 5 2.31 0
0 17 1.8 0  0 10 1.68 0  0 26 1.56 0  0 17 2.31 0  0 8 2.01 0  0 7 1.89 0
0 20 3.15 0  0 10 1.23 0  0 18 1.27 0  0 16 1.76 0  0 18 2 0  0 8 2.64 1
0 29 0.88 1  0 12 1.27 1  0 20 1.37 1  1 38 0.97 1  1 22 1.14 1  1 7 0.88 1
1 25 0.91 1  1 15 0.58 1  0 7 0.97 1  0 28 1.5 0  0 11 1.33 0  0 19 2.37 0
0 10 1.82 0  0 10 3.13 0  0 18 1.31 0  0 14 1.92 0  0 21 1.64 0  0 11 2.01 0
0 17 1.88 0  0 25 1.93 0  0 16 2.11 0  0 19 1.29 0  0 15 1.72 0  0 33 0.75 0
0 24 1.92 0  0 48 1.84 1  0 12 1.11 1  0 19 1.61 1  0 2 1.18 1  1 22 1.44 1
1 40 1.18 1  1 5 0.93 1  1 0 1.17 1  0 21 1.19 1  0 15 1.06 1  0 29 2.02 0
0 15 2.29 0  0 12 2.33 0  0 3 2.9 0  0 20 1.7 0  0 23 1.41 0  0 12 2.25 0
0 22 1.54 0  0 42 1.97 0  0 15 1.75 0  0 13 2.16 0  0 14 2.57 0  0 19 1.37 0
0 12 3.61 0  0 13 2.04 0  0 10 2.17 0  0 12 1.69 1  1 49 0.27 1  0 6 1.84 1
0 5 1.3 1  0 17 0.96 1  1 11 1.01 1  1 21 0.98 1  0 5 0.35 1  1 19 1.02 1
0 33 0.85 1
"""
ENDOMETRIAL = np.array([float(n) for n in _TABLE.split()]).reshape(-1, 4)


def test_firths_estimates_are_the_published_ones():
    X, y = ENDOMETRIAL[:, :3], ENDOMETRIAL[:, 3].astype(int)
    ours = LogisticRegression(tol=1e-10, **FIRTH).fit(X, y)
    # R's logistf, all digits; Heinze and Schemper (2002) print 2.93, -0.03, -2.60.
    coef = [2.92927330, -0.03475175, -2.60416387]
    np.testing.assert_allclose(ours.coef_[0], coef, rtol=1e-5)
    np.testing.assert_allclose(ours.intercept_, [3.77455951], rtol=1e-5)
    assert ours.converged_
    assert np.all(np.diff(ours.loss_curve_) <= 1e-12)
    found = find_separation(X, y)
    assert (found.kind, found.features.tolist()) == ("quasi-complete", [0])
    with pytest.warns(SeparationWarning, match="in part"):
        LogisticRegression(C=np.inf).fit(X, y)


@pytest.mark.parametrize("table", [(5, 3, 2, 8), (0, 4, 6, 1), (0, 3, 3, 0)])
def test_firth_adds_half_to_every_cell_of_a_two_by_two_table(table):
    a, b, c, d = table  # exposed cases and controls, then those not exposed
    X = np.repeat([[1.0], [1.0], [0.0], [0.0]], table, axis=0)
    y = np.repeat([1, 0, 1, 0], table)
    ours = LogisticRegression(tol=1e-10, **FIRTH).fit(X, y)
    odds_ratio = (a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5))
    np.testing.assert_allclose(ours.coef_, [[np.log(odds_ratio)]], rtol=1e-6)
    np.testing.assert_allclose(ours.intercept_, [np.log((c + 0.5) / (d + 0.5))])

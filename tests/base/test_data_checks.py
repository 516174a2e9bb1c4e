"""Checks of X and y: scales, constant and duplicate columns."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_diabetes, load_digits
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import (
    MinMaxScaler,
    Normalizer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

from skmlp.base.data_checks import (
    column_scales,
    constant_columns,
    duplicate_columns,
    unscaled_columns,
    unscaled_positive_targets,
    unscaled_targets,
)


def unscaled(X, **settings):
    return sorted(unscaled_columns(column_scales(np.asarray(X, float), **settings)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("form", ["C", "F", "csr"])
def test_scales_are_those_of_numpy(form, dtype, rng):
    # Two blocks of rows, of which the means differ; zeros for the sparse form.
    X = rng.normal(size=(5000, 60)) + np.linspace(-3, 3, 5000)[:, np.newaxis]
    X = np.asarray(
        X * (rng.random(X.shape) < 0.3) * 10.0 ** np.arange(-3, 3, 0.1), dtype
    )
    rows = scipy.sparse.csr_array(X) if form == "csr" else np.asarray(X, order=form)
    scales = column_scales(rows)
    np.testing.assert_allclose(scales.mean, X.mean(axis=0, dtype=float), rtol=1e-5)
    np.testing.assert_allclose(scales.deviation, X.std(axis=0, dtype=float), rtol=1e-6)
    np.testing.assert_array_equal(scales.lowest, X.min(axis=0))
    np.testing.assert_array_equal(scales.highest, X.max(axis=0))
    assert scales.is_sparse == (form == "csr")
    assert len(scales) == 60


def test_a_large_mean_costs_no_digits_of_the_deviation(rng):
    X = rng.normal(size=(5000, 60))
    scales = column_scales(X + 1e9)  # whose squares have no digit of the deviation
    np.testing.assert_allclose(scales.deviation, X.std(axis=0), rtol=1e-6)


@pytest.mark.parametrize("size", [1e200, 1.5e308, 1e-320])
def test_scales_of_extreme_numbers_are_finite(size):
    scales = column_scales(np.array([[size, 1.0], [-size, 2.0], [size, 3.0]]))
    assert np.isfinite([scales.mean, scales.deviation]).all()
    assert (0 in unscaled_columns(scales)) == (size > 1)


# Name -> (a column, whether it is scaled badly beside standardised columns).
COLUMNS = {
    "standardised": (lambda z, n: z, False),
    "zeros and ones": (lambda z, n: z > 0, False),
    "rare ones": (lambda z, n: np.arange(n) == 5, False),
    "rare zeros": (lambda z, n: np.arange(n) != 5, False),
    "from 0 to 1": (lambda z, n: (z - z.min()) / (z.max() - z.min()), False),
    "all ones": (lambda z, n: np.ones(n), False),
    "all zeros": (lambda z, n: np.zeros(n), False),
    "rounding errors": (lambda z, n: 1e-16 * z, False),
    "ones with rounding errors": (lambda z, n: 1 + 1e-16 * z, False),
    "years": (lambda z, n: np.round(2000 + 8 * z), True),
    "seconds since 1970": (lambda z, n: 1.7e9 + 1e7 * z, True),
    "bytes of pixels": (lambda z, n: np.clip(128 + 60 * z, 0, 255), True),
    "incomes": (lambda z, n: np.exp(10 + z), True),
    "nearly one": (lambda z, n: 1 + 0.01 * z, True),
    "volts in microvolts": (lambda z, n: 1e6 * z, True),
    "microvolts in volts": (lambda z, n: 1e-6 * z, True),
    "a large constant": (lambda z, n: np.full(n, 1e6), True),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_badly_scaled_column_is_found_among_good_ones(name, rng):
    make, bad = COLUMNS[name]
    X = rng.normal(size=(200, 4))
    X[:, 2] = make(X[:, 2].copy(), 200)
    assert unscaled(X) == ([2] if bad else [])


SCALERS = {
    "StandardScaler": StandardScaler(),
    "MinMaxScaler": MinMaxScaler(),
    "MinMaxScaler to -1": MinMaxScaler((-1, 1)),
    "RobustScaler": RobustScaler(),
    "uniform quantiles": QuantileTransformer(n_quantiles=50),
    "normal quantiles": QuantileTransformer(
        n_quantiles=50, output_distribution="normal"
    ),
    "whitened": PCA(0.9, whiten=True),
}


@pytest.mark.parametrize("name", SCALERS)
@pytest.mark.parametrize("data", ["iris", "wine", "diabetes"])
def test_columns_after_every_usual_scaler_are_scaled_well(name, data, bundled):
    X, _ = bundled(data)
    assert unscaled(SCALERS[name].fit_transform(X * 1e3 + 1e4)) == []


def test_the_scale_of_a_principal_component_is_no_fault(bundled):
    X, _ = bundled("digits")
    assert unscaled(PCA().fit_transform(X)[:, :61]) == []  # the last 3 are all rounding
    assert unscaled(PCA().fit_transform(np.c_[X, X])) == []  # most are all rounding


def test_sparse_columns_are_judged_without_their_distance_from_zero():
    counts = scipy.sparse.csr_array(load_digits().data)  # 0 to 16
    assert (
        len(unscaled_columns(column_scales(TfidfTransformer().fit_transform(counts))))
        == 0
    )
    large = unscaled_columns(column_scales(counts * 100.0))
    assert len(large) > 50
    assert {0, 32, 39}.isdisjoint(large)  # these pixels are always zero
    years = np.full((50, 2), 3.0)
    years[::2, 0] = 3.1
    assert unscaled(years) == [0]
    assert len(unscaled_columns(column_scales(scipy.sparse.csr_array(years)))) == 0


def test_columns_that_are_all_small_are_found():
    X = load_diabetes().data  # columns of length 1, so that deviations are 1/√442
    assert unscaled(X) == [*range(10)]
    assert unscaled(X * 5) == []


def test_many_small_columns_in_rows_of_length_one_are_scaled_well(rng):
    X = Normalizer().fit_transform(rng.normal(size=(300, 500)) + 0.5)
    assert X.std(axis=0).max() < 0.06
    assert unscaled(X) == []
    assert unscaled(0.3 * X) == [*range(500)]


def test_the_worst_column_is_the_first_one():
    z = np.linspace(-1, 1, 50)[:, np.newaxis]
    X = np.hstack([z, 30 * z, 1e5 * z, 1e-4 * z, 10 + z])
    assert unscaled_columns(column_scales(X)).tolist() == [2, 3, 4, 1]


def test_in_a_common_unit_only_differences_count(rng):
    X = rng.normal(size=(100, 3))
    for factor in (1e-5, 1e5):
        scales = column_scales(factor * X)
        assert len(unscaled_columns(scales)) == 3
        assert len(unscaled_columns(scales.in_common_unit())) == 0
    scales = column_scales(1e5 * X * [1, 1, 100])
    assert unscaled_columns(scales.in_common_unit()).tolist() == [2]
    assert len(unscaled_columns(column_scales(0 * X).in_common_unit())) == 0


@pytest.mark.parametrize(
    ("mean", "deviation", "bad"),
    [
        *((0, 1, False), (-9, 0.2, False), (9, 9, False), (2, 0, False), (0, 0, False)),
        *((11, 1, True), (-11, 1, True), (0, 11, True), (0, 0.09, True), (11, 0, True)),
    ],
)
def test_a_target_has_to_be_of_the_size_of_the_first_predictions(mean, deviation, bad):
    y = mean + deviation * np.array([[-1.0], [1.0]])
    y = np.hstack([y, [[1.0], [-1.0]]])
    assert unscaled_targets(column_scales(y)).tolist() == ([0] if bad else [])


@pytest.mark.parametrize("rows", [1, 1000])
@pytest.mark.parametrize(
    ("largest", "bad"), [(1, False), (0.05, True), (1e5, True), (0, False)]
)
def test_a_positive_target_may_have_many_values_near_zero(largest, bad, rows):
    y = np.zeros((rows, 2))
    y[0] = largest, 1
    assert unscaled_positive_targets(column_scales(y)).tolist() == ([0] if bad else [])


def test_constant_columns_are_found_up_to_rounding():
    X = np.random.RandomState(0).randn(60, 6)
    X[:, 1], X[:, 3], X[:, 4] = 0, 1e8, 0.1
    X[::2, 4] += 1e-17
    assert constant_columns(column_scales(X)).tolist() == [1, 3, 4]
    assert constant_columns(column_scales(scipy.sparse.csr_array(X))).tolist() == [
        1,
        3,
        4,
    ]
    assert constant_columns(column_scales(1e-12 * X)).tolist() == [1, 3, 4]


@pytest.mark.parametrize(
    "form", [np.asarray, np.asfortranarray, scipy.sparse.csr_array]
)
def test_duplicate_columns_are_grouped(form, rng):
    X = rng.integers(-1, 2, size=(40, 6)) * 1.0
    X[:, 4], X[:, 5], X[:, 3] = X[:, 0], X[:, 2], X[:, 0]
    X[0, :] = 0.0
    X[0, 4] = -0.0
    assert duplicate_columns(form(X)) == [[0, 3, 4], [2, 5]]
    assert duplicate_columns(form(X[:, :3])) == []


def test_columns_are_called_by_their_names():
    X = np.array([[1.0, 2.0], [3.0, 2.0]])
    text = column_scales(X, ["height", "width"]).describe(0)
    assert text == "'height' (mean 2, deviation 1)"
    assert column_scales(X).describe(1) == "column 1 (mean 2, deviation 0)"


@pytest.mark.parametrize("largest", [1.7e308, 1e308, 1e200])
def test_columns_near_the_largest_number_are_scaled_badly_without_a_warning(largest):
    X = np.array([[largest, 0.0], [-largest, 1.0], [largest, 0.5]])
    scales = column_scales(X)
    assert unscaled_columns(scales).tolist() == [0]
    assert unscaled_targets(scales)[0] == 0
    assert constant_columns(scales).tolist() == []
    assert len(scales.in_common_unit()) == 2
    constant = column_scales(np.full((3, 1), largest))
    assert constant_columns(constant).tolist() == [0]

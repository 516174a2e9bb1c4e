"""Tests of ClassStatistics: accuracy, parts, merging, and a large common offset."""

import dataclasses

import mpmath
import numpy as np
import pytest
import scipy.sparse
import threadpoolctl
from numpy.testing import assert_allclose, assert_array_equal

from skmlp import _kernels
from skmlp.discriminant_analysis import class_statistics
from skmlp.discriminant_analysis.class_statistics import ClassStatistics, class_means

N_CLASSES = 4
FIELDS = [field.name for field in dataclasses.fields(ClassStatistics)]


def rows(n_rows=3000, n_features=5, offset=0.0, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, N_CLASSES, n_rows)
    X = rng.standard_normal((n_rows, n_features)) @ rng.standard_normal(
        (n_features,) * 2
    )
    X += 3 * rng.standard_normal((N_CLASSES, n_features))[labels] + offset
    return X.astype(dtype), labels, rng.uniform(0.5, 2, n_rows)


def by_hand(X, labels, weights):
    """Compute weights, means and scatter of the classes from their definition."""
    X = X.astype(np.float64)
    scatter = np.zeros((X.shape[1],) * 2)
    means = np.zeros((N_CLASSES, X.shape[1]))
    for label in range(N_CLASSES):
        of_class = labels == label
        means[label] = np.average(X[of_class], axis=0, weights=weights[of_class])
        scatter += np.cov(
            X[of_class].T, aweights=weights[of_class], bias=True
        ) * np.sum(weights[of_class])
    return np.bincount(labels, weights), means, scatter


def assert_same(ours, theirs, rtol=1e-10):
    for name in FIELDS:
        a, b = getattr(ours, name), getattr(theirs, name)
        assert_allclose(a, b, rtol=rtol, atol=rtol * np.max(np.abs(b)), err_msg=name)


@pytest.mark.parametrize(
    "convert", [np.asarray, np.asfortranarray, scipy.sparse.csr_array]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_statistics_are_weights_means_and_scatter(convert, dtype):
    X, labels, weights = rows(dtype=dtype)
    ours = ClassStatistics.from_rows(convert(X), labels, N_CLASSES, weights)
    class_weights, means, scatter = by_hand(X, labels, weights)
    assert_array_equal(ours.counts, np.bincount(labels))
    assert_allclose(ours.weights, class_weights, rtol=1e-13)
    assert_allclose(ours.means, means, rtol=1e-11)
    assert_allclose(ours.scatter, scatter, rtol=1e-11, atol=1e-11 * scatter.max())
    assert_allclose(ours.within_covariance, scatter / weights.sum(), atol=1e-10)
    assert ours.scatter.dtype == np.float64


def test_within_and_between_scatter_add_up_to_the_total():
    X, labels, weights = rows()
    ours = ClassStatistics.from_rows(X, labels, N_CLASSES, weights)
    total = np.cov(X.T, aweights=weights, bias=True) * weights.sum()
    assert_allclose(ours.scatter + ours.between_scatter, total, rtol=1e-11, atol=1e-8)
    assert_allclose(ours.mean, np.average(X, axis=0, weights=weights), rtol=1e-11)


@pytest.mark.parametrize(
    ("dtype", "single", "rtol"),
    [(np.float64, False, 1e-12), (np.float32, False, 1e-12), (np.float32, True, 1e-6)],
)
@pytest.mark.parametrize("n_parts", [1, 3])
@pytest.mark.parametrize("order", ["as it comes", "sorted by class"])
def test_a_common_offset_costs_no_digits_of_the_scatter(
    order, n_parts, dtype, single, rtol, monkeypatch
):
    monkeypatch.setattr(class_statistics, "_WORTH_THREADS", 0)
    monkeypatch.setattr(class_statistics, "_MOST_PARTS", n_parts)
    X, labels, weights = rows(n_rows=1100, n_features=2, offset=1e6, dtype=dtype)
    if order == "sorted by class":
        by_class = np.argsort(labels)
        X, labels, weights = X[by_class], labels[by_class], weights[by_class]
    ours = ClassStatistics.from_rows(X, labels, N_CLASSES, weights, in_float32=single)
    exact = mpmath.zeros(2, 2)
    with mpmath.workdps(50):
        for label in range(N_CLASSES):
            of_class = np.flatnonzero(labels == label)
            class_weights = [mpmath.mpf(weights[i]) for i in of_class]
            points = [mpmath.matrix(X[i].tolist()) for i in of_class]
            mean = sum(
                (w * x for w, x in zip(class_weights, points, strict=True)),
                mpmath.zeros(2, 1),
            ) / sum(class_weights)
            for w, x in zip(class_weights, points, strict=True):
                exact += w * (x - mean) * (x - mean).T
    expected = np.array(exact.tolist(), dtype=float)
    assert_allclose(ours.scatter, expected, rtol=rtol, atol=rtol * expected.max())


@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parts_and_threads_leave_the_statistics_as_they_are(dtype, single, monkeypatch):
    X, labels, weights = rows(n_rows=5000, dtype=dtype)
    X, labels = X[np.argsort(labels)], np.sort(labels)
    whole = ClassStatistics.from_rows(X, labels, N_CLASSES, weights, in_float32=single)
    monkeypatch.setattr(class_statistics, "_WORTH_THREADS", 0)
    of_parts = []
    for n_threads in (1, 3):
        with threadpoolctl.threadpool_limits(n_threads, "blas"):
            of_parts.append(
                ClassStatistics.from_rows(
                    X, labels, N_CLASSES, weights, in_float32=single
                )
            )
    assert_same(of_parts[0], whole, rtol=1e-6 if single else 1e-12)
    for name in FIELDS:
        assert_array_equal(*(getattr(one, name) for one in of_parts))


def test_products_in_float32_are_not_taken_far_from_the_means():
    X, labels, weights = rows(n_rows=1200, dtype=np.float32)
    for far in (False, True):
        if far:
            X[:600] += 1000  # the shifts are means of these rows
            weights[:600] *= 1e-9
        ours, double = (
            ClassStatistics.from_rows(X, labels, N_CLASSES, weights, in_float32=single)
            for single in (True, False)
        )
        assert np.array_equal(ours.scatter, double.scatter) == far


def test_rows_that_are_not_aligned_in_memory_are_read_as_they_are():
    X, labels, weights = rows(n_rows=50)
    records = np.zeros(50, dtype=np.dtype([("flag", "u1"), ("x", "f8", 5)]))
    records["x"] = X
    ours = ClassStatistics.from_rows(records["x"], labels, N_CLASSES, weights)
    assert_same(ours, ClassStatistics.from_rows(X, labels, N_CLASSES, weights))


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int32, np.int64])
def test_labels_may_be_any_integers(dtype):
    X, labels, weights = rows(n_rows=50)
    ours = ClassStatistics.from_rows(X, labels.astype(dtype), N_CLASSES, weights)
    assert_same(ours, ClassStatistics.from_rows(X, labels, N_CLASSES, weights))


def test_rows_of_weight_zero_have_no_effect_at_any_place():
    X, labels, weights = rows(n_rows=1200, offset=1e6)
    weights[:600] = 0  # including all rows of the first block
    X[:600] = 1e12
    ours = ClassStatistics.from_rows(X, labels, N_CLASSES, weights)
    theirs = ClassStatistics.from_rows(X[600:], labels[600:], N_CLASSES, weights[600:])
    for name in ("weights", "means", "scatter"):
        assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-9)


@pytest.mark.parametrize("offset", [0, 1e6])
@pytest.mark.parametrize("cuts", [[1500], [1, 2, 1024], [10, 1000, 2990]], ids=str)
def test_merged_parts_equal_the_whole_in_any_order(cuts, offset):
    X, labels, weights = rows(offset=offset)
    whole = ClassStatistics.from_rows(X, labels, N_CLASSES, weights)
    parts = [
        ClassStatistics.from_rows(X[part], labels[part], N_CLASSES, weights[part])
        for part in np.split(np.arange(len(labels)), cuts)
    ]
    for sequence in (parts, parts[::-1]):
        merged = sequence[0]
        for part in sequence[1:]:
            merged = merged.merge(part)
        assert_same(merged, whole)


def test_a_part_with_one_class_only_leaves_the_others_at_weight_zero():
    X, labels, weights = rows()
    first = labels == 0
    part = ClassStatistics.from_rows(X[first], labels[first], N_CLASSES, weights[first])
    assert_array_equal(part.weights[1:], 0)
    assert_array_equal(part.means[1:], 0)
    rest = ClassStatistics.from_rows(
        X[~first], labels[~first], N_CLASSES, weights[~first]
    )
    whole = ClassStatistics.from_rows(X, labels, N_CLASSES, weights)
    assert_same(part.merge(rest), whole)
    assert_same(rest.merge(part), whole)


def test_integer_weights_are_repetitions():
    X, labels, _ = rows(n_rows=200)
    repeats = np.random.default_rng(1).integers(1, 4, 200)
    ours = ClassStatistics.from_rows(X, labels, N_CLASSES, repeats)
    theirs = ClassStatistics.from_rows(
        X.repeat(repeats, axis=0), labels.repeat(repeats), N_CLASSES
    )
    for name in ("weights", "means", "scatter"):
        assert_allclose(
            getattr(ours, name), getattr(theirs, name), rtol=1e-11, atol=1e-9
        )


def test_memory_mapped_rows_are_read_in_blocks(tmp_path):
    X, labels, weights = rows(n_rows=70_000)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    ours = ClassStatistics.from_rows(mapped, labels, N_CLASSES, weights)
    assert_same(ours, ClassStatistics.from_rows(X, labels, N_CLASSES, weights))


def test_a_constant_column_has_a_deviation_within_the_resolution():
    X, labels, weights = rows()
    X[:, 2] = 0.1
    for convert in (np.asarray, scipy.sparse.csr_array):
        ours = ClassStatistics.from_rows(convert(X), labels, N_CLASSES, weights)
        deviations = np.sqrt(np.maximum(np.diag(ours.within_covariance), 0))
        assert_array_equal(deviations <= ours.resolution, [0, 0, 1, 0, 0])


def test_rows_whose_squares_overflow_are_named():
    X, labels, weights = rows()
    with pytest.raises(ValueError, match="squares overflow; rescale"):
        ClassStatistics.from_rows(X * 1e200, labels, N_CLASSES, weights)


@pytest.mark.parametrize("convert", [np.asarray, scipy.sparse.csr_array])
def test_class_means_are_weighted_averages(convert):
    X, labels, weights = rows()
    _, means, _ = by_hand(X, labels, weights)
    ours = class_means(convert(X), labels, N_CLASSES + 1, weights)
    assert_allclose(ours[:-1], means, rtol=1e-11)
    assert_array_equal(ours[-1], 0)


@pytest.mark.parametrize("n_rows", [0, 1, 50])
def test_class_moments_kernel_sums_residuals(n_rows):
    X, labels, weights = rows(n_rows=n_rows, dtype=np.float32)
    shifts = np.arange(N_CLASSES * 5.0).reshape(N_CLASSES, 5)
    class_weights, sums, scatter = _kernels.class_moments(X, labels, weights, shifts)
    residuals = X.astype(np.float64) - shifts[labels]
    expected = np.zeros((N_CLASSES, 5))
    np.add.at(expected, labels, weights[:, np.newaxis] * residuals)
    assert_allclose(class_weights, np.bincount(labels, weights, N_CLASSES))
    assert_allclose(sums, expected, rtol=1e-12, atol=1e-12)
    assert_allclose(scatter, (residuals.T * weights) @ residuals, rtol=1e-12)
    assert scatter.dtype == np.float64

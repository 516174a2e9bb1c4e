"""The number of BLAS threads: one while kernels work, and what it was afterwards."""

import gc
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np
import pytest
import threadpoolctl
from blas_numbers import (
    held_in_another_thread,
    is_lowered,
    numbers,
    two_threads_of_each,
)
from sklearn.base import clone
from threadpoolctl import threadpool_limits
from versions import needs_callbacks

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    _kernels,
)
from skmlp._kernels import threads

pytestmark = pytest.mark.skipif(
    not threads._pools(), reason="threadpoolctl does not know this BLAS"
)


@pytest.fixture(autouse=True)
def two_threads():
    """Two threads before a test, and after it."""
    with two_threads_of_each():
        yield


def in_another_thread(function, *arguments):
    with ThreadPoolExecutor(1) as other:
        return other.submit(function, *arguments).result(60)


def inside_one_thread():
    with threads.one_thread():
        return numbers()


def test_the_library_itself_is_asked_and_told():
    found = {
        library["filepath"]: library for library in threadpoolctl.threadpool_info()
    }
    for pool in threads._pools():
        assert found[pool.name]["num_threads"] == pool.num_threads == 2
        pool.set(1)
        (library,) = (
            library
            for library in threadpoolctl.threadpool_info()
            if library["filepath"] == pool.name
        )
        assert library["num_threads"] == pool.num_threads == 1
        pool.set(2)


def test_any_thread_lowers_the_number_whoever_was_first():
    assert set(inside_one_thread()) == {1}
    assert set(in_another_thread(inside_one_thread)) == {1}
    assert set(inside_one_thread()) == {1}


def test_any_thread_lowers_the_number_while_another_one_has_set_a_limit():
    with threadpool_limits(2):
        assert set(in_another_thread(inside_one_thread)) == {1}
        assert set(numbers()) == {2}


def test_the_first_in_lowers_and_the_last_out_puts_back():
    with ExitStack() as other:
        with threads.one_thread():
            other.enter_context(held_in_another_thread())
            assert is_lowered()
        assert is_lowered()  # the other one is still inside
    assert set(numbers()) == {2}


def test_a_lease_that_another_thread_releases_is_released():
    lease = threads.Lease()
    assert is_lowered()
    in_another_thread(lease.release)
    assert set(numbers()) == {2}


def test_a_limit_of_one_stays_one_inside_and_afterwards():
    with threadpool_limits(1):
        with threads.one_thread() as allowed:
            assert allowed == 1
            assert is_lowered()
        assert is_lowered()
    assert set(numbers()) == {2}


def test_a_number_that_somebody_sets_inside_stays():
    with threads.one_thread():
        for pool in threads._pools():
            pool.set(3)
        lease = threads.Lease()
        assert lease.threads() == 3
        lease.release()
        assert set(numbers()) == {3}
    assert set(numbers()) == {3}
    for pool in threads._pools():
        pool.set(2)


def test_an_error_inside_puts_the_number_back():
    with pytest.raises(KeyError), threads.one_thread():
        raise KeyError
    assert set(numbers()) == {2}


def test_a_library_that_keeps_a_number_for_each_thread_is_lowered_by_each(monkeypatch):
    here = threading.local()

    def get():
        return getattr(here, "number", 2)

    def set_(number):
        here.number = number

    pool = threads.Pool("a library", get, set_, is_process_wide=False)
    with monkeypatch.context() as patch:
        patch.setattr(threads, "_pools", lambda: (pool,))
        with threads.one_thread():
            assert get() == 1
            assert in_another_thread(inside_one_thread) == [1]
            assert in_another_thread(get) == 2
            assert get() == 1
        assert get() == 2


ESTIMATORS = {
    "network": MLPClassifier((30,), max_iter=3, random_state=0),
    "lbfgs": MLPClassifier((30,), solver="lbfgs", max_iter=3, random_state=0),
    "logistic regression": LogisticRegression(max_iter=5),
    "lda": LinearDiscriminantAnalysis(),
}


@pytest.mark.filterwarnings("ignore:.*(converge|reached).*")
@pytest.mark.parametrize("name", ESTIMATORS)
def test_fits_in_a_pool_of_threads_leave_the_number_as_it_was(name, rng):
    X = rng.normal(size=(4000, 40))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)

    def fit(n_rows):
        return clone(ESTIMATORS[name]).fit(X[:n_rows], y[:n_rows])

    sizes = [1000, 2000, 3000, 4000]
    expected = [fit(size).predict(X) for size in sizes]
    for _ in range(3):
        with ThreadPoolExecutor(4) as pool:
            fitted = list(pool.map(fit, sizes))
        assert set(numbers()) == {2}
    for labels, estimator in zip(expected, fitted, strict=True):
        np.testing.assert_array_equal(estimator.predict(X), labels)


@needs_callbacks
@pytest.mark.skipif(
    _kernels.Problem is None,
    reason="NumPy's products take the BLAS threads that they are allowed",
)
def test_every_fit_in_a_pool_of_threads_has_one_blas_thread(rng):
    X = rng.normal(size=(2000, 30))
    y = (X[:, 0] > 0).astype(int)
    seen, together = [], threading.Barrier(3)

    class Watch:
        """Looks at the number after each epoch."""

        def setup(self, *arguments, **settings):
            pass

        teardown = on_fit_task_begin = setup

        def on_fit_task_end(self, estimator, context, **settings):
            if context.parent is not None:
                seen.append(numbers())

    def fit(seed):
        together.wait(60)
        network = MLPClassifier((30,), max_iter=3, tol=0, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return network.set_callbacks(Watch()).fit(X, y)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # before the threads: filters are shared
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(fit, range(3)))
    assert seen
    assert {number for found in seen for number in found} == {1}


def test_the_garbage_collector_may_close_what_holds_a_lease_at_any_place():
    def hold():
        with threads.one_thread():
            yield

    class Cycle:
        pass

    before = gc.get_threshold()
    gc.collect()
    try:
        gc.set_threshold(1)
        for _ in range(200):
            cycle = Cycle()
            cycle.generator, cycle.itself = hold(), cycle
            next(cycle.generator)
            del cycle
            lease = threads.Lease()
            lease.threads()
            lease.release()
    finally:
        gc.set_threshold(*before)
    gc.collect()
    assert set(numbers()) == {2}

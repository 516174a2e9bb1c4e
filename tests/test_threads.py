"""The number of BLAS threads: one while kernels work, and what it was afterwards."""

import gc
import multiprocessing
import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import numpy as np
import pytest
import threadpoolctl
from sklearn.base import clone
from threadpoolctl import threadpool_limits

from skmlp import (
    LinearDiscriminantAnalysis,
    LogisticRegression,
    MLPClassifier,
    _kernels,
)
from skmlp._kernels import blas_threads as threads

pytestmark = pytest.mark.skipif(
    not threads._pools(), reason="threadpoolctl does not know this BLAS"
)


def numbers():
    """How many threads each BLAS library may take, as the library itself says."""
    return [pool.num_threads for pool in threads._pools()]


def is_lowered():
    return set(numbers()) == {1}


@pytest.fixture(autouse=True)
def two_threads():
    """Two threads before a test; and nothing that a test lowers stays so."""
    before = numbers()
    for pool in threads._pools():
        pool.set(2)
    yield
    left_behind = numbers()
    for pool, number in zip(threads._pools(), before, strict=True):
        pool.set(number)
    assert set(left_behind) == {2}
    assert not threads._inside
    assert not threads._found


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


@contextmanager
def held_in_another_thread():
    """One BLAS thread inside, as long as another thread asks for it."""
    entered, may_leave = threading.Event(), threading.Event()

    def stay():
        with threads.one_thread():
            entered.set()
            assert may_leave.wait(60)

    with ThreadPoolExecutor(1) as other:
        staying = other.submit(stay)
        assert entered.wait(60)
        try:
            yield
        finally:
            may_leave.set()
        staying.result(60)


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


def _numbers_in_a_child(connection):
    with threads.one_thread():
        inside = numbers()
    connection.send((dict(threads._inside), numbers(), inside))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_child_forked_while_another_thread_works_has_the_number_from_before():
    with held_in_another_thread():
        assert is_lowered()
        ours, theirs = multiprocessing.Pipe()
        process = multiprocessing.get_context("fork").Process(
            target=_numbers_in_a_child, args=(theirs,)
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        assert ours.poll(60)
        left, after, inside = ours.recv()
        process.join(60)
        assert is_lowered()  # the parent's thread works on
    assert not left
    assert set(inside) == {1}
    assert set(after) == {2}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_no_child_finds_a_number_that_was_about_to_be_put_back():
    ended = threading.Event()

    def enter_again_and_again():
        while not ended.is_set():
            with threads.one_thread():
                pass

    def children():
        for _ in range(60):
            child = os.fork()
            if child == 0:
                os._exit(0 if set(numbers()) == {2} else 1)
            yield os.waitpid(child, 0)[1]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with ThreadPoolExecutor(1) as other:
            entering = other.submit(enter_again_and_again)
            try:
                assert not any(children())
            finally:
                ended.set()
            entering.result(60)


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


def data_of_a_fork():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 60))
    return X, (X[:, 0] + X[:, 1] > 0).astype(int)


def network_of_a_fork():
    # Batches in two parts, which threads share.
    return MLPClassifier((60,), max_iter=4, tol=0, batch_size=300, random_state=0)


def quietly_fitted(network, X, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return network.fit(X, y)


def _weights_in_a_child(connection):
    network = quietly_fitted(network_of_a_fork(), *data_of_a_fork())
    connection.send(network.coefs_[0].tobytes())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.skipif(
    _kernels.Problem is None,
    reason="NumPy's products, on several BLAS threads, do not survive a fork",
)
def test_children_forked_while_other_threads_fit_learn_the_same():
    X, y = data_of_a_fork()
    expected = quietly_fitted(network_of_a_fork(), X, y).coefs_[0].tobytes()
    ended, began = threading.Event(), threading.Barrier(3)
    fork = multiprocessing.get_context("fork")

    def fit_again_and_again():
        began.wait(60)
        while not ended.is_set():
            assert network_of_a_fork().fit(X, y).coefs_[0].tobytes() == expected

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of all threads, and of forks beside them
        with ThreadPoolExecutor(2) as others:
            fitting = [others.submit(fit_again_and_again) for _ in range(2)]
            began.wait(60)
            try:
                for _ in range(5):
                    ours, theirs = multiprocessing.Pipe()
                    child = fork.Process(target=_weights_in_a_child, args=(theirs,))
                    child.start()
                    try:
                        assert ours.poll(100)
                        assert ours.recv() == expected
                        child.join(60)
                        assert child.exitcode == 0
                    finally:
                        child.kill()
            finally:
                ended.set()
            for future in fitting:
                future.result(60)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_fit_whose_callback_forks_goes_on_in_parent_and_child():
    X, y = data_of_a_fork()
    expected = quietly_fitted(network_of_a_fork(), X, y).coefs_[0].tobytes()
    ours, theirs = os.pipe()

    class Fork:
        """Forks after the second epoch."""

        n_epochs, child = 0, None

        def setup(self, *arguments, **settings):
            pass

        teardown = on_fit_task_begin = setup

        def on_fit_task_end(self, estimator, context, **settings):
            if context.parent is not None:
                self.n_epochs += 1
                if self.n_epochs == 2:
                    self.child = os.fork()

    callback = Fork()
    network = network_of_a_fork().set_callbacks(callback)
    right = False
    try:
        quietly_fitted(network, X, y)
        right = network.coefs_[0].tobytes() == expected
    finally:
        if callback.child == 0:  # the child says so, and goes no further
            os.write(theirs, b"right" if right else b"wrong")
            os._exit(0)
    assert right
    assert os.read(ours, 5) == b"right"
    assert os.waitpid(callback.child, 0)[1] == 0

"""Processes that fork: the number of BLAS threads, and what parent and child learn."""

import multiprocessing
import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from blas_numbers import (
    held_in_another_thread,
    is_lowered,
    numbers,
    two_threads_of_each,
)
from versions import needs_callbacks

from skmlp import MLPClassifier, _kernels
from skmlp._kernels import threads

pytestmark = pytest.mark.skipif(
    not threads._pools(), reason="threadpoolctl does not know this BLAS"
)


@pytest.fixture(autouse=True)
def two_threads():
    """Two threads before a test, and after it."""
    with two_threads_of_each():
        yield


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


@needs_callbacks
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

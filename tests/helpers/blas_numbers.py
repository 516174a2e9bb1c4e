"""The number of BLAS threads, as each library says it, and threads that lower it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from skmlp._kernels import threads


def numbers():
    """How many threads each BLAS library may take, as the library itself says."""
    return [pool.num_threads for pool in threads._pools()]


def is_lowered():
    return set(numbers()) == {1}


@contextmanager
def two_threads_of_each():
    """Two threads inside; and nothing that is lowered inside stays so."""
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

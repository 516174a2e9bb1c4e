"""Numbers of BLAS threads as the libraries report them, and threads that lower them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from skmlp._kernels import threads


def numbers():
    """Return the number of threads that each BLAS library reports that it may use."""
    return [pool.num_threads for pool in threads._pools()]


def is_lowered():
    return set(numbers()) == {1}


@contextmanager
def two_threads_of_each():
    """Allow two BLAS threads inside; assert that the number is restored at the end."""
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
    """Let another thread hold `one_thread` as long as the `with` block runs."""
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

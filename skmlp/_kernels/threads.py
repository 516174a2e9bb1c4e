"""How many threads the work takes: one where it is small.

Waking a second thread costs more than a small product; on two cores a product of fewer
than some millions of multiplications is faster on one. Limits that the user sets with
threadpoolctl stay in force: a number is only ever lowered, and put back afterwards.
What shares rows between threads takes as many as SciPy's BLAS would have taken.
"""

import os
import threading
from collections import Counter
from contextlib import contextmanager, nullcontext
from functools import cache

LARGE_PRODUCT = 4_000_000
# BLAS itself takes one thread for products as small as these.
TINY_PRODUCT = 8192

_lock = threading.Lock()
_inside = Counter()  # thread -> how often it asked for one BLAS thread
_before = ()


@cache
def _pools():
    """The BLAS libraries that the kernels may call: SciPy's, or all if none says so."""
    from threadpoolctl import ThreadpoolController

    pools = ThreadpoolController().select(user_api="blas").lib_controllers
    scipys = [pool for pool in pools if "scipy" in pool.filepath]
    return tuple(scipys or pools)


def threads_for(multiplications):
    """One BLAS thread inside, unless the largest product is worth more."""
    large = multiplications >= LARGE_PRODUCT
    return nullcontext() if large or multiplications <= TINY_PRODUCT else one_thread()


class Lease:
    """One BLAS thread until it is released, for the thread that asked."""

    def __init__(self):
        global _before
        self._caller = threading.get_ident()
        with _lock:
            if not _inside:
                _before = [(pool, pool.num_threads) for pool in _pools()]
                _limit([(pool, 1) for pool, number in _before if number != 1])
            _inside[self._caller] += 1

    def threads(self):
        """The number of threads to share work between.

        That is the number BLAS was allowed before, shared with the callers in other
        threads that hold a lease as well.
        """
        with _lock:
            allowed = min((number or 1 for _, number in _before), default=1)
            return max(1, allowed // max(1, len(_inside)))

    def release(self):
        """The number from before is back when all have released theirs."""
        with _lock:
            if self._caller not in _inside:
                return  # a forked process has not all of its parent's threads
            _inside[self._caller] -= 1
            if not _inside[self._caller]:
                del _inside[self._caller]
            if not _inside:
                _limit([(pool, number) for pool, number in _before if number != 1])


def _limit(pools):
    """Set the number of threads of some pools."""
    for pool, number in pools:
        pool.set_num_threads(number)


@contextmanager
def one_thread():
    """One BLAS thread inside; gives the number of threads to share work between."""
    lease = Lease()
    try:
        yield lease.threads()
    finally:
        lease.release()


def _after_fork():
    """Of the threads inside, a forked process has the one that forked at most."""
    global _lock
    _lock = threading.Lock()
    caller = threading.get_ident()
    for other in [thread for thread in _inside if thread != caller]:
        del _inside[other]
        if not _inside:
            _limit(_before)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

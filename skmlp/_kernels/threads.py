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


@contextmanager
def one_thread():
    """One BLAS thread inside; gives the number of threads to share work between.

    That is the number BLAS was allowed before, shared with the callers in other threads
    that are inside as well.
    """
    global _before
    caller = threading.get_ident()
    with _lock:
        if not _inside:
            _before = [(pool, pool.num_threads) for pool in _pools()]
            for pool, _ in _before:
                pool.set_num_threads(1)
        _inside[caller] += 1
        allowed = min((number or 1 for _, number in _before), default=1)
        allowed //= len(_inside)
    try:
        yield max(1, allowed)
    finally:
        with _lock:
            _inside[caller] -= 1
            if not _inside[caller]:
                del _inside[caller]
            if not _inside:
                for pool, number in _before:
                    pool.set_num_threads(number)


def _after_fork():
    """Of the threads inside, a forked process has the one that forked at most."""
    global _lock
    _lock = threading.Lock()
    caller = threading.get_ident()
    for other in [thread for thread in _inside if thread != caller]:
        del _inside[other]
        if not _inside:
            for pool, number in _before:
                pool.set_num_threads(number)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

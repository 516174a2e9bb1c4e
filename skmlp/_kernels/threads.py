"""How many threads the products take: one where they are small.

Waking a second thread costs more than a small product; on two cores a product of fewer
than some millions of multiplications is faster on one. Limits that the user sets with
threadpoolctl stay in force: a number is only ever lowered, and put back afterwards.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache

LARGE_PRODUCT = 4_000_000

_lock = threading.Lock()
_inside = 0
_before = ()


@cache
def _pools():
    """The BLAS libraries that the kernels may call: SciPy's, or all if none says so."""
    from threadpoolctl import ThreadpoolController

    pools = ThreadpoolController().select(user_api="blas").lib_controllers
    scipys = [pool for pool in pools if "scipy" in pool.filepath]
    return tuple(scipys or pools)


@contextmanager
def threads_for(multiplications):
    """One BLAS thread inside, unless the largest product is worth more."""
    if multiplications >= LARGE_PRODUCT:
        yield
        return
    global _inside, _before
    with _lock:
        if _inside == 0:
            _before = [(pool, pool.num_threads) for pool in _pools()]
            for pool, _ in _before:
                pool.set_num_threads(1)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                for pool, number in _before:
                    pool.set_num_threads(number)


def in_threads(function, parts):
    """[function(part) for part in parts], as many at a time as BLAS would take threads.

    Each takes one thread in its own products. Where the work is more than products and
    releases the GIL, this is faster than threads within the products.
    """
    n_threads = max((pool.num_threads for pool in _pools()), default=1)
    with threads_for(0):
        if min(n_threads, len(parts)) < 2:
            return [function(part) for part in parts]
        with ThreadPoolExecutor(min(n_threads, len(parts))) as executor:
            # A context of its own, since np.errstate belongs to the context.
            tasks = [
                executor.submit(copy_context().run, function, part) for part in parts
            ]
            return [task.result() for task in tasks]

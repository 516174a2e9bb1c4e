"""Numbers of threads, and work that threads share.

Waking a second thread costs more than a small product: on two cores a product of less
than a few million multiplications is faster on one thread. Work that shares rows
between threads takes as many threads as SciPy's BLAS may use, and meanwhile limits BLAS
to one thread.

An OpenBLAS with its own threads has one number of threads for the whole process. The
first `Lease` lowers it to one, and the last lease to be released restores it; a lock
guards the count of leases, which may be held by several Python threads. The number is
set by OpenBLAS's own function, because threadpoolctl since 3.8 allows only one Python
thread to set it. The number is never raised above a limit that was set before, and it
is not restored if other code has set a number above one meanwhile. If another thread
sets a limit of one meanwhile, this cannot be distinguished from the lowered number.
Other BLAS libraries have a number for each thread, which each thread lowers and
restores.

Shared work has numbered parts, for Python threads that release the GIL: shared_work.py
runs them. The number of parts depends on the shape of the work alone, and the results
of the parts are combined in their order, so that any number of threads gives the same
bits.
"""

import ctypes
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from typing import Any

import numpy as np

LARGE_PRODUCT = 4_000_000
# Multiplications of a product for which BLAS itself takes one thread.
TINY_PRODUCT = 8192

# The smallest part of shared work, in multiplications or work that takes as long: about
# 0.2 milliseconds. Work of less than two such parts is not shared.
PART = 2_000_000
_MOST_PARTS = 32

# The smallest part of a batch, whose threads wait for each other in a loop: about two
# microseconds.
BATCH_PART = 400_000
_MOST_BATCH_PARTS = 16
_FEWEST_ROWS, _MANY_ROWS = 16, 64

# Reentrant: the garbage collector may close a generator at any place of a thread that
# holds the lock, and the generator then releases its lease.
_lock = threading.RLock()
_inside: Counter = Counter()  # thread -> number of its leases
# (pool, thread, or None for the process) -> number of threads before it was lowered
_found: dict = {}
# The threads that help the calling thread; started when they are first needed.
_helpers: ThreadPoolExecutor | None = None


@dataclass(frozen=True, eq=False)
class Pool:
    """Functions that get and set the number of threads of one BLAS library."""

    name: str
    get: Any
    set: Any
    is_process_wide: bool

    @property
    def num_threads(self):
        """Number of threads that the library uses for a product now."""
        return self.get() or 1


@cache
def _pools():
    """Return the BLAS libraries of the kernels: SciPy's, or all if it is not found."""
    from threadpoolctl import ThreadpoolController

    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    scipys = [library for library in libraries if "scipy" in library.filepath]
    return tuple(map(_pool_of, scipys or libraries))


def _pool_of(library):
    """Return the pool of a library that threadpoolctl has found."""
    get, set_ = library.get_num_threads, library.set_num_threads
    has_own_threads = getattr(library, "threading_layer", None) != "openmp"
    is_process_wide = library.internal_api == "openblas" and has_own_threads
    if is_process_wide:
        handle = ctypes.CDLL(library.filepath)
        get = _openblas_function(handle, "get_num_threads") or get
        set_ = _openblas_function(handle, "set_num_threads") or set_
    return Pool(library.filepath, get, set_, is_process_wide)


def _openblas_function(handle, name):
    """Return a function of OpenBLAS under any prefix and suffix, or None."""
    for prefix, suffix in product(("", "scipy_"), ("", "64_", "_64")):
        function = getattr(handle, f"{prefix}openblas_{name}{suffix}", None)
        if function is not None:
            return function
    return None


def threads_for(multiplications):
    """Return a context that limits BLAS to one thread, unless the product is large."""
    large = multiplications >= LARGE_PRODUCT
    if large or multiplications <= TINY_PRODUCT or threading.get_ident() in _inside:
        return nullcontext()  # in the last case, a lease of this thread limits it
    return one_thread()


class Lease:
    """Limit of one BLAS thread for the calling thread, until it is released."""

    def __init__(self):
        self._caller = threading.get_ident()
        with _lock:
            _inside[self._caller] += 1
            _lower(self._caller)

    def threads(self):
        """Return the number of threads that the calling thread may use.

        That is the number that BLAS was allowed before, divided by the number of
        threads that hold a lease.
        """
        with _lock:
            allowed = min((_allowed(p, self._caller) for p in _pools()), default=1)
            return max(1, allowed // max(1, len(_inside)))

    def release(self):
        """End the lease; the last one to end restores BLAS's number of threads."""
        with _lock:
            if self._caller not in _inside:
                return  # the lease was taken before a fork, in another thread
            _inside[self._caller] -= 1
            if not _inside[self._caller]:
                del _inside[self._caller]
            _put_back()


def _lower(caller):
    """Limit every pool that no lease has limited yet to one thread."""
    for pool in _pools():
        key = pool, None if pool.is_process_wide else caller
        if key not in _found:
            _found[key] = number = pool.num_threads
            if number > 1:
                pool.set(1)


def _allowed(pool, caller):
    """Return a pool's number of threads before the leases, or one set since then."""
    found = _found.get((pool, None if pool.is_process_wide else caller), 1)
    now = pool.num_threads
    return now if now > 1 else found


def _put_back():
    """Restore the number of threads of pools that no lease limits any more."""
    here = threading.get_ident()
    for pool, caller in list(_found):
        if _inside if caller is None else caller in _inside:
            continue
        number = _found.pop((pool, caller))
        # The number of another thread cannot be set from here. A number other than one
        # was set by other code meanwhile, and is kept.
        if number > 1 and caller in (None, here) and pool.num_threads == 1:
            pool.set(number)


@contextmanager
def one_thread():
    """Limit BLAS to one thread; yield the number of threads to use instead."""
    lease = Lease()
    try:
        yield lease.threads()
    finally:
        lease.release()


def row_ranges(n_rows, block_rows, work, fewest=0):
    """Return (first, last) of the rows of every part, in whole blocks.

    The number of parts is a power of two or the number of blocks; one for little work.
    The work of a part is at least `fewest`.
    """
    n_blocks = -(-n_rows // block_rows)
    n_parts = 1
    while n_parts < _MOST_PARTS and 2 * n_parts * max(PART, fewest) <= work:
        n_parts *= 2
    n_parts = min(n_parts, n_blocks)
    ends = [part * n_blocks // n_parts * block_rows for part in range(n_parts)]
    return list(pairwise([*ends, n_rows]))


def batch_parts(batch_size, work):
    """Return the number of parts of a batch: a power of two, by the batch's shape.

    It is two if a part takes longer than the microsecond that sharing costs, and more
    only for many rows, because each part has its own gradient.
    """
    n_parts = 1
    while (
        n_parts < _MOST_BATCH_PARTS
        and work >= 2 * n_parts * BATCH_PART
        and batch_size >= 2 * n_parts * (_FEWEST_ROWS if n_parts == 1 else _MANY_ROWS)
    ):
        n_parts *= 2
    return n_parts


def helper_threads():
    """Return the helper threads; start them when they are first needed."""
    global _helpers
    if _helpers is None:
        _helpers = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="skmlp")
    return _helpers


class Helpers:
    """Threads that help a training thread through a `Crew`, over many calls.

    A helper returns when there has been nothing to do for a while; `call` starts it
    again.
    """

    def __init__(self, crew):
        self.crew, self._at_work = crew, []

    def call(self, number):
        """Start helper threads until `number` of them run."""
        self._at_work = [helper for helper in self._at_work if not helper.done()]
        try:
            for _ in range(number - len(self._at_work)):
                self._at_work.append(helper_threads().submit(self.crew.help))
        except RuntimeError:
            pass  # the interpreter is ending and starts no more threads

    def dismiss(self):
        """End the crew, so that all helper threads return."""
        self.crew.end()
        for helper in self._at_work:
            helper.cancel()


class OrderedSum:
    """Sum of one array per part, added in the order of the parts.

    `buffer` returns an array of zeros, `add` adds it and uses it again, so that there
    are about as many arrays as threads, not as parts.
    """

    def __init__(self, shape):
        self.total = None
        self._shape, self._next, self._waiting, self._free = shape, 0, {}, []
        self._lock = threading.Lock()

    def buffer(self):
        """Return an array of zeros for the sum of one part."""
        with self._lock:
            array = self._free.pop() if self._free else None
        if array is None:
            return np.zeros(self._shape)
        array.fill(0)
        return array

    def add(self, part, array):
        """Add the array of a part, as soon as all parts before it are added."""
        with self._lock:
            self._waiting[part] = array
            while self._next in self._waiting:
                array = self._waiting.pop(self._next)
                self._next += 1
                if self.total is None:
                    self.total = array
                else:
                    self.total += array
                    self._free.append(array)


def _before_fork():
    """Acquire the lock, so that no thread changes numbers of threads during a fork."""
    _lock.acquire()


def _after_fork_in_parent():
    """Release the lock after a fork, in the parent process."""
    _lock.release()


def _after_fork_in_child():
    """Forget the leases of threads that do not exist in the forked process."""
    global _lock, _helpers
    _lock, _helpers = threading.RLock(), None
    caller = threading.get_ident()
    for other in [thread for thread in _inside if thread != caller]:
        del _inside[other]
    _put_back()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before_fork,
        after_in_parent=_after_fork_in_parent,
        after_in_child=_after_fork_in_child,
    )

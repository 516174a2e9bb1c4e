"""How many threads the work takes, and how they share it: one thread where it is small.

Waking a second thread costs more than a small product; on two cores a product of fewer
than some millions of multiplications is faster on one. Work that shares rows between
threads takes as many as SciPy's BLAS was allowed, and BLAS itself takes one meanwhile.

The number of threads of an OpenBLAS with threads of its own is one number for the whole
process. It is lowered by the first that asks for one thread, and put back when the last
one is done: a count of leases under a lock, whatever Python threads they are in. It is
set by OpenBLAS's own function, since threadpoolctl from 3.8 on lets only one Python
thread set it. A number is only ever lowered, so limits that were set before are kept;
it is not put back where somebody else has set one above one since. A limit that another
thread enters meanwhile cannot be told from the lowered number if it is one. Other
libraries keep a number for each thread, which each thread lowers and puts back.

Work that is shared comes in numbered parts, for Python threads that let go of the GIL.
How it is parted depends on its shape alone, and what the parts give is put together in
their order: the same bits on any number of threads.
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
# BLAS itself takes one thread for products as small as these.
TINY_PRODUCT = 8192

# Multiplications, or work that takes as long, that are worth a part of their own: some
# 0.2 milliseconds. Less than two such parts are not shared.
PART = 2_000_000
_MOST_PARTS = 32

# The same for the parts of a batch, whose threads wait for each other spinning: some
# two microseconds.
BATCH_PART = 400_000
_MOST_BATCH_PARTS = 16
_FEWEST_ROWS, _MANY_ROWS = 16, 64

# It may be entered again: the garbage collector can close a generator, and so release
# what that holds, at any place of the same thread.
_lock = threading.RLock()
_inside: Counter = Counter()  # thread -> how often it asked for one BLAS thread
# (pool, thread, or None for the process) -> number before it was lowered
_found: dict = {}
# The threads that help the caller's own; none exists before the first need.
_helpers: ThreadPoolExecutor | None = None


@dataclass(frozen=True, eq=False)
class Pool:
    """The threads of one BLAS library."""

    name: str
    get: Any
    set: Any
    is_process_wide: bool

    @property
    def num_threads(self):
        """The number of threads that a product may take now."""
        return self.get() or 1


@cache
def _pools():
    """The BLAS libraries that the kernels may call: SciPy's, or all if none says so."""
    from threadpoolctl import ThreadpoolController

    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    scipys = [library for library in libraries if "scipy" in library.filepath]
    return tuple(map(_pool_of, scipys or libraries))


def _pool_of(library):
    """The pool of a library that threadpoolctl has found."""
    get, set_ = library.get_num_threads, library.set_num_threads
    has_own_threads = getattr(library, "threading_layer", None) != "openmp"
    is_process_wide = library.internal_api == "openblas" and has_own_threads
    if is_process_wide:
        handle = ctypes.CDLL(library.filepath)
        get = _openblas_function(handle, "get_num_threads") or get
        set_ = _openblas_function(handle, "set_num_threads") or set_
    return Pool(library.filepath, get, set_, is_process_wide)


def _openblas_function(handle, name):
    """A function of OpenBLAS, whatever its build puts before and behind the name."""
    for prefix, suffix in product(("", "scipy_"), ("", "64_", "_64")):
        function = getattr(handle, f"{prefix}openblas_{name}{suffix}", None)
        if function is not None:
            return function
    return None


def threads_for(multiplications):
    """One BLAS thread inside, unless the largest product is worth more."""
    large = multiplications >= LARGE_PRODUCT
    return nullcontext() if large or multiplications <= TINY_PRODUCT else one_thread()


class Lease:
    """Keeps BLAS at one thread until it is released, for the thread that asked."""

    def __init__(self):
        self._caller = threading.get_ident()
        with _lock:
            _inside[self._caller] += 1
            _lower(self._caller)

    def threads(self):
        """The number of threads to share work between.

        That is the number BLAS was allowed before, shared with the callers in other
        threads that hold a lease as well.
        """
        with _lock:
            allowed = min((_allowed(p, self._caller) for p in _pools()), default=1)
            return max(1, allowed // max(1, len(_inside)))

    def release(self):
        """End the lease; after the last one, BLAS has its number from before again."""
        with _lock:
            if self._caller not in _inside:
                return  # a forked process has not all of its parent's threads
            _inside[self._caller] -= 1
            if not _inside[self._caller]:
                del _inside[self._caller]
            _put_back()


def _lower(caller):
    """Set pools to one thread, of which the caller is the first to ask."""
    for pool in _pools():
        key = pool, None if pool.is_process_wide else caller
        if key not in _found:
            _found[key] = number = pool.num_threads
            if number > 1:
                pool.set(1)


def _allowed(pool, caller):
    """The number of threads that a pool had before, or that somebody has set since."""
    found = _found.get((pool, None if pool.is_process_wide else caller), 1)
    now = pool.num_threads
    return now if now > 1 else found


def _put_back():
    """Give back their number to pools that nobody wants to have one thread any more."""
    here = threading.get_ident()
    for pool, caller in list(_found):
        if _inside if caller is None else caller in _inside:
            continue
        number = _found.pop((pool, caller))
        # Another thread's own number cannot be set from here; any other number than
        # one was set by somebody else in the meantime, and stays.
        if number > 1 and caller in (None, here) and pool.num_threads == 1:
            pool.set(number)


@contextmanager
def one_thread():
    """One BLAS thread inside; gives the number of threads to share work between."""
    lease = Lease()
    try:
        yield lease.threads()
    finally:
        lease.release()


def row_ranges(n_rows, block_rows, work):
    """(first, last) of the rows of every part, in whole blocks; one part if small.

    Their number is a power of two, or the number of blocks.
    """
    n_blocks = -(-n_rows // block_rows)
    n_parts = 1
    while n_parts < _MOST_PARTS and 2 * n_parts * PART <= work:
        n_parts *= 2
    n_parts = min(n_parts, n_blocks)
    ends = [part * n_blocks // n_parts * block_rows for part in range(n_parts)]
    return list(pairwise([*ends, n_rows]))


def batch_parts(batch_size, work):
    """How many parts a batch is cut into, by its shape alone: a power of two.

    Two where a part is worth the microsecond that sharing takes; more only for many
    rows, since each part has a gradient of its own.
    """
    n_parts = 1
    while (
        n_parts < _MOST_BATCH_PARTS
        and work >= 2 * n_parts * BATCH_PART
        and batch_size >= 2 * n_parts * (_FEWEST_ROWS if n_parts == 1 else _MANY_ROWS)
    ):
        n_parts *= 2
    return n_parts


def _helper_threads():
    """The threads that help the caller's own, started at the first need."""
    global _helpers
    if _helpers is None:
        _helpers = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="skmlp")
    return _helpers


def run_parts(n_parts, work):
    """Call work(part) for every part, on the threads that BLAS would have taken."""
    with one_thread() as n_threads:
        remaining = iter(range(n_parts))
        lock = threading.Lock()

        def take_parts():
            while True:
                with lock:
                    part = next(remaining, None)
                if part is None:
                    return
                work(part)

        helping = []
        try:
            for _ in range(min(n_threads, n_parts) - 1):
                helping.append(_helper_threads().submit(take_parts))
        except RuntimeError:
            pass  # the interpreter is ending and starts no more threads
        try:
            take_parts()
        finally:
            with lock:
                remaining = iter(())
            # One that has not begun yet finds nothing left to do.
            for helper in [helper for helper in helping if not helper.cancel()]:
                helper.result()


class Helpers:
    """Threads that help one that trains through a crew, over many calls.

    They leave by themselves when there has been nothing to do for a while, and are
    called again when there is.
    """

    def __init__(self, crew):
        self.crew, self._at_work = crew, []

    def call(self, number):
        """Make sure that `number` helpers run."""
        self._at_work = [helper for helper in self._at_work if not helper.done()]
        try:
            for _ in range(number - len(self._at_work)):
                self._at_work.append(_helper_threads().submit(self.crew.help))
        except RuntimeError:
            pass  # the interpreter is ending and starts no more threads

    def dismiss(self):
        """Let the helpers go."""
        self.crew.end()
        for helper in self._at_work:
            helper.cancel()


class OrderedSum:
    """Σ over the parts of one array each, in the order of the parts.

    `buffer` hands out arrays of zeros, `add` takes them back: there are about as many
    as threads, not as parts.
    """

    def __init__(self, shape):
        self.total = None
        self._shape, self._next, self._waiting, self._free = shape, 0, {}, []
        self._lock = threading.Lock()

    def buffer(self):
        """An array of zeros."""
        with self._lock:
            array = self._free.pop() if self._free else None
        if array is None:
            return np.zeros(self._shape)
        array.fill(0)
        return array

    def add(self, part, array):
        """Add the sum of one part as soon as all parts before it are there."""
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
    """Wait until no other thread is about to change a number."""
    _lock.acquire()


def _after_fork_in_parent():
    """Let other threads change numbers again."""
    _lock.release()


def _after_fork_in_child():
    """Of its parent's threads, a forked process has only the one that forked."""
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

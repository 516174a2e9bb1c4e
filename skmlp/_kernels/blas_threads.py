"""How many threads the work takes: one where it is small.

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
"""

import ctypes
import os
import threading
from collections import Counter
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

LARGE_PRODUCT = 4_000_000
# BLAS itself takes one thread for products as small as these.
TINY_PRODUCT = 8192

# It may be entered again: the garbage collector can close a generator, and so release
# what that holds, at any place of the same thread.
_lock = threading.RLock()
_inside: Counter = Counter()  # thread -> how often it asked for one BLAS thread
# (pool, thread, or None for the process) -> number before it was lowered
_found: dict = {}


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
        """Let go; with the last lease, BLAS gets its number from before back."""
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


def _before_fork():
    """Wait until no other thread is about to change a number."""
    _lock.acquire()


def _after_fork_in_parent():
    """Let other threads change numbers again."""
    _lock.release()


def _after_fork_in_child():
    """Of the threads inside, a forked process has the one that forked at most."""
    global _lock
    _lock = threading.RLock()
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

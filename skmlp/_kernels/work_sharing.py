"""Work in numbered parts, shared between Python threads that let go of the GIL.

How work is parted depends on its shape alone, and what the parts give is put together
in their order: the same bits on any number of threads.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from skmlp._kernels.blas_threads import one_thread

# Multiplications, or work that takes as long, that are worth a part of their own: some
# 0.2 milliseconds. Less than two such parts are not shared.
PART = 2_000_000
_MOST_PARTS = 32

# The same for the parts of a batch, whose threads wait for each other spinning: some
# two microseconds.
BATCH_PART = 400_000
_MOST_BATCH_PARTS = 16
_FEWEST_ROWS, _MANY_ROWS = 16, 64

_helpers = None


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


def _pool():
    """The threads that help the caller's own; none exists before the first need."""
    global _helpers
    if _helpers is None:
        _helpers = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="skmlp")
    return _helpers


def _forget():
    """A forked process has none of its parent's threads."""
    global _helpers
    _helpers = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


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
                helping.append(_pool().submit(take_parts))
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
        """See to it that so many are helping."""
        self._at_work = [helper for helper in self._at_work if not helper.done()]
        try:
            for _ in range(number - len(self._at_work)):
                self._at_work.append(_pool().submit(self.crew.help))
        except RuntimeError:
            pass  # the interpreter is ending and starts no more threads

    def dismiss(self):
        """There is nothing more to do."""
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

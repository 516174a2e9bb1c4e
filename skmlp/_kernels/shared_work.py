"""Numbered parts of work, which Python threads share, and how they stop early.

Kernels of long work look for signals now and then (c/signals.h). In the main thread the
handler of a signal may raise; kernels in threads that help it then stop, too.
"""

import os
import threading
from contextlib import suppress
from queue import Empty, SimpleQueue

from skmlp._kernels.threads import helper_threads, one_thread

# thread that helps -> the work that it shares
_shared_work: dict[int, "_SharedWork"] = {}
_LONGEST_WAIT = 0.05  # for a thread that leaves, in seconds


class Stopped(Exception):
    """Error in a thread that helps: the work that it shares has failed elsewhere."""


def asks_again():
    """Return True if a kernel of the calling thread shall look for signals again.

    Python calls the handlers of signals in the main thread alone. A thread that helps
    raises Stopped if its work has failed elsewhere.
    """
    work = _shared_work.get(threading.get_ident())
    if work is None:
        return threading.current_thread() is threading.main_thread()
    if work.stopped:
        raise Stopped
    return True


class _SharedWork:
    """Numbered parts of work, which several threads take one by one."""

    def __init__(self, n_parts, work):
        self.stopped, self.error = False, None
        self._remaining, self._work = iter(range(n_parts)), work
        self._lock, self._left = threading.Lock(), SimpleQueue()
        self._n_inside, self._closed = 0, False

    def take_parts(self):
        """Call the work for the remaining parts, until there is none or one fails."""
        while True:
            with self._lock:
                part = None if self.stopped else next(self._remaining, None)
            if part is None:
                return
            self._work(part)

    def help(self):
        """Take parts in another thread, whose kernels end if the work is stopped."""
        with self._lock:
            if self._closed:
                return
            self._n_inside += 1
        caller = threading.get_ident()
        _shared_work[caller] = self
        try:
            self.take_parts()
        except BaseException as error:
            with self._lock:
                if not self.stopped:
                    self.stopped, self.error = True, error
        finally:
            del _shared_work[caller]
            with self._lock:
                self._n_inside -= 1
            self._left.put(None)

    def end(self):
        """Wait until the other threads have left: until then they write into arrays.

        If the handler of a signal raises meanwhile, the threads stop, and its exception
        is raised after that.
        """
        raised = None
        while not self._closed or self._n_inside:
            try:
                with self._lock:
                    self._closed = True
                with suppress(Empty):
                    while self._n_inside:
                        self._left.get(timeout=_LONGEST_WAIT)
            except BaseException as error:
                self.stopped, raised = True, error
        if raised is not None:
            raise raised


def run_parts(n_parts, work):
    """Call work(part) for every part, on the number of threads that BLAS may use.

    If a part fails, or the handler of a signal raises, all threads stop before the
    exception is raised.
    """
    with one_thread() as n_threads:
        shared, helping = _SharedWork(n_parts, work), []
        try:
            with suppress(RuntimeError):  # the interpreter ends: no thread is started
                for _ in range(min(n_threads, n_parts) - 1):
                    helping.append(helper_threads().submit(shared.help))
            shared.take_parts()
        except BaseException:
            shared.stopped = True
            raise
        finally:
            for helper in helping:
                helper.cancel()  # a helper that has not begun would find no part
            shared.end()
        if shared.error is not None:
            raise shared.error


if hasattr(os, "register_at_fork"):
    # The threads do not exist in a forked process.
    os.register_at_fork(after_in_child=_shared_work.clear)

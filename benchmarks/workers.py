"""Contestants in processes of their own: no library's threads disturb another's.

A process takes requests over a pipe: to prepare the contestants of a work, and to run
one of them once. The parent decides whose turn it is, and runs one at a time.
"""

import multiprocessing
import os
import sys
import traceback
from contextlib import suppress

from threadpoolctl import threadpool_limits

_SPAWN = multiprocessing.get_context("spawn")


class WorkerError(Exception):
    """A contestant could not be prepared or run; the text says why."""


class Worker:
    """A process that runs the contestants of one role."""

    def __init__(self, role):
        self.role = role
        self._connection, self._process = None, None

    def prepare(self, work, quick):
        """Names of the variants of a work, ready to run."""
        return self._ask("prepare", work.name, quick, timeout=600)

    def run(self, variant, timeout=600):
        """One run of a variant."""
        return self._ask("run", variant, timeout=timeout)

    def scale(self, *point):
        """One run of a point on a scaling curve."""
        return self._ask("scale", *point, timeout=600)

    def compare(self, *feature):
        """Steps with a feature and without, in turns."""
        return self._ask("compare", *feature, timeout=600)

    def stop(self):
        """End the process."""
        if self._process is None:
            return
        with suppress(OSError):
            self._connection.send(("stop",))
        self._process.join(5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._connection.close()
        self._connection, self._process = None, None

    def _ask(self, *request, timeout):
        if self._process is None:
            self._connection, theirs = _SPAWN.Pipe()
            self._process = _SPAWN.Process(target=_serve, args=(theirs, self.role))
            self._process.start()
            theirs.close()
        self._connection.send(request)
        if not self._connection.poll(timeout):
            self._process.kill()
            self.stop()
            raise WorkerError(f"took longer than {timeout} s")
        try:
            worked, answer = self._connection.recv()
        except EOFError:
            self.stop()
            raise WorkerError("the process died") from None
        if not worked:
            raise WorkerError(answer)
        return answer


def _serve(connection, role):
    """Answer requests until told to stop."""
    from benchmarks import features, scaling, works

    # PyTorch's compiler would start as many processes as there are cores.
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    ready = {}
    while True:
        request, *arguments = connection.recv()
        try:
            if request == "stop":
                break
            if request == "prepare":
                ready.clear()
                name, quick = arguments
                work = next(work for work in works.WORKS if work.name == name)
                ready.update(_contestants(work, role, quick))
                connection.send((True, list(ready)))
            elif request == "run":
                run, threads = ready[arguments[0]]
                with threadpool_limits(threads):
                    _limit_torch(threads)
                    connection.send((True, run()))
            elif request == "scale":
                connection.send((True, scaling.seconds(*arguments)))
            elif request == "compare":
                with threadpool_limits(1):
                    connection.send((True, features.seconds(*arguments)))
        except Exception as error:
            connection.send((False, f"{type(error).__name__}: {error}"))
            if "--debug" in sys.argv:
                traceback.print_exc()
    connection.close()


def _contestants(work, role, quick):
    """Variant and threads -> what runs it."""
    data = work.quick_data() if quick else work.data()
    prepared = {}
    variants, thread_counts = work.contestants(role)
    for name, prepare in variants.items():
        run = prepare(data)
        for threads in thread_counts:
            many = "all threads" if threads is None else f"{threads} thread"
            prepared[f"{name}, {many}" if name else many] = run, threads
    return prepared


def _limit_torch(threads):
    """PyTorch counts its threads by itself; elsewhere it is not even loaded."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads or multiprocessing.cpu_count())

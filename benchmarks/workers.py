"""Contestants in processes of their own: no library's threads disturb another's.

A process takes requests over a pipe: to prepare the contestants of a work, and to run
one of them. The parent decides whose turn it is, and runs one at a time.
"""

import multiprocessing
import os
import sys
import traceback
from contextlib import suppress
from time import perf_counter

from threadpoolctl import threadpool_limits

_SPAWN = multiprocessing.get_context("spawn")


class WorkerError(Exception):
    """A contestant could not be prepared or run; the text says why."""


class Worker:
    """A process that runs the contestants of one role.

    `start()` starts it when it is first needed. It returns a connection to the process,
    and a function that waits a number of seconds for its end, then kills it.
    """

    def __init__(self, start):
        self._start = start
        self._connection, self._end = None, None

    def prepare(self, work, quick):
        """Names of the variants of a work, ready to run."""
        return self._ask("prepare", work.name, quick, timeout=600)

    def run(self, variant, timeout=600):
        """One run of a variant."""
        return self._ask("run", variant, timeout=timeout)

    def repeat(self, variant, seconds):
        """Seconds per unit of work, of each run of a variant within `seconds`."""
        return self._ask("repeat", variant, seconds, timeout=600)

    def scale(self, *point):
        """One run of a point on a scaling curve."""
        return self._ask("scale", *point, timeout=600)

    def compare(self, *feature):
        """Steps with a feature and without, in turns."""
        return self._ask("compare", *feature, timeout=600)

    def check(self, *check):
        """A fit or prediction, and the checks of sparse matrices in it."""
        return self._ask("check", *check, timeout=600)

    def stop(self):
        """End the process."""
        if self._connection is None:
            return
        with suppress(OSError):
            self._connection.send(("stop",))
        self._end(5)
        self._connection.close()
        self._connection, self._end = None, None

    def _ask(self, *request, timeout):
        if self._connection is None:
            self._connection, self._end = self._start()
        self._connection.send(request)
        if not self._connection.poll(timeout):
            self._end(0)
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


def spawn(role):
    """Start a process of this interpreter that answers for one role; see `Worker`."""
    connection, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=serve, args=(theirs, role))
    process.start()
    theirs.close()

    def end(seconds):
        process.join(seconds)
        if process.is_alive():
            process.kill()
            process.join()

    return connection, end


def serve(connection, role):
    """Answer requests until told to stop."""
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
                # Imported here: what cannot be imported is an answer like others.
                from benchmarks import works

                name, quick = arguments
                work = next(work for work in works.WORKS if work.name == name)
                ready.update(_contestants(work, role, quick))
                connection.send((True, list(ready)))
            elif request in ("run", "repeat"):
                variant, *seconds = arguments
                run, threads = ready[variant]
                with threadpool_limits(threads):
                    _limit_torch(threads)
                    answer = _repeated(run, *seconds) if seconds else run()
                connection.send((True, answer))
            elif request == "scale":
                from benchmarks import scaling

                connection.send((True, scaling.seconds(*arguments)))
            elif request == "compare":
                from benchmarks import features

                with threadpool_limits(1):
                    connection.send((True, features.seconds(*arguments)))
            elif request == "check":
                from benchmarks import checks

                connection.send((True, checks.seconds(*arguments)))
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


def _repeated(run, seconds):
    """Run at least once, until `seconds` have passed; the seconds of each run."""
    start, runs = perf_counter(), []
    while not runs or perf_counter() - start < seconds:
        runs.append(run().seconds)
    return runs


def _limit_torch(threads):
    """PyTorch counts its threads by itself; elsewhere it is not even loaded."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads or multiprocessing.cpu_count())

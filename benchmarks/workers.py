"""Run contestants in separate processes: threads of libraries cannot disturb others.

A process receives requests over a pipe: to prepare the contestants of a work, to run
one of them, and to call a function. The parent runs one contestant at a time.
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
    """Error of a contestant that could not be prepared or run."""


class Worker:
    """A process that runs the contestants of one role.

    `start()` starts the process when it is first needed. It returns a connection to the
    process, and a function `end(seconds)` that waits for its end, then kills it.
    """

    def __init__(self, start):
        self._start = start
        self._connection, self._end = None, None

    def prepare(self, work, quick):
        """Prepare the contestants of a work; return the names of the variants."""
        return self._ask("prepare", work.name, quick, timeout=600)

    def run(self, variant, timeout=600):
        """Run a variant once; return its Run."""
        return self._ask("run", variant, timeout=timeout)

    def repeat(self, variant, seconds):
        """Run a variant for `seconds`; return seconds per unit of work of each run."""
        return self._ask("repeat", variant, seconds, timeout=600)

    def call(self, function, *arguments, timeout=600):
        """Return `function(*arguments)`; it is a function of a module."""
        return self._ask("call", function, *arguments, timeout=timeout)

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
    """Start a process of this interpreter for a role; return its connection and `end`.

    `Worker` describes both.
    """
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
    # By default PyTorch's compiler starts one process per core.
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    ready = {}
    while True:
        request, *arguments = connection.recv()
        try:
            if request == "stop":
                break
            if request == "prepare":
                ready.clear()
                # Imported here, so that an ImportError is sent as an answer.
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
            elif request == "call":
                function, *given = arguments
                connection.send((True, function(*given)))
        except Exception as error:
            connection.send((False, f"{type(error).__name__}: {error}"))
            if "--debug" in sys.argv:
                traceback.print_exc()
    connection.close()


def _contestants(work, role, quick):
    """Return {variant and number of threads, in words: (run, number of threads)}."""
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
    """Repeat a run until `seconds` have passed; return the seconds of each run."""
    start, runs = perf_counter(), []
    while not runs or perf_counter() - start < seconds:
        runs.append(run().seconds)
    return runs


def _limit_torch(threads):
    """Set the number of PyTorch's own threads, if PyTorch is loaded in this process."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(threads or multiprocessing.cpu_count())

"""Run cases in processes of their own, each within a limit of time."""

import multiprocessing
import os
import tempfile
import time
from collections import deque
from multiprocessing.connection import wait

import threadpoolctl

from .calls import Run
from .cases import draw

# Fits take milliseconds; a loaded machine may need seconds for one.
FIT_SECONDS = 600


def run_one(seed, number):
    """Run one case in this process, and return its Run."""
    return Run(draw(seed, number)).run()


def run_all(seed, numbers, jobs):
    """Yield (number, outcome, findings) of all cases, in the order of their ends.

    The outcome is 'finite', 'warned', 'refused' or 'findings'. A case that takes too
    long or ends its process is a finding.
    """
    waiting, workers = deque(numbers), []
    context = multiprocessing.get_context("spawn")
    while waiting or workers:
        while waiting and len(workers) < jobs:
            workers.append(Worker(context, seed, waiting))
        ready = wait([w.pipe for w in workers], timeout=1)
        for worker in list(workers):
            if worker.pipe in ready:
                result = worker.result()
            elif time.monotonic() - worker.began > FIT_SECONDS:
                result = worker.lost("hang", f"no end within {FIT_SECONDS} s")
            else:
                continue
            if result is not None:
                yield result
            if worker.number is None:
                worker.close()
                workers.remove(worker)


class Worker:
    """A process that runs cases, one after the other."""

    def __init__(self, context, seed, waiting):
        self.waiting = waiting
        self.pipe, end = context.Pipe()
        self.process = context.Process(target=_work, args=(end, seed), daemon=True)
        self.process.start()
        end.close()
        self.next()

    def next(self):
        """Send the next case; `number` is None if there is none."""
        self.number = self.waiting.popleft() if self.waiting else None
        self.began = time.monotonic()
        if self.number is not None:
            self.pipe.send(self.number)

    def result(self):
        """Return the result of the case that has ended, and begin the next."""
        try:
            result = self.pipe.recv()
        except EOFError:
            self.process.join()
            return self.lost("killed", f"exit status {self.process.exitcode}")
        self.next()
        return result

    def lost(self, kind, text):
        """Return the finding that the case did not end by itself."""
        number, self.number = self.number, None
        return number, "findings", [(kind, text)]

    def close(self):
        """End the process."""
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _work(pipe, seed):
    """Run the cases that come through the pipe; what is printed is a finding."""
    threadpoolctl.threadpool_limits(1)
    printed = tempfile.TemporaryFile()  # noqa: SIM115
    for descriptor in (1, 2):
        os.dup2(printed.fileno(), descriptor)
    seen = 0
    while True:
        try:
            number = pipe.recv()
        except EOFError:
            return
        run = run_one(seed, number)
        size = os.fstat(printed.fileno()).st_size
        if size > seen:
            text = os.pread(printed.fileno(), 300, seen).decode(errors="replace")
            run.findings.append(("printed", text.strip()))
            seen = size
        outcome = "findings" if run.findings else run.outcome
        pipe.send((number, outcome, run.findings))

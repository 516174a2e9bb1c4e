"""Send batches of cases to worker processes, and collect their outcomes."""

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque

from . import reports
from .build import environment

BATCH = 50
CASE_SECONDS = 30
START_SECONDS = 300
GRACE_SECONDS = 20


class WorkerLost(Exception):
    """Error of a worker that does not answer or has ended."""


class Worker:
    """A process that runs cases, and the connection that reads its events."""

    def __init__(self, folder, *, case_seconds=CASE_SECONDS):
        self.case_seconds = case_seconds
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        read, write = os.pipe()
        command = [sys.executable, "-m", "tests.sanitize.worker"]
        self.process = subprocess.Popen(
            [*command, str(case_seconds), str(write)],
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.PIPE,
            stdout=self.errors,
            stderr=self.errors,
            pass_fds=[write],
            text=True,
        )
        os.close(write)
        self.read, self.rest = read, b""
        ready = self.event(START_SECONDS).get("ready", "")
        if not ready.startswith(str(folder)):
            raise WorkerLost(f"the worker imported {ready}, not the sanitized package")

    def event(self, seconds):
        """Return the next event; raise WorkerLost if there is none within `seconds`."""
        end = time.monotonic() + seconds
        while b"\n" not in self.rest:
            wait = max(0, end - time.monotonic())
            if not select.select([self.read], [], [], wait)[0]:
                raise WorkerLost(f"no answer for {seconds:g} seconds")
            more = os.read(self.read, 2**16)
            if not more:
                self.errors.seek(0)
                text = self.errors.read().decode(errors="replace")
                raise WorkerLost(f"the worker has ended: {text[-3000:]}")
            self.rest += more
        line, self.rest = self.rest.split(b"\n", 1)
        return json.loads(line)

    def batch(self, line):
        """Send a line, and yield (case, outcome, detail) of the cases that were run.

        A case that ended its process comes last; later cases of the line were not run.
        """
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        began = None
        while True:
            event = self.event(self.case_seconds + GRACE_SECONDS)
            if "began" in event:
                began = event["began"]
            elif "ended" in event:
                began = None
                yield event["ended"], event["outcome"], event["detail"]
            else:
                break
        if began is not None:
            text, status = event["text"], event["left"]
            kind = reports.kind_of(text)
            if kind in (None, "printed"):
                kind = "killed"
                text += f"\nended by itself, exit status {status}"
            yield began, kind, text

    def close(self):
        """End the process."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.errors.close()
        os.close(self.read)


class Fuzz:
    """Run cases on several workers, until all are run or the time is over."""

    def __init__(self, folder, numbers, *, jobs, seconds=None, log=print):
        self.folder, self.jobs, self.log = folder, jobs, log
        starts = range(0, len(numbers), BATCH)
        self.waiting = deque(numbers[start : start + BATCH] for start in starts)
        self.end = time.monotonic() + seconds if seconds else float("inf")
        self.outcomes, self.details = {}, {}
        self.lock = threading.Lock()

    def run(self):
        """Run all cases; fill `outcomes`, and for reports also `details`, by case.

        After Ctrl-C, batches that have begun are finished, and no others are begun.
        """
        threads = [threading.Thread(target=self._work) for _ in range(self.jobs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            try:
                thread.join()
            except KeyboardInterrupt:
                self.end = 0
                thread.join()

    def _next(self):
        with self.lock:
            if time.monotonic() > self.end or not self.waiting:
                return None
            return self.waiting.popleft()

    def _work(self):
        worker = None
        while numbers := self._next():
            left = deque(numbers)
            try:
                if worker is None:
                    worker = Worker(self.folder)
                for number, outcome, detail in worker.batch(" ".join(map(str, left))):
                    self._keep(number, outcome, detail)
                    left.popleft()
            except WorkerLost as lost:
                self._keep(left.popleft(), "hang", str(lost))
                if worker is not None:
                    worker.close()
                worker = None
            if left:
                with self.lock:
                    self.waiting.appendleft(list(left))
        if worker is not None:
            worker.close()

    def _keep(self, number, outcome, detail):
        with self.lock:
            self.outcomes[number] = outcome
            if outcome not in ("finished", "refused"):
                self.details[number] = detail
            if len(self.outcomes) % 1000 == 0:
                count = f"{len(self.outcomes)} cases, {len(self.details)} reports"
                self.log(f"... {count}", flush=True)

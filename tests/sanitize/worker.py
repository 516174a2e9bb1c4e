"""Process that imports the sanitized package once, and forks to run batches of cases.

It reads lines with numbers of cases (or 'control NAME') from standard input. It writes
JSON objects, one per line, to the file descriptor that is its second argument:

    {"began": 17}                          before a case begins
    {"ended": 17, "outcome": ..., ...}     after the case
    {"left": status, "text": ...}          when the forked process has ended, with the
                                           text that it printed

The output of cases goes into a file, and any output counts as a report.
"""

import ctypes
import faulthandler
import json
import os
import sys
import tempfile

import skmlp
from skmlp import _kernels

from . import cases, controls, reports, run


def send(**event):
    """Write one event as a line of JSON."""
    os.write(int(sys.argv[2]), (json.dumps(event) + "\n").encode())


class Printed:
    """File of the standard output and error of this process, including its C code."""

    def __init__(self):
        self.file = tempfile.TemporaryFile()  # noqa: SIM115
        self.seen = 0
        self.c = ctypes.CDLL(None)

    def redirect(self):
        """Redirect standard output and error of this process to the file."""
        os.dup2(self.file.fileno(), 1)
        os.dup2(self.file.fileno(), 2)

    def new(self):
        """Return the text that was written since the last call."""
        sys.stdout.flush()
        sys.stderr.flush()
        self.c.fflush(None)
        size = os.fstat(self.file.fileno()).st_size
        text = os.pread(self.file.fileno(), size - self.seen, self.seen)
        self.seen = size
        return text.decode(errors="replace")


def run_case(number, call, printed, seconds):
    """Run one case, and send the events of its begin and end."""
    send(began=number)
    faulthandler.dump_traceback_later(seconds, exit=True, file=2)
    outcome, detail = call()
    faulthandler.cancel_dump_traceback_later()
    text = printed.new()
    if reports.kind_of(text):
        outcome, detail = reports.kind_of(text), text
    send(ended=number, outcome=outcome, detail=detail[-6000:])


def run_line(line, printed, seconds):
    """Run all cases of one input line."""
    words = line.split(maxsplit=1)
    if words[0] == "control":
        control = controls.CONTROLS[words[1].strip()]
        run_case(-1, lambda: run.attempt(control.run), printed, seconds)
        return
    for number in map(int, line.split()):
        run_case(number, lambda n=number: run.run(cases.draw(n)), printed, seconds)


def main():
    """Read input lines until there are none; run each line in a forked process."""
    seconds = float(sys.argv[1])
    assert _kernels.NAME == "compiled", _kernels.NAME
    skmlp.MLPClassifier((2,), max_iter=1)  # imports the modules that cases need
    send(ready=skmlp.__file__)
    for line in sys.stdin:
        printed = Printed()
        pid = os.fork()
        if pid == 0:
            printed.redirect()
            status = 1
            try:
                run_line(line, printed, seconds)
                status = 0
            finally:
                sys.stdout.flush()
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        # Both processes share the file; the forked one has written to it.
        text = os.pread(printed.file.fileno(), 2**20, 0).decode(errors="replace")
        send(left=os.waitstatus_to_exitcode(status), text=text[-30_000:])


if __name__ == "__main__":
    main()

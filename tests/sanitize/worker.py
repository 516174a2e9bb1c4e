"""A process that imports the sanitized package once, and forks to run batches of cases.

Out of its standard input it reads lines of numbers of cases (or 'control NAME'); to
the file descriptor of its second argument it writes one JSON object a line:

    {"began": 17}                          before a case begins
    {"ended": 17, "outcome": ..., ...}     after it
    {"left": status, "text": ...}          when the forked process has ended, with all
                                           that it printed

What cases print goes into a file, and all of it counts as a report.
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


def tell(**event):
    """Write one event."""
    os.write(int(sys.argv[2]), (json.dumps(event) + "\n").encode())


class Printed:
    """Text that this process, and the C in it, wrote to standard output and error."""

    def __init__(self):
        self.file = tempfile.TemporaryFile()  # noqa: SIM115
        self.seen = 0
        self.c = ctypes.CDLL(None)

    def redirect(self):
        """From now on."""
        os.dup2(self.file.fileno(), 1)
        os.dup2(self.file.fileno(), 2)

    def new(self):
        """Return what was written since the last call."""
        sys.stdout.flush()
        sys.stderr.flush()
        self.c.fflush(None)
        size = os.fstat(self.file.fileno()).st_size
        text = os.pread(self.file.fileno(), size - self.seen, self.seen)
        self.seen = size
        return text.decode(errors="replace")


def one(number, call, printed, seconds):
    """Run one case, and tell how it went."""
    tell(began=number)
    faulthandler.dump_traceback_later(seconds, exit=True, file=2)
    outcome, detail = call()
    faulthandler.cancel_dump_traceback_later()
    text = printed.new()
    if reports.kind_of(text):
        outcome, detail = reports.kind_of(text), text
    tell(ended=number, outcome=outcome, detail=detail[-6000:])


def batch(line, printed, seconds):
    """All cases of a line that was read."""
    words = line.split(maxsplit=1)
    if words[0] == "control":
        control = controls.CONTROLS[words[1].strip()]
        one(-1, lambda: run.attempt(control.run), printed, seconds)
        return
    for number in map(int, line.split()):
        one(number, lambda n=number: run.run(cases.draw(n)), printed, seconds)


def main():
    """Read lines until there are none; a forked process runs each."""
    seconds = float(sys.argv[1])
    assert _kernels.NAME == "compiled", _kernels.NAME
    skmlp.MLPClassifier((2,), max_iter=1)  # imports what the cases need
    tell(ready=skmlp.__file__)
    for line in sys.stdin:
        printed = Printed()
        pid = os.fork()
        if pid == 0:
            printed.redirect()
            status = 1
            try:
                batch(line, printed, seconds)
                status = 0
            finally:
                sys.stdout.flush()
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        # The forked process moved the end of the file that both have open.
        text = os.pread(printed.file.fileno(), 2**20, 0).decode(errors="replace")
        tell(left=os.waitstatus_to_exitcode(status), text=text[-30_000:])


if __name__ == "__main__":
    main()

"""Controls: faults that are planted on purpose, and must be reported.

If they are not, the absence of reports means nothing. Faults in C are textual patches
of the sanitized copy (build.py); the environment variable SKMLP_PLANTED names the
active one. Controls are run and reported like cases.
"""

import os
import time
import warnings
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Control:
    """A function to call, the expected kind of report, and the planted fault in C."""

    act: object
    expected: str
    planted: str = ""

    def run(self):
        """Activate the planted fault and call the function, in a forked process."""
        os.environ["SKMLP_PLANTED"] = self.planted
        self.act()


def _fit():
    from skmlp import MLPClassifier

    X = np.random.default_rng(0).normal(size=(40, 5))
    model = MLPClassifier((6,), max_iter=1, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, np.arange(40) % 2)


def _say_what_blas_says():
    line = b" ** On entry to DGEMM  parameter number  8 had an illegal value\n"
    os.write(1, line)


def _index():
    [].pop()


CONTROLS = {
    "no fault": Control(_fit, "finished"),
    "heap overflow": Control(_fit, "address", "heap overflow"),
    "signed overflow": Control(_fit, "undefined", "signed overflow"),
    "misaligned load": Control(_fit, "undefined", "misaligned load"),
    "message of BLAS": Control(_say_what_blas_says, "blas"),
    "IndexError": Control(_index, "exception"),
    "killed by a signal": Control(os.abort, "killed"),
    "an endless wait": Control(lambda: time.sleep(600), "hang"),
}

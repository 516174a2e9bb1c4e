"""A classifier whose fit is interrupted, which other processes can import."""

import os
import signal
import warnings
from pathlib import Path

from sklearn.naive_bayes import GaussianNB

from skmlp.model_comparison.cross_validation import WARM_UP_ROWS


class Stops(GaussianNB):
    """Classifier whose fit is interrupted when it has been fitted `after` times.

    Fits are counted by files in a folder, so that all processes count together.
    """

    def __init__(self, folder="", after=0, how="raise"):
        super().__init__()
        self.folder = folder
        self.after = after
        self.how = how

    def fit(self, X, y):
        if len(X) > WARM_UP_ROWS:
            n_before = len(list(Path(self.folder).iterdir()))
            if n_before == self.after:
                self.interrupt()
            Path(self.folder, str(n_before)).touch()
        return super().fit(X, y)

    def interrupt(self):
        if self.how == "warn":  # as networks do, which keep what they have learnt
            warnings.warn("Training interrupted by user.", stacklevel=1)
        elif self.how == "kill":
            os.kill(os.getpid(), signal.SIGINT)
        else:
            raise KeyboardInterrupt

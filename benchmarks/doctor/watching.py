"""Time of an epoch with and without Watch(), beside a pass over all rows."""

import time
import warnings
from statistics import median

import numpy as np

from benchmarks.datasets import digits
from skmlp import MLPClassifier
from skmlp.diagnosis import Watch
from skmlp.diagnosis.evidence import Evidence

_EPOCHS, _ROUNDS = 30, 9


def cost_of_watching():
    """Return lines with the milliseconds of an epoch of 64-100-10 on the digits."""
    data = digits()
    X, y = np.asarray(data.X), np.asarray(data.y)
    settings = {"max_iter": _EPOCHS, "tol": 0.0, "n_iter_no_change": np.inf}
    callbacks = {
        "without a callback": (),
        "Watch()": (Watch(),),
        "Watch(n_rows=n)": (Watch(n_rows=len(X)),),
        "Watch(every=10)": (Watch(every=10),),
    }
    times = {name: [] for name in (*callbacks, "a forward and a backward pass")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(_ROUNDS):
            for name, each in callbacks.items():
                network = MLPClassifier(random_state=0, **settings)
                network.set_callbacks(*each)
                times[name].append(_seconds(network.fit, X, y) / _EPOCHS)
            evidence = Evidence(network, X, y)
            times["a forward and a backward pass"].append(
                _seconds(lambda evidence=evidence: evidence.layers)
            )
    return "\n".join(
        f"{name:<32}{1000 * median(each):>8.2f} ms" for name, each in times.items()
    )


def _seconds(function, *arguments):
    """Return the time of one call."""
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start

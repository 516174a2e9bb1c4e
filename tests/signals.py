"""Measure how long fits take to answer Ctrl-C: python -m tests.signals

Every estimator is fitted with every solver on rows that take seconds an epoch or an
iteration. SIGINT is sent at random times of a fit, and the table shows how long it took
until `fit` raised or returned: the median and the longest, in seconds. The bound is 0.1
seconds plus one call of a library (BLAS, LAPACK, SciPy), whose length is not measured.
The figures mean something on an idle machine alone.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys

TABULAR = "X = rng.normal(size=(400_000, 50)); y = rng.integers(3, size=len(X))"
LARGE = "X = rng.normal(size=(200_000, 100)); y = rng.integers(5, size=len(X))"
TALL = "X = rng.normal(size=(40_000, 1000)); y = rng.integers(5, size=len(X))"
NUMBERS = LARGE + "; y = y.astype(float)"
WIDE = (
    "X = scipy.sparse.random_array((20_000, 50_000), density=0.01, format='csr', "
    "rng=rng); y = rng.integers(20, size=20_000)"
)
LAYERS = "hidden_layer_sizes=(400, 400)"
SLOW = "tol=1e-14, max_iter=10_000"
# name -> (rows, what makes the estimator)
FITS = {
    **{
        f"MLPClassifier {solver}": (
            LARGE,
            f"MLPClassifier({LAYERS}, solver='{solver}')",
        )
        for solver in ("adam", "sgd", "lbfgs")
    },
    "MLPClassifier adam, sparse": (WIDE, f"MLPClassifier({LAYERS})"),
    "MLPRegressor adam": (NUMBERS, f"MLPRegressor({LAYERS})"),
    "MLPRegressor lbfgs": (NUMBERS, f"MLPRegressor({LAYERS}, solver='lbfgs')"),
    "Perceptron": (LARGE, "Perceptron(tol=None, max_iter=10_000)"),
    "Perceptron, l1": (LARGE, "Perceptron(penalty='l1', tol=None, max_iter=10_000)"),
    "Perceptron, sparse": (WIDE, "Perceptron(tol=None, max_iter=10_000)"),
    **{
        f"LDA {solver}": (TALL, f"LinearDiscriminantAnalysis(solver='{solver}')")
        for solver in ("svd", "lsqr", "eigen")
    },
    **{
        f"LogisticRegression {solver}": (
            TALL,
            f"LogisticRegression(solver='{solver}', {SLOW})",
        )
        for solver in ("lbfgs", "newton-cholesky", "newton-cg", "sag", "saga")
    },
    "LogisticRegression saga, l1": (
        TALL,
        f"LogisticRegression(solver='saga', l1_ratio=1, C=0.01, {SLOW})",
    ),
    "LogisticRegression lbfgs, sparse": (WIDE, f"LogisticRegression({SLOW})"),
    "LogisticRegression liblinear": (
        TABULAR + "; y = y > 0",
        f"LogisticRegression(solver='liblinear', {SLOW})",
    ),
    "LogisticRegression adam": (LARGE, "LogisticRegression(solver='adam', tol=0)"),
    "LogisticRegression firth": (
        TABULAR + "; y = y > 0",
        "LogisticRegression(C=float('inf'), solver='newton-cholesky', "
        "bias_reduction='firth')",
    ),
    "LogisticRegression C=inf": (TABULAR, "LogisticRegression(C=float('inf'))"),
    "LogisticRegressionCV": (TALL, "LogisticRegressionCV(cv=5)"),
}
PROGRAM = """
import json, os, signal, sys, threading, time, warnings
import numpy as np, scipy.sparse
from skmlp import *
rng = np.random.default_rng(0)
{rows}
sent = []
def send():
    time.sleep({delay})
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)
model = {model}
warnings.simplefilter("ignore")
thread = threading.Thread(target=send, daemon=True)
try:
    began = time.perf_counter()
    thread.start()
    model.fit(X, y)
except KeyboardInterrupt:
    pass
ended = time.perf_counter()
print(json.dumps([ended - began, ended - sent[0] if sent else None]))
"""


def answer(name, delay):
    """Return how long the fit took, and how long it went on after a signal: seconds.

    The second is None if the fit ended before the signal.
    """
    rows, model = FITS[name]
    program = PROGRAM.format(rows=rows, model=model, delay=delay)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{name} after {delay:.2f} s: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def main(arguments=None):
    """Print a table of the times of all fits."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add = parser.add_argument
    add("--only", default="", help="fits whose name contains this text")
    add("--times", type=int, default=5, help="signals for each fit (default 5)")
    add("--latest", type=float, default=4.0, help="seconds until the latest signal")
    add("--seed", type=int, default=0, help="of the random times")
    options = parser.parse_args(arguments)
    print(f"{'fit':36} {'median':>7} {'longest':>8}  ended before the signal")
    for name in FITS:
        if options.only not in name:
            continue
        random.seed(f"{name} {options.seed}")
        length = min(answer(name, options.latest)[0], options.latest)
        delays = [random.uniform(0, length) for _ in range(options.times)]
        answers = [answer(name, delay)[1] for delay in delays]
        times = [each for each in answers if each is not None]
        shown = f"{'-':>7} {'-':>8}"
        if times:
            shown = f"{statistics.median(times):7.3f} {max(times):8.3f}"
        print(f"{name:36} {shown}  {len(answers) - len(times)}", flush=True)


if __name__ == "__main__":
    main()

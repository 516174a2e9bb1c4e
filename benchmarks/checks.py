"""Measure the checks of sparse matrices, as a share of a whole fit or prediction.

The indices are checked where X is passed in, and where its arrays are taken for the
kernels. All checks are timed inside a fit, so that the effects of the fit on the
processor's caches are included.
"""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import skmlp
from benchmarks import contestants, datasets
from skmlp._kernels import arguments

MAX_SHARE = 0.03


@dataclass(frozen=True)
class Check:
    """A fit to sparse rows; with `predicts`, a prediction by a fitted estimator."""

    name: str
    make: Callable
    data: Callable
    quick_data: Callable
    predicts: bool = False


def _documents(n_classes, name, make, **settings):
    return Check(
        name,
        make,
        lambda: datasets.documents(20_000, 50_000, n_classes),
        lambda: datasets.documents(2000, 50_000, n_classes),
        **settings,
    )


def _perceptron():
    return skmlp.Perceptron(max_iter=10, tol=None, random_state=0)


def _lasso():
    return skmlp.LogisticRegression(solver="saga", l1_ratio=1, C=10)


def _network():
    return skmlp.MLPClassifier((20,), max_iter=1, random_state=0)


CHECKS = (
    _documents(2, "Perceptron, 2 classes", _perceptron),
    _documents(20, "Perceptron, 20 classes", _perceptron),
    _documents(2, "LogisticRegression", skmlp.LogisticRegression),
    _documents(2, "LogisticRegression, l1", _lasso),
    _documents(2, "MLPClassifier, one epoch", _network),
    _documents(
        2, "LogisticRegression, predict", skmlp.LogisticRegression, predicts=True
    ),
    _documents(2, "MLPClassifier, predict", _network, predicts=True),
    Check(
        "LinearDiscriminantAnalysis",
        skmlp.LinearDiscriminantAnalysis,
        lambda: datasets.documents(20_000, 500, 2),
        lambda: datasets.documents(2000, 500, 2),
    ),
)


def seconds(name, repeats, quick):
    """Return median seconds of (a fit or prediction, the checks in it)."""
    check = next(check for check in CHECKS if check.name == name)
    data = check.quick_data() if quick else check.data()
    fitted, _ = contestants.fit(check.make(), data)
    whole, inside = [], []
    for _ in range(repeats):
        with _timed_checks() as spent:
            if check.predicts:
                start = perf_counter()
                fitted.predict(data.X)
                whole.append(perf_counter() - start)
            else:
                whole.append(contestants.fit(check.make(), data)[1])
        inside.append(sum(spent))
    return median(whole), median(inside)


@contextmanager
def _timed_checks():
    """Collect the seconds of every check inside the `with` block in a list."""
    check, spent = arguments._check_compressed, []

    def timed(*given):
        start = perf_counter()
        check(*given)
        spent.append(perf_counter() - start)

    arguments._check_compressed = timed
    try:
        yield spent
    finally:
        arguments._check_compressed = check

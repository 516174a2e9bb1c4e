"""Measure checks inside a fit or prediction, as a share of it.

The indices of sparse matrices are checked where X is passed in, and where its arrays
are taken for the kernels. The loss of the result of a fit by mini-batches is computed
by one forward pass. Both are timed inside a fit, so that the effects of the fit on the
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
from skmlp.objective import EmpiricalRisk

MAX_SHARE = 0.03


@dataclass(frozen=True)
class Check:
    """A fit, or with `predicts` a prediction by a fitted estimator.

    `timed` is what is timed inside: an object and the name of a function of it.
    """

    name: str
    make: Callable
    data: Callable
    quick_data: Callable
    predicts: bool = False
    timed: tuple = (arguments, "_check_compressed")


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


def _of_the_result(name, make, n_rows, scale):
    return Check(
        f"loss, {name}",
        make,
        lambda: datasets.digits(n_rows=n_rows, scale=scale),
        lambda: datasets.digits(n_rows=n_rows // 10, scale=scale),
        timed=(EmpiricalRisk, "value_at"),
    )


def _epochs(estimator, **settings):
    """Return a function that makes an estimator of 30 epochs."""
    return lambda: estimator(max_iter=30, tol=0, random_state=0, **settings)


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
    _of_the_result(
        "MLP 100, 30 epochs",
        _epochs(skmlp.MLPClassifier, hidden_layer_sizes=(100,)),
        20_000,
        1,
    ),
    _of_the_result(
        "MLP 512-256, 30 epochs",
        _epochs(skmlp.MLPClassifier, hidden_layer_sizes=(512, 256)),
        5000,
        1,
    ),
    _of_the_result(
        "MLP 20 by sgd, 30 epochs",
        _epochs(skmlp.MLPClassifier, hidden_layer_sizes=(20,), solver="sgd"),
        20_000,
        1,
    ),
    _of_the_result(
        "logistic regression, 30 epochs",
        _epochs(skmlp.LogisticRegression, solver="adam"),
        20_000,
        1,
    ),
)


def seconds(name, repeats, quick):
    """Return median seconds of (a fit or prediction, the checks in it)."""
    check = next(check for check in CHECKS if check.name == name)
    data = check.quick_data() if quick else check.data()
    fitted, _ = contestants.fit(check.make(), data)
    whole, inside = [], []
    for _ in range(repeats):
        with _timed(*check.timed) as spent:
            if check.predicts:
                start = perf_counter()
                fitted.predict(data.X)
                whole.append(perf_counter() - start)
            else:
                whole.append(contestants.fit(check.make(), data)[1])
        inside.append(sum(spent))
    return median(whole), median(inside)


@contextmanager
def _timed(owner, name):
    """Collect the seconds of every call of a function in a list."""
    function, spent = getattr(owner, name), []

    def timed(*given):
        start = perf_counter()
        result = function(*given)
        spent.append(perf_counter() - start)
        return result

    setattr(owner, name, timed)
    try:
        yield spent
    finally:
        setattr(owner, name, function)

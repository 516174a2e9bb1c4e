"""Measure how time grows with size: fit log(time) ≈ exponent·log(size) + constant."""

import time
from dataclasses import dataclass

import numpy as np

import skmlp
from benchmarks import contestants, datasets

VARIABLES = ("n", "features", "width", "depth", "classes")


@dataclass(frozen=True)
class Curve:
    """A fit that is timed at several sizes; one size varies, the others are `base`."""

    name: str
    make: object  # sizes -> run
    base: dict
    sizes: dict  # variable -> sizes


def _network_epoch(n, features, width, depth, classes):
    data = datasets.blobs(n, features, classes, dtype=np.float32)
    network = skmlp.MLPClassifier(
        (width,) * depth, max_iter=3, tol=0, n_iter_no_change=np.inf, random_state=0
    )
    return contestants.iterations(network)(data)


def _discriminants(n, features, classes):
    classifier = skmlp.LinearDiscriminantAnalysis()
    return contestants.fits(classifier)(datasets.blobs(n, features, classes))


def _logistic_iteration(n, features, classes):
    classifier = skmlp.LogisticRegression(max_iter=10, tol=1e-12)
    return contestants.iterations(classifier)(datasets.blobs(n, features, classes))


def _perceptron_epoch(n, features, classes):
    classifier = skmlp.Perceptron(max_iter=3, tol=None, random_state=0)
    return contestants.iterations(classifier)(datasets.blobs(n, features, classes))


def _linear(base_n):
    """Return the sizes of a linear model; a fit takes a fraction of a second."""
    return {
        "n": tuple(base_n * factor for factor in (1, 2, 4, 8)),
        "features": (25, 50, 100, 200, 400),
        "classes": (3, 6, 12, 24, 48),
    }


CURVES = (
    Curve(
        "MLP epoch",
        _network_epoch,
        {"n": 4000, "features": 64, "width": 64, "depth": 1, "classes": 10},
        {
            "n": (4000, 8000, 16_000, 32_000, 64_000),
            "features": (64, 128, 256, 512, 1024),
            "width": (64, 128, 256, 512, 1024),
            "depth": (1, 2, 4, 8, 16),
            "classes": (10, 40, 160, 640),
        },
    ),
    Curve(
        "LDA fit",
        _discriminants,
        {"n": 10_000, "features": 50, "classes": 5},
        _linear(10_000),
    ),
    Curve(
        "logistic iteration",
        _logistic_iteration,
        {"n": 10_000, "features": 50, "classes": 5},
        _linear(10_000),
    ),
    Curve(
        "Perceptron epoch",
        _perceptron_epoch,
        {"n": 10_000, "features": 50, "classes": 5},
        _linear(10_000),
    ),
)


def seconds(name, variable, size, repeats):
    """Return the median seconds of runs with one size changed, after one to warm up."""
    curve = next(curve for curve in CURVES if curve.name == name)
    run = curve.make(**{**curve.base, variable: size})
    run()
    return float(np.median([run().seconds for _ in range(repeats)]))


def exponents(curve, worker, *, quick):
    """Return {variable: sizes, seconds and fitted exponent} of a curve."""
    fitted = {}
    for variable, sizes in curve.sizes.items():
        sizes, repeats = (sizes[:4], 1) if quick else (sizes, 3)
        start = time.perf_counter()
        times = [
            worker.call(seconds, curve.name, variable, size, repeats) for size in sizes
        ]
        slope, _ = np.polyfit(np.log(sizes), np.log(times), 1)
        fitted[variable] = {
            "sizes": list(sizes),
            "seconds": times,
            "exponent": float(slope),
            "took": time.perf_counter() - start,
        }
    return fitted

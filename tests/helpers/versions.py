"""Versions of libraries, and marks of the tests that need a newer one.

The suite also runs with the libraries of tests/oldest_libraries.txt.
"""

import importlib
import importlib.metadata

import pytest


def version_of(library):
    """Return the version of a library, such as (1, 9, 1)."""
    parts = importlib.metadata.version(library).split(".")
    return tuple(int(part) for part in parts if part.isdigit())


def older(library, version):
    """Return True if the installed library is older than a version such as '1.9'."""
    return version_of(library) < tuple(map(int, version.split(".")))


def needs(library, version, reason):
    """Return a mark that skips a test with a library older than `version`."""
    return pytest.mark.skipif(
        older(library, version), reason=f"{library} before {version} {reason}"
    )


# The contract is that of scikit-learn 1.9. These constructors were others before.
OTHER_PARAMETERS = {"LogisticRegression"} if older("scikit-learn", "1.8") else set()

# scikit-learn divided the covariance of the solver 'svd' by n − K before version 1.9,
# which divides by n. These are the parameters with which ours agrees with either.
LIKE_THEIR_SVD = {"ddof": 1} if older("scikit-learn", "1.9") else {}

# SciPy renamed this argument of its random arrays in version 1.15.
RNG = "random_state" if older("scipy", "1.15") else "rng"

# scikit-learn reads polars tables by narwhals since version 1.9. Before, it read the
# names of their columns by a protocol of which polars 1.40 warns, and which polars 2
# has given up.
POLARS_WITHOUT_NAMES = older("scikit-learn", "1.9") and not older("polars", "1.40")

HAS_CALLBACKS = not older("scikit-learn", "1.9")
needs_callbacks = needs("scikit-learn", "1.9", "has no callbacks")


def mixed_penalty(l1_ratio):
    """Return the parameters of scikit-learn's LogisticRegression for this penalty."""
    if not older("scikit-learn", "1.8"):
        return {"l1_ratio": l1_ratio}
    if l1_ratio in (0, 1):
        return {"penalty": "l1" if l1_ratio else "l2"}
    return {"penalty": "elasticnet", "l1_ratio": l1_ratio}


def import_callbacks():
    """Return the module `sklearn.callback`, or skip the test file that calls this."""
    if not HAS_CALLBACKS:
        pytest.skip(needs_callbacks.kwargs["reason"], allow_module_level=True)
    return importlib.import_module("sklearn.callback")

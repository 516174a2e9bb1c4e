"""Compare the weights and the histories of fitted networks."""

import numpy as np

SOLVERS = ("adam", "sgd", "lbfgs")
TIMES = "seconds"


def same_weights(ours, theirs):
    """Assert that two networks have equal weights and intercepts."""
    for mine, reference in zip(
        ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_, strict=True
    ):
        np.testing.assert_array_equal(mine, reference)


def weights_of(network):
    """Return all weights and intercepts of a network as one vector."""
    return np.concatenate([np.ravel(w) for w in network.coefs_ + network.intercepts_])


def same_history(ours, theirs):
    """Assert that two networks have equal histories, apart from times."""
    assert set(ours.history_) == set(theirs.history_)
    for name, values in ours.history_.items():
        if name != TIMES:
            np.testing.assert_array_equal(values, theirs.history_[name], err_msg=name)

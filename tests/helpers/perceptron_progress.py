"""Arguments of the perceptron's epochs that end them: the plan, and the progress."""

import numpy as np


def words_of(seed):
    """Return the state of a RandomState of that seed, as the kernels take it."""
    _, key, used, *_ = np.random.RandomState(seed).get_state()
    return np.append(key, np.uint32(used))


def progress_of(n_units, *, joint=False, averaged=True, max_epochs=1, **plan):
    """Return the fields of the plan and of the progress before the first epoch."""
    n_counts = 1 if joint else n_units
    return {
        "max_epochs": max_epochs,
        "tol": 0.001,
        "n_iter_no_change": 2,
        "l2": 0.0,
        "l1": 0.0,
        "curve": np.full(max_epochs, -1),
        "losses": np.full(n_units, 7.0),
        "mistakes": np.full(n_units, 7),
        "objectives": np.full(n_counts, 7.0),
        "first": np.full(n_counts, np.nan),
        "best": np.full(n_counts, np.inf),
        "waited": np.zeros(n_counts, dtype=np.int64),
        "faultless": np.zeros(n_counts, dtype=np.uint8),
        "visits": np.zeros(n_units) if averaged else None,
        **plan,
    }

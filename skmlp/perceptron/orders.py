"""Generator of the random orders in which the rows of the perceptron are visited."""

from functools import lru_cache

import numpy as np
from sklearn.utils import check_random_state

__all__ = ["OrderGenerator"]


class OrderGenerator:
    """Generator of random orders: the `words` of a RandomState, or the object itself.

    To make a RandomState takes longer than some epochs over few rows, and the kernels
    draw the same orders from its words. Either form is made of the other when needed.
    """

    def __init__(self, words):
        self._words, self._random_state = words, None

    @classmethod
    def seeded_by(cls, random_state):
        """Return the generator seeded by a draw of random_state."""
        if type(random_state) is int:
            return cls(_words_seeded_by(random_state).copy())
        return cls(_words_of(_seeded_by(random_state)))

    @property
    def words(self):
        """State of the generator (625,), which the kernels change in place."""
        if self._words is None:
            self._words, self._random_state = _words_of(self._random_state), None
        return self._words

    @property
    def random_state(self):
        """Generator as a RandomState; its draws change this generator, too."""
        if self._random_state is None:
            self._random_state = np.random.RandomState()
            words, self._words = self._words, None
            self._random_state.set_state(("MT19937", words[:-1], int(words[-1])))
        return self._random_state

    def get_state(self, legacy=False):
        """Return the state, for `set_state`."""
        if self._words is not None:
            return self._words.copy()
        return _words_of(self._random_state)

    def set_state(self, state):
        """Return to a state of before."""
        self._words, self._random_state = state, None

    def __getstate__(self):
        """Return the state as bytes: joblib may load an array that is read-only."""
        return self.get_state().astype("<u4").tobytes()

    def __setstate__(self, state):
        """Take the state from the bytes of `__getstate__`."""
        self.set_state(np.frombuffer(state, dtype="<u4").astype(np.uint32))


def _seeded_by(random_state):
    """Return a RandomState seeded by a draw of random_state."""
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max)
    return np.random.RandomState(seed)


@lru_cache(maxsize=256)
def _words_seeded_by(seed):
    """Return the words of the generator seeded by a draw of an integer random_state."""
    return _words_of(_seeded_by(seed))


def _words_of(generator):
    """Return the words of a RandomState, with the number of those used up (625,)."""
    _, key, used, *_ = generator.get_state()
    return np.append(key, np.uint32(used))

"""Train with a setting until the accuracy of a task is reached, by the wall clock.

The accuracy is measured at the end of every epoch, and for methods without epochs at
the end of the fit. The time of measuring it does not count.
"""

import warnings
from dataclasses import dataclass
from functools import lru_cache, partial
from time import perf_counter

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.targets.settings import LONG_TRAINING, SETTINGS
from benchmarks.targets.tasks import TASKS

# Each number of threads gets first epochs until they have taken these seconds.
_CHOOSING_SECONDS = 0.5
_MOST_FIRST_EPOCHS = 5
_CLEARLY = 1.1
_LONG_TRAINING_SECONDS = 60
_QUICK_SECONDS = 0.3


@dataclass(frozen=True)
class Outcome:
    """Seconds and epochs of a training, and its best accuracy on the test rows.

    Training that has not reached the accuracy ended by itself, or after its budget.
    """

    reached: bool
    seconds: float
    n_epochs: int
    accuracy: float


class Watch:
    """Clock of a training that stands while the accuracy is measured."""

    def __init__(self, test, *, accuracy, budget):
        self._test, self.wanted, self._budget = test, accuracy, budget
        self.seconds, self.n_epochs, self.accuracy = 0.0, 0, 0.0
        self.start()

    def start(self):
        """Start the clock, or let it go on."""
        self._since = perf_counter()

    def stop(self):
        """Stop the clock."""
        self.seconds += perf_counter() - self._since

    def epoch_ends(self, predict):
        """Measure the accuracy of `predict`; return True if training should stop."""
        self.stop()
        self.n_epochs += 1
        self.accuracy = max(self.accuracy, self.measure(predict))
        finished = self.reached or self.seconds > self._budget
        self.start()
        return finished

    def measure(self, predict):
        """Return the accuracy of `predict` on the test rows."""
        return float(np.mean(predict(self._test.X) == self._test.y))

    @property
    def reached(self):
        """Return True once an accuracy was high enough."""
        return self.accuracy >= self.wanted

    def outcome(self):
        """Return the Outcome so far."""
        return Outcome(self.reached, self.seconds, self.n_epochs, self.accuracy)


def compete(task, accuracy, roles, workers, *, quick):
    """Train with every setting of the roles, in turns, with a new seed in every turn.

    Return {(role, setting): threads} and {role: {setting: outcomes}}.
    """
    settings = [(role, s.name) for role in roles for s in SETTINGS[task.name][role]]
    threads = dict.fromkeys(settings, 1)
    outcomes = {role: {} for role in roles}
    for role, name in settings:
        if not quick:
            names = task.name, role, name
            threads[role, name] = workers[role].call(better_threads, names)
    for seed in range(1 if quick else task.n_seeds):
        for role, name in settings:
            run = partial(
                train,
                threads=threads[role, name],
                budget=_QUICK_SECONDS if quick else task.budget,
                quick=quick,
            )
            outcome = workers[role].call(run, (task.name, role, name), seed, accuracy)
            outcomes[role].setdefault(name, []).append(outcome)
    return threads, outcomes


def train(names, seed, accuracy, *, threads=1, budget=np.inf, quick=False):
    """Return the Outcome of one training.

    `names` are those of the task, of the role in SETTINGS, and of the setting.
    `threads` is 1, or None for the number of the library's own choice.
    """
    task_name, role, setting_name = names
    task = next(task for task in TASKS if task.name == task_name)
    setting = next(s for s in SETTINGS[task_name][role] if s.name == setting_name)
    split = _split(task_name, quick, seed if task.random_split else 0)
    watch = Watch(split.test, accuracy=accuracy, budget=budget)
    with threadpool_limits(threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return setting.train(split.train, seed, watch, threads)


def better_threads(names):
    """Return the number of threads (1 or None) with the faster first epoch.

    Threads of a pool disturb each other by chance, above all in short epochs. One
    thread is therefore preferred unless all of them are clearly faster.
    """
    runs = {1: [], None: []}
    for _ in range(_MOST_FIRST_EPOCHS):
        for threads, seconds in runs.items():
            if sum(seconds) < _CHOOSING_SECONDS:
                seconds.append(train(names, 0, 0.0, threads=threads).seconds)
    return 1 if min(runs[1]) < _CLEARLY * min(runs[None]) else None


def best_accuracy(task_name):
    """Return the best test accuracy at an epoch's end of the long training."""
    split = _split(task_name, False, 0)
    watch = Watch(split.test, accuracy=np.inf, budget=_LONG_TRAINING_SECONDS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return LONG_TRAINING.observe(split.train, 0, watch).accuracy


@lru_cache(maxsize=1)
def _split(task_name, quick, seed):
    return next(task for task in TASKS if task.name == task_name).split(quick, seed)

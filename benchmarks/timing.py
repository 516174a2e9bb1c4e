"""Time contestants in turns: medians, spreads, and the best of several variants."""

import time
from dataclasses import dataclass, field
from statistics import median

import numpy as np

from benchmarks.workers import WorkerError

ROLES = ("ours", "theirs", "torch_eager", "torch_compiled", "floor")
# Threads of a pool may spin for a while after their work; the next contestant waits.
SETTLING_SECONDS = 0.04
_COMPILATION_SECONDS = 40


@dataclass
class Times:
    """Seconds per unit of work of all runs of a variant; see Run for `unfinished`."""

    runs: list = field(default_factory=list)
    unfinished: str = ""

    @property
    def median(self):
        """Median of the runs."""
        return median(self.runs)

    @property
    def spread(self):
        """Median absolute deviation of the runs, divided by their median."""
        return median(abs(run - self.median) for run in self.runs) / self.median


@dataclass
class Result:
    """Result of a row: times by role and variant, outcomes and failures by role."""

    times: dict  # role -> variant -> Times
    outcomes: dict  # role -> Run.outcome
    failures: dict  # role -> text

    def best(self, role):
        """Return the Times with the lowest median; None if the role has no times.

        Variants that finish their work come before those that do not.
        """
        variants = self.times.get(role, {}).values()
        return min(variants, key=lambda t: (bool(t.unfinished), t.median), default=None)

    def ratio(self, role, other):
        """Return the best median of `role` ÷ that of `other`; None without both."""
        best, others = self.best(role), self.best(other)
        return best.median / others.median if best and others else None


def measure(work, workers, *, quick, budget, skip=()):
    """Run all contestants of a work in turns, and return their Result.

    There are 3 to 15 rounds (`quick`: 2 to 5), until `budget` seconds have passed.
    """
    fewest, most = (2, 5) if quick else (3, 15)
    result = Result({}, {}, {})
    turns = []
    for role in ROLES:
        if role in skip or not work.contestants(role)[0]:
            continue
        try:
            for variant in workers[role].prepare(work, quick):
                timeout = _COMPILATION_SECONDS if role == "torch_compiled" else 600
                warm_up = workers[role].run(variant, timeout=timeout)
                result.outcomes[role] = warm_up.outcome
                times = Times(unfinished=warm_up.unfinished)
                result.times.setdefault(role, {})[variant] = times
                turns.append((role, variant))
        except WorkerError as error:
            result.failures[role] = str(error)
            result.times.pop(role, None)
            turns = [turn for turn in turns if turn[0] != role]
    start, n_rounds = time.perf_counter(), 0
    while turns and n_rounds < most:
        for role, variant in turns:
            time.sleep(SETTLING_SECONDS)
            seconds = workers[role].run(variant).seconds
            result.times[role][variant].runs.append(seconds)
        n_rounds += 1
        if n_rounds >= fewest and time.perf_counter() - start > budget:
            break
    return result


def agreement(work, result):
    """Return our loss ÷ theirs − 1, or the share of equal labels; None without both."""
    ours, theirs = (result.outcomes.get(role) for role in ("ours", "theirs"))
    if work.compares is None or ours is None or theirs is None:
        return None
    if work.compares == "loss":
        return float(ours / theirs - 1)
    return float(np.mean(ours == theirs))

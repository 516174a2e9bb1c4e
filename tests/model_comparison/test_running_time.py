"""The budget of a comparison, and the time that is left."""

import contextlib
import math
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest

from skmlp.model_comparison import compare, cross_validation, tuning
from skmlp.model_comparison.running_time import BudgetOver, RunningTime, seconds_left
from skmlp.model_comparison.terminal import time_left_in_words

needs_alarm = pytest.mark.skipif(
    not hasattr(signal, "SIGALRM"), reason="needs the signal SIGALRM"
)


class Clock:
    """Clock that stands still until a test moves it."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    """Return a Clock, by which fits are timed as well."""
    clock = Clock()
    monkeypatch.setattr(cross_validation, "monotonic", clock)
    return clock


@pytest.mark.parametrize(
    ("means", "remaining", "rest", "expected"),
    [
        # 10 fits of 2 s and 10 of 0.02 s: by the number of fits it would be the same.
        ({"MLP": 2.0, "LDA": 0.02}, {"MLP": 10, "LDA": 10}, math.inf, 20.2),
        ({"MLP": 2.0, "LDA": 0.02}, {"MLP": 0, "LDA": 10}, math.inf, 0.2),
        ({"MLP": 2.0, "LDA": 0.02}, {"MLP": 10, "LDA": 10}, 5.0, 5.0),
        ({"MLP": 2.0, "LDA": 0.02}, {"MLP": 1, "LDA": 0}, 5.0, 2.0),
        ({"LDA": 0.02}, {"MLP": 10, "LDA": 9}, math.inf, None),
        ({"LDA": 0.02}, {"MLP": 10, "LDA": 9}, 5.0, 5.0),
        ({"LDA": 0.02}, {"MLP": 0, "LDA": 5}, math.inf, 0.1),
        ({}, {}, math.inf, 0.0),
        ({"LDA": 1.0}, {"LDA": 5}, -3.0, 0.0),
    ],
)
def test_the_time_left_comes_of_the_means_and_the_remaining_fits(
    means, remaining, rest, expected
):
    left = seconds_left(means, remaining, rest)
    assert left == (None if expected is None else pytest.approx(expected))


def test_recorded_fits_make_means_and_fewer_remain():
    clock = Clock()
    running = RunningTime(60, clock=clock)
    running.plan(["LDA", "MLP"] * 3)
    assert running.left() == 60
    for name, seconds in (("LDA", 1), ("MLP", 9), ("LDA", 3)):
        running.record(name, seconds)
    assert running.means() == {"LDA": 2, "MLP": 9}
    assert running.left() == 2 + 2 * 9
    clock.now += 45
    assert running.left() == 15
    assert running.suffices_for(["MLP", "LDA", "LDA", "never fitted"])
    assert not running.suffices_for(["MLP", "MLP"])
    clock.now += 15
    assert not running.suffices_for([])


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "time left unknown"),
        (0.0, "0:00:00 left"),
        (59.2, "0:01:00 left"),
        (3723, "1:02:03 left"),
    ],
)
def test_the_time_left_in_words(seconds, words):
    assert time_left_in_words(seconds) == words


def slow(seconds, clock):
    """Return a classifier whose fit takes `seconds` of a clock; the warm-up none."""
    from sklearn.naive_bayes import GaussianNB

    class Slow(GaussianNB):
        def fit(self, X, y):
            clock.now += seconds if len(X) > cross_validation.WARM_UP_ROWS else 0
            return super().fit(X, y)

    return Slow()


@pytest.mark.parametrize(
    ("budget", "n_folds"),
    # A fold takes 11 s; no third fold is begun in 32 s, as it needs 11 of the last 10.
    [(11.5, 1), (22.5, 2), (32, 2), (33, 3), (1000, 10)],
)
def test_the_folds_that_end_within_the_budget_are_compared(
    bundled, clock, budget, n_folds
):
    X, y = bundled("iris")
    estimators = {"quick": slow(1, clock), "slow": slow(10, clock)}
    whole = compare(X, y, estimators, cv=5, repeats=2)
    start = clock.now
    running = RunningTime(budget, clock=clock)
    part = compare(X, y, estimators, cv=5, repeats=2, budget=running)
    assert clock.now - start == 11 * n_folds
    assert (part.folds.n_folds, part.folds.n_planned) == (n_folds, 10)
    assert part.folds.n_repeats == (2 if n_folds > 5 else 1)
    for name, scores in part.scores.items():
        expected = whole.scores[name]["log_loss"][:n_folds]
        assert scores["log_loss"].tolist() == expected.tolist()
    is_part = n_folds < 10
    assert part.ended_by == ("budget" if is_part else None)
    assert any("(--budget) was over" in note for note in part.notes) == is_part
    heading = f"{n_folds} of 10 folds" if is_part else "5 folds, repeated 2 times"
    assert part.report().splitlines()[0].endswith(f"; {heading}")


def test_within_the_first_fold_the_finished_models_are_shown(bundled, clock):
    X, y = bundled("iris")
    estimators = {"quick": slow(1, clock), "slow": slow(9, clock), "c": slow(1, clock)}
    part = compare(X, y, estimators, budget=RunningTime(5, clock=clock))
    assert list(part.scores) == ["quick", "slow", "baseline"]
    assert (
        "the budget of 5 seconds (--budget) was over before a fold was finished: c was "
        "not fitted, and the scores of the others are those of one fold"
    ) in part.notes
    assert part.recipe.estimators.keys() == {"quick", "slow"}


@pytest.mark.parametrize("budget", [0, -1, np.nan, np.inf, "much", True])
def test_a_budget_has_to_be_a_number_above_zero(bundled, budget):
    with pytest.raises(ValueError, match=r"budget=.*seconds above zero"):
        compare(*bundled("iris"), budget=budget)


def test_a_budget_for_nothing_is_an_error(bundled, clock):
    running = RunningTime(1, clock=clock)
    clock.now += 2
    with pytest.raises(ValueError, match="1 second was over before any model"):
        compare(*bundled("iris"), budget=running)


def test_a_search_of_parameters_ends_with_the_budget(bundled, clock, monkeypatch):
    X, y = bundled("iris")
    monkeypatch.setattr(tuning.time, "monotonic", clock)
    n_fits = 0

    def fit(*arguments, fit=tuning.fit_and_predict):
        nonlocal n_fits
        n_fits += 1
        clock.now += 1
        return fit(*arguments)

    monkeypatch.setattr(tuning, "fit_and_predict", fit)
    running = RunningTime(40, clock=clock)
    part = compare(X, y, ["LDA"], cv=5, repeats=2, tune=1e6, budget=running)
    assert part.ended_by == "budget"
    # 6 settings on 3 inner folds take 18 s in each fold; the third would not end.
    assert (part.folds.n_folds, n_fits) == (2, 36)
    search = tuning.Tuning(1e6, ("log_loss",), 0, end=clock.now - 1)
    with pytest.raises(BudgetOver):
        search.search(*arguments_of_a_search(X, y))


def arguments_of_a_search(X, y):
    """Return ComparisonData, Candidate and Fold for a search of parameters."""
    from skmlp.model_comparison.candidates import candidates
    from skmlp.model_comparison.columns import read_columns
    from skmlp.model_comparison.folds import Fold
    from skmlp.model_comparison.one_fit import ComparisonData

    problem = ComparisonData(X, read_columns(X), y, "classification")
    listed = candidates(["LDA"], task="classification", seed=0, against=None)
    return problem, listed[0], Fold(0, np.arange(len(y)), np.arange(5))


# Alarms


@pytest.fixture
def other_alarm():
    """Set a handler and a timer of the user's own; restore what was there before."""

    def handler(number, frame):
        pass

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 1000.0, 7.0)
    yield handler
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def wait(swallowed):
    """Wait until a signal comes; or, if the first one is swallowed, a second one."""
    try:
        with contextlib.suppress(Exception):  # as in code that suppresses errors
            threading.Event().wait(600)
    except BaseException:
        if not swallowed:
            raise
    threading.Event().wait(600)


@needs_alarm
@pytest.mark.parametrize("swallowed", [False, True])
def test_the_alarm_ends_what_is_running_and_is_then_put_back(other_alarm, swallowed):
    running = RunningTime(0.01, ends_fits=True)
    with pytest.raises(BudgetOver), running.alarm():
        wait(swallowed)
    assert signal.getsignal(signal.SIGALRM) is other_alarm
    delay, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    assert 900 < delay <= 1000
    assert interval == 7


@needs_alarm
@pytest.mark.parametrize("options", [{}, {"ends_fits": False}])
def test_without_ends_fits_there_is_no_alarm(other_alarm, options):
    with RunningTime(1e-9, **options).alarm():
        assert signal.getsignal(signal.SIGALRM) is other_alarm


@needs_alarm
def test_other_threads_have_no_alarm():
    seen = []

    def run():
        with RunningTime(1000, ends_fits=True).alarm():
            seen.append(signal.getitimer(signal.ITIMER_REAL)[0])

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [0]


# The command line, whose second fold never ends but for the budget.
ENDLESS = """
import signal, sys, time
from skmlp.__main__ import main
from skmlp.model_comparison import cross_validation

def fit_and_score(*arguments, fit_and_score=cross_validation.fit_and_score):
    result = fit_and_score(*arguments)
    if result.fold:
        # The timer of the budget is made to end now, and not after an hour.
        signal.setitimer(signal.ITIMER_REAL, 1e-3, 1.0)
        while True:
            try:
                time.sleep(60)
            except Exception:
                pass
    return result

cross_validation.fit_and_score = fit_and_score
sys.exit(main(["compare", "iris", "--budget", "3600"]))
"""


@needs_alarm
def test_on_the_command_line_the_budget_ends_a_long_fit():
    finished = subprocess.run(
        [sys.executable, "-P", "-c", ENDLESS],
        capture_output=True,
        text=True,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "; 1 of 15 folds\n" in finished.stdout
    shown = " ".join(finished.stdout.split())
    assert (
        "Note: 1 of 15 folds is done, as the budget of 3600 seconds (--budget) was over"
    ) in shown

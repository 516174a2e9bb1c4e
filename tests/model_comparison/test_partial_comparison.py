"""Comparisons that Ctrl-C has ended, and comparisons of one fold."""

import io
import json
import re
import sys
import warnings

import numpy as np
import pytest
from interrupted_fits import Stops
from invented_comparisons import invented
from sklearn.naive_bayes import GaussianNB

from skmlp.model_comparison import compare
from skmlp.model_comparison.finished_folds import ComparisonInterrupted
from skmlp.model_comparison.running_time import RunningTime
from skmlp.model_comparison.terminal import print_on_terminal

N_CANDIDATES = 3  # "Bayes", "stops" and the baseline


def comparison_of(bundled, folder, after, how="raise", **options):
    """Return the comparison of "Bayes" and "stops", and its warnings as texts."""
    X, y = bundled("iris")
    estimators = {"Bayes": GaussianNB(), "stops": Stops(str(folder), after, how)}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        comparison = compare(X, y, estimators, cv=5, repeats=2, **options)
    return comparison, [str(each.message) for each in caught]


@pytest.mark.parametrize("how", ["raise", "warn", "kill"])
@pytest.mark.parametrize("after", [1, 2, 7])
def test_after_an_interrupt_the_finished_folds_remain(bundled, tmp_path, how, after):
    if how == "kill" and sys.platform == "win32":
        pytest.skip("needs POSIX signals")
    part, messages = comparison_of(bundled, tmp_path, after, how)
    whole, _ = comparison_of(bundled, tmp_path, after=None)
    assert part.ended_by == "interrupt"
    assert (part.folds.n_folds, part.folds.n_planned) == (after, 10)
    for name, scores in whole.scores.items():
        expected = scores["log_loss"][:after].tolist()
        assert part.scores[name]["log_loss"].tolist() == expected
    folds = f"{after} of 10 folds {'is' if after == 1 else 'are'} done"
    assert part.notes[0].startswith(f"{folds}, as Ctrl-C was pressed")
    assert messages == [f"The comparison was interrupted: {part.notes[0]}."]


@pytest.mark.parametrize("how", ["raise", "warn"])
def test_other_processes_hand_an_interrupt_on(bundled, tmp_path, how):
    # With two processes, the last two fits of "stops" may be under way at a time.
    part, messages = comparison_of(bundled, tmp_path, 6, how, n_jobs=2)
    assert part.ended_by == "interrupt"
    assert 1 <= part.folds.n_folds <= 6
    assert len(messages) == 1


def test_the_budget_ends_other_processes_too(bundled):
    now = 0.0

    def on_fit(done, total, name):
        nonlocal now
        now += 1e6

    running = RunningTime(9.5e6, clock=lambda: now)
    part = compare(
        *bundled("iris"), ["LDA"], repeats=20, n_jobs=2, on_fit=on_fit, budget=running
    )
    assert part.ended_by == "budget"
    assert now == 1e7
    # 10 fits of two candidates, of which few are under way at a time.
    assert 1 <= part.folds.n_folds <= 5


def test_an_interrupt_in_the_first_fold_is_raised_with_what_there_is(bundled, tmp_path):
    with pytest.raises(KeyboardInterrupt) as caught:
        comparison_of(bundled, tmp_path, 0)
    part = caught.value.partial
    assert list(part.scores) == ["Bayes", "baseline"]
    assert "stops was not fitted" in part.notes[0]


def test_an_interrupt_before_any_fit_leaves_nothing(bundled, tmp_path):
    X, y = bundled("iris")
    with pytest.raises(KeyboardInterrupt) as caught:
        compare(X, y, {"stops": Stops(str(tmp_path))})
    assert not isinstance(caught.value, ComparisonInterrupted)


def test_an_interrupt_after_the_fits_loses_none_of_them(bundled, monkeypatch):
    from skmlp.model_comparison import compare_estimators

    def interrupt(problem):
        raise KeyboardInterrupt

    monkeypatch.setattr(compare_estimators, "facts_of_rows", interrupt)
    X, y = bundled("iris")
    with pytest.warns(UserWarning, match="when all of the 2 folds were done"):
        whole = compare(X, y, ["LDA", "logistic regression"], cv=2, repeats=1)
    assert whole.folds.n_folds == 2
    assert whole.linear_models is None


# One fold


def stopped_after(n_fits, X, y, *arguments, **options):
    """Return the comparison that an interrupt has ended after some fits."""

    def on_fit(done, total, name):
        if done == n_fits:
            raise KeyboardInterrupt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            return compare(X, y, *arguments, on_fit=on_fit, **options)
        except ComparisonInterrupted as interrupted:
            return interrupted.partial


NO_TEST = "no test is possible, which needs the scores of two folds"


@pytest.mark.parametrize(
    ("data", "n_fits", "options", "first_words"),
    [
        ("iris", 5, {}, "LDA has the lowest log loss, 0.018, of 3 models (baseline: 1"),
        ("iris", 3, {}, "LDA has the log loss 0.018 (baseline: 1.099), but on the da"),
        ("iris", 2, {}, "Perceptron has the accuracy 0.900 (baseline: 0.333), but"),
        ("iris", 4, {"against": "sklearn"}, "LDA has the log loss 0.018"),
        ("iris", 3, {"scoring": "roc_auc_ovo"}, "LDA has the roc auc ovo 1.000 (b"),
        ("diabetes", 3, {}, "Ridge has the lowest RMSE, 58.221, of 2 models (baseline"),
        ("diabetes", 2, {}, "MLP has the RMSE 62."),
    ],
)
def test_one_fold_is_reported_without_a_test(
    bundled, data, n_fits, options, first_words
):
    part = stopped_after(n_fits, *bundled(data), **options)
    assert part.folds.n_folds == 1
    assert part.verdict().startswith(first_words)
    assert NO_TEST in part.verdict()
    assert part.pairs() == part.against_baseline() == part.contest() == []
    assert "scores of one fold" in part.report()
    assert not re.search(r"\bnan\b", part.report(verbose=True))
    assert json.loads(part.to_json())["folds"]["n_folds"] == 1


@pytest.mark.parametrize(("data", "n_fits"), [("iris", 5), ("diabetes", 2)])
def test_one_fold_is_drawn_and_shown_on_a_terminal(bundled, data, n_fits):
    pytest.importorskip("matplotlib")
    rich = pytest.importorskip("rich.console")
    part = stopped_after(n_fits, *bundled(data))
    picture = io.BytesIO()
    part.plot(picture)
    assert picture.getvalue().startswith(b"\x89PNG")
    console = rich.Console(file=io.StringIO(), force_terminal=True, width=100)
    print_on_terminal(part, console, verbose=True)
    assert "no test is" in console.file.getvalue()


ONCE = [0.1, *[np.nan] * 14]
KNOWN = {"log_loss": 0.2, "accuracy": 0.9}


@pytest.mark.parametrize(
    ("of", "said"),
    [
        # The best one has a log loss in one fold only.
        (
            {"A": {"log_loss": ONCE, "accuracy": 0.9}, "B": KNOWN},
            "A is better than the baseline on toys: its accuracy, 0.900, is higher "
            "than that of the baseline by 0.400 (p < 0.001). B is not compared with A "
            "by log loss, as fewer than two folds have that of both.",
        ),
        # One of the others has.
        (
            {
                "A": {"log_loss": 0.05, "accuracy": 0.9},
                "B": KNOWN,
                "C": {"log_loss": ONCE, "accuracy": 0.9},
            },
            "A suits best on toys: it has the lowest log loss, 0.050, lower than that "
            "of B by 0.150 (p < 0.001). C is not compared with A by log loss, as fewer "
            "than two folds have that of both.",
        ),
    ],
)
def test_scores_of_one_fold_among_others_are_not_tested(of, said):
    of = {**of, "baseline": {"log_loss": 0.69, "accuracy": 0.5}}
    assert invented(of, baseline="baseline").verdict().startswith(said)

"""A search of parameters that is nested in the training rows of every fold."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression as TheirLogisticRegression

import skmlp
from skmlp.__main__ import main
from skmlp.model_comparison import compare, tuning
from skmlp.model_comparison.tuning import Tuning, settings_of

HOURS = 36_000.0


def noisy_classes(n_rows=90, n_columns=40, seed=0):
    """Return many columns of noise beside one that is weakly informative."""
    rng = np.random.RandomState(seed)
    y = np.arange(n_rows) % 2
    X = rng.normal(size=(n_rows, n_columns))
    X[:, 0] += 1.5 * y
    return X, y


@pytest.mark.parametrize("seed", [0, 1])
def test_the_penalty_that_is_chosen_is_that_of_a_grid_search(seed):
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X, y = noisy_classes(seed=seed)
    comparison = compare(
        X, y, ["logistic regression"], cv=3, repeats=1, tune=HOURS, random_state=seed
    )
    outer = _folds_of(X, y, seed)
    for fold, chosen in enumerate(comparison.settings["logistic regression"]):
        rows = outer[fold][0]
        search = GridSearchCV(
            make_pipeline(StandardScaler(), TheirLogisticRegression(max_iter=1000)),
            {"logisticregression__C": [1.0, 0.1, 10.0, 0.01, 100.0, 0.001, 1000.0]},
            cv=_folds_of(X[rows], y[rows], seed),
            scoring="neg_log_loss",
        ).fit(X[rows], y[rows])
        best = search.best_params_["logisticregression__C"]
        assert chosen.get("C", 1.0) == best


def _folds_of(X, y, seed):
    """Return the folds that `compare` draws for one repeat of three folds."""
    from sklearn.model_selection import RepeatedStratifiedKFold

    splitter = RepeatedStratifiedKFold(n_splits=3, n_repeats=1, random_state=seed)
    return list(splitter.split(X, y))


def test_tuning_improves_the_log_loss_where_the_default_overfits():
    X, y = noisy_classes()
    plain, tuned = (
        compare(X, y, ["logistic regression"], cv=3, repeats=1, tune=tune)
        for tune in (None, HOURS)
    )
    name = "logistic regression"
    assert (
        tuned.summary()[name]["log_loss"].mean
        < plain.summary()[name]["log_loss"].mean - 0.05
    )
    note = next(each for each in tuned.notes if each.startswith(f"{name}: "))
    assert (
        "7 of 7 settings tried in each fold (--tune); most often chosen: C=0." in note
    )
    assert not plain.settings
    assert tuned.recipe.estimators[name].C < 1


def test_no_test_row_is_seen_by_the_search(monkeypatch):
    X, y = noisy_classes()
    seen = []

    def search(self, problem, candidate, fold, search=Tuning.search):
        seen.append((fold, problem))
        return search(self, problem, candidate, fold)

    inner_rows = []

    def rows_of(problem, rows, rows_of=tuning._rows_of):
        inner_rows.append(rows)
        return rows_of(problem, rows)

    monkeypatch.setattr(Tuning, "search", search)
    monkeypatch.setattr(tuning, "_rows_of", rows_of)
    compare(X, y, ["LDA"], cv=3, repeats=1, tune=HOURS)
    assert len(seen) == len(inner_rows) == 3
    for (fold, _), rows in zip(seen, inner_rows, strict=True):
        assert not set(rows) & set(fold.test)


def test_without_time_the_parameters_are_those_given(monkeypatch):
    X, y = noisy_classes()
    comparison = compare(X, y, ["LDA"], cv=3, repeats=1, tune=1e-9)
    assert comparison.settings == {"LDA": [{}, {}, {}]}
    plain = compare(X, y, ["LDA"], cv=3, repeats=1)
    for metric in ("accuracy", "log_loss"):
        np.testing.assert_array_equal(
            comparison.scores["LDA"][metric], plain.scores["LDA"][metric]
        )
    assert any("LDA was not tuned: no time" in note for note in comparison.notes)


def test_the_search_ends_when_its_time_is_over(monkeypatch):
    clock = iter(np.arange(0.0, 1000.0))
    monkeypatch.setattr(tuning.time, "monotonic", lambda: next(clock))
    X, y = noisy_classes()
    # One look at the clock at the start, then one for each inner fold but the first 3,
    # and one for each setting: the second is finished, the third is not.
    comparison = compare(X, y, ["LDA"], cv=3, repeats=1, tune=3 * 7.0)
    note = next(each for each in comparison.notes if "settings tried" in each)
    assert "2 of 6 settings tried in each fold" in note


@pytest.mark.parametrize(
    "options", [{"groups": np.arange(90) // 6}, {"time": range(90)}]
)
def test_inner_folds_respect_groups_and_time(options, monkeypatch):
    calls = []

    def make_folds(problem, cv, repeats, seed, groups, time, make=tuning.make_folds):
        folds, notes = make(problem, cv, repeats, seed, groups, time)
        calls.append((folds, groups, time))
        return folds, notes

    monkeypatch.setattr(tuning, "make_folds", make_folds)
    X, y = noisy_classes()
    compare(X, y, ["LDA"], cv=2, repeats=1, tune=HOURS, **options)
    assert len(calls) == 2
    for folds, groups, time in calls:
        for fold in folds:
            if groups is not None:
                assert not set(groups[fold.train]) & set(groups[fold.test])
            else:
                assert max(time[fold.train]) < min(time[fold.test])


class Mine(ClassifierMixin, BaseEstimator):
    """A classifier that is not of this package."""

    def fit(self, X, y):
        """Remember the classes."""
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        """Return the first class."""
        return np.full(len(X), self.classes_[0])


def test_estimators_of_others_are_not_tuned():
    X, y = noisy_classes()
    comparison = compare(
        X,
        y,
        {"mine": Mine(), "LDA": skmlp.LinearDiscriminantAnalysis()},
        cv=2,
        tune=HOURS,
    )
    assert "mine was not tuned: --tune knows no settings for it" in comparison.notes


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("task", ["classification", "regression"])
def test_every_setting_can_be_fitted(task):
    from skmlp.model_comparison.candidates import default_estimators

    X, y = noisy_classes(40, 3)
    y = y if task == "classification" else X[:, 0] ** 2
    for name, estimator in default_estimators(task, 0).items():
        tried = settings_of(estimator)
        assert (len(tried) > 1) == (name != "ridge")
        assert len({repr(each) for each in tried}) == len(tried)
        for settings in tried:
            estimator.set_params(**settings)
            if "MLP" in name:
                network = getattr(estimator, "regressor", estimator)
                network.set_params(max_iter=2)
            estimator.fit(X, y)


@pytest.mark.parametrize("tune", [0, -1.0, float("nan"), float("inf"), "60", True])
def test_seconds_have_to_be_a_number_above_zero(tune):
    X, y = noisy_classes()
    with pytest.raises(ValueError, match=r"tune=.*seconds above zero"):
        compare(X, y, ["LDA"], tune=tune)


def test_tune_and_against_cannot_be_combined(capsys):
    assert main(["compare", "iris", "--tune", "5", "--against", "sklearn"]) == 2
    assert "tune and against cannot be combined" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tune", "0"], "--tune: 0 is out of range: above 0"),
        (["--tune", "much"], "--tune: 'much' is not a number"),
        (
            ["--estimators", "LDA,ridge"],
            "estimator 'ridge' is unknown for classification",
        ),
        (["--estimators", ","], "estimators is empty"),
    ],
)
def test_what_is_wrong_takes_one_line(options, message, capsys):
    assert main(["compare", "iris", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1

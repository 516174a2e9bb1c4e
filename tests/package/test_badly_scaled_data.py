"""Fits of badly scaled tables warn of the scales; fits of well scaled ones never do.

`pytest -n 0 -s tests/package/test_badly_scaled_data.py` prints the number of tables in
whose fits columns or targets are called badly scaled.
"""

import warnings

import pytest
from usual_tables import (
    TABLES_OF_CLASSES,
    TABLES_OF_NUMBERS,
    in_other_units,
    standardised,
)

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor, Perceptron

CLASSIFIERS = {
    "MLPClassifier": MLPClassifier(random_state=0),
    "MLPClassifier, sgd": MLPClassifier(solver="sgd", random_state=0),
    "LogisticRegression, sgd": LogisticRegression(solver="sgd", random_state=0),
    "LogisticRegression, adam": LogisticRegression(solver="adam", random_state=0),
    "Perceptron": Perceptron(),
    "Perceptron, average": Perceptron(average=True),
}
REGRESSORS = {
    "MLPRegressor": MLPRegressor(random_state=0),
    "MLPRegressor, sgd": MLPRegressor(solver="sgd", random_state=0),
}
SEEDS = range(3)
N_TABLES = 15 * len(SEEDS)


def says_badly_scaled(estimator, X, y):
    """Return True if a fit warns, or fails with an error, of bad scales."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator.fit(X, y)
            said = [str(each.message) for each in caught]
        except ValueError as error:
            said = [str(error)]
    return any("scaled badly" in text for text in said)


def tables_found(estimator, tables, change):
    """Return ['wine 0', ...]: tables and seeds whose fits call them badly scaled."""
    return [
        f"{name} {seed}"
        for name, make in tables.items()
        for seed in SEEDS
        if says_badly_scaled(estimator, *change(*make(seed), seed))
    ]


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_find_bad_scales_and_raise_no_false_alarm(name):
    def found(change):
        return tables_found(CLASSIFIERS[name], TABLES_OF_CLASSES, change)

    false_alarms = found(lambda X, y, seed: (standardised(X), y))
    columns = found(lambda X, y, seed: (in_other_units(X, seed), y))
    raw = found(lambda X, y, seed: (X, y))
    print(
        f"\n{name}: of {N_TABLES} tables, {len(false_alarms)} standardised, "
        f"{len(columns)} with columns times 10^k, {len(raw)} as they are"
    )
    assert false_alarms == []
    assert len(columns) >= 0.9 * N_TABLES
    assert {f"wine {seed}" for seed in SEEDS} <= set(raw)


@pytest.mark.parametrize("name", REGRESSORS)
def test_regressors_find_bad_scales_and_raise_no_false_alarm(name):
    def found(change):
        return tables_found(REGRESSORS[name], TABLES_OF_NUMBERS, change)

    false_alarms = found(lambda X, y, seed: (standardised(X), standardised(y)))
    columns = found(lambda X, y, seed: (in_other_units(X, seed), standardised(y)))
    targets = found(lambda X, y, seed: (standardised(X), in_other_units(y, seed)))
    raw = found(lambda X, y, seed: (X, y))
    print(
        f"\n{name}: of {N_TABLES} tables, {len(false_alarms)} standardised, "
        f"{len(columns)} with columns and {len(targets)} with targets times 10^k, "
        f"{len(raw)} as they are"
    )
    assert false_alarms == []
    assert len(columns) >= 0.9 * N_TABLES
    assert len(targets) >= 0.9 * N_TABLES
    assert {f"wine_proline {seed}" for seed in SEEDS} <= set(raw)

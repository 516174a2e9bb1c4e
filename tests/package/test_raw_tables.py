"""Mistakes with raw tables: each ends with a warning whose code repairs the score.

The mistakes are those that people make with tables as they are, and each costs more
than 0.05 of the score on new rows. Small constant columns and equal columns are not
among them, because they cost nothing.
"""

import re
import textwrap
import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_wine,
    make_classification,
    make_friedman1,
)

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor, Perceptron

TEST_ROWS = 100


def chemistry():
    """Concentrations, of which proline is hundreds and the hue is about one."""
    return load_wine(return_X_y=True)


def tumours():
    """Lengths, areas and smoothness of cells, each in its own unit."""
    return load_breast_cancer(return_X_y=True)


def pixels():
    """Pixels as bytes, 0 to 255."""
    X, y = load_digits(return_X_y=True)
    return X[:700] * (255 / 16), y[:700]


def informative_columns():
    return make_classification(400, 8, n_informative=5, random_state=0)


def dates():
    """A time in seconds since 1970, and a year."""
    X, y = informative_columns()
    X[:, 0], X[:, 1] = 1.7e9 + 1e7 * X[:, 0], 2000 + 8 * X[:, 1]
    return X, y


def physical_units():
    """Currents of microamperes, in amperes."""
    X, y = informative_columns()
    return X * 1e-6, y


def prices():
    """A price of 350,000 as the target of columns from 0 to 1."""
    X, y = make_friedman1(400, noise=0.5, random_state=0)
    return X, 2e5 + 1e4 * y


def areas():
    """The area of a cell as the target of columns in other units."""
    X, _ = tumours()
    return np.delete(X, [0, 2, 3, 20, 22, 23], axis=1), X[:, 3]


def visitors():
    """Counts of thousands as the target of standardised columns."""
    generator = np.random.RandomState(0)
    X = generator.randn(400, 5)
    counts = generator.poisson(np.exp(9 + 0.8 * X[:, 0] - 0.6 * X[:, 1]))
    return X, counts.astype(float)


def words():
    """Counts of frequent words, which say nothing, and of rare words, which do."""
    generator = np.random.RandomState(0)
    y = generator.randint(2, size=400)
    frequent = generator.poisson(generator.gamma(4, 50, size=(400, 20)))
    rare = generator.poisson(np.where(np.arange(30) % 2 == y[:, np.newaxis], 0.6, 0.1))
    return scipy.sparse.csr_array(np.hstack([frequent, rare]).astype(float)), y


# Mistake -> (table, model, what is scaled badly).
MISTAKES = {
    "columns of very different scales": (chemistry, MLPClassifier(max_iter=100), "X"),
    "columns with a huge offset, such as dates": (dates, MLPClassifier(), "X"),
    "pixels from 0 to 255": (pixels, MLPClassifier(), "X"),
    "columns that are tiny in their unit": (physical_units, MLPClassifier(), "X"),
    "a target in its own unit": (prices, MLPRegressor(max_iter=400), "y"),
    "columns and target in their own units": (areas, MLPRegressor(), "Xy"),
    "large counts as the target": (visitors, MLPRegressor(loss="poisson"), "y"),
    "raw columns, lbfgs": (areas, MLPRegressor(solver="lbfgs", max_iter=100), "Xy"),
    "raw columns, mini-batches": (tumours, LogisticRegression(solver="sgd"), "X"),
    "raw columns, perceptron": (chemistry, Perceptron(), "X"),
    "raw counts of words": (words, Perceptron(average=True), "X"),
}


def split_table(make):
    """Return X and y of the training rows, then of the test rows."""
    X, y = make()
    order = np.random.RandomState(0).permutation(len(y))
    rows = order[TEST_ROWS:], order[:TEST_ROWS]
    return *(X[rows[0]], y[rows[0]]), *(X[rows[1]], y[rows[1]])


def scaled_by_hand(values, new_values, divides_only=False):
    """Return both, scaled by mean and deviation of the first, or by its largest."""
    if divides_only:
        unit = abs(values).max(axis=0)
        unit = unit.toarray() if scipy.sparse.issparse(unit) else unit
        return values / unit, new_values / unit
    mean, unit = values.mean(axis=0), values.std(axis=0)
    unit = np.where(unit > 0, unit, 1)  # some pixels are always zero
    return (values - mean) / unit, (new_values - mean) / unit


def score_and_warning(model, X, y, X_new, y_new):
    """Return the score of a fit on new rows, and the text of its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    text = "\n".join(str(each.message) for each in caught)
    return model.score(X_new, y_new), text


def code_in(text):
    """Return the pieces of code in a warning: its indented lines."""
    return map(textwrap.dedent, re.findall(r"(?:^    .*\n?)+", text, re.M))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_code_in_the_warning_repairs_the_score(mistake):
    make, model, bad = MISTAKES[mistake]
    X, y, X_new, y_new = split_table(make)
    model = clone(model).set_params(random_state=0)
    scaled = [X, y, X_new, y_new]
    if "X" in bad:
        scaled[::2] = scaled_by_hand(X, X_new, divides_only=scipy.sparse.issparse(X))
    if "y" in bad:
        counts = model.get_params()["loss"] == "poisson"
        scaled[1::2] = scaled_by_hand(y, y_new, divides_only=counts)
    # Neither R² nor accuracy depends on the unit of y.
    by_hand, good_warning = score_and_warning(clone(model), *scaled)
    assert "scaled badly" not in good_warning

    raw, warning = score_and_warning(clone(model), X, y, X_new, y_new)
    assert raw < by_hand - 0.05
    assert ("of X are scaled badly" in warning) == ("X" in bad)
    assert ("y is scaled badly" in warning) == ("y" in bad)

    codes = [*code_in(warning)]
    assert len(codes) >= 1
    for code in codes:
        names = {}
        exec(code, names)
        cured, remaining = score_and_warning(names["model"], X, y, X_new, y_new)
        assert abs(cured - by_hand) <= 0.02, code
        assert "scaled badly" not in remaining


@pytest.mark.parametrize("mistake", ["constant columns", "equal columns"])
def test_constant_and_equal_columns_cost_nothing(mistake, bundled):
    X, y = bundled("wine")
    order = np.random.RandomState(0).permutation(len(y))
    more = np.ones((len(y), 3)) if mistake == "constant columns" else X[:, [3, 3, 3]]
    scores = []
    for columns in (X, np.hstack([X, more])):
        train, test = order[:120], order[120:]
        model = MLPClassifier(random_state=0, tol=1e-3)
        model.fit(columns[train], y[train])
        scores.append(model.score(columns[test], y[test]))
    assert abs(scores[0] - scores[1]) <= 0.02

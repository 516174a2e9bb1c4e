"""Tests of constant and collinear columns: the warning, and the predictions."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from numpy.testing import assert_allclose
from sklearn import datasets
from sklearn.covariance import EmpiricalCovariance

from skmlp import LinearDiscriminantAnalysis
from skmlp.discriminant_analysis import CollinearityWarning

SOLVERS = ["svd", "lsqr", "eigen"]
X, Y = datasets.load_iris(return_X_y=True)
RNG = np.random.default_rng(0)

# Columns that are added to four columns, and a pattern of the warning about them.
SPOILED = {
    "constant": (
        np.full((150, 1), 3.7),
        r"1 direction without variance within classes was left out, .*"
        r"column 4 is constant\. Drop",
    ),
    "constant in every class": (
        Y[:, np.newaxis] * 2.0,
        r"column 4 is constant within every class, though not from class to class",
    ),
    "a sum": (
        X @ [[1.0], [0], [2], [0]],
        r"columns 0, 2, 4 are collinear within classes\. Drop",
    ),
    "nearly a copy": (
        X[:, :1] + 1e-6 * RNG.standard_normal((150, 1)),
        r"columns 0, 4 are collinear within classes",
    ),
    "two pairs and a constant": (
        np.column_stack([X[:, 3] * 1e5, X[:, 1] * 1e-5, np.ones(150)]),
        r"3 directions .* were left out.*column 6 is constant; columns 1, 5 are "
        r"collinear within classes; columns 3, 4 are collinear",
    ),
    "many": (
        X @ RNG.standard_normal((4, 6)),
        r"6 directions .*columns 0, 1, 2, 3, 4 and 5 more are collinear",
    ),
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("columns", "message"), SPOILED.values(), ids=SPOILED)
def test_the_warning_names_the_columns(columns, message, solver):
    with pytest.warns(CollinearityWarning, match=message):
        LinearDiscriminantAnalysis(solver).fit(np.column_stack([X, columns]), Y)


def test_the_warning_gives_the_names_that_the_columns_have():
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    frame["both"] = frame["a"] + frame["d"]
    with pytest.warns(CollinearityWarning, match="columns 'a', 'd', 'both' are") as got:
        LinearDiscriminantAnalysis().fit(frame, Y)
    assert got[0].filename == __file__  # the line where the user called fit


@pytest.mark.parametrize("solver", SOLVERS)
def test_fewer_rows_than_columns_are_warned_of(solver):
    wide, y = datasets.make_classification(30, 60, n_informative=5, random_state=0)
    message = "30 rows and 60 columns.* differ in 28 directions only.*shrinkage='auto'"
    with pytest.warns(CollinearityWarning, match=message):
        LinearDiscriminantAnalysis(solver).fit(wide, y)


def test_what_varies_is_not_warned_of():
    units = np.array([1e-9, 1, 1e9, 1e3])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LinearDiscriminantAnalysis().fit(X * units + 5, Y)
        nearly = np.column_stack([X, X[:, 0] + 1e-2 * RNG.standard_normal(150)])
        LinearDiscriminantAnalysis().fit(nearly, Y)
        constant = np.column_stack([X, np.ones(150)])
        LinearDiscriminantAnalysis(shrinkage=0.1).fit(constant, Y)


def test_a_stream_is_warned_of_by_no_part_of_it():
    lda = LinearDiscriminantAnalysis()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for part in np.array_split(np.argsort(Y), 50):
            lda.partial_fit(X[part], Y[part], classes=[0, 1, 2])


def by_pseudo_inverse(rows, scaled):
    """Compute probabilities with NumPy's pinv, of scaled columns if `scaled`."""
    means = np.array([rows[k == Y].mean(axis=0) for k in range(3)])
    residuals = rows - means[Y]
    scales = residuals.std(axis=0) if scaled else np.ones(rows.shape[1])
    scales[scales < 1e-12 * np.abs(means).max(axis=0)] = 1
    residuals = residuals / scales
    precision = np.linalg.pinv(residuals.T @ residuals / len(rows), rcond=1e-9)
    differences = (rows[:, np.newaxis] - means) / scales
    distances = np.einsum("nki,ij,nkj->nk", differences, precision, differences)
    shares = np.exp(-0.5 * (distances - distances.min(axis=1, keepdims=True)))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.filterwarnings("ignore::skmlp.discriminant_analysis.CollinearityWarning")
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("convert", [np.asarray, scipy.sparse.csr_array])
@pytest.mark.parametrize(
    "name", ["constant", "constant in every class", "a sum", "many", "badly scaled"]
)
def test_predictions_are_those_of_the_pseudo_inverse(name, solver, convert):
    if name == "badly scaled":
        rows = np.column_stack([X, X @ [1, 1, 0, 0]]) * [1e-7, 1e7, 1, 1e3, 1]
    else:
        rows = np.column_stack([X, SPOILED[name][0]])
    lda = LinearDiscriminantAnalysis(solver).fit(convert(rows), Y)
    theirs = by_pseudo_inverse(rows, scaled=True)
    assert_allclose(lda.predict_proba(convert(rows)), theirs, atol=1e-8)
    if name in ("a sum", "many"):  # here scaling of the columns has no effect
        theirs = by_pseudo_inverse(rows, scaled=False)
        assert_allclose(lda.predict_proba(convert(rows)), theirs, atol=1e-8)


@pytest.mark.filterwarnings("ignore::skmlp.discriminant_analysis.CollinearityWarning")
@pytest.mark.parametrize("solver", SOLVERS)
def test_a_singular_covariance_of_an_estimator_is_named_too(solver):
    rows = np.column_stack([X, X[:, 0] - X[:, 1]])
    lda = LinearDiscriminantAnalysis(solver, covariance_estimator=EmpiricalCovariance())
    with pytest.warns(CollinearityWarning, match="columns 0, 1, 4 are collinear"):
        lda.fit(rows, Y)
    plain = LinearDiscriminantAnalysis().fit(X, Y)
    assert_allclose(lda.predict_proba(rows), plain.predict_proba(X), atol=1e-8)

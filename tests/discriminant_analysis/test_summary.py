"""Tests of lda_summary against published values, statsmodels and scipy."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import scipy.stats
from numpy.testing import assert_allclose
from sklearn import datasets
from statsmodels.multivariate.manova import MANOVA

from skmlp import LinearDiscriminantAnalysis
from skmlp.discriminant_analysis import assumption_tests, lda_summary

IRIS = datasets.load_iris(as_frame=True)
SPECIES = IRIS.target_names[IRIS.target]
WINE = datasets.load_wine(return_X_y=True)


def summary_of(X, y, weights=None, **parameters):
    lda = LinearDiscriminantAnalysis(**parameters).fit(X, y, sample_weight=weights)
    return lda_summary(lda, X, y, sample_weight=weights)


@pytest.fixture(scope="module")
def iris():
    return summary_of(IRIS.data, SPECIES)


def test_iris_has_the_wilks_lambda_of_sas(iris):
    # SAS/STAT User's Guide, The CANDISC Procedure, example "Analyzing Iris Data".
    whole, beyond = iris.mean_tests
    assert whole.statistic == pytest.approx(0.02343863, abs=5e-9)
    assert whole.value == pytest.approx(199.15, abs=0.005)
    assert whole.df == (8, 288)
    assert beyond.statistic == pytest.approx(0.77797337, abs=5e-9)
    assert beyond.value == pytest.approx(13.79, abs=0.005)
    assert beyond.df == (3, 145)
    assert whole.p_value < beyond.p_value < 0.0001


def test_iris_has_the_canonical_structure_of_sas(iris):
    # The same example: "Pooled Within Canonical Structure", eigenvalues, correlations.
    expected = [
        [0.222596, 0.310812],
        [-0.119012, 0.863681],
        [0.706065, 0.167701],
        [0.633178, 0.737242],
    ]
    assert_allclose(iris.structure, expected, atol=5e-7)
    assert_allclose(iris.eigenvalues, [32.1919, 0.2854], atol=5e-5)
    assert_allclose(iris.canonical_correlations, [0.984821, 0.471197], atol=5e-7)
    assert_allclose(iris.f_values, [119.26, 49.16, 1180.16, 960.01], atol=5e-3)
    # The published values are in millimetres.
    assert_allclose(10 * iris.deviations, [5.1479, 3.3969, 4.3033, 2.0465], atol=5e-5)


def test_iris_has_the_squared_distances_of_sas():
    # The same example, DISTANCE option: "Squared Distance to Species".
    lda = LinearDiscriminantAnalysis(ddof=1).fit(IRIS.data, SPECIES)
    means = pd.DataFrame(lda.means_, columns=IRIS.data.columns)
    expected = [
        [0, 89.86419, 179.38471],
        [89.86419, 0, 17.20107],
        [179.38471, 17.20107, 0],
    ]
    assert_allclose(lda.mahalanobis(means) ** 2, expected, atol=5e-6)


def test_iris_has_the_box_m_of_r(iris):
    # heplots::boxM(iris[, 1:4], iris$Species) prints 140.94 on 20 degrees of freedom,
    # rstatix::box_m p = 3.35e-20; SPSS prints Box's M itself, 146.66.
    assert iris.box_m.statistic == pytest.approx(146.66, abs=0.005)
    assert iris.box_m.value == pytest.approx(140.94, abs=0.005)
    assert iris.box_m.df == (20,)
    assert iris.box_m.p_value == pytest.approx(3.35e-20, abs=5e-23)


def test_setosa_has_mardias_tests_of_r(iris):
    # MVN::mvn(iris[iris$Species == "setosa", 1:4], mvnTest = "mardia"), version 5.9.
    skewness, kurtosis = iris.normality[:2]
    assert skewness.value == pytest.approx(25.6643445196298, rel=1e-10)
    assert skewness.p_value == pytest.approx(0.177185884467652, rel=1e-10)
    assert kurtosis.value == pytest.approx(1.29499223711605, rel=1e-10)
    assert kurtosis.p_value == pytest.approx(0.195322907441935, rel=1e-10)


@pytest.mark.parametrize("features", [[0], [0, 3], list(range(13))], ids=len)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_wilks_lambda_is_that_of_statsmodels(n_classes, features):
    rows = WINE[1] < n_classes
    X, y = WINE[0][rows][:, features], WINE[1][rows]
    test = summary_of(X, y).mean_tests[0]
    if len(features) == 1:
        groups = [X[y == k, 0] for k in range(n_classes)]
        F, p = scipy.stats.f_oneway(*groups)
        assert test.value == pytest.approx(F)
        assert test.p_value == pytest.approx(p)
        return
    frame = pd.DataFrame(X, columns=[f"x{j}" for j in features]).assign(y=y)
    formula = " + ".join(f"x{j}" for j in features) + " ~ C(y)"
    table = MANOVA.from_formula(formula, frame).mv_test().results["C(y)"]["stat"]
    row = table.loc["Wilks' lambda"]
    assert test.statistic == pytest.approx(row["Value"], rel=1e-6)
    assert test.value == pytest.approx(row["F Value"], rel=1e-6)
    assert test.df == pytest.approx((row["Num DF"], row["Den DF"]))


def test_columns_by_themselves_are_analyses_of_variance():
    X, y = WINE
    summary = summary_of(X, y)
    F, p = scipy.stats.f_oneway(*(X[y == k] for k in range(3)))
    assert_allclose(summary.f_values, F, rtol=1e-9)
    assert_allclose(summary.p_values, p, rtol=1e-6)


def test_loadings_are_correlations_within_classes():
    X, y = WINE
    lda = LinearDiscriminantAnalysis().fit(X, y)
    residuals = X - lda.means_[y]
    scores = residuals @ lda.scalings_
    expected = np.corrcoef(residuals.T, scores.T)[:13, 13:]
    assert_allclose(lda_summary(lda, X, y).structure, expected, atol=1e-9)


def test_skewness_is_the_same_by_pairs_of_rows_and_by_triples_of_columns():
    rng = np.random.default_rng(0)
    z, weights = rng.standard_normal((30, 4)), rng.uniform(1, 2, 30)
    expected = weights @ (z @ z.T) ** 3 @ weights
    assert assumption_tests._skewness(z, weights) == pytest.approx(expected)
    wide = np.hstack([z, rng.standard_normal((30, 4))])
    expected = weights @ (wide @ wide.T) ** 3 @ weights
    assert assumption_tests._skewness(wide, weights) == pytest.approx(expected)


def test_weights_count_rows_and_sparse_rows_are_rows():
    repeats = 1 + np.arange(150) % 3
    X = IRIS.data.to_numpy()
    weighted = summary_of(X, SPECIES, repeats)
    repeated = summary_of(X.repeat(repeats, 0), SPECIES.repeat(repeats))
    sparse = summary_of(scipy.sparse.csr_array(X), SPECIES, repeats)
    for other in (weighted, sparse):
        for table in ("features", "directions", "tests"):
            pd.testing.assert_frame_equal(
                other.to_frame(table), repeated.to_frame(table), rtol=1e-7
            )


def normal_classes(n=200, spread=(1, 1), tails=np.inf):
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    X = rng.standard_normal((n, 3)) * np.array(spread)[y, np.newaxis]
    if np.isfinite(tails):
        X /= np.sqrt(rng.chisquare(tails, (n, 1)) / tails)
    return X + y[:, np.newaxis], y


def equal_means():
    X, y = normal_classes()
    return X - np.array([X[y == k].mean(axis=0) for k in range(2)])[y], y


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (
            normal_classes(),
            [
                "The class means differ (Wilks' lambda: p < 0.0001), along one",
                "There is no evidence against equal covariances of the classes (Box",
                "There is no evidence against normal classes (smallest p of 4 tests,",
            ],
        ),
        (
            normal_classes(spread=(1, 3)),
            [
                "The class means differ",
                "The covariances differ between classes (Box's M: p < 0.0001): "
                "logistic regression or quadratic discriminant analysis may be",
                "There is no evidence against normal",
            ],
        ),
        (
            normal_classes(tails=2),
            [
                "The class means",
                "",
                "Not all classes are normal (",
            ],
        ),
        (equal_means(), ["The class means may be equal (Wilks' lambda:", "", ""]),
    ],
    ids=["as supposed", "covariances differ", "heavy tails", "means are equal"],
)
def test_sentences_say_what_the_tests_say(data, says):
    for sentence, start in zip(summary_of(*data).sentences, says, strict=True):
        assert sentence.startswith(start)
        assert sentence.rstrip(")").endswith(".")


def test_classes_of_the_same_mean_have_no_direction():
    X = np.vstack([np.eye(4), -np.eye(4)]).repeat(2, axis=0)
    summary = summary_of(X, np.arange(16) % 2)
    assert summary.eigenvalues.size == 0
    assert summary.mean_tests[0].p_value == 1
    assert "may be equal" in str(summary)
    assert len(summary.to_frame("directions")) == 0


def test_what_cannot_be_tested_is_said():
    X, y = datasets.make_blobs(20, 8, centers=4, random_state=0)
    summary = summary_of(X, y)
    assert summary.box_m is None
    assert summary.normality == []
    assert "cannot be tested: some class has no more rows" in summary.sentences[1]
    assert "cannot be tested: each has too few rows" in summary.sentences[2]
    assert "cannot be tested" in str(summary)


@pytest.mark.filterwarnings("ignore::skmlp.discriminant_analysis.CollinearityWarning")
def test_collinear_and_constant_columns_change_no_test(iris):
    X = IRIS.data.assign(both=IRIS.data.iloc[:, 0] - IRIS.data.iloc[:, 1], one=1.0)
    degenerate = summary_of(X, SPECIES)
    pd.testing.assert_frame_equal(
        degenerate.to_frame("tests"), iris.to_frame("tests"), rtol=1e-7
    )
    assert np.isnan(degenerate.f_values[5])
    assert_allclose(degenerate.structure[5], 0)
    assert "–" in str(degenerate)


def test_the_text_is_aligned_and_fits_a_terminal():
    X, y = datasets.load_wine(return_X_y=True, as_frame=True)
    labels = np.array([f"a rather long name of cultivar {k}" for k in range(3)])[y]
    for summary in (summary_of(X, labels), summary_of(*normal_classes())):
        lines = str(summary).splitlines()
        assert max(map(len, lines)) <= 79
        tests = next(i for i, line in enumerate(lines) if line.startswith("tests"))
        assert lines[tests].endswith("P")
        assert {len(line) for line in lines[tests + 2 : tests + 5]} == {79}
    text = str(summary_of(X, labels))
    for name in X.columns:
        assert name[:20] in text


def test_frames_hold_what_is_printed(iris):
    frame = iris.to_frame()
    assert list(frame.index) == list(IRIS.data.columns)
    assert list(frame.columns) == [
        *("mean setosa", "mean versicolor", "mean virginica"),
        *("std within", "F", "P>F", "LD1", "LD2"),
    ]
    assert frame.loc["petal length (cm)", "mean setosa"] == pytest.approx(1.462)
    share = iris.to_frame("directions").loc["LD1", "share"]
    assert share == pytest.approx(0.9912, abs=5e-5)
    assert len(iris.to_frame("tests")) == 9
    with pytest.raises(ValueError, match="one of 'features', 'directions', 'tests'"):
        iris.to_frame("rows")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X * 2, y), "class means of X are not those of the fit"),
        (lambda X, y: (X[:100], y[:100]), "other classes or columns than the fit"),
        (lambda X, y: (X[:, :3], y), "other classes or columns than the fit"),
    ],
)
def test_other_rows_than_those_of_the_fit_are_refused(change, message):
    X, y = IRIS.data.to_numpy(), SPECIES
    lda = LinearDiscriminantAnalysis().fit(X, y)
    with pytest.raises(ValueError, match=message):
        lda_summary(lda, *change(X, y))


def test_too_few_rows_are_refused():
    X, y = datasets.make_classification(20, 18, random_state=0)
    lda = LinearDiscriminantAnalysis(shrinkage="auto").fit(X, y)
    with pytest.raises(ValueError, match="20 rows of 2 classes are too few to test 18"):
        lda_summary(lda, X, y)

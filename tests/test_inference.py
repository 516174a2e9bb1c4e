"""Inference: against statsmodels, closed forms, repeated sampling and finite steps."""

import itertools
import pickle
import warnings

import matplotlib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import scipy.stats
import sklearn.linear_model
import statsmodels.api as sm
from numpy.testing import assert_allclose
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import LogisticRegression, LogisticRegressionCV, Perceptron
from skmlp.inference import LogisticInference

matplotlib.use("Agg")


def binary(rng, n_rows=200, n_features=3):
    X = rng.normal(size=(n_rows, n_features)) * [1, 10, 0.1][:n_features]
    scores = X @ np.array([1.0, -0.05, 3.0])[:n_features] - 0.5
    return X, (rng.uniform(size=n_rows) < 1 / (1 + np.exp(-scores))).astype(int)


def several(rng, n_rows=300):
    X = rng.normal(size=(n_rows, 2)) * [1, 5]
    scores = X @ np.array([[1.0, -1.0, 0.3], [0.1, 0.2, -0.2]]) + [0.3, 0, -0.3]
    y = np.argmax(scores + rng.gumbel(size=(n_rows, 3)), axis=1)
    return X, np.array(["low", "middle", "top"])[y]


def infer(X, y, sample_weight=None, C=np.inf, cov="mle", **extra):
    fitted = LogisticRegression(C=C, tol=1e-8).fit(X, y, sample_weight)
    return LogisticInference.from_estimator(fitted, X, y, sample_weight, cov, **extra)


def quietly(model, **settings):
    """A fit of statsmodels to many digits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(disp=0, maxiter=200, **settings)


def logit(X, y, **settings):
    return quietly(sm.Logit(y, sm.add_constant(X)), method="newton", **settings)


def mnlogit(X, y, **settings):
    codes = np.unique(y, return_inverse=True)[1]
    return quietly(
        sm.MNLogit(codes, sm.add_constant(X)), method="newton", gtol=1e-10, **settings
    )


COVARIANCES = {
    "mle": ("nonrobust", False),
    "robust": ("HC0", False),
    "cluster": ("cluster", True),
}


def compare(ours, theirs):
    """Every number; those of several classes are (n_terms, n_outputs) there."""
    for mine, other in (
        (ours.coefficients, theirs.params),
        (ours.standard_errors, theirs.bse),
    ):
        assert_allclose(mine, np.transpose(other).reshape(mine.shape), rtol=1e-6)
    p_values = np.transpose(theirs.pvalues).reshape(ours.p_values.shape)
    assert_allclose(ours.p_values, p_values, rtol=1e-5, atol=1e-12)
    intervals = np.reshape(theirs.conf_int(), (-1, 2))
    assert_allclose(ours.confidence_intervals().reshape(-1, 2), intervals, rtol=1e-6)
    assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-9)
    assert_allclose(ours.null_log_likelihood, theirs.llnull, rtol=1e-9)
    assert_allclose([ours.aic, ours.bic], [theirs.aic, theirs.bic], rtol=1e-9)
    assert_allclose(ours.pseudo_r2, theirs.prsquared, rtol=1e-8)


@pytest.mark.parametrize("cov", COVARIANCES)
@pytest.mark.parametrize("make", [binary, several])
def test_errors_and_likelihoods_agree_with_statsmodels(make, cov, rng):
    X, y = make(rng)
    name, clustered = COVARIANCES[cov]
    settings, groups = {"cov_type": name}, None
    if clustered:
        groups = rng.integers(20, size=len(y))
        settings["cov_kwds"] = {"groups": groups}
    theirs = (logit if make is binary else mnlogit)(X, y, **settings)
    compare(infer(X, y, cov=cov, groups=groups), theirs)


@pytest.mark.parametrize("cov", ["mle", "robust"])
def test_weights_agree_with_the_frequency_weights_of_statsmodels(cov, rng):
    X, y = binary(rng)
    weight = rng.integers(1, 4, size=len(y))
    model = sm.GLM(
        y, sm.add_constant(X), family=sm.families.Binomial(), freq_weights=weight
    )
    theirs = quietly(model, tol=1e-12, cov_type=COVARIANCES[cov][0])
    ours = infer(X, y, sample_weight=weight, cov=cov)
    assert_allclose(ours.coefficients[0], theirs.params, rtol=1e-6)
    assert_allclose(ours.standard_errors[0], theirs.bse, rtol=1e-6)
    assert_allclose(ours.log_likelihood, theirs.llf, rtol=1e-8)


@pytest.mark.parametrize("cov", ["mle", "robust"])
@pytest.mark.parametrize("C", [np.inf, 0.5])
@pytest.mark.parametrize("make", [binary, several])
def test_a_weight_of_two_is_a_row_twice(make, C, cov, rng):
    X, y = make(rng)
    weight = rng.integers(1, 3, size=len(y))
    weighted = infer(X, y, sample_weight=weight, C=C, cov=cov)
    written = infer(np.repeat(X, weight, axis=0), np.repeat(y, weight), C=C, cov=cov)
    assert_allclose(weighted.covariance, written.covariance, rtol=1e-7, atol=1e-12)
    assert_allclose(weighted.bic, written.bic, rtol=1e-10)


@pytest.mark.parametrize("make", [binary, several])
def test_marginal_effects_agree_with_statsmodels(make, rng):
    X, y = make(rng)
    ours = infer(X, y).marginal_effects()
    theirs = (logit if make is binary else mnlogit)(X, y).get_margeff()
    assert_allclose(ours.effects.T.squeeze(), theirs.margeff, rtol=1e-5, atol=1e-9)
    assert_allclose(ours.standard_errors.T.squeeze(), theirs.margeff_se, rtol=1e-5)


@pytest.mark.parametrize("make", [binary, several])
def test_marginal_effects_are_finite_differences_of_mean_probabilities(make, rng):
    X, y = make(rng)
    fitted = LogisticRegression(C=0.1, tol=1e-10).fit(X, y)
    effects = LogisticInference.from_estimator(fitted, X, y).marginal_effects()
    for j in range(X.shape[1]):
        step = np.zeros(X.shape[1])
        step[j] = 1e-5
        change = fitted.predict_proba(X + step) - fitted.predict_proba(X - step)
        expected = change.mean(axis=0)[-len(effects.classes) :] / 2e-5
        assert_allclose(effects.effects[:, j], expected, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("make", [binary, several])
def test_tests_of_groups_agree_with_statsmodels(make, rng):
    X, y = make(rng)
    ours = infer(X, y)
    fit = logit if make is binary else mnlogit
    whole, part = fit(X, y), fit(X[:, 1:], y)
    result = ours.likelihood_ratio_test([0])
    assert_allclose(result.statistic, 2 * (whole.llf - part.llf), rtol=1e-6)
    assert result.df == len(ours.coefficients)
    assert_allclose(result.p_value, scipy.stats.chi2.sf(result.statistic, result.df))
    everything = ours.likelihood_ratio_test(range(X.shape[1]))
    assert_allclose(everything.statistic, whole.llr, rtol=1e-8)
    assert_allclose(everything.p_value, whole.llr_pvalue, rtol=1e-6)
    n_terms, K = ours.coefficients.shape[1], len(ours.coefficients)
    contrast = np.zeros((2 * K, K * n_terms))
    for row, (k, term) in enumerate((k, t) for k in range(K) for t in (1, 2)):
        contrast[row, k * n_terms + term] = 1
    theirs = contrast @ whole.params.ravel(order="F")
    among = contrast @ whole.cov_params() @ contrast.T
    statistic = theirs @ np.linalg.solve(among, theirs)
    assert_allclose(ours.wald_test(["x0", 1]).statistic, statistic, rtol=1e-6)


@pytest.mark.parametrize("C", [np.inf, 0.3])
@pytest.mark.parametrize("make", [binary, several])
def test_at_a_profile_limit_the_best_others_lose_a_quantile(make, C, rng):
    X, y = make(rng, n_rows=60)
    ours = infer(X, y, C=C)
    limits = ours.confidence_intervals(0.9, method="profile")
    assert np.all(limits[..., 0] < ours.coefficients)
    assert np.all(limits[..., 1] > ours.coefficients)
    # Held at its limit by an offset, the fit of all others loses χ²(1)'s quantile.
    K = len(ours.classes)
    output, term = 0, 1
    penalty = 0.0 if np.isinf(C) else 1 / C

    def objective(theta, held=None):
        gamma = theta.reshape(K - 1, -1).copy()
        if held is not None:
            gamma[output, term] = held
        scores = np.column_stack([np.ones(len(X)), X]) @ gamma.T
        scores = np.column_stack([np.zeros(len(X)), scores])
        labels = np.unique(y, return_inverse=True)[1]
        loss = (
            scipy.special.logsumexp(scores, axis=1) - scores[np.arange(len(y)), labels]
        )
        among = np.eye(K - 1) - (1 / K if K > 2 else 0)
        weights = gamma[:, 1:]
        return loss.sum() + 0.5 * penalty * np.sum(weights * (among @ weights))

    whole = objective(ours.coefficients)
    for limit in limits[output, term]:
        found = scipy.optimize.minimize(
            objective, ours.coefficients.ravel(), args=(limit,), method="BFGS", tol=1e-9
        )
        loss = 2 * (found.fun - whole)
        assert_allclose(loss, scipy.stats.chi2.ppf(0.9, 1), rtol=1e-4)


def test_the_log_odds_ratio_of_a_table_has_its_closed_form():
    table = np.array([[12, 1], [7, 9]])
    X = np.repeat([0.0, 0.0, 1.0, 1.0], table.ravel())[:, np.newaxis]
    y = np.repeat([0, 1, 0, 1], table.ravel())
    ours = infer(X, y)
    odds = np.log(table[1, 1] * table[0, 0] / (table[0, 1] * table[1, 0]))
    error = np.sqrt((1 / table).sum())
    assert_allclose(ours.coefficients[0, 1], odds, rtol=1e-9)
    assert_allclose(ours.standard_errors[0, 1], error, rtol=1e-8)
    assert ours.terms == ["intercept", "x0"]
    assert_allclose(
        ours.odds_ratios()[0, 1],
        np.exp(odds + error * scipy.stats.norm.ppf([0.5, 0.025, 0.975])),
        rtol=1e-7,
    )


def test_intervals_keep_their_level_over_repeated_samples():
    rng = np.random.default_rng(1)
    X, hits = rng.normal(size=(300, 2)), {"wald": [], "profile": []}
    p = 1 / (1 + np.exp(-(X @ [1.0, 0.0])))
    for _ in range(150):
        y = (rng.uniform(size=300) < p).astype(int)
        ours = infer(X, y)
        for method, inside in hits.items():
            limits = ours.confidence_intervals(0.9, method)[0, 1:]
            inside.append((limits[:, 0] < [1, 0]) & (limits[:, 1] > [1, 0]))
    for inside in hits.values():
        # 300 intervals: three standard errors of a share of 0.9 are 0.05.
        assert abs(np.mean(inside) - 0.9) < 0.05


def test_errors_of_a_ridge_fit_are_its_spread_over_repeated_samples():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 2))
    p = 1 / (1 + np.exp(-(X @ [1.0, -0.5])))
    estimates, errors = [], []
    for _ in range(200):
        y = (rng.uniform(size=200) < p).astype(int)
        ours = infer(X, y, C=0.5)
        estimates.append(ours.coefficients[0])
        errors.append(ours.standard_errors[0])
    assert_allclose(np.mean(errors, axis=0), np.std(estimates, axis=0), rtol=0.15)
    assert "shrinks the coefficients" in str(ours)


def test_the_effective_number_of_a_ridge_fit_goes_from_intercepts_to_all(rng):
    X, y = several(rng)
    df = [infer(X, y, C=C).degrees_of_freedom for C in (1e-9, 0.01, 1.0, 1e9)]
    assert_allclose([df[0], df[-1]], [2, 6], rtol=1e-4)
    assert df == sorted(df)


@pytest.mark.parametrize("make", [binary, several])
def test_sparse_rows_and_any_reference_give_the_same_inference(make, rng):
    X, y = make(rng)
    dense, sparse = infer(X, y), infer(scipy.sparse.csr_array(X), y)
    assert_allclose(sparse.covariance, dense.covariance, rtol=1e-6)
    assert_allclose(sparse.term_deviations[1:], X.std(axis=0), rtol=1e-9)
    assert_allclose(dense.term_deviations[1:], X.std(axis=0), rtol=1e-9)
    if make is several:
        other = infer(X, y, reference="top")
        assert list(other.outputs) == ["low", "middle"]
        assert_allclose(other.coefficients[0], -dense.coefficients[1], rtol=1e-6)
        assert_allclose(other.standard_errors[0], dense.standard_errors[1], rtol=1e-6)
        assert_allclose(other.bic, dense.bic, rtol=1e-10)


def test_an_offset_is_a_feature_whose_coefficient_is_one(rng):
    X, y = binary(rng)
    exposure = rng.normal(size=len(y))
    fitted = LogisticRegression(C=np.inf, tol=1e-8).fit(X, y, offset=exposure)
    ours = LogisticInference.from_estimator(fitted, X, y, offset=exposure)
    model = sm.GLM(
        y, sm.add_constant(X), family=sm.families.Binomial(), offset=exposure
    )
    theirs = quietly(model, tol=1e-12)
    assert_allclose(ours.coefficients[0], theirs.params, rtol=1e-6)
    assert_allclose(ours.standard_errors[0], theirs.bse, rtol=1e-6)
    assert_allclose(ours.null_log_likelihood, theirs.llnull, rtol=1e-8)


def test_without_an_intercept_all_terms_are_features(rng):
    X, y = binary(rng)
    fitted = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-8).fit(X, y)
    ours = LogisticInference.from_estimator(fitted, X, y)
    theirs = quietly(sm.Logit(y, X), method="newton")
    assert_allclose(ours.standard_errors[0], theirs.bse, rtol=1e-6)
    assert ours.terms == ["x0", "x1", "x2"]
    assert_allclose(ours.null_log_likelihood, len(y) * np.log(0.5))
    everything = ours.likelihood_ratio_test([0, 1, 2])
    expected = 2 * (ours.log_likelihood - len(y) * np.log(0.5))
    assert_allclose(everything.statistic, expected, rtol=1e-9)


def test_estimators_of_scikit_learn_and_a_chosen_C_are_taken_too(rng):
    X, y = binary(rng)
    theirs = sklearn.linear_model.LogisticRegression(C=0.5, tol=1e-8).fit(X, y)
    ours = LogisticRegression(C=0.5, tol=1e-8).fit(X, y)
    a, b = (LogisticInference.from_estimator(each, X, y) for each in (theirs, ours))
    assert_allclose(a.covariance, b.covariance, rtol=1e-8)
    chosen = LogisticRegressionCV(
        Cs=[0.5], l1_ratios=(0,), scoring="accuracy", use_legacy_attributes=False
    ).fit(X, y)
    c = LogisticInference.from_estimator(chosen, X, y)
    assert_allclose(c.covariance, b.covariance, rtol=1e-8)
    liblinear = LogisticRegression(C=0.5, solver="liblinear", tol=1e-10).fit(X, y)
    held = LogisticInference.from_estimator(liblinear, X, y)
    assert held.degrees_of_freedom < b.degrees_of_freedom


def test_class_weights_of_the_fit_count(rng):
    X, y = binary(rng)
    fitted = LogisticRegression(C=np.inf, class_weight={0: 1, 1: 2}).fit(X, y)
    ours = LogisticInference.from_estimator(fitted, X, y)
    assert_allclose(ours.covariance, infer(X, y, 1 + y).covariance, rtol=1e-6)


def test_the_tables_hold_the_numbers_and_the_names(rng):
    X, y = binary(rng)
    frame = pd.DataFrame(X, columns=["age", "income", "share"])
    ours = infer(frame, y)
    text = str(ours)
    for name, error in zip(ours.terms, ours.standard_errors[0], strict=True):
        line = next(line for line in text.splitlines() if line.startswith(name))
        assert f"{error:.4f}" in line
    assert max(map(len, text.splitlines())) <= 79
    table = ours.to_frame(0.9)
    assert list(table.index) == ["intercept", "age", "income", "share"]
    assert_allclose(table["[0.05"], ours.confidence_intervals(0.9)[0, :, 0])
    assert_allclose(table["odds ratio"], np.exp(ours.coefficients[0]))
    effects = ours.marginal_effects()
    assert_allclose(effects.to_frame()["dy/dx"], effects.effects[0])
    assert "Pr(1)" in str(effects)


def test_the_table_of_several_classes_has_a_part_for_each(rng):
    X, y = several(rng)
    ours = infer(X, y, feature_names=["a name that is far too long for one line", "b"])
    assert "middle against low" in str(ours)
    cut = [line for line in str(ours).splitlines() if "…" in line]
    assert len(cut) == 2
    assert all(line.startswith("a name that is far too long") for line in cut)
    assert max(map(len, str(ours).splitlines())) <= 79
    table = ours.to_frame(method="profile")
    assert table.index.names == ["class", "term"]
    limits = ours.confidence_intervals(method="profile")
    assert_allclose(table["0.975]"], limits[..., 1].ravel())


@pytest.mark.parametrize("make", [binary, several])
def test_numbers_of_any_size_stay_apart_in_the_table(make, rng):
    X, y = make(rng)
    units = [1e-7, 1e5, 1.0][: X.shape[1]]
    names = ["a name that is far too long for one line", "b", "c"][: X.shape[1]]
    ours = infer(X * units + [0, 0, 2000][: X.shape[1]], y, feature_names=names)
    for text, values in (
        (str(ours), (ours.coefficients, ours.standard_errors, ours.p_values)),
        (str(ours.marginal_effects()), None),
    ):
        lines = [line for line in text.splitlines() if line.startswith("b ")]
        cells = np.array([line.split()[1:] for line in lines], dtype=float)
        assert cells.shape[1] == 6
        # The table's own arithmetic: z is the ratio, and the limits lie around.
        assert_allclose(cells[:, 0] / cells[:, 1], cells[:, 2], rtol=0.05)
        assert np.all((cells[:, 4] < cells[:, 0]) & (cells[:, 0] < cells[:, 5]))
        if values is not None:
            column = ours.terms.index("b")
            assert_allclose(cells[:, 0], values[0][:, column], rtol=0.01)
            assert_allclose(cells[:, 1], values[1][:, column], rtol=0.01)
        rules = {len(line) for line in text.splitlines() if set(line) <= set("=-")}
        assert len(rules) == 1
    assert len(repr(ours).splitlines()) == 1


@pytest.mark.parametrize("scale", [0.1, 1.0, 3.0, 10.0])
@pytest.mark.parametrize("odds", [False, True])
def test_the_labels_of_a_forest_plot_fit_and_its_ticks_are_plain_numbers(
    odds, scale, rng
):
    import matplotlib.pyplot as plt

    X, y = binary(rng)
    names = ["b", "a name that is far too long to stand beside an axis of this size"]
    fitted = LogisticRegression(C=np.inf).fit(X[:, :2] / [scale, 1.0], y)
    ours = LogisticInference.from_estimator(
        fitted, X[:, :2] / [scale, 1.0], y, feature_names=names
    )
    ax = ours.plot(odds=odds)
    ax.figure.canvas.draw()
    least, most = ax.get_xlim()
    ticks = [
        label
        for label in [*ax.get_xticklabels(), *ax.get_xticklabels(minor=True)]
        if label.get_text() and least <= label.get_position()[0] <= most
    ]
    values = [float(label.get_text().replace("−", "-")) for label in ticks]
    assert 2 <= len(values) <= 10
    assert_allclose(values, [label.get_position()[0] for label in ticks], atol=1e-9)
    page = ax.figure.bbox
    for text in (ax.xaxis.label, *ax.get_yticklabels()):
        box = text.get_window_extent()
        assert page.x0 <= box.x0 < box.x1 <= page.x1
    boxes = [label.get_window_extent() for label in ticks]
    boxes.sort(key=lambda box: box.x0)
    for left, right in itertools.pairwise(boxes):
        assert left.x1 < right.x0
    plt.close(ax.figure)


@pytest.mark.parametrize("settings", [{}, {"odds": True, "per_deviation": True}])
@pytest.mark.parametrize("make", [binary, several])
def test_a_forest_plot_has_a_line_and_a_point_a_coefficient(make, settings, rng):
    import matplotlib.pyplot as plt

    X, y = make(rng)
    ours = infer(X, y)
    ax = ours.plot(**settings)
    points = [line for line in ax.lines if line.get_marker() not in ("None", "")]
    middle = ours.coefficients[:, 1:]
    if settings:
        middle = np.exp(middle * X.std(axis=0))
        assert ax.get_xscale() == "log"
    assert_allclose([line.get_xdata() for line in points], middle)
    assert [t.get_text() for t in ax.get_yticklabels()] == ours.terms[1:]
    plt.close(ax.figure)


BAD = {
    "cov": ({"cov": "hc9"}, "cov='hc9'"),
    "groups": ({"cov": "cluster"}, "groups"),
    "one group": ({"cov": "cluster", "groups": np.zeros(200)}, "two clusters"),
    "groups alone": ({"groups": np.arange(200)}, "groups"),
    "reference": ({"reference": 7}, "reference=7"),
    "names": ({"feature_names": ["a"]}, "feature_names has 1"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_are_named(case, rng):
    settings, message = BAD[case]
    X, y = binary(rng)
    with pytest.raises(ValueError, match=message):
        infer(X, y, **settings)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"solver": "saga", "l1_ratio": 1}, "l1 penalty"),
        ({"lower_bounds": 0.0}, "lower_bounds"),
        (
            {"bias_reduction": "firth", "solver": "newton-cholesky", "C": np.inf},
            "bias_reduction",
        ),
    ],
)
def test_fits_that_the_formulas_do_not_hold_for_are_refused(parameters, message, rng):
    X, y = binary(rng)
    fitted = LogisticRegression(**parameters).fit(X, y)
    with pytest.raises(ValueError, match=message):
        LogisticInference.from_estimator(fitted, X, y)


def test_other_rows_than_those_of_the_fit_are_refused(rng):
    X, y = binary(rng)
    fitted = LogisticRegression(C=np.inf).fit(X, y)
    for rows, labels in ((X + 1, y), (X[:100], y[:100]), (X, 1 - y)):
        with pytest.raises(ValueError, match="not at the optimum of these rows"):
            LogisticInference.from_estimator(fitted, rows, labels)
    with pytest.raises(ValueError, match="labels that the estimator was not fitted"):
        LogisticInference.from_estimator(fitted, X, y + 1)


def test_columns_that_depend_on_each_other_are_named(rng):
    X, y = binary(rng)
    X = pd.DataFrame(np.column_stack([X, X[:, 0] - X[:, 2]]), columns=list("abcd"))
    fitted = LogisticRegression(C=np.inf).fit(X, y)
    with pytest.raises(ValueError, match="columns of a, c, d depend on each other"):
        LogisticInference.from_estimator(fitted, X, y)


@pytest.mark.filterwarnings("ignore::skmlp.logistic_regression.SeparationWarning")
def test_separated_classes_are_refused(rng):
    X, _ = binary(rng)
    y = (X[:, 0] > 0).astype(int)
    fitted = LogisticRegression(C=np.inf).fit(X, y)
    with pytest.raises(ValueError, match="complete separation, by x0"):
        LogisticInference.from_estimator(fitted, X, y)


def test_bad_questions_are_named(rng):
    X, y = binary(rng)
    ours = infer(X, y)
    for question, message in (
        (lambda: ours.wald_test(["x9"]), "'x9', which is no term"),
        (lambda: ours.wald_test([5]), "features has 5"),
        (lambda: ours.wald_test([]), "at least one feature"),
        (lambda: ours.likelihood_ratio_test([1, "x1"]), "each once"),
        (lambda: ours.confidence_intervals(95), "level=95"),
        (
            lambda: infer(X, y, feature_names=["a", "a", "b"]).wald_test("a"),
            "name of several terms",
        ),
        (
            lambda: infer(X, y, cov="cluster", groups=np.full(len(y), np.nan)),
            "groups contains NaN",
        ),
        (lambda: ours.confidence_intervals(method="bayes"), "method='bayes'"),
        (
            lambda: infer(X, y, cov="robust").confidence_intervals(method="profile"),
            "cov='robust' does not",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            question()


def test_other_estimators_are_refused_by_name(rng):
    X, y = binary(rng)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    for fitted in (pipeline, Perceptron(max_iter=3, tol=None).fit(X, y)):
        with pytest.raises(TypeError, match=f"got {type(fitted).__name__}.* last step"):
            LogisticInference.from_estimator(fitted, X, y)


def test_a_constant_column_under_a_penalty_has_no_error(rng):
    X, y = binary(rng)
    ours = infer(np.column_stack([X, np.full(len(y), 3.0)]), y, C=1.0)
    without = infer(X, y, C=1.0)
    assert_allclose(ours.coefficients[0, -1], 0, atol=1e-12)
    assert_allclose(ours.standard_errors[0, -1] ** 2, 0, atol=1e-10)
    errors = without.standard_errors[0]
    assert_allclose(ours.standard_errors[0, :-1], errors, rtol=1e-6)
    assert len(str(ours).splitlines()) > 10  # warnings are errors


def test_an_inference_survives_pickling(rng):
    X, y = several(rng)
    ours = infer(X, y)
    again = pickle.loads(pickle.dumps(ours))
    assert str(again) == str(ours)
    assert str(again.likelihood_ratio_test([0])) == str(ours.likelihood_ratio_test([0]))

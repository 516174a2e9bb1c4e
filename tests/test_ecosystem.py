"""scikit-learn's tools around our estimators, and the containers of other libraries.

What ours are compared with is the result of scikit-learn's own in the same run.
"""

import inspect

import joblib
import matplotlib
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
import sklearn.discriminant_analysis
import sklearn.linear_model
import sklearn.neural_network
from numpy.testing import assert_allclose
from sklearn import config_context
from sklearn.base import is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.inspection import (
    DecisionBoundaryDisplay,
    PartialDependenceDisplay,
    permutation_importance,
)
from sklearn.metrics import balanced_accuracy_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
    cross_validate,
    learning_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier
from threadpoolctl import threadpool_limits

import skmlp

# Few iterations on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NETWORK = {"hidden_layer_sizes": (8,), "solver": "lbfgs", "random_state": 0}

# Class -> scikit-learn's module, parameters, those to search over.
ESTIMATORS = {
    "Perceptron": (
        sklearn.linear_model,
        {"max_iter": 20, "tol": None, "shuffle": False},
        {"penalty": [None, "l2"]},
    ),
    "LinearDiscriminantAnalysis": (
        sklearn.discriminant_analysis,
        {},
        {"tol": [1e-4, 1e-3]},
    ),
    "LogisticRegression": (
        sklearn.linear_model,
        {"tol": 1e-8, "max_iter": 500},
        {"C": [0.01, 1.0]},
    ),
    "MLPClassifier": (
        sklearn.neural_network,
        {"max_iter": 60, "alpha": 0.01, **NETWORK},
        {"alpha": [0.01, 1.0]},
    ),
    "MLPRegressor": (
        sklearn.neural_network,
        {"max_iter": 60, "alpha": 0.01, **NETWORK},
        {"alpha": [0.01, 1.0]},
    ),
}
CLASSIFIERS = [name for name in ESTIMATORS if name != "MLPRegressor"]

# The share of predictions in which ours and scikit-learn's must agree. Perceptrons take
# the rows as they stand: the two packages shuffle in different orders. Networks of 60
# iterations are short of their optimum.
AGREEMENT = {
    "Perceptron": 0.98,
    "LinearDiscriminantAnalysis": 1.0,
    "LogisticRegression": 1.0,
    "MLPClassifier": 0.95,
}

over_all = pytest.mark.parametrize("name", ESTIMATORS)
over_classifiers = pytest.mark.parametrize("name", CLASSIFIERS)


def ours(name, **parameters):
    return getattr(skmlp, name)(**{**ESTIMATORS[name][1], **parameters})


def theirs(name, **parameters):
    module, given, _ = ESTIMATORS[name]
    return getattr(module, name)(**{**given, **parameters})


def grid(name):
    return ESTIMATORS[name][2]


def outputs(estimator, X):
    """The predictions, before labels hide small differences."""
    for method in ("predict_proba", "decision_function", "predict"):
        if hasattr(estimator, method):
            return np.asarray(getattr(estimator, method)(X))
    raise AssertionError(f"{estimator} predicts nothing")


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Threads of BLAS cost more than they bring, on matrices as small as these."""
    with threadpool_limits(1):
        yield


@pytest.fixture
def rows(bundled):
    """kind -> X, y."""

    def load(kind):
        if kind == "multilabel":
            X, y = make_multilabel_classification(
                n_samples=120, n_features=6, n_classes=3, random_state=0
            )
            return StandardScaler().fit_transform(X), y
        if kind == "targets":
            X, y = bundled("diabetes")
            y = (y - y.mean()) / y.std()
            return X, np.stack([y, -y], axis=1)
        X, y = bundled({"regression": "diabetes"}.get(kind, "iris"))
        order = np.random.default_rng(0).permutation(len(y))
        X, y = X[order], y[order]
        if kind == "regression":
            return X, (y - y.mean()) / y.std()
        if kind == "binary":
            return X, (y == 1).astype(int)
        if kind == "unlabelled":
            return X, np.where(np.arange(len(y)) % 3 == 0, y, -1)
        return X, y

    return load


# Tool -> the kind of rows, and how it wraps an estimator.
WRAPPERS = {
    "Pipeline": ("classes", lambda e, g: make_pipeline(MinMaxScaler(), e)),
    "ColumnTransformer": (
        "classes",
        lambda e, g: make_pipeline(
            ColumnTransformer(
                [("m", MinMaxScaler(), [2, 3]), ("r", RobustScaler(), [0, 1])]
            ),
            e,
        ),
    ),
    "GridSearchCV": ("classes", lambda e, g: GridSearchCV(e, g, cv=3)),
    "RandomizedSearchCV": (
        "classes",
        lambda e, g: RandomizedSearchCV(e, g, n_iter=2, cv=3, random_state=0),
    ),
    "HalvingGridSearchCV": (
        "classes",
        lambda e, g: HalvingGridSearchCV(
            e, g, factor=2, cv=3, min_resources=60, random_state=0
        ),
    ),
    "CalibratedClassifierCV": (
        "classes",
        lambda e, g: CalibratedClassifierCV(e, cv=3),
    ),
    "StackingClassifier": (
        "classes",
        lambda e, g: StackingClassifier([("a", e), ("b", e)], cv=3),
    ),
    "VotingClassifier": (
        "classes",
        lambda e, g: VotingClassifier([("a", e), ("b", e)]),
    ),
    "BaggingClassifier": (
        "classes",
        lambda e, g: BaggingClassifier(e, n_estimators=5, random_state=0),
    ),
    "AdaBoostClassifier": (
        "classes",
        lambda e, g: AdaBoostClassifier(e, n_estimators=4, random_state=0),
    ),
    "OneVsRestClassifier": ("classes", lambda e, g: OneVsRestClassifier(e)),
    "OneVsOneClassifier": ("classes", lambda e, g: OneVsOneClassifier(e)),
    "MultiOutputClassifier": ("multilabel", lambda e, g: MultiOutputClassifier(e)),
    "ClassifierChain": (
        "multilabel",
        lambda e, g: ClassifierChain(e, cv=3, random_state=0),
    ),
    "SelfTrainingClassifier": ("unlabelled", lambda e, g: SelfTrainingClassifier(e)),
    "RFE": ("classes", lambda e, g: RFE(e, n_features_to_select=2)),
    "SelectFromModel": (
        "classes",
        lambda e, g: make_pipeline(SelectFromModel(e, threshold="median"), e),
    ),
    "TunedThresholdClassifierCV": (
        "binary",
        lambda e, g: TunedThresholdClassifierCV(e, cv=3, random_state=0),
    ),
}

# What a tool asks for and an estimator, ours or scikit-learn's, does not have.
WITHOUT_PROBABILITIES = {"SelfTrainingClassifier"}
WITHOUT_COEFFICIENTS = {"RFE", "SelectFromModel"}
PAIRS = [
    (tool, name)
    for tool in WRAPPERS
    for name in CLASSIFIERS
    if not (name == "Perceptron" and tool in WITHOUT_PROBABILITIES)
    and not (name == "MLPClassifier" and tool in WITHOUT_COEFFICIENTS)
]


@pytest.mark.parametrize(("tool", "name"), PAIRS)
def test_a_tool_predicts_with_ours_what_it_predicts_with_theirs(tool, name, rows):
    kind, wrap = WRAPPERS[tool]
    X, y = rows(kind)
    found = wrap(ours(name), grid(name)).fit(X, y).predict(X)
    labelled = y != -1
    assert np.mean(found[labelled] == y[labelled]) > 0.6
    # scikit-learn's discriminant analysis takes no sample weights.
    if (tool, name) != ("AdaBoostClassifier", "LinearDiscriminantAnalysis"):
        expected = wrap(theirs(name), grid(name)).fit(X, y).predict(X)
        assert np.mean(found == expected) >= AGREEMENT[name]


REGRESSION_TOOLS = {
    "Pipeline": ("regression", lambda e, g: make_pipeline(StandardScaler(), e)),
    "GridSearchCV": ("regression", lambda e, g: GridSearchCV(e, g, cv=3)),
    "TransformedTargetRegressor": (
        "regression",
        lambda e, g: TransformedTargetRegressor(e, transformer=StandardScaler()),
    ),
    "BaggingRegressor": (
        "regression",
        lambda e, g: BaggingRegressor(e, n_estimators=3, random_state=0),
    ),
    "AdaBoostRegressor": (
        "regression",
        lambda e, g: AdaBoostRegressor(e, n_estimators=3, random_state=0),
    ),
    "StackingRegressor": (
        "regression",
        lambda e, g: StackingRegressor([("a", e), ("b", e)], cv=3),
    ),
    "VotingRegressor": ("regression", lambda e, g: VotingRegressor([("a", e)])),
    "MultiOutputRegressor": ("targets", lambda e, g: MultiOutputRegressor(e)),
    "RegressorChain": ("targets", lambda e, g: RegressorChain(e, random_state=0)),
}


@pytest.mark.parametrize("tool", REGRESSION_TOOLS)
def test_a_tool_of_regression_scores_with_ours_as_with_theirs(tool, rows):
    kind, wrap = REGRESSION_TOOLS[tool]
    X, y = rows(kind)
    score = wrap(ours("MLPRegressor"), grid("MLPRegressor")).fit(X, y).score(X, y)
    expected = wrap(theirs("MLPRegressor"), grid("MLPRegressor")).fit(X, y).score(X, y)
    assert score > 0.4
    assert abs(score - expected) < 0.05


@over_all
def test_cross_validate_scores_with_ours_as_with_theirs(name, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    found, expected = (
        cross_validate(build(name), X, y, cv=3, error_score="raise")["test_score"]
        for build in (ours, theirs)
    )
    assert_allclose(found, expected, atol=1 - AGREEMENT.get(name, 0.9))


@over_all
def test_a_learning_curve_is_that_of_theirs(name, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    settings = {"train_sizes": [0.3, 1.0], "cv": 3, "error_score": "raise"}
    settings |= {"shuffle": True, "random_state": 0}
    found, expected = (
        learning_curve(build(name), X, y, **settings)[2].mean(axis=1)
        for build in (ours, theirs)
    )
    assert found[1] > max(0.3, found[0] - 0.05)
    assert_allclose(found, expected, atol=1.1 - AGREEMENT.get(name, 0.9))


def one_informative_feature(name, rng):
    X = rng.normal(size=(200, 3))
    return X, X[:, 1] if name == "MLPRegressor" else (X[:, 1] > 0).astype(int)


@over_all
def test_permutation_importance_finds_the_feature_that_matters(name, rng):
    X, y = one_informative_feature(name, rng)
    fitted = ours(name).fit(X, y)
    weight = rng.uniform(size=len(y))
    importance = permutation_importance(
        fitted, X, y, n_repeats=3, random_state=0, sample_weight=weight
    )
    assert importance.importances_mean.argmax() == 1
    assert importance.importances_mean[1] > 0.3
    assert np.abs(importance.importances_mean[[0, 2]]).max() < 0.1


@pytest.fixture
def plot():
    """matplotlib.pyplot without a window."""
    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")
    matplotlib.use(before)


@over_all
def test_partial_dependence_is_the_mean_over_the_other_features(name, rng, plot):
    X, y = one_informative_feature(name, rng)
    fitted = ours(name).fit(X, y)
    display = PartialDependenceDisplay.from_estimator(
        fitted, X, features=[1], grid_resolution=5
    )
    (result,) = display.pd_results
    for value, average in zip(
        result["grid_values"][0], result["average"][0], strict=True
    ):
        replaced = X.copy()
        replaced[:, 1] = value
        predicted = outputs(fitted, replaced)
        predicted = predicted[:, 1] if predicted.ndim == 2 else predicted
        assert_allclose(average, predicted.mean())
    assert np.all(np.diff(result["average"][0]) >= 0)
    assert result["average"][0, -1] > result["average"][0, 0] + 0.5


@over_all
def test_a_decision_boundary_is_drawn_where_the_predictions_change(name, rows, plot):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    fitted = ours(name).fit(X[:, :2], y)
    display = DecisionBoundaryDisplay.from_estimator(
        fitted, X[:, :2], grid_resolution=20, response_method="predict"
    )
    points = np.stack([display.xx0.ravel(), display.xx1.ravel()], axis=1)
    assert np.array_equal(display.response.ravel(), fitted.predict(points))
    assert len(np.unique(display.response)) >= 3


# The same tools where metadata is routed. A scorer has to ask for weights, and
# scikit-learn's self-training hands on the weights of all rows with the labelled ones.
# Its AdaBoost knows no routing: it takes weights, and makes them, without.
ROUTES = {
    **WRAPPERS,
    "SelfTrainingClassifier": ("classes", WRAPPERS["SelfTrainingClassifier"][1]),
    "TunedThresholdClassifierCV": (
        "binary",
        lambda e, g: TunedThresholdClassifierCV(
            e,
            cv=3,
            scoring=make_scorer(balanced_accuracy_score).set_score_request(
                sample_weight=True
            ),
        ),
    ),
}


def requesting(estimator):
    """It asks for sample weights, in fit, partial_fit and score."""
    estimator.set_fit_request(sample_weight=True)
    if hasattr(estimator, "set_partial_fit_request"):
        estimator.set_partial_fit_request(sample_weight=True)
    return estimator.set_score_request(sample_weight=True)


@pytest.fixture
def routing():
    with config_context(enable_metadata_routing=True):
        yield


@pytest.mark.parametrize(("tool", "name"), PAIRS)
@pytest.mark.filterwarnings("ignore:y contains no unlabeled samples:UserWarning")
def test_sample_weights_are_routed_through_a_tool(tool, name, rows):
    kind, wrap = ROUTES[tool]
    X, y = rows(kind)
    first = y[:, 0] if y.ndim == 2 else y
    weight = np.where(first == 1, 100.0, 1.0)
    routed = tool != "AdaBoostClassifier"

    def fit(build, **weights):
        with config_context(enable_metadata_routing=routed):
            estimator = requesting(build(name)) if routed else build(name)
            return wrap(estimator, grid(name)).fit(X, y, **weights)

    weighted = fit(ours, sample_weight=weight)
    assert not np.allclose(outputs(weighted, X), outputs(fit(ours), X), atol=1e-3)
    if name == "LogisticRegression":
        expected = outputs(fit(theirs, sample_weight=weight), X)
        assert_allclose(outputs(weighted, X), expected, atol=1e-4)


@over_all
@pytest.mark.usefixtures("routing")
def test_sample_weights_are_routed_through_cross_validation(name, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    weight = np.where(np.arange(len(y)) % 2 == 0, 1.0, 0.0)
    folds = [(np.arange(0, 100), np.arange(100, len(y)))]
    folds = folds if name == "MLPRegressor" else [(np.arange(0, 150, 2),) * 2]
    params = {"sample_weight": weight}
    (found,) = cross_validate(
        requesting(ours(name)), X, y, cv=folds, params=params, error_score="raise"
    )["test_score"]
    train, test = folds[0]
    fitted = ours(name).fit(X[train], y[train], sample_weight=weight[train])
    assert found == fitted.score(X[test], y[test], sample_weight=weight[test])
    _, _, curve = learning_curve(
        requesting(ours(name)), X, y, cv=folds, train_sizes=[1.0], params=params
    )
    assert curve == found


@pytest.mark.usefixtures("routing")
@over_all
def test_a_weight_that_is_not_asked_for_is_refused(name, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    with pytest.raises(ValueError, match="sample_weight"):
        GridSearchCV(ours(name), grid(name)).fit(X, y, sample_weight=np.ones(len(y)))


FEATURES = ["sepal length", "sepal width", "petal length", "petal width"]

FRAMES = {
    "pandas": lambda X, names: pd.DataFrame(X, columns=names),
    "polars": lambda X, names: pl.DataFrame(X, schema=list(names)),
    "pyarrow": lambda X, names: pa.table(dict(zip(names, X.T, strict=True))),
}
over_frames = pytest.mark.parametrize("library", FRAMES)


@over_frames
@over_all
def test_a_table_gives_the_feature_names_and_the_result_of_its_array(
    name, library, rows
):
    X, y = rows("classes")
    table = FRAMES[library](X, FEATURES)
    fitted = ours(name).fit(table, y)
    assert list(fitted.feature_names_in_) == FEATURES
    assert_allclose(
        outputs(fitted, table), outputs(ours(name).fit(X, y), X), rtol=1e-10, atol=1e-12
    )


@over_frames
@over_all
def test_other_feature_names_are_refused_at_predict(name, library, rows):
    X, y = rows("classes")
    fitted = ours(name).fit(FRAMES[library](X, FEATURES), y)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(FRAMES[library](X[:, ::-1], FEATURES[::-1]))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        fitted.predict(X)


@pytest.mark.parametrize("library", ["pandas", "polars"])
@over_classifiers
def test_labels_may_come_in_a_column(name, library, rows):
    X, y = rows("classes")
    words = np.array(["setosa", "versicolor", "virginica"])[y]
    column = {"pandas": pd.Series, "polars": pl.Series}[library](words)
    fitted = ours(name).fit(FRAMES[library](X, FEATURES), column)
    assert list(fitted.classes_) == ["setosa", "versicolor", "virginica"]
    assert np.mean(fitted.predict(FRAMES[library](X, FEATURES)) == words) > 0.8


@pytest.mark.parametrize(
    ("library", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)]
)
@pytest.mark.parametrize("where", ["alone", "pipeline", "columns"])
def test_discriminants_come_out_as_a_table(where, library, kind, rows):
    X, y = rows("classes")
    table = FRAMES[library](X, FEATURES)
    lda = skmlp.LinearDiscriminantAnalysis()
    transformer = {
        "alone": lda,
        "pipeline": make_pipeline(StandardScaler(), lda),
        "columns": ColumnTransformer(
            [("lda", lda, FEATURES)], verbose_feature_names_out=False
        ),
    }[where].set_output(transform=library)
    out = transformer.fit_transform(table, y)
    assert isinstance(out, kind)
    assert list(out.columns) == [
        "lineardiscriminantanalysis0",
        "lineardiscriminantanalysis1",
    ]
    plain = sklearn.discriminant_analysis.LinearDiscriminantAnalysis()
    if where != "pipeline":
        expected = np.abs(plain.fit_transform(X, y))
        assert_allclose(np.abs(out.to_numpy()), expected, rtol=1e-6, atol=1e-9)


def memory_mapped(X, folder):
    path = folder / "X.dat"
    mapped = np.memmap(path, dtype=X.dtype, mode="w+", shape=X.shape)
    mapped[:] = X
    mapped.flush()
    return np.memmap(path, dtype=X.dtype, mode="r", shape=X.shape)


def memory_mapped_by_joblib(X, folder):
    joblib.dump(X, folder / "X.joblib")
    return joblib.load(folder / "X.joblib", mmap_mode="r")


def read_only(X, folder):
    X = X.copy()
    X.flags.writeable = False
    return X


def read_only_in_columns(X, folder):
    return read_only(np.asfortranarray(X), folder)


def read_only_sparse(X, folder):
    matrix = scipy.sparse.csr_array(X)
    for part in (matrix.data, matrix.indices, matrix.indptr):
        part.flags.writeable = False
    return matrix


@pytest.mark.parametrize(
    "store",
    [
        memory_mapped,
        memory_mapped_by_joblib,
        read_only,
        read_only_in_columns,
        read_only_sparse,
    ],
    ids=lambda store: store.__name__,
)
@over_all
def test_input_that_cannot_be_written_is_left_alone(name, store, rows, tmp_path):
    if name == "LinearDiscriminantAnalysis" and store is read_only_sparse:
        pytest.skip("takes no sparse input, as in scikit-learn")
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    stored = store(X, tmp_path)
    weight = read_only(np.ones(len(y)), tmp_path)
    fitted = ours(name).fit(stored, read_only(y, tmp_path), sample_weight=weight)
    copy = stored.copy()
    expected = ours(name).fit(copy, y, sample_weight=np.ones(len(y)))
    assert_allclose(
        outputs(fitted, stored), outputs(expected, copy), rtol=1e-5, atol=1e-8
    )


@pytest.mark.parametrize("backend", ["loky", "threading"])
@over_all
def test_parallel_fits_are_those_of_one_after_another(name, backend, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    draws = [
        np.random.default_rng(seed).integers(len(y), size=len(y)) for seed in range(4)
    ]
    # Methods, not functions of this file: worker processes cannot import a test.
    tasks = [joblib.delayed(ours(name).fit)(X[drawn], y[drawn]) for drawn in draws]
    parallel = joblib.Parallel(n_jobs=2, backend=backend)(tasks)
    for fitted, drawn in zip(parallel, draws, strict=True):
        alone = ours(name).fit(X[drawn], y[drawn])
        assert np.array_equal(outputs(fitted, X), outputs(alone, X))


@pytest.mark.parametrize("backend", ["loky", "threading"])
@over_all
def test_a_parallel_search_finds_what_a_search_alone_finds(name, backend, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    with joblib.parallel_config(backend=backend):
        parallel = GridSearchCV(ours(name), grid(name), cv=2, n_jobs=2).fit(X, y)
    alone = GridSearchCV(ours(name), grid(name), cv=2).fit(X, y)
    assert parallel.best_params_ == alone.best_params_
    for key in ("mean_test_score", "std_test_score"):
        assert np.array_equal(parallel.cv_results_[key], alone.cv_results_[key])


@over_all
def test_threads_share_a_fitted_estimator(name, rows):
    X, y = rows("regression" if name == "MLPRegressor" else "classes")
    fitted = ours(name).fit(X, y)
    parts = np.array_split(X, 8)
    predicted = joblib.Parallel(n_jobs=2, backend="threading")(
        joblib.delayed(outputs)(fitted, part) for part in parts
    )
    assert_allclose(np.concatenate(predicted), outputs(fitted, X), rtol=1e-12)


@over_all
def test_parameters_keep_scikit_learns_names_order_and_defaults(name):
    module = ESTIMATORS[name][0]
    found, expected = (
        list(inspect.signature(kind).parameters.values())
        for kind in (getattr(skmlp, name), getattr(module, name))
    )
    assert [str(p) for p in found[: len(expected)]] == [str(p) for p in expected]
    assert all(p.kind is p.KEYWORD_ONLY for p in found[len(expected) :])
    assert is_regressor(ours(name)) == (name == "MLPRegressor")

"""Advice on badly scaled data: which columns, and code that runs."""

import numpy as np
import pytest
import scipy.sparse

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor, Perceptron
from skmlp.base.scaling_advice import code_of, scaling_advice
from skmlp.losses import Huber
from skmlp.solvers import Adam, AdamW, Cosine

NAMES = {
    **{each.__name__: each for each in (LogisticRegression, MLPClassifier)},
    **{each.__name__: each for each in (MLPRegressor, Perceptron, Huber, Adam)},
}


@pytest.fixture
def X(rng):
    return rng.normal(size=(40, 5)) * [1, 1e3, 1, 1e2, 1] + [0, 0, 0, 0, 1e4]


def test_nothing_is_said_of_good_scales(rng):
    X, y = rng.normal(size=(40, 3)), rng.normal(size=(40, 1))
    assert scaling_advice(MLPRegressor(), X, y, target_cures=("scale_target",)) == ""
    assert scaling_advice(MLPRegressor(), X, 1e6 * y) == ""  # no cure: not checked


def test_the_columns_are_named_worst_first_with_their_scales(X):
    model = MLPClassifier()
    advice = scaling_advice(model, X)
    assert advice.startswith(
        " 3 of 5 columns of X are scaled badly: column 4 (mean 1e+0"
    )
    assert "column 1 (mean " in advice
    model.feature_names_in_ = np.array(["age", "income", "sex", "height", "year"])
    assert "badly: 'year' (mean 1e+04, deviation " in scaling_advice(model, X)
    assert scaling_advice(model, X[:, [0, 2, 3]] + [0, 0, 1e9]).startswith(
        " 1 of 3 columns of X is scaled badly: 'sex' (mean 1e+09, deviation "
    )
    assert " and 37 more. " in scaling_advice(MLPClassifier(), np.tile(X[:, 1:2], 40))


CASES = {
    "columns": (True, False, (), ["make_pipeline(StandardScaler(), {})"]),
    "target": (
        *(False, True, ("scale_target", "StandardScaler")),
        [
            "{scaled}",
            "TransformedTargetRegressor({}, transformer=StandardScaler())",
        ],
    ),
    "columns and target": (
        *(True, True, ("scale_target", "StandardScaler")),
        [
            "make_pipeline(StandardScaler(), {scaled})",
            "TransformedTargetRegressor(make_pipeline(StandardScaler(), {}), "
            "transformer=StandardScaler())",
        ],
    ),
    "columns, and a target that is good": (
        *(True, False, ("scale_target", "StandardScaler")),
        ["make_pipeline(StandardScaler(), {})"],
    ),
    "positive target": (
        *(False, True, ("MaxAbsScaler",)),
        ["TransformedTargetRegressor({}, transformer=MaxAbsScaler())"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_code_scales_what_is_scaled_badly_and_nothing_else(case, X, rng):
    bad_X, bad_y, cures, codes = CASES[case]
    X = X if bad_X else rng.normal(size=(40, 5))
    y = rng.normal(size=(40, 1)) * (1e3 if bad_y else 1)
    advice = scaling_advice(MLPRegressor(alpha=0.1), X, y, target_cures=cures)
    model = "MLPRegressor(alpha=0.1)"
    scaled = "MLPRegressor(alpha=0.1, scale_target=True)"
    lines = [line for line in advice.splitlines() if line.startswith("    model = ")]
    wanted = [code.format(model, scaled=scaled) for code in codes]
    assert lines == [f"    model = {code}" for code in wanted]
    assert advice.count("    from skmlp import MLPRegressor\n") == len(codes)
    assert advice.count("\nor\n") == len(codes) - 1
    assert ("columns of X" in advice) == bad_X
    assert ("y is scaled badly: it has mean " in advice) == bad_y


def test_several_targets_are_named_by_their_columns(rng):
    y = rng.normal(size=(40, 3)) * [1, 1e4, 1]
    advice = scaling_advice(
        MLPRegressor(), rng.normal(size=(40, 2)), y, target_cures=("scale_target",)
    )
    assert advice.startswith(" 1 of 3 columns of y is scaled badly: column 1 (mean ")


def test_sparse_columns_are_scaled_without_filling_their_zeros(X):
    advice = scaling_advice(Perceptron(), scipy.sparse.csr_array(X))
    assert "    from sklearn.preprocessing import MaxAbsScaler\n" in advice
    assert advice.endswith("    model = make_pipeline(MaxAbsScaler(), Perceptron())")


def test_parts_of_a_stream_are_scaled_by_one_scaler_and_no_pipeline(X):
    advice = scaling_advice(MLPClassifier(), X, stream=True)
    assert "by one StandardScaler, whose partial_fit learns the scales" in advice
    assert "make_pipeline" not in advice


def identity(z):
    return z


@pytest.mark.parametrize(
    ("estimator", "code"),
    [
        (MLPClassifier(), "MLPClassifier()"),
        (MLPClassifier((50,), random_state=3), None),
        (MLPClassifier(hidden_layer_sizes=[30, 20], alpha=np.float32(0.5)), None),
        (MLPClassifier(max_iter=np.int64(7), early_stopping=True), None),
        (MLPRegressor(Huber(delta=2.0), solver=Adam(beta_1=0.8)), None),
        (MLPRegressor(n_iter_no_change=np.inf), None),
        (LogisticRegression(C=np.inf, class_weight={0: 1.0, 1: 2.0}), None),
        (Perceptron(n_jobs=None, penalty="l1", shuffle=False), None),
    ],
    ids=str,
)
def test_the_code_of_an_estimator_has_its_parameters(estimator, code):
    assert code in (None, code_of(estimator))
    again = eval(code_of(estimator), dict(NAMES))
    assert type(again) is type(estimator)
    assert repr(again.get_params()) == repr(
        {
            name: value.item() if isinstance(value, np.generic) else value
            for name, value in estimator.get_params().items()
        }
    )


@pytest.mark.parametrize(
    "parameters",
    [
        {"activation": (identity, np.ones_like)},
        {"random_state": np.random.RandomState(0)},
        {"hidden_layer_sizes": tuple(range(1, 200))},
        {"hidden_layer_sizes": np.array([3, 4])},
        {"loss": Huber(delta=np.float64(3))},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_dots_stand_for_values_without_short_code(parameters):
    code = code_of(MLPRegressor(max_iter=5, **parameters))
    (name,) = parameters
    if name == "loss":
        assert code == "MLPRegressor(loss=Huber(delta=3.0), max_iter=5)"
    else:
        assert f"{name}=..." in code
    assert "max_iter=5" in code


class OwnNetwork(MLPClassifier):
    pass


def test_the_code_imports_the_classes_of_this_package(X):
    model = MLPRegressor(Huber(delta=2.0), solver=AdamW(), learning_rate=Cosine())
    lines = scaling_advice(model, X).splitlines()[3:-1]
    assert lines == [
        "    from skmlp import MLPRegressor",
        "    from skmlp.losses import Huber",
        "    from skmlp.solvers import AdamW, Cosine",
    ]
    assert "skmlp" not in scaling_advice(OwnNetwork(), X)


def test_changes_are_in_the_code():
    assert code_of(Perceptron(tol=None), tol=0.5) == "Perceptron(tol=0.5)"

"""Warnings of fits of networks name badly scaled data, and only those."""

import warnings

import numpy as np
import pandas
import pytest
from sklearn.datasets import load_diabetes, load_wine
from sklearn.exceptions import ConvergenceWarning
from versions import needs_callbacks

from skmlp import MLPClassifier, MLPRegressor
from skmlp.solvers.divergence import Diverged

NOT_CONVERGED = {
    "adam": "Stochastic Optimizer: Maximum iterations (3) reached and the optimization "
    "hasn't converged yet. Increase max_iter or learning_rate_init, or raise tol.",
    "lbfgs": "lbfgs failed to converge after 3 iteration(s): STOP: TOTAL NO. OF "
    "ITERATIONS REACHED LIMIT. Increase max_iter (=3) or max_fun (=15000), or scale X "
    "(sklearn.preprocessing.StandardScaler).",
}
CODE = "model = make_pipeline(StandardScaler(), MLPClassifier("
NAMED = "4 of 13 columns of X are scaled badly: column 12 (mean 747, deviation 314), "


def only_warning(model, X, y):
    """Return the text of the one warning of a fit."""
    with pytest.warns(ConvergenceWarning) as caught:
        model.fit(X, y)
    (one,) = caught
    return str(one.message)


def like_new_scipy(message):
    """Return a message with the words of SciPy 1.15 and newer about iterations."""
    return message.replace("TOTAL NO. of ITERATIONS", "TOTAL NO. OF ITERATIONS")


def warnings_of(call):
    """Return the texts of all warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(each.message) for each in caught]


@pytest.mark.parametrize("solver", NOT_CONVERGED)
def test_the_message_stays_as_it_is_on_good_scales_and_begins_so_on_bad_ones(
    solver, bundled
):
    X, y = bundled("wine")
    model = MLPClassifier(solver=solver, max_iter=3, random_state=0)
    assert like_new_scipy(only_warning(model, X, y)) == NOT_CONVERGED[solver]
    text = like_new_scipy(only_warning(model, *load_wine(return_X_y=True)))
    assert text.startswith(f"{NOT_CONVERGED[solver]} {NAMED}")
    assert CODE in text


def test_columns_of_a_data_frame_are_named():
    X, y = load_wine(return_X_y=True, as_frame=True)
    text = only_warning(MLPClassifier(max_iter=3, random_state=0), X, y)
    assert "'proline' (mean 747, deviation 314), 'magnesium' (mean 99.7," in text
    text = only_warning(MLPClassifier(max_iter=3, random_state=0), X.to_numpy(), y)
    assert "proline" not in text


def test_a_fit_that_converged_to_a_constant_says_so_if_scales_are_the_cause(rng):
    X = rng.normal(size=(150, 3))
    y = X[:, 0] > 0
    model = MLPClassifier(learning_rate_init=1e-4, random_state=0)
    text = only_warning(model, 1e-6 * X, y)
    assert model.converged_
    assert text.startswith("Training ended at a loss of 0.69")
    assert "3 of 3 columns of X are scaled badly" in text
    # Nothing can be learnt here either, but by no fault of the scales.
    assert warnings_of(lambda: model.fit(X, rng.permutation(y))) == []
    assert model.loss_ > 0.6


def test_a_fit_that_converged_to_a_good_loss_says_nothing(rng):
    X = rng.normal(size=(150, 2)) * [1, 12]
    model = MLPClassifier(learning_rate_init=0.01, random_state=0, max_iter=1000)
    assert warnings_of(lambda: model.fit(X, X[:, 0] + X[:, 1] > 0)) == []
    assert model.loss_ < 0.05


def test_a_fit_that_began_with_a_huge_loss_says_so_even_if_it_ended_well(bundled):
    X, y = bundled("digits")
    pixels = 128 + 60 * X[:500]
    model = MLPClassifier(random_state=0, tol=1e-3, warm_start=True)
    text = only_warning(model, pixels, y[:500])
    assert model.loss_ < 0.05
    assert text.startswith("Training began at a loss of ")
    assert "and the best constant prediction has 2.3. 6" in text
    # Another fit goes on from good weights.
    assert warnings_of(lambda: model.fit(pixels, y[:500])) == []


def test_a_huge_loss_at_first_is_no_fault_of_lbfgs_and_of_the_target_alone(rng):
    X = rng.normal(size=(200, 3))
    y = 12 + X[:, 0]  # a prediction of zero has 144 times the loss of the mean
    settings = {"batch_size": 20, "learning_rate_init": 0.005, "n_iter_no_change": 30}
    model = MLPRegressor(max_iter=2000, random_state=0, **settings)
    assert warnings_of(lambda: model.fit(X, y)) == []
    assert model.loss_curve_[0] > 20 * y.var()
    assert model.loss_ < 0.05 * y.var()
    assert "1 of 3 columns of X is scaled" in only_warning(model, X * [1, 100, 1], y)
    model.set_params(solver="lbfgs", max_iter=20_000)
    assert warnings_of(lambda: model.fit(X * [1, 100, 1], y)) == []


def test_the_target_is_no_fault_if_lbfgs_is_better_than_a_constant(rng):
    X = rng.normal(size=(150, 3))
    y = 1000 * (X[:, 0] + rng.normal(size=150))  # half of the variance is noise
    model = MLPRegressor(
        hidden_layer_sizes=(2,), solver="lbfgs", max_iter=20_000, random_state=0
    )
    assert warnings_of(lambda: model.fit(X, y)) == []
    assert model.loss_ > 0.1 * y.var()
    (text,) = warnings_of(lambda: model.fit(1e-9 * X, y - y))
    assert "no better than the best constant prediction, which has 0." in text


def test_lbfgs_that_has_learnt_little_from_badly_scaled_columns_says_so(rng):
    X = rng.normal(size=(300, 2))
    y = X @ [1, 2]  # four fifths of the variance are from the second column
    model = MLPRegressor(
        hidden_layer_sizes=(2,), solver="lbfgs", max_iter=20_000, random_state=0
    )
    (text,) = warnings_of(lambda: model.fit(X * [1, 1e-9], y))
    assert 0.7 < model.loss_ / (y.var() / 2) < 0.85
    assert text.startswith("Training ended at a loss of ")
    assert "1 of 2 columns of X is scaled badly: column 1 (" in text
    assert warnings_of(lambda: model.fit(X, y)) == []
    assert model.score(X, y) > 0.99


@pytest.mark.parametrize("loss", ["log_loss", "focal_loss", "hinge"])
def test_every_loss_of_classes_is_compared_with_a_constant(loss, rng):
    X = rng.normal(size=(150, 3)) * 1e-6
    model = MLPClassifier(loss=loss, learning_rate_init=1e-4, random_state=0)
    assert "no better than the best constant" in only_warning(model, X, X[:, 0] > 0)


def test_the_target_is_checked_as_the_loss_sees_it(bundled):
    X, y = bundled("diabetes")
    model = MLPRegressor(max_iter=3, random_state=0)
    text = only_warning(model, X, y)
    assert (
        "yet. Increase max_iter or learning_rate_init, or raise tol. y is scaled "
        in (text)
    )
    assert "y is scaled badly: it has mean 152, deviation 77. Scale the data:\n" in text
    assert "MLPRegressor(max_iter=3, random_state=0, scale_target=True)" in text
    assert "make_pipeline" not in text
    assert "scaled" not in only_warning(model, X, (y - y.mean()) / y.std())


@pytest.mark.parametrize(
    ("loss", "cures"),
    [
        ("squared_error", ["scale_target=True", "transformer=StandardScaler()"]),
        ("absolute_error", ["scale_target=True", "transformer=StandardScaler()"]),
        ("quantile", ["scale_target=True", "transformer=StandardScaler()"]),
        ("gaussian_nll", ["scale_target=True"]),
        ("poisson", ["transformer=MaxAbsScaler()"]),
        ("gamma", ["transformer=MaxAbsScaler()"]),
    ],
)
def test_the_cure_of_the_target_suits_the_loss(loss, cures, bundled):
    X, y = bundled("diabetes")
    text = only_warning(MLPRegressor(loss, max_iter=3, random_state=0), X, y)
    assert text.count("model = ") == len(cures)
    assert [cure for cure in cures if cure in text] == cures


def test_an_error_of_divergence_names_the_columns():
    X, y = load_wine(return_X_y=True)
    model = MLPClassifier(
        solver="sgd", on_divergence="raise", learning_rate_init=0.5, random_state=0
    )
    with pytest.raises(Diverged, match="scaled badly: column 12") as error:
        model.fit(X, y)
    assert CODE in str(error.value)
    with pytest.raises(Diverged, match="learning_rate_init by a factor of 10") as error:
        model.set_params(learning_rate_init=1e12).fit((X - X.mean(0)) / X.std(0), y)
    assert "scaled badly" not in str(error.value)


def test_parts_of_a_stream_are_told_of_one_scaler(bundled):
    X, y = load_diabetes(return_X_y=True, scaled=False)
    model = MLPRegressor(solver="sgd", random_state=0)
    model.partial_fit((X - X.mean(0)) / X.std(0), (y - y.mean()) / y.std())
    (text,) = warnings_of(lambda: model.partial_fit(1e5 * X, y))
    assert "10 of 10 columns of X are scaled badly" in text
    assert text.endswith("partial_fit learns the scales from the first parts.")
    assert "make_pipeline" not in text


def test_float32_sparse_rows_and_several_targets_are_checked(rng):
    frame = pandas.DataFrame(rng.normal(size=(80, 3)) * [1, 1, 1e4], columns=[*"abc"])
    y = rng.normal(size=(80, 2)) * [1, 1e3]
    model = MLPRegressor(max_iter=3, random_state=0)
    text = only_warning(model, frame.astype(np.float32), y)
    assert "1 of 3 columns of X is scaled badly: 'c' (mean " in text
    assert "1 of 2 columns of y is scaled badly: column 1 (mean " in text


class StopAtOnce:
    """Callback that stops a fit after its first epoch."""

    def setup(self, estimator, context): ...

    def teardown(self, estimator, context): ...

    def on_fit_task_begin(self, estimator, context): ...

    def on_fit_task_end(self, estimator, context, **values):
        return True


@needs_callbacks
def test_a_fit_that_a_callback_stops_says_nothing(rng):
    X = rng.normal(size=(100, 3)) * 1e5
    model = MLPClassifier(random_state=0).set_callbacks(StopAtOnce())
    assert warnings_of(lambda: model.fit(X, X[:, 0] > 0)) == []
    assert model.n_iter_ == 1

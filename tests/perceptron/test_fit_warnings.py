"""Warnings of perceptrons name columns whose scales differ."""

import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.exceptions import ConvergenceWarning

from skmlp import Perceptron


def warnings_of(call):
    """Return the texts of all warnings of a call."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(each.message) for each in caught]


def test_the_message_names_columns_that_differ_in_scale_only(bundled):
    X, y = load_wine(return_X_y=True, as_frame=True)
    with pytest.warns(ConvergenceWarning, match="Stopped after") as caught:
        Perceptron().fit(X, y)
    text = str(caught[0].message)
    assert " AssociationUnits or MLPClassifier. 4 of 13 columns of X are scaled" in text
    assert text.endswith("    model = make_pipeline(StandardScaler(), Perceptron())")
    X, y = bundled("iris")
    (good,) = warnings_of(lambda: Perceptron().fit(X, y))
    assert good.endswith("AssociationUnits or MLPClassifier.")
    # Without an intercept, a common factor of all columns has no effect.
    model = Perceptron(fit_intercept=False)
    texts = [warnings_of(lambda X=c * X: model.fit(X, y)) for c in (1, 2.0**20)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    "settings",
    [{"average": True}, {"early_stopping": True}, {"penalty": "l2", "alpha": 1e-6}],
    ids=lambda settings: next(iter(settings)),
)
@pytest.mark.parametrize("multi_class", ["ovr", "joint"])
def test_expected_mistakes_are_told_of_only_if_scales_are_their_cause(
    settings, multi_class, bundled
):
    model = Perceptron(multi_class=multi_class, **settings)
    for name, load in (("wine", load_wine), ("breast_cancer", load_breast_cancer)):
        X, y = bundled(name)
        assert warnings_of(lambda X=X, y=y: model.fit(X, y)) == []
        X, y = load(return_X_y=True)
        (text,) = warnings_of(lambda X=X, y=y: model.fit(X, y))
        assert text.startswith("Training ended with ")
        n_others = len(y) - np.bincount(y).max()
        if "early_stopping" not in settings and len(set(y)) == 2:
            assert f"the best constant prediction makes {n_others}." in text
        assert "scaled badly: column " in text


def test_few_expected_mistakes_are_not_told(rng):
    X = rng.normal(size=(300, 2)) * [1, 200]
    y = X[:, 1] + 9 * rng.normal(size=300) > 0  # the small column says nothing
    model = Perceptron(average=True)
    assert warnings_of(lambda: model.fit(X, y)) == []
    assert not model.converged_


@pytest.mark.parametrize("form", [np.asarray, scipy.sparse.csr_matrix])
def test_the_error_of_an_overflow_names_the_columns(form, rng):
    X = rng.normal(size=(60, 3)) * [1, 1, 1e160]
    scaler = "StandardScaler" if form is np.asarray else "MaxAbsScaler"
    with pytest.raises(ValueError, match="overflow occurred at epoch #1") as error:
        Perceptron().fit(form(X), X[:, 0] > 0)
    assert "1 of 3 columns of X is scaled badly: column 2 (mean " in str(error.value)
    assert str(error.value).endswith(f"make_pipeline({scaler}(), Perceptron())")
    with pytest.raises(ValueError, match=r"badly.*whose partial_fit learns") as error:
        Perceptron().partial_fit(form(X), X[:, 0] > 0, classes=[False, True])
    assert f"by one {scaler}, " in str(error.value)

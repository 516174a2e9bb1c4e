"""Activations of hidden layers, and gradients with respect to the inputs."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlp import LogisticRegression, MLPClassifier, MLPRegressor
from skmlp.activations import Activation

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
@pytest.mark.parametrize("sparse", [False, True])
def test_transform_gives_the_activations_of_a_hidden_layer(activation, sparse, bundled):
    X, y = bundled("wine")
    network = MLPClassifier((7, 4), activation, max_iter=3, random_state=0).fit(X, y)
    rows = scipy.sparse.csr_array(X) if sparse else X
    a = X
    for layer in range(2):
        z = a @ network.coefs_[layer] + network.intercepts_[layer]
        a, _ = Activation.resolve(activation).forward(z)
        for number in (layer, layer - 2):
            np.testing.assert_allclose(network.transform(rows, layer=number), a)
    np.testing.assert_array_equal(network.transform(rows), network.transform(rows, 1))
    with pytest.raises(ValueError, match="layer=2 is not one of 2 hidden layers"):
        network.transform(X, layer=2)


def test_the_output_layer_reads_what_transform_gives(bundled):
    X, y = bundled("diabetes")
    for sizes in ((), (5,), (6, 5)):
        network = MLPRegressor(hidden_layer_sizes=sizes, max_iter=2).fit(X, y)
        outputs = network.transform(X) @ network.coefs_[-1] + network.intercepts_[-1]
        np.testing.assert_allclose(outputs[:, 0], network.predict(X))


def test_a_network_extracts_features_in_a_pipeline(bundled):
    X, y = bundled("digits")
    X, y, X_test, y_test = X[:800], y[:800], X[800:], y[800:]
    network = MLPClassifier((32,), learning_rate_init=0.01, max_iter=30, random_state=0)
    pipeline = make_pipeline(StandardScaler(), network, LogisticRegression())
    assert pipeline.fit(X, y).score(X_test, y_test) > 0.88
    assert pipeline[-1].n_features_in_ == 32


def test_hidden_features_have_names_in_data_frames(bundled):
    pandas = pytest.importorskip("pandas")
    X, y = bundled("iris")
    network = MLPClassifier((5, 3), max_iter=2).set_output(transform="pandas")
    frame = network.fit_transform(pandas.DataFrame(X, index=range(7, 157)), y)
    names = [f"mlpclassifier{unit}" for unit in range(3)]
    assert list(frame.columns) == list(network.get_feature_names_out()) == names
    assert list(frame.index) == list(range(7, 157))
    assert network.transform(X, layer=0).shape == (150, 5)


@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus"])
@pytest.mark.parametrize("sizes", [(), (6,), (6, 4)])
@pytest.mark.parametrize("data", ["wine", "breast_cancer"])
def test_input_gradients_are_those_of_finite_differences(
    activation, sizes, data, bundled
):
    X, y = bundled(data)
    network = MLPClassifier(sizes, activation, max_iter=3, random_state=0).fit(X, y)
    rows, step = X[:5], 1e-5

    def scores(rows):
        log_p = network.predict_log_proba(rows)
        return log_p[:, 1:] - log_p[:, :1]  # without the constant of the softmax

    expected = np.stack(
        [
            (scores(rows + step * e) - scores(rows - step * e)) / (2 * step)
            for e in np.eye(X.shape[1])
        ],
        axis=2,
    )
    gradient = network.input_gradient(rows)
    if data == "breast_cancer":
        assert gradient.shape == rows.shape
        differences = gradient[:, np.newaxis]
    else:
        assert gradient.shape == (5, 3, X.shape[1])
        differences = gradient[:, 1:] - gradient[:, :1]
    np.testing.assert_allclose(differences, expected, rtol=1e-5, atol=1e-7)
    sparse = network.input_gradient(scipy.sparse.csr_array(rows))
    np.testing.assert_allclose(sparse, gradient, rtol=1e-12)


def test_the_input_gradient_of_a_linear_model_is_its_weights(bundled):
    X, y = bundled("diabetes")
    network = MLPRegressor(hidden_layer_sizes=(), max_iter=2).fit(X, y)
    expected = np.broadcast_to(network.coefs_[0][:, 0], X.shape)
    np.testing.assert_array_equal(network.input_gradient(X), expected)

"""The callback that looks at layers while a network learns."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from versions import needs_callbacks

from skmlp import MLPClassifier, MLPRegressor
from skmlp.diagnosis import Watch
from skmlp.diagnosis.evidence import Evidence

pytestmark = [
    needs_callbacks,
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
X, y = load_digits(return_X_y=True)
X, y = X[:300] / 16, y[:300]


def test_it_records_every_kth_epoch():
    watch = Watch(every=3, n_rows=100)
    network = MLPClassifier((8, 6), max_iter=10, random_state=0)
    network.set_callbacks(watch).fit(X, y)
    assert [record.epoch for record in watch.records_] == [3, 6, 9]
    assert all(len(record.layers) == 3 for record in watch.records_)
    assert np.isnan(watch.records_[0].updates).all()
    assert watch.finding_ is None


def test_the_facts_are_those_of_a_fit_of_so_many_epochs():
    watch = Watch(n_rows=300)
    settings = {"hidden_layer_sizes": (8,), "random_state": 0}
    MLPClassifier(max_iter=5, **settings).set_callbacks(watch).fit(X, y)
    fits = [MLPClassifier(max_iter=n, **settings).fit(X, y) for n in (4, 5)]
    assert watch.records_[-1].layers == Evidence(fits[1], X, y).layers
    for layer, update in enumerate(watch.records_[-1].updates):
        old, new = (fit.coefs_[layer] for fit in fits)
        expected = np.linalg.norm(new - old) / np.linalg.norm(new)
        np.testing.assert_allclose(update, expected, rtol=1e-12)


def test_it_stops_at_a_finding():
    watch = Watch(stop_at="vanishing gradients")
    network = MLPClassifier((10,) * 7, activation="logistic", random_state=0)
    network.set_callbacks(watch).fit(X, y)
    assert network.n_iter_ == 1
    assert watch.finding_.name == "vanishing gradients"


def test_a_new_fit_begins_new_records():
    watch = Watch()
    network = MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, random_state=0)
    network.set_callbacks(watch)
    for _ in range(2):
        network.fit(X, y / 10)
        assert [record.epoch for record in watch.records_] == [1, 2, 3]


def test_watching_changes_no_fit():
    fits = [MLPClassifier((8,), max_iter=4, random_state=0) for _ in range(2)]
    fits[0].set_callbacks(Watch())
    ours, theirs = (fit.fit(X, y).coefs_ for fit in fits)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("wrong", [{"every": 0}, {"n_rows": 0}, {"every": 1.5}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="has to be an int of at least 1"):
        Watch(**wrong)

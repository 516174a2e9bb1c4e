"""Tables of an inference as text and data frames, and a pickled inference."""

import pickle

import numpy as np
import pandas as pd
import pytest
from logistic_samples import binary, infer, multinomial
from numpy.testing import assert_allclose


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
    X, y = multinomial(rng)
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


@pytest.mark.parametrize("make", [binary, multinomial])
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
        # In the table z is the ratio, and the limits enclose the estimate.
        assert_allclose(cells[:, 0] / cells[:, 1], cells[:, 2], rtol=0.05)
        assert np.all((cells[:, 4] < cells[:, 0]) & (cells[:, 0] < cells[:, 5]))
        if values is not None:
            column = ours.terms.index("b")
            assert_allclose(cells[:, 0], values[0][:, column], rtol=0.01)
            assert_allclose(cells[:, 1], values[1][:, column], rtol=0.01)
        rules = {len(line) for line in text.splitlines() if set(line) <= set("=-")}
        assert len(rules) == 1
    assert len(repr(ours).splitlines()) == 1


def test_an_inference_survives_pickling(rng):
    X, y = multinomial(rng)
    ours = infer(X, y)
    again = pickle.loads(pickle.dumps(ours))
    assert str(again) == str(ours)
    assert str(again.likelihood_ratio_test([0])) == str(ours.likelihood_ratio_test([0]))

"""The compiled epoch of perceptrons does what the reference does."""

import numpy as np
import pytest
import scipy.sparse
from kernel_runs import DTYPES
from kernel_tuples import bundled

from skmlp._kernels import reference

compiled = pytest.importorskip(
    "skmlp._kernels.compiled", reason="built without a C compiler"
)


def perceptron_state(
    dtype, layout, n_units, penalised, *, joint=False, averaged=True, n_features=9
):
    """Arguments of perceptron_epoch by name, and the names of what it changes."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, n_features)).astype(dtype)
    X[rng.random(X.shape) < 0.4] = 0
    X[3] = 0  # a tie at every visit but for the intercept
    X[4] *= 1000
    rows = dict.fromkeys(("dense", "values", "indices", "starts"))
    if layout == "dense":
        rows["dense"] = X
    else:
        csr = scipy.sparse.csr_array(X)
        indices, starts = csr.indices.astype(np.int32), csr.indptr.astype(np.int32)
        rows |= {"values": csr.data, "indices": indices, "starts": starts}
    active = [joint or k != 1 for k in range(n_units)]
    sums = {
        "weight_sums": np.ones((n_units, n_features)) if averaged else None,
        "intercept_sums": np.ones(n_units) if averaged else None,
    }
    changed = {
        "weights": np.zeros((n_units, n_features), dtype),
        "intercepts": np.zeros(n_units, dtype),
        "l1_due": np.zeros(n_units, dtype),
        "l1_paid": np.zeros((n_units, n_features), dtype),
        **sums,
        "losses": np.full(n_units, 7.0),
        "mistakes": np.full(n_units, 7),
    }
    arguments = changed | {
        "active": np.array(active, np.uint8),
        "classes": np.array([1] if n_units == 1 else np.arange(n_units)),
        **rows,
        "labels": rng.integers(max(2, n_units), size=40),
        "order": rng.permutation(40)[:33],
        "sample_weight": rng.uniform(0.5, 2, size=40).astype(dtype),
        "positive": rng.uniform(0.5, 2, size=n_units),
        "negative": rng.uniform(0.5, 2, size=n_units) * (np.arange(n_units) != 5),
        "rate": 0.5,
        # So strong that the scale of the weights is taken into them now and then.
        "decay": 0.5 if penalised else 1.0,
        "l1_step": 0.003 if penalised else 0.0,
        "margin": 0.25 if averaged else 0.0,
        "fit_intercept": True,
        "joint": joint,
    }
    return arguments, [name for name in changed if changed[name] is not None]


PERCEPTRONS = {
    "one unit": {"n_units": 1},
    "four units": {"n_units": 4},
    "seven units": {"n_units": 7, "averaged": False},
    "joint": {"n_units": 4, "joint": True},
    "joint, not averaged": {"n_units": 2, "joint": True, "averaged": False},
}


@pytest.mark.parametrize("penalised", [False, True], ids=["free", "penalised"])
@pytest.mark.parametrize("units", PERCEPTRONS)
@pytest.mark.parametrize("layout", ["dense", "csr"])
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
def test_perceptron_epochs_agree(dtype, layout, units, penalised):
    for n_features in (1, 9, 15, 23, 64):
        results = []
        for kernels in (reference, compiled):
            arguments, changed = perceptron_state(
                dtype,
                layout,
                penalised=penalised,
                n_features=n_features,
                **PERCEPTRONS[units],
            )
            for _ in range(3):
                kernels.perceptron_epoch(**bundled("perceptron_epoch", arguments))
            results.append({name: arguments[name] for name in changed})
        tolerance = 1e-11 if dtype == np.float64 else 2e-3
        theirs, ours = results
        for name in changed:
            assert ours[name].dtype == theirs[name].dtype
            scale = max(1.0, np.abs(theirs[name]).max())
            np.testing.assert_allclose(
                ours[name], theirs[name], rtol=0, atol=tolerance * scale, err_msg=name
            )
        assert ours["mistakes"].sum() > 0


@pytest.mark.parametrize("joint", [False, True], ids=["ovr", "joint"])
@pytest.mark.parametrize("penalised", [False, True], ids=["free", "penalised"])
@pytest.mark.parametrize("layout", ["dense", "csr"])
@pytest.mark.parametrize("kernels", [reference, compiled], ids=lambda k: k.__name__)
def test_sums_of_weights_are_those_of_visits_one_by_one(
    kernels, layout, penalised, joint
):
    settings = {"n_units": 3, "penalised": penalised, "joint": joint}
    whole, _ = perceptron_state(np.float64, layout, **settings)
    kernels.perceptron_epoch(**bundled("perceptron_epoch", whole))
    steps, _ = perceptron_state(np.float64, layout, averaged=False, **settings)
    steps["margin"] = whole["margin"]
    sums, intercept_sums = np.ones_like(steps["weights"]), np.ones(3)
    for row in whole["order"]:
        one_row = bundled("perceptron_epoch", steps | {"order": np.array([row])})
        kernels.perceptron_epoch(**one_row)
        taught = steps["active"] * steps["sample_weight"][row]
        sums += taught[:, np.newaxis] * steps["weights"]
        intercept_sums += taught * steps["intercepts"]
    np.testing.assert_allclose(whole["weights"], steps["weights"], rtol=1e-11)
    if kernels is compiled and not penalised:  # rows by the four, and row by row
        for name in ("weights", "intercepts"):
            np.testing.assert_array_equal(whole[name], steps[name])
    scale = np.abs(sums).max()
    np.testing.assert_allclose(whole["weight_sums"], sums, atol=1e-11 * scale)
    np.testing.assert_allclose(
        whole["intercept_sums"], intercept_sums, atol=1e-11 * scale
    )


@pytest.mark.parametrize("layout", ["dense", "csr"])
def test_a_unit_of_a_perceptron_learns_the_same_bits_in_any_company(layout):
    together, _ = perceptron_state(np.float32, layout, 7, False)
    compiled.perceptron_epoch(**bundled("perceptron_epoch", together))
    per_unit = ("weights", "intercepts", "l1_due", "l1_paid", "weight_sums")
    per_unit += ("intercept_sums", "active", "classes", "positive", "negative")
    per_unit += ("losses", "mistakes")
    for units in (slice(0, 1), slice(1, 3), slice(3, 7)):
        part, changed = perceptron_state(np.float32, layout, 7, False)
        part |= {name: part[name][units] for name in per_unit}
        compiled.perceptron_epoch(**bundled("perceptron_epoch", part))
        for name in changed:
            np.testing.assert_array_equal(part[name], together[name][units])


def test_a_perceptron_epoch_of_no_rows_changes_nothing():
    for kernels in (reference, compiled):
        arguments, _ = perceptron_state(np.float64, "dense", 2, True)
        arguments["order"] = arguments["order"][:0]
        kernels.perceptron_epoch(**bundled("perceptron_epoch", arguments))
        assert not arguments["weights"].any()
        assert not arguments["losses"].any()
        assert not arguments["mistakes"].any()
        np.testing.assert_array_equal(arguments["weight_sums"], 1)

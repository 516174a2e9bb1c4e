"""The compiled epochs of perceptrons do what the reference does."""

import numpy as np
import pytest
import scipy.sparse
from kernel_runs import DTYPES
from kernel_tuples import bundled
from perceptron_progress import progress_of, words_of

from skmlp import _kernels
from skmlp._kernels import reference

compiled = pytest.importorskip(
    "skmlp._kernels.compiled", reason="built without a C compiler"
)


def perceptron_state(
    dtype,
    layout,
    n_units,
    penalised,
    *,
    joint=False,
    averaged=True,
    n_features=9,
    **epochs,
):
    """Arguments of perceptron_epochs by name, and the names of what it changes."""
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
        **progress_of(n_units, joint=joint, averaged=averaged),
    }
    plan = {name: changed.pop(name) for name in _kernels.PerceptronPlan._fields}
    changed["active"] = np.array(active, np.uint8)
    plan |= {"l2": 0.01, "l1": 0.02} if penalised else {}
    arguments = (
        changed
        | plan
        | {
            "words": None,
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
    )
    arguments |= epochs
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
                max_epochs=3,
                curve=np.full(4, -1),
                words=words_of(1),
                **PERCEPTRONS[units],
            )
            changed += ["order", "words"]
            call = bundled("perceptron_epochs", arguments)
            assert kernels.perceptron_epochs(**call) == (3, True)
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
    # A penalty in the objective, and no patience: no unit ends.
    settings = {"n_units": 3, "penalised": penalised, "joint": joint}
    settings |= {"l2": 1.0, "tol": None}
    whole, _ = perceptron_state(np.float64, layout, **settings)
    kernels.perceptron_epochs(**bundled("perceptron_epochs", whole))
    steps, _ = perceptron_state(np.float64, layout, averaged=False, **settings)
    steps["margin"] = whole["margin"]
    sums, intercept_sums = np.ones_like(steps["weights"]), np.ones(3)
    for row in whole["order"]:
        one_row = bundled("perceptron_epochs", steps | {"order": np.array([row])})
        kernels.perceptron_epochs(**one_row)
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
    compiled.perceptron_epochs(**bundled("perceptron_epochs", together))
    per_unit = ("weights", "intercepts", "l1_due", "l1_paid", "weight_sums")
    per_unit += ("intercept_sums", "active", "classes", "positive", "negative")
    per_unit += _kernels.PerceptronProgress._fields[1:]
    for units in (slice(0, 1), slice(1, 3), slice(3, 7)):
        part, changed = perceptron_state(np.float32, layout, 7, False)
        part |= {name: part[name][units] for name in per_unit if part[name] is not None}
        compiled.perceptron_epochs(**bundled("perceptron_epochs", part))
        for name in set(changed) - {"curve"}:
            np.testing.assert_array_equal(part[name], together[name][units])


def test_a_perceptron_epoch_of_no_rows_changes_nothing():
    for kernels in (reference, compiled):
        arguments, _ = perceptron_state(np.float64, "dense", 2, True)
        arguments["order"] = arguments["order"][:0]
        kernels.perceptron_epochs(**bundled("perceptron_epochs", arguments))
        assert not arguments["weights"].any()
        assert not arguments["losses"].any()
        assert not arguments["mistakes"].any()
        np.testing.assert_array_equal(arguments["weight_sums"], 1)


@pytest.mark.parametrize("kernels", [reference, compiled], ids=lambda k: k.__name__)
@pytest.mark.parametrize("n_rows", [0, 1, 2, 33, 1025])
def test_orders_are_those_that_numpy_draws(kernels, n_rows):
    arguments, _ = perceptron_state(np.float64, "dense", 1, True, max_epochs=4)
    order = np.resize(arguments["order"], n_rows)
    arguments |= {
        "order": order.copy(),
        "words": words_of(5),
        "curve": np.zeros(4, int),
    }
    kernels.perceptron_epochs(**bundled("perceptron_epochs", arguments))
    generator = np.random.RandomState(5)
    for _ in range(4):
        order = order[generator.permutation(n_rows)]
    np.testing.assert_array_equal(arguments["order"], order)
    np.testing.assert_array_equal(arguments["words"][:-1], generator.get_state()[1])
    assert arguments["words"][-1] == generator.get_state()[2]


@pytest.mark.parametrize("kernels", [reference, compiled], ids=lambda k: k.__name__)
@pytest.mark.parametrize("joint", [False, True], ids=["ovr", "joint"])
def test_units_end_without_mistakes_and_without_progress(kernels, joint):
    # Two classes that a line separates, and a third amid them.
    x = np.array([[-3.0], [-2.0], [2.0], [3.0], [0.0], [0.1], [-0.1], [0.2]])
    labels = np.array([0, 0, 1, 1, 2, 0, 1, 2])
    changes = {"dense": x, "labels": labels, "order": np.arange(8)}
    changes |= {"sample_weight": np.ones(8)}
    changes |= {"n_features": 1, "joint": joint, "averaged": False, "margin": 0.0}
    changes |= {"n_iter_no_change": 3, "tol": 0.1, "negative": np.ones(3)}
    changes |= {"positive": np.ones(3)}
    state, _ = perceptron_state(np.float64, "dense", 3, False, **changes)
    state["active"][:] = True
    whole = np.zeros(60, dtype=np.int64)
    call = bundled("perceptron_epochs", state | {"max_epochs": 60, "curve": whole})
    n_epochs, is_sound = kernels.perceptron_epochs(**call)
    assert 3 < n_epochs < 60
    assert is_sound
    assert not state["active"].any()
    # The same by one epoch at a time, and by what the docstring says.
    n_counts = 1 if joint else 3
    best, waited, first = np.full(n_counts, np.inf), np.zeros(n_counts), None
    active, curve = np.ones(n_counts, bool), []
    state, _ = perceptron_state(np.float64, "dense", 3, False, **changes)
    state["active"][:] = True
    while active.any():
        one = bundled("perceptron_epochs", state)
        assert kernels.perceptron_epochs(**one) == (1, True)
        assert state["curve"][0] == state["mistakes"].sum()
        curve.append(state["curve"][0])
        mistakes = state["mistakes"].sum() if joint else state["mistakes"]
        costs = state["losses"].sum(keepdims=True) if joint else state["losses"]
        costs = costs / 8
        first = costs if first is None else first
        waited = np.where(costs > best - 0.1 * first, waited + 1, 0)
        best = np.minimum(best, costs)
        active &= (waited < 3) & (mistakes > 0)
        np.testing.assert_array_equal(state["active"], np.broadcast_to(active, 3))
    np.testing.assert_array_equal(whole[:n_epochs], curve)


@pytest.mark.parametrize("kernels", [reference, compiled], ids=lambda k: k.__name__)
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
def test_epochs_end_when_numbers_overflow(kernels, dtype):
    huge = np.finfo(dtype).max
    for spoilt in ("weights", "intercepts", "l1_paid", "weight_sums"):
        arguments, _ = perceptron_state(dtype, "dense", 4, True, max_epochs=1)
        kernels.perceptron_epochs(**bundled("perceptron_epochs", arguments))
        arguments[spoilt][2] = np.inf if spoilt == "weight_sums" else huge
        arguments |= {"rate": huge / 4, "max_epochs": 9, "curve": np.zeros(9, int)}
        call = bundled("perceptron_epochs", arguments)
        with np.errstate(all="ignore"):
            assert kernels.perceptron_epochs(**call) == (1, False)

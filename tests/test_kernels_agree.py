"""The compiled kernels do what the reference does: values, dtypes, side effects."""

import inspect
import itertools
import os
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import scipy.sparse
from component_tables import ACTIVATIONS, LOSSES, n_scores_of, targets_for

from skmlp import _kernels
from skmlp._kernels import reference
from skmlp._kernels import work_sharing as sharing
from skmlp.activations import Activation
from skmlp.losses import CurvedLoss, Loss
from skmlp.network import Network, Noise
from skmlp.objective import EmpiricalRisk
from skmlp.objective import fused as _fused
from skmlp.objective import fused_curvature as _fused_curvature
from skmlp.solvers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    InverseScaling,
    NAdam,
    Restraints,
    RMSprop,
    TrainingState,
    epochs,
)

compiled = pytest.importorskip(
    "skmlp._kernels.compiled", reason="built without a C compiler"
)

whole_runs = pytest.mark.skipif(
    _kernels.Problem is None, reason="SKMLP_KERNELS=reference leaves no whole runs"
)
DTYPES = (np.float32, np.float64)
SIZES = (0, 1, 2, 7, 64, 1001)
UPDATE_RULES = {
    "momentum_step": (
        1,
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": False},
    ),
    "momentum_step, nesterov": (
        1,
        {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
    ),
    "momentum_step, no momentum": (
        1,
        {"learning_rate": 0.1, "momentum": 0.0, "nesterov": True},
    ),
    "adam_step": (
        2,
        {"step_size": 1e-3, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
    ),
    "adam_step, no memory": (
        2,
        {"step_size": 1e-3, "beta_1": 0.0, "beta_2": 0.0, "epsilon": 1e-8},
    ),
    "descent_step": (0, {"learning_rate": 0.1}),
    "amsgrad_step": (
        3,
        {"step_size": 1e-3, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
    ),
    "nadam_step": (
        2,
        {
            "step_size": 1e-3,
            "gradient_step_size": 2e-3,
            "beta_1": 0.9,
            "beta_2": 0.999,
            "epsilon": 1e-8,
        },
    ),
    "rmsprop_step": (
        2,
        {"learning_rate": 1e-3, "decay": 0.9, "momentum": 0.5, "epsilon": 1e-8},
    ),
    "adagrad_step": (1, {"learning_rate": 0.1, "epsilon": 1e-10}),
    "adadelta_step": (2, {"learning_rate": 1.0, "decay": 0.95, "epsilon": 1e-6}),
}


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scale", [0.0, 1.0, 1000.0])
@pytest.mark.parametrize("rule", UPDATE_RULES)
def test_update_rules_agree(rule, scale, size, dtype, rng):
    n_states, settings = UPDATE_RULES[rule]
    name = rule.split(",")[0]
    arrays = [(scale * rng.normal(size=size)).astype(dtype) for _ in range(2)]
    arrays += [
        np.abs(scale * rng.normal(size=size)).astype(dtype) for _ in range(n_states)
    ]
    results = []
    for kernels in (reference, compiled):
        copies = [array.copy() for array in arrays]
        assert getattr(kernels, name)(*copies, **settings) is None
        results.append(copies)
    for ours, theirs in zip(*results, strict=True):
        assert ours.dtype == theirs.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=8 * np.finfo(dtype).eps, atol=0)
    np.testing.assert_array_equal(results[1][1], arrays[1])  # the gradient is kept


# Their twin is the loop over an objective, batch by batch or block by block: below.
WHOLE_RUNS = {"Problem", "curvature_sums", "network_scores", "objective_sums"}
WHOLE_RUNS |= {"train_batches", "Crew"}


def test_every_compiled_kernel_has_a_twin_of_the_same_signature():
    names = {name for name in vars(compiled) if callable(getattr(compiled, name))}
    names = {name for name in names if not name.startswith("_")}
    assert names > WHOLE_RUNS
    for name in names - WHOLE_RUNS:
        ours = inspect.signature(getattr(compiled, name))
        theirs = inspect.signature(getattr(reference, name))
        assert list(ours.parameters) == list(theirs.parameters), name


def test_the_kernels_in_use_are_those_that_were_asked_for():
    choice = os.environ.get("SKMLP_KERNELS", "auto")
    expected = "reference" if choice == "reference" else "compiled"
    assert expected == _kernels.NAME


RULES = {
    "sgd": SGD(nesterov=False),
    "nesterov": SGD(),
    "plain sgd": SGD(momentum=0.0),
    "adam": Adam(),
    "adamw": AdamW(weight_decay=0.1),
    "amsgrad": AMSGrad(),
    "nadam": NAdam(),
    "rmsprop": RMSprop(momentum=0.5),
    "adagrad": Adagrad(),
    "adadelta": Adadelta(),
}
LAYOUTS = {
    "C order": np.ascontiguousarray,
    "Fortran order": np.asfortranarray,
    "every other column": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "read-only": lambda X: np.frombuffer(X.tobytes(), X.dtype).reshape(X.shape),
    "csr": scipy.sparse.csr_array,
    "csr, 64-bit indices": lambda X: with_wide_indices(scipy.sparse.csr_array(X)),
}


CURVED = sorted(name for name in LOSSES if isinstance(LOSSES[name], CurvedLoss))


def with_wide_indices(X):
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


def problem(activation, loss, *, dtype=np.float64, layout="C order", weighted=True):
    rng = np.random.default_rng(0)
    component = LOSSES[loss]
    n, d, K = 53, 6, n_scores_of(component, 3)
    X = np.where(rng.random((n, d)) < 0.3, 0, rng.normal(size=(n, d))).astype(dtype)
    y = targets_for(component, n, 3, rng)
    y = y if y.ndim == 1 else y.astype(dtype)
    return EmpiricalRisk(
        network=Network((d, 7, 5, K), (ACTIVATIONS[activation],) * 2),
        loss=component,
        X=LAYOUTS[layout](X),
        y=y,
        sample_weight=rng.uniform(0.2, 2, size=n).astype(dtype) if weighted else None,
        alpha=0.1,
    )


def trained(objective, rule, n_epochs, batch_size, shuffle=True, **settings):
    generator = np.random.RandomState(0)
    dtype = objective.X.dtype
    parameters = 0.4 * generator.normal(size=objective.network.n_parameters)
    parameters = parameters.astype(dtype)
    rows = np.arange(objective.n_rows)
    state = TrainingState(parameters, rule.init(parameters), generator, rows)
    records = list(
        islice(
            epochs(
                objective,
                state,
                rule,
                InverseScaling(0.1),
                learning_rate=0.02,
                batch_size=batch_size,
                shuffle=shuffle,
                **settings,
            ),
            n_epochs,
        )
    )
    return state, [record.loss for record in records]


def both(monkeypatch, make, run):
    """What `run` gives in one call, and batch by batch."""
    fused = run(make())
    with monkeypatch.context() as context:
        context.setattr("skmlp.objective.empirical_risk.fuse", lambda *arguments: None)
        separate = run(make())
    return fused, separate


@whole_runs
@pytest.mark.parametrize(
    ("activation", "loss", "rule"),
    [
        *((activation, "squared_error", "sgd") for activation in ACTIVATIONS),
        *(("tanh", loss, "sgd") for loss in LOSSES),
        *(("relu", "multinomial_log_loss", rule) for rule in RULES),
        *(("logistic", "poisson", rule) for rule in RULES),
    ],
)
def test_runs_of_batches_agree_after_one_epoch_and_after_ten(
    activation, loss, rule, monkeypatch
):
    for n_epochs, tolerance in ((1, 1e-12), (10, 1e-6)):
        fused, separate = both(
            monkeypatch,
            lambda: problem(activation, loss),
            lambda objective, n=n_epochs: trained(objective, RULES[rule], n, 8),
        )
        scale = np.abs(separate[0].parameters).max()
        np.testing.assert_allclose(
            fused[0].parameters, separate[0].parameters, rtol=0, atol=tolerance * scale
        )
        np.testing.assert_allclose(fused[1], separate[1], rtol=tolerance)
        for key, ours in fused[0].rule_state.items():
            np.testing.assert_allclose(
                ours, separate[0].rule_state[key], rtol=tolerance, atol=tolerance
            )


# l1 of the objective, and bounds of the steps.
HELD_BACK = {
    "l1": (0.3, Restraints()),
    "clipped by value": (0.0, Restraints(clip_value=0.05)),
    "clipped by norm": (0.0, Restraints(clip_norm=0.3)),
    "max-norm": (0.0, Restraints(max_norm=1.0)),
    "all": (0.2, Restraints(clip_value=0.1, clip_norm=0.5, max_norm=1.5)),
}


@whole_runs
@pytest.mark.parametrize("held_back", HELD_BACK)
@pytest.mark.parametrize("rule", RULES)
def test_restrained_runs_agree_after_one_epoch_and_after_ten(
    rule, held_back, monkeypatch
):
    l1, restraints = HELD_BACK[held_back]
    free, _ = trained(problem("tanh", "multinomial_log_loss"), RULES[rule], 1, 8)
    for n_epochs, tolerance in ((1, 1e-12), (10, 1e-6)):
        fused, separate = both(
            monkeypatch,
            lambda: replace(problem("tanh", "multinomial_log_loss"), l1=l1),
            lambda objective, n=n_epochs: trained(
                objective, RULES[rule], n, 8, restraints=restraints
            ),
        )
        np.testing.assert_allclose(
            fused[0].parameters, separate[0].parameters, rtol=0, atol=tolerance
        )
        np.testing.assert_allclose(fused[1], separate[1], rtol=tolerance)
        assert np.abs(fused[0].parameters - free.parameters).max() > 1e-5


NOISE = {
    "dropout": Noise((0.0, 0.5, 0.5)),
    "dropout of the first layer": Noise((0.0, 0.3, 0.0)),
    "input dropout": Noise((0.4, 0.0, 0.0)),
    "input noise": Noise((0.0, 0.0, 0.0), 0.5),
    "all": Noise((0.2, 0.1, 0.3), 0.2),
}


def noisy(noise, activation="tanh", **settings):
    objective = problem(activation, "multinomial_log_loss", **settings)
    return replace(objective, network=replace(objective.network, noise=noise))


@whole_runs
@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("rule", RULES)
def test_noisy_runs_agree_after_one_epoch_and_after_ten(rule, noise, monkeypatch):
    for n_epochs, tolerance in ((1, 1e-12), (10, 1e-6)):
        fused, separate = both(
            monkeypatch,
            lambda: noisy(NOISE[noise]),
            lambda objective, n=n_epochs: trained(objective, RULES[rule], n, 8),
        )
        np.testing.assert_allclose(
            fused[0].parameters, separate[0].parameters, rtol=0, atol=tolerance
        )
        np.testing.assert_allclose(fused[1], separate[1], rtol=tolerance)


@whole_runs
@pytest.mark.parametrize("noise", NOISE)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_noisy_runs_agree_for_every_layout_and_part(layout, noise, monkeypatch):
    if "csr" in layout and NOISE[noise].input_noise:
        pytest.skip("noise leaves no zeros")
    results = {}
    for n_parts in (1, 3):
        monkeypatch.setattr(_kernels, "batch_parts", lambda *shape, n=n_parts: n)
        for dtype, shuffle in itertools.product(DTYPES, (True, False)):
            fused, separate = both(
                monkeypatch,
                lambda dtype=dtype: noisy(
                    NOISE[noise], "mish", dtype=dtype, layout=layout
                ),
                lambda objective, shuffle=shuffle: trained(
                    objective, SGD(), 2, 7, shuffle
                ),
            )
            tolerance = 1e-12 if dtype == np.float64 else 5e-5
            np.testing.assert_allclose(
                fused[0].parameters, separate[0].parameters, rtol=0, atol=tolerance
            )
            # Parts add up in another order, but draw the same numbers.
            first = results.setdefault((dtype, shuffle), fused[0].parameters)
            np.testing.assert_allclose(first, fused[0].parameters, atol=tolerance)


@whole_runs
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("n_parts", [1, 3])
def test_restrained_runs_agree_in_stages_and_parts(n_parts, dtype, monkeypatch, rng):
    monkeypatch.setattr(_kernels, "batch_parts", lambda *shape: n_parts)
    X, y = rng.normal(size=(30, 9)).astype(dtype), rng.integers(4, size=30)
    network = Network((9, 70, 40, 4), (Activation.table["relu"](),) * 2)
    loss = Loss.table["multinomial_log_loss"]()
    restraints = Restraints(clip_value=0.05, clip_norm=0.4, max_norm=1.2)
    fused, separate = both(
        monkeypatch,
        lambda: EmpiricalRisk(network, loss, X, y, alpha=0.1, l1=0.02),
        lambda objective: trained(
            objective, AdamW(weight_decay=0.3), 2, 7, restraints=restraints
        ),
    )
    tolerance = 1e-12 if dtype == np.float64 else 2e-5
    np.testing.assert_allclose(
        fused[0].parameters, separate[0].parameters, rtol=0, atol=tolerance
    )
    np.testing.assert_allclose(fused[1], separate[1], rtol=tolerance)
    assert network.n_parameters > 3000


@whole_runs
@pytest.mark.parametrize("batch_size", [1, 2, 4, 5, 53])
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_runs_of_batches_agree_for_every_layout(
    layout, weighted, batch_size, monkeypatch
):
    for dtype, shuffle in itertools.product(DTYPES, (True, False)):
        fused, separate = both(
            monkeypatch,
            lambda dtype=dtype: problem(
                "tanh",
                "multinomial_log_loss",
                dtype=dtype,
                layout=layout,
                weighted=weighted,
            ),
            lambda objective, shuffle=shuffle: trained(
                objective, SGD(), 2, batch_size, shuffle
            ),
        )
        assert fused[0].parameters.dtype == dtype
        tolerance = 1e-12 if dtype == np.float64 else 2e-5
        np.testing.assert_allclose(
            fused[0].parameters, separate[0].parameters, rtol=0, atol=tolerance
        )


@whole_runs
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("loss", LOSSES)
def test_sums_over_all_rows_agree(loss, layout, dtype, monkeypatch):
    monkeypatch.setattr(_fused.FusedProblem, "block_rows", lambda self: 17)
    fused, separate = both(
        monkeypatch,
        lambda: problem("relu", loss, dtype=dtype, layout=layout),
        lambda objective: objective.value_and_gradient(
            np.random.default_rng(1).normal(size=objective.network.n_parameters)
        ),
    )
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    assert fused[0] == pytest.approx(separate[0], rel=tolerance)
    assert fused[1].dtype == separate[1].dtype == np.float64
    scale = np.abs(separate[1]).max()
    np.testing.assert_allclose(fused[1], separate[1], rtol=0, atol=tolerance * scale)


@whole_runs
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("layout", ["C order", "every other column", "csr"])
@pytest.mark.parametrize(
    "sizes", [(33, 1), (40, 5), (32, 8), (40, 9), (12, 21), (9, 47, 1)]
)
def test_layers_of_few_outputs_agree(sizes, layout, dtype, monkeypatch, rng):
    monkeypatch.setattr(_fused.FusedProblem, "block_rows", lambda self: 19)
    X = rng.normal(size=(63, sizes[0])).astype(dtype)
    y = (rng.random((63, sizes[-1])) < 0.5).astype(dtype)
    weight = rng.uniform(0.2, 2, size=63).astype(dtype)
    parameters = 0.3 * rng.normal(size=Network(sizes).n_parameters)

    def run(objective):
        state, losses = trained(objective, SGD(), 2, 20, shuffle=False)
        value, gradient = objective.value_and_gradient(parameters)
        return np.r_[value, gradient], state.parameters, np.array(losses)

    for sample_weight in (None, weight):
        fused, separate = both(
            monkeypatch,
            lambda sample_weight=sample_weight: EmpiricalRisk(
                Network(sizes, (Activation.table["tanh"](),) * (len(sizes) - 2)),
                Loss.table["binary_log_loss"](),
                LAYOUTS[layout](X),
                y,
                sample_weight,
            ),
            run,
        )
        tolerance = 1e-12 if dtype == np.float64 else 1e-5
        for ours, theirs in zip(fused, separate, strict=True):
            scale = np.abs(theirs).max()
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * scale)


@whole_runs
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_scores_agree(activation, layout, dtype, monkeypatch):
    monkeypatch.setattr(_fused.FusedProblem, "block_rows", lambda self: 17)
    objective = problem(activation, "squared_error", dtype=dtype, layout=layout)
    network = objective.network
    parameters = np.random.default_rng(1).normal(size=network.n_parameters)
    parameters = parameters.astype(dtype)
    theirs = network.scores(*network.unflatten(parameters), objective.X)
    ours = _fused.fuse(network, objective.loss, objective.X).scores(parameters)
    assert ours.dtype == theirs.dtype == dtype
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=64 * np.finfo(dtype).eps)


def with_a_repeated_entry(X):
    """CSR with entries out of order, and one of them in two pieces."""
    X = scipy.sparse.csr_array(X)
    X.indices, X.data = X.indices[::-1].copy(), X.data[::-1].copy()
    X.indptr = np.int32(X.nnz) - X.indptr[::-1]
    values, places, starts = X.data, X.indices, X.indptr
    halves = np.r_[values[:1] / 2, values[:1] / 2, values[1:]]
    starts = np.r_[starts[:1], starts[1:] + (starts[1:] > 0)]
    return scipy.sparse.csr_array((halves, np.r_[places[:1], places], starts), X.shape)


CURVATURE_LAYOUTS = {
    **LAYOUTS,
    "csr, few entries": lambda X: scipy.sparse.csr_array(np.where(X > 1, X, 0)),
    "csr, repeated entry": lambda X: with_a_repeated_entry(np.where(X > 0, X, 0)),
    "csr, few entries, one repeated": lambda X: with_a_repeated_entry(
        np.where(X > 1, X, 0)
    ),
}


@whole_runs
@pytest.mark.parametrize("part", [200, 10**9], ids=["many parts", "one part"])
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("layout", CURVATURE_LAYOUTS)
@pytest.mark.parametrize("loss", CURVED)
def test_hessians_agree(loss, layout, dtype, part, monkeypatch):
    monkeypatch.setattr(sharing, "PART", part)
    settings = itertools.product((8, 10**6), (True, False), (True, False))
    for range_rows, weighted, has_intercepts in settings:
        monkeypatch.setattr(_fused_curvature, "_RANGE_ROWS", range_rows)

        def make(weighted=weighted, has_intercepts=has_intercepts):
            deep = problem("relu", loss, dtype=dtype, weighted=weighted)
            return EmpiricalRisk(
                network=Network((6, 3), has_intercepts=has_intercepts),
                loss=deep.loss,
                X=CURVATURE_LAYOUTS[layout](deep.X),
                y=deep.y,
                sample_weight=deep.sample_weight,
                alpha=0.1,
            )

        fused, separate = both(
            monkeypatch,
            make,
            lambda objective: objective.hessian(
                np.random.default_rng(3).normal(size=objective.network.n_parameters)
            ),
        )
        assert fused.dtype == separate.dtype == np.float64
        np.testing.assert_array_equal(fused, fused.T)
        tolerance = 1e-13 if dtype == np.float64 else 2e-6
        scale = np.abs(separate).max()
        np.testing.assert_allclose(fused, separate, rtol=0, atol=tolerance * scale)


@whole_runs
@pytest.mark.parametrize("size", [0.0, 1e-8, 30.0, 1000.0])
@pytest.mark.parametrize("loss", CURVED)
def test_hessians_agree_at_scores_of_any_size(loss, size, monkeypatch):
    def run(objective):
        linear = EmpiricalRisk(
            Network((6, 3)), objective.loss, objective.X, objective.y
        )
        parameters = size * np.random.default_rng(2).normal(size=21)
        with np.errstate(over="ignore", invalid="ignore"):
            return linear.hessian(parameters)

    fused, separate = both(monkeypatch, lambda: problem("relu", loss), run)
    assert np.isfinite(fused).all() == np.isfinite(separate).all()
    if np.isfinite(separate).all():  # e^1000 is not
        scale = np.abs(separate).max()
        np.testing.assert_allclose(fused, separate, rtol=0, atol=1e-13 * scale)


@whole_runs
@pytest.mark.parametrize("size", [0.0, 1e-8, 0.3, 1.0, 30.0, 1000.0])
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_agree_at_scores_of_any_size(loss, size, monkeypatch):
    n_scores = n_scores_of(LOSSES[loss], 3)

    def run(objective):
        network = Network((6, n_scores))
        linear = EmpiricalRisk(network, objective.loss, objective.X, objective.y)
        weights = np.random.default_rng(2).normal(size=(6, n_scores))
        with np.errstate(over="ignore", invalid="ignore"):
            parameters = network.flatten([size * weights], [np.zeros(n_scores)])
            return linear.value_and_gradient(parameters)

    fused, separate = both(monkeypatch, lambda: problem("relu", loss), run)
    np.testing.assert_allclose(fused[0], separate[0], rtol=1e-12)
    np.testing.assert_allclose(fused[1], separate[1], rtol=1e-10, atol=1e-12)


@whole_runs
def test_a_subclass_of_a_built_in_component_keeps_its_own_meaning(rng):
    class Reversed(Activation.table["relu"]):
        def forward(self, z):
            a, pullback = super().forward(-z)
            return a, lambda a_gradient: -pullback(a_gradient)

    X = rng.normal(size=(5, 2))
    loss = Loss.table["squared_error"]()
    assert _fused.fuse(Network((2, 3, 1), (Reversed(),)), loss, X) is None
    built_in = Network((2, 3, 1), (Activation.table["relu"](),))
    assert _fused.fuse(built_in, loss, X) is not None


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
                kernels.perceptron_epoch(**arguments)
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
    kernels.perceptron_epoch(**whole)
    steps, _ = perceptron_state(np.float64, layout, averaged=False, **settings)
    steps["margin"] = whole["margin"]
    sums, intercept_sums = np.ones_like(steps["weights"]), np.ones(3)
    for row in whole["order"]:
        kernels.perceptron_epoch(**steps | {"order": np.array([row])})
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
    compiled.perceptron_epoch(**together)
    per_unit = ("weights", "intercepts", "l1_due", "l1_paid", "weight_sums")
    per_unit += ("intercept_sums", "active", "classes", "positive", "negative")
    per_unit += ("losses", "mistakes")
    for units in (slice(0, 1), slice(1, 3), slice(3, 7)):
        part, changed = perceptron_state(np.float32, layout, 7, False)
        part |= {name: part[name][units] for name in per_unit}
        compiled.perceptron_epoch(**part)
        for name in changed:
            np.testing.assert_array_equal(part[name], together[name][units])


def test_a_perceptron_epoch_of_no_rows_changes_nothing():
    for kernels in (reference, compiled):
        arguments, _ = perceptron_state(np.float64, "dense", 2, True)
        arguments["order"] = arguments["order"][:0]
        kernels.perceptron_epoch(**arguments)
        assert not arguments["weights"].any()
        assert not arguments["losses"].any()
        assert not arguments["mistakes"].any()
        np.testing.assert_array_equal(arguments["weight_sums"], 1)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (40, 7, 1), (40, 7, 3), (33, 1, 4)])
@pytest.mark.parametrize("bounded", [False, True], ids=["free", "bounded"])
@pytest.mark.parametrize("scale", [1.0, 1000.0])
def test_coordinate_sweeps_agree(scale, bounded, shape, sparse, rng):
    n, m, K = shape
    columns = np.where(rng.random((m, n)) < 0.4, 0, scale * rng.normal(size=(m, n)))
    columns[0] = 0  # a column without entries is not moved
    gradient = rng.normal(size=(m, K))
    if K > 1:  # else a shift of all outputs lowers the model without end
        gradient -= gradient.mean(axis=1, keepdims=True)
    mean = np.zeros((1, n)) if K == 1 else rng.dirichlet(np.ones(K), size=n).T.copy()
    arrays = {
        "mean": mean,
        "curvature": rng.random((K, n)) / n,
        "gradient": scale * gradient,
        "parameters": rng.normal(size=(m, K)) / scale,
        "l1": scale * rng.random(m),
        "l2": np.zeros(m),
        "lower": np.full((m, K), -0.5 / scale if bounded else -np.inf),
        "upper": np.full((m, K), 0.1 / scale if bounded else np.inf),
        "step_scores": np.zeros((K, n)),
        "order": rng.permutation(m),
    }
    matrix = scipy.sparse.csr_array(columns)
    data = as_columns(matrix) if sparse else (columns, None, None, None)
    results = []
    for kernels in (reference, compiled):
        copies = {name: array.copy() for name, array in arrays.items()}
        answer = kernels.coordinate_sweeps(
            *data, *copies.values(), share=1e-20, max_sweeps=300, fallen=1e-3
        )
        results.append((answer, copies))
    (theirs, their_arrays), (ours, our_arrays) = results
    # The model is least to 20 digits, so the parameters are to 10; the last visits are
    # those of rounding errors.
    assert abs(ours[0] - theirs[0]) <= 5
    assert ours[2] == pytest.approx(theirs[2], rel=1e-9)
    for name, before in arrays.items():
        size = np.abs(their_arrays[name][np.isfinite(before)]).max(initial=0.0)
        tolerance = {"rtol": 1e-9, "atol": 1e-9 * size}
        np.testing.assert_allclose(our_arrays[name], their_arrays[name], **tolerance)
        if name not in ("parameters", "step_scores"):
            np.testing.assert_array_equal(their_arrays[name], before)
    moved = their_arrays["parameters"] - arrays["parameters"]
    np.testing.assert_allclose(
        their_arrays["step_scores"], moved.T @ columns, atol=1e-9
    )


def as_columns(rows):
    """Rows of a CSR matrix as the columns that kernels take."""
    starts = rows.indptr.astype(np.int64)
    return rows.data, rows.indices.astype(np.int32), starts[:-1], starts[1:]


def test_coordinate_sweeps_stop_after_as_many_visits_as_allowed(rng):
    columns = rng.normal(size=(6, 30)) + 2  # which depend on each other
    curvature, gradient = np.full((1, 30), 0.1), rng.normal(size=(6, 1))
    none, zeros, order = np.full((6, 1), np.inf), np.zeros(6), rng.permutation(6)
    for most, share in itertools.product((1, 2, 7, 8, 40), (0.0, 0.1)):
        found = []
        for kernels in (reference, compiled):
            theta, steps = np.zeros((6, 1)), np.zeros((1, 30))
            answer = kernels.coordinate_sweeps(
                columns, None, None, None, np.zeros((1, 30)), curvature, gradient,
                theta, zeros + 0.01, zeros, -none, none, steps, order,
                share=share, max_sweeps=most,
            )  # fmt: skip
            assert answer[0] <= most
            np.testing.assert_allclose(steps[0], theta[:, 0] @ columns)
            found.append((*answer, theta))
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("shape", [(0, 3, 2), (1, 1, 1), (53, 9, 1), (53, 9, 3)])
def test_products_of_columns_agree(shape, rng):
    n, m, K = shape
    columns = np.where(rng.random((m, n)) < 0.4, 0, rng.normal(size=(m, n)))
    pull = rng.normal(size=(K, n))
    expected = columns @ pull.T
    for data in (
        (columns, None, None, None),
        as_columns(scipy.sparse.csr_array(columns)),
    ):
        for kernels in (reference, compiled):
            products = kernels.column_products(*data, pull)
            np.testing.assert_allclose(products, expected, rtol=1e-12, atol=1e-14)
    nothing = (columns.ravel(), np.zeros(0, np.int32), *np.zeros((2, 0), np.int64))
    assert compiled.column_products(*nothing, pull).shape == (0, K)
    assert reference.column_products(*nothing, pull).shape == (0, K)


@pytest.mark.parametrize("bounded", [False, True], ids=["free", "bounded"])
@pytest.mark.parametrize("shape", [(0, 1), (1, 1), (60, 1), (60, 3)])
def test_violations_agree_and_are_the_slopes_of_the_objective(shape, bounded, rng):
    m = shape[0]
    theta = rng.choice([-0.5, 0.0, 0.25, 1.5], size=shape)
    gradient = rng.normal(size=shape)
    l1, l2 = rng.choice([0.0, 0.7], size=m), rng.choice([0.0, 0.3], size=m)
    lower = np.full(shape, -0.5 if bounded else -np.inf)
    upper = np.full(shape, 1.5 if bounded else np.inf)
    arrays = (gradient, theta, l1, l2, lower, upper)
    found = [kernels.violations(*arrays) for kernels in (reference, compiled)]
    np.testing.assert_array_equal(*found)

    def objective(values):
        smooth = gradient * values + 0.5 * l2[:, None] * values**2
        return smooth + l1[:, None] * np.abs(values)

    step, expected = 1e-7, np.zeros(shape)
    for sign, bound in ((1, upper), (-1, lower)):
        fall = (objective(theta) - objective(theta + sign * step)) / step
        expected = np.maximum(expected, np.where(theta == bound, 0, fall))
    np.testing.assert_allclose(found[0], expected, atol=1e-6)


@pytest.mark.parametrize("scale", [1, 1000])
@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (1, 200), (5, 77), (2, 0)])
def test_log_losses_of_scores_agree(shape, scale, rng):
    K, n = shape
    scores = scale * rng.normal(size=shape)
    targets = rng.dirichlet(np.ones(K + 1), size=n).T[:K].copy()
    targets[:, ::3] = np.eye(K + 1)[:K, :1]
    if K > 1:
        targets /= np.maximum(targets.sum(axis=0), 1e-300)
    weight, found = rng.random(n), []
    for kernels in (reference, compiled):
        mean, pull = np.full(shape, np.nan), np.full(shape, np.nan)
        loss = kernels.log_loss(scores, targets, weight, mean, pull)
        assert np.all((mean >= 0) & (mean <= 1))
        found.append((loss, mean, pull))
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-13, atol=1e-15)


DENSE_LAYOUTS = {name: LAYOUTS[name] for name in LAYOUTS if not name.startswith("csr")}


@pytest.mark.parametrize("single", [False, True], ids=["double", "single"])
@pytest.mark.parametrize(
    "shape", [(0, 3), (1, 3), (40, 1), (700, 70), (4500, 6)], ids=str
)
@pytest.mark.parametrize("layout", DENSE_LAYOUTS)
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
def test_class_moments_agree(dtype, layout, shape, single, rng):
    offset = 1000 * rng.normal(size=(4, shape[1]))
    labels = rng.integers(3, size=shape[0])  # none of the fourth class
    X = DENSE_LAYOUTS[layout]((rng.normal(size=shape) + offset[labels]).astype(dtype))
    weights = np.where(rng.random(shape[0]) < 0.1, 0, rng.uniform(0.2, 2, shape[0]))
    arguments = [X, labels, weights, offset]
    kept = [array.copy() for array in arguments]
    theirs, ours = (
        kernels.class_moments(*arguments, single=single)
        for kernels in (reference, compiled)
    )
    # A sum of products is as exact as the terms are, on the scale of its columns.
    deviations = np.sqrt(np.diag(theirs[2]))
    scales = (
        1,
        np.sqrt(theirs[0])[:, None] * deviations,
        np.outer(deviations, deviations),
    )
    tolerances = (1e-14, 1e-14, 1e-6 if single else 1e-13)
    for a, b, scale, rtol in zip(ours, theirs, scales, tolerances, strict=True):
        assert a.dtype == b.dtype == np.float64
        assert a.shape == b.shape
        assert np.all(np.abs(a - b) <= rtol * np.maximum(scale, np.abs(b)))
    for before, after in zip(kept, arguments, strict=True):
        np.testing.assert_array_equal(before, after)


def test_class_moments_of_values_that_overflow_are_not_finite():
    X, labels = np.full((3, 2), 1e200), np.zeros(3, int)
    with np.errstate(over="ignore"):
        for kernels in (reference, compiled):
            scatter = kernels.class_moments(X, labels, np.ones(3), np.zeros((1, 2)))[2]
            assert not np.isfinite(scatter).any()


PLACES = [0, 1e-30, 1e-8, 0.01, 0.3, 0.49, 0.5, 0.51, 1, 2, 5, 9, 20, 40, 1000]


@whole_runs
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_and_their_pullbacks_agree_at_inputs_of_any_size(activation, dtype):
    z = np.r_[-np.flip(PLACES), PLACES].astype(dtype)
    component = ACTIVATIONS[activation]
    network = Network((1, 1, 1), (component,))
    loss = Loss.table["squared_error"]()
    a, pullback = component.forward(z[:, None])
    slopes = pullback(np.ones_like(a))
    assert a.dtype == slopes.dtype == dtype
    parameters = np.array([1, 1, 0, 0], dtype=dtype)  # two weights, two intercepts
    ours = _fused.fuse(network, loss, z[:, None]).scores(parameters)
    tolerance = {"rtol": 8 * np.finfo(dtype).eps, "atol": 4 * np.finfo(dtype).eps}
    np.testing.assert_allclose(ours, a, **tolerance)
    for row in range(len(z)):  # its gradient by the first intercept is dσ/dz
        y = (a[row] - 1).astype(np.float64)[:, None]
        one = EmpiricalRisk(network, loss, z[row, None, None], y.astype(dtype))
        _, gradient = one.value_and_gradient(parameters)
        residual = float(ours[row, 0]) - float(y.astype(dtype)[0, 0])
        np.testing.assert_allclose(gradient[2], residual * slopes[row], **tolerance)


@whole_runs
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
@pytest.mark.parametrize("loss", LOSSES)
def test_losses_agree_at_ties(loss, dtype, monkeypatch):
    component = LOSSES[loss]
    y = targets_for(component, 40, 3, np.random.default_rng(0))
    # Scores that equal the targets, one another, or lie on the margin.
    if y.ndim == 1:
        scores = np.arange(3)[None, :] == y[:, None]
        scores = np.where(np.arange(40)[:, None] % 2, scores, 0)
    else:
        scores = np.repeat(y, component.scores_per_target, axis=1)
    scores = scores.astype(dtype)

    def make():
        n_scores = scores.shape[1]
        targets = y if y.ndim == 1 else y.astype(dtype)
        return EmpiricalRisk(Network((n_scores, n_scores)), component, scores, targets)

    n_scores = scores.shape[1]
    parameters = np.r_[np.eye(n_scores).ravel(), np.zeros(n_scores)].astype(dtype)
    fused, separate = both(
        monkeypatch, make, lambda objective: objective.value_and_gradient(parameters)
    )
    tolerance = 1e-13 if dtype == np.float64 else 2e-6
    np.testing.assert_allclose(fused[0], separate[0], rtol=tolerance)
    np.testing.assert_allclose(fused[1], separate[1], rtol=0, atol=30 * tolerance)

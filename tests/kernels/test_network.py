"""Training, sums and scores of networks: whole runs in C against batch by batch."""

import itertools
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from component_tables import ACTIVATIONS, LOSSES, WITH_KERNELS
from kernel_runs import DTYPES, LAYOUTS, both, problem, whole_runs

from skmlp import _kernels
from skmlp.activations import Activation
from skmlp.losses import Loss
from skmlp.network import Network, Noise
from skmlp.network.fused import FusedProblem, fuse
from skmlp.objective import EmpiricalRisk
from skmlp.solvers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    AMSGrad,
    InverseScaling,
    NAdam,
    RMSprop,
    StepBounds,
    TrainingState,
    epochs,
)

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
    "l1": (0.3, StepBounds()),
    "clipped by value": (0.0, StepBounds(clip_value=0.05)),
    "clipped by norm": (0.0, StepBounds(clip_norm=0.3)),
    "max-norm": (0.0, StepBounds(max_norm=1.0)),
    "all": (0.2, StepBounds(clip_value=0.1, clip_norm=0.5, max_norm=1.5)),
}


@whole_runs
@pytest.mark.parametrize("held_back", HELD_BACK)
@pytest.mark.parametrize("rule", RULES)
def test_restrained_runs_agree_after_one_epoch_and_after_ten(
    rule, held_back, monkeypatch
):
    l1, step_bounds = HELD_BACK[held_back]
    free, _ = trained(problem("tanh", "multinomial_log_loss"), RULES[rule], 1, 8)
    for n_epochs, tolerance in ((1, 1e-12), (10, 1e-6)):
        fused, separate = both(
            monkeypatch,
            lambda: replace(problem("tanh", "multinomial_log_loss"), l1=l1),
            lambda objective, n=n_epochs: trained(
                objective, RULES[rule], n, 8, step_bounds=step_bounds
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
    step_bounds = StepBounds(clip_value=0.05, clip_norm=0.4, max_norm=1.2)
    fused, separate = both(
        monkeypatch,
        lambda: EmpiricalRisk(network, loss, X, y, l2=0.1, l1=0.02),
        lambda objective: trained(
            objective, AdamW(weight_decay=0.3), 2, 7, step_bounds=step_bounds
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
    monkeypatch.setattr(FusedProblem, "block_rows", lambda self: 17)
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
    monkeypatch.setattr(FusedProblem, "block_rows", lambda self: 19)
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
@pytest.mark.parametrize("activation", WITH_KERNELS)
def test_scores_agree(activation, layout, dtype, monkeypatch):
    monkeypatch.setattr(FusedProblem, "block_rows", lambda self: 17)
    objective = problem(activation, "squared_error", dtype=dtype, layout=layout)
    network = objective.network
    parameters = np.random.default_rng(1).normal(size=network.n_parameters)
    parameters = parameters.astype(dtype)
    theirs = network.scores(*network.unflatten(parameters), objective.X)
    ours = fuse(network, objective.loss, objective.X).scores(parameters)
    assert ours.dtype == theirs.dtype == dtype
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=64 * np.finfo(dtype).eps)

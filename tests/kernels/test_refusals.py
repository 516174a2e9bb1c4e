"""Compiled kernels refuse what C cannot read, and hold what it reads."""

import array
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from kernel_arguments import CASES, MODULES, D, K, N, make, network_problem
from kernel_tuples import bundled

from skmlp import _kernels
from skmlp._kernels import threads
from skmlp.losses import Loss, MultinomialLogLoss, PerColumn
from skmlp.network import Network, fused
from skmlp.solvers.step_bounds import StepBounds

if len(MODULES) == 1:
    pytest.skip(
        "SKMLP_KERNELS=reference: NumPy checks its arguments", allow_module_level=True
    )
ADAM = _kernels.UPDATE_RULES.index("adam")


def train(dtype=np.float64, *, targets=True, **changes):
    """Train one epoch; return the total and the parameters."""
    problem, network = network_problem(dtype)
    if not targets:
        problem = fused.fuse(network, Loss.table["squared_error"](), np.zeros((N, D)))
    n = network.n_parameters
    arguments = {
        "rule": ADAM,
        "arrays": (np.zeros(n, dtype), np.zeros(n, dtype)),
        "step_sizes": np.full((3, 3), 0.01),
        "constants": np.array([0.9, 0.99, 1e-8]),
        "parameters": np.linspace(-1, 1, n).astype(dtype),
        "gradients": np.zeros((2, n), dtype),
        "order": np.arange(N),
        "batch_size": 8,
        "n_rows": N,
        "dropout": None,
    } | changes
    update = fused.FusedUpdate(
        *(arguments[k] for k in ("rule", "arrays", "step_sizes", "constants"))
    )
    noise = None
    if arguments["dropout"] is not None:
        noise = fused.FusedNoise(arguments["dropout"], 0.0, 1)
    total = _kernels.train_batches(
        problem.problem,
        arguments["parameters"],
        arguments["gradients"],
        changes.get("update", update),
        arguments["order"],
        n_rows=arguments["n_rows"],
        batch_size=arguments["batch_size"],
        l2=0.1,
        l1=0.0,
        bounds=StepBounds(),
        noise=noise,
    )
    return total, arguments["parameters"]


n_parameters = network_problem()[1].n_parameters
WRONG_RUNS = {
    "order": {"order": np.arange(N) + 1},
    "short order": {"order": np.arange(N - 1)},
    "rows": {"n_rows": N + 1},
    "batch": {"batch_size": 0},
    "dropout": {"dropout": np.zeros(3)},
    "no step sizes": {"step_sizes": np.full((2, 3), 0.01)},
    "narrow step sizes": {"step_sizes": np.full((3, 2), 0.01)},
    "constants": {"constants": np.zeros(2)},
    "one array": {"arrays": (np.zeros(n_parameters),)},
    "no arrays": {"arrays": ()},
    "short array": {"arrays": (np.zeros(n_parameters), np.zeros(n_parameters - 1))},
    "array of another type": {"arrays": tuple(np.zeros((2, n_parameters), "f4"))},
    "rule": {"rule": 99},
    "negative rule": {"rule": -1},
    "parts": {"gradients": np.zeros((65, n_parameters))},
    "short gradients": {"gradients": np.zeros((2, n_parameters - 1))},
    "targets": {"targets": False},
}


@pytest.mark.parametrize("case", WRONG_RUNS)
def test_a_run_of_batches_refuses_arguments_that_do_not_fit(case):
    train()
    with pytest.raises(ValueError, match=r"do not fit|There is|A batch|A step|mism"):
        train(**WRONG_RUNS[case])


def test_parameters_of_another_type_are_refused_by_name():
    problem, network = network_problem(np.float32)
    parameters = np.zeros(network.n_parameters)
    with pytest.raises(ValueError, match="another length or type than the network's"):
        _kernels.network_scores(
            problem.problem, parameters, np.zeros((N, K)), rows=(0, N), block_rows=8
        )


def test_a_batch_of_more_rows_than_there_are_is_one_of_all():
    for ours, theirs in zip(train(batch_size=2**60), train(batch_size=N), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_state_arrays_that_are_made_anew_for_every_reading_are_held():
    class Update(SimpleNamespace):
        @property
        def arrays(self):
            return tuple(np.zeros((2, n_parameters)))

    sizes, constants = np.full((3, 3), 0.01), np.array([0.9, 0.99, 1e-8])
    update = Update(rule=ADAM, step_sizes=sizes, constants=constants)
    for ours, theirs in zip(train(update=update), train(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def problem_of(sizes=(D, 5, K), codes=(1,), loss=(1, (0.0,)), y=None, labels=None):
    layers = np.array(sizes), np.array(codes, int), np.zeros(len(codes)), True
    if y is None and labels is None:
        labels = np.zeros(N, int)
    return _kernels.Problem(
        np.dtype("f8"),
        layers,
        (loss[0], np.array(loss[1], float)),
        (np.zeros((N, sizes[0])) if sizes[0] < 10**6 else None, None, None),
        (y, labels, None),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"codes": (99,)},
        {"codes": (-1,)},
        {"codes": ()},
        {"sizes": (D, 0, K)},
        {"sizes": (D, 2**31, K)},
        {"sizes": (2**62, 4), "codes": ()},
        {"loss": (99, (0.0,))},
        {"loss": (-1, (0.0,))},
        {"y": np.zeros((N, K))},
        {"loss": (2, (0.0,)), "y": np.zeros((N, K + 1))},
        {"loss": (10, (0.1, 0.9)), "y": np.zeros((N, K))},
    ],
    ids=str,
)
def test_a_problem_refuses_codes_and_sizes_that_c_does_not_know(changes):
    problem_of()
    with pytest.raises(ValueError, match="do not fit together"):
        problem_of(**changes)


@pytest.mark.parametrize("wrong", [-1.0, 3.0, 1e300, np.nan])
def test_classes_of_several_columns_are_below_their_number(wrong):
    loss = PerColumn(MultinomialLogLoss(), (3, 2))
    network = Network((D, 5), ())
    y = np.tile([2.0, 1.0], (N, 1))
    assert fused.fuse(network, loss, np.zeros((N, D)), y) is not None
    y[N // 2, 0] = wrong
    with pytest.raises(ValueError, match="targets has a class without a score"):
        fused.fuse(network, loss, np.zeros((N, D)), y)


@pytest.mark.parametrize(
    "changes",
    [
        {"active": np.zeros(K, np.uint8)},
        {"active": np.array([1, 0, 1], np.uint8)},
        *({name: None} for name in ("weights", "labels", "order", "sample_weight")),
        *({name: None} for name in ("classes", "positive", "l1_paid", "dense")),
    ],
    ids=str,
)
def test_epochs_of_joint_perceptrons_refuses_what_does_not_fit(changes):
    arguments = make("perceptron_epochs, joint") | changes
    with pytest.raises((ValueError, AttributeError, TypeError)):
        _kernels.perceptron_epochs(**bundled("perceptron_epochs", arguments))


def test_a_single_unit_cannot_learn_jointly():
    arguments = make("perceptron_epochs, joint")
    rows = {"dense", "values", "indices", "starts", "labels", "order", "words"}
    rows |= {"sample_weight", "curve"}
    for name, value in arguments.items():
        if isinstance(value, np.ndarray) and name not in rows:
            arguments[name] = value[:1].copy()
    arguments["labels"] = np.zeros(N, int)
    with pytest.raises(ValueError, match="two or more, and all active"):
        _kernels.perceptron_epochs(**bundled("perceptron_epochs", arguments))


def test_a_buffer_cannot_be_resized_during_an_epoch():
    arguments = make("perceptron_epochs")
    weights = array.array("d", arguments["sample_weight"])
    bundle = bundled("perceptron_epochs", arguments | {"sample_weight": weights})
    refused = []

    class Units(SimpleNamespace):
        @property
        def negative(self):  # read after the rows, before the kernel begins
            try:
                del weights[1:]
            except BufferError as error:
                refused.append(error)
            return np.ones(K)

    fields = bundle["units"]._asdict()
    del fields["negative"]
    MODULES[-1].perceptron_epochs(**bundle | {"units": Units(**fields)})
    assert refused
    assert len(weights) == N
    del weights[1:]  # no longer held


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("adam_step", "mean"),
        ("momentum_step", "velocity"),
        ("class_moments", "labels"),
        ("violations", "l1"),
        ("log_loss", "mean"),
        ("coordinate_sweeps", "order"),
        ("coordinate_sweeps", "mean"),
        ("coordinate_sweeps", "l1"),
        ("coordinate_sweeps", "values"),
        ("column_products", "score_gradient"),
        ("column_products, sparse", "starts"),
    ],
)
def test_none_in_place_of_an_array_is_refused(case, name):
    kernel = case.split(",")[0]
    arguments = bundled(kernel, make(case) | {name: None})
    with pytest.raises((TypeError, ValueError)):
        getattr(MODULES[-1], kernel)(**arguments)


@pytest.mark.parametrize(("case", "name"), CASES)
def test_an_array_that_is_not_aligned_is_refused_before_it_is_read(case, name):
    kernel, arguments = case.split(",")[0], make(case)
    numbers = arguments[name]
    if not hasattr(MODULES[-1], kernel):
        pytest.skip("has no compiled form")
    if numbers.itemsize == 1 or (kernel, name) == ("class_moments", "X"):
        pytest.skip("may lie anywhere")
    moved = np.frombuffer(bytearray(numbers.nbytes + 1), numbers.dtype, offset=1)
    moved = moved.reshape(numbers.shape)
    moved[...] = numbers
    with pytest.raises(ValueError, match="not aligned"):
        getattr(MODULES[-1], kernel)(**bundled(kernel, arguments | {name: moved}))


def test_a_batch_has_no_more_parts_than_a_crew_takes():
    assert threads._MOST_BATCH_PARTS <= MODULES[-1].MAX_PARTS


def test_modules_of_two_builds_leave_the_reference_kernels():
    program = """
import sys
from importlib.abc import MetaPathFinder

class Mixed(MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "skmlp._kernels.compiled.network":
            raise ValueError("Crew size changed, may indicate binary incompatibility")

sys.meta_path.insert(0, Mixed())
from skmlp import _kernels
print(_kernels.NAME, _kernels.FELL_BACK)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["reference", "True"]

"""Kernels that cannot allocate their scratch say what was too large."""

import subprocess
import sys

import pytest

from skmlp import _kernels

pytestmark = [
    pytest.mark.skipif(_kernels.NAME != "compiled", reason="SKMLP_KERNELS=reference"),
    pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does"),
]

PROGRAM = """
import resource
import numpy as np
from skmlp import _kernels
from skmlp.activations import Activation
from skmlp.losses import Loss
from skmlp.network import Network, fused

n_features, n_rows = 20_000_000, 16
# All rows are one: a large matrix in little memory.
dense = np.broadcast_to(np.zeros(n_features), (n_rows, n_features))
rows = _kernels.PerceptronRows(
    dense, None, None, None, np.zeros(n_rows, int), np.arange(n_rows), np.ones(n_rows),
    None,
)
units = _kernels.PerceptronUnits(
    np.zeros((1, n_features)), np.zeros(1), np.zeros(1), np.zeros((1, n_features)),
    None, None, np.ones(1, np.uint8), np.ones(1, int), np.ones(1), np.ones(1),
)
rule = _kernels.PerceptronRule(1.0, 1.0, 0.0, 0.0, True, False)
plan = _kernels.PerceptronPlan(1, None, 5, 0.0, 0.0)
counts, numbers = np.zeros((2, 1), int), np.zeros((4, 1))
progress = _kernels.PerceptronProgress(
    counts[0], numbers[0], counts[1], *numbers[1:], np.zeros(1, int),
    np.zeros(1, np.uint8), None,
)
network = Network((3, 1000, 1), (Activation.table["tanh"](),))
X = np.broadcast_to(np.zeros(3), (1_000_000, 3))
problem = fused.fuse(
    network, Loss.table["squared_error"](), X, np.zeros((1_000_000, 1))
).problem
parameters, gradient = np.zeros(network.n_parameters), np.zeros(network.n_parameters)
n = 10_000_000
columns = _kernels.Columns(np.zeros((1, n)), None, None, None)
model = _kernels.QuadraticModel(np.zeros((1, n)), np.zeros((1, n)), np.zeros((1, 1)))
one = np.ones(1)
penalty = _kernels.ElasticNet(one, one, -np.ones((1, 1)), np.ones((1, 1)))
theta, step = np.zeros((1, 1)), np.zeros((1, n))
wide = 20_000
linear = Network((wide, 1), ())
linear_problem = fused.fuse(
    linear, Loss.table["squared_error"](), np.broadcast_to(np.zeros(wide), (500, wide)),
    np.zeros((500, 1)),
).problem
squares, linear_parameters = np.zeros((1, wide + 1, wide + 1)), np.zeros(wide + 1)

used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
# The result of class_moments fits, a block of its rows does not.
_, most = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (used + 8 * wide**2 + 2**25, most))
try:
    _kernels.class_moments(
        np.broadcast_to(np.zeros(wide), (512, wide)), np.zeros(512, int), np.ones(512),
        np.zeros((1, wide)),
    )
except MemoryError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_AS, (used + 2**25, most))
for call in (
    lambda: _kernels.perceptron_epochs(rows, units, rule, plan, progress),
    lambda: _kernels.objective_sums(
        problem, parameters, gradient.copy(), gradient, rows=(0, len(X)),
        block_rows=len(X),
    ),
    lambda: _kernels.coordinate_sweeps(
        columns, model, penalty, theta, step, np.zeros(1, int), share=0.1, max_sweeps=5
    ),
    lambda: _kernels.curvature_sums(
        linear_problem, linear_parameters, squares, rows=(0, 500), pairs=(0, 1),
        block_rows=500,
    ),
):
    try:
        call()
    except MemoryError as error:
        print(error)
"""

# 30 epochs with scratch of 100 MB each, where 1 GB is allowed.
EPOCHS = """
import resource
import numpy as np
from skmlp import _kernels
from skmlp.activations import Activation
from skmlp.losses import Loss
from skmlp.network import Network, fused
from skmlp.solvers.step_bounds import StepBounds

network = Network((3, 1000, 1), (Activation.table["tanh"](),))
X, y = np.zeros((4096, 3)), np.zeros((4096, 1))
problem = fused.fuse(network, Loss.table["squared_error"](), X, y).problem
parameters, velocity = np.zeros((2, network.n_parameters))
gradients = np.zeros((1, network.n_parameters))
update = fused.FusedUpdate(
    _kernels.UPDATE_RULES.index("momentum"), (velocity,), np.ones((1, 3)), np.zeros(3)
)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
_, most = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (used + 2**30, most))
for _ in range(30):
    _kernels.train_batches(
        problem, parameters, gradients, update, None, n_rows=4096, batch_size=4096,
        l2=0.0, l1=0.0, bounds=StepBounds(),
    )
print("done")
"""


def test_an_error_of_memory_names_what_was_too_large():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [
        "There is not enough memory for sums over rows of 20000 features.",
        "There is not enough memory for one epoch of 1 units with 20000000 features.",
        "There is not enough memory for the layers of 1000000 rows at a time; make the "
        "batches or layers smaller.",
        "There is not enough memory for a working set of 1 columns with 10000000 rows.",
        "There is not enough memory for the layers of 500 rows at a time; make the "
        "batches or layers smaller.",
    ], done.stderr


def test_an_epoch_frees_its_scratch():
    done = subprocess.run(
        [sys.executable, "-c", EPOCHS], capture_output=True, text=True
    )
    assert done.stdout == "done\n", done.stderr

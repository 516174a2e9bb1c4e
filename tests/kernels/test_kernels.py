"""What holds for every kernel: a reference with the same signature, and one choice."""

import inspect
import os

import pytest

from skmlp import _kernels
from skmlp._kernels import reference

compiled = pytest.importorskip(
    "skmlp._kernels.compiled", reason="built without a C compiler"
)


# Their twin is the loop over an objective, batch by batch or block by block, to which
# test_network.py compares them.
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

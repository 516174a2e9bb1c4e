"""Modules of the benchmarks, which are not installed with the package."""

import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def benchmark_module(name):
    """Return a module of the benchmarks; without them, the tests are skipped."""
    sys.path.append(str(ROOT))
    try:
        pytest.importorskip("benchmarks", reason="there are no benchmarks here")
        return importlib.import_module(f"benchmarks.{name}")
    finally:
        sys.path.remove(str(ROOT))

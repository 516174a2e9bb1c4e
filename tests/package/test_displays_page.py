"""The code of docs/displays.md runs, and prints what the page shows."""

import doctest
import re
from pathlib import Path

import pytest

import skmlp

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

NETWORKS = ["multilayer_perceptron", "activations"]
PAGE = Path(__file__).parents[2] / "docs" / "displays.md"


def test_the_page_prints_what_its_code_prints():
    import matplotlib.pyplot as plt

    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    plt.close("all")
    assert tried > 35
    assert failed == 0


def test_the_page_names_every_display():
    import importlib

    named = set(re.findall(r"`skmlp\.(\w+)\.(\w+Display)`", PAGE.read_text("utf-8")))
    folders = ["perceptron", "discriminant_analysis", "logistic_regression"]
    for folder in [*folders, "inference", "model_comparison", *NETWORKS]:
        module = importlib.import_module(f"{skmlp.__name__}.{folder}")
        shown = {name for name in module.__all__ if name.endswith("Display")}
        assert shown == {name for place, name in named if place == folder}

"""A file imports from lower floors only."""

import ast
from pathlib import Path

import pytest

import skmlp

ROOT = Path(skmlp.__file__).parent

# The longest matching prefix decides.
FLOORS = {
    "skmlp": 0,  # the version number; the rest of it is loaded late
    "skmlp.base.compat": 0,
    "skmlp.base.warn": 0,
    "skmlp._kernels": 0,
    "skmlp.base": 1,
    "skmlp.base.component": 1,
    "skmlp.base.validation": 2,
    "skmlp.base.fitted_attributes": 2,
    "skmlp.base.rows": 1,
    "skmlp.objective.l1": 1,
    "skmlp.base.derivative_check": 0,
    "skmlp.activations": 2,
    "skmlp.losses": 2,
    "skmlp.initializers": 2,
    "skmlp.discriminant_analysis.class_sums": 2,
    "skmlp.network.noise": 2,
    "skmlp.discriminant_analysis.class_statistics": 3,
    "skmlp.discriminant_analysis.whitening": 4,
    "skmlp.discriminant_analysis.shrinkage": 4,
    "skmlp.discriminant_analysis.leave_one_out": 5,
    "skmlp.discriminant_analysis.whitening_wide": 5,
    "skmlp.discriminant_analysis.collinearity": 5,
    "skmlp.discriminant_analysis.parameters": 0,
    "skmlp.discriminant_analysis.labelled_rows": 7,
    "skmlp.discriminant_analysis.assumption_tests": 5,
    "skmlp.discriminant_analysis.report": 1,
    "skmlp.discriminant_analysis.summary": 8,
    "skmlp.discriminant_analysis.predictions": 7,
    "skmlp.base.availability": 0,
    "skmlp.discriminant_analysis.gaussian_classes": 2,
    "skmlp.objective.fused": 2,
    "skmlp.objective.fused_curvature": 2,
    "skmlp.network": 3,
    "skmlp.objective": 4,
    "skmlp.solvers": 5,
    "skmlp.logistic_regression.preconditioner": 5,
    "skmlp.logistic_regression.penalty": 6,
    "skmlp.logistic_regression.problem": 7,
    "skmlp.logistic_regression.fit_warnings": 8,
    "skmlp.logistic_regression.predictions": 8,
    "skmlp.logistic_regression.mini_batches": 8,
    "skmlp.logistic_regression.minimise": 6,
    "skmlp.logistic_regression.separating_programs": 1,
    "skmlp.logistic_regression.separation": 7,
    "skmlp.base.label_encoding": 6,
    "skmlp.base.multioutput_labels": 7,
    "skmlp.multilayer_perceptron.labels": 8,
    "skmlp.base.callbacks": 6,
    "skmlp.solvers.stopping": 5,
    "skmlp.multilayer_perceptron.docstrings": 6,
    "skmlp.multilayer_perceptron.parameters": 6,
    "skmlp.multilayer_perceptron.weights": 6,
    "skmlp.multilayer_perceptron.history": 1,
    "skmlp.multilayer_perceptron.held_out_rows": 6,
    "skmlp.multilayer_perceptron.hidden_features": 6,
    "skmlp.multilayer_perceptron.fit_lbfgs": 6,
    "skmlp.multilayer_perceptron.regularisation": 6,
    "skmlp.multilayer_perceptron.fit_epochs": 6,
    "skmlp.utils": 6,
    "skmlp.multilayer_perceptron.base": 7,
    "skmlp.perceptron.visited_rows": 6,
    "skmlp.perceptron.units": 6,
    "skmlp.perceptron.mistake_bound": 7,
    "skmlp.perceptron.training": 7,
    "skmlp.perceptron.association_units": 8,
    "skmlp.perceptron": 8,
    "skmlp.discriminant_analysis": 8,
    "skmlp.logistic_regression": 9,
    "skmlp.logistic_regression.path": 10,
    "skmlp.logistic_regression.cross_validation": 11,
    "skmlp.multilayer_perceptron": 9,
    "skmlp.inference.contrast_risk": 6,
    "skmlp.inference.intervals": 9,
    "skmlp.inference.hypothesis_tests": 9,
    "skmlp.inference.marginal_effects": 10,
    "skmlp.inference.report": 1,
    "skmlp.inference.display": 1,
    "skmlp.inference.from_estimator": 8,
    "skmlp.inference": 11,
    "skmlp.base.optional": 0,
    "skmlp.model_comparison.columns": 1,
    "skmlp.model_comparison.target": 2,
    "skmlp.model_comparison.datasets": 9,
    "skmlp.model_comparison.metrics": 8,
    "skmlp.model_comparison.paired_difference": 8,
    "skmlp.model_comparison.candidates": 9,
    "skmlp.model_comparison.cross_validation": 9,
    "skmlp.model_comparison.report": 9,
    "skmlp.model_comparison.display": 10,
    "skmlp.model_comparison.comparison": 11,
    "skmlp.model_comparison": 12,
    "skmlp.__main__": 13,
}
FILES = sorted(path for path in ROOT.rglob("*.py") if path != ROOT / "__init__.py")


def module_name(path):
    parts = ("skmlp", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def floor(module):
    known = [name for name in FLOORS if f"{module}.".startswith(f"{name}.")]
    return FLOORS[max(known, key=len)], max(known, key=len)


def imported_modules(path):
    modules = {module_name(file) for file in FILES}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: imports are absolute"
            for alias in node.names:
                longer = f"{node.module}.{alias.name}"
                yield longer if longer in modules else node.module


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_every_file_imports_from_lower_floors_only(path):
    if path.name == "__init__.py":
        return  # names of the folder, for static tools; loaded on first use
    module = module_name(path)
    own_floor, own_name = floor(module)
    for target in imported_modules(path):
        if target.split(".")[0] != "skmlp" or target == "skmlp":
            continue
        target_floor, target_name = floor(target)
        same_part = own_name == target_name
        assert same_part or target_floor < own_floor, f"{module} imports {target}"


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_every_file_has_a_floor_of_its_own(path):
    assert floor(module_name(path))[1] != "skmlp"


def test_nothing_above_the_kernels_mentions_compilation():
    for path in FILES:
        if "_kernels" in path.parts or path.name in ("utils.py", "__main__.py"):
            continue
        assert "compiled" not in path.read_text(encoding="utf-8"), path


def test_private_scikit_learn_modules_are_imported_in_compat_only():
    for path in FILES:
        if path.name == "compat.py":
            continue
        for target in imported_modules(path):
            parts = target.split(".")
            private = any(part.startswith("_") for part in parts)
            assert not (parts[0] == "sklearn" and private), f"{path.name}: {target}"

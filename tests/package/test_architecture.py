"""Architecture: order of folders, no import cycles, short files, public names."""

import ast
import importlib
from pathlib import Path

import pytest

import skmlp

ROOT = Path(skmlp.__file__).parent

# A file imports from its own folder and from folders before it. The folders diagnosis,
# export and dask do not exist yet: they are planned.
ORDER = (
    *("_kernels", "base", "graph", "activations", "losses", "initializers"),
    *("network", "objective", "solvers", "perceptron", "discriminant_analysis"),
    *("logistic_regression", "multilayer_perceptron", "inference", "diagnosis"),
    *("export", "dask", "model_comparison", "utils", "__main__"),
)
FOLDERS = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
MOST_ENTRIES = 22
MOST_LINES = 400
# Limit of files with the long signatures of scikit-learn's estimators and their docs.
MOST_LINES_WITH_SIGNATURES = 550
WITH_SIGNATURES = {
    "discriminant_analysis/estimator.py",
    "logistic_regression/cross_validation.py",
    "logistic_regression/estimator.py",
    "multilayer_perceptron/classifier.py",
    "multilayer_perceptron/regressor.py",
    "perceptron/estimator.py",
}


def module_name(path):
    parts = ("skmlp", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


FILES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
TREES = {
    name: ast.parse(path.read_text(encoding="utf-8")) for name, path in FILES.items()
}


def top_level(module):
    """Return the folder, or the file at the top level, that contains a module."""
    return module.split(".")[1]


def imported_modules(module):
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            for alias in node.names:
                longer = f"{node.module}.{alias.name}"
                yield longer if longer in FILES else node.module


IMPORTS = {
    module: {
        target
        for target in imported_modules(module)
        if target.startswith("skmlp.") and target != module
    }
    for module in FILES
    if module != "skmlp"  # loads public names lazily, from all folders
}


def cycle_in(imports):
    """Return a list of modules that import each other in a cycle, or None."""
    finished = set()

    def visit(module, path):
        if module in path:
            return [*path[path.index(module) :], module]
        if module in finished:
            return None
        found = (visit(each, [*path, module]) for each in imports.get(module, ()))
        cycle = next(filter(None, found), None)
        finished.add(module)
        return cycle

    return next(filter(None, (visit(module, []) for module in imports)), None)


def test_every_entry_at_the_top_has_a_place_in_the_order():
    entries = {
        path.name.removesuffix(".py")
        for path in ROOT.iterdir()
        if path.name not in ("__init__.py", "py.typed", "__pycache__")
    }
    assert entries <= set(ORDER)
    assert len(set(ORDER)) == len(ORDER)


@pytest.mark.parametrize("module", IMPORTS)
def test_a_file_imports_from_its_own_folder_and_those_before_it(module):
    for target in IMPORTS[module]:
        assert ORDER.index(top_level(target)) <= ORDER.index(top_level(module)), target


@pytest.mark.parametrize("folder", FOLDERS)
def test_there_is_no_import_cycle_inside_a_folder(folder):
    top = f"skmlp.{folder}"
    inside = {
        module: {target for target in targets if top_level(target) == folder}
        for module, targets in IMPORTS.items()
        if top_level(module) == folder and module != top
    }
    for module, targets in inside.items():
        assert top not in targets, f"{module} imports names of {top} through itself"
        # Names of a subfolder are imported from their file, not from the subfolder.
        parents = {module.rsplit(".", depth)[0] for depth in (1, 2)} - {top, "skmlp"}
        assert not parents & targets, f"{module} imports through its own folder"
    assert cycle_in(inside) is None


def test_a_cycle_and_an_import_of_a_later_folder_would_be_found():
    assert cycle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert cycle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None
    assert ORDER.index("base") < ORDER.index("solvers") < ORDER.index("perceptron")


def test_only_the_kernels_know_which_of_them_run():
    for module, targets in IMPORTS.items():
        if top_level(module) != "_kernels":
            chosen = {"skmlp._kernels.compiled", "skmlp._kernels.reference"}
            assert not any(
                f"{target}.".startswith(f"{each}.")
                for each in chosen
                for target in targets
            ), module


def test_a_private_name_stays_in_its_file():
    for module, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("skmlp"):
                private = [a.name for a in node.names if a.name.startswith("_")]
                assert set(private) <= {"_kernels"}, module


def test_private_scikit_learn_modules_are_imported_in_compat_only():
    for module in FILES:
        if module == "skmlp.base.compat":
            continue
        for target in imported_modules(module):
            parts = target.split(".")
            private = any(part.startswith("_") for part in parts)
            assert not (parts[0] == "sklearn" and private), f"{module}: {target}"


@pytest.mark.parametrize("folder", [name for name in FOLDERS if name != "_kernels"])
def test_public_names_of_a_folder_are_there_for_python_and_for_static_tools(folder):
    package = importlib.import_module(f"skmlp.{folder}")
    names = getattr(package, "__all__", [])
    assert len(names) == len(set(names))
    shown = {
        alias.asname or alias.name
        for node in ast.walk(TREES[f"skmlp.{folder}"])
        if isinstance(node, ast.ImportFrom) and node.module.startswith("skmlp.")
        for alias in node.names
    } - {"lazy_names"}
    assert shown == set(names)
    assert set(names) <= set(dir(package))
    files = {path.stem for path in (ROOT / folder).iterdir()}
    for name in names:
        assert getattr(package, name) is not None
        assert name not in files, "the file would hide the name once it is imported"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = package.nothing


@pytest.mark.parametrize("folder", [name for name in FOLDERS if name != "_kernels"])
def test_a_folder_says_what_it_is_and_where_to_begin(folder):
    summary, _, rest = ast.get_docstring(TREES[f"skmlp.{folder}"]).partition("\n\n")
    assert summary.endswith(".")
    assert "\n" not in summary
    for name in rest.split("`")[1::2]:
        assert f"skmlp.{folder}.{name}" in FILES


def test_the_package_stays_within_its_limits():
    entries = [path for path in ROOT.iterdir() if path.name != "__pycache__"]
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_bytes().splitlines())
        for path in FILES.values()
    }
    by_length = sorted(lengths, key=lengths.get)
    longest = [name for name in by_length if name not in WITH_SIGNATURES][-1]
    longest_signature = [name for name in by_length if name in WITH_SIGNATURES][-1]
    private = [
        name
        for name in lengths
        if name.split("/")[-1].startswith("_")
        and not name.startswith("_kernels/")
        and name.split("/")[-1] not in ("__init__.py", "__main__.py")
    ]
    print(f"entries at the top: {len(entries)} (limit {MOST_ENTRIES})")
    print(f"longest module: {longest}, {lengths[longest]} lines (limit {MOST_LINES})")
    print(
        f"longest with scikit-learn's signatures: {longest_signature}, "
        f"{lengths[longest_signature]} (limit {MOST_LINES_WITH_SIGNATURES})"
    )
    print(f"underscore files outside _kernels/: {len(private)}")
    assert len(entries) <= MOST_ENTRIES
    assert lengths[longest] <= MOST_LINES
    assert lengths[longest_signature] <= MOST_LINES_WITH_SIGNATURES
    assert private == []
    assert set(lengths) >= WITH_SIGNATURES


def test_no_test_file_is_longer_than_a_module():
    tests = Path(__file__).parents[1]
    lengths = {
        path.relative_to(tests).as_posix(): len(path.read_bytes().splitlines())
        for path in tests.rglob("*.py")
    }
    longest = max(lengths, key=lengths.get)
    print(
        f"longest test file: {longest}, {lengths[longest]} lines (limit {MOST_LINES})"
    )
    assert lengths[longest] <= MOST_LINES


def test_tests_mirror_the_package():
    tests = Path(__file__).parents[1]
    folders = {path.parent.name for path in tests.glob("*/test_*.py")}
    spanning = {"kernels", "theory", "scikit_learn", "package"}
    assert folders - spanning <= set(FOLDERS)


def test_nothing_runs_from_inside_the_package():
    for module, path in FILES.items():
        if module != "skmlp.__main__":
            assert "__main__" not in path.read_text(encoding="utf-8"), module
        assert not path.name.startswith(("test_", "conftest")), module

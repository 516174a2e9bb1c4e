"""Types: public names are annotated, and static tools find them."""

import functools
import importlib.metadata
import inspect
import tomllib
import types
import typing
from pathlib import Path

import pytest

import skmlp

PACKAGE = Path(skmlp.__file__).parent
FOLDERS = [
    name for name in skmlp.__all__ if inspect.ismodule(getattr(skmlp, name, None))
]
ESTIMATORS = [name for name in skmlp.__all__ if inspect.isclass(getattr(skmlp, name))]


def public_objects():
    """Return {import path: object} of all public classes and functions."""
    found = {}
    for name in skmlp.__all__:
        found[f"skmlp.{name}"] = getattr(skmlp, name)
    for folder in FOLDERS:
        module = getattr(skmlp, folder)
        for name in module.__all__:
            found[f"skmlp.{folder}.{name}"] = getattr(module, name)
    return {
        place: value
        for place, value in found.items()
        if inspect.isclass(value) or inspect.isfunction(value)
    }


PUBLIC = public_objects()


def function_behind(owner, name, attribute):
    """Return the function of a method, property or descriptor of skmlp, or None."""
    if isinstance(attribute, property):
        function = attribute.fget
    elif isinstance(attribute, functools.cached_property):
        function = attribute.func
    elif isinstance(attribute, classmethod | staticmethod):
        function = attribute.__func__
    elif callable(attribute) or hasattr(type(attribute), "__get__"):
        function = getattr(owner, name)  # a method that some parameters rule out
    else:
        return None
    function = inspect.unwrap(function)
    ours = inspect.isfunction(function) and function.__module__.startswith("skmlp")
    return function if ours else None


def functions_of(value):
    """Yield a function, or all public methods of a class that skmlp defines."""
    if inspect.isfunction(value):
        yield inspect.unwrap(value)
        return
    for owner in value.__mro__:
        if not owner.__module__.startswith("skmlp"):
            continue
        for name, attribute in vars(owner).items():
            if name in ("__init__", "__call__") or not name.startswith("_"):
                function = function_behind(owner, name, attribute)
                if function is not None and not inspect.isclass(attribute):
                    yield function


def complaints_about(function):
    """Yield messages on annotations that are missing or do not resolve."""
    signature = inspect.signature(function)
    for parameter in signature.parameters.values():
        bare = parameter.annotation is parameter.empty
        if bare and parameter.name not in ("self", "cls"):
            yield f"{function.__qualname__}: {parameter.name} is not annotated"
    if signature.return_annotation is signature.empty:
        yield f"{function.__qualname__}: what it returns is not annotated"
    try:
        typing.get_type_hints(function)
    except NameError as error:
        yield f"{function.__qualname__}: {error}"


def test_many_public_names_are_looked_at():
    functions = {each for value in PUBLIC.values() for each in functions_of(value)}
    assert len(PUBLIC) > 80
    assert len(functions) > 280
    assert set(ESTIMATORS) == {name for name in skmlp.__all__ if name[0].isupper()}
    assert len(FOLDERS) >= 13


@pytest.mark.parametrize("place", PUBLIC)
def test_every_parameter_and_every_return_is_annotated(place):
    found = [
        complaint
        for function in functions_of(PUBLIC[place])
        for complaint in complaints_about(function)
    ]
    assert found == []


@pytest.mark.parametrize(
    "place", [place for place, value in PUBLIC.items() if inspect.isclass(value)]
)
def test_the_annotations_of_attributes_resolve(place):
    hints = typing.get_type_hints(PUBLIC[place])
    fields = getattr(PUBLIC[place], "__dataclass_fields__", {})
    assert set(fields) <= set(hints)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_every_fitted_attribute_that_is_documented_is_annotated(name):
    estimator = getattr(skmlp, name)
    attributes = estimator.__doc__.split("    Attributes\n")[1].split("    See Also\n")[
        0
    ]
    documented = {
        line.split(" : ")[0].strip()
        for line in attributes.splitlines()
        if line.startswith("    ") and not line.startswith("     ") and " : " in line
    }
    assert documented
    known = set(typing.get_type_hints(estimator)) | {
        attribute
        for attribute in dir(estimator)
        if isinstance(getattr(estimator, attribute, None), property)
    }
    assert documented <= known


def test_a_missing_annotation_would_be_found():
    def half(a, b: int) -> "Nowhere":  # noqa: F821
        return a

    assert len(list(complaints_about(half))) == 2
    assert list(complaints_about(lambda: None)) != []
    assert types.FunctionType in map(type, functions_of(skmlp.MLPClassifier))


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").read_text(encoding="utf-8") == ""
    settings = PACKAGE.parent / "pyproject.toml"
    if settings.exists():  # in a checkout; an installed package has its list of files
        table = tomllib.loads(settings.read_text(encoding="utf-8"))
        assert "py.typed" in table["tool"]["setuptools"]["package-data"]["skmlp"]
    else:
        files = importlib.metadata.files("skmlp")
        assert any(file.name == "py.typed" for file in files)


@pytest.fixture(scope="module")
def cache_of_jedi(tmp_path_factory):
    """Give jedi a cache folder of this process; others may write to its default."""
    jedi = pytest.importorskip("jedi")
    before = jedi.settings.cache_directory
    jedi.settings.cache_directory = tmp_path_factory.mktemp("jedi")
    yield
    jedi.settings.cache_directory = before


def script(code):
    """Return jedi's script of the code, in this environment and this checkout."""
    jedi = pytest.importorskip("jedi")
    project = jedi.Project(PACKAGE.parent, load_unsafe_extensions=False)
    return jedi.Script(code, project=project, environment=jedi.InterpreterEnvironment())


@pytest.mark.usefixtures("cache_of_jedi")
@pytest.mark.parametrize(
    ("line", "name"),
    [
        *((f"from skmlp import {name}", name) for name in ESTIMATORS),
        ("from skmlp.losses import Huber", "Huber"),
        ("from skmlp.inference import LogisticInference", "LogisticInference"),
        ("from skmlp.model_comparison import compare", "compare"),
    ],
)
def test_jedi_finds_where_a_name_is_defined_and_shows_its_parameters(line, name):
    folder = line.split()[1]
    value = getattr(importlib.import_module(folder), name)
    (found,) = script(line).goto(1, len(line), follow_imports=True)
    assert found.full_name == f"{value.__module__}.{name}"
    code = f"{line}\n{name}("
    (signature,) = script(code).get_signatures(2, len(name) + 1)
    shown = [parameter.name for parameter in signature.params]
    assert shown == list(inspect.signature(value).parameters)


@pytest.mark.usefixtures("cache_of_jedi")
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import skmlp\nskmlp.MLP", {"MLPClassifier", "MLPRegressor"}),
        ("import skmlp\nskmlp.losses.Hu", {"Huber"}),
        ("import skmlp\nskmlp.inference.Logistic", {"LogisticInference"}),
        ("import skmlp\nskmlp.model_comparison.comp", {"compare"}),
        (
            "from skmlp import LogisticRegression as LR\nLR().fit([], []).pre",
            {"predict", "predict_proba"},
        ),
        ("from skmlp import MLPClassifier\nMLPClassifier().coef", {"coefs_"}),
    ],
)
def test_jedi_completes_names(code, expected):
    line = code.splitlines()[-1]
    completions = script(code).complete(len(code.splitlines()), len(line))
    assert expected <= {each.name for each in completions}


@pytest.mark.parametrize("name", [n for n in skmlp.__all__ if n[0].isupper()])
def test_signatures_stay_readable_in_help(name):
    estimator = getattr(skmlp, name)
    assert "Union[" not in str(inspect.signature(estimator))
    assert len(str(inspect.signature(estimator.fit))) < 300

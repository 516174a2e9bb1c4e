"""The oldest libraries that pyproject.toml allows are those of the tests."""

import re
import tomllib
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PROJECT = tomllib.loads((TESTS.parent / "pyproject.toml").read_text())["project"]
OLDEST = dict(
    re.findall(
        r"^([\w-]+)==([\d.]+)", (TESTS / "oldest_libraries.txt").read_text(), re.M
    )
)


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_the_oldest_version_of_the_tests_is_the_oldest_allowed(requirement):
    name, version = requirement.split(">=")
    oldest = OLDEST[name].rstrip(".").split(".")
    allowed = version.split(".")
    assert oldest[: len(allowed)] == allowed
    assert set(oldest[len(allowed) :]) <= {"0"}


def test_the_readme_names_these_versions():
    readme = " ".join((TESTS.parent / "README.md").read_text().split())
    for requirement in PROJECT["dependencies"]:
        name, version = requirement.split(">=")
        shown = {"numpy": "NumPy", "scipy": "SciPy"}.get(name, name)
        assert f"{shown} {version}" in readme, requirement

"""Packaging: links of the README and of pages, addresses, and optional packages."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

import skmlp
from skmlp.base.optional import MissingExtraError, require

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
URLS = PROJECT["project"]["urls"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

# [words](target), ![words](target), [name]: target, <... href="target"> and src.
LINK = re.compile(
    r"\]\(\s*<?([^)\s>]+)|^\s*\[[^\]]+\]:\s*(\S+)|(?:href|src)=[\"']([^\"']+)", re.M
)
IN_REPOSITORY = re.compile(r"/(?:blob|tree|raw)/main/([^#?]+)")


def links(text):
    """Return the targets of all links outside of code blocks."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [next(filter(None, found)) for found in LINK.findall(prose)]


def broken_links(text):
    """Return links that are relative, or that name no file of the repository."""
    broken = []
    for link in links(text):
        inside = link.removeprefix(URLS["Homepage"])
        if not link.startswith(("https://", "#")):
            broken.append(link)
        elif inside != link and inside not in ("", "/issues"):
            found = IN_REPOSITORY.match(inside)
            if found is None or not (ROOT / found[1]).exists():
                broken.append(link)
    return broken


def test_the_links_of_the_readme_work_on_an_index_page():
    assert len(links(README)) >= 5
    assert broken_links(README) == []


def anchors(text):
    """Return the anchors that GitHub makes of the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_relative_links_of_a_page_name_files_and_headings(page):
    text = page.read_text(encoding="utf-8")
    for link in links(text):
        if not link.startswith("https://"):
            file, _, anchor = link.partition("#")
            target = page.parent / file if file else page
            assert target.exists(), link
            assert not anchor or anchor in anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize(
    ("link", "is_broken"),
    [
        ("[a](docs/performance.md)", True),
        ("![a](docs/plot.png)", True),
        ("[a]: CONTRIBUTING.md", True),
        ('<img src="docs/plot.png">', True),
        ("[a](http://example.org)", True),
        ("[a]({base}/blob/main/docs/no-such-page.md)", True),
        ("[a]({base}/docs/performance.md)", True),
        ("[a]({base}/blob/main/docs/performance.md#against-a-revision)", False),
        ("[a]({base}/tree/main/docs)", False),
        ("[a]({base}/issues)", False),
        ("[a]({base})", False),
        ("[a](#speed)", False),
        ("[a](https://example.org/page.md)", False),
        ("```\n[a](docs/performance.md)\n```\n", False),
    ],
)
def test_a_link_that_does_not_work_would_be_found(link, is_broken):
    text = link.format(base=URLS["Homepage"])
    assert bool(broken_links(text)) == is_broken


def test_the_addresses_of_the_project_have_one_base_and_name_files():
    assert {"Homepage", "Source", "Issues", "Changelog", "Documentation"} <= set(URLS)
    assert broken_links("\n".join(f"[{name}]({URLS[name]})" for name in URLS)) == []
    assert all(address.startswith(URLS["Homepage"]) for address in URLS.values())


SOURCES = {
    path.relative_to(Path(skmlp.__file__).parent).as_posix(): path.read_text("utf-8")
    for path in sorted(Path(skmlp.__file__).parent.rglob("*.py"))
}
# Optional package -> the smallest extra that installs it, which messages name.
EXTRA_OF = {
    "charset_normalizer": "compare",
    "matplotlib": "plot",
    "openpyxl": "compare",
    "pandas": "compare",
    "pyarrow": "compare",
    "rich": "compare",
    "skrub": "compare",
}
EXTRAS = PROJECT["project"]["optional-dependencies"]


def packages_of(extra):
    """Return the names of the packages of an extra, and of the extras that it names."""
    names = set()
    for requirement in EXTRAS[extra]:
        inner = re.match(r"skmlp\[(\w+)\]", requirement)
        own = {re.match(r"[\w-]+", requirement)[0].replace("-", "_")}
        names |= packages_of(inner[1]) if inner else own
    return names


def required_packages():
    """Yield (file, package) of all calls of `require` in skmlp."""
    for file, text in SOURCES.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "require":
                yield file, node.args[0].value


@pytest.mark.parametrize("package", EXTRA_OF)
def test_the_extra_of_a_package_is_the_smallest_that_installs_it(package):
    sizes = {
        extra: len(packages_of(extra))
        for extra in EXTRAS
        if package in packages_of(extra)
    }
    assert min(sizes, key=sizes.get) == EXTRA_OF[package]


@pytest.mark.parametrize(("file", "package"), sorted(set(required_packages())))
def test_a_package_that_is_missing_is_named_with_its_extra(file, package, monkeypatch):
    imported = r"from skmlp\.base\.optional import (MissingExtraError, )?require"
    assert re.search(imported, SOURCES[file])
    monkeypatch.setitem(sys.modules, package, None)
    message = rf'^a plot needs {package}.*: pip install "skmlp\[{EXTRA_OF[package]}\]"$'
    with pytest.raises(MissingExtraError, match=message):
        require(package, "a plot")


def test_every_message_and_every_page_names_an_extra_that_exists():
    pages = {path.name: path.read_text(encoding="utf-8") for path in PAGES}
    named = {
        (place, extra)
        for place, text in {"README.md": README, **pages, **SOURCES}.items()
        for extra in re.findall(r"(?:skmlp|\.)\[(\w+)\]\"", text)
    }
    assert {extra for _, extra in named} <= set(EXTRAS)
    # The only message in the sources that is not built by `require` asks for rich.
    in_sources = {(place, extra) for place, extra in named if place in SOURCES}
    assert in_sources == {("model_comparison/terminal.py", EXTRA_OF["rich"])}

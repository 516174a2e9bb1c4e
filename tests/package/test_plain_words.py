"""Summaries of docstrings are plain: they begin with a verb or name the thing."""

import ast
import importlib
import inspect
import re
from pathlib import Path

import pytest

import skmlp

ROOT = Path(__file__).parents[2]
PACKAGE = Path(skmlp.__file__).parent
# A summary that begins with one of these words does not name its subject: "What the
# rows hold." instead of "Return the sums of the rows."
FIRST_WORDS = {
    *("what", "whether", "where", "how", "so", "it", "as", "if", "no", "nobody"),
    *("nothing", "that", "those", "they", "this", "there", "which", "who"),
}
# Words that point to another line instead of naming the thing.
RIDDLES = (
    *("the same", "so many", "as many", "likewise", "whatever", "one of which"),
    *("such a", "such an", "come to", "comes to", "came to", "see to it"),
)
RIDDLE = re.compile(rf"\b(?:{'|'.join(RIDDLES)})\b", re.IGNORECASE)
# (file, name) -> reason. A few entries at most.
ALLOWED: dict[tuple[str, str], str] = {}


def files():
    """Return the Python files whose docstrings are read."""
    folders = (PACKAGE, ROOT / "benchmarks", ROOT / "tests" / "helpers")
    return sorted(file for folder in folders for file in folder.rglob("*.py"))


def short(file):
    """Return a path relative to the repository, or to the folder of the package."""
    root = PACKAGE.parent if file.is_relative_to(PACKAGE) else ROOT
    return file.relative_to(root).as_posix()


def summary(docstring):
    """Return the first paragraph of a docstring as one line."""
    return " ".join(inspect.cleandoc(docstring).split("\n\n")[0].split())


def docstrings(text):
    """Yield (name, docstring) of a source text, for nested functions as well."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, documented) and ast.get_docstring(node):
            name = getattr(node, "name", "module")
            yield name, ast.get_docstring(node)


def summaries(text):
    """Yield (name, summary) of all docstrings in a source text, nested ones as well."""
    return ((name, summary(docstring)) for name, docstring in docstrings(text))


def gaps(docstring):
    """Return the lines that say the type of a parameter and have runs of blanks."""
    lines = inspect.cleandoc(docstring).splitlines()
    return [line for line in lines if re.search(r"^[\s\w,*]+ : .*\S {2,}\S", line)]


def complaint_about(line):
    """Return a message on a summary that is not plain, or None."""
    word = re.match(r"\W*(\w*)", line)[1].lower()
    if word in FIRST_WORDS or line.lower().startswith("at most"):
        return f"begins with {word!r}; begin with a verb, or name the thing: {line}"
    riddle = RIDDLE.search(line)
    if riddle:
        return f"has {riddle[0]!r}; name the thing: {line}"
    return None


@pytest.mark.parametrize("file", files(), ids=short)
def test_summaries_begin_with_a_verb_or_name_the_thing(file):
    found = [
        f"{name} {complaint_about(line)}"
        for name, line in summaries(file.read_text(encoding="utf-8"))
        if complaint_about(line) and (short(file), name) not in ALLOWED
    ]
    assert found == []


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.pyx")), ids=lambda file: file.name
)
def test_summaries_of_compiled_code_are_plain(file):
    texts = re.findall(r'"""(.*?)"""', file.read_text(encoding="utf-8"), re.DOTALL)
    assert [c for c in map(complaint_about, map(summary, texts)) if c] == []


def public_classes():
    """Return {import path: class} of the classes in `__all__` of skmlp and folders."""
    modules = [skmlp]
    for path in sorted(PACKAGE.glob("*/__init__.py")):
        modules.append(importlib.import_module(f"skmlp.{path.parent.name}"))
    return {
        f"{module.__name__}.{name}": getattr(module, name)
        for module in modules
        for name in getattr(module, "__all__", ())
        if inspect.isclass(getattr(module, name))
    }


PUBLIC = public_classes()


def is_sentence(line):
    """Return True if a summary begins with a letter and holds no equation or update."""
    word = re.split(r"[\s,.:]", line, maxsplit=1)[0]
    # Not a symbol of a formula, such as "x" or "P(y".
    begins = re.fullmatch(r"[A-Za-z][A-Za-z’'-]+|A|An", word) is not None
    return begins and line[-1] in ".:" and not re.search("[=←]", line)


@pytest.mark.parametrize("place", PUBLIC)
def test_public_classes_open_with_a_sentence(place):
    line = summary(PUBLIC[place].__doc__)
    assert is_sentence(line), line


@pytest.mark.parametrize("file", files(), ids=short)
def test_the_types_of_parameters_have_no_runs_of_blanks(file):
    texts = docstrings(file.read_text(encoding="utf-8"))
    assert [(name, line) for name, text in texts for line in gaps(text)] == []


@pytest.mark.parametrize("place", PUBLIC)
def test_the_types_in_the_help_of_public_classes_have_no_runs_of_blanks(place):
    assert gaps(PUBLIC[place].__doc__) == []


def test_runs_of_blanks_would_be_found():
    assert gaps("Fit.\n\nx, y : array (n,), default=0\n") == []
    assert gaps("Fit.\n\nx, y : array (n,),         default=0\n") != []


def test_summaries_that_are_not_plain_would_be_found():
    bad = ("What it is.", "At most 3.", "Whether so.", "It's one.", "Rows, as many.")
    bad += ("Do all so many times.", "`so`: a word.", "The same for y.")
    good = ("Return what is left.", "Sum of the rows.", "Issues.", "Show a number.")
    assert all(map(complaint_about, bad))
    assert not any(map(complaint_about, good))
    text = '"""A."""\nclass B:\n    def c(self):\n        """C\n\n        D."""\n'
    assert list(summaries(text)) == [("module", "A."), ("c", "C")]


def test_formulas_are_no_sentences():
    formulas = ("σ(z) = z.", "P(y | x).", "x ← x − r·g.", "M.", "Mean m = Σx / n.")
    assert not any(map(is_sentence, formulas))
    assert all(map(is_sentence, ("A loss.", "Log-cosh of y − s.", "Adam (2015).")))


def test_options_of_names_are_imported_through_base():
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and file.parent.name != "base":
                names = {alias.name for alias in node.names}
                through = node.module.startswith("skmlp.base")
                assert "StrOptions" not in names or through, short(file)


def test_few_summaries_are_allowed_and_each_has_a_reason():
    known = {
        (short(file), name)
        for file in files()
        for name, _ in summaries(file.read_text(encoding="utf-8"))
    }
    assert len(ALLOWED) <= 5
    assert set(ALLOWED) <= known
    assert all(ALLOWED.values())

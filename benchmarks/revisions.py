"""Environments that hold skmlp as it was at a revision, or as the tree is now.

Both are built in the same way, by pip, from files that git knows of. NumPy, SciPy and
scikit-learn are those of the interpreter that runs, so that only skmlp differs.
"""

import hashlib
import json
import os
import site
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What has no part in the build: a change of it needs no new environment.
_NOT_BUILT = ("benchmarks", "docs", "examples", "tests", ".ci")
_NOT_BUILT += ("CHANGELOG.md", "CONTRIBUTING.md")
# What else decides how the kernels are compiled.
_COMPILER = ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS")
_IMPORTS = """
import json, numpy, scipy, sklearn, skmlp, skmlp._kernels
found = {each.__name__: each.__file__ for each in (numpy, scipy, sklearn, skmlp)}
print(json.dumps(found | {"kernels": getattr(skmlp._kernels, "NAME", None)}))
"""


class RevisionError(Exception):
    """A revision is unknown, or cannot be built or run; the text says why."""


class GitError(RevisionError):
    """Git refused; the text is its own."""


@dataclass(frozen=True)
class Environment:
    """An interpreter, the folder of its skmlp, and in words where that comes from."""

    python: Path
    package: Path
    origin: str


def both(revision):
    """The environments of a git revision and of the tree."""
    return {"revision": of_revision(revision), "tree": of_tree()}


def of_revision(revision, root=ROOT):
    """The environment of a git revision, built where it is not there yet."""
    try:
        commit = _git(root, "rev-parse", "--verify", revision + "^{commit}")
    except GitError as error:
        raise RevisionError(f"git knows no revision {revision!r}: {error}") from None
    commit = commit.decode().strip()
    shown = f"{revision}: commit {commit[:12]}"

    def fill(folder):
        archive = folder.with_suffix(".zip")
        _git(root, "archive", "--format=zip", f"--output={archive}", commit)
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(folder)

    return _environment(commit, shown, fill, root)


def of_tree(root=ROOT):
    """The environment of the files as they are on disk, built anew after a change."""
    files = tree_files(root)
    changed = _git(root, "status", "--porcelain", "--", *_built())
    commit = _git(root, "rev-parse", "HEAD").decode().strip()
    shown = f"tree: commit {commit[:12]}{' with changes' if changed else ''}"

    def fill(folder):
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    return _environment(f"tree-{digest(files)}", shown, fill, root)


def tree_files(root=ROOT):
    """Name -> content of the files that are built, without those that git ignores."""
    which = ("--cached", "--others", "--exclude-standard")
    listed = os.fsdecode(_git(root, "ls-files", "-z", *which, "--", *_built()))
    names = [
        name for name in sorted(set(listed.split("\0"))) if (root / name).is_file()
    ]
    return {name: (root / name).read_bytes() for name in names}


def digest(files):
    """A name for the content of files."""
    hashes = {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()[:16]


def command(python, *arguments):
    """Command line of an interpreter that has only its environment on its path."""
    return [str(python), "-P", "-s", *arguments]


def variables():
    """Environment variables for both sides: none that change Python or the kernels."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key != "SKMLP_KERNELS" and not key.startswith("PYTHON")
    }
    # Python's hashes decide where it finds what: by chance, some processes are faster.
    return kept | {"PYTHONHASHSEED": "0"}


def _built():
    return (".", *(f":(exclude){name}" for name in _NOT_BUILT))


def _git(root, *arguments):
    """Return what git prints."""
    if not (root / ".git").exists():
        raise RevisionError(f"--against needs a git checkout, which {root} is not")
    try:
        git = ["git", "-C", str(root), *arguments]
        return subprocess.run(git, capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise RevisionError("--against needs git, which is not installed") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise GitError(said or f"git {arguments[0]} failed") from None


def _environment(key, shown, fill, root):
    """The environment of a key; `fill(folder)` writes the files to build it from."""
    cache = root / "build" / "benchmarks"
    target = cache / f"{key}-{_interpreter()}"
    if not target.exists():
        print(f"building {shown} (about a minute)", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        # Renamed when it is finished: what was interrupted is never used.
        with tempfile.TemporaryDirectory(prefix=".building-", dir=cache) as temporary:
            built, source = Path(temporary) / "environment", Path(temporary) / "source"
            source.mkdir()
            fill(source)
            _build(source, built, shown)
            if not target.exists():
                built.rename(target)
    return Environment(_python(target), _packages(target) / "skmlp", shown)


def _build(source, target, shown):
    """Install the source into a new environment, and check what came out."""
    venv.EnvBuilder(symlinks=True).create(target)
    pip = [sys.executable, "-m", "pip", "--python", str(_python(target)), "install"]
    pip += ["--quiet", "--no-deps", "--disable-pip-version-check", str(source)]
    finished = subprocess.run(pip, capture_output=True, text=True)
    if finished.returncode:
        said = "\n".join(finished.stderr.splitlines()[-20:])
        raise RevisionError(f"{shown} could not be built:\n{said}")
    # A folder added by a .pth file has its own .pth files ignored: an editable skmlp
    # of the interpreter that runs stays out.
    folders = "".join(f"{folder}\n" for folder in site.getsitepackages())
    (_packages(target) / "packages_of_the_benchmarks.pth").write_text(folders)
    _check(target, shown)


def _check(target, shown):
    """Refuse an environment without a compiled skmlp of its own, or other packages."""
    finished = subprocess.run(
        command(_python(target), "-c", _IMPORTS),
        capture_output=True,
        text=True,
        cwd=target,
        env=variables(),
    )
    if finished.returncode:
        raise RevisionError(f"{shown} was built, but does not run:\n{finished.stderr}")
    found = json.loads(finished.stdout)
    if not Path(found["skmlp"]).is_relative_to(target):
        raise RevisionError(f"{shown}: skmlp is imported from {found['skmlp']}")
    if found["kernels"] != "compiled":
        raise RevisionError(
            f"{shown}: the compiled kernels were not built; is there a C compiler?"
        )
    for name in ("numpy", "scipy", "sklearn"):
        here = import_module(name).__file__
        if found[name] != here:
            raise RevisionError(f"{shown}: {name} is {found[name]}, and not {here}")


def _python(target):
    return Path(sysconfig.get_path("scripts", "venv", {"base": str(target)})) / "python"


def _packages(target):
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(target)}))


def _interpreter():
    """A name for the running interpreter, its libraries and the compiler's settings."""
    parts = [sys.prefix, sys.version, version("numpy"), version("scipy")]
    parts += [f"{name}={os.environ.get(name)}" for name in _COMPILER]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

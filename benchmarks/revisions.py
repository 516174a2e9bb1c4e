"""Build environments with skmlp from a git revision, and from the working tree.

Both are built by pip, from files that git knows. NumPy, SciPy and scikit-learn are
those of the running interpreter, so that only skmlp differs.
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
# Files and folders that are no part of the build: their changes need no new one.
_NOT_BUILT = ("benchmarks", "docs", "examples", "tests", ".ci")
_NOT_BUILT += ("CHANGELOG.md", "CONTRIBUTING.md")
# Environment variables that affect the compilation of the kernels.
_COMPILER = ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS")
_IMPORTS = """
import json, numpy, scipy, sklearn, skmlp, skmlp._kernels
found = {each.__name__: each.__file__ for each in (numpy, scipy, sklearn, skmlp)}
print(json.dumps(found | {"kernels": getattr(skmlp._kernels, "NAME", None)}))
"""


class RevisionError(Exception):
    """Error of a revision that is unknown, or that cannot be built or run."""


class GitError(RevisionError):
    """Error of a git command, with git's message."""


@dataclass(frozen=True)
class Environment:
    """Path of an interpreter, folder of its skmlp, and a text on skmlp's origin."""

    python: Path
    package: Path
    origin: str


def build_both(revision):
    """Return the Environments of a git revision and of the working tree."""
    return {"revision": build_revision(revision), "tree": build_tree()}


def build_revision(revision, root=ROOT):
    """Return the Environment of a git revision; build it if it does not exist."""
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


def build_tree(root=ROOT):
    """Return the Environment of the files on disk; build it anew after a change."""
    files = tree_files(root)
    changed = _git(root, "status", "--porcelain", "--", *_built_paths())
    commit = _git(root, "rev-parse", "HEAD").decode().strip()
    shown = f"tree: commit {commit[:12]}{' with changes' if changed else ''}"

    def fill(folder):
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)

    return _environment(f"tree-{digest(files)}", shown, fill, root)


def tree_files(root=ROOT):
    """Return {name: content} of the files of the build that git does not ignore."""
    which = ("--cached", "--others", "--exclude-standard")
    listed = os.fsdecode(_git(root, "ls-files", "-z", *which, "--", *_built_paths()))
    names = [
        name for name in sorted(set(listed.split("\0"))) if (root / name).is_file()
    ]
    return {name: (root / name).read_bytes() for name in names}


def digest(files):
    """Return a hash of the names and contents of files, 16 letters long."""
    hashes = {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items()
    }
    return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()[:16]


def python_command(python, *arguments):
    """Return the command line of an interpreter that imports from its environment only.

    The working folder and the user's packages are not on its path.
    """
    return [str(python), "-P", "-s", *arguments]


def environment_variables():
    """Return environment variables without those that change Python or the kernels."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key != "SKMLP_KERNELS" and not key.startswith("PYTHON")
    }
    # Random hashes change the order of entries in sets, and with it the speed.
    return kept | {"PYTHONHASHSEED": "0"}


def _built_paths():
    return (".", *(f":(exclude){name}" for name in _NOT_BUILT))


def _git(root, *arguments):
    """Return the output of a git command as bytes."""
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
    """Return the Environment of a key; build it from the files of `fill(folder)`."""
    cache = root / "build" / "benchmarks"
    target = cache / f"{key}-{_interpreter()}"
    if not target.exists():
        print(f"building {shown} (about a minute)", flush=True)
        cache.mkdir(parents=True, exist_ok=True)
        # Renamed when it is finished, so that an interrupted build is never used.
        with tempfile.TemporaryDirectory(prefix=".building-", dir=cache) as temporary:
            built, source = Path(temporary) / "environment", Path(temporary) / "source"
            source.mkdir()
            fill(source)
            _build(source, built, shown)
            if not target.exists():
                built.rename(target)
    return Environment(_python(target), _packages(target) / "skmlp", shown)


def _build(source, target, shown):
    """Install the source into a new environment, and check the result."""
    venv.EnvBuilder(symlinks=True).create(target)
    pip = [sys.executable, "-m", "pip", "--python", str(_python(target)), "install"]
    pip += ["--quiet", "--no-deps", "--disable-pip-version-check", str(source)]
    finished = subprocess.run(pip, capture_output=True, text=True)
    if finished.returncode:
        said = "\n".join(finished.stderr.splitlines()[-20:])
        raise RevisionError(f"{shown} could not be built:\n{said}")
    # Python ignores the .pth files of a folder that is itself added by a .pth file: an
    # editable skmlp of the running interpreter is not found.
    folders = "".join(f"{folder}\n" for folder in site.getsitepackages())
    (_packages(target) / "packages_of_the_benchmarks.pth").write_text(folders)
    _check(target, shown)


def _check(target, shown):
    """Raise RevisionError unless the environment has its own, compiled skmlp.

    NumPy, SciPy and scikit-learn must be those of the running interpreter.
    """
    finished = subprocess.run(
        python_command(_python(target), "-c", _IMPORTS),
        capture_output=True,
        text=True,
        cwd=target,
        env=environment_variables(),
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
    """Return a hash of the interpreter, its libraries and the compiler's settings."""
    parts = [sys.prefix, sys.version, version("numpy"), version("scipy")]
    parts += [f"{name}={os.environ.get(name)}" for name in _COMPILER]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]

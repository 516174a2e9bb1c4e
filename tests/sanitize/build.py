"""Builds a copy of the package with gcc's sanitizers, and the crew's driver.

What is built lies below build/sanitize/, under a name that is a hash of all that went
into it: a second run of the same sources builds nothing.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILDS = ROOT / "build" / "sanitize"
COMPILED = "skmlp/_kernels/compiled"

# What gcc counts as undefined behaviour, and numbers too large for the integer that
# they are converted to. Not float-divide-by-zero: x / 0 is ±inf or NaN wherever numbers
# are those of IEEE 754, and the kernels rely on it.
SANITIZE = "-fsanitize=address,undefined,float-cast-overflow"
FLAGS = (SANITIZE, "-fno-omit-frame-pointer", "-g", "-O1", "-fPIC", "-shared", "-w")
# Functions are built once, not for each of several processors: the C is the same.
FLAGS += ("-DSKMLP_CLONES=",)
THREAD_FLAGS = ("-fsanitize=thread", "-g", "-O1", "-pthread")

# Planted in the copy, off unless SKMLP_PLANTED names one: see controls.py.
_ALLOCATION = "work->memory = malloc(sizeof(REAL) * (size_t)(total > 0 ? total : 1));"
_PLANTED = f"""if (SKMLP_PLANTED("heap overflow")) total -= 3;
    {_ALLOCATION}
    if (SKMLP_PLANTED("signed overflow")) {{
        volatile int largest = 0x7fffffff;
        largest = largest + 1;
    }}
    if (SKMLP_PLANTED("misaligned load")) {{
        const char *byte = (const char *)work->memory + 1;
        volatile REAL number = *(const REAL *)byte;
        (void)number;
    }}"""
_CREW = "skmlp/_kernels/c/thread_crew.c"
_LAST_INCLUDE = "#include <string.h>\n"
_ASKS = """
static inline int skmlp_planted(const char *fault)
{
    const char *planted = getenv("SKMLP_PLANTED");
    return planted != NULL && strcmp(planted, fault) == 0;
}
#define SKMLP_PLANTED(fault) skmlp_planted(fault)
"""
PATCHES = (
    ("skmlp/_kernels/c/platform.h", _LAST_INCLUDE, _LAST_INCLUDE + _ASKS),
    ("skmlp/_kernels/c/network.h", _ALLOCATION, _PLANTED),
)
# The part is done, but no longer said so in an order that the leader can rely on.
_RELEASE = "atomic_fetch_add_explicit(&crew->done, 1, memory_order_release);"
WEAKENED = ((_CREW, _RELEASE, _RELEASE.replace("order_release", "order_relaxed")),)


class MissingTool(Exception):
    """Raised where a tool or library is not installed."""


def _output(*command):
    """Return what a command prints; raise MissingTool where it cannot run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingTool(f"{command[0]} does not run: {error}") from None
    return done.stdout.strip()


def compiler():
    """The compiler: gcc, or what the environment variable SANITIZE_CC names."""
    command = os.environ.get("SANITIZE_CC", "gcc")
    if shutil.which(command) is None:
        raise MissingTool(f"there is no {command}; install gcc, or set SANITIZE_CC.")
    return command


def runtime(name):
    """The path of a library that comes with gcc, such as libasan."""
    path = Path(_output(compiler(), f"-print-file-name={name}.so"))
    if not path.is_absolute():  # gcc repeats the name of what it has not got
        raise MissingTool(f"gcc has no {name}; install its sanitizer libraries.")
    return str(path)


def _sources():
    """The package's files that git knows, or all but what was built."""
    try:
        names = _output("git", "-C", str(ROOT), "ls-files", "skmlp").splitlines()
    except MissingTool:
        names = []
    if not names:  # no checkout, but perhaps a folder inside of one
        names = [str(p.relative_to(ROOT)) for p in (ROOT / "skmlp").rglob("*.*")]
    kept = (".py", ".pyx", ".pxd", ".h", ".c")
    return sorted(name for name in names if name.endswith(kept))


def extensions():
    """Return the extension modules that setup.py declares."""
    spec = spec_from_file_location("skmlp_setup", ROOT / "setup.py")
    setup = module_from_spec(spec)
    spec.loader.exec_module(setup)
    return [setup.extension(name, more) for name, more in setup.MODULES.items()]


def _settings(extension):
    """Return the compiler arguments and macros of an extension, but for -O3."""
    flags = [flag for flag in extension.extra_compile_args if flag != "-O3"]
    return flags + [f"-D{name}={value}" for name, value in extension.define_macros]


def _digest(parts):
    """A short hash of some texts and files."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        hashed.update(b"\0")
    return hashed.hexdigest()[:16]


def patched(text, changes, name):
    """The text with one change of each; an error where the text has moved on."""
    for old, new in changes:
        if text.count(old) != 1:
            raise AssertionError(f"{name}: not there once, to plant faults: {old}")
        text = text.replace(old, new)
    return text


def _compile(command, log):
    """Run the compiler; its messages where it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        log(done.stderr[-4000:])
        raise MissingTool(f"{Path(command[0]).name} failed; see above.")


def package(log=print):
    """A folder that holds the sanitized package; built now if there is none."""
    try:
        import Cython
        import numpy
        import scipy
    except ImportError as error:
        raise MissingTool(f"{error.name} is missing; install it.") from None
    cc, sources, modules = compiler(), _sources(), extensions()
    for name in ("libasan", "libubsan"):
        runtime(name)
    versions = (sys.version, Cython.__version__, numpy.__version__, scipy.__version__)
    flags = (*FLAGS, *_settings(modules[0]))
    parts = [_output(cc, "--version"), *versions, *flags, *map(str, PATCHES)]
    for name in sources:
        parts += [name, ROOT / name]
    folder = BUILDS / _digest(parts)
    if (folder / "done").exists():
        return folder
    log("building the package with the sanitizers (about a minute)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    for name in sources:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    for name, old, new in PATCHES:
        path = folder / name
        path.write_text(patched(path.read_text(), [(old, new)], name))
    includes = [f"-I{folder / 'skmlp/_kernels/c'}"]
    includes += [f"-I{sysconfig.get_path('include')}"]
    for module in modules:
        source, *more = module.sources
        stem = folder / COMPILED / module.name.rpartition(".")[2]
        cython = [sys.executable, "-m", "cython", "-3", f"-I{folder}", "--module-name"]
        _compile([*cython, module.name, str(folder / source)], log)
        files = [f"{stem}.c", *(str(folder / name) for name in more)]
        _compile([cc, *flags, *includes, *files, "-o", f"{stem}.abi3.so"], log)
    (folder / "done").touch()
    return folder


def environment(folder):
    """The environment variables for a Python that imports the sanitized package."""
    libraries = [runtime(name) for name in ("libasan", "libubsan", "libstdc++")]
    return os.environ | {
        "LD_PRELOAD": " ".join(libraries),
        # Python and NumPy never give back all they took, so leaks are not looked for;
        # too large an allocation fails as it does without the sanitizer.
        "ASAN_OPTIONS": "detect_leaks=0:halt_on_error=1:abort_on_error=0:"
        "allocator_may_return_null=1:quarantine_size_mb=32",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "PYTHONMALLOC": "malloc",  # so that every object has red zones
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "PYTHONSAFEPATH": "1",  # else the working folder's package comes first
        "SKMLP_KERNELS": "compiled",
    }


def crew_driver(*, race=False, weakened=False):
    """The crew's driver under the thread sanitizer; with a fault, if so asked."""
    cc = compiler()
    runtime("libtsan")
    driver = Path(__file__).with_name("crew_driver.c")
    flags = (*THREAD_FLAGS, *(["-DPLANTED_RACE"] if race else []))
    changes = [(old, new) for _, old, new in WEAKENED] if weakened else []
    text = patched((ROOT / _CREW).read_text(), changes, _CREW)
    headers = (ROOT / _CREW).parent
    parts = [_output(cc, "--version"), *flags, text, driver, headers / "thread_crew.h"]
    folder = BUILDS / _digest(parts)
    program = folder / "crew_driver"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "thread_crew.c").write_text(text)
        includes = [f"-I{folder}", f"-I{headers}"]
        command = [cc, *flags, *includes, str(driver), "-o", str(program)]
        _compile(command, print)
    return program

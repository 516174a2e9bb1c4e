"""Build a copy of the package with gcc's sanitizers, and the driver of thread_crew.c.

Builds are in folders below build/sanitize/. The name of a folder is a hash of all of
its sources and settings: a second run with unchanged sources builds nothing.
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

# Undefined behaviour as gcc defines it, and floats that are too large for the integer
# type to which they are converted. Not float-divide-by-zero: with IEEE 754 numbers
# x / 0 is ±inf or NaN, and the kernels rely on it.
SANITIZE = "-fsanitize=address,undefined,float-cast-overflow"
FLAGS = (SANITIZE, "-fno-omit-frame-pointer", "-g", "-O1", "-fPIC", "-shared", "-w")
# Functions are built once, not for several kinds of processors: the C code is equal.
FLAGS += ("-DSKMLP_CLONES=",)
THREAD_FLAGS = ("-fsanitize=thread", "-g", "-O1", "-pthread")

# Faults that are planted in the copy. The environment variable SKMLP_PLANTED names the
# fault that is active, see controls.py.
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
# With a relaxed counter, the leader may see that a part is done before its results.
_RELEASE = "atomic_fetch_add_explicit(&crew->done, 1, memory_order_release);"
WEAKENED = ((_CREW, _RELEASE, _RELEASE.replace("order_release", "order_relaxed")),)


class MissingTool(Exception):
    """Error of a tool or library that is not installed or does not run."""


def _output(*command):
    """Return the output of a command; raise MissingTool if it cannot run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MissingTool(f"{command[0]} does not run: {error}") from None
    return done.stdout.strip()


def compiler():
    """Return the compiler: gcc, or the value of the variable SANITIZE_CC."""
    command = os.environ.get("SANITIZE_CC", "gcc")
    if shutil.which(command) is None:
        raise MissingTool(f"there is no {command}; install gcc, or set SANITIZE_CC.")
    return command


def runtime(name):
    """Return the path of a library that comes with gcc, such as libasan."""
    path = Path(_output(compiler(), f"-print-file-name={name}.so"))
    if not path.is_absolute():  # gcc prints the bare name of a library that it lacks
        raise MissingTool(f"gcc has no {name}; install its sanitizer libraries.")
    return str(path)


def _sources():
    """Return the names of the package's source files that git knows.

    Without git, return all source files in the folder.
    """
    try:
        names = _output("git", "-C", str(ROOT), "ls-files", "skmlp").splitlines()
    except MissingTool:
        names = []
    if not names:  # no checkout, or a folder that is not part of the checkout around it
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
    """Return a hash, 16 letters long, of texts and of the contents of files."""
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        hashed.update(b"\0")
    return hashed.hexdigest()[:16]


def patched(text, changes, name):
    """Return `text` with all replacements; raise an error unless each is found once."""
    for old, new in changes:
        if text.count(old) != 1:
            raise AssertionError(f"{name}: not there once, to plant faults: {old}")
        text = text.replace(old, new)
    return text


def _compile(command, log):
    """Run the compiler; log its messages and raise MissingTool if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        log(done.stderr[-4000:])
        raise MissingTool(f"{Path(command[0]).name} failed; see above.")


def package(log=print):
    """Return the folder of the sanitized package; build it if it does not exist."""
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
    """Return the environment variables to import the sanitized package."""
    libraries = [runtime(name) for name in ("libasan", "libubsan", "libstdc++")]
    return os.environ | {
        "LD_PRELOAD": " ".join(libraries),
        # Leaks are not detected, since Python and NumPy do not free all memory at exit.
        # Too large an allocation fails as it does without the sanitizer.
        "ASAN_OPTIONS": "detect_leaks=0:halt_on_error=1:abort_on_error=0:"
        "allocator_may_return_null=1:quarantine_size_mb=32",
        "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
        "PYTHONMALLOC": "malloc",  # so that every object has red zones
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]),
        "PYTHONSAFEPATH": "1",  # else the package in the working folder comes first
        "SKMLP_KERNELS": "compiled",
    }


def crew_driver(*, race=False, weakened=False):
    """Return the driver of thread_crew.c, built with the thread sanitizer.

    `race` and `weakened` plant a fault.
    """
    cc = compiler()
    runtime("libtsan")
    driver = Path(__file__).with_name("crew_driver.c")
    flags = (*THREAD_FLAGS, *(["-DPLANTED_RACE"] if race else []))
    changes = [(old, new) for _, old, new in WEAKENED] if weakened else []
    text = patched((ROOT / _CREW).read_text(), changes, _CREW)
    headers = (ROOT / _CREW).parent
    parts = [
        _output(cc, "--version"),
        *flags,
        text,
        driver,
        *sorted(headers.glob("*.h")),
    ]
    folder = BUILDS / _digest(parts)
    program = folder / "crew_driver"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "thread_crew.c").write_text(text)
        includes = [f"-I{folder}", f"-I{headers}"]
        command = [cc, *flags, *includes, str(driver), "-o", str(program)]
        _compile(command, print)
    return program

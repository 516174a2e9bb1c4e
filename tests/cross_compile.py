"""Compiles the kernels with every compiler at hand, for this machine and for others.

``python -m tests.cross_compile`` compiles

- each header of skmlp/_kernels/c alone, as an editor reads it,
- each extension module, from the C that Cython writes,

with gcc and clang for this machine and, if PyPI's ``ziglang`` is installed, for Linux
on aarch64, for Windows on x86-64 and for macOS on aarch64, with -Wall -Wextra -Werror.
Modules for Linux are linked, too. What is built for another machine is not run.

Python's headers are those of this machine. For Windows they are copied, with another
pyconfig.h: it says what differs in the limited API. Modules for Windows and macOS are
compiled, but not linked, since Python's library for these systems is missing here.
"""

import argparse
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from tests.sanitize.build import ROOT, extensions

SOURCES = ROOT / "skmlp" / "_kernels" / "c"
WARNINGS = ("-Wall", "-Wextra", "-Werror")
TARGETS = ("aarch64-linux-gnu", "x86_64-windows-gnu", "aarch64-macos")
# The sizes of types that Python's headers ask for, as they are on Windows (64 bits).
PYCONFIG_OF_WINDOWS = """
#define MS_WINDOWS 1
#define MS_WIN32 1
#define MS_WIN64 1
#define Py_ENABLE_SHARED 1
#define SIZEOF_SHORT 2
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_VOID_P 8
#define SIZEOF_SIZE_T 8
#define SIZEOF_TIME_T 8
#define SIZEOF_WCHAR_T 2
#define SIZEOF_DOUBLE 8
#define ALIGNOF_SIZE_T 8
#define HAVE_STDDEF_H 1
"""


def compilers():
    """Return {name: command} of the compilers and targets, for those installed."""
    found = {name: [path] for name in ("gcc", "clang") if (path := shutil.which(name))}
    try:
        import ziglang  # noqa: F401
    except ImportError:
        return found
    zig = [sys.executable, "-m", "ziglang", "cc", "-target"]
    return found | {f"zig for {target}": [*zig, target] for target in TARGETS}


def messages_of(*command):
    """Return what a compiler says if it fails: a list with one text, or none."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    return [done.stderr] if done.returncode else []


def compile_headers(command, folder):
    """Return the compiler's messages for the headers and C files, each read alone."""
    flags = [*WARNINGS, "-Wno-unused-function", "-O1", "-c", "-xc"]
    messages = []
    for path in sorted([*SOURCES.glob("*.h"), *SOURCES.glob("*.c")]):
        messages += messages_of(*command, *flags, path, "-o", folder / "header.o")
    return messages


def python_headers(name, folder):
    """Return the folder of Python's headers; for Windows, of their copy."""
    headers = sysconfig.get_path("include")
    if "windows" not in name:
        return headers
    copy = folder / "headers-of-windows"
    shutil.copytree(headers, copy)
    (copy / "pyconfig.h").write_text(PYCONFIG_OF_WINDOWS)
    return copy


def write_c(folder):
    """Let Cython write the C of every module into a folder; return (module, files)."""
    modules = []
    for module in extensions():
        source, *more = module.sources
        written = folder / f"{module.name.rpartition('.')[2]}.c"
        cython = [sys.executable, "-m", "cython", "-3", "-I", str(ROOT)]
        cython += ["--module-name", module.name, str(ROOT / source), "-o", str(written)]
        subprocess.run(cython, check=True, capture_output=True)
        modules.append((module, [written, *(ROOT / name for name in more)]))
    return modules


def compile_modules(command, name, modules, folder):
    """Return the compiler's messages for the extension modules."""
    messages, headers = [], python_headers(name, folder)
    for module, files in modules:
        flags = [*WARNINGS, *module.extra_compile_args, "-O1", f"-I{SOURCES}"]
        flags += [f"-D{macro}={value}" for macro, value in module.define_macros]
        flags += [f"-I{headers}", *([] if "windows" in name else ["-fPIC"])]
        objects = [folder / f"{number}.o" for number in range(len(files))]
        for file, target in zip(files, objects, strict=True):
            messages += messages_of(*command, *flags, "-c", file, "-o", target)
        if not messages and not name.endswith(("windows-gnu", "macos")):
            shared = folder / "module.so"
            messages += messages_of(*command, "-shared", *objects, "-o", shared)
    return messages


def main(arguments=None):
    """Compile everything, and return 1 if a compiler had anything to say."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--only", default="", help="compilers whose name contains this text"
    )
    only = parser.parse_args(arguments).only
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        modules = write_c(folder)
        for compiler, command in compilers().items():
            if only not in compiler:
                continue
            messages = compile_headers(command, folder)
            messages += compile_modules(command, compiler, modules, folder)
            failed |= bool(messages)
            print(f"{compiler}: {len(messages) or 'no'} messages", flush=True)
            for message in messages:
                print(message[:2000], flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

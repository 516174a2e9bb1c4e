"""Declares the extension modules and a build folder; the rest is in pyproject.toml."""

import atexit
import shutil
import tempfile
from pathlib import Path

from setuptools import Extension, setup

KERNELS = Path("skmlp/_kernels")
# One extension module for each idea, and the C sources that it takes besides.
MODULES = {
    "class_moments": [],
    "coordinate_descent": [],
    "limited_memory": [],
    "network": [],
    "perceptron": [],
    "programs": [],
    "thread_crew": ["thread_crew.c"],
    "updates": [],
}
# Not -ffast-math, and nothing at link time: those change arithmetic for the process.
COMPILE_ARGS = ["-O3", "-fno-math-errno", "-fno-trapping-math", "-ffp-contract=off"]
MACROS = [("Py_LIMITED_API", "0x030B0000"), ("CYTHON_LIMITED_API", "1")]


def extension(name, sources):
    """Return an extension module; where there is no C compiler, it is left out."""
    headers = [*KERNELS.glob("c/*.h"), *KERNELS.glob("compiled/*.pxd")]
    return Extension(
        f"skmlp._kernels.compiled.{name}",
        [f"{KERNELS}/compiled/{name}.pyx", *(f"{KERNELS}/c/{c}" for c in sources)],
        depends=sorted(map(str, headers)),
        include_dirs=[f"{KERNELS}/c"],
        extra_compile_args=COMPILE_ARGS,
        define_macros=MACROS,
        py_limited_api=True,
        optional=True,
    )


if __name__ == "__main__":
    # A build folder beside the sources would stay there: a copy of the package, whose
    # files a later install takes along even after they are removed from the sources.
    folder = tempfile.mkdtemp(prefix="skmlp-build-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    setup(
        ext_modules=[extension(name, sources) for name, sources in MODULES.items()],
        options={"build": {"build_base": folder}},
    )

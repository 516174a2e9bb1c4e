"""The floor of the timings: only the matrix products of a network, by SciPy's BLAS.

The loop over the products is in products.c, which is compiled into the user's cache
folder at its first use.
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import tempfile
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.linalg import cython_blas

SOURCE = Path(__file__).with_name("products.c")


class _Product(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int32) for name in ("transpose_a", "transpose_b")),
        *((name, ctypes.c_int32) for name in ("m", "n", "k", "lda", "ldb", "ldc")),
        ("beta", ctypes.c_double),
        *((name, ctypes.c_void_p) for name in "abc"),
    ]


class NetworkProducts:
    """The matrix products of one pass through a network, forward and backward.

    With L layers there are L products forward, L for the gradients by the weights, and
    L − 1 for the gradients by the outputs of the layers. With trains=False there are
    only those forward. The rows are cut into blocks of `block` rows.
    """

    def __init__(self, layer_sizes, dtype, *, rows, block=None, trains=True):
        self._library = _library()
        self._dtype = np.dtype(dtype)
        self._arrays = []
        self._products = []
        block = min(block or rows, rows)
        X = self._array(rows, layer_sizes[0])
        outputs = [self._array(block, size) for size in layer_sizes[1:]]
        output_gradients = [self._array(block, size) for size in layer_sizes[1:]]
        shapes = list(pairwise(layer_sizes))
        weights = [self._array(*shape) for shape in shapes]
        weight_gradients = [self._array(*shape) for shape in shapes]
        for start in range(0, rows, block):
            length = min(block, rows - start)
            inputs = [X[start : start + length], *outputs[:-1]]
            for layer, (fan_in, fan_out) in enumerate(shapes):
                self._add(
                    (length, fan_out, fan_in),
                    inputs[layer],
                    weights[layer],
                    outputs[layer],
                )
            for layer in reversed(range(len(shapes) if trains else 0)):
                fan_in, fan_out = shapes[layer]
                self._add(
                    (fan_in, fan_out, length),
                    inputs[layer],
                    output_gradients[layer],
                    weight_gradients[layer],
                    transpose_a=1,
                    beta=float(start > 0),
                )
                if layer > 0:
                    self._add(
                        (length, fan_in, fan_out),
                        output_gradients[layer],
                        weights[layer],
                        output_gradients[layer - 1],
                        transpose_b=1,
                    )
        self._list = (_Product * len(self._products))(*self._products)

    def repeat(self, times):
        """Compute all products `times` times."""
        single = self._dtype == np.float32
        loop = self._library.repeat_f32 if single else self._library.repeat_f64
        gemm = _address("sgemm" if single else "dgemm")
        loop(gemm, self._list, len(self._list), times)

    def _array(self, *shape):
        """Return a new array of small random numbers, which the object keeps alive.

        Products of zeros could be faster than those of other numbers.
        """
        numbers = np.random.default_rng(0).uniform(-0.01, 0.01, shape)
        self._arrays.append(numbers.astype(self._dtype))
        return self._arrays[-1]

    def _add(self, sizes, a, b, c, *, transpose_a=0, transpose_b=0, beta=0.0):
        """Append the product C (m, n) = op(A)·op(B) + beta·C, with sums of k terms."""
        m, n, k = sizes
        strides = (array.shape[1] for array in (a, b, c))
        pointers = (array.ctypes.data for array in (a, b, c))
        self._products.append(
            _Product(transpose_a, transpose_b, m, n, k, *strides, beta, *pointers)
        )


def _address(name):
    """Return the address of a function of SciPy's BLAS, which the kernels call too."""
    capsule = cython_blas.__pyx_capi__[name]
    api = ctypes.pythonapi
    api.PyCapsule_GetName.restype = ctypes.c_char_p
    api.PyCapsule_GetName.argtypes = [ctypes.py_object]
    api.PyCapsule_GetPointer.restype = ctypes.c_void_p
    api.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    return api.PyCapsule_GetPointer(capsule, api.PyCapsule_GetName(capsule))


@cache
def _library():
    """Return the library of products.c; compile it first if its text has changed."""
    digest = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    compiled = _cache_folder() / f"products-{digest}.so"
    if not compiled.exists():
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            raise RuntimeError("no C compiler for the loop over the products")
        with tempfile.TemporaryDirectory(dir=compiled.parent) as folder:
            built = Path(folder) / compiled.name
            flags = ["-O2", "-shared", "-fPIC"]
            command = [compiler, *flags, str(SOURCE), "-o", str(built)]
            subprocess.run(command, check=True, capture_output=True, text=True)
            built.replace(compiled)
    library = ctypes.CDLL(str(compiled))
    for loop in (library.repeat_f32, library.repeat_f64):
        loop.restype = None
        loop.argtypes = [
            ctypes.c_void_p,
            ctypes.POINTER(_Product),
            ctypes.c_int64,
            ctypes.c_int64,
        ]
    return library


def _cache_folder():
    """Return the cache folder; only the user can write to it, since its code is run."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "skmlp-benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder

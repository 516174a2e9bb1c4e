"""Measure the peak memory of a fit beyond its input, in a process of its own.

Linux counts the memory, so that allocations in C count as well as Python's. A fit to a
few rows and a large product come first, so that libraries are loaded, and the buffers
of BLAS allocated, before the measurement.
"""

import ctypes
import gc
import multiprocessing
from contextlib import suppress
from pathlib import Path

import numpy as np

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")


def peak(work, role, *, quick):
    """Return the peak bytes of a run minus the bytes before it, or None if unknown."""
    spawn = multiprocessing.get_context("spawn")
    with spawn.Pool(1) as pool:
        try:
            return pool.apply_async(_peak, (work.name, role, quick)).get(timeout=300)
        except Exception:
            return None


def _peak(name, role, quick):
    from benchmarks.works import WORKS

    if not _CLEAR.exists():
        return None
    work = next(work for work in WORKS if work.name == name)
    variants, _ = work.contestants(role)
    prepare = next(iter(variants.values()))
    data = work.quick_data() if quick else work.data()
    _fill_buffers(data.X.dtype)
    for _ in range(2):
        prepare(data.head(max(300, len(data.X) // 50)))()
    run = prepare(data)
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    _CLEAR.write_text("5")  # sets the recorded peak to the memory in use now
    before = _kilobytes("VmRSS")
    run()
    return 1024 * (_kilobytes("VmHWM") - before)


def _fill_buffers(dtype):
    """Compute products large enough for BLAS to touch all of its buffers."""
    from scipy.linalg.blas import dgemm, sgemm

    A = np.ones((1500, 1500), dtype=dtype, order="F")
    (sgemm if dtype == np.float32 else dgemm)(1.0, A, A)
    A @ A


def _kilobytes(name):
    lines = _STATUS.read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])

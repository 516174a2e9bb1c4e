"""Make the arrays of a case: values, layouts in memory, sparse formats and faults."""

import tempfile
from itertools import pairwise

import numpy as np
import scipy.sparse
from numpy.lib.stride_tricks import sliding_window_view


def values(data, rng):
    """Return X as float64 in C order."""
    X = data["scale"] * rng.normal(size=(data["rows"], data["columns"]))
    if data["constant_column"]:
        X[:, 0] = data["scale"]
    if data["format"]:
        X[rng.random(X.shape) >= data["density"]] = 0
    return X


def target(data, rng, n_rows):
    """Return y with `n_rows` rows, of the kind of target of the case."""
    kind, K = data["target"], data["classes"]
    labels = rng.integers(K, size=n_rows)
    labels[: min(K, n_rows)] = np.arange(
        min(K, n_rows)
    )  # every class, if there is room
    if kind == "labels":
        return labels
    if kind == "texts":
        return np.array(["a", "b", "ccc"], dtype=object)[labels % 3]
    if kind == "multilabel":
        return rng.integers(2, size=(n_rows, K))
    if kind == "several labels":
        return rng.integers(3, size=(n_rows, 2))
    shape = (n_rows, 3) if kind == "several numbers" else (n_rows,)
    return rng.gamma(2.0, size=shape)  # positive, as 'gamma' needs them


def sample_weight(data, rng, n_rows):
    """Return the sample weights (n_rows,) of the case, or None."""
    kind = data["weights"]
    if kind is None:
        return None
    weights = np.ones(n_rows) if kind == "ones" else rng.uniform(0.1, 3, size=n_rows)
    if kind == "some zero":
        weights[rng.random(n_rows) < 0.4] = 0
    return weights.astype(np.float32) if kind == "float32" else weights


def laid_out(X, layout, dtype):
    """Return X in a dtype and memory layout; some layouts contain part of X only."""
    with np.errstate(all="ignore"):
        X = X.astype(dtype)
    if layout == "Fortran":
        return np.asfortranarray(X)
    if layout == "reversed rows":
        return X[::-1].copy()[::-1]
    if layout == "reversed columns":
        return X[:, ::-1].copy()[:, ::-1]
    if layout == "broadcast row":
        return np.broadcast_to(X[0].copy(), X.shape)
    if layout == "broadcast column":
        return np.broadcast_to(X[:, :1].copy(), X.shape)
    if layout == "sliding windows":
        line = np.resize(X.ravel(), sum(X.shape) - 1)
        return sliding_window_view(line, X.shape[1])
    if layout == "every other row":
        return np.repeat(X, 2, axis=0)[::2]
    if layout == "every other column":
        return np.repeat(X, 2, axis=1)[:, ::2]
    if layout == "middle columns":
        return np.hstack([X, X, X])[:, X.shape[1] : 2 * X.shape[1]]
    if layout == "unaligned" and X.dtype != object:
        return np.frombuffer(b"\0" + X.tobytes(), X.dtype, offset=1).reshape(X.shape)
    if layout == "record field":
        records = np.zeros(X.shape, [("first", "i1"), ("x", X.dtype), ("last", "i2")])
        records["x"] = X
        return records["x"]
    if layout == "read-only":
        X.flags.writeable = False
    if layout == "memory-mapped" and X.dtype != object and X.size:
        with tempfile.TemporaryFile() as file:  # the map stays when it is closed
            mapped = np.memmap(file, X.dtype, "w+", shape=X.shape)
        mapped[...] = X
        return mapped
    if layout == "no rows":
        return X[:0]
    if layout == "one row":
        return X[:1]
    return X.tolist() if layout == "nested lists" else X


def sparse(X, data, rng):
    """Return X in the sparse format of the case, with its fault, in tight arrays."""
    kind = data["format"].split("_")[0]
    matrix = getattr(scipy.sparse, data["format"])(X.astype(data["dtype"]))
    fault = data["sparse_fault"]
    if kind == "coo":
        _spoil_coordinates(matrix, fault, rng)
    elif fault:
        _spoil_compressed(matrix, fault, rng, X.shape[kind == "csr"])
    return matrix


def _longer(matrix, extra):
    """Append `extra` unused numbers to data and indices, after the last entry."""
    matrix.data = np.r_[matrix.data, np.full(extra, 7, matrix.data.dtype)]
    junk = np.full(extra, 2**30, matrix.indices.dtype)
    matrix.indices = np.r_[matrix.indices, junk]


def _spoil_compressed(matrix, fault, rng, width):
    indices, pointers = matrix.indices.copy(), matrix.indptr.copy()
    some = rng.integers(len(indices)) if len(indices) else None
    if fault in ("64-bit indices", "index that wraps to 32 bits"):
        indices, pointers = indices.astype(np.int64), pointers.astype(np.int64)
    changed = {
        "index past the width": width,
        "index far out": 10**6,
        "negative index": -1,
        "index that wraps to 32 bits": 2**32 + min(3, width - 1),
    }
    if fault in changed and some is not None:
        indices[some] = changed[fault]
    if fault == "pointer past the end":
        pointers[-1] += rng.choice((1, 5, 100_000))
    if fault == "pointers go down":
        pointers[1:-1] = rng.permutation(pointers[1:-1])
        if len(pointers) > 3:
            pointers[1] = pointers[-1]
    if fault == "negative pointer":
        pointers[len(pointers) // 2] = -3
    if fault == "first pointer not zero":
        pointers[0] = min(1, pointers[1])
    if fault == "pointers too short":
        pointers = pointers[: max(1, len(pointers) // 2)].copy()
    if fault == "unsorted indices":
        for first, last in pairwise(pointers):
            order = slice(first, last)
            indices[order] = indices[order][::-1].copy()
            matrix.data[order] = matrix.data[order][::-1].copy()
        matrix.has_sorted_indices = False
    if fault == "duplicates" and len(indices) > 1:
        first = pointers[np.diff(pointers).argmax()]
        if np.diff(pointers).max() > 1:
            indices[first + 1] = indices[first]
        matrix.has_canonical_format = False
    matrix.indices, matrix.indptr = indices, pointers
    if fault == "explicit zeros":
        matrix.data[::2] = 0
    if fault == "no entries":
        matrix.data, matrix.indices = matrix.data[:0].copy(), indices[:0].copy()
        matrix.indptr = np.zeros_like(pointers)
    if fault == "room after the entries":
        _longer(matrix, 9)
    if fault == "data too short":
        matrix.data = matrix.data[: len(indices) // 2].copy()
    if fault == "indices too short":
        matrix.indices = indices[: len(indices) // 2].copy()


def _spoil_coordinates(matrix, fault, rng):
    if not matrix.nnz:
        return
    coords = [places.copy() for places in matrix.coords]
    axis, some = rng.integers(2), rng.integers(matrix.nnz)
    changed = {
        "index past the width": matrix.shape[axis],
        "index far out": 10**6,
        "negative index": -1,
        "index that wraps to 32 bits": 2**32 + min(3, matrix.shape[axis] - 1),
    }
    if fault in ("64-bit indices", "index that wraps to 32 bits"):
        coords = [places.astype(np.int64) for places in coords]
    if fault in changed:
        coords[axis][some] = changed[fault]
    if fault == "duplicates":
        coords = [np.resize(places[:1], places.shape) for places in coords]
    if fault == "unsorted indices":
        coords = [places[::-1].copy() for places in coords]
        matrix.data = matrix.data[::-1].copy()
    if fault == "explicit zeros":
        matrix.data[::2] = 0
    if fault == "data too short":
        matrix.data = matrix.data[: len(coords[0]) // 2].copy()
    if fault == "indices too short":
        coords[axis] = coords[axis][: len(coords[axis]) // 2].copy()
    matrix.coords = tuple(coords)


def is_malformed(matrix):
    """Return True if the arrays of a sparse matrix contradict each other or its shape.

    The check does not use SciPy's own.
    """
    if matrix.format == "coo":
        lengths = {len(matrix.data), *map(len, matrix.coords)}
        pairs = zip(matrix.coords, matrix.shape, strict=True)
        return len(lengths) > 1 or any(
            len(places) and (places.min() < 0 or places.max() >= width)
            for places, width in pairs
        )
    pointers = matrix.indptr.astype(np.int64)
    length, width = matrix.shape if matrix.format == "csr" else matrix.shape[::-1]
    if len(pointers) != length + 1 or pointers[0] != 0 or np.any(np.diff(pointers) < 0):
        return True
    n_entries = pointers[-1]
    if n_entries > min(len(matrix.data), len(matrix.indices)):
        return True
    used = matrix.indices[:n_entries]
    return bool(n_entries and (used.min() < 0 or used.max() >= width))

"""Make the arrays of a case: rows, targets and weights."""

from itertools import pairwise

import numpy as np
import scipy.sparse

from tests.sanitize.arrays import laid_out

from .cases import label_names


def make(data, seed, n_rows=None, *, only_C=False):
    """Return X, y and the sample weights (or None) of a case's description.

    With `only_C`, X holds the same numbers in C order, or as canonical CSR.
    """
    rng = np.random.default_rng(seed)
    n = data["rows"] if n_rows is None else n_rows
    shape = (n, data["columns"])
    y, groups = target(data, rng, n)
    X = rng.normal(size=shape)
    X += data["separation"] * groups.reshape(-1, 1) * rng.uniform(0.5, 1, shape[1])
    weights = weights_of(data["weights"], groups, rng)
    with np.errstate(all="ignore"):
        X *= data.get("scale", 1.0)
        for column, fault, power in data["faults"]:
            spoil(X, column % shape[1], fault, power, rng)
        if data["format"]:
            X[rng.random(shape) >= data["density"]] = 0
        X = as_dtype(X, data["dtype"])
    if data["format"]:
        X = sparse(X, data["format"], data["form"])
        if only_C:
            X = X.tocsr().copy()
            X.sum_duplicates()
    else:
        X = laid_out(X, "C" if only_C else data["layout"], X.dtype)
    return X, y, weights


def spoil(X, column, fault, power, rng):
    """Change one column of X in place."""
    n, d = X.shape
    if fault == "scale":
        X[:, column] *= float(f"1e{power}")
    elif fault == "subnormal":
        X[:, column] = 5e-324 * rng.integers(0, 1000, n)
    elif fault in ("constant", "huge constant"):
        X[:, column] = 3.7 if fault == "constant" else float(f"1e{power}")
    elif fault == "zeros":
        X[:, column] = 0
    elif fault == "copy":
        X[:, column] = X[:, (column + 1) % d]
    elif fault == "far from zero":
        X[:, column] = float(f"1e{power}") * (1 + 1e-9 * X[:, column])
    elif fault == "sum of others":
        X[:, column] = X.sum(axis=1) - X[:, column]
    elif fault == "one row only":
        X[1:, column] = 0


def as_dtype(X, dtype):
    """Return X in a dtype; integers are rounded, and objects are floats."""
    if dtype == "int64":
        return np.clip(np.nan_to_num(3 * X), -1e18, 1e18).astype(np.int64)
    return X.astype(dtype)


def sparse(X, kind, form):
    """Return X as a sparse matrix of a kind, such as 'csr', in an unusual form."""
    matrix = getattr(scipy.sparse, f"{kind}_matrix")(X)
    if kind == "coo":
        places = [np.r_[p, p] for p in matrix.coords]
        if form == "duplicates":
            values = np.r_[matrix.data, np.zeros_like(matrix.data)]
            return scipy.sparse.coo_matrix((values, places), matrix.shape)
        if form == "64-bit indices":
            matrix.coords = tuple(p.astype(np.int64) for p in matrix.coords)
        return matrix
    values, indices, starts = matrix.data, matrix.indices, matrix.indptr
    if form == "64-bit indices":
        indices, starts = indices.astype(np.int64), starts.astype(np.int64)
    if form == "duplicates":
        # An entry and a zero: the sum has no rounding, in any order.
        values, indices = np.repeat(values, 2), np.repeat(indices, 2)
        values[1::4] = values[2::4] = 0
        starts = 2 * starts
    if form == "unsorted":
        for first, last in pairwise(starts):
            values[first:last] = values[first:last][::-1].copy()
            indices[first:last] = indices[first:last][::-1].copy()
    spoilt = type(matrix)(matrix.shape, dtype=values.dtype)
    spoilt.data, spoilt.indices, spoilt.indptr = values, indices, starts
    return spoilt


def target(data, rng, n):
    """Return y and a group of every row, which separates the rows."""
    kind = data["target"]
    if "classes" in data:
        K = data["classes"]
        groups = rng.integers(K, size=n)
        if data["sizes"] != "equal":
            rare = {"one row": 1, "two rows": 2, "rare": 1 + n // 20}[data["sizes"]]
            groups = np.minimum(groups, K - 2) if K > 2 else np.zeros(n, int)
            groups[:rare] = K - 1
        groups[-min(K, n) :] = np.arange(min(K, n))  # every class, if there is room
        if kind == "labels":
            return np.array(label_names(data))[groups], groups
        if kind == "multilabel":
            return (rng.random((n, K)) < 0.3).astype(int), groups
        if kind == "multioutput":
            return np.column_stack([groups, rng.integers(3, size=n)]), groups
        soft = rng.dirichlet(np.ones(K), size=n)
        return soft, groups
    shape = (n, data["outputs"]) if data["outputs"] else (n,)
    groups = rng.normal(size=n)
    y = {
        "numbers": lambda: (
            rng.normal(size=shape) + groups.reshape(n, *[1] * (len(shape) - 1))
        ),
        "positive": lambda: rng.gamma(2.0, size=shape) + 1e-9,
        "counts": lambda: rng.poisson(2.0, size=shape).astype(float),
        "constant": lambda: np.ones(shape),
    }[kind]()
    return y * data["y_scale"], groups


def weights_of(kind, groups, rng):
    """Return sample weights of a kind for rows of these groups, or None."""
    n = len(groups)
    if kind is None:
        return None
    weights = rng.uniform(0.1, 3, size=n)
    if kind == "some zero":
        weights[rng.random(n) < 0.4] = 0
    elif kind == "one row":
        weights = np.eye(n)[rng.integers(n)]
    elif kind == "ten decades":
        weights = 10.0 ** rng.uniform(-5, 5, size=n)
    elif kind in ("huge", "tiny", "subnormal"):
        weights *= {"huge": 1e300, "tiny": 1e-300, "subnormal": 1e-310}[kind]
    elif kind == "class without weight":
        weights[groups == groups[0]] = 0
    elif kind == "all zero":
        weights[:] = 0
    elif kind == "integers":
        weights = rng.integers(0, 4, size=n)
    return weights

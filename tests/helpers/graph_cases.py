"""Cases for every function that skmlp.graph differentiates: (name, f, arguments)."""

import numpy as np
from scipy import special

_random = np.random.RandomState(0)


def _between(low, high, *shape):
    """Return numbers between two bounds, at least 1e-2 apart from each other."""
    n = int(np.prod(shape, dtype=int))
    grid = low + (high - low) * (np.arange(n) + 0.3 + 0.4 * _random.rand(n)) / n
    return _random.permutation(grid).reshape(shape)[()]


UNARY = {
    np.negative: (-2, 2),
    np.positive: (-2, 2),
    np.reciprocal: (0.5, 2),
    np.square: (-2, 2),
    np.sqrt: (0.5, 3),
    np.cbrt: (0.5, 3),
    np.exp: (-2, 2),
    np.exp2: (-2, 2),
    np.expm1: (-2, 2),
    np.log: (0.3, 3),
    np.log2: (0.3, 3),
    np.log10: (0.3, 3),
    np.log1p: (-0.6, 3),
    np.sin: (-3, 3),
    np.cos: (-3, 3),
    np.tan: (-1.2, 1.2),
    np.arcsin: (-0.9, 0.9),
    np.arccos: (-0.9, 0.9),
    np.arctan: (-3, 3),
    np.sinh: (-2, 2),
    np.cosh: (-2, 2),
    np.tanh: (-2, 2),
    np.arcsinh: (-2, 2),
    np.arccosh: (1.3, 3),
    np.arctanh: (-0.8, 0.8),
    np.radians: (-90, 90),
    np.deg2rad: (-90, 90),
    np.degrees: (-2, 2),
    np.rad2deg: (-2, 2),
    np.absolute: (-1.93, 2),
    np.fabs: (-1.93, 2),
    special.expit: (-3, 3),
    special.logit: (0.1, 0.9),
    special.log_expit: (-3, 3),
    special.erf: (-2, 2),
    special.erfc: (-2, 2),
    special.erfinv: (-0.8, 0.8),
    special.ndtr: (-2, 2),
    special.log_ndtr: (-4, 2),
    special.ndtri: (0.1, 0.9),
    special.gammaln: (0.5, 4),
    special.gamma: (0.5, 4),
    special.psi: (0.5, 4),
    special.entr: (0.2, 3),
    special.exp10: (-1, 1),
}
# (range of x, range of y)
BINARY = {
    np.add: ((-2, 2), (-2, 2)),
    np.subtract: ((-2, 2), (-2, 2)),
    np.multiply: ((-2, 2), (-2, 2)),
    np.divide: ((-2, 2), (0.5, 2)),
    np.remainder: ((4.1, 4.9), (1.7, 1.9)),
    np.power: ((0.3, 2), (-2, 2)),
    np.float_power: ((0.3, 2), (-2, 2)),
    np.logaddexp: ((-2, 2), (-2, 2)),
    np.logaddexp2: ((-2, 2), (-2, 2)),
    np.arctan2: ((0.3, 2), (-2, 2)),
    np.hypot: ((0.3, 2), (-2, 2)),
    np.maximum: ((-2, 2), (-2.05, 1.9)),
    np.minimum: ((-2, 2), (-2.05, 1.9)),
    np.fmax: ((-2, 2), (-2.05, 1.9)),
    np.fmin: ((-2, 2), (-2.05, 1.9)),
    special.xlogy: ((-2, 2), (0.3, 2)),
    special.xlog1py: ((-2, 2), (-0.6, 2)),
    special.rel_entr: ((0.3, 2), (0.3, 2)),
}
SHAPES_OF_PAIRS = [((2, 3), (2, 3)), ((2, 3), (3,)), ((), (2, 3)), ((2, 1), (1, 3))]

x = _between(-2, 2, 2, 3)
positive = _between(0.4, 2, 2, 3)
cube = _between(-2, 2, 2, 3, 4)
block = _between(-2, 2, 3, 4, 2)
vector = _between(-2, 2, 3)
square = _between(-1, 1, 3, 3) + 3 * np.eye(3)
with_zeros = np.array([[0.0, 2.0, -1.0], [0.0, 0.0, 3.0]])
indices = np.array([[2, 0, 2], [1, 1, 0]])

AXES = [{}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 1)}]
FUNCTIONS = {
    np.sum: [(lambda x, s=s: np.sum(x, **s), (x,)) for s in AXES],
    np.mean: [(lambda x, s=s: np.mean(x, **s), (x,)) for s in AXES],
    np.max: [(lambda x, s=s: np.max(x, **s), (x,)) for s in AXES],
    np.amax: [(lambda x: np.amax(x, 1), (x,))],
    np.min: [(lambda x, s=s: np.min(x, **s), (x,)) for s in AXES],
    np.amin: [(lambda x: np.amin(x, 1), (x,))],
    np.prod: [
        *((lambda x, s=s: np.prod(x, **s), (x,)) for s in AXES),
        (lambda x: np.prod(x, axis=1), (with_zeros,)),
        (lambda x: np.prod(x), (np.array([0.0, 2.0, 3.0]),)),
    ],
    np.var: [(lambda x, s=s: np.var(x, ddof=1, **s), (x,)) for s in AXES],
    np.std: [(lambda x, s=s: np.std(x, **s), (x,)) for s in AXES],
    np.cumsum: [
        (lambda x: np.cumsum(x), (x,)),
        (lambda x: np.cumsum(x, axis=0), (x,)),
    ],
    np.average: [
        (lambda x, w: np.average(x, axis=1, weights=w), (x, np.abs(vector))),
        (lambda x: np.average(x, axis=1, weights=[1.0, 2.0, 3.0]), (x,)),
        (lambda x: np.average(x), (x,)),
    ],
    np.where: [
        (lambda x, y: np.where(x > y, x * y, y), (x, vector)),
        (lambda x: np.where([True, False, True], x, 0), (x,)),
    ],
    np.clip: [
        (lambda x: np.clip(x, -1, 1.1), (x,)),
        (lambda x: x.clip(max=0.9), (x,)),
        (lambda x: x.clip(min=0.9), (x,)),
        (lambda x, a, b: np.clip(x, a, b), (x, -positive, vector**2)),
    ],
    np.ndarray.astype: [(lambda x: x.astype(np.float64) ** 2, (x,))],
    np.ndarray.__getitem__: [
        (lambda x: x[1], (x,)),
        (lambda x: x[:, ::-2], (x,)),
        (lambda x: x[..., None, 0], (x,)),
        (lambda x: x[[0, 0, 1], [1, 1, 2]], (x,)),
        (lambda x: x[[1, 1, 0]], (x,)),
        (lambda x: x[x > 0], (x,)),
        (lambda x: x[np.array([True, False])], (x,)),
        (lambda x, i: x[0, i] * x[i[0] * 0], (x, np.array([1, 2, 1]))),
    ],
    np.take: [
        (lambda x: np.take(x, indices), (x,)),
        (lambda x: np.take(x, [1, 1], axis=-1), (x,)),
    ],
    np.take_along_axis: [(lambda x: np.take_along_axis(x, indices, 1), (x,))],
    np.sort: [
        (lambda x: np.sort(x), (x,)),
        (lambda x: np.sort(x, axis=0) * x, (x,)),
        (lambda x: np.sort(x, axis=None), (x,)),
    ],
    np.concatenate: [
        (lambda x, y: np.concatenate([x, y, x]), (x, positive)),
        (lambda x, y: np.concatenate((x, [[1.0], [2.0]], y), -1), (x, positive)),
        (lambda x, y: np.concatenate([x, y], axis=None), (x, vector)),
    ],
    np.stack: [
        (lambda x, y: np.stack([x, y], axis=1), (x, positive)),
        (lambda x, y: np.stack([x, 2.0, y]), (1.5, 0.5)),
    ],
    np.hstack: [
        (lambda x, y: np.hstack([x, y]), (x, positive)),
        (lambda x, y: np.hstack([x, y]), (vector, 2.0)),
    ],
    np.vstack: [(lambda x, y: np.vstack([x, y]), (x, vector))],
    np.column_stack: [(lambda x, y: np.column_stack([x, y]), (vector, square))],
    np.append: [(lambda x, y: np.append(x, y), (x, vector))],
    np.split: [(lambda x: np.split(x, 3, axis=1)[1] * np.split(x, 2)[0], (x,))],
    np.array_split: [(lambda x: np.array_split(x, 2, axis=1)[0], (x,))],
    np.transpose: [
        (lambda x: x.T, (x,)),
        (lambda x: np.transpose(x, (2, 0, 1)), (cube,)),
    ],
    np.flip: [(lambda x: np.flip(x, 1), (x,)), (lambda x: np.flip(x), (x,))],
    np.fliplr: [(np.fliplr, (x,))],
    np.flipud: [(np.flipud, (x,))],
    np.roll: [
        (lambda x: np.roll(x, 2, axis=1), (x,)),
        (lambda x: np.roll(x, (1, 2), axis=(0, 1)), (x,)),
        (lambda x: np.roll(x, 1), (x,)),
    ],
    np.triu: [(lambda x: np.triu(x, 1), (square,)), (np.triu, (cube,))],
    np.tril: [(lambda x: np.tril(x, -1), (square,))],
    np.tile: [
        (lambda x: np.tile(x, 2), (x,)),
        (lambda x: np.tile(x, (2, 1, 3)), (x,)),
        (lambda x: np.tile(x, (2,)), (cube,)),
    ],
    np.broadcast_to: [(lambda x: np.broadcast_to(x, (4, 2, 3)), (x,))],
    np.swapaxes: [(lambda x: np.swapaxes(x, 0, 2), (cube,))],
    np.moveaxis: [(lambda x: np.moveaxis(x, (0, 1), (2, 0)), (cube,))],
    np.reshape: [
        (lambda x: x.reshape(3, -1), (x,)),
        (lambda x: np.reshape(x, 6, order="F"), (x,)),
    ],
    np.ravel: [
        (lambda x: x.ravel(), (x,)),
        (lambda x: np.ravel(x, order="F"), (x,)),
    ],
    np.squeeze: [(lambda x: np.squeeze(x[:1]), (x,))],
    np.expand_dims: [(lambda x: np.expand_dims(x, (0, -1)), (x,))],
    np.diagonal: [
        (lambda x: np.diagonal(x), (x,)),
        (lambda x: np.diagonal(x, 1, 2, 0), (cube,)),
    ],
    np.diag: [
        (lambda x: np.diag(x, 1), (square,)),
        (lambda x: np.diag(x, -1), (vector,)),
    ],
    np.trace: [(lambda x: np.trace(x, 1), (square,)), (np.trace, (cube,))],
    np.repeat: [
        (lambda x: np.repeat(x, 2), (x,)),
        (lambda x: np.repeat(x, [1, 0, 2], axis=1), (x,)),
    ],
    np.diff: [(np.diff, (x,)), (lambda x: np.diff(x, 2, axis=1), (x,))],
    np.pad: [
        (lambda x: np.pad(x, 1), (x,)),
        (lambda x: np.pad(x, ((1, 0), (0, 2))), (x,)),
    ],
    np.atleast_1d: [(np.atleast_1d, (1.5,))],
    np.atleast_2d: [(np.atleast_2d, (vector,))],
    np.broadcast_arrays: [
        (lambda x, y: np.prod(np.stack(np.broadcast_arrays(x, y)), 0), (x, vector))
    ],
    np.full_like: [(lambda x: np.full_like(x, x[0, 0]), (x,))],
    np.copy: [(np.copy, (x,))],
    np.matmul: [
        (np.matmul, (_between(-2, 2, *a), _between(-2, 2, *b)))
        for a, b in (
            ((2, 3), (3, 4)),
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((3,), (3, 2)),
            ((4, 2, 3), (3, 2)),
            ((2, 3), (4, 3, 2)),
            ((4, 1, 2, 3), (5, 3, 2)),
            ((4, 2, 3), (3,)),
            ((3,), (4, 3, 2)),
        )
    ],
    np.dot: [
        (np.dot, (_between(-2, 2, *a), _between(-2, 2, *b)))
        for a, b in (
            ((2, 3), (3, 4)),
            ((3,), (3,)),
            ((), (3, 2)),
            ((4, 2, 3), (3,)),
            ((2, 3), (4, 3, 2)),
        )
    ],
    np.vdot: [(np.vdot, (x, positive))],
    np.inner: [(np.inner, (x, positive)), (np.inner, (2.0, vector))],
    np.outer: [(np.outer, (x, vector))],
    np.tensordot: [
        (lambda x, y: np.tensordot(x, y, axes=2), (cube, _between(-1, 1, 3, 4))),
        (lambda x, y: np.tensordot(x, y, ([2, 0], [1, 2])), (cube, block)),
        (lambda x, y: np.tensordot(x, y, axes=0), (vector, x)),
    ],
    np.linalg.norm: [
        (np.linalg.norm, (x,)),
        (lambda x: np.linalg.norm(x, axis=1), (x,)),
        (lambda x: np.linalg.norm(x, 1, axis=0), (x,)),
        (lambda x: np.linalg.norm(x, 3, axis=0), (positive,)),
        (lambda x: np.linalg.norm(x, np.inf, axis=0), (x,)),
        (lambda x: np.linalg.norm(x, "fro"), (x,)),
    ],
    np.linalg.inv: [(np.linalg.inv, (square,))],
    np.linalg.solve: [
        (np.linalg.solve, (square, vector)),
        (np.linalg.solve, (square, x.T)),
    ],
    np.linalg.det: [(np.linalg.det, (square,))],
    np.linalg.slogdet: [(lambda a: np.linalg.slogdet(a).logabsdet, (square,))],
    np.einsum: [
        (lambda x, y: np.einsum("ij,kj->ik", x, y), (x, positive)),
        (lambda x, y: np.einsum("ij,kj", x, y), (x, positive)),
        (lambda x: np.einsum("ij->j", x), (x,)),
        (lambda x: np.einsum("ii->i", x), (square,)),
        (lambda x, y: np.einsum("ii,ij,k->k", x, x, y), (square, vector)),
        (lambda x, y: np.einsum("...j,j...->...", x, y), (x, square[:, :2])),
        (lambda x, y: np.einsum("i...,i->...", x, y), (cube, vector[:2])),
    ],
    np.select: [
        (lambda x: np.select([x > 1, x > 0], [x**2, 3 * x], -x), (x,)),
        (lambda x, y: np.select([x > 1], [x * y], default=y), (x, vector)),
    ],
    np.ptp: [(lambda x: np.ptp(x, axis=1), (x,)), (np.ptp, (x,))],
    np.median: [(np.median, (x,)), (lambda x: np.median(x, axis=1), (x,))],
    np.polyval: [(np.polyval, (vector, x))],
    np.sinc: [(np.sinc, (x,)), (np.sinc, (0.3,))],
    np.kron: [(np.kron, (x, vector)), (np.kron, (x, positive))],
    np.vecdot: [(np.vecdot, (x, vector))],
    np.linalg.vecdot: [(np.linalg.vecdot, (x, positive))],
    np.matrix_transpose: [(np.matrix_transpose, (cube,)), (lambda x: x.mT, (cube,))],
    np.linalg.vector_norm: [
        (np.linalg.vector_norm, (x,)),
        (lambda x: np.linalg.vector_norm(x, axis=1, ord=3), (positive,)),
    ],
    np.nansum: [
        (np.nansum, (x,)),
        (lambda x: np.nansum(np.where(x > 1, np.nan, x * x), axis=0), (x,)),
    ],
    np.nanmean: [
        (lambda x: np.nanmean(np.where(x > 1, np.nan, x * x), axis=0), (x,)),
    ],
}
# Their value has steps, or is a plain array.
WITHOUT_DERIVATIVE = {
    *(np.sign, np.floor, np.ceil, np.trunc, np.rint, np.isnan, np.isfinite, np.isinf),
    *(np.signbit, np.logical_not, np.invert, np.greater, np.greater_equal, np.less),
    *(np.less_equal, np.equal, np.not_equal, np.logical_and, np.logical_or),
    *(np.logical_xor, np.heaviside, np.floor_divide, np.bitwise_and, np.bitwise_or),
    *(np.bitwise_xor, np.argmax, np.argmin, np.argsort, np.any, np.all),
    *(np.count_nonzero, np.round, np.around, np.fix),
    *(np.zeros_like, np.ones_like, np.empty_like, np.shape, np.ndim, np.size),
    *(np.result_type, np.iscomplexobj, np.isrealobj),
}


def every_case():
    """Yield (name, function, arguments) for all functions with derivatives."""
    for ufunc, bounds in UNARY.items():
        yield ufunc.__name__, ufunc, (_between(*bounds, 2, 3),)
        yield f"{ufunc.__name__} of a number", ufunc, (_between(*bounds),)
    for ufunc, (first, second) in BINARY.items():
        for a, b in SHAPES_OF_PAIRS:
            arguments = _between(*first, *a), _between(*second, *b)
            yield f"{ufunc.__name__} {a} {b}", ufunc, arguments
    for function, cases in FUNCTIONS.items():
        for i, (f, arguments) in enumerate(cases):
            yield f"{function.__name__} {i}", f, arguments

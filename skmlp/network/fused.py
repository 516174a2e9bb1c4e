"""Whole runs of batches in one call: the one place that decides when that is possible.

It is where activations, loss and update rule all name a kernel and the data are float32
or float64, dense or CSR. Otherwise the caller goes through network/, losses/ and
solvers/rules/ batch by batch; both ways give the same numbers but for rounding.
"""

from functools import lru_cache
from math import prod
from typing import NamedTuple

import numpy as np
import scipy.sparse

from skmlp import _kernels

# What a block of rows with all its layers may take: about half of a core's cache.
_BLOCK_BYTES = 2**19


def kernel_of(component, names):
    """The number of a built-in component's kernel, or None.

    It has to stand on the class itself: a subclass may mean something else.
    """
    name = vars(type(component)).get("kernel")
    return names.index(name) if name in names else None


@lru_cache(maxsize=256)
def _array(numbers, dtype):
    """An array of a few numbers; once made, it is shared, and only read."""
    return np.array(numbers, dtype=dtype)


def fuse(network, loss, X, y=None, sample_weight=None, *, arrays=None):
    """The problem as the kernels take it, or None where they cannot.

    `arrays` are those of a CSR matrix X, where they have been taken (and so checked).
    """
    activations = [kernel_of(a, _kernels.ACTIVATIONS) for a in network.activations]
    loss_code = kernel_of(loss, _kernels.LOSSES)
    parts = (*activations, loss_code, *loss.settings)
    if _kernels.Problem is None or None in parts:
        return None
    if len(network.layer_sizes) > _kernels.MAX_LAYERS:
        return None
    data = arrays or _rows_of(X)
    if data is None:
        return None
    if y is not None and not _has_shape_of_targets(y, loss, network.layer_sizes[-1]):
        return None  # such as a distribution over the classes
    labels = None
    if y is not None and y.ndim == 1:
        y, labels = None, _kernels.contiguous(y, np.int64)
    elif y is not None:
        y = _kernels.contiguous(y, X.dtype)
    if sample_weight is not None:
        sample_weight = _kernels.contiguous(sample_weight, X.dtype)
    problem = _kernels.Problem(
        X.dtype,
        _array(tuple(network.layer_sizes), np.int64),
        _array(tuple(activations), np.int64),
        _array(tuple(a.setting for a in network.activations), np.float64),
        loss_code,
        _array(tuple(loss.settings), np.float64),
        network.has_intercepts,
        *data,
        y,
        labels,
        sample_weight,
    )
    return FusedProblem(problem, network, X.dtype, scipy.sparse.issparse(X))


def _has_shape_of_targets(y, loss, n_scores):
    """Return whether y has the shape that goes with this number of scores."""
    if loss.takes_labels:
        return y.ndim == 1
    if y.ndim != 2:
        return False
    sizes = loss.target_sizes
    if sizes:
        return len(sizes) == y.shape[1] and sum(sizes) == n_scores
    return y.shape[1] * loss.scores_per_target == n_scores


def _rows_of(X):
    """X as (values, indices, starts), or None where the kernels cannot read it."""
    if X.dtype not in (np.float32, np.float64) or X.shape[0] == 0:
        return None
    if not scipy.sparse.issparse(X):
        if type(X) is not np.ndarray and not isinstance(X, np.memmap):
            return None
        return X, None, None
    return _kernels.csr_arrays(X) if X.format == "csr" else None


class FusedProblem:
    """A network, its loss and its data, ready for the kernels."""

    def __init__(self, problem, network, dtype, sparse):
        self.problem, self.network, self.dtype = problem, network, dtype
        self.sparse = sparse
        self._block = self.block_rows()

    def sums(self, parameters):
        """Over all rows: the sum of the losses, its gradient in float64, Σ weights."""
        model = _kernels.contiguous(parameters, self.dtype)
        ranges = self._ranges()
        sums = [None] * len(ranges)
        gradient = _kernels.OrderedSum(len(model))

        def add(part):
            part_gradient = gradient.buffer()
            sums[part] = _kernels.objective_sums(
                self.problem,
                model,
                np.empty_like(model),
                part_gradient,
                rows=ranges[part],
                block_rows=self._block,
            )
            gradient.add(part, part_gradient)

        self.run(len(ranges), add)
        total, weight = (sum(column) for column in zip(*sums, strict=True))
        return total, gradient.total, weight

    def scores(self, parameters, finish=None):
        """Raw scores of all rows; or what `finish` makes of them, part by part."""
        parameters = _kernels.contiguous(parameters, self.dtype)
        ranges = self._ranges(trains=False)
        n_outputs = self.network.layer_sizes[-1]
        if finish is None:
            scores = np.empty((self.problem.n_rows, n_outputs), dtype=self.dtype)
        finished = [None] * len(ranges)

        def fill(part):
            first, last = ranges[part]
            if finish is None:
                target = scores[first:last]
            else:
                target = np.empty((last - first, n_outputs), dtype=self.dtype)
            _kernels.network_scores(
                self.problem,
                parameters,
                target,
                rows=ranges[part],
                block_rows=self._block,
            )
            if finish is not None:
                finished[part] = finish(target)

        self.run(len(ranges), fill)
        return scores if finish is None else joined(finished)

    def trainer(self, batch_size):
        """What visits the rows batch by batch, for as many epochs as there may be.

        None where the entries of sparse inputs are dropped, or disturbed.
        """
        noise = self.network.noise
        if noise is not None and self.sparse and noise.disturbs_inputs:
            return None
        return FusedTrainer(self, batch_size)

    def block_rows(self):
        """Rows in a block whose layers stay in the cache, if they are not too wide."""
        sizes = self.network.layer_sizes
        row_bytes = (sum(sizes) + 2 * max(sizes[1:])) * self.dtype.itemsize
        # In smaller blocks, adding up the gradients takes as long as the products.
        return int(min(4096, max(256, _BLOCK_BYTES // row_bytes)))

    def threads(self):
        """For a whole run of passes over all rows: as they take them one by one."""
        if len(self._ranges()) > 1:
            return _kernels.one_thread()
        return _kernels.threads_for(self._multiplications(self._block))

    def _ranges(self, trains=True):
        """The parts of the rows, for a pass forward, or forward and backward."""
        n_rows, block_rows = self.problem.n_rows, self._block
        if n_rows <= block_rows:
            return [(0, n_rows)]
        network = self.network
        weights = network.n_weights
        if trains:
            weights = 3 * weights - prod(network.weight_shapes[0])
        # An exponential takes as long as some ten multiplications.
        row_work = weights + 10 * sum(network.layer_sizes[1:])
        return _kernels.row_ranges(n_rows, block_rows, n_rows * row_work)

    def run(self, n_parts, work, multiplications=None):
        """Share the parts between threads; where there is but one, BLAS may."""
        if n_parts > 1:
            _kernels.run_parts(n_parts, work)
            return
        if multiplications is None:
            multiplications = self._multiplications(self._block)
        with _kernels.threads_for(multiplications):
            work(0)

    def _multiplications(self, rows):
        """Multiplications in the largest product over so many rows."""
        rows = min(rows, self.problem.n_rows)
        return rows * max(m * n for m, n in self.network.weight_shapes)


class FusedTrainer:
    """Batches of one size, each in parts that threads share; close it at the end."""

    def __init__(self, fused, batch_size):
        self._problem, self._batch_size = fused.problem, batch_size
        network = fused.network
        self._noise, self._dropout = network.noise, None
        if self._noise is not None:
            self._dropout = np.array(self._noise.dropout, dtype=np.float64)
        # Forward, and backward to the weights and to the inputs: a pass a weight each.
        work = batch_size * (3 * network.n_weights - prod(network.weight_shapes[0]))
        self._n_parts = _kernels.batch_parts(batch_size, work)
        shape = (self._n_parts, network.n_parameters)
        self._gradients = np.empty(shape, dtype=fused.dtype)
        in_float32 = fused.dtype == np.float32
        self._train = _kernels.train_batches["float" if in_float32 else "double"]
        self._helpers = _kernels.Helpers(_kernels.Crew())
        self._lease = None

    def train(
        self, parameters, order, *, update, n_rows, l2, l1, step_bounds, noise_key
    ):
        """Visit the rows once, batch by batch; Σ rows·objective."""
        if self._lease is None:
            self._lease = _kernels.Lease()
        if self._n_parts > 1:
            self._helpers.call(min(self._lease.threads(), self._n_parts) - 1)
        return self._train(
            self._problem,
            parameters,
            self._gradients,
            update.arrays,
            order,
            update.step_sizes,
            update.settings,
            n_rows=n_rows,
            batch_size=self._batch_size,
            rule=update.rule,
            alpha=l2,
            l1=l1,
            clip_value=step_bounds.clip_value,
            clip_norm=step_bounds.clip_norm,
            max_norm=step_bounds.max_norm,
            dropout=self._dropout,
            input_noise=0.0 if noise_key is None else self._noise.input_noise,
            seed=0 if noise_key is None else noise_key.seed,
            crew=self._helpers.crew,
        )

    def close(self):
        """No more epochs."""
        self._helpers.dismiss()
        if self._lease is not None:
            self._lease.release()
            self._lease = None


class FusedUpdate(NamedTuple):
    """The steps of an update rule as the kernels of whole runs take them."""

    rule: int
    arrays: tuple
    step_sizes: np.ndarray
    settings: np.ndarray


def fused_update(rule, state, learning_rates):
    """Return the next steps as the kernels take them, or None, and count them."""
    code = kernel_of(rule, _kernels.UPDATE_RULES)
    if code is None:
        return None
    arrays, own_sizes, own_settings = rule.steps(state, learning_rates)
    # Two sizes of the rule's, and what is left of the weights.
    sizes = np.zeros((len(learning_rates), 3))
    sizes[:, : own_sizes.ndim] = own_sizes.reshape(len(sizes), -1)
    sizes[:, 2] = 1 - learning_rates * rule.weight_decay
    settings = np.zeros(3)
    settings[: len(own_settings)] = own_settings
    return FusedUpdate(code, arrays, sizes, settings)


def joined(parts):
    """Arrays one below the other."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)

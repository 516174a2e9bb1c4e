"""Networks in the compiled kernels: all rows, or all batches, in one call.

This file alone decides if that is possible: activations, loss and update rule must each
name a kernel, and X must be float32 or float64, dense or CSR. Otherwise callers compute
batch by batch with network/, losses/ and solvers/rules/; results are equal except for
rounding.
"""

from functools import lru_cache
from math import prod
from typing import NamedTuple

import numpy as np
import scipy.sparse

from skmlp import _kernels

# Largest size of a block of rows with all its layers: about half of a core's cache.
_BLOCK_BYTES = 2**19
# Multiplications that take as long as to read and to write at an index of a sparse row.
_WORK_OF_AN_ENTRY = 4
# Multiplications that take as long as to clear and to add a number of a gradient.
_WORK_OF_A_SUM = 4


def kernel_of(component, names):
    """Return the index in `names` of the kernel of a component, or None.

    The class itself has to name the kernel, not a base class: a subclass may compute
    something else.
    """
    name = vars(type(component)).get("kernel")
    return names.index(name) if name in names else None


@lru_cache(maxsize=256)
def _array(numbers, dtype):
    """Return a cached array of a few numbers; callers share it and only read it."""
    return np.array(numbers, dtype=dtype)


def fuse(network, loss, X, y=None, sample_weight=None, *, arrays=None):
    """Return a FusedProblem for the compiled kernels, or None if they cannot run it.

    `arrays` are the three arrays of a CSR matrix X, if they were checked already.
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
    programs = _programs_of(network, loss)
    if programs is None:
        return None
    if y is not None and not _has_shape_of_targets(y, loss, network.layer_sizes[-1]):
        return None  # for example, a distribution over the classes
    labels = None
    if y is not None and y.ndim == 1:
        y, labels = None, _kernels.contiguous(y, np.int64)
    elif y is not None:
        y = _kernels.contiguous(y, X.dtype)
    if sample_weight is not None:
        sample_weight = _kernels.contiguous(sample_weight, X.dtype)
    layers = (
        _array(tuple(network.layer_sizes), np.int64),
        _array(tuple(activations), np.int64),
        _array(tuple(a.setting for a in network.activations), np.float64),
        network.has_intercepts,
    )
    problem = _kernels.Problem(
        X.dtype,
        layers,
        (loss_code, _array(tuple(loss.settings), np.float64)),
        data,
        (y, labels, sample_weight),
        programs,
    )
    n_entries = len(data[0]) if scipy.sparse.issparse(X) else None
    return FusedProblem(problem, network, X.dtype, n_entries)


def _programs_of(network, loss):
    """Return the programs of users' functions, of each hidden layer and of the loss.

    Parts with another kernel have None. If a function has no program, so is the result.
    """
    programs = []
    for part in (*network.activations, loss):
        if type(part).kernel not in ("program", "loss_program"):
            programs.append(None)
            continue
        found = part.program(*([network.layer_sizes[-1]] if part is loss else []))
        if found is None:
            return None
        programs.append(found)
    return tuple(programs)


def _has_shape_of_targets(y, loss, n_scores):
    """Return True if the shape of y fits the loss and this number of scores."""
    if loss.takes_labels:
        return y.ndim == 1
    if y.ndim != 2:
        return False
    sizes = loss.target_sizes
    if sizes:
        return len(sizes) == y.shape[1] and sum(sizes) == n_scores
    return y.shape[1] * loss.scores_per_target == n_scores


def _rows_of(X):
    """Return X as (values, indices, starts), or None if the kernels cannot read it."""
    if X.dtype not in (np.float32, np.float64) or X.shape[0] == 0:
        return None
    if not scipy.sparse.issparse(X):
        if type(X) is not np.ndarray and not isinstance(X, np.memmap):
            return None
        return X, None, None
    return _kernels.csr_arrays(X) if X.format == "csr" else None


class FusedProblem:
    """Network, loss and data, prepared for the compiled kernels.

    `n_entries` is the number of stored entries of a sparse X, None for a dense X.
    """

    def __init__(self, problem, network, dtype, n_entries=None):
        self.problem, self.network, self.dtype = problem, network, dtype
        self.sparse = n_entries is not None
        # The numbers of a row that the first layer multiplies, on average.
        self._row_length = network.layer_sizes[0]
        if self.sparse:
            self._row_length = n_entries // problem.n_rows + 1
        self._block = self.block_rows()

    def sums(self, parameters):
        """Return sums over all rows: of losses, of gradients (float64), of weights."""
        model = _kernels.contiguous(parameters, self.dtype)
        ranges = self._ranges()
        if len(ranges) == 1:
            return self._sums_of_one_range(model)
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

    def _sums_of_one_range(self, model):
        """Return what `sums` returns, for rows that threads do not share."""
        gradient = np.zeros(len(model))
        with _kernels.threads_for(self._multiplications(self._block)):
            total, weight = _kernels.objective_sums(
                self.problem,
                model,
                np.empty_like(model),
                gradient,
                rows=(0, self.problem.n_rows),
                block_rows=self._block,
            )
        return total, gradient, weight

    def loss_sums(self, parameters):
        """Return the sums over all rows of losses and of weights, without gradients."""
        model = _kernels.contiguous(parameters, self.dtype)
        ranges = self._ranges(trains=False)
        sums = [None] * len(ranges)

        def add(part):
            sums[part] = _kernels.objective_sums(
                self.problem,
                model,
                None,
                None,
                rows=ranges[part],
                block_rows=self._block,
            )

        self.run(len(ranges), add)
        return tuple(sum(column) for column in zip(*sums, strict=True))

    def scores(self, parameters, finish=None):
        """Return the raw scores (n, n_outputs), or the joined results of `finish`.

        `finish`, if given, is applied to the scores of one range of rows at a time.
        """
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
        """Return a FusedTrainer for epochs of batches of this size.

        None if the training would drop or disturb entries of a sparse X.
        """
        noise = self.network.noise
        if noise is not None and self.sparse and noise.disturbs_inputs:
            return None
        return FusedTrainer(self, batch_size)

    def block_rows(self):
        """Return the number of rows in a block whose layers fit in the cache.

        It is at least 256, even if the layers are too wide for that.
        """
        sizes = self.network.layer_sizes[1:]
        n_numbers = self._row_length + sum(sizes) + 2 * max(sizes)
        row_bytes = n_numbers * self.dtype.itemsize
        # In smaller blocks, adding the gradients takes as long as the products.
        return int(min(4096, max(256, _BLOCK_BYTES // row_bytes)))

    def threads(self):
        """Return a context manager that sets BLAS threads for passes over all rows."""
        if len(self._ranges()) > 1:
            return _kernels.one_thread()
        return _kernels.threads_for(self._multiplications(self._block))

    def _ranges(self, trains=True):
        """Return ranges of rows for threads; `trains` counts the backward pass, too."""
        n_rows, block_rows = self.problem.n_rows, self._block
        if n_rows <= block_rows:
            return [(0, n_rows)]
        network = self.network
        first = self._row_length * network.layer_sizes[1]
        if self.sparse:
            first += _WORK_OF_AN_ENTRY * self._row_length
        others = network.n_weights - prod(network.weight_shapes[0])
        passes = 2 * first + 3 * others if trains else first + others
        # An exponential takes as long as about ten multiplications.
        row_work = passes + 10 * sum(network.layer_sizes[1:])
        fewest = _WORK_OF_A_SUM * network.n_parameters if trains else 0
        return _kernels.row_ranges(n_rows, block_rows, n_rows * row_work, fewest)

    def run(self, n_parts, work, multiplications=None):
        """Call `work(part)` for part = 0 to n_parts − 1, on several threads.

        For a single part, BLAS gets the threads that `multiplications` are worth.
        """
        if n_parts > 1:
            _kernels.run_parts(n_parts, work)
            return
        if multiplications is None:
            multiplications = self._multiplications(self._block)
        with _kernels.threads_for(multiplications):
            work(0)

    def _multiplications(self, rows):
        """Return the multiplications in the largest product of BLAS over `rows`."""
        rows, shapes = min(rows, self.problem.n_rows), self.network.weight_shapes
        by_blas = shapes[1:] if self.sparse else shapes
        return rows * max(map(prod, by_blas), default=0)


class FusedTrainer:
    """Trainer on batches of one size, split between threads; close it after use."""

    def __init__(self, fused, batch_size):
        self._problem, self._batch_size = fused.problem, batch_size
        network = fused.network
        self._noise, self._dropout = network.noise, None
        if self._noise is not None:
            self._dropout = np.array(self._noise.dropout, dtype=np.float64)
        # Each weight is used in three passes: forward, and backward to the weights and
        # to the inputs. The first layer has no pass to its inputs.
        work = batch_size * (3 * network.n_weights - prod(network.weight_shapes[0]))
        self._n_parts = _kernels.batch_parts(batch_size, work)
        shape = (self._n_parts, network.n_parameters)
        self._gradients = np.empty(shape, dtype=fused.dtype)
        in_float32 = fused.dtype == np.float32
        self._train = _kernels.train_batches["float" if in_float32 else "double"]
        self._helpers = _kernels.Helpers(_kernels.Crew())
        self._lease = None

    def train(
        self,
        parameters,
        order,
        *,
        update,
        n_rows,
        l2,
        l1,
        step_bounds,
        noise_key,
        reached=None,
    ):
        """Train for one epoch; return the sum over batches of n_rows · objective.

        `reached` (2,) gets the number of batches done, and the sum over these, even if
        an exception of a signal's handler ends the epoch.
        """
        if self._lease is None:
            self._lease = _kernels.Lease()
        if self._n_parts > 1:
            self._helpers.call(min(self._lease.threads(), self._n_parts) - 1)
        noise = None
        if self._dropout is not None:
            deviation, seed = 0.0, 0
            if noise_key is not None:
                deviation, seed = self._noise.input_noise, noise_key.seed
            noise = FusedNoise(self._dropout, deviation, seed)
        return self._train(
            self._problem,
            parameters,
            self._gradients,
            update,
            order,
            n_rows=n_rows,
            batch_size=self._batch_size,
            l2=l2,
            l1=l1,
            bounds=step_bounds,
            noise=noise,
            crew=self._helpers.crew,
            reached=reached,
        )

    def close(self):
        """Release the threads, after the last epoch."""
        self._helpers.dismiss()
        if self._lease is not None:
            self._lease.release()
            self._lease = None


class FusedUpdate(NamedTuple):
    """Steps of an update rule, as the compiled kernels take them."""

    rule: int
    arrays: tuple  # the rule's state, changed in place
    step_sizes: np.ndarray  # (n_batches, STEP_SIZES + 1): sizes, and the weight decay
    constants: np.ndarray  # (RULE_CONSTANTS,)


class FusedNoise(NamedTuple):
    """Random disturbances of one epoch, as the compiled kernels take them."""

    dropout: np.ndarray  # probabilities, of the inputs and every hidden layer
    input_noise: float  # a standard deviation
    seed: int


def fused_update(rule, state, learning_rates):
    """Return the next steps for the kernels, and count them; None without a kernel."""
    code = kernel_of(rule, _kernels.UPDATE_RULES)
    if code is None:
        return None
    arrays, own_sizes, own_constants = rule.steps(state, learning_rates)
    # Step sizes of the rule, then the factor of the weight decay.
    sizes = np.zeros((len(learning_rates), _kernels.STEP_SIZES + 1))
    sizes[:, : own_sizes.ndim] = own_sizes.reshape(len(sizes), -1)
    sizes[:, -1] = 1 - learning_rates * rule.weight_decay
    constants = np.zeros(_kernels.RULE_CONSTANTS)
    constants[: len(own_constants)] = own_constants
    return FusedUpdate(code, arrays, sizes, constants)


def joined(parts):
    """Return the concatenation of arrays along their rows."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)

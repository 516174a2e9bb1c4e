# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""Networks: runs of mini-batches, sums of losses and of second derivatives, and scores.

These kernels have no twin of one name in reference/. Their twin is the loop of
solvers/training_loop.py over an objective, with network/ and losses/, which also takes
the activations, losses and rules that a user writes.
"""

from cython cimport floating
from libc.stdint cimport INT32_MAX, int32_t, int64_t, uint64_t, uintptr_t
from scipy.linalg.cython_blas cimport dgemm, dsyrk, sgemm

from skmlp._kernels.compiled.arguments cimport (
    address, check, require, require_aligned, require_below, require_csr,
    table_address)
from skmlp._kernels.compiled.programs cimport set_program, skmlp_program
from skmlp._kernels.compiled.signals cimport begin, reraise, skmlp_signals
from skmlp._kernels.compiled.thread_crew cimport (
    SKMLP_MOST_PARTS, Crew, skmlp_crew)


cdef extern from "network.h" nogil:
    ctypedef struct skmlp_problem:
        int is_double, n_layers, loss, has_intercepts
        const int64_t* sizes
        const int64_t* activations
        const double* activation_settings
        const double* loss_settings
        void (*gemm)()
        const void* values
        const int32_t* indices
        const int32_t* starts
        int64_t row_stride, column_stride
        const void* y
        int64_t n_targets
        const int64_t* labels
        const void* sample_weight
        const skmlp_program** programs  # in C, an array of SKMLP_MAX_LAYERS
    ctypedef struct skmlp_range:
        int64_t first, last, block
        skmlp_signals* signals
    ctypedef struct skmlp_noise:
        const double* dropout
        double input_noise
        uint64_t seed
    ctypedef struct skmlp_sums:
        const void* parameters
        void* block_gradient
        double* gradient
        double loss, weight
    enum:
        SKMLP_MAX_LAYERS
        SKMLP_N_ACTIVATIONS
        SKMLP_N_LOSSES
        SKMLP_MULTINOMIAL
        SKMLP_MULTINOMIAL_FOCAL
        SKMLP_MULTICLASS_HINGE
        SKMLP_QUANTILE
        SKMLP_GAUSSIAN
        SKMLP_PER_COLUMN
        SKMLP_PROGRAM_ACTIVATION
        SKMLP_PROGRAM_LOSS
    const char* skmlp_activations[]
    const char* skmlp_losses[]
    int skmlp_objective_sums(const skmlp_problem*, skmlp_range, skmlp_sums*)
    int skmlp_network_scores(const skmlp_problem*, skmlp_range, const void*, void*)

cdef extern from "training.h" nogil:
    enum:
        SKMLP_STATE_ARRAYS
        SKMLP_STEP_SIZES
        SKMLP_RULE_CONSTANTS
        SKMLP_N_UPDATE_RULES
    const int skmlp_state_arrays[]
    ctypedef struct skmlp_batch_update:
        int rule
        void** arrays  # in C, an array of SKMLP_STATE_ARRAYS
        const double* constants
        const double* sizes
        double l2, l1, clip_value, clip_norm, max_norm
    ctypedef struct skmlp_run:
        const skmlp_problem* problem
        const skmlp_noise* noise
        const skmlp_batch_update* update
        skmlp_crew* crew
        const int64_t* order
        int64_t n_rows, batch_size, n_parts
        void* parameters
        void* gradients
        skmlp_signals* signals
        double total
        int64_t n_done
    int skmlp_train(skmlp_run*)

cdef extern from "curvature.h" nogil:
    ctypedef void (*skmlp_dsyrk)() noexcept
    ctypedef struct skmlp_curvature:
        const void* parameters
        skmlp_dsyrk syrk
        int64_t first_pair, last_pair
        double* sums
    int skmlp_curvature_sums(const skmlp_problem*, skmlp_range, const skmlp_curvature*)


# The names of the activations and losses, in the order of their codes, and limits.
ACTIVATIONS = tuple(
    [skmlp_activations[code].decode() for code in range(SKMLP_N_ACTIVATIONS)]
)
LOSSES = tuple([skmlp_losses[code].decode() for code in range(SKMLP_N_LOSSES)])
MAX_LAYERS = SKMLP_MAX_LAYERS
MAX_PARTS = SKMLP_MOST_PARTS
STEP_SIZES = SKMLP_STEP_SIZES
RULE_CONSTANTS = SKMLP_RULE_CONSTANTS


cdef class Problem:
    """A network, its loss and its rows with their targets, as C reads them.

    `network` is (layer_sizes, activations, activation_settings, has_intercepts), with
    codes of the activations of the hidden layers; `loss` is (code, settings); `rows`
    are (X, None, None), or (values, indices, starts) of a CSR matrix; `targets` are
    (y, labels, sample_weight), each of which may be None. `programs` has a Program or
    None for each hidden layer, and for the loss.
    """

    cdef skmlp_problem problem
    cdef skmlp_program programs[64]
    cdef object arrays
    cdef readonly int64_t n_rows
    cdef readonly bint in_float32, joins_outputs
    cdef int64_t n_columns, n_outputs, n_parameters

    def __init__(self, dtype, network, loss, rows, targets, programs=()):
        layer_sizes, activations, activation_settings, has_intercepts = network
        X, indices, starts = rows
        y, labels, sample_weight = targets
        self.set_network(layer_sizes, activations, activation_settings, has_intercepts)
        self.problem.loss, loss_settings = loss
        require(0 <= self.problem.loss < SKMLP_N_LOSSES, "the loss has no such code")
        # Held, because C reads their numbers.
        self.arrays = (
            layer_sizes, activations, activation_settings, loss_settings, X, indices,
            starts, y, labels, sample_weight, programs)
        cdef const double[::1] settings = loss_settings
        require_aligned(address(settings), sizeof(double))
        self.problem.loss_settings = &settings[0] if settings.shape[0] else NULL
        self.joins_outputs = self.problem.loss == SKMLP_MULTINOMIAL
        self.in_float32 = dtype == "float32"
        self.problem.is_double = not self.in_float32
        if self.in_float32:
            self.problem.gemm = <void (*)() noexcept nogil>sgemm
            self.set_rows[float](X, indices, starts, 0)
            self.set_targets[float](y, labels, sample_weight, settings, 0)
        else:
            self.problem.gemm = <void (*)() noexcept nogil>dgemm
            self.set_rows[double](X, indices, starts, 0)
            self.set_targets[double](y, labels, sample_weight, settings, 0)
        self.check_targets(settings)
        self.set_programs(programs)

    cdef int set_network(
        self, const int64_t[::1] sizes, const int64_t[::1] activations,
        const double[::1] settings, bint has_intercepts,
    ) except -1:
        """Set the layers and activations of the struct; count the parameters."""
        cdef int64_t layer, n_layers = sizes.shape[0] - 1
        cdef bint fits = True
        cdef double total = 0
        self.n_parameters = 0
        for layer in range(n_layers + 1):
            fits &= 0 < sizes[layer] <= INT32_MAX  # BLAS counts in 32 bits
        for layer in range(n_layers):
            total += <double>(sizes[layer] + 1) * <double>sizes[layer + 1]
            fits &= total < 1e17
            if fits:
                self.n_parameters += (sizes[layer] + has_intercepts) * sizes[layer + 1]
        for layer in range(activations.shape[0]):
            fits &= 0 <= activations[layer] < SKMLP_N_ACTIVATIONS
        require(fits, "sizes of layers are at least 1, and activations have such codes")
        require(
            0 < n_layers < SKMLP_MAX_LAYERS
            and activations.shape[0] == n_layers - 1
            and settings.shape[0] == n_layers - 1,
            "there is one activation for each of the hidden layers")
        self.n_columns, self.n_outputs = sizes[0], sizes[n_layers]
        self.problem.n_layers, self.problem.has_intercepts = <int>n_layers, has_intercepts
        require_aligned(<uintptr_t>&sizes[0], sizeof(int64_t))
        self.problem.sizes = &sizes[0]
        self.problem.activations, self.problem.activation_settings = NULL, NULL
        if n_layers > 1:
            require_aligned(<uintptr_t>&activations[0], sizeof(int64_t))
            require_aligned(address(settings), sizeof(double))
            self.problem.activations = &activations[0]
            self.problem.activation_settings = &settings[0]
        return 0

    cdef int set_programs(self, programs) except -1:
        """Set the programs of the struct, of the layers and of the loss."""
        cdef int64_t layer, last = self.problem.n_layers - 1
        cdef bint needed
        if SKMLP_MAX_LAYERS > 64:
            raise ValueError("There is room for 64 programs.")
        for layer in range(last + 1):
            program = programs[layer] if layer < len(programs) else None
            if layer < last:
                needed = self.problem.activations[layer] == SKMLP_PROGRAM_ACTIVATION
            else:
                needed = self.problem.loss == SKMLP_PROGRAM_LOSS
            require(
                needed == (program is not None),
                "layers and losses have a program exactly if their code says so")
            self.problem.programs[layer] = NULL
            if program is None:
                continue
            if 0 < layer < last and program is programs[layer - 1]:
                self.problem.programs[layer] = self.problem.programs[layer - 1]
                continue
            set_program(&self.programs[layer], program, 1 if layer < last else 2)
            require(
                self.programs[layer].width == (
                    1 if layer < last else self.n_outputs),
                "a program has another width than its layer")
            self.problem.programs[layer] = &self.programs[layer]
        return 0

    cdef int set_rows(self, X, indices, starts, floating zero) except -1:
        """Set the dense or CSR rows of the struct; the type of `zero` is that of the arrays."""
        cdef const floating[:, :] dense
        cdef const floating[::1] values
        cdef const int32_t[::1] columns, row_starts
        self.problem.indices, self.problem.starts = NULL, NULL
        self.problem.row_stride = self.problem.column_stride = 0
        if indices is None:
            dense = X
            self.n_rows = dense.shape[0]
            require(
                self.n_rows > 0 and dense.shape[1] == self.n_columns,
                "the rows have other columns than the first layer has weights")
            # In bytes: rows may overlap, and their numbers may not be aligned.
            self.problem.row_stride = dense.strides[0]
            self.problem.column_stride = dense.strides[1]
            if self.n_columns == 1:
                self.problem.column_stride = sizeof(floating)
            self.problem.values = &dense[0, 0]
            return 0
        values, columns, row_starts = X, indices, starts
        require_aligned(address(values), sizeof(floating))
        # A matrix without entries differs from a dense one: the pointers are not NULL.
        self.problem.values = &values[0] if values.shape[0] else <const void*>1
        self.problem.indices = &columns[0] if columns.shape[0] else <const int32_t*>1
        require(row_starts.shape[0] > 1, "a CSR matrix has a row")
        self.problem.starts = &row_starts[0]
        self.n_rows = row_starts.shape[0] - 1
        return require_csr(row_starts, self.n_rows, columns.shape[0], values.shape[0])

    cdef int set_targets(
        self, y, labels, sample_weight, const double[::1] settings, floating zero,
    ) except -1:
        """Set the targets and weights of the struct; the type of `zero` is that of the arrays."""
        cdef const floating[:, ::1] targets
        cdef const floating[::1] weights
        cdef const int64_t[::1] classes
        self.problem.y, self.problem.sample_weight = NULL, NULL
        self.problem.labels, self.problem.n_targets = NULL, 0
        if labels is not None:
            classes = labels
            require(classes.shape[0] == self.n_rows, "there is one label for each row")
            require_below(
                classes, self.n_rows, self.n_outputs,
                "labels has a class without a score")
            self.problem.labels = &classes[0]
        if y is not None:
            targets = y
            require(
                targets.shape[0] == self.n_rows and targets.shape[1] > 0,
                "there is one row of targets for each row")
            require_aligned(table_address(targets), sizeof(floating))
            self.problem.y = &targets[0, 0]
            self.problem.n_targets = targets.shape[1]
            if self.problem.loss == SKMLP_PER_COLUMN:
                self.check_classes_of_columns(targets, settings)
        if sample_weight is not None:
            weights = sample_weight
            require(weights.shape[0] == self.n_rows, "there is one weight for each row")
            require_aligned(address(weights), sizeof(floating))
            self.problem.sample_weight = &weights[0]
        return 0

    cdef int check_classes_of_columns(
        self, const floating[:, ::1] targets, const double[::1] settings,
    ) except -1:
        """Raise ValueError unless the classes of each column are below their number."""
        cdef int64_t row, column
        cdef bint inside = settings.shape[0] == 2 + targets.shape[1]
        if inside:
            for row in range(targets.shape[0]):
                for column in range(targets.shape[1]):
                    inside &= 0 <= targets[row, column] < settings[2 + column]
        return require(inside, "targets has a class without a score")

    cdef int check_targets(self, const double[::1] settings) except -1:
        """Raise ValueError unless targets, if any, are those that the loss reads."""
        cdef int64_t target
        cdef int loss = self.problem.loss
        cdef int64_t n_targets = self.problem.n_targets, K = self.n_outputs, total = 0
        cdef bint labelled = loss in (
            SKMLP_MULTINOMIAL, SKMLP_MULTINOMIAL_FOCAL, SKMLP_MULTICLASS_HINGE)
        if self.problem.y == NULL and self.problem.labels == NULL:
            return 0
        if loss == SKMLP_PROGRAM_LOSS and self.problem.labels != NULL:
            labelled = True
        require(
            (self.problem.labels != NULL) == labelled
            and (self.problem.y != NULL) != labelled,
            "the loss takes labels, or rows of targets")
        if labelled:
            return 0
        if loss == SKMLP_PER_COLUMN:
            require(settings.shape[0] == 2 + n_targets, "every column has its classes")
            for target in range(n_targets):
                require(settings[2 + target] >= 1, "every column has its classes")
                total += <int64_t>settings[2 + target]
            return require(total == K, "every class of a column has a score")
        if loss == SKMLP_QUANTILE:
            return require(
                settings.shape[0] * n_targets == K, "every quantile has a score")
        if loss == SKMLP_GAUSSIAN:
            n_targets *= 2
        return require(n_targets == K, "the targets have other columns than the scores")

    cdef int check_parameters(self, int64_t n_parameters, bint in_float32) except -1:
        """Raise ValueError unless parameters are those of the network."""
        return require(
            n_parameters == self.n_parameters and in_float32 == self.in_float32,
            "the parameters have another length or type than the network's")

    cdef int require_targets(self) except -1:
        """Raise ValueError if the rows have no targets."""
        return require(
            self.problem.y != NULL or self.problem.labels != NULL,
            "there are no targets")

    cdef skmlp_range range_of(self, rows, int64_t block_rows) except *:
        """Return the range of `rows`, (first, last); ValueError if they do not exist."""
        cdef skmlp_range range_
        range_.first, range_.last, range_.block = rows[0], rows[1], block_rows
        range_.signals = NULL
        require(
            0 <= range_.first < range_.last <= self.n_rows and block_rows > 0,
            "the rows asked for are out of range")
        return range_

    cdef int check(self, int error, int64_t rows) except -1:
        """Raise MemoryError if a kernel could not allocate the layers of some rows."""
        return check(
            error,
            f"the layers of {rows} rows at a time; make the batches or layers smaller")


def train_batches(
    Problem problem not None, floating[::1] parameters, floating[:, ::1] gradients, update,
    const int64_t[::1] order, *, int64_t n_rows, int64_t batch_size, double l2,
    double l1, bounds, noise=None, Crew crew=None,
    double[::1] reached=None,
):
    """Visit the rows batch by batch, and update the parameters after every batch.

    Parameters
    ----------
    problem : Problem
    parameters : ndarray of shape (n_parameters,)
        Changed in place.
    gradients : ndarray of shape (n_parts, n_parameters)
        Scratch; every batch is cut into n_parts parts.
    update : FusedUpdate
        The rule's code, state arrays (changed in place), step sizes and constants.
        `step_sizes` (n_batches, 3) are two sizes of the rule, and the factor that the
        weights are multiplied by.
    order : ndarray of shape (n_rows,), or None
        The rows in the order of the visit.
    n_rows, batch_size : int
    l2, l1 : float
        Penalties of the weights, divided by the batch's sum of sample weights.
    bounds : StepBounds
        `clip_value` and `clip_norm` of the gradient, `max_norm` of a unit's weights.
    noise : FusedNoise or None
        `dropout` (n_layers,), `input_noise` and the epoch's `seed`.
    crew : Crew or None
    reached : ndarray of shape (2,), or None
        Gets the number of batches done, and the sum of rows·objective over them; also
        if the handler of a signal raises. The parameters and the state of the rule are
        then those after these batches.

    Returns
    -------
    total : float
        Σ rows·objective over the batches.
    """
    cdef skmlp_run run
    cdef skmlp_batch_update rule
    cdef skmlp_noise disturbances
    cdef skmlp_signals signals
    cdef const double[:, ::1] sizes = update.step_sizes
    cdef const double[::1] constants = update.constants
    cdef const double[::1] dropout
    # Held until the end, so that no array is freed or resized before.
    cdef floating[::1] first = None, second = None, third = None
    arrays = tuple(update.arrays)
    cdef int64_t n_arrays = len(arrays)
    cdef int error
    rule.rule = update.rule
    require(
        0 <= rule.rule < SKMLP_N_UPDATE_RULES
        and n_arrays == skmlp_state_arrays[rule.rule],
        "the update rule has no such code, or other state arrays")
    if n_arrays > 0:
        first = arrays[0]
    if n_arrays > 1:
        second = arrays[1]
    if n_arrays > 2:
        third = arrays[2]
    run.n_rows, run.batch_size = n_rows, min(batch_size, n_rows)
    run.n_parts = gradients.shape[0]
    problem.check_parameters(parameters.shape[0], floating is float)
    problem.require_targets()
    problem.range_of((0, n_rows), batch_size)
    require(
        gradients is not None and gradients.shape[1] == parameters.shape[0]
        and (first is None or first.shape[0] == parameters.shape[0])
        and (second is None or second.shape[0] == parameters.shape[0])
        and (third is None or third.shape[0] == parameters.shape[0]),
        "gradients and the state of the rule have another length than the parameters")
    require(
        sizes is not None and constants is not None
        and sizes.shape[0] * run.batch_size >= n_rows,
        "there is a step size for each batch")
    require(
        reached is None or reached.shape[0] == 2,
        "what was reached is two numbers")
    require_aligned(address(reached), sizeof(double))
    if order is not None:
        require_below(order, n_rows, problem.n_rows, "order has a row out of range")
    require_aligned(
        address(parameters) | table_address(gradients) | address(first)
        | address(second) | address(third), sizeof(floating))
    require_aligned(table_address(sizes) | address(constants), sizeof(double))
    if not 0 < run.n_parts <= SKMLP_MOST_PARTS:
        raise ValueError(
            f"A batch has 1 to {SKMLP_MOST_PARTS} parts, not {run.n_parts}.")
    if (
        sizes.shape[1] != SKMLP_STEP_SIZES + 1
        or constants.shape[0] != SKMLP_RULE_CONSTANTS
    ):
        raise ValueError(
            f"A step has {SKMLP_STEP_SIZES + 1} sizes, and a rule "
            f"{SKMLP_RULE_CONSTANTS} constants.")
    rule.arrays[0] = NULL if first is None else &first[0]
    rule.arrays[1] = NULL if second is None else &second[0]
    rule.arrays[2] = NULL if third is None else &third[0]
    rule.sizes, rule.constants = &sizes[0, 0], &constants[0]
    rule.l2, rule.l1 = l2, l1
    rule.clip_value, rule.clip_norm = bounds.clip_value, bounds.clip_norm
    rule.max_norm = bounds.max_norm
    run.noise = NULL
    if noise is not None:
        dropout = noise.dropout
        if dropout is None or dropout.shape[0] != problem.problem.n_layers:
            raise ValueError("There is one probability for each layer of weights.")
        require_aligned(address(dropout), sizeof(double))
        disturbances.dropout = &dropout[0]
        disturbances.input_noise, disturbances.seed = noise.input_noise, noise.seed
        run.noise = &disturbances
    run.problem, run.update = &problem.problem, &rule
    run.crew = NULL if crew is None else crew.crew
    run.order = NULL
    if order is not None:
        run.order = &order[0]
    run.parameters, run.gradients = &parameters[0], &gradients[0, 0]
    begin(&signals)
    run.signals = &signals
    with nogil:
        error = skmlp_train(&run)
    if reached is not None:
        reached[0], reached[1] = <double>run.n_done, run.total
    reraise(error)
    problem.check(error, run.batch_size)
    return run.total


def objective_sums(
    Problem problem not None, const floating[::1] parameters,
    floating[::1] block_gradient, double[::1] gradient,
    *, rows, int64_t block_rows,
):
    """Return the sums over rows of the losses and the weights; add to the gradient.

    `gradient` and its scratch `block_gradient` may both be None.
    """
    cdef skmlp_range range_ = problem.range_of(rows, block_rows)
    cdef skmlp_sums sums
    cdef skmlp_signals signals
    cdef int error
    problem.check_parameters(parameters.shape[0], floating is float)
    problem.require_targets()
    require_aligned(address(parameters), sizeof(floating))
    sums.parameters, sums.block_gradient, sums.gradient = &parameters[0], NULL, NULL
    require(
        (gradient is None) == (block_gradient is None),
        "gradient and block_gradient: give both or none")
    if gradient is not None:
        require(
            block_gradient.shape[0] == parameters.shape[0]
            and gradient.shape[0] == parameters.shape[0],
            "the gradient has another length than the parameters")
        require_aligned(address(block_gradient), sizeof(floating))
        require_aligned(address(gradient), sizeof(double))
        sums.block_gradient, sums.gradient = &block_gradient[0], &gradient[0]
    begin(&signals)
    range_.signals = &signals
    with nogil:
        error = skmlp_objective_sums(&problem.problem, range_, &sums)
    reraise(error)
    problem.check(error, block_rows)
    return sums.loss, sums.weight


def network_scores(
    Problem problem not None, const floating[::1] parameters,
    floating[:, ::1] scores not None, *, rows, int64_t block_rows,
):
    """Write the raw scores of some rows into `scores`."""
    cdef skmlp_range range_ = problem.range_of(rows, block_rows)
    cdef skmlp_signals signals
    cdef int error
    problem.check_parameters(parameters.shape[0], floating is float)
    require(
        scores.shape[0] == range_.last - range_.first
        and scores.shape[1] == problem.n_outputs,
        "the scores have another shape than the rows and outputs")
    require_aligned(address(parameters) | table_address(scores), sizeof(floating))
    begin(&signals)
    range_.signals = &signals
    with nogil:
        error = skmlp_network_scores(
            &problem.problem, range_, &parameters[0], &scores[0, 0])
    reraise(error)
    problem.check(error, block_rows)


def curvature_sums(
    Problem problem not None, const floating[::1] parameters,
    double[:, :, ::1] sums not None, *, rows, pairs, int64_t block_rows,
):
    """Add Σᵢ wᵢ·Cₖₘ·[xᵢ, 1][xᵢ, 1]ᵀ of some rows and pairs to lower triangles."""
    cdef skmlp_range range_ = problem.range_of(rows, block_rows)
    cdef skmlp_curvature wanted
    cdef int64_t K = problem.n_outputs
    cdef int64_t side = problem.n_columns + problem.problem.has_intercepts
    cdef skmlp_signals signals
    cdef int error
    wanted.first_pair, wanted.last_pair = pairs[0], pairs[1]
    problem.check_parameters(parameters.shape[0], floating is float)
    require(
        problem.problem.n_layers == 1
        and 0 <= wanted.first_pair <= wanted.last_pair <= sums.shape[0]
        and sums.shape[0] == (K * (K + 1) // 2 if problem.joins_outputs else K)
        and sums.shape[1] == side and sums.shape[2] == side,
        "the sums have another shape than the pairs of outputs and the columns")
    require_aligned(address(parameters), sizeof(floating))
    if wanted.first_pair == wanted.last_pair:
        return
    require_aligned(<uintptr_t>&sums[0, 0, 0], sizeof(double))
    wanted.parameters, wanted.sums = &parameters[0], &sums[0, 0, 0]
    wanted.syrk = <skmlp_dsyrk>dsyrk
    begin(&signals)
    range_.signals = &signals
    with nogil:
        error = skmlp_curvature_sums(&problem.problem, range_, &wanted)
    reraise(error)
    problem.check(error, block_rows)

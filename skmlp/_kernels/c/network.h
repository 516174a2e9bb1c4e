/* A network's forward and backward pass over batches of rows, and passes over all rows for
   the sum of the losses with its gradient, or for raw scores.

   One batch is: take the rows; for each layer z = a·W + b and a = σ(z); the loss and its
   gradient; for each layer backwards the gradients of W and b, then of a, then of z. */
#ifndef SKMLP_NETWORK_H
#define SKMLP_NETWORK_H

#include "activations.h"
#include "losses.h"
#include "narrow_products.h"
#include "problem.h"
#include "products.h"
#include "random_numbers.h"

/* The sums of losses and of weights over a range of rows, and the gradient of the first,
   which is added to `gradient` (in double precision). `block_gradient` is scratch; both
   are NULL if only the sums are wanted. */
typedef struct {
    const void *parameters;
    void *block_gradient;
    double *gradient, loss, weight;
} skmlp_sums;

/* The rows that are copied between two looks for signals. */
enum { SKMLP_FEW_ROWS = 64 };

#define SKMLP_THIS_FILE "network.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

/* Scratch for one batch: every layer's outputs, with slopes and dropped outputs for the
   layers that have them; two gradients of a layer's outputs; copies of the rows of X. */
typedef struct {
    REAL *memory;
    REAL *inputs;             /* dense rows of X; NULL if they are read in place */
    REAL *outputs[SKMLP_MAX_LAYERS];
    REAL *slopes[SKMLP_MAX_LAYERS]; /* dσ/dz, NULL if it follows from the outputs */
    REAL *dropped[SKMLP_MAX_LAYERS]; /* outputs·factors, NULL without dropout */
    REAL *factors[SKMLP_MAX_LAYERS];
    REAL *input_factors;
    const skmlp_noise *noise;
    REAL *gradients[2];
    REAL *weights;
    REAL *transposed;         /* a narrow layer's weights, or their gradient */
    NAME(machine) machines[SKMLP_MAX_LAYERS]; /* of layers and a loss with programs */
    REAL *targets;            /* of a block of rows, for the program of a loss */
    skmlp_signals *signals;   /* may be NULL */
    int leads;                /* 1 if the thread that called the kernel works here */
} NAME(workspace);

static int64_t NAME(widest)(const NAME(network) *net)
{
    int64_t widest = 0;
    for (int l = 1; l <= net->n_layers; l++)
        if (net->sizes[l] > widest) widest = net->sizes[l];
    return widest;
}

static int64_t NAME(largest_narrow)(const NAME(network) *net)
{
    int64_t largest = 0;
    for (int l = 0; l < net->n_layers; l++) {
        int64_t size = net->sizes[l] * SKMLP_NARROW;
        if (net->sizes[l + 1] <= SKMLP_NARROW && size > largest) largest = size;
    }
    return largest;
}

static int NAME(has_slopes)(const NAME(network) *net, int layer)
{
    return layer + 1 < net->n_layers && NAME(keeps_slopes)(net->activations[layer]);
}

/* Returns the numbers that programs of layers and of the loss take. Layers with one
   program share its registers. */
static int64_t NAME(program_sizes)(const NAME(network) *net)
{
    int64_t total = 0, last = net->n_layers - 1;
    for (int l = 0; l < net->n_layers; l++)
        if (net->programs[l] != NULL
            && (l == 0 || net->programs[l] != net->programs[l - 1]))
            total += skmlp_program_size(net->programs[l]);
    if (net->programs[last] != NULL)
        total += skmlp_program_rows(net->programs[last]) * net->sizes[last + 1];
    return total;
}

static REAL *NAME(open_programs)(
    NAME(workspace) *work, const NAME(network) *net, REAL *next)
{
    int64_t last = net->n_layers - 1;
    for (int l = 0; l < net->n_layers; l++) {
        if (net->programs[l] == NULL) continue;
        if (l > 0 && net->programs[l] == net->programs[l - 1]) {
            work->machines[l] = work->machines[l - 1];
            continue;
        }
        NAME(open_machine)(work->machines + l, net->programs[l], next);
        next += skmlp_program_size(net->programs[l]);
    }
    work->targets = next;
    if (net->programs[last] != NULL)
        next += skmlp_program_rows(net->programs[last]) * net->sizes[last + 1];
    return next;
}

/* Returns 1 if units of a layer are dropped. The inputs are layer 0; scores are never
   dropped. */
static int NAME(drops)(const NAME(network) *net, const skmlp_noise *noise, int layer)
{
    return noise != NULL && layer < net->n_layers && noise->dropout[layer] > 0;
}

static int NAME(open_workspace)(
    NAME(workspace) *work, const NAME(network) *net, int64_t batch, int gathers,
    const skmlp_noise *noise)
{
    int64_t widest = NAME(widest)(net), total = batch * (2 * widest + 1);
    for (int l = 1; l <= net->n_layers; l++)
        total += batch * net->sizes[l]
            * (1 + NAME(has_slopes)(net, l - 1) + 2 * NAME(drops)(net, noise, l));
    total += batch * net->sizes[0] * (gathers + NAME(drops)(net, noise, 0));
    work->noise = noise;
    work->signals = NULL;
    work->leads = 1;
    /* Sizes whose sum would overflow cannot be allocated. */
    double numbers = (double)batch * (2 * (double)widest + 1 + (double)net->sizes[0]);
    for (int l = 1; l <= net->n_layers; l++)
        numbers += 4 * (double)batch * (double)net->sizes[l];
    for (int l = 0; l < net->n_layers; l++)
        if (net->programs[l] != NULL)
            numbers += (double)skmlp_program_size(net->programs[l]);
    if (numbers > 1e17) return SKMLP_NO_MEMORY;
    int64_t transposed = NAME(largest_narrow)(net);
    total += transposed + NAME(program_sizes)(net);
    work->memory = malloc(sizeof(REAL) * (size_t)(total > 0 ? total : 1));
    if (work->memory == NULL) return SKMLP_NO_MEMORY;
    REAL *next = work->memory;
    for (int l = 1; l <= net->n_layers; l++) {
        work->outputs[l - 1] = next;
        next += batch * net->sizes[l];
        work->slopes[l - 1] = NULL;
        if (NAME(has_slopes)(net, l - 1)) {
            work->slopes[l - 1] = next;
            next += batch * net->sizes[l];
        }
        work->dropped[l - 1] = work->factors[l - 1] = NULL;
        if (NAME(drops)(net, noise, l)) {
            work->dropped[l - 1] = next;
            work->factors[l - 1] = next + batch * net->sizes[l];
            next += 2 * batch * net->sizes[l];
        }
    }
    next = NAME(open_programs)(work, net, next);
    work->input_factors = next;
    if (NAME(drops)(net, noise, 0)) next += batch * net->sizes[0];
    work->gradients[0] = next;
    work->gradients[1] = next + batch * widest;
    work->weights = next + 2 * batch * widest;
    work->transposed = work->weights + batch;
    work->inputs = gathers ? work->transposed + transposed : NULL;
    return SKMLP_DONE;
}

/* Positions of every layer's weights and intercepts in the flat vector. */
static void NAME(offsets)(const NAME(network) *net, int64_t *weights, int64_t *intercepts)
{
    int64_t start = 0;
    for (int l = 0; l < net->n_layers; l++) {
        weights[l] = start;
        start += net->sizes[l] * net->sizes[l + 1];
    }
    for (int l = 0; l < net->n_layers; l++) {
        intercepts[l] = start;
        start += net->sizes[l + 1];
    }
}

/* Looks for signals. Returns 1 if the pass has to stop; its results are then unfinished. */
static inline int NAME(stops)(NAME(workspace) *work, int64_t multiplications)
{
    return skmlp_poll_part(work->signals, work->leads, multiplications);
}

/* The products of the first layer for CSR rows: z = X·W, or dW = Xᵀ·z if `W` is NULL. */
static void NAME(first_products)(
    const NAME(rows) *X, const int64_t *order, int64_t first, const REAL *W, REAL *z,
    REAL *dW, int64_t rows, int64_t out, NAME(workspace) *work)
{
    int64_t some, multiplications;
    for (; rows > 0; rows -= some) {
        some = NAME(some_sparse_rows)(X, order, first, rows, out, &multiplications);
        if (W != NULL)
            NAME(sparse_forward)(X, order, first, W, z, some, out);
        else
            NAME(sparse_weight_gradient)(X, order, first, z, dW, some, out);
        if (NAME(stops)(work, multiplications)) return;
        if (order != NULL) order += some;
        first += some;
        z += some * out;
    }
}

/* Forward: the outputs of every layer; the last one's are the raw scores. Dense rows
   lie at `dense`, `stride` apart; CSR rows are found through `order`. */
static void NAME(forward)(
    const NAME(network) *net, const NAME(rows) *X, const int64_t *order, int64_t first,
    const REAL *dense, int64_t stride, const REAL *parameters, NAME(workspace) *work,
    int64_t rows)
{
    int64_t at_weights[SKMLP_MAX_LAYERS], at_intercepts[SKMLP_MAX_LAYERS];
    NAME(offsets)(net, at_weights, at_intercepts);
    const REAL *a = dense;
    int64_t lda = stride;
    for (int l = 0; l < net->n_layers; l++) {
        int64_t in = net->sizes[l], out = net->sizes[l + 1];
        const REAL *W = parameters + at_weights[l];
        REAL *z = work->outputs[l];
        if (l == 0 && X->indices != NULL)
            NAME(first_products)(X, order, first, W, z, NULL, rows, out, work);
        else if (NAME(stops)(work, rows * in * out))
            return;
        else if (NAME(is_small)(rows, in, out))
            NAME(small_forward)(a, lda, W, z, rows, in, out);
        else if (NAME(is_narrow)(rows, in, out))
            NAME(narrow_forward)(a, lda, W, work->transposed, z, rows, in, out);
        else
            NAME(multiply)(net, 0, 0, rows, out, in, a, lda, W, out, 0, z);
        int hidden = l + 1 < net->n_layers;
        const REAL *b = net->has_intercepts ? parameters + at_intercepts[l] : NULL;
        if (hidden && net->programs[l] != NULL)
            NAME(activate_by_program)(
                work->machines + l, z, b, work->slopes[l], rows, out);
        else
            NAME(activate)(
                hidden ? net->activations[l] : SKMLP_IDENTITY,
                hidden ? (REAL)net->activation_settings[l] : 0, z, b, work->slopes[l],
                rows, out);
        a = z;
        lda = out;
        if (work->dropped[l] != NULL) {
            NAME(drop_units)(
                skmlp_stream_key(work->noise->seed, (uint64_t)l + 1),
                work->noise->dropout[l + 1], first, z, work->factors[l],
                work->dropped[l], rows, out);
            a = work->dropped[l];
        }
    }
}

/* Backward: the last outputs hold dL/dscores; `gradient` is overwritten. */
static void NAME(backward)(
    const NAME(network) *net, const NAME(rows) *X, const int64_t *order, int64_t first,
    const REAL *dense, int64_t stride, const REAL *parameters, NAME(workspace) *work,
    int64_t rows, REAL *gradient)
{
    int64_t at_weights[SKMLP_MAX_LAYERS], at_intercepts[SKMLP_MAX_LAYERS];
    NAME(offsets)(net, at_weights, at_intercepts);
    REAL *dz = work->outputs[net->n_layers - 1];
    for (int l = net->n_layers - 1; l >= 0; l--) {
        int64_t in = net->sizes[l], out = net->sizes[l + 1];
        const REAL *a = l == 0 ? dense : work->outputs[l - 1];
        int64_t lda = l == 0 ? stride : in;
        if (l > 0 && work->dropped[l - 1] != NULL) a = work->dropped[l - 1];
        REAL *dW = gradient + at_weights[l];
        int small = NAME(is_small)(rows, in, out);
        int narrow = NAME(is_narrow)(rows, in, out);
        if (l == 0 && X->indices != NULL) {
            memset(dW, 0, sizeof(REAL) * (size_t)(in * out));
            NAME(first_products)(X, order, first, NULL, dz, dW, rows, out, work);
        } else if (NAME(stops)(work, rows * in * out))
            return;
        else if (small)
            NAME(small_weight_gradient)(a, lda, dz, dW, rows, in, out);
        else if (narrow) {
            REAL *dWt = out == 1 ? dW : work->transposed;
            NAME(narrow_weight_gradient)(a, lda, dz, dWt, rows, in, out);
            NAME(transposed)(dWt, out, in, dW);
        }
        else
            NAME(multiply)(net, 1, 0, in, out, rows, a, lda, dz, out, 0, dW);
        if (net->has_intercepts)
            NAME(column_sums)(dz, gradient + at_intercepts[l], rows, out);
        if (l > 0) {
            const REAL *W = parameters + at_weights[l];
            REAL *da = work->gradients[l % 2];
            if (NAME(stops)(work, rows * in * out)) return;
            if (small)
                NAME(small_backward)(dz, W, da, rows, in, out);
            else if (narrow)
                NAME(narrow_backward)(
                    dz, NAME(transposed)(W, in, out, work->transposed), da, rows, in,
                    out);
            else
                NAME(multiply)(net, 0, 1, rows, in, out, dz, out, W, out, 0, da);
            if (work->factors[l - 1] != NULL)
                NAME(multiply_by)(da, work->factors[l - 1], rows * in);
            NAME(pull_back)(
                net->activations[l - 1], (REAL)net->activation_settings[l - 1], da,
                work->outputs[l - 1], work->slopes[l - 1], rows * in);
            dz = da;
        }
    }
}

/* Noise and dropout of dense inputs, in place. */
static void NAME(disturb_inputs)(
    NAME(workspace) *work, int64_t first, int64_t rows, int64_t width)
{
    const skmlp_noise *noise = work->noise;
    if (noise->input_noise > 0)
        NAME(disturb)(
            skmlp_stream_key(noise->seed, SKMLP_NOISE_STREAM),
            skmlp_stream_key(noise->seed, SKMLP_NOISE_STREAM + 1), noise->input_noise,
            first, work->inputs, rows, width);
    if (noise->dropout[0] > 0) {
        NAME(drop_units)(
            skmlp_stream_key(noise->seed, 0), noise->dropout[0], first, work->inputs,
            work->input_factors, work->inputs, rows, width);
    }
}

/* Returns dense rows in the order asked for, `stride` numbers apart; NULL for CSR rows. */
static const REAL *NAME(take_rows)(
    const NAME(rows) *X, const int64_t *order, int64_t first, int64_t rows, int64_t width,
    NAME(workspace) *work, int64_t *stride)
{
    const char *values = (const char *)X->values;
    *stride = X->row_stride / (int64_t)sizeof(REAL);
    if (X->indices != NULL) return NULL;
    if (work->inputs == NULL) return (const REAL *)(values + first * X->row_stride);
    for (int64_t i = 0; i < rows; i++) {
        if (i % SKMLP_FEW_ROWS == 0 && NAME(stops)(work, SKMLP_FEW_ROWS * width)) break;
        int64_t row = order == NULL ? first + i : order[i];
        const char *source = values + row * X->row_stride;
        REAL *restrict target = work->inputs + i * width;
        /* By memcpy: numbers may not be aligned. */
        if (X->column_stride == (int64_t)sizeof(REAL))
            memcpy(target, source, sizeof(REAL) * (size_t)width);
        else
            for (int64_t j = 0; j < width; j++)
                memcpy(target + j, source + j * X->column_stride, sizeof(REAL));
    }
    *stride = width;
    if (work->noise != NULL) NAME(disturb_inputs)(work, first, rows, width);
    return work->inputs;
}

static double NAME(take_weights)(
    const NAME(data) *data, const int64_t *order, int64_t first, int64_t rows,
    REAL *weights)
{
    double total = 0;
    if (data->sample_weight == NULL) return (double)rows;
    for (int64_t i = 0; i < rows; i++) {
        weights[i] = data->sample_weight[order == NULL ? first + i : order[i]];
        total += (double)weights[i];
    }
    return total;
}

/* Returns the weighted sum of the losses of some rows; `total_weight` gets the sum of their
   weights, `gradient` the gradient of the first sum times `factor`; NULL: it is not
   computed. */
static double NAME(batch)(
    const NAME(network) *net, const NAME(data) *data, const int64_t *order, int64_t first,
    int64_t rows, REAL factor, const REAL *parameters, NAME(workspace) *work,
    REAL *gradient, double *total_weight)
{
    int64_t stride, K = net->sizes[net->n_layers];
    const REAL *dense = NAME(take_rows)(
        &data->X, order, first, rows, net->sizes[0], work, &stride);
    *total_weight = NAME(take_weights)(data, order, first, rows, work->weights);
    NAME(forward)(net, &data->X, order, first, dense, stride, parameters, work, rows);
    if (skmlp_stopped(work->signals)) return 0;
    const REAL *weights = data->sample_weight == NULL ? NULL : work->weights;
    REAL *scores = work->outputs[net->n_layers - 1];
    double total = net->loss == SKMLP_PROGRAM_LOSS
        ? NAME(loss_gradient_by_program)(
              work->machines + net->n_layers - 1, work->targets, data, order, first,
              weights, factor, scores, rows, K)
        : NAME(loss_gradient)(
              net->loss, net->loss_settings, data, order, first, weights, factor,
              scores, rows, K);
    if (gradient != NULL)
        NAME(backward)(
            net, &data->X, order, first, dense, stride, parameters, work, rows, gradient);
    return total;
}

/* Returns 1 if BLAS can read dense rows in place: numbers are aligned, columns lie side by
   side, rows do not overlap, and their distance fits into BLAS's integers. */
static int NAME(in_place)(const NAME(rows) *X, int64_t width)
{
    const int64_t size = sizeof(REAL);
    return (uintptr_t)X->values % sizeof(REAL) == 0 && X->column_stride == size
        && X->row_stride % size == 0 && X->row_stride >= width * size
        && X->row_stride / size <= INT_MAX;
}

/* Returns 1 if a workspace needs room for copies of a batch's dense rows. */
static int NAME(gathers)(
    const NAME(rows) *X, int64_t width, int ordered, const skmlp_noise *noise)
{
    int disturbed = noise != NULL && (noise->input_noise > 0 || noise->dropout[0] > 0);
    return X->indices == NULL && (ordered || disturbed || !NAME(in_place)(X, width));
}

/* The sums over the rows of a range, in blocks that stay in the cache. */
static int NAME(objective_sums)(
    const skmlp_problem *problem, skmlp_range range, skmlp_sums *sums)
{
    NAME(network) net;
    NAME(data) data;
    NAME(workspace) work;
    REAL *block_gradient = sums->block_gradient;
    int64_t block = skmlp_block_of(range);
    sums->loss = sums->weight = 0;
    NAME(unpack)(problem, &net, &data);
    int error = NAME(open_workspace)(
        &work, &net, block, NAME(gathers)(&data.X, net.sizes[0], 0, NULL), NULL);
    if (error) return error;
    work.signals = range.signals;
    for (int64_t first = range.first; first < range.last; first += block) {
        int64_t rows = range.last - first < block ? range.last - first : block;
        double weight;
        sums->loss += NAME(batch)(
            &net, &data, NULL, first, rows, 1, sums->parameters, &work, block_gradient,
            &weight);
        if (NAME(stops)(&work, net.n_parameters)) break;
        sums->weight += weight;
        if (block_gradient == NULL) continue;
        for (int64_t i = 0; i < net.n_parameters; i++)
            sums->gradient[i] += (double)block_gradient[i];
    }
    free(work.memory);
    return skmlp_end_of(range.signals);
}

/* The raw scores of the rows of a range, block by block; `scores` are of these rows
   alone. */
static int NAME(network_scores)(
    const skmlp_problem *problem, skmlp_range range, const REAL *parameters, REAL *scores)
{
    NAME(network) net;
    NAME(data) data;
    NAME(workspace) work;
    int64_t block = skmlp_block_of(range);
    NAME(unpack)(problem, &net, &data);
    int64_t K = net.sizes[net.n_layers];
    int error = NAME(open_workspace)(
        &work, &net, block, NAME(gathers)(&data.X, net.sizes[0], 0, NULL), NULL);
    if (error) return error;
    work.signals = range.signals;
    /* There is no backward pass. */
    for (int l = 0; l < net.n_layers; l++) work.slopes[l] = NULL;
    for (int64_t first = range.first; first < range.last; first += block) {
        int64_t rows = range.last - first < block ? range.last - first : block, stride;
        const REAL *dense = NAME(take_rows)(
            &data.X, NULL, first, rows, net.sizes[0], &work, &stride);
        work.outputs[net.n_layers - 1] = scores;
        scores += rows * K;
        NAME(forward)(
            &net, &data.X, NULL, first, dense, stride, parameters, &work, rows);
        if (skmlp_stopped(range.signals)) break;
    }
    free(work.memory);
    return skmlp_end_of(range.signals);
}

#if SKMLP_LAST_TYPE

static int skmlp_objective_sums(
    const skmlp_problem *problem, skmlp_range range, skmlp_sums *sums)
{
    return problem->is_double ? objective_sums_f64(problem, range, sums)
                              : objective_sums_f32(problem, range, sums);
}

static int skmlp_network_scores(
    const skmlp_problem *problem, skmlp_range range, const void *parameters, void *scores)
{
    return problem->is_double ? network_scores_f64(problem, range, parameters, scores)
                              : network_scores_f32(problem, range, parameters, scores);
}

#endif

#include "end_of_type.h"
#endif

/* A network, its loss and its rows, as the kernels of networks take them. */
#ifndef SKMLP_PROBLEM_H
#define SKMLP_PROBLEM_H

#include "blas.h"
#include "platform.h"
#include "programs.h"
#include "signals.h"

/* The largest number of layers, the inputs included. */
enum { SKMLP_MAX_LAYERS = 64 };

/* Pointers to floating-point numbers are to double if `is_double`, else to float. */
typedef struct {
    int is_double, n_layers, loss, has_intercepts;
    const int64_t *sizes, *activations;
    const double *activation_settings, *loss_settings;
    void (*gemm)(void); /* BLAS's, for the type */
    const void *values;
    const int32_t *indices, *starts;
    int64_t row_stride, column_stride;
    const void *y;
    int64_t n_targets;
    const int64_t *labels;
    const void *sample_weight;
    /* Functions of users: of the hidden layers, then of the loss, or NULL. */
    const skmlp_program *programs[SKMLP_MAX_LAYERS];
} skmlp_problem;

/* Some rows of a problem, taken in blocks of `block` rows; `signals` may be NULL. */
typedef struct {
    int64_t first, last, block;
    skmlp_signals *signals;
} skmlp_range;

static inline int64_t skmlp_block_of(skmlp_range range)
{
    int64_t rows = range.last - range.first;
    return range.block < rows ? range.block : rows;
}

/* Random disturbances of an epoch, or `dropout` is NULL. */
typedef struct {
    const double *dropout; /* probabilities, of the inputs and every hidden layer */
    double input_noise;    /* a standard deviation */
    uint64_t seed;
} skmlp_noise;

#define SKMLP_THIS_FILE "problem.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

#if SKMLP_DOUBLE
typedef skmlp_dgemm NAME(gemm);
#else
typedef skmlp_sgemm NAME(gemm);
#endif

/* The rows of X, dense (indices is NULL) or CSR. */
typedef struct {
    const REAL *values;
    const int32_t *indices;
    const int32_t *starts;
    int64_t row_stride, column_stride; /* dense: in bytes, of either sign, or zero */
} NAME(rows);

typedef struct {
    int n_layers;               /* of weights */
    const int64_t *sizes;       /* n_layers + 1 */
    const int64_t *activations; /* n_layers − 1 */
    const double *activation_settings;
    int loss;
    const double *loss_settings;
    int has_intercepts;
    int64_t n_weights, n_parameters;
    NAME(gemm) gemm;
    const skmlp_program *const *programs; /* n_layers */
} NAME(network);

typedef struct {
    NAME(rows) X;
    const REAL *y;             /* (n, n_targets), or NULL with labels */
    int64_t n_targets;
    const int64_t *labels;     /* (n,) or NULL */
    const REAL *sample_weight; /* (n,) or NULL: all ones */
} NAME(data);

static void NAME(unpack)(
    const skmlp_problem *problem, NAME(network) *net, NAME(data) *data)
{
    net->n_layers = problem->n_layers;
    net->sizes = problem->sizes;
    net->activations = problem->activations;
    net->activation_settings = problem->activation_settings;
    net->loss = problem->loss;
    net->loss_settings = problem->loss_settings;
    net->has_intercepts = problem->has_intercepts;
    net->gemm = (NAME(gemm))problem->gemm;
    net->programs = problem->programs;
    net->n_weights = net->n_parameters = 0;
    for (int l = 0; l < net->n_layers; l++) {
        net->n_weights += net->sizes[l] * net->sizes[l + 1];
        if (net->has_intercepts) net->n_parameters += net->sizes[l + 1];
    }
    net->n_parameters += net->n_weights;
    data->X.values = problem->values;
    data->X.indices = problem->indices;
    data->X.starts = problem->starts;
    data->X.row_stride = problem->row_stride;
    data->X.column_stride = problem->column_stride;
    data->y = problem->y;
    data->n_targets = problem->n_targets;
    data->labels = problem->labels;
    data->sample_weight = problem->sample_weight;
}

#include "end_of_type.h"
#endif

/* Loops in C, in a form that compilers vectorise, for double and for float.

   Under GNU/Linux on x86-64 each function is built several times and the best one for
   the processor is picked when the module loads; elsewhere it is built once, and so it
   is with -DSKMLP_CLONES= (the sanitizers of tests/sanitize: a third of the time). */
#ifndef SKMLP_VECTORISED_H
#define SKMLP_VECTORISED_H

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "thread_crew.h"

#if defined(SKMLP_CLONES)
/* as the command line says */
#elif defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) \
    && defined(__linux__) && defined(__GLIBC__)
#define SKMLP_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SKMLP_CLONES
#endif

/* What is inlined into a function that is built several times is built with it; rows
   that are visited soon are fetched ahead. */
#if defined(__GNUC__)
#define SKMLP_INLINE static inline __attribute__((always_inline))
#define SKMLP_PREFETCH(address) __builtin_prefetch(address)
#define SKMLP_PREFETCH_L2(address) __builtin_prefetch(address, 0, 2)
#else
#define SKMLP_INLINE static inline
#define SKMLP_PREFETCH(address) ((void)(address))
#define SKMLP_PREFETCH_L2(address) ((void)(address))
#endif
#define SKMLP_MOST_FETCHED 2048
#define SKMLP_FETCH(prefetch, first, count)                                           \
    do {                                                                              \
        const char *byte = (const char *)(first);                                     \
        const char *end = (const char *)((first) + (count));                          \
        if (end > byte + SKMLP_MOST_FETCHED) end = byte + SKMLP_MOST_FETCHED;         \
        for (; byte < end; byte += 64) prefetch(byte);                                \
    } while (0)

/* The order of the names in _kernels/__init__.py. */
enum {
    SKMLP_IDENTITY, SKMLP_LOGISTIC, SKMLP_TANH, SKMLP_RELU, SKMLP_LEAKY_RELU, SKMLP_ELU,
    SKMLP_SELU, SKMLP_SOFTPLUS, SKMLP_SOFTSIGN, SKMLP_GELU, SKMLP_SILU, SKMLP_MISH,
    SKMLP_SIGN
};
enum {
    SKMLP_BINARY, SKMLP_MULTINOMIAL, SKMLP_SQUARED, SKMLP_POISSON, SKMLP_BINARY_FOCAL,
    SKMLP_MULTINOMIAL_FOCAL, SKMLP_BINARY_HINGE, SKMLP_MULTICLASS_HINGE, SKMLP_ABSOLUTE,
    SKMLP_HUBER, SKMLP_QUANTILE, SKMLP_GAMMA, SKMLP_GAUSSIAN,
    SKMLP_PER_COLUMN
};
enum {
    SKMLP_MOMENTUM, SKMLP_ADAM, SKMLP_AMSGRAD, SKMLP_NADAM, SKMLP_RMSPROP, SKMLP_ADAGRAD,
    SKMLP_ADADELTA
};

#define SKMLP_MAX_LAYERS 64
#define SKMLP_SMALL_PRODUCT 4096
#define SKMLP_NARROW 8
#define SKMLP_STRETCH 64 /* rows whose sums stay in registers */

/* A network, its loss and its data; pointers to floating-point numbers are to double or
   to float, as the function that is called. */
typedef struct {
    int n_layers, loss, has_intercepts;
    const int64_t *sizes, *activations;
    const double *activation_settings, *loss_settings;
    void (*gemm)(void);
    const void *values;
    const int32_t *indices, *starts;
    int64_t row_stride, column_stride;
    const void *y;
    int64_t n_targets;
    const int64_t *labels;
    const void *sample_weight;
} skmlp_problem;

/* What the perceptron visits, what learns, and how; pointers to floating-point numbers
   are to double or to float, as above, where they are not to double. */
typedef struct {
    const void *values;
    const int32_t *indices, *starts;
    int64_t stride, n_rows;
    const int64_t *labels, *order;
    const void *sample_weight;
} skmlp_perceptron_rows;

typedef struct {
    int64_t n_units, n_features;
    void *weights, *intercepts, *l1_due, *l1_paid;
    double *weight_sums, *intercept_sums;
    const uint8_t *active;
    const int64_t *classes;
    const double *positive, *negative;
} skmlp_perceptron_units;

typedef struct {
    double rate, decay, l1_step, margin;
    int fit_intercept, joint;
} skmlp_perceptron_rule;

/* What acts on the gradient and the parameters of a step, beside the rule; bounds that
   are infinite are none. */
typedef struct {
    int rule;
    double alpha, l1;                       /* penalties, over the sum of the weights */
    double clip_value, clip_norm, max_norm; /* of the gradient, and a unit's weights */
} skmlp_recipe;

/* Random disturbances of an epoch, or `dropout` is NULL. */
typedef struct {
    const double *dropout; /* probabilities, of the inputs and every hidden layer */
    double input_noise;    /* a standard deviation */
    uint64_t seed;
} skmlp_noise;

/* Whether all numbers are from 0 to before `end`: those of rows, of classes. Negative ones
   are the largest where they are read as unsigned. */
SKMLP_CLONES static int skmlp_all_below(const int64_t *numbers, int64_t n, int64_t end)
{
    uint64_t n_outside = 0;
    for (int64_t i = 0; i < n; i++)
        n_outside += (uint64_t)numbers[i] >= (uint64_t)end;
    return n_outside == 0;
}

/* Whether no number is below the one before it. */
SKMLP_CLONES static int skmlp_ascends(const int32_t *numbers, int64_t n)
{
    int64_t n_falls = 0;
    for (int64_t i = 1; i < n; i++) n_falls += numbers[i] < numbers[i - 1];
    return n_falls == 0;
}

typedef void (*skmlp_syrk)(char *, char *, int *, int *, double *, double *, int *,
                           double *, double *, int *);
/* The symmetric products of BLAS. */
typedef void (*skmlp_dsyrk)(char *, char *, int *, int *, double *, double *, int *,
                            double *, double *, int *);
typedef void (*skmlp_ssyrk)(char *, char *, int *, int *, float *, float *, int *,
                            float *, float *, int *);

#define R(constant) ((REAL)(constant))

#define REAL double
#define NAME(x) x##_f64
#define SQRT sqrt
#define SKMLP_DOUBLE 1
#include "updates.h"
#include "random_numbers.h"
#include "network.h"
#include "training.h"
#include "curvature.h"
#include "perceptron.h"
#include "class_moments.h"
#undef REAL
#undef NAME
#undef SQRT
#undef SKMLP_DOUBLE
#undef SKMLP_WIDE

#define REAL float
#define NAME(x) x##_f32
#define SQRT sqrtf
#define SKMLP_DOUBLE 0
#include "updates.h"
#include "random_numbers.h"
#include "network.h"
#include "training.h"
#include "curvature.h"
#include "perceptron.h"
#include "class_moments.h"
#undef REAL
#undef NAME
#undef SQRT
#undef SKMLP_DOUBLE
#undef SKMLP_WIDE

#undef R

#include "coordinate_descent.h"

#endif

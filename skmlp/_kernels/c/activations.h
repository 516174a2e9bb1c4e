/* Activations, each beside its pullback.

   Most pullbacks need the outputs a = σ(z) alone. For the others, which need z, the forward
   pass keeps the slope dσ/dz.

   A new activation is one line in SKMLP_ACTIVATIONS, one case in `activate` and one in
   `pull_back`. */
#ifndef SKMLP_ACTIVATIONS_H
#define SKMLP_ACTIVATIONS_H

#include "elementary.h"
#include "platform.h"
#include "programs.h"

/* X(code, name): in the order of their codes. */
#define SKMLP_ACTIVATIONS(X)                                                          \
    X(SKMLP_IDENTITY, "identity")                                                     \
    X(SKMLP_LOGISTIC, "logistic")                                                     \
    X(SKMLP_TANH, "tanh")                                                             \
    X(SKMLP_RELU, "relu")                                                             \
    X(SKMLP_LEAKY_RELU, "leaky_relu")                                                 \
    X(SKMLP_ELU, "elu")                                                               \
    X(SKMLP_SELU, "selu")                                                             \
    X(SKMLP_SOFTPLUS, "softplus")                                                     \
    X(SKMLP_SOFTSIGN, "softsign")                                                     \
    X(SKMLP_GELU, "gelu")                                                             \
    X(SKMLP_SILU, "silu")                                                             \
    X(SKMLP_MISH, "mish")                                                             \
    X(SKMLP_SIGN, "sign")                                                             \
    X(SKMLP_PROGRAM_ACTIVATION, "program")

#define SKMLP_CODE(code, name) code,
#define SKMLP_NAME(code, name) name,
enum { SKMLP_ACTIVATIONS(SKMLP_CODE) SKMLP_N_ACTIVATIONS };
SKMLP_UNUSED static const char *const skmlp_activations[] = {
    SKMLP_ACTIVATIONS(SKMLP_NAME)};
#undef SKMLP_CODE
#undef SKMLP_NAME

#define SKMLP_THIS_FILE "activations.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

static inline int NAME(keeps_slopes)(int64_t activation)
{
    return activation == SKMLP_GELU || activation == SKMLP_SILU
        || activation == SKMLP_MISH || activation == SKMLP_SIGN
        || activation == SKMLP_PROGRAM_ACTIVATION;
}

/* z·Φ(z), Φ being the standard normal distribution (Hendrycks and Gimpel 2016). */
SKMLP_INLINE REAL NAME(gelu)(REAL z, REAL *slope)
{
    REAL size = z < 0 ? -z : z, bell = NAME(exponential)(R(-0.5) * z * z);
    REAL tail = R(0.5) * bell * NAME(scaled_erfc)(size * R(0.7071067811865476));
    REAL share = z < 0 ? tail : R(1) - tail;
    *slope = share + z * bell * R(0.3989422804014327);
    return z * share;
}

/* z·logistic(z) (Elfwing, Uchibe and Doya 2018). */
SKMLP_INLINE REAL NAME(silu)(REAL z, REAL *slope)
{
    REAL share = NAME(logistic)(z);
    *slope = share * (R(1) + z * (R(1) - share));
    return z * share;
}

/* z·tanh(softplus z) (Misra 2020), as a quotient of polynomials in e^−|z|. */
SKMLP_INLINE REAL NAME(mish)(REAL z, REAL *slope)
{
    REAL e = NAME(exponential)(z < 0 ? z : -z);
    REAL top = z < 0 ? e * (e + R(2)) : R(1) + R(2) * e;
    REAL rest = z < 0 ? R(2) : R(2) * e * e; /* the numerator of 1 − share */
    REAL share = top / (top + rest), logistic = (z < 0 ? e : R(1)) / (R(1) + e);
    *slope = share + z * logistic * (rest / (top + rest)) * (R(1) + share);
    return z * share;
}

/* ±1, with the slope of a clipped z (Hubara et al. 2016). */
SKMLP_INLINE REAL NAME(sign)(REAL z, REAL clip, REAL *slope)
{
    *slope = z >= -clip && z <= clip ? R(1) : R(0);
    return z > 0 ? R(1) : (z < 0 ? R(-1) : z * 0 + R(1)); /* a NaN stays one */
}

/* Sets z[k] = value for every k, and slopes[k] too unless `slopes` is NULL. */
#define SKMLP_WITH_SLOPES(value)                                                      \
    do {                                                                              \
        if (slopes != NULL)                                                           \
            for (int64_t k = 0; k < n; k++) {                                         \
                REAL slope;                                                           \
                z[k] = value;                                                         \
                slopes[k] = slope;                                                    \
            }                                                                         \
        else                                                                          \
            for (int64_t k = 0; k < n; k++) {                                         \
                REAL slope;                                                           \
                z[k] = value;                                                         \
            }                                                                         \
    } while (0)

SKMLP_CLONES static void NAME(activate_with_slopes)(
    int64_t activation, REAL setting, REAL *restrict z, REAL *restrict slopes, int64_t n)
{
    switch (activation) {
    case SKMLP_GELU: SKMLP_WITH_SLOPES(NAME(gelu)(z[k], &slope)); break;
    case SKMLP_SILU: SKMLP_WITH_SLOPES(NAME(silu)(z[k], &slope)); break;
    case SKMLP_MISH: SKMLP_WITH_SLOPES(NAME(mish)(z[k], &slope)); break;
    default: SKMLP_WITH_SLOPES(NAME(sign)(z[k], setting, &slope)); break;
    }
}

#define SKMLP_SELU_SCALE R(1.0507009873554805)
#define SKMLP_SELU_ALPHA R(1.6732632423543772)

/* Sets z = σ(z + b), and writes dσ/dz to `slopes` for the activations that keep it (NULL if
   no backward pass follows). */
SKMLP_CLONES static void NAME(activate)(
    int64_t activation, REAL setting, REAL *restrict z, const REAL *restrict b,
    REAL *restrict slopes, int64_t rows, int64_t width)
{
    /* Several narrow rows are treated as one long row, with b repeated: long loops
       vectorise. */
    enum { LONG = 1024 };
    REAL repeated[LONG];
    int64_t together = rows < LONG / width ? rows : LONG / width;
    if (together < 2)
        together = 1;
    else if (b != NULL) {
        for (int64_t k = 0; k < together * width; k += width)
            memcpy(repeated + k, b, sizeof(REAL) * (size_t)width);
        b = repeated;
    }
    for (int64_t i = 0; i < rows; i += together) {
        REAL *restrict zi = z + i * width;
        int64_t n = width * (rows - i < together ? rows - i : together);
        if (b != NULL && activation != SKMLP_RELU)
            for (int64_t k = 0; k < n; k++) zi[k] += b[k];
        switch (activation) {
        case SKMLP_RELU:
            if (b != NULL)
                for (int64_t k = 0; k < n; k++) {
                    REAL s = zi[k] + b[k];
                    zi[k] = s > 0 ? s : s * 0; /* a NaN stays one */
                }
            else
                for (int64_t k = 0; k < n; k++)
                    zi[k] = zi[k] > 0 ? zi[k] : zi[k] * 0;
            break;
        case SKMLP_TANH:
            for (int64_t k = 0; k < n; k++)
                zi[k] = NAME(hyperbolic_tangent)(zi[k]);
            break;
        case SKMLP_LOGISTIC:
            for (int64_t k = 0; k < n; k++) zi[k] = NAME(logistic)(zi[k]);
            break;
        case SKMLP_LEAKY_RELU:
            for (int64_t k = 0; k < n; k++)
                zi[k] = zi[k] > 0 ? zi[k] : setting * zi[k];
            break;
        case SKMLP_ELU:
            for (int64_t k = 0; k < n; k++) {
                REAL below = setting * NAME(exponential_minus_one)(zi[k]);
                zi[k] = zi[k] > 0 ? zi[k] : below;
            }
            break;
        case SKMLP_SELU:
            for (int64_t k = 0; k < n; k++) {
                REAL below = SKMLP_SELU_ALPHA * NAME(exponential_minus_one)(zi[k]);
                zi[k] = SKMLP_SELU_SCALE * (zi[k] > 0 ? zi[k] : below);
            }
            break;
        case SKMLP_SOFTPLUS:
            for (int64_t k = 0; k < n; k++) zi[k] = NAME(softplus)(zi[k]);
            break;
        case SKMLP_SOFTSIGN:
            for (int64_t k = 0; k < n; k++)
                zi[k] = zi[k] / (R(1) + (zi[k] < 0 ? -zi[k] : zi[k]));
            break;
        case SKMLP_IDENTITY:
            break;
        default:
            NAME(activate_with_slopes)(
                activation, setting, zi, slopes == NULL ? NULL : slopes + i * width,
                n);
            break;
        }
    }
}

/* Turns dL/da into dL/dz, in place; a = σ(z). */
SKMLP_CLONES static void NAME(pull_back)(
    int64_t activation, REAL setting, REAL *restrict gradient, const REAL *restrict a,
    const REAL *restrict slopes, int64_t n)
{
    switch (activation) {
    case SKMLP_RELU:
        for (int64_t i = 0; i < n; i++) gradient[i] = a[i] > 0 ? gradient[i] : 0;
        break;
    case SKMLP_TANH:
        for (int64_t i = 0; i < n; i++) gradient[i] *= 1 - a[i] * a[i];
        break;
    case SKMLP_LOGISTIC:
        for (int64_t i = 0; i < n; i++) gradient[i] *= a[i] * (1 - a[i]);
        break;
    case SKMLP_LEAKY_RELU:
        for (int64_t i = 0; i < n; i++) gradient[i] *= a[i] > 0 ? R(1) : setting;
        break;
    case SKMLP_ELU:
        for (int64_t i = 0; i < n; i++) gradient[i] *= a[i] > 0 ? R(1) : a[i] + setting;
        break;
    case SKMLP_SELU:
        for (int64_t i = 0; i < n; i++)
            gradient[i] *= a[i] > 0 ? SKMLP_SELU_SCALE
                                    : a[i] + SKMLP_SELU_SCALE * SKMLP_SELU_ALPHA;
        break;
    case SKMLP_SOFTPLUS: /* logistic(z) = 1 − e^−a */
        for (int64_t i = 0; i < n; i++)
            gradient[i] *= -NAME(exponential_minus_one)(-a[i]);
        break;
    case SKMLP_SOFTSIGN:
        for (int64_t i = 0; i < n; i++) {
            REAL rest = R(1) - (a[i] < 0 ? -a[i] : a[i]);
            gradient[i] *= rest * rest;
        }
        break;
    case SKMLP_IDENTITY:
        break;
    default:
        for (int64_t i = 0; i < n; i++) gradient[i] *= slopes[i];
        break;
    }
}

/* `activate` by the program of a user's function. */
static void NAME(activate_by_program)(
    const NAME(machine) *machine, REAL *z, const REAL *b, REAL *slopes, int64_t rows,
    int64_t width)
{
    const skmlp_program *program = machine->program;
    int64_t n_operations = slopes == NULL ? program->n_value_operations
                                          : program->n_operations;
    if (b != NULL)
        for (int64_t i = 0; i < rows; i++) {
            REAL *restrict zi = z + i * width;
            for (int64_t k = 0; k < width; k++) zi[k] += b[k];
        }
    for (int64_t start = 0; start < rows * width; start += SKMLP_PROGRAM_BLOCK) {
        int64_t left = rows * width - start;
        int64_t n = left < SKMLP_PROGRAM_BLOCK ? left : SKMLP_PROGRAM_BLOCK;
        const REAL *inputs[1] = {z + start};
        NAME(run_operations)(machine, inputs, n_operations, n);
        const size_t size = sizeof(REAL) * (size_t)n;
        /* The slopes first: an output may be the input, which is overwritten. */
        if (slopes != NULL)
            memcpy(slopes + start, NAME(output_of)(machine, inputs, 1), size);
        memmove(z + start, NAME(output_of)(machine, inputs, 0), size);
    }
}

#include "end_of_type.h"
#endif

/* Update rules: one step on flat vectors, in place.

   A new rule is one line in SKMLP_UPDATE_RULES, one function, and one case in `update`. */
#ifndef SKMLP_UPDATES_H
#define SKMLP_UPDATES_H

#include "platform.h"

/* X(code, name, number of state arrays): the rules that runs of batches know, in the order
   of their codes. */
#define SKMLP_UPDATE_RULES(X)                                                         \
    X(SKMLP_MOMENTUM, "momentum", 1)                                                  \
    X(SKMLP_ADAM, "adam", 2)                                                          \
    X(SKMLP_AMSGRAD, "amsgrad", 3)                                                    \
    X(SKMLP_NADAM, "nadam", 2)                                                        \
    X(SKMLP_RMSPROP, "rmsprop", 2)                                                    \
    X(SKMLP_ADAGRAD, "adagrad", 1)                                                    \
    X(SKMLP_ADADELTA, "adadelta", 2)

#define SKMLP_CODE(code, name, n_arrays) code,
#define SKMLP_NAME(code, name, n_arrays) name,
#define SKMLP_ARRAYS(code, name, n_arrays) n_arrays,
enum { SKMLP_UPDATE_RULES(SKMLP_CODE) SKMLP_N_UPDATE_RULES };
SKMLP_UNUSED static const char *const skmlp_update_rules[] = {
    SKMLP_UPDATE_RULES(SKMLP_NAME)};
SKMLP_UNUSED static const int skmlp_state_arrays[] = {SKMLP_UPDATE_RULES(SKMLP_ARRAYS)};
#undef SKMLP_CODE
#undef SKMLP_NAME
#undef SKMLP_ARRAYS

/* The largest numbers of a rule's state arrays, step sizes and constants. */
enum { SKMLP_STATE_ARRAYS = 3, SKMLP_STEP_SIZES = 2, SKMLP_RULE_CONSTANTS = 3 };

/* One step. Numbers of parameters, gradient and arrays are float or double. */
typedef struct {
    int rule;
    int64_t n;
    void *parameters;
    const void *gradient;
    void *arrays[SKMLP_STATE_ARRAYS];
    double sizes[SKMLP_STEP_SIZES], constants[SKMLP_RULE_CONSTANTS];
} skmlp_step;

#define SKMLP_THIS_FILE "updates.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

SKMLP_CLONES static void NAME(gradient_step)(
    REAL *restrict parameters, const REAL *restrict gradient, int64_t n, REAL rate)
{
    for (int64_t i = 0; i < n; i++) parameters[i] -= rate * gradient[i];
}

SKMLP_CLONES static void NAME(momentum)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict velocity,
    int64_t n, REAL rate, REAL momentum, int nesterov)
{
    if (nesterov) {
        for (int64_t i = 0; i < n; i++) {
            REAL push = rate * gradient[i];
            REAL v = velocity[i] * momentum - push;
            velocity[i] = v;
            parameters[i] += momentum * v - push;
        }
    } else {
        for (int64_t i = 0; i < n; i++) {
            REAL v = velocity[i] * momentum - rate * gradient[i];
            velocity[i] = v;
            parameters[i] += v;
        }
    }
}

SKMLP_CLONES static void NAME(adam)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict mean,
    REAL *restrict square, int64_t n, REAL step_size, REAL beta_1, REAL rest_1,
    REAL beta_2, REAL rest_2, REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL m = mean[i] * beta_1 + rest_1 * gradient[i];
        REAL v = square[i] * beta_2 + rest_2 * (gradient[i] * gradient[i]);
        mean[i] = m;
        square[i] = v;
        parameters[i] -= step_size * m / (SQRT(v) + epsilon);
    }
}

SKMLP_CLONES static void NAME(amsgrad)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict mean,
    REAL *restrict square, REAL *restrict largest, int64_t n, REAL step_size,
    REAL beta_1, REAL rest_1, REAL beta_2, REAL rest_2, REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL m = mean[i] * beta_1 + rest_1 * gradient[i];
        REAL v = square[i] * beta_2 + rest_2 * (gradient[i] * gradient[i]);
        /* A NaN stays one, as in NumPy's maximum. */
        REAL most = largest[i] >= v ? largest[i] : v;
        most = largest[i] != largest[i] ? largest[i] : most;
        mean[i] = m;
        square[i] = v;
        largest[i] = most;
        parameters[i] -= step_size * m / (SQRT(most) + epsilon);
    }
}

SKMLP_CLONES static void NAME(nadam)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict mean,
    REAL *restrict square, int64_t n, REAL step_size, REAL gradient_step_size,
    REAL beta_1, REAL rest_1, REAL beta_2, REAL rest_2, REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL g = gradient[i];
        REAL m = mean[i] * beta_1 + rest_1 * g;
        REAL v = square[i] * beta_2 + rest_2 * (g * g);
        mean[i] = m;
        square[i] = v;
        parameters[i] -= (step_size * m + gradient_step_size * g) / (SQRT(v) + epsilon);
    }
}

SKMLP_CLONES static void NAME(rmsprop)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict square,
    REAL *restrict velocity, int64_t n, REAL rate, REAL decay, REAL rest, REAL momentum,
    REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL g = gradient[i];
        REAL v = square[i] * decay + rest * (g * g);
        REAL u = velocity[i] * momentum + g / (SQRT(v) + epsilon);
        square[i] = v;
        velocity[i] = u;
        parameters[i] -= rate * u;
    }
}

SKMLP_CLONES static void NAME(adagrad)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict square,
    int64_t n, REAL rate, REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL g = gradient[i];
        REAL v = square[i] + g * g;
        square[i] = v;
        parameters[i] -= rate * g / (SQRT(v) + epsilon);
    }
}

SKMLP_CLONES static void NAME(adadelta)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict square,
    REAL *restrict step_square, int64_t n, REAL rate, REAL decay, REAL rest, REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL g = gradient[i];
        REAL v = square[i] * decay + rest * (g * g);
        REAL step = SQRT(step_square[i] + epsilon) / SQRT(v + epsilon) * g;
        square[i] = v;
        step_square[i] = step_square[i] * decay + rest * (step * step);
        parameters[i] -= rate * step;
    }
}

/* Takes one step of a rule with its state arrays, step sizes and constants. */
static void NAME(update)(
    int rule, REAL *parameters, const REAL *gradient, REAL *const *arrays, int64_t n,
    const double *sizes, const double *settings)
{
    REAL first = (REAL)settings[0], rest = (REAL)(1 - settings[0]);
    REAL second = (REAL)settings[1], rest_2 = (REAL)(1 - settings[1]);
    REAL third = (REAL)settings[2], size = (REAL)sizes[0];
    REAL *a = arrays[0], *b = arrays[1], *c = arrays[2];
    switch (rule) {
    case SKMLP_ADAM:
        NAME(adam)(
            parameters, gradient, a, b, n, size, first, rest, second, rest_2, third);
        break;
    case SKMLP_AMSGRAD:
        NAME(amsgrad)(
            parameters, gradient, a, b, c, n, size, first, rest, second, rest_2, third);
        break;
    case SKMLP_NADAM:
        NAME(nadam)(
            parameters, gradient, a, b, n, size, (REAL)sizes[1], first, rest, second,
            rest_2, third);
        break;
    case SKMLP_RMSPROP:
        NAME(rmsprop)(
            parameters, gradient, a, b, n, size, first, rest, second, third);
        break;
    case SKMLP_ADAGRAD:
        NAME(adagrad)(parameters, gradient, a, n, size, first);
        break;
    case SKMLP_ADADELTA:
        NAME(adadelta)(parameters, gradient, a, b, n, size, first, rest, second);
        break;
    default: /* momentum */
        NAME(momentum)(parameters, gradient, a, n, size, first, second != 0);
        break;
    }
}

#if SKMLP_LAST_TYPE

SKMLP_UNUSED static void skmlp_update(int is_double, const skmlp_step *step)
{
    if (is_double)
        update_f64(step->rule, step->parameters, step->gradient,
                   (double *const *)step->arrays, step->n, step->sizes, step->constants);
    else
        update_f32(step->rule, step->parameters, step->gradient,
                   (float *const *)step->arrays, step->n, step->sizes, step->constants);
}

SKMLP_UNUSED static void skmlp_gradient_step(
    int is_double, void *parameters, const void *gradient, int64_t n, double rate)
{
    if (is_double)
        gradient_step_f64(parameters, gradient, n, rate);
    else
        gradient_step_f32(parameters, gradient, n, (float)rate);
}

#endif

#include "end_of_type.h"
#endif

/* Elementwise loops in C, in a form that compilers vectorise.

   Under GNU/Linux on x86-64 each function is built several times and the best one
   for the processor is picked when the module loads; elsewhere it is built once. */
#ifndef SKMLP_VECTORISED_H
#define SKMLP_VECTORISED_H

#include <math.h>

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) \
    && defined(__linux__) && defined(__GLIBC__)
#define SKMLP_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SKMLP_CLONES
#endif

#define SKMLP_DEFINE_ADAM(NAME, REAL, SQRT)                                          \
    SKMLP_CLONES static void NAME(                                                   \
        REAL *restrict parameters, const REAL *restrict gradient,                    \
        REAL *restrict mean, REAL *restrict square, long long n, REAL step_size,     \
        REAL beta_1, REAL rest_1, REAL beta_2, REAL rest_2, REAL epsilon)            \
    {                                                                                \
        for (long long i = 0; i < n; i++) {                                          \
            REAL m = mean[i] * beta_1 + rest_1 * gradient[i];                        \
            REAL v = square[i] * beta_2 + rest_2 * (gradient[i] * gradient[i]);      \
            mean[i] = m;                                                             \
            square[i] = v;                                                           \
            parameters[i] -= step_size * m / (SQRT(v) + epsilon);                    \
        }                                                                            \
    }

#define SKMLP_DEFINE_MOMENTUM(NAME, REAL)                                            \
    SKMLP_CLONES static void NAME(                                                   \
        REAL *restrict parameters, const REAL *restrict gradient,                    \
        REAL *restrict velocity, long long n, REAL rate, REAL momentum, int nesterov) \
    {                                                                                \
        if (nesterov) {                                                              \
            for (long long i = 0; i < n; i++) {                                      \
                REAL push = rate * gradient[i];                                      \
                REAL v = velocity[i] * momentum - push;                              \
                velocity[i] = v;                                                     \
                parameters[i] += momentum * v - push;                                \
            }                                                                        \
        } else {                                                                     \
            for (long long i = 0; i < n; i++) {                                      \
                REAL v = velocity[i] * momentum - rate * gradient[i];                \
                velocity[i] = v;                                                     \
                parameters[i] += v;                                                  \
            }                                                                        \
        }                                                                            \
    }

SKMLP_DEFINE_MOMENTUM(skmlp_momentum_f32, float)
SKMLP_DEFINE_MOMENTUM(skmlp_momentum_f64, double)

SKMLP_DEFINE_ADAM(skmlp_adam_f32, float, sqrtf)
SKMLP_DEFINE_ADAM(skmlp_adam_f64, double, sqrt)

#endif

/* The scores of the perceptron's units for one row or four: see perceptron.h.

   A sum runs in lanes of 64 bytes. Then the two halves of the lanes are added, and again
   the halves of the result; remaining entries are added as soon as they fill the lanes
   that are left. The order of a sum depends neither on the number of units that are
   computed together nor on the processor. */
#ifndef SKMLP_PERCEPTRON_SCORES_H
#define SKMLP_PERCEPTRON_SCORES_H

#include "platform.h"
#include "vectors.h"

/* The number of independent sums that are computed together: of four rows and one unit,
   or of one row and four units. */
enum { SKMLP_SUMS = 4 };

#define SKMLP_THIS_FILE "perceptron_scores.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

#define LANES ((int)(64 / sizeof(REAL)))

/* Position of the score of row r and the u-th unit. */
#define AT(r, u) ((r) * n_units + (u))

#if defined(__GNUC__)

#define LANES_OF(bytes, name)                                                         \
    typedef REAL NAME(name)                                                           \
        __attribute__((vector_size(bytes), aligned(sizeof(REAL)), may_alias))
LANES_OF(64, lanes64);
LANES_OF(32, lanes32);
LANES_OF(16, lanes16);
LANES_OF(8, lanes8);
#undef LANES_OF

/* Adds the two halves of some lanes. Without the builtin, compilers copy the halves
   through memory. */
#ifdef __has_builtin
#if __has_builtin(__builtin_shufflevector)
#define SHUFFLES
#endif
#endif
#ifdef SHUFFLES
#if SKMLP_DOUBLE
#define LOW64 0, 1, 2, 3
#define HIGH64 4, 5, 6, 7
#define LOW32 0, 1
#define HIGH32 2, 3
#else
#define LOW64 0, 1, 2, 3, 4, 5, 6, 7
#define HIGH64 8, 9, 10, 11, 12, 13, 14, 15
#define LOW32 0, 1, 2, 3
#define HIGH32 4, 5, 6, 7
#define LOW16 0, 1
#define HIGH16 2, 3
#endif
#define PICK(lanes, ...) __builtin_shufflevector(lanes, lanes, __VA_ARGS__)
#define FOLD(from, to, bytes) to = PICK(from, LOW##bytes) + PICK(from, HIGH##bytes)
#else
#define FOLD(from, to, bytes)                                                         \
    do {                                                                              \
        __typeof__(to) low, high;                                                     \
        memcpy(&low, &(from), sizeof low);                                            \
        memcpy(&high, (const char *)&(from) + sizeof low, sizeof high);               \
        to = low + high;                                                              \
    } while (0)
#endif

/* to = the sum of the halves of `from`, plus the next entries if they fill it. */
#define HALVE(from, to, bytes, type)                                                  \
    NAME(type) to[SKMLP_SUMS];                                                        \
    for (int s = 0; s < n_rows * n_units; s++) FOLD(from[s], to[s], bytes);           \
    if (n - j >= (int64_t)(sizeof to[0] / sizeof(REAL))) {                            \
        for (int r = 0; r < n_rows; r++)                                              \
            for (int u = 0; u < n_units; u++)                                         \
                to[AT(r, u)] += *(const NAME(type) *)(x[r] + j)                       \
                                * *(const NAME(type) *)(w[u] + j);                    \
        j += (int64_t)(sizeof to[0] / sizeof(REAL));                                  \
    }

/* Each row is read once for all units, and each unit's weights once for all rows. n_rows
   and n_units are constants where this is inlined, so that the sums stay in registers. The
   weights of two units are `apart` numbers apart, the scores of two rows `stride`. */
SKMLP_INLINE void NAME(dense_scores)(
    int n_rows, int n_units, const REAL *restrict weights, int64_t apart,
    const int64_t *units, const REAL *const *x, int64_t n, REAL *restrict scores,
    int64_t stride)
{
    NAME(lanes64) sums[SKMLP_SUMS] = {{0}};
    const REAL *w[SKMLP_SUMS];
    int64_t j = 0;
    for (int u = 0; u < n_units; u++) w[u] = weights + units[u] * apart;
    for (; j + LANES <= n; j += LANES)
        for (int u = 0; u < n_units; u++)
            for (int r = 0; r < n_rows; r++)
                sums[AT(r, u)] += *(const NAME(lanes64) *)(x[r] + j)
                                  * *(const NAME(lanes64) *)(w[u] + j);
    HALVE(sums, halves, 64, lanes32)
    HALVE(halves, quarters, 32, lanes16)
#if SKMLP_DOUBLE
#define LAST quarters
#else
    HALVE(quarters, eighths, 16, lanes8)
#define LAST eighths
#endif
    for (int r = 0; r < n_rows; r++)
        for (int u = 0; u < n_units; u++) {
            REAL sum = LAST[AT(r, u)][0] + LAST[AT(r, u)][1];
            scores[r * stride + u] = j < n ? sum + x[r][j] * w[u][j] : sum;
        }
#undef LAST
}

#undef HALVE
#undef FOLD
#ifdef SHUFFLES
#undef PICK
#undef LOW64
#undef HIGH64
#undef LOW32
#undef HIGH32
#if !SKMLP_DOUBLE
#undef LOW16
#undef HIGH16
#endif
#undef SHUFFLES
#endif

#else

static inline void NAME(dense_scores)(
    int n_rows, int n_units, const REAL *restrict weights, int64_t apart,
    const int64_t *units, const REAL *const *x, int64_t n, REAL *restrict scores,
    int64_t stride)
{
    for (int s = 0; s < n_rows * n_units; s++) {
        const REAL *row = x[s / n_units], *w = weights + units[s % n_units] * apart;
        REAL sums[LANES] = {0};
        int64_t j = 0;
        for (; j + LANES <= n; j += LANES)
            for (int lane = 0; lane < LANES; lane++)
                sums[lane] += row[j + lane] * w[j + lane];
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) sums[lane] += sums[lane + half];
            if (n - j < half) continue;
            for (int lane = 0; lane < half; lane++)
                sums[lane] += row[j + lane] * w[j + lane];
            j += half;
        }
        scores[s / n_units * stride + s % n_units] = sums[0];
    }
}

#endif

#undef LANES
#undef AT

/* Scores of any number of units: of one row and four units at a time, or of four rows and
   one unit at a time. */
SKMLP_INLINE void NAME(all_scores)(
    int n_rows, int64_t n_units, const REAL *restrict weights, int64_t apart,
    const int64_t *units, const REAL *const *x, int64_t n, REAL *restrict scores)
{
#define SCORES(some)                                                                  \
    NAME(dense_scores)(                                                               \
        n_rows, some, weights, apart, units + u, x, n, scores + u, n_units)
    int64_t u = 0;
    if (n_rows > 1) {
        for (; u < n_units; u++) SCORES(1);
        return;
    }
    for (; u + SKMLP_SUMS <= n_units; u += SKMLP_SUMS) SCORES(SKMLP_SUMS);
    switch (n_units - u) {
    case 3:
        SCORES(3);
        break;
    case 2:
        SCORES(2);
        break;
    case 1:
        SCORES(1);
        break;
    default:
        break;
    }
#undef SCORES
}

/* Scores of n_units units for a sparse row, where the weights of a column lie side by side
   and those of two columns are `step` apart, a multiple of a cache line with zeros at its
   end. The sums are those of `sparse_dot`, in its order. */
SKMLP_INLINE void NAME(turned_scores)(
    int64_t n_units, const REAL *restrict weights, int64_t step, const REAL *restrict x,
    const int32_t *restrict columns, int64_t length, REAL *restrict scores)
{
#if defined(__GNUC__)
    for (int64_t u = 0; u < n_units; u += SKMLP_WIDE) {
        NAME(wide) sums[8] = {{0}};
        int64_t e = 0;
        for (; e + 8 <= length; e += 8)
            for (int part = 0; part < 8; part++)
                sums[part] += *(const NAME(wide) *)(weights + columns[e + part] * step + u)
                              * x[e + part];
        for (int part = 0; part < 4; part++) sums[part] += sums[part + 4];
        NAME(wide) total = (sums[0] + sums[2]) + (sums[1] + sums[3]);
        for (; e < length; e++)
            total += *(const NAME(wide) *)(weights + columns[e] * step + u) * x[e];
        int64_t left = n_units - u < SKMLP_WIDE ? n_units - u : SKMLP_WIDE;
        memcpy(scores + u, &total, sizeof(REAL) * (size_t)left);
    }
#else
    for (int64_t u = 0; u < n_units; u++) {
        REAL sums[8] = {0};
        int64_t e = 0;
        for (; e + 8 <= length; e += 8)
            for (int part = 0; part < 8; part++)
                sums[part] += weights[columns[e + part] * step + u] * x[e + part];
        for (int part = 0; part < 4; part++) sums[part] += sums[part + 4];
        scores[u] = (sums[0] + sums[2]) + (sums[1] + sums[3]);
        for (; e < length; e++) scores[u] += weights[columns[e] * step + u] * x[e];
    }
#endif
}

#include "end_of_type.h"
#endif

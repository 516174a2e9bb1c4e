/* Vectors of 64 bytes, which GNU C compilers split into the vectors of the processor, and
   the product of a sparse row with a vector. */
#ifndef SKMLP_VECTORS_H
#define SKMLP_VECTORS_H

#include "platform.h"

/* The number of elements of a vector of 64 bytes. */
#define SKMLP_WIDE ((int64_t)(64 / sizeof(REAL)))

#define SKMLP_THIS_FILE "vectors.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

#if defined(__GNUC__)
/* Written as vectors: compilers vectorise the plain loops less well. */
typedef REAL NAME(wide) __attribute__((vector_size(64), aligned(sizeof(REAL)), may_alias));
#endif

#if defined(__GNUC__)
typedef REAL NAME(four)
    __attribute__((vector_size(4 * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));
#endif

/* Σ x·w over the entries of a CSR row, in eight independent sums. */
SKMLP_INLINE REAL NAME(sparse_dot)(
    const REAL *restrict w, const REAL *restrict x, const int32_t *restrict columns,
    int64_t length)
{
    int64_t e = 0;
#if defined(__GNUC__)
    NAME(four) sum = {0}, other = {0};
    for (; e + 8 <= length; e += 8) {
        const int32_t *p = columns + e;
        NAME(four) first = {w[p[0]], w[p[1]], w[p[2]], w[p[3]]};
        NAME(four) last = {w[p[4]], w[p[5]], w[p[6]], w[p[7]]};
        sum += first * *(const NAME(four) *)(x + e);
        other += last * *(const NAME(four) *)(x + e + 4);
    }
    sum += other;
#else
    REAL sum[8] = {0};
    for (; e + 8 <= length; e += 8)
        for (int lane = 0; lane < 8; lane++)
            sum[lane] += w[columns[e + lane]] * x[e + lane];
    for (int lane = 0; lane < 4; lane++) sum[lane] += sum[lane + 4];
#endif
    REAL total = (sum[0] + sum[2]) + (sum[1] + sum[3]);
    for (; e < length; e++) total += w[columns[e]] * x[e];
    return total;
}

#include "end_of_type.h"
#endif

/* Products with a layer of at most SKMLP_NARROW outputs, where BLAS would spend its time on
   copying the rows into its own order: each row is read once, where it lies.

   Wᵀ is (out, in), row by row; with one output that is W itself. With one or two outputs
   the sums over `in` run in lanes of 32 bytes, with more outputs every lane is an output;
   sums over rows run in stretches of SKMLP_STRETCH rows. The order of a sum does not
   depend on the processor, so all processors give the same bits. */
#ifndef SKMLP_NARROW_PRODUCTS_H
#define SKMLP_NARROW_PRODUCTS_H

#include "platform.h"

enum {
    SKMLP_NARROW = 8,  /* outputs */
    SKMLP_STRETCH = 64 /* rows whose sums stay in registers */
};

#define SKMLP_THIS_FILE "narrow_products.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

static inline int NAME(is_narrow)(int64_t rows, int64_t in, int64_t out)
{
    return out <= SKMLP_NARROW && in >= 8 && rows >= 16;
}

/* target (columns, rows) = sourceᵀ. */
static const REAL *NAME(transposed)(
    const REAL *restrict source, int64_t rows, int64_t columns, REAL *restrict target)
{
    if (columns == 1 || rows == 1) return source;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < columns; k++)
            target[k * rows + i] = source[i * columns + k];
    return target;
}

#define LANES ((int)(32 / sizeof(REAL)))

static inline REAL NAME(lane_sum)(REAL *parts)
{
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) parts[lane] += parts[lane + half];
    return parts[0];
}

/* The products of four rows and one column of W. */
#if defined(__GNUC__)

/* Written as vectors: compilers vectorise the plain loops below less well. */
typedef REAL NAME(lanes) __attribute__((vector_size(32), aligned(sizeof(REAL)), may_alias));

static inline __attribute__((always_inline)) void NAME(four_products)(
    const REAL *const a[4], const REAL *w, int64_t in, REAL sums[4])
{
    NAME(lanes) none = {0}, first = none, second = none, third = none, fourth = none;
    int64_t j = 0;
    for (; j + LANES <= in; j += LANES) {
        NAME(lanes) weights = *(const NAME(lanes) *)(w + j);
        first += *(const NAME(lanes) *)(a[0] + j) * weights;
        second += *(const NAME(lanes) *)(a[1] + j) * weights;
        third += *(const NAME(lanes) *)(a[2] + j) * weights;
        fourth += *(const NAME(lanes) *)(a[3] + j) * weights;
    }
    sums[0] = NAME(lane_sum)((REAL *)&first);
    sums[1] = NAME(lane_sum)((REAL *)&second);
    sums[2] = NAME(lane_sum)((REAL *)&third);
    sums[3] = NAME(lane_sum)((REAL *)&fourth);
    for (int row = 0; row < 4 && j < in; row++) {
        REAL rest = 0;
        for (int64_t i = j; i < in; i++) rest += a[row][i] * w[i];
        sums[row] += rest;
    }
}

#else

static inline void NAME(four_products)(
    const REAL *const a[4], const REAL *w, int64_t in, REAL sums[4])
{
    for (int row = 0; row < 4; row++) {
        REAL parts[LANES] = {0}, rest = 0;
        int64_t j = 0;
        for (; j + LANES <= in; j += LANES)
            for (int lane = 0; lane < LANES; lane++)
                parts[lane] += a[row][j + lane] * w[j + lane];
        sums[row] = NAME(lane_sum)(parts);
        if (j == in) continue;
        for (; j < in; j++) rest += a[row][j] * w[j];
        sums[row] += rest;
    }
}

#endif

/* z = a·W of one or two outputs. */
SKMLP_CLONES static void NAME(narrowest_forward)(
    const REAL *restrict a, int64_t lda, const REAL *restrict Wt, REAL *restrict z,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t i = 0; i < rows; i += 4) {
        const REAL *four[4];
        int n = rows - i < 4 ? (int)(rows - i) : 4;
        for (int row = 0; row < 4; row++) /* if there are fewer, repeat the last row */
            four[row] = a + (i + (row < n ? row : n - 1)) * lda;
        /* Fetch the next four rows while these are multiplied. */
        for (int64_t row = i + 4; row < i + 8 && row < rows; row++)
            for (int64_t j = 0; j < in; j += 64 / (int64_t)sizeof(REAL))
                SKMLP_PREFETCH(a + row * lda + j);
        for (int64_t k = 0; k < out; k++) {
            REAL sums[4];
            NAME(four_products)(four, Wt + k * in, in, sums);
            for (int row = 0; row < n; row++) z[(i + row) * out + k] = sums[row];
        }
    }
}

#undef LANES

/* Outputs of eight rows. Every output is one of SKMLP_NARROW lanes; W has SKMLP_NARROW
   columns, zeros after the last output. */
#if defined(__GNUC__)

typedef REAL NAME(outputs) __attribute__((
    vector_size(SKMLP_NARROW * sizeof(REAL)), aligned(sizeof(REAL)), may_alias));

SKMLP_INLINE void NAME(eight_rows)(
    const REAL *const a[8], const REAL *W, int64_t in, const REAL *next, REAL *z)
{
    NAME(outputs) none = {0}, first = none, second = none, third = none, fourth = none;
    NAME(outputs) fifth = none, sixth = none, seventh = none, eighth = none;
    for (int64_t j = 0; j < in; j++) {
        NAME(outputs) w = *(const NAME(outputs) *)(W + j * SKMLP_NARROW);
        SKMLP_PREFETCH(next + 8 * j);
        first += a[0][j] * w;
        second += a[1][j] * w;
        third += a[2][j] * w;
        fourth += a[3][j] * w;
        fifth += a[4][j] * w;
        sixth += a[5][j] * w;
        seventh += a[6][j] * w;
        eighth += a[7][j] * w;
    }
    NAME(outputs) *sums = (NAME(outputs) *)z;
    sums[0] = first, sums[1] = second, sums[2] = third, sums[3] = fourth;
    sums[4] = fifth, sums[5] = sixth, sums[6] = seventh, sums[7] = eighth;
}

#else

SKMLP_INLINE void NAME(eight_rows)(
    const REAL *const a[8], const REAL *W, int64_t in, const REAL *next, REAL *z)
{
    (void)next;
    for (int i = 0; i < 8 * SKMLP_NARROW; i++) z[i] = 0;
    for (int row = 0; row < 8; row++)
        for (int64_t j = 0; j < in; j++)
            for (int k = 0; k < SKMLP_NARROW; k++)
                z[row * SKMLP_NARROW + k] += a[row][j] * W[j * SKMLP_NARROW + k];
}

#endif

SKMLP_CLONES static void NAME(wide_forward)(
    const REAL *restrict a, int64_t lda, const REAL *restrict W, REAL *restrict z,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t i = 0; i < rows; i += 8) {
        const REAL *eight[8];
        REAL sums[8 * SKMLP_NARROW];
        int n = rows - i < 8 ? (int)(rows - i) : 8;
        for (int row = 0; row < 8; row++) /* if there are fewer, repeat the last row */
            eight[row] = a + (i + (row < n ? row : n - 1)) * lda;
        /* Fetch the next rows one after the other while these are multiplied: processors
           predict reads from eight places at once badly. */
        NAME(eight_rows)(eight, W, in, a + (i + 8) * lda, sums);
        for (int row = 0; row < n; row++)
            for (int64_t k = 0; k < out; k++)
                z[(i + row) * out + k] = sums[row * SKMLP_NARROW + k];
    }
}

/* z = a·W; `room` is scratch for a copy of W with SKMLP_NARROW columns. */
static void NAME(narrow_forward)(
    const REAL *restrict a, int64_t lda, const REAL *restrict W, REAL *restrict room,
    REAL *restrict z, int64_t rows, int64_t in, int64_t out)
{
    if (out <= 2) {
        NAME(narrowest_forward)(
            a, lda, NAME(transposed)(W, in, out, room), z, rows, in, out);
        return;
    }
    for (int64_t j = 0; j < in; j++)
        for (int64_t k = 0; k < SKMLP_NARROW; k++)
            room[j * SKMLP_NARROW + k] = k < out ? W[j * out + k] : 0;
    NAME(wide_forward)(a, lda, room, z, rows, in, out);
}

#define LANES ((int)(64 / sizeof(REAL)))

SKMLP_INLINE void NAME(some_columns)(
    const REAL *restrict a, int64_t lda, const REAL *restrict dz, REAL *restrict dWt,
    int64_t rows, int64_t in, const int out, int columns)
{
    for (int64_t first = 0; first < rows; first += SKMLP_STRETCH) {
        int64_t last = first + SKMLP_STRETCH < rows ? first + SKMLP_STRETCH : rows;
        for (int k = 0; k < out; k++)
            for (int j = 0; j < columns; j++) {
                REAL sum = 0;
                for (int64_t i = first; i < last; i++)
                    sum += a[i * lda + j] * dz[i * out + k];
                dWt[k * in + j] += sum;
            }
    }
}

/* dWᵀ of some columns of `a` and all outputs; `out` is a constant in each call. */
#if defined(__GNUC__)

typedef REAL NAME(columns) __attribute__((
    vector_size(64), aligned(sizeof(REAL)), may_alias));

SKMLP_INLINE void NAME(two_columns)(
    const REAL *restrict a, int64_t lda, const REAL *restrict dz, REAL *restrict dWt,
    int64_t rows, int64_t in, const int out)
{
    for (int64_t first = 0; first < rows; first += SKMLP_STRETCH) {
        int64_t last = first + SKMLP_STRETCH < rows ? first + SKMLP_STRETCH : rows;
        NAME(columns) left[SKMLP_NARROW], right[SKMLP_NARROW];
#pragma GCC unroll 8
        for (int k = 0; k < out; k++) left[k] = right[k] = (NAME(columns)){0};
        for (int64_t i = first; i < last; i++) {
            NAME(columns) x = *(const NAME(columns) *)(a + i * lda);
            NAME(columns) y = *(const NAME(columns) *)(a + i * lda + LANES);
#pragma GCC unroll 8
            for (int k = 0; k < out; k++) {
                left[k] += x * dz[i * out + k];
                right[k] += y * dz[i * out + k];
            }
        }
#pragma GCC unroll 8
        for (int k = 0; k < out; k++) {
            *(NAME(columns) *)(dWt + k * in) += left[k];
            *(NAME(columns) *)(dWt + k * in + LANES) += right[k];
        }
    }
}

#else

SKMLP_INLINE void NAME(two_columns)(
    const REAL *restrict a, int64_t lda, const REAL *restrict dz, REAL *restrict dWt,
    int64_t rows, int64_t in, const int out)
{
    NAME(some_columns)(a, lda, dz, dWt, rows, in, out, 2 * LANES);
}

#endif

SKMLP_INLINE void NAME(every_weight_gradient)(
    const REAL *restrict a, int64_t lda, const REAL *restrict dz, REAL *restrict dWt,
    int64_t rows, int64_t in, const int out)
{
    int64_t j = 0;
    for (; j + 2 * LANES <= in; j += 2 * LANES)
        NAME(two_columns)(a + j, lda, dz, dWt + j, rows, in, out);
    if (j < in)
        NAME(some_columns)(a + j, lda, dz, dWt + j, rows, in, out, (int)(in - j));
}

#undef LANES

/* dW = aᵀ·dz of one output, eight rows at a time, each read from its begin to its end. */
SKMLP_INLINE void NAME(one_weight_gradient)(
    const REAL *restrict a, int64_t lda, const REAL *restrict dz, REAL *restrict dW,
    int64_t rows, int64_t in)
{
    int64_t i = 0;
    for (; i + 8 <= rows; i += 8) {
        const REAL *restrict x = a + i * lda, *restrict y = x + 4 * lda;
        const REAL *restrict g = dz + i;
        for (int64_t j = 0; j < in; j++)
            dW[j] += ((x[j] * g[0] + x[lda + j] * g[1])
                      + (x[2 * lda + j] * g[2] + x[3 * lda + j] * g[3]))
                + ((y[j] * g[4] + y[lda + j] * g[5])
                   + (y[2 * lda + j] * g[6] + y[3 * lda + j] * g[7]));
    }
    for (; i < rows; i++)
        for (int64_t j = 0; j < in; j++) dW[j] += a[i * lda + j] * dz[i];
}

/* dWᵀ = dzᵀ·a. */
SKMLP_CLONES static void NAME(narrow_weight_gradient)(
    const REAL *restrict a, int64_t lda, const REAL *restrict dz, REAL *restrict dWt,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t j = 0; j < in * out; j++) dWt[j] = 0;
    switch (out) {
    case 1:
        NAME(one_weight_gradient)(a, lda, dz, dWt, rows, in);
        break;
#define CASE(n)                                                                        \
    case n:                                                                           \
        NAME(every_weight_gradient)(a, lda, dz, dWt, rows, in, n);                    \
        break;
        CASE(2) CASE(3) CASE(4) CASE(5) CASE(6) CASE(7) CASE(8)
#undef CASE
    }
}

/* da = dz·Wᵀ. */
SKMLP_CLONES static void NAME(narrow_backward)(
    const REAL *restrict dz, const REAL *restrict Wt, REAL *restrict da, int64_t rows,
    int64_t in, int64_t out)
{
    for (int64_t i = 0; i < rows; i++) {
        REAL *restrict d = da + i * in;
        REAL g = dz[i * out];
        for (int64_t j = 0; j < in; j++) d[j] = g * Wt[j];
        for (int64_t k = 1; k < out; k++) {
            const REAL *restrict w = Wt + k * in;
            g = dz[i * out + k];
            for (int64_t j = 0; j < in; j++) d[j] += g * w[j];
        }
    }
}

#include "end_of_type.h"
#endif

/* Products of a batch with a layer's weights: by BLAS, of few multiplications, and of CSR
   rows. narrow_products.h has those with layers of few outputs.

   Matrices are row by row (C order). BLAS counts columns first, so every product is asked
   for transposed: Zᵀ = Wᵀ·Aᵀ. */
#ifndef SKMLP_PRODUCTS_H
#define SKMLP_PRODUCTS_H

#include "problem.h"
#include "vectors.h"

/* The largest number of multiplications that is done without BLAS. */
enum { SKMLP_SMALL_PRODUCT = 4096 };

#define SKMLP_THIS_FILE "products.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

/* C (m, n) = op(A)·op(B) + beta·C, all row by row; k is the length of the sums. */
static void NAME(multiply)(
    const NAME(network) *net, int transpose_a, int transpose_b, int64_t m, int64_t n,
    int64_t k, const REAL *A, int64_t lda, const REAL *B, int64_t ldb, REAL beta, REAL *C)
{
    char yes = 'T', no = 'N';
    int m_ = (int)m, n_ = (int)n, k_ = (int)k, lda_ = (int)lda, ldb_ = (int)ldb;
    REAL one = 1;
    net->gemm(transpose_b ? &yes : &no, transpose_a ? &yes : &no, &n_, &m_, &k_, &one,
              (REAL *)B, &ldb_, (REAL *)A, &lda_, &beta, C, &n_);
}

/* Products of few multiplications, for which a call of BLAS would cost more than the
   product. The inner loops run over consecutive elements of the result: they vectorise. */
SKMLP_CLONES static void NAME(small_forward)(
    const REAL *restrict a, int64_t lda, const REAL *restrict W, REAL *restrict z,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t i = 0; i < rows; i++) {
        const REAL *restrict ai = a + i * lda;
        REAL *restrict zi = z + i * out;
        int64_t done = 0;
#if defined(__GNUC__)
        for (; done + SKMLP_WIDE <= out; done += SKMLP_WIDE) {
            NAME(wide) sum = {0};
            for (int64_t j = 0; j < in; j++)
                sum += ai[j] * *(const NAME(wide) *)(W + j * out + done);
            *(NAME(wide) *)(zi + done) = sum;
        }
#endif
        for (int64_t k = done; k < out; k++) zi[k] = 0;
        for (int64_t j = 0; done < out && j < in; j++) {
            const REAL *restrict Wj = W + j * out;
            for (int64_t k = done; k < out; k++) zi[k] += ai[j] * Wj[k];
        }
    }
}

SKMLP_CLONES static void NAME(small_weight_gradient)(
    const REAL *restrict a, int64_t lda, const REAL *restrict dz, REAL *restrict dW,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t j = 0; j < in; j++) {
        REAL *restrict dWj = dW + j * out;
        REAL first = a[j];
        for (int64_t k = 0; k < out; k++) dWj[k] = first * dz[k];
        for (int64_t i = 1; i < rows; i++) {
            REAL aij = a[i * lda + j];
            const REAL *restrict dzi = dz + i * out;
            for (int64_t k = 0; k < out; k++) dWj[k] += aij * dzi[k];
        }
    }
}

SKMLP_CLONES static void NAME(small_backward)(
    const REAL *restrict dz, const REAL *restrict W, REAL *restrict da, int64_t rows,
    int64_t in, int64_t out)
{
    for (int64_t i = 0; i < rows; i++) {
        const REAL *restrict dzi = dz + i * out;
        for (int64_t j = 0; out == 1 && j < in; j++) da[i * in + j] = dzi[0] * W[j];
        for (int64_t j = 0; out > 1 && j < in; j++) {
            const REAL *restrict Wj = W + j * out;
            REAL parts[8] = {0, 0, 0, 0, 0, 0, 0, 0}, sum = 0;
            int64_t k = 0;
            for (; k + 8 <= out; k += 8)
                for (int lane = 0; lane < 8; lane++)
                    parts[lane] += dzi[k + lane] * Wj[k + lane];
            for (; k < out; k++) sum += dzi[k] * Wj[k];
            for (int lane = 0; lane < 8; lane++) sum += parts[lane];
            da[i * in + j] = sum;
        }
    }
}

static inline int NAME(is_small)(int64_t rows, int64_t in, int64_t out)
{
    return rows <= 4 && rows * in * out <= SKMLP_SMALL_PRODUCT;
}

/* Returns the number of the first rows, at least one, whose products with a layer are
   enough work to look for signals after them; `work` gets their multiplications. */
static int64_t NAME(some_sparse_rows)(
    const NAME(rows) *X, const int64_t *order, int64_t first, int64_t rows, int64_t out,
    int64_t *work)
{
    int64_t i = 0;
    for (*work = 0; i < rows && *work < SKMLP_LOOK_EVERY; i++) {
        int64_t row = order == NULL ? first + i : order[i];
        *work += (X->starts[row + 1] - X->starts[row]) * out;
    }
    return i;
}

/* CSR rows: z = X·W. Sums stay in registers. */
SKMLP_CLONES static void NAME(sparse_forward)(
    const NAME(rows) *X, const int64_t *order, int64_t first, const REAL *restrict W,
    REAL *restrict z, int64_t rows, int64_t out)
{
    for (int64_t i = 0; i < rows; i++) {
        int64_t row = order == NULL ? first + i : order[i];
        int64_t start = X->starts[row], length = X->starts[row + 1] - start;
        const REAL *x = X->values + start;
        const int32_t *columns = X->indices + start;
        REAL *restrict zi = z + i * out;
        if (out == 1) {
            zi[0] = NAME(sparse_dot)(W, x, columns, length);
            continue;
        }
#if defined(__GNUC__)
        if (out >= SKMLP_WIDE) { /* the last columns may be summed twice */
            for (int64_t k = 0; k < out; k += SKMLP_WIDE) {
                int64_t column = k < out - SKMLP_WIDE ? k : out - SKMLP_WIDE;
                NAME(wide) sum = {0};
                for (int64_t e = 0; e < length; e++)
                    sum += x[e] * *(const NAME(wide) *)(W + columns[e] * out + column);
                *(NAME(wide) *)(zi + column) = sum;
            }
            continue;
        }
#endif
        for (int64_t k = 0; k < out; k++) zi[k] = 0;
        for (int64_t e = 0; e < length; e++) {
            REAL value = x[e];
            const REAL *restrict Wj = W + (int64_t)columns[e] * out;
            for (int64_t k = 0; k < out; k++) zi[k] += value * Wj[k];
        }
    }
}

/* CSR rows: dW += Xᵀ·dz. */
SKMLP_CLONES static void NAME(sparse_weight_gradient)(
    const NAME(rows) *X, const int64_t *order, int64_t first, const REAL *restrict dz,
    REAL *restrict dW, int64_t rows, int64_t out)
{
    for (int64_t i = 0; i < rows; i++) {
        int64_t row = order == NULL ? first + i : order[i];
        const REAL *restrict dzi = dz + i * out;
        int32_t end = X->starts[row + 1];
        if (out == 1) {
            for (int32_t e = X->starts[row]; e < end; e++)
                dW[X->indices[e]] += X->values[e] * *dzi;
            continue;
        }
        for (int32_t e = X->starts[row]; e < end; e++) {
            REAL value = X->values[e];
            REAL *restrict dWj = dW + (int64_t)X->indices[e] * out;
            for (int64_t k = 0; k < out; k++) dWj[k] += value * dzi[k];
        }
    }
}

/* Sums of the columns of dz (rows, width). The last columns may be summed twice, so that
   every vector is full. */
SKMLP_CLONES static void NAME(column_sums)(
    const REAL *restrict dz, REAL *restrict sums, int64_t rows, int64_t width)
{
#if defined(__GNUC__)
    if (width >= SKMLP_WIDE) {
        for (int64_t k = 0; k < width; k += SKMLP_WIDE) {
            const REAL *first = dz + (k < width - SKMLP_WIDE ? k : width - SKMLP_WIDE);
            NAME(wide) sum = {0};
            for (int64_t i = 0; i < rows; i++)
                sum += *(const NAME(wide) *)(first + i * width);
            *(NAME(wide) *)(sums + (first - dz)) = sum;
        }
        return;
    }
#endif
    for (int64_t k = 0; k < width; k++) sums[k] = 0;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < width; k++) sums[k] += dz[i * width + k];
}

SKMLP_CLONES static void NAME(multiply_by)(
    REAL *restrict numbers, const REAL *restrict factors, int64_t n)
{
    for (int64_t i = 0; i < n; i++) numbers[i] *= factors[i];
}

#include "end_of_type.h"
#endif

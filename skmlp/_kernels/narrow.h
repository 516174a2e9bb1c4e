/* Products with a layer of few outputs, where BLAS would spend its time on copying the
   rows into its own order: each row is read once as it lies. Included once for double
   and once for float: see network.h.

   Wᵀ is (out, in), row by row; with one output that is W itself. Sums over `in` run in
   lanes of 32 bytes in all, sums over rows eight at a time, whatever the processor: the
   same bits on all. */

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
        for (int64_t k = 0; k < columns; k++) target[k * rows + i] = source[i * columns + k];
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

/* Written as vectors: compilers make less of the loops below. */
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

/* z = a·W. */
SKMLP_CLONES static void NAME(narrow_forward)(
    const REAL *restrict a, int64_t lda, const REAL *restrict Wt, REAL *restrict z,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t i = 0; i < rows; i += 4) {
        const REAL *four[4];
        int n = rows - i < 4 ? (int)(rows - i) : 4;
        for (int row = 0; row < 4; row++) /* of fewer, the last one again */
            four[row] = a + (i + (row < n ? row : n - 1)) * lda;
        /* The next four rows are on their way while these are multiplied. */
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

/* dWᵀ = dzᵀ·a. */
SKMLP_CLONES static void NAME(narrow_weight_gradient)(
    const REAL *restrict a, int64_t lda, const REAL *restrict dz, REAL *restrict dWt,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t j = 0; j < in * out; j++) dWt[j] = 0;
    int64_t i = 0;
    for (; i + 8 <= rows; i += 8) {
        const REAL *restrict a0 = a + i * lda, *restrict a1 = a0 + lda;
        const REAL *restrict a2 = a1 + lda, *restrict a3 = a2 + lda;
        const REAL *restrict a4 = a3 + lda, *restrict a5 = a4 + lda;
        const REAL *restrict a6 = a5 + lda, *restrict a7 = a6 + lda;
        for (int64_t k = 0; k < out; k++) {
            const REAL *g = dz + i * out + k;
            REAL g0 = g[0], g1 = g[out], g2 = g[2 * out], g3 = g[3 * out];
            REAL g4 = g[4 * out], g5 = g[5 * out], g6 = g[6 * out], g7 = g[7 * out];
            REAL *restrict dw = dWt + k * in;
            for (int64_t j = 0; j < in; j++)
                dw[j] += ((g0 * a0[j] + g1 * a1[j]) + (g2 * a2[j] + g3 * a3[j]))
                    + ((g4 * a4[j] + g5 * a5[j]) + (g6 * a6[j] + g7 * a7[j]));
        }
    }
    for (; i < rows; i++)
        for (int64_t k = 0; k < out; k++) {
            REAL g = dz[i * out + k];
            for (int64_t j = 0; j < in; j++) dWt[k * in + j] += g * a[i * lda + j];
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

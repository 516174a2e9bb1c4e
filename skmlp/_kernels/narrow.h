/* Products with a layer of few outputs, where BLAS would spend its time on copying the
   rows into its own order: each row is read once as it lies. Included once for double
   and once for float: see network.h.

   Wᵀ is (out, in), row by row; with one output that is W itself. Sums over `in` run in
   fixed lanes and sums over rows four at a time, so the bits are those of no platform in
   particular. */

static inline int NAME(is_narrow)(int64_t rows, int64_t in, int64_t out)
{
    return out <= SKMLP_NARROW && in >= 32 && rows >= 16;
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

static inline REAL NAME(lane_sum)(REAL *parts)
{
    for (int half = SKMLP_LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) parts[lane] += parts[lane + half];
    return parts[0];
}

/* z = a·W. */
SKMLP_CLONES static void NAME(narrow_forward)(
    const REAL *restrict a, int64_t lda, const REAL *restrict Wt, REAL *restrict z,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t i = 0; i < rows; i++)
        for (int64_t k = 0; k < out; k++) {
            const REAL *restrict ai = a + i * lda, *restrict w = Wt + k * in;
            REAL parts[SKMLP_LANES] = {0};
            int64_t j = 0;
            for (; j + SKMLP_LANES <= in; j += SKMLP_LANES)
                for (int lane = 0; lane < SKMLP_LANES; lane++)
                    parts[lane] += ai[j + lane] * w[j + lane];
            for (int lane = 0; j < in; j++, lane++) parts[lane] += ai[j] * w[j];
            z[i * out + k] = NAME(lane_sum)(parts);
        }
}

/* dWᵀ = dzᵀ·a. */
SKMLP_CLONES static void NAME(narrow_weight_gradient)(
    const REAL *restrict a, int64_t lda, const REAL *restrict dz, REAL *restrict dWt,
    int64_t rows, int64_t in, int64_t out)
{
    for (int64_t j = 0; j < in * out; j++) dWt[j] = 0;
    int64_t i = 0;
    for (; i + 4 <= rows; i += 4) {
        const REAL *restrict a0 = a + i * lda, *restrict a1 = a0 + lda;
        const REAL *restrict a2 = a1 + lda, *restrict a3 = a2 + lda;
        for (int64_t k = 0; k < out; k++) {
            const REAL *g = dz + i * out + k;
            REAL g0 = g[0], g1 = g[out], g2 = g[2 * out], g3 = g[3 * out];
            REAL *restrict dw = dWt + k * in;
            for (int64_t j = 0; j < in; j++)
                dw[j] += (g0 * a0[j] + g1 * a1[j]) + (g2 * a2[j] + g3 * a3[j]);
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

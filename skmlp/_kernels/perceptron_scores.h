/* The scores of the perceptron's units for one row: see perceptron.h. Included once for
   double and once for float.

   A sum runs in lanes of 64 bytes, whose halves are then added again and again; entries
   that do not fill the lanes join where as many of them are left. It is the same
   however many units share a read of the row, and on every processor. */

#define LANES ((int)(64 / sizeof(REAL)))

#if defined(__GNUC__)

#define LANES_OF(bytes, name)                                                         \
    typedef REAL NAME(name)                                                           \
        __attribute__((vector_size(bytes), aligned(sizeof(REAL)), may_alias))
LANES_OF(64, lanes64);
LANES_OF(32, lanes32);
LANES_OF(16, lanes16);
LANES_OF(8, lanes8);
#undef LANES_OF

/* to = one half of from + the other, and the entries that fill it. */
#define HALVE(from, to, type)                                                         \
    NAME(type) to[4];                                                                 \
    for (int u = 0; u < n_units; u++) {                                               \
        NAME(type) low, high;                                                         \
        memcpy(&low, &from[u], sizeof low);                                           \
        memcpy(&high, (const char *)&from[u] + sizeof low, sizeof high);              \
        to[u] = low + high;                                                           \
    }                                                                                 \
    if (n - j >= (int64_t)(sizeof to[0] / sizeof(REAL))) {                            \
        for (int u = 0; u < n_units; u++)                                             \
            to[u] += *(const NAME(type) *)(x + j) * *(const NAME(type) *)(w[u] + j);  \
        j += (int64_t)(sizeof to[0] / sizeof(REAL));                                  \
    }

/* x is read once for all units. Their number is known where this is inlined, so that
   the sums stay in registers. */
SKMLP_INLINE void NAME(dense_scores)(
    int n_units, const REAL *restrict weights, const int64_t *units,
    const REAL *restrict x, int64_t n, REAL *restrict scores)
{
    NAME(lanes64) sums[4] = {{0}};
    const REAL *w[4];
    int64_t j = 0;
    for (int u = 0; u < n_units; u++) w[u] = weights + units[u] * n;
    for (; j + LANES <= n; j += LANES)
        for (int u = 0; u < n_units; u++)
            sums[u] += *(const NAME(lanes64) *)(x + j) * *(const NAME(lanes64) *)(w[u] + j);
    HALVE(sums, halves, lanes32)
    HALVE(halves, quarters, lanes16)
#if SKMLP_DOUBLE
    for (int u = 0; u < n_units; u++) scores[u] = quarters[u][0] + quarters[u][1];
#else
    HALVE(quarters, eighths, lanes8)
    for (int u = 0; u < n_units; u++) scores[u] = eighths[u][0] + eighths[u][1];
#endif
    if (j < n)
        for (int u = 0; u < n_units; u++) scores[u] += x[j] * w[u][j];
}

#undef HALVE

#else

static inline void NAME(dense_scores)(
    int n_units, const REAL *restrict weights, const int64_t *units,
    const REAL *restrict x, int64_t n, REAL *restrict scores)
{
    for (int u = 0; u < n_units; u++) {
        const REAL *w = weights + units[u] * n;
        REAL sums[LANES] = {0};
        int64_t j = 0;
        for (; j + LANES <= n; j += LANES)
            for (int lane = 0; lane < LANES; lane++) sums[lane] += x[j + lane] * w[j + lane];
        for (int half = LANES / 2; half > 0; half /= 2) {
            for (int lane = 0; lane < half; lane++) sums[lane] += sums[lane + half];
            if (n - j < half) continue;
            for (int lane = 0; lane < half; lane++) sums[lane] += x[j + lane] * w[j + lane];
            j += half;
        }
        scores[u] = sums[0];
    }
}

#endif

#undef LANES

/* The same for any number of units. */
SKMLP_INLINE void NAME(all_scores)(
    int64_t n_units, const REAL *restrict weights, const int64_t *units,
    const REAL *restrict x, int64_t n, REAL *restrict scores)
{
    int64_t u = 0;
    for (; u + 4 <= n_units; u += 4)
        NAME(dense_scores)(4, weights, units + u, x, n, scores + u);
    switch (n_units - u) {
    case 3:
        NAME(dense_scores)(3, weights, units + u, x, n, scores + u);
        break;
    case 2:
        NAME(dense_scores)(2, weights, units + u, x, n, scores + u);
        break;
    case 1:
        NAME(dense_scores)(1, weights, units + u, x, n, scores + u);
        break;
    default:
        break;
    }
}

/* The scores for a row of a CSR matrix: four entries at a time, which need not wait for
   each other. */
SKMLP_INLINE void NAME(sparse_scores)(
    int64_t n_units, const REAL *restrict weights, const int64_t *units,
    const REAL *restrict x, const int32_t *restrict places, int64_t length,
    int64_t n_features, REAL *restrict scores)
{
    for (int64_t u = 0; u < n_units; u++) {
        const REAL *w = weights + units[u] * n_features;
        REAL first = 0, second = 0, third = 0, fourth = 0;
        int64_t e = 0;
        for (; e + 4 <= length; e += 4) {
            first += w[places[e]] * x[e];
            second += w[places[e + 1]] * x[e + 1];
            third += w[places[e + 2]] * x[e + 2];
            fourth += w[places[e + 3]] * x[e + 3];
        }
        for (; e < length; e++) first += w[places[e]] * x[e];
        scores[u] = (first + second) + (third + fourth);
    }
}

/* One epoch of the perceptron's rule for all classes: see reference.py. Included once
   for double and once for float. Weights are kept as scale·w, so that the l2 decay
   touches a number and not a vector; the caller multiplies the scale in afterwards. */

/* The scores of some units for one row: x is read once for all of them. Their number is
   known where this is inlined, so that the sums stay in registers. */
SKMLP_INLINE void NAME(dense_scores)(
    int n_units, int lanes, const REAL *restrict weights, const int64_t *units,
    const REAL *restrict x, int64_t n, REAL *restrict scores)
{
    REAL parts[4][32] = {{0}};
    const REAL *w[4];
    int64_t j = 0;
    for (int u = 0; u < n_units; u++) w[u] = weights + units[u] * n;
    for (; j + lanes <= n; j += lanes)
        for (int u = 0; u < n_units; u++)
            for (int lane = 0; lane < lanes; lane++)
                parts[u][lane] += w[u][j + lane] * x[j + lane];
    for (int u = 0; u < n_units; u++) {
        REAL sum = 0;
        for (int64_t rest = j; rest < n; rest++) sum += w[u][rest] * x[rest];
        for (int half = lanes / 2; half > 0; half /= 2)
            for (int lane = 0; lane < half; lane++)
                parts[u][lane] += parts[u][lane + half];
        scores[u] = sum + parts[u][0];
    }
}

/* The same for any number of units. */
SKMLP_INLINE void NAME(all_scores)(
    int64_t n_units, const REAL *restrict weights, const int64_t *units,
    const REAL *restrict x, int64_t n, REAL *restrict scores)
{
    int64_t u = 0;
    for (; u + 4 <= n_units; u += 4)
        NAME(dense_scores)(4, 8, weights, units + u, x, n, scores + u);
    switch (n_units - u) {
    case 3:
        NAME(dense_scores)(3, 8, weights, units + u, x, n, scores + u);
        break;
    case 2:
        NAME(dense_scores)(2, 16, weights, units + u, x, n, scores + u);
        break;
    case 1:
        NAME(dense_scores)(1, 32, weights, units + u, x, n, scores + u);
        break;
    default:
        break;
    }
}

/* Tsuruoka, Tsujii and Ananiadou (2009): each weight moves towards zero by the l1
   penalty that has come up since it was last seen, and never past zero. */
static inline void NAME(clip_one)(REAL *w, REAL *paid, REAL due, REAL scale)
{
    REAL before = *w, value = before;
    if (before > 0) {
        value = before - (due + *paid) / scale;
        value = value > 0 ? value : 0;
    } else if (before < 0) {
        value = before + (due - *paid) / scale;
        value = value < 0 ? value : 0;
    }
    *w = value;
    *paid += scale * (value - before);
}

SKMLP_CLONES static void NAME(skmlp_perceptron)(
    const REAL *values, const int32_t *indices, const int32_t *starts, int64_t stride,
    const int64_t *labels, const int64_t *order, int64_t n_rows, const REAL *sample_weight,
    int64_t n_features, int64_t K, REAL *weights, REAL *intercepts, REAL *l1_due,
    REAL *l1_paid, const uint8_t *active, const double *positive, const double *negative,
    double rate, double decay, double l1_step, int fit_intercept, double *losses,
    int64_t *mistakes)
{
    for (int64_t k = 0; k < K; k++) losses[k] = mistakes[k] = 0;
    double *scales = malloc(sizeof(double) * (size_t)K);
    int64_t *units = malloc(sizeof(int64_t) * (size_t)K);
    REAL *scores = malloc(sizeof(REAL) * (size_t)K);
    if (scales == NULL || units == NULL || scores == NULL) {
        mistakes[0] = -1;
        free(scales);
        free(units);
        free(scores);
        return;
    }
    int64_t n_units = 0;
    for (int64_t k = 0; k < K; k++) {
        scales[k] = 1;
        if (active[k]) units[n_units++] = k;
    }
    for (int64_t i = 0; i < n_rows; i++) {
        int64_t row = order[i], label = labels[row], length = n_features;
        const REAL *x = values + row * stride;
        const int32_t *places = NULL;
        if (i + SKMLP_AHEAD < n_rows) {
            int64_t later = order[i + SKMLP_AHEAD];
            if (indices == NULL)
                SKMLP_FETCH(values + later * stride, n_features);
            else {
                int64_t entries = starts[later + 1] - starts[later];
                SKMLP_FETCH(values + starts[later], entries);
                SKMLP_FETCH(indices + starts[later], entries);
            }
        }
        if (indices != NULL) {
            x = values + starts[row];
            places = indices + starts[row];
            length = starts[row + 1] - starts[row];
            for (int64_t u = 0; u < n_units; u++) {
                const REAL *w = weights + units[u] * n_features;
                REAL even = 0, odd = 0;
                int64_t e = 0;
                for (; e + 2 <= length; e += 2) {
                    even += w[places[e]] * x[e];
                    odd += w[places[e + 1]] * x[e + 1];
                }
                if (e < length) even += w[places[e]] * x[e];
                scores[u] = even + odd;
            }
        } else
            NAME(all_scores)(n_units, weights, units, x, length, scores);
        for (int64_t u = 0; u < n_units; u++) {
            int64_t k = units[u];
            REAL *restrict w = weights + k * n_features;
            int is_positive = K == 1 ? label == 1 : label == k;
            REAL score = (REAL)scales[k] * scores[u] + intercepts[k];
            REAL margin = is_positive ? score : -score;
            if (decay != 1) {
                scales[k] *= decay;
                if (scales[k] < 1e-9) {
                    for (int64_t j = 0; j < n_features; j++) w[j] *= (REAL)scales[k];
                    scales[k] = 1;
                }
            }
            if (!(margin > 0)) { /* ties are mistakes */
                double push = rate * (is_positive ? positive[k] : -negative[k])
                    * (double)sample_weight[row];
                REAL factor = (REAL)(push / scales[k]);
                losses[k] -= (double)margin;
                mistakes[k] += 1;
                if (places == NULL)
                    for (int64_t j = 0; j < length; j++) w[j] += factor * x[j];
                else
                    for (int64_t e = 0; e < length; e++) w[places[e]] += factor * x[e];
                if (fit_intercept) intercepts[k] += (REAL)push;
            }
            if (l1_step > 0) {
                REAL *paid = l1_paid + k * n_features;
                l1_due[k] += (REAL)l1_step;
                for (int64_t e = 0; e < length; e++) {
                    int64_t j = places == NULL ? e : places[e];
                    NAME(clip_one)(w + j, paid + j, l1_due[k], (REAL)scales[k]);
                }
            }
        }
    }
    for (int64_t k = 0; k < K; k++)
        if (scales[k] != 1)
            for (int64_t j = 0; j < n_features; j++)
                weights[k * n_features + j] *= (REAL)scales[k];
    free(scales);
    free(units);
    free(scores);
}

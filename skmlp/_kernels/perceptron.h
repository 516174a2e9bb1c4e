/* One epoch of the perceptron's rule for all classes: see reference.py. Included once
   for double and once for float. Weights are kept as scale·w, so that the l2 decay
   touches a number and not a vector; the caller multiplies the scale in afterwards. */

SKMLP_CLONES static REAL NAME(dot)(const REAL *restrict a, const REAL *restrict b, int64_t n)
{
    REAL parts[16] = {0}, sum = 0;
    int64_t j = 0;
    for (; j + 16 <= n; j += 16)
        for (int lane = 0; lane < 16; lane++) parts[lane] += a[j + lane] * b[j + lane];
    for (; j < n; j++) sum += a[j] * b[j];
    for (int lane = 0; lane < 16; lane++) sum += parts[lane];
    return sum;
}

SKMLP_CLONES static void NAME(add_scaled)(
    REAL *restrict w, const REAL *restrict x, REAL factor, int64_t n)
{
    for (int64_t j = 0; j < n; j++) w[j] += factor * x[j];
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

static void NAME(skmlp_perceptron)(
    const REAL *values, const int32_t *indices, const int32_t *starts, int64_t stride,
    const int64_t *labels, const int64_t *order, int64_t n_rows, const REAL *sample_weight,
    int64_t n_features, int64_t K, REAL *weights, REAL *intercepts, REAL *l1_due,
    REAL *l1_paid, const uint8_t *active, const double *positive, const double *negative,
    double rate, double decay, double l1_step, int fit_intercept, double *losses,
    int64_t *mistakes)
{
    for (int64_t k = 0; k < K; k++) losses[k] = mistakes[k] = 0;
    double *scales = malloc(sizeof(double) * (size_t)K);
    if (scales == NULL) {
        mistakes[0] = -1;
        return;
    }
    for (int64_t k = 0; k < K; k++) scales[k] = 1;
    for (int64_t i = 0; i < n_rows; i++) {
        int64_t row = order[i], label = labels[row], length = n_features;
        const REAL *x = values + row * stride;
        const int32_t *places = NULL;
        if (indices != NULL) {
            x = values + starts[row];
            places = indices + starts[row];
            length = starts[row + 1] - starts[row];
        }
        for (int64_t k = 0; k < K; k++) {
            if (!active[k]) continue;
            REAL *w = weights + k * n_features;
            int is_positive = K == 1 ? label == 1 : label == k;
            REAL score = 0;
            if (places == NULL)
                score = NAME(dot)(w, x, length);
            else
                for (int64_t e = 0; e < length; e++) score += w[places[e]] * x[e];
            score = (REAL)scales[k] * score + intercepts[k];
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
                    NAME(add_scaled)(w, x, factor, length);
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
}

/* Losses of raw scores, and their gradients. Included once for double and once for
   float: see network.h. */

/* `loss_gradient` for one binary output and consecutive rows, which vectorises. */
SKMLP_CLONES static double NAME(binary_gradient)(
    const REAL *restrict y, const REAL *restrict weights, REAL factor,
    REAL *restrict scores, int64_t rows)
{
    enum { BLOCK = 64 };
    double total = 0;
    for (int64_t first = 0; first < rows; first += BLOCK) {
        int n = rows - first < BLOCK ? (int)(rows - first) : BLOCK;
        const REAL *restrict yi = y + first;
        REAL *restrict s = scores + first, values[BLOCK];
        for (int i = 0; i < n; i++) {
            values[i] = NAME(softplus)(s[i]) - yi[i] * s[i];
            s[i] = (NAME(logistic)(s[i]) - yi[i]) * factor;
        }
        if (weights != NULL)
            for (int i = 0; i < n; i++) {
                values[i] *= weights[first + i];
                s[i] *= weights[first + i];
            }
        for (int i = 0; i < n; i++) total += (double)values[i];
    }
    return total;
}

/* Σᵢ wᵢ·ℓ(yᵢ, scoresᵢ); the scores become wᵢ / Σw times the loss's gradient. `weights`
   holds wᵢ (NULL: all ones), rows are taken by `order` (NULL: consecutive). */
SKMLP_CLONES static double NAME(loss_gradient)(
    int loss, const NAME(data) *data, const int64_t *order, int64_t first,
    const REAL *restrict weights, REAL factor, REAL *restrict scores, int64_t rows,
    int64_t K)
{
    double total = 0;
    if (loss == SKMLP_BINARY && K == 1 && order == NULL)
        return NAME(binary_gradient)(data->y + first, weights, factor, scores, rows);
    if (loss == SKMLP_MULTINOMIAL) {
        double largest_total = 0;
        for (int64_t i = 0; i < rows; i++) { /* scores − their largest */
            REAL *restrict s = scores + i * K;
            int64_t row = order == NULL ? first + i : order[i];
            REAL largest = s[0];
            for (int64_t k = 1; k < K; k++) largest = s[k] > largest ? s[k] : largest;
            REAL w = weights == NULL ? 1 : weights[i];
            largest_total += (double)(w * (largest - s[data->labels[row]]));
            for (int64_t k = 0; k < K; k++) s[k] -= largest;
        }
        for (int64_t i = 0; i < rows * K; i++)
            scores[i] = NAME(exponential)(scores[i]);
        for (int64_t i = 0; i < rows; i++) {
            REAL *restrict s = scores + i * K;
            int64_t row = order == NULL ? first + i : order[i];
            REAL sum = 0, w = weights == NULL ? 1 : weights[i];
            for (int64_t k = 0; k < K; k++) sum += s[k];
            total += (double)(w * (REAL)log((double)sum));
            REAL scale = w * factor / sum;
            for (int64_t k = 0; k < K; k++) s[k] *= scale;
            s[data->labels[row]] -= w * factor;
        }
        return total + largest_total;
    }
    for (int64_t i = 0; i < rows; i++) {
        REAL *restrict s = scores + i * K;
        int64_t row = order == NULL ? first + i : order[i];
        const REAL *restrict y = data->y + row * K;
        REAL w = weights == NULL ? 1 : weights[i], sum = 0;
        switch (loss) {
        case SKMLP_BINARY:
            for (int64_t k = 0; k < K; k++) {
                sum += NAME(softplus)(s[k]) - y[k] * s[k];
                s[k] = (NAME(logistic)(s[k]) - y[k]) * (w * factor);
            }
            break;
        case SKMLP_POISSON:
            for (int64_t k = 0; k < K; k++) {
                REAL mean = NAME(exponential)(s[k]);
                REAL saturated = (y[k] > 0 ? y[k] * (REAL)log((double)y[k]) : 0) - y[k];
                sum += mean - y[k] * s[k] + saturated;
                s[k] = (mean - y[k]) * (w * factor);
            }
            break;
        default: /* squared error */
            for (int64_t k = 0; k < K; k++) {
                REAL error = s[k] - y[k];
                sum += R(0.5) * error * error;
                s[k] = error * (w * factor);
            }
            break;
        }
        total += (double)(w * sum);
    }
    return total;
}

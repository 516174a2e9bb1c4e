/* Activations, each beside its pullback. Included once for double and once for float:
   see network.h. */

/* z -> σ(z + b), in place. */
SKMLP_CLONES static void NAME(activate)(
    int64_t activation, REAL *restrict z, const REAL *restrict b, int64_t rows,
    int64_t width)
{
    for (int64_t i = 0; i < rows; i++) {
        REAL *restrict zi = z + i * width;
        if (b != NULL && activation != SKMLP_RELU)
            for (int64_t k = 0; k < width; k++) zi[k] += b[k];
        switch (activation) {
        case SKMLP_RELU:
            if (b != NULL)
                for (int64_t k = 0; k < width; k++) {
                    REAL s = zi[k] + b[k];
                    zi[k] = s > 0 ? s : s * 0; /* a NaN stays one */
                }
            else
                for (int64_t k = 0; k < width; k++)
                    zi[k] = zi[k] > 0 ? zi[k] : zi[k] * 0;
            break;
        case SKMLP_TANH:
            for (int64_t k = 0; k < width; k++)
                zi[k] = NAME(hyperbolic_tangent)(zi[k]);
            break;
        case SKMLP_LOGISTIC:
            for (int64_t k = 0; k < width; k++) zi[k] = NAME(logistic)(zi[k]);
            break;
        default: /* identity */
            break;
        }
    }
}

/* dL/da -> dL/dz, in place; a = σ(z). */
SKMLP_CLONES static void NAME(pull_back)(
    int64_t activation, REAL *restrict gradient, const REAL *restrict a, int64_t n)
{
    switch (activation) {
    case SKMLP_RELU:
        for (int64_t i = 0; i < n; i++) gradient[i] = a[i] > 0 ? gradient[i] : 0;
        break;
    case SKMLP_TANH:
        for (int64_t i = 0; i < n; i++) gradient[i] *= 1 - a[i] * a[i];
        break;
    case SKMLP_LOGISTIC:
        for (int64_t i = 0; i < n; i++) gradient[i] *= a[i] * (1 - a[i]);
        break;
    default: /* identity */
        break;
    }
}

/* Update rules: one step on flat vectors, in place. Included once for double and once
   for float: see vectorised.h. */

SKMLP_CLONES static void NAME(skmlp_momentum)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict velocity,
    int64_t n, REAL rate, REAL momentum, int nesterov)
{
    if (nesterov) {
        for (int64_t i = 0; i < n; i++) {
            REAL push = rate * gradient[i];
            REAL v = velocity[i] * momentum - push;
            velocity[i] = v;
            parameters[i] += momentum * v - push;
        }
    } else {
        for (int64_t i = 0; i < n; i++) {
            REAL v = velocity[i] * momentum - rate * gradient[i];
            velocity[i] = v;
            parameters[i] += v;
        }
    }
}

SKMLP_CLONES static void NAME(skmlp_adam)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict mean,
    REAL *restrict square, int64_t n, REAL step_size, REAL beta_1, REAL rest_1,
    REAL beta_2, REAL rest_2, REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL m = mean[i] * beta_1 + rest_1 * gradient[i];
        REAL v = square[i] * beta_2 + rest_2 * (gradient[i] * gradient[i]);
        mean[i] = m;
        square[i] = v;
        parameters[i] -= step_size * m / (SQRT(v) + epsilon);
    }
}

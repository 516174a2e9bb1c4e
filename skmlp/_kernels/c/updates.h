/* Update rules: one step on flat vectors, in place. Included once for double and once
   for float: see vectorised.h. */

SKMLP_CLONES static void NAME(skmlp_gradient_step)(
    REAL *restrict parameters, const REAL *restrict gradient, int64_t n, REAL rate)
{
    for (int64_t i = 0; i < n; i++) parameters[i] -= rate * gradient[i];
}

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

SKMLP_CLONES static void NAME(skmlp_amsgrad)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict mean,
    REAL *restrict square, REAL *restrict largest, int64_t n, REAL step_size,
    REAL beta_1, REAL rest_1, REAL beta_2, REAL rest_2, REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL m = mean[i] * beta_1 + rest_1 * gradient[i];
        REAL v = square[i] * beta_2 + rest_2 * (gradient[i] * gradient[i]);
        /* A NaN stays one, as in NumPy's maximum. */
        REAL most = largest[i] >= v ? largest[i] : v;
        most = largest[i] != largest[i] ? largest[i] : most;
        mean[i] = m;
        square[i] = v;
        largest[i] = most;
        parameters[i] -= step_size * m / (SQRT(most) + epsilon);
    }
}

SKMLP_CLONES static void NAME(skmlp_nadam)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict mean,
    REAL *restrict square, int64_t n, REAL step_size, REAL gradient_step_size,
    REAL beta_1, REAL rest_1, REAL beta_2, REAL rest_2, REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL g = gradient[i];
        REAL m = mean[i] * beta_1 + rest_1 * g;
        REAL v = square[i] * beta_2 + rest_2 * (g * g);
        mean[i] = m;
        square[i] = v;
        parameters[i] -= (step_size * m + gradient_step_size * g) / (SQRT(v) + epsilon);
    }
}

SKMLP_CLONES static void NAME(skmlp_rmsprop)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict square,
    REAL *restrict velocity, int64_t n, REAL rate, REAL decay, REAL rest, REAL momentum,
    REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL g = gradient[i];
        REAL v = square[i] * decay + rest * (g * g);
        REAL u = velocity[i] * momentum + g / (SQRT(v) + epsilon);
        square[i] = v;
        velocity[i] = u;
        parameters[i] -= rate * u;
    }
}

SKMLP_CLONES static void NAME(skmlp_adagrad)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict square,
    int64_t n, REAL rate, REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL g = gradient[i];
        REAL v = square[i] + g * g;
        square[i] = v;
        parameters[i] -= rate * g / (SQRT(v) + epsilon);
    }
}

SKMLP_CLONES static void NAME(skmlp_adadelta)(
    REAL *restrict parameters, const REAL *restrict gradient, REAL *restrict square,
    REAL *restrict step_square, int64_t n, REAL rate, REAL decay, REAL rest, REAL epsilon)
{
    for (int64_t i = 0; i < n; i++) {
        REAL g = gradient[i];
        REAL v = square[i] * decay + rest * (g * g);
        REAL step = SQRT(step_square[i] + epsilon) / SQRT(v + epsilon) * g;
        square[i] = v;
        step_square[i] = step_square[i] * decay + rest * (step * step);
        parameters[i] -= rate * step;
    }
}

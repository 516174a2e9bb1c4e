/* Coordinate descent on the quadratic model of a likelihood: see reference.py. Included
   once, for double: its columns are copies of the few that are chosen. */

SKMLP_CLONES static double skmlp_dense_curvature(
    const double *restrict x, const double *restrict c, const double *restrict p, int64_t n)
{
    double lanes[8] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int lane = 0; lane < 8; lane++)
            lanes[lane] += c[i + lane] * (1 - p[i + lane]) * x[i + lane] * x[i + lane];
    for (; i < n; i++) sum += c[i] * (1 - p[i]) * x[i] * x[i];
    for (int lane = 0; lane < 8; lane++) sum += lanes[lane];
    return sum;
}

SKMLP_CLONES static double skmlp_dense_slope(
    const double *restrict x, const double *restrict c, const double *restrict step,
    const double *restrict mean_step, int64_t n)
{
    double lanes[16] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int lane = 0; lane < 16; lane++)
            lanes[lane] +=
                c[i + lane] * x[i + lane] * (step[i + lane] - mean_step[i + lane]);
    for (; i < n; i++) sum += c[i] * x[i] * (step[i] - mean_step[i]);
    for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
    return sum;
}

SKMLP_CLONES static void skmlp_dense_move(
    const double *restrict x, const double *restrict p, double change,
    double *restrict step, double *restrict mean_step, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        step[i] += change * x[i];
        mean_step[i] += change * p[i] * x[i];
    }
}

typedef struct {
    const double *values;
    const int32_t *indices;
    const int64_t *starts;
    int64_t n_rows, n_columns, n_outputs;
    const double *mean, *curvature, *gradient;
    double *parameters;
    const double *l1, *l2, *lower, *upper;
    double *step, *mean_step, *bends;
} skmlp_descent;

/* Visit one coordinate; how much its derivative changes. */
static double skmlp_visit(const skmlp_descent *d, int64_t j, int64_t k)
{
    int64_t n = d->n_rows, entry = j * d->n_outputs + k;
    const double *c = d->curvature + k * n, *p = d->mean + k * n, *x = d->values + j * n;
    double *step = d->step + k * n, *mean_step = d->mean_step;
    const int32_t *rows = NULL;
    int64_t length = n;
    if (d->indices != NULL) {
        x = d->values + d->starts[j];
        rows = d->indices + d->starts[j];
        length = d->starts[j + 1] - d->starts[j];
    }
    if (isnan(d->bends[entry])) {
        double sum = 0;
        if (rows == NULL)
            sum = skmlp_dense_curvature(x, c, p, n);
        else
            for (int64_t e = 0; e < length; e++)
                sum += c[rows[e]] * (1 - p[rows[e]]) * x[e] * x[e];
        d->bends[entry] = sum + d->l2[j];
    }
    double bend = d->bends[entry], before = d->parameters[entry];
    if (!(bend > 0)) return 0;
    double slope = 0;
    if (rows == NULL)
        slope = skmlp_dense_slope(x, c, step, mean_step, n);
    else
        for (int64_t e = 0; e < length; e++)
            slope += c[rows[e]] * x[e] * (step[rows[e]] - mean_step[rows[e]]);
    slope += d->gradient[entry] + d->l2[j] * before;
    double after = before - slope / bend, shrunk = fabs(after) - d->l1[j] / bend;
    shrunk = shrunk > 0 ? shrunk : 0;
    after = after < 0 && shrunk > 0 ? -shrunk : shrunk;
    if (after < d->lower[entry]) after = d->lower[entry];
    if (after > d->upper[entry]) after = d->upper[entry];
    double change = after - before;
    if (change != 0) {
        d->parameters[entry] = after;
        if (rows == NULL)
            skmlp_dense_move(x, p, change, step, mean_step, n);
        else
            for (int64_t e = 0; e < length; e++) {
                step[rows[e]] += change * x[e];
                mean_step[rows[e]] += change * p[rows[e]] * x[e];
            }
    }
    return fabs(change) * bend;
}

/* -1 where there is no memory, else the number of visits. */
static int64_t skmlp_coordinate_sweeps(
    skmlp_descent d, double tol, int64_t max_sweeps, double *largest)
{
    int64_t n = d.n_rows, size = d.n_columns * d.n_outputs, sweeps = 0;
    double *scratch = malloc(sizeof(double) * (size_t)(n + size + 1));
    int64_t *active = malloc(sizeof(int64_t) * (size_t)(size + 1));
    *largest = INFINITY;
    if (scratch == NULL || active == NULL) {
        free(scratch);
        free(active);
        return -1;
    }
    d.mean_step = scratch;
    d.bends = scratch + n;
    for (int64_t i = 0; i < n; i++) d.mean_step[i] = 0;
    for (int64_t k = 0; k < d.n_outputs; k++)
        for (int64_t i = 0; i < n; i++)
            d.mean_step[i] += d.mean[k * n + i] * d.step[k * n + i];
    for (int64_t entry = 0; entry < size; entry++) d.bends[entry] = NAN;
    while (sweeps < max_sweeps) {
        *largest = 0;
        for (int64_t entry = 0; entry < size; entry++) {
            double change = skmlp_visit(&d, entry / d.n_outputs, entry % d.n_outputs);
            if (change > *largest) *largest = change;
        }
        sweeps += 1;
        if (*largest <= tol) break;
        int64_t n_active = 0;
        for (int64_t entry = 0; entry < size; entry++)
            if (d.parameters[entry] != 0) active[n_active++] = entry;
        while (sweeps < max_sweeps) {
            double seen = 0;
            for (int64_t a = 0; a < n_active; a++) {
                double change =
                    skmlp_visit(&d, active[a] / d.n_outputs, active[a] % d.n_outputs);
                if (change > seen) seen = change;
            }
            sweeps += 1;
            if (seen <= tol) break;
        }
    }
    free(scratch);
    free(active);
    return sweeps;
}

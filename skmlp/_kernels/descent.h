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

/* Where a parabola with that slope and bend plus the penalty is least, within bounds. */
static double skmlp_best_value(
    const skmlp_descent *d, int64_t j, int64_t entry, double slope, double bend)
{
    double after = d->parameters[entry] - slope / bend;
    double shrunk = fabs(after) - d->l1[j] / bend;
    shrunk = shrunk > 0 ? shrunk : 0;
    after = after < 0 && shrunk > 0 ? -shrunk : shrunk;
    if (after < d->lower[entry]) return d->lower[entry];
    return after > d->upper[entry] ? d->upper[entry] : after;
}

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
    double after = skmlp_best_value(d, j, entry, slope, bend);
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

/* One output: the model is ½·Σ w·D², so that u = w·D and the columns w·x are all that a
   visit has to read. */

SKMLP_CLONES static double skmlp_dense_dot(
    const double *restrict x, const double *restrict u, int64_t n)
{
    double lanes[16] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int lane = 0; lane < 16; lane++) lanes[lane] += x[i + lane] * u[i + lane];
    for (; i < n; i++) sum += x[i] * u[i];
    for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
    return sum;
}

SKMLP_CLONES static double skmlp_sparse_dot(
    const double *restrict x, const int32_t *restrict rows, const double *restrict u,
    int64_t length)
{
    double lanes[8] = {0}, sum = 0;
    int64_t e = 0;
    for (; e + 8 <= length; e += 8)
        for (int lane = 0; lane < 8; lane++)
            lanes[lane] += x[e + lane] * u[rows[e + lane]];
    for (; e < length; e++) sum += x[e] * u[rows[e]];
    for (int lane = 0; lane < 8; lane++) sum += lanes[lane];
    return sum;
}

SKMLP_CLONES static void skmlp_dense_add(
    const double *restrict x, double factor, double *restrict u, int64_t n)
{
    for (int64_t i = 0; i < n; i++) u[i] += factor * x[i];
}

typedef struct {
    const double *x;
    double *weighted; /* w·x of the same entries */
    const int32_t *rows; /* NULL: all of them */
    int64_t length;
} skmlp_column;

static skmlp_column skmlp_column_of(const skmlp_descent *d, double *weighted, int64_t j)
{
    if (d->indices == NULL) {
        int64_t first = j * d->n_rows;
        return (skmlp_column){d->values + first, weighted + first, NULL, d->n_rows};
    }
    int64_t first = d->starts[j];
    return (skmlp_column){
        d->values + first, weighted + first, d->indices + first,
        d->starts[j + 1] - first};
}

static void skmlp_add_column(
    const skmlp_column *column, const double *values, double factor, double *total)
{
    if (column->rows == NULL)
        skmlp_dense_add(values, factor, total, column->length);
    else
        for (int64_t e = 0; e < column->length; e++)
            total[column->rows[e]] += factor * values[e];
}

/* Visit one coordinate of a single output; how much its derivative changes. */
static double skmlp_visit_single(const skmlp_descent *d, double *weighted, int64_t j)
{
    double bend = d->bends[j], before = d->parameters[j];
    if (!(bend > 0)) return 0;
    skmlp_column column = skmlp_column_of(d, weighted, j);
    double *u = d->mean_step, slope = d->gradient[j] + d->l2[j] * before;
    if (column.rows == NULL)
        slope += skmlp_dense_dot(column.x, u, column.length);
    else
        slope += skmlp_sparse_dot(column.x, column.rows, u, column.length);
    double after = skmlp_best_value(d, j, j, slope, bend);
    double change = after - before;
    if (change != 0) {
        d->parameters[j] = after;
        skmlp_add_column(&column, column.weighted, change, u);
    }
    return fabs(change) * bend;
}

/* Weigh the columns and find all curvatures and u; false where there is no memory. */
static int skmlp_begin_single(skmlp_descent *d, double **weighted, double **start)
{
    int64_t n = d->n_rows, m = d->n_columns;
    int64_t n_entries = d->indices == NULL ? m * n : d->starts[m];
    *weighted = malloc(sizeof(double) * (size_t)(n_entries + 1));
    *start = malloc(sizeof(double) * (size_t)m);
    if (*weighted == NULL || *start == NULL) return 0;
    memcpy(*start, d->parameters, sizeof(double) * (size_t)m);
    for (int64_t i = 0; i < n; i++) /* w for now */
        d->mean_step[i] = d->curvature[i] * (1 - d->mean[i]);
    for (int64_t j = 0; j < m; j++) {
        skmlp_column column = skmlp_column_of(d, *weighted, j);
        if (column.rows == NULL)
            for (int64_t i = 0; i < n; i++)
                column.weighted[i] = d->mean_step[i] * column.x[i];
        else
            for (int64_t e = 0; e < column.length; e++)
                column.weighted[e] = d->mean_step[column.rows[e]] * column.x[e];
        d->bends[j] =
            skmlp_dense_dot(column.x, column.weighted, column.length) + d->l2[j];
    }
    for (int64_t i = 0; i < n; i++) d->mean_step[i] *= d->step[i];
    return 1;
}

/* The steps of the scores, from those of the parameters. */
static void skmlp_end_single(const skmlp_descent *d, double *weighted, const double *start)
{
    for (int64_t j = 0; j < d->n_columns; j++) {
        double change = d->parameters[j] - start[j];
        skmlp_column column = skmlp_column_of(d, weighted, j);
        if (change != 0) skmlp_add_column(&column, column.x, change, d->step);
    }
}

static double skmlp_visit_any(const skmlp_descent *d, double *weighted, int64_t entry)
{
    if (weighted != NULL) return skmlp_visit_single(d, weighted, entry);
    return skmlp_visit(d, entry / d->n_outputs, entry % d->n_outputs);
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
    double *weighted = NULL, *start = NULL;
    if (d.n_outputs == 1) {
        if (!skmlp_begin_single(&d, &weighted, &start)) {
            sweeps = -1;
            goto done;
        }
    } else {
        for (int64_t i = 0; i < n; i++) d.mean_step[i] = 0;
        for (int64_t k = 0; k < d.n_outputs; k++)
            for (int64_t i = 0; i < n; i++)
                d.mean_step[i] += d.mean[k * n + i] * d.step[k * n + i];
        for (int64_t entry = 0; entry < size; entry++) d.bends[entry] = NAN;
    }
    while (sweeps < max_sweeps) {
        *largest = 0;
        for (int64_t entry = 0; entry < size; entry++) {
            double change = skmlp_visit_any(&d, weighted, entry);
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
                double change = skmlp_visit_any(&d, weighted, active[a]);
                if (change > seen) seen = change;
            }
            sweeps += 1;
            if (seen <= tol) break;
        }
    }
    if (weighted != NULL) skmlp_end_single(&d, weighted, start);
done:
    free(weighted);
    free(start);
    free(scratch);
    free(active);
    return sweeps;
}

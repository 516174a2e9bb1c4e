/* Coordinate descent on the quadratic model of a likelihood, and the derivatives in the
   model: see reference/coordinate_descent.py. In double precision alone, because the
   columns of a working set are copies anyway. */
#ifndef SKMLP_COORDINATE_DESCENT_H
#define SKMLP_COORDINATE_DESCENT_H

#include "elementary.h"
#include "platform.h"
#include "signals.h"
#include "vectors.h"

/* Columns of n_rows numbers one after the other, or (indices is not NULL) the entries of
   column j from starts[j] to stops[j] − 1 with their rows. */
typedef struct {
    const double *values;
    const int32_t *indices;
    const int64_t *starts, *stops;
    int64_t n_rows, n_columns;
} skmlp_columns;

/* Penalties (n_columns,) and bounds (n_columns, n_outputs) of the parameters. */
typedef struct {
    const double *l1, *l2, *lower, *upper;
} skmlp_penalty;

typedef struct {
    skmlp_columns columns;
    skmlp_penalty penalty;
    int64_t n_outputs;
    const double *mean, *curvature; /* (n_outputs, n_rows) */
    const double *gradient;         /* (n_columns, n_outputs) */
    double *parameters;             /* (n_columns, n_outputs), changed in place */
    const int64_t *order;           /* of the columns */
    double *step;       /* (n_outputs, n_rows): steps of the scores, changed in place */
    double *mean_step;  /* scratch (n_rows,) */
    double *second;     /* scratch: second derivatives by the parameters */
    skmlp_signals *signals; /* may be NULL */
} skmlp_descent;

typedef struct {
    int64_t sweeps;
    double last;   /* decrease in the last full sweep, as a share of `fallen` */
    double fallen; /* twice the model's decrease, in this call and before */
} skmlp_sweeps;

SKMLP_INLINE double skmlp_dense_curvature(
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

SKMLP_INLINE double skmlp_dense_slope(
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

SKMLP_INLINE void skmlp_dense_move(
    const double *restrict x, const double *restrict p, double change,
    double *restrict step, double *restrict mean_step, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        step[i] += change * x[i];
        mean_step[i] += change * p[i] * x[i];
    }
}

/* Returns the minimum, within the bounds, of a parabola with that slope and second
   derivative plus the l1 penalty. */
SKMLP_INLINE double skmlp_best_value(
    const skmlp_descent *d, int64_t j, int64_t entry, double slope, double second)
{
    double after = d->parameters[entry] - slope / second;
    double shrunk = fabs(after) - d->penalty.l1[j] / second;
    shrunk = shrunk > 0 ? shrunk : 0;
    after = after < 0 && shrunk > 0 ? -shrunk : shrunk;
    if (after < d->penalty.lower[entry]) return d->penalty.lower[entry];
    return after > d->penalty.upper[entry] ? d->penalty.upper[entry] : after;
}

/* Visits one coordinate. Returns at least twice the decrease of the model. */
SKMLP_INLINE double skmlp_visit(const skmlp_descent *d, int64_t j, int64_t k)
{
    int64_t n = d->columns.n_rows, entry = j * d->n_outputs + k;
    const double *c = d->curvature + k * n, *p = d->mean + k * n;
    const double *x = d->columns.values + j * n;
    double *step = d->step + k * n, *mean_step = d->mean_step;
    const int32_t *rows = NULL;
    int64_t length = n;
    if (d->columns.indices != NULL) {
        x = d->columns.values + d->columns.starts[j];
        rows = d->columns.indices + d->columns.starts[j];
        length = d->columns.stops[j] - d->columns.starts[j];
    }
    if (isnan(d->second[entry])) {
        double sum = 0;
        if (rows == NULL)
            sum = skmlp_dense_curvature(x, c, p, n);
        else
            for (int64_t e = 0; e < length; e++)
                sum += c[rows[e]] * (1 - p[rows[e]]) * x[e] * x[e];
        d->second[entry] = sum + d->penalty.l2[j];
    }
    double second = d->second[entry], before = d->parameters[entry];
    if (!(second > 0)) return 0;
    double slope = 0;
    if (rows == NULL)
        slope = skmlp_dense_slope(x, c, step, mean_step, n);
    else
        for (int64_t e = 0; e < length; e++)
            slope += c[rows[e]] * x[e] * (step[rows[e]] - mean_step[rows[e]]);
    slope += d->gradient[entry] + d->penalty.l2[j] * before;
    double after = skmlp_best_value(d, j, entry, slope, second);
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
    return change * change * second;
}

/* With one output the model is ½·Σ w·D², so a visit reads u = √w·D and the columns
   v = √w·x alone. */

SKMLP_INLINE double skmlp_dense_dot(
    const double *x, const double *u, int64_t n)
{
    double lanes[16] = {0}, sum = 0;
    int64_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (int lane = 0; lane < 16; lane++) lanes[lane] += x[i + lane] * u[i + lane];
    for (; i < n; i++) sum += x[i] * u[i];
    for (int lane = 0; lane < 16; lane++) sum += lanes[lane];
    return sum;
}

SKMLP_INLINE void skmlp_dense_add(
    const double *restrict x, double factor, double *restrict u, int64_t n)
{
    for (int64_t i = 0; i < n; i++) u[i] += factor * x[i];
}

SKMLP_INLINE void skmlp_sparse_add(
    const double *restrict x, const int32_t *restrict rows, double factor,
    double *restrict total, int64_t length)
{
    for (int64_t e = 0; e < length; e++) total[rows[e]] += factor * x[e];
}

/* For one output: θ at the start, √w, v, and where the columns of v start. */
typedef struct {
    double *start, *root, *weighted;
    int64_t *first;
} skmlp_one_output;

/* The entries of a column, their rows (NULL: all rows), and their number. */
typedef struct {
    const double *values;
    const int32_t *rows;
    int64_t length;
} skmlp_column;

SKMLP_INLINE skmlp_column skmlp_column_of(const skmlp_descent *d, int64_t j)
{
    const skmlp_columns *X = &d->columns;
    if (X->indices == NULL)
        return (skmlp_column){X->values + j * X->n_rows, NULL, X->n_rows};
    int64_t first = X->starts[j];
    return (skmlp_column){X->values + first, X->indices + first, X->stops[j] - first};
}

SKMLP_INLINE double skmlp_column_dot(
    const skmlp_column *column, const double *values, const double *u)
{
    return column->rows == NULL
        ? skmlp_dense_dot(values, u, column->length)
        : sparse_dot_f64(u, values, column->rows, column->length);
}

SKMLP_INLINE void skmlp_column_add(
    const skmlp_column *column, const double *values, double factor, double *total)
{
    if (column->rows == NULL)
        skmlp_dense_add(values, factor, total, column->length);
    else
        skmlp_sparse_add(values, column->rows, factor, total, column->length);
}

/* Visits one coordinate of a single output. Returns twice the decrease of the model. */
SKMLP_INLINE double skmlp_visit_one_output(
    const skmlp_descent *d, const skmlp_one_output *one, int64_t j)
{
    double second = d->second[j], before = d->parameters[j];
    if (!(second > 0)) return 0;
    skmlp_column column = skmlp_column_of(d, j);
    const double *v = one->weighted + one->first[j];
    double slope = d->gradient[j] + d->penalty.l2[j] * before;
    slope += skmlp_column_dot(&column, v, d->mean_step);
    double after = skmlp_best_value(d, j, j, slope, second);
    double change = after - before;
    if (change == 0) return 0;
    d->parameters[j] = after;
    skmlp_column_add(&column, v, change, d->mean_step);
    return change * change * second;
}

/* Computes v, all second derivatives and u. Returns 0 if there is no
   memory. */
SKMLP_CLONES static int skmlp_begin_one_output(skmlp_descent *d, skmlp_one_output *one)
{
    int64_t n = d->columns.n_rows, m = d->columns.n_columns, n_entries = 0;
    one->first = malloc(sizeof(int64_t) * (size_t)m);
    if (one->first == NULL) return 0;
    for (int64_t o = 0; o < m; o++) { /* in the order in which they will be read */
        one->first[d->order[o]] = n_entries;
        n_entries += skmlp_column_of(d, d->order[o]).length;
    }
    one->start = malloc(sizeof(double) * (size_t)(m + n + n_entries));
    if (one->start == NULL) return 0;
    one->root = one->start + m;
    one->weighted = one->root + n;
    memcpy(one->start, d->parameters, sizeof(double) * (size_t)m);
    for (int64_t i = 0; i < n; i++)
        one->root[i] = sqrt(d->curvature[i] * (1 - d->mean[i]));
    for (int64_t j = 0; j < m; j++) {
        skmlp_column column = skmlp_column_of(d, j);
        double *v = one->weighted + one->first[j];
        if (skmlp_poll(d->signals, column.length)) return 1;
        if (column.rows == NULL)
            for (int64_t i = 0; i < n; i++) v[i] = one->root[i] * column.values[i];
        else
            for (int64_t e = 0; e < column.length; e++)
                v[e] = one->root[column.rows[e]] * column.values[e];
        d->second[j] = skmlp_dense_dot(v, v, column.length) + d->penalty.l2[j];
    }
    for (int64_t i = 0; i < n; i++) d->mean_step[i] = one->root[i] * d->step[i];
    return 1;
}

/* Computes the steps of the scores from the steps of the parameters. */
SKMLP_CLONES static void skmlp_end_one_output(
    const skmlp_descent *d, const skmlp_one_output *one)
{
    for (int64_t j = 0; j < d->columns.n_columns; j++) {
        double change = d->parameters[j] - one->start[j];
        skmlp_column column = skmlp_column_of(d, j);
        if (skmlp_poll(d->signals, column.length)) return;
        if (change != 0) skmlp_column_add(&column, column.values, change, d->step);
    }
}

/* Visits some entries in their order. Returns twice the decrease of the model. */
SKMLP_CLONES static double skmlp_sweep(
    const skmlp_descent *d, const skmlp_one_output *one, const int64_t *entries,
    int64_t n_entries)
{
    double fall = 0;
    if (d->n_outputs > 1) {
        for (int64_t e = 0; e < n_entries; e++) {
            int64_t entry = entries[e];
            skmlp_column column = skmlp_column_of(d, entry / d->n_outputs);
            if (skmlp_poll(d->signals, 4 * column.length)) break;
            fall += skmlp_visit(d, entry / d->n_outputs, entry % d->n_outputs);
        }
        return fall;
    }
    for (int64_t e = 0; e < n_entries; e++) {
        if (skmlp_poll(d->signals, skmlp_column_of(d, entries[e]).length)) break;
        fall += skmlp_visit_one_output(d, one, entries[e]);
    }
    return fall;
}

/* The number of sweeps over the active coordinates that are extrapolated. */
enum { SKMLP_EXTRAPOLATED = 5 };

typedef struct {
    int64_t *active, n_active;
    int n_known;
    double *known[SKMLP_EXTRAPOLATED + 1], *jump, *jump_scores;
} skmlp_last_sweeps;

static void skmlp_record(const skmlp_descent *d, skmlp_last_sweeps *last)
{
    double *theta = last->known[last->n_known++];
    for (int64_t a = 0; a < last->n_active; a++)
        theta[a] = d->parameters[last->active[a]];
}

/* Computes the weights c of the last θ that make Σ c·(θ − the θ before it) small. Returns 0
   if their system is singular. */
static int skmlp_mix(const skmlp_descent *d, const skmlp_last_sweeps *last, double *c)
{
    enum { M = SKMLP_EXTRAPOLATED };
    double gram[M][M], sum = 0, largest = 0;
    for (int i = 0; i < M; i++)
        for (int l = 0; l <= i; l++) {
            double product = 0;
            for (int64_t a = 0; a < last->n_active; a++)
                product += d->second[last->active[a]]
                    * (last->known[i + 1][a] - last->known[i][a])
                    * (last->known[l + 1][a] - last->known[l][a]);
            gram[i][l] = gram[l][i] = product;
            if (i == l && product > largest) largest = product;
        }
    for (int i = 0; i < M; i++) {
        gram[i][i] += 1e-12 * largest;
        c[i] = 1;
    }
    for (int i = 0; i < M; i++) { /* elimination; the matrix is positive definite */
        if (!(gram[i][i] > 0)) return 0;
        for (int l = i + 1; l < M; l++) {
            double factor = gram[l][i] / gram[i][i];
            for (int k = i; k < M; k++) gram[l][k] -= factor * gram[i][k];
            c[l] -= factor * c[i];
        }
    }
    for (int i = M - 1; i >= 0; i--) {
        for (int k = i + 1; k < M; k++) c[i] -= gram[i][k] * c[k];
        c[i] /= gram[i][i];
        sum += c[i];
    }
    for (int i = 0; i < M; i++) c[i] /= sum;
    return isfinite(sum) && sum != 0;
}

/* Computes the steps of the scores (with one output, times √w) for the jump, and the
   model's first and second derivative along it. */
SKMLP_CLONES static void skmlp_jump_scores(
    const skmlp_descent *d, const skmlp_one_output *one, skmlp_last_sweeps *last,
    double *first_derivative, double *second_derivative)
{
    int64_t n = d->columns.n_rows, K = d->n_outputs;
    double *scores = last->jump_scores, first = 0, second = 0;
    memset(scores, 0, sizeof(double) * (size_t)(n * K));
    for (int64_t a = 0; a < last->n_active; a++) {
        int64_t entry = last->active[a], j = entry / K;
        double jump = last->jump[a];
        skmlp_column column = skmlp_column_of(d, j);
        if (skmlp_poll(d->signals, column.length)) break;
        const double *values =
            K == 1 ? one->weighted + one->first[j] : column.values;
        first += jump * (d->gradient[entry] + d->penalty.l2[j] * d->parameters[entry]);
        second += d->penalty.l2[j] * jump * jump;
        if (jump != 0) skmlp_column_add(&column, values, jump, scores + entry % K * n);
    }
    if (K == 1) {
        first += skmlp_dense_dot(d->mean_step, scores, n);
        second += skmlp_dense_dot(scores, scores, n);
    } else
        for (int64_t i = 0; i < n; i++) {
            double mean = 0;
            for (int64_t k = 0; k < K; k++) mean += d->mean[k * n + i] * scores[k * n + i];
            for (int64_t k = 0; k < K; k++) {
                double weighted = d->curvature[k * n + i] * scores[k * n + i];
                first += weighted * (d->step[k * n + i] - d->mean_step[i]);
                second += weighted * (scores[k * n + i] - mean);
            }
        }
    *first_derivative = first;
    *second_derivative = second;
}

/* Extrapolates the last sweeps by Anderson's method (Bertrand and Massias 2021), if that
   lowers the model. Returns twice the decrease. */
SKMLP_CLONES static double skmlp_extrapolate(
    const skmlp_descent *d, const skmlp_one_output *one, skmlp_last_sweeps *last)
{
    int64_t n = d->columns.n_rows, K = d->n_outputs;
    double c[SKMLP_EXTRAPOLATED], slope, second, cost = 0;
    last->n_known = 0;
    if (!skmlp_mix(d, last, c)) return 0;
    for (int64_t a = 0; a < last->n_active; a++) {
        int64_t entry = last->active[a];
        double before = d->parameters[entry], after = 0;
        for (int i = 0; i < SKMLP_EXTRAPOLATED; i++) after += c[i] * last->known[i + 1][a];
        if (after < d->penalty.lower[entry]) after = d->penalty.lower[entry];
        if (after > d->penalty.upper[entry]) after = d->penalty.upper[entry];
        last->jump[a] = after - before;
        cost += d->penalty.l1[entry / K] * (fabs(after) - fabs(before));
    }
    skmlp_jump_scores(d, one, last, &slope, &second);
    double change = slope + 0.5 * second + cost;
    if (!(change < 0)) return 0;
    for (int64_t a = 0; a < last->n_active; a++)
        d->parameters[last->active[a]] += last->jump[a];
    if (K == 1)
        skmlp_dense_add(last->jump_scores, 1, d->mean_step, n);
    else
        for (int64_t k = 0; k < K; k++)
            for (int64_t i = 0; i < n; i++) {
                double moved = last->jump_scores[k * n + i];
                d->step[k * n + i] += moved;
                d->mean_step[i] += d->mean[k * n + i] * moved;
            }
    return -2 * change;
}

/* Sweeps over the coordinates until a full sweep lowers the model by at most `share` of
   its whole decrease, `done->fallen` included. */
static int skmlp_coordinate_sweeps(
    skmlp_descent d, double share, int64_t max_sweeps, skmlp_sweeps *done)
{
    int64_t n = d.columns.n_rows, size = d.columns.n_columns * d.n_outputs, sweeps = 0;
    int error = SKMLP_NO_MEMORY;
    enum { VECTORS = SKMLP_EXTRAPOLATED + 3 }; /* with one number per parameter */
    double *scratch =
        malloc(sizeof(double) * (size_t)(n * (1 + d.n_outputs) + VECTORS * size));
    skmlp_last_sweeps last;
    int64_t *all = malloc(sizeof(int64_t) * (size_t)(2 * size));
    skmlp_one_output one = {NULL, NULL, NULL, NULL};
    double total = done->fallen;
    done->last = 1;
    if (scratch == NULL || all == NULL) goto end;
    for (int64_t j = 0; j < d.columns.n_columns; j++)
        for (int64_t k = 0; k < d.n_outputs; k++)
            all[j * d.n_outputs + k] = d.order[j] * d.n_outputs + k;
    last.active = all + size;
    d.mean_step = scratch;
    last.jump_scores = scratch + n;
    d.second = last.jump_scores + n * d.n_outputs;
    last.jump = d.second + size;
    for (int i = 0; i <= SKMLP_EXTRAPOLATED; i++)
        last.known[i] = last.jump + (i + 1) * size;
    if (d.n_outputs == 1) {
        if (!skmlp_begin_one_output(&d, &one)) goto end;
    } else {
        for (int64_t i = 0; i < n; i++) d.mean_step[i] = 0;
        for (int64_t k = 0; k < d.n_outputs; k++)
            for (int64_t i = 0; i < n; i++)
                d.mean_step[i] += d.mean[k * n + i] * d.step[k * n + i];
        for (int64_t entry = 0; entry < size; entry++) d.second[entry] = NAN;
    }
    while (sweeps < max_sweeps && !skmlp_stopped(d.signals)) {
        double fall = skmlp_sweep(&d, &one, all, size);
        sweeps += 1;
        total += fall;
        done->last = total > 0 ? fall / total : 0;
        if (done->last <= share) break;
        last.n_active = last.n_known = 0;
        for (int64_t e = 0; e < size; e++)
            if (d.parameters[all[e]] != 0) last.active[last.n_active++] = all[e];
        skmlp_record(&d, &last);
        while (sweeps < max_sweeps && !skmlp_stopped(d.signals)) {
            fall = skmlp_sweep(&d, &one, last.active, last.n_active);
            sweeps += 1;
            total += fall;
            if (fall <= share * total) break;
            skmlp_record(&d, &last);
            if (last.n_known > SKMLP_EXTRAPOLATED) {
                total += skmlp_extrapolate(&d, &one, &last);
                skmlp_record(&d, &last);
            }
        }
    }
    done->fallen = total;
    if (d.n_outputs == 1) skmlp_end_one_output(&d, &one);
    error = skmlp_end_of(d.signals);
end:
    done->sweeps = sweeps;
    free(one.start);
    free(one.first);
    free(scratch);
    free(all);
    return error;
}

/* out (m, K) = Σᵢ xᵢⱼ·score_gradientₖᵢ of every column. */
SKMLP_CLONES static int skmlp_column_products(
    const skmlp_columns *columns, const double *score_gradient, int64_t K, double *out,
    skmlp_signals *signals)
{
    const int64_t n = columns->n_rows;
    for (int64_t j = 0; j < columns->n_columns; j++) {
        const int32_t *indices = columns->indices;
        int64_t first = indices == NULL ? j * n : columns->starts[j];
        const double *x = columns->values + first;
        int64_t length = indices == NULL ? n : columns->stops[j] - first;
        if (skmlp_poll(signals, K * length)) break;
        for (int64_t k = 0; k < K; k++)
            out[j * K + k] = indices == NULL
                ? skmlp_dense_dot(x, score_gradient + k * n, n)
                : sparse_dot_f64(score_gradient + k * n, x, indices + first, length);
    }
    return skmlp_end_of(signals);
}

/* out (m, K): the rate at which the objective falls along each coordinate, up or down,
   within its bounds. */
SKMLP_CLONES static void skmlp_violations(
    const double *gradient, const double *parameters, const skmlp_penalty *penalty,
    int64_t m, int64_t K, double *out)
{
    const double *l1 = penalty->l1, *l2 = penalty->l2;
    const double *lower = penalty->lower, *upper = penalty->upper;
    for (int64_t j = 0; j < m; j++)
        for (int64_t k = 0; k < K; k++) {
            int64_t e = j * K + k;
            double theta = parameters[e], smooth = gradient[e] + l2[j] * theta;
            double up = -smooth - (theta >= 0 ? l1[j] : -l1[j]);
            double down = smooth + (theta > 0 ? l1[j] : -l1[j]);
            up = theta < upper[e] && up > 0 ? up : 0;
            down = theta > lower[e] && down > 0 ? down : 0;
            out[e] = up > down ? up : down;
        }
}

/* `total` gets Σᵢ wᵢ·ℓᵢ of scores (K, n) and targets (K, n), which sum to one over the classes
   or, for one output, are between 0 and 1. `mean` gets the probabilities, `score_gradient`
   gets w·(mean − y). */
SKMLP_CLONES static int skmlp_log_loss(
    const double *restrict scores, const double *restrict y, const double *restrict w,
    int64_t n, int64_t K, double *restrict mean, double *restrict score_gradient,
    double *restrict total, skmlp_signals *signals)
{
    enum { BLOCK = 64, WORK = 20 }; /* multiplications that take as long as a loss */
    *total = 0;
    for (int64_t first = 0; first < n; first += BLOCK) {
        int rows = n - first < BLOCK ? (int)(n - first) : BLOCK;
        double values[BLOCK], largest[BLOCK], sum[BLOCK];
        if (skmlp_poll(signals, WORK * BLOCK * K)) break;
        if (K == 1)
            for (int i = 0; i < rows; i++) {
                double s = scores[first + i];
                values[i] = softplus_f64(s) - y[first + i] * s;
                mean[first + i] = logistic_f64(s);
            }
        else {
            for (int i = 0; i < rows; i++) {
                largest[i] = scores[first + i];
                values[i] = sum[i] = 0;
            }
            for (int64_t k = 1; k < K; k++)
                for (int i = 0; i < rows; i++) {
                    double s = scores[k * n + first + i];
                    largest[i] = s > largest[i] ? s : largest[i];
                }
            for (int64_t k = 0; k < K; k++)
                for (int i = 0; i < rows; i++) {
                    int64_t at = k * n + first + i;
                    double s = scores[at] - largest[i], e = exponential_f64(s);
                    values[i] -= y[at] * s;
                    sum[i] += e;
                    mean[at] = e;
                }
            for (int64_t k = 0; k < K; k++)
                for (int i = 0; i < rows; i++) mean[k * n + first + i] /= sum[i];
            for (int i = 0; i < rows; i++) values[i] += log(sum[i]);
        }
        for (int64_t k = 0; k < K; k++)
            for (int i = 0; i < rows; i++) {
                int64_t at = k * n + first + i;
                score_gradient[at] = w[first + i] * (mean[at] - y[at]);
            }
        for (int i = 0; i < rows; i++) *total += w[first + i] * values[i];
    }
    return skmlp_end_of(signals);
}

#endif

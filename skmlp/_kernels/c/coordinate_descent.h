/* Coordinate descent on the quadratic model of a likelihood: see
   reference/coordinate_descent.py. Included once, for double: its columns are copies of
   the few that are chosen. */

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

typedef struct {
    const double *values;
    const int32_t *indices;
    const int64_t *starts, *stops;
    int64_t n_rows, n_columns, n_outputs;
    const double *mean, *curvature, *gradient;
    double *parameters;
    const double *l1, *l2, *lower, *upper;
    const int64_t *order;
    double *step, *mean_step, *bends;
} skmlp_descent;

/* Where a parabola with that slope and bend plus the penalty is least, within bounds. */
SKMLP_INLINE double skmlp_best_value(
    const skmlp_descent *d, int64_t j, int64_t entry, double slope, double bend)
{
    double after = d->parameters[entry] - slope / bend;
    double shrunk = fabs(after) - d->l1[j] / bend;
    shrunk = shrunk > 0 ? shrunk : 0;
    after = after < 0 && shrunk > 0 ? -shrunk : shrunk;
    if (after < d->lower[entry]) return d->lower[entry];
    return after > d->upper[entry] ? d->upper[entry] : after;
}

/* Visit one coordinate; twice what the model falls by, at least. */
SKMLP_INLINE double skmlp_visit(const skmlp_descent *d, int64_t j, int64_t k)
{
    int64_t n = d->n_rows, entry = j * d->n_outputs + k;
    const double *c = d->curvature + k * n, *p = d->mean + k * n, *x = d->values + j * n;
    double *step = d->step + k * n, *mean_step = d->mean_step;
    const int32_t *rows = NULL;
    int64_t length = n;
    if (d->indices != NULL) {
        x = d->values + d->starts[j];
        rows = d->indices + d->starts[j];
        length = d->stops[j] - d->starts[j];
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
    return change * change * bend;
}

/* One output: the model is ½·Σ w·D², so that u = √w·D and the columns v = √w·x are all
   that a visit has to read. */

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

/* What one output needs besides: θ at first, √w, v and where its columns start. */
typedef struct {
    double *start, *root, *weighted;
    int64_t *first;
} skmlp_single;

/* Entries of a column of x or v, NULL or their rows, and their number. */
typedef struct {
    const double *values;
    const int32_t *rows;
    int64_t length;
} skmlp_column;

SKMLP_INLINE skmlp_column skmlp_column_of(const skmlp_descent *d, int64_t j)
{
    if (d->indices == NULL)
        return (skmlp_column){d->values + j * d->n_rows, NULL, d->n_rows};
    int64_t first = d->starts[j];
    return (skmlp_column){d->values + first, d->indices + first, d->stops[j] - first};
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

/* Visit one coordinate of a single output; twice what the model falls by. */
SKMLP_INLINE double skmlp_visit_single(
    const skmlp_descent *d, const skmlp_single *single, int64_t j)
{
    double bend = d->bends[j], before = d->parameters[j];
    if (!(bend > 0)) return 0;
    skmlp_column column = skmlp_column_of(d, j);
    const double *v = single->weighted + single->first[j];
    double slope = d->gradient[j] + d->l2[j] * before;
    slope += skmlp_column_dot(&column, v, d->mean_step);
    double after = skmlp_best_value(d, j, j, slope, bend);
    double change = after - before;
    if (change == 0) return 0;
    d->parameters[j] = after;
    skmlp_column_add(&column, v, change, d->mean_step);
    return change * change * bend;
}

/* Weigh the columns and find all curvatures and u; false where there is no memory. */
SKMLP_CLONES static int skmlp_begin_single(skmlp_descent *d, skmlp_single *single)
{
    int64_t n = d->n_rows, m = d->n_columns, n_entries = 0;
    single->first = malloc(sizeof(int64_t) * (size_t)m);
    if (single->first == NULL) return 0;
    for (int64_t o = 0; o < m; o++) { /* in the order in which they will be read */
        single->first[d->order[o]] = n_entries;
        n_entries += skmlp_column_of(d, d->order[o]).length;
    }
    single->start = malloc(sizeof(double) * (size_t)(m + n + n_entries));
    if (single->start == NULL) return 0;
    single->root = single->start + m;
    single->weighted = single->root + n;
    memcpy(single->start, d->parameters, sizeof(double) * (size_t)m);
    for (int64_t i = 0; i < n; i++)
        single->root[i] = sqrt(d->curvature[i] * (1 - d->mean[i]));
    for (int64_t j = 0; j < m; j++) {
        skmlp_column column = skmlp_column_of(d, j);
        double *v = single->weighted + single->first[j];
        if (column.rows == NULL)
            for (int64_t i = 0; i < n; i++) v[i] = single->root[i] * column.values[i];
        else
            for (int64_t e = 0; e < column.length; e++)
                v[e] = single->root[column.rows[e]] * column.values[e];
        d->bends[j] = skmlp_dense_dot(v, v, column.length) + d->l2[j];
    }
    for (int64_t i = 0; i < n; i++) d->mean_step[i] = single->root[i] * d->step[i];
    return 1;
}

/* The steps of the scores, from those of the parameters. */
SKMLP_CLONES static void skmlp_end_single(const skmlp_descent *d, const skmlp_single *single)
{
    for (int64_t j = 0; j < d->n_columns; j++) {
        double change = d->parameters[j] - single->start[j];
        skmlp_column column = skmlp_column_of(d, j);
        if (change != 0) skmlp_column_add(&column, column.values, change, d->step);
    }
}

/* Visit some entries in their order; twice what the model falls by. */
SKMLP_CLONES static double skmlp_sweep(
    const skmlp_descent *d, const skmlp_single *single, const int64_t *entries,
    int64_t n_entries)
{
    double fall = 0;
    if (d->n_outputs > 1) {
        for (int64_t e = 0; e < n_entries; e++) {
            int64_t entry = entries[e];
            fall += skmlp_visit(d, entry / d->n_outputs, entry % d->n_outputs);
        }
        return fall;
    }
    for (int64_t e = 0; e < n_entries; e++)
        fall += skmlp_visit_single(d, single, entries[e]);
    return fall;
}

/* The last visits of the active coordinates, out of which their limit is guessed. */
#define SKMLP_REMEMBERED 5

typedef struct {
    int64_t *active, n_active;
    int n_known;
    double *known[SKMLP_REMEMBERED + 1], *jump, *jump_scores;
} skmlp_memory;

static void skmlp_remember(const skmlp_descent *d, skmlp_memory *memory)
{
    double *theta = memory->known[memory->n_known++];
    for (int64_t a = 0; a < memory->n_active; a++)
        theta[a] = d->parameters[memory->active[a]];
}

/* Weights c of the last θ that make Σ c·(θ − the θ before it) small; false if singular. */
static int skmlp_mix(const skmlp_descent *d, const skmlp_memory *memory, double *c)
{
    enum { M = SKMLP_REMEMBERED };
    double gram[M][M], sum = 0, largest = 0;
    for (int i = 0; i < M; i++)
        for (int l = 0; l <= i; l++) {
            double product = 0;
            for (int64_t a = 0; a < memory->n_active; a++)
                product += d->bends[memory->active[a]]
                    * (memory->known[i + 1][a] - memory->known[i][a])
                    * (memory->known[l + 1][a] - memory->known[l][a]);
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

/* The steps of the scores (of one output, times √w) that the jump means, and the model's
   slope and bend along it. */
SKMLP_CLONES static void skmlp_jump_scores(
    const skmlp_descent *d, const skmlp_single *single, skmlp_memory *memory,
    double *slope, double *bend)
{
    int64_t n = d->n_rows, K = d->n_outputs;
    double *scores = memory->jump_scores, first = 0, second = 0;
    memset(scores, 0, sizeof(double) * (size_t)(n * K));
    for (int64_t a = 0; a < memory->n_active; a++) {
        int64_t entry = memory->active[a], j = entry / K;
        double jump = memory->jump[a];
        skmlp_column column = skmlp_column_of(d, j);
        const double *values =
            K == 1 ? single->weighted + single->first[j] : column.values;
        first += jump * (d->gradient[entry] + d->l2[j] * d->parameters[entry]);
        second += d->l2[j] * jump * jump;
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
                double pull = d->curvature[k * n + i] * scores[k * n + i];
                first += pull * (d->step[k * n + i] - d->mean_step[i]);
                second += pull * (scores[k * n + i] - mean);
            }
        }
    *slope = first;
    *bend = second;
}

/* Anderson's extrapolation of the last visits, if the model is lower there (Bertrand and
   Massias 2021); twice what it falls by. */
SKMLP_CLONES static double skmlp_extrapolate(
    const skmlp_descent *d, const skmlp_single *single, skmlp_memory *memory)
{
    int64_t n = d->n_rows, K = d->n_outputs;
    double c[SKMLP_REMEMBERED], slope, bend, cost = 0;
    memory->n_known = 0;
    if (!skmlp_mix(d, memory, c)) return 0;
    for (int64_t a = 0; a < memory->n_active; a++) {
        int64_t entry = memory->active[a];
        double before = d->parameters[entry], after = 0;
        for (int i = 0; i < SKMLP_REMEMBERED; i++) after += c[i] * memory->known[i + 1][a];
        if (after < d->lower[entry]) after = d->lower[entry];
        if (after > d->upper[entry]) after = d->upper[entry];
        memory->jump[a] = after - before;
        cost += d->l1[entry / K] * (fabs(after) - fabs(before));
    }
    skmlp_jump_scores(d, single, memory, &slope, &bend);
    double change = slope + 0.5 * bend + cost;
    if (!(change < 0)) return 0;
    for (int64_t a = 0; a < memory->n_active; a++)
        d->parameters[memory->active[a]] += memory->jump[a];
    if (K == 1)
        skmlp_dense_add(memory->jump_scores, 1, d->mean_step, n);
    else
        for (int64_t k = 0; k < K; k++)
            for (int64_t i = 0; i < n; i++) {
                double moved = memory->jump_scores[k * n + i];
                d->step[k * n + i] += moved;
                d->mean_step[i] += d->mean[k * n + i] * moved;
            }
    return -2 * change;
}

/* -1 where there is no memory, else the number of visits. */
static int64_t skmlp_coordinate_sweeps(
    skmlp_descent d, double share, int64_t max_sweeps, double *last, double *fallen)
{
    int64_t n = d.n_rows, size = d.n_columns * d.n_outputs, sweeps = 0;
    enum { VECTORS = SKMLP_REMEMBERED + 3 }; /* of all entries */
    double *scratch =
        malloc(sizeof(double) * (size_t)(n * (1 + d.n_outputs) + VECTORS * size));
    skmlp_memory memory;
    int64_t *all = malloc(sizeof(int64_t) * (size_t)(2 * size));
    skmlp_single single = {NULL, NULL, NULL, NULL};
    double total = *fallen;
    *last = 1;
    if (scratch == NULL || all == NULL) {
        sweeps = -1;
        goto done;
    }
    for (int64_t j = 0; j < d.n_columns; j++)
        for (int64_t k = 0; k < d.n_outputs; k++)
            all[j * d.n_outputs + k] = d.order[j] * d.n_outputs + k;
    memory.active = all + size;
    d.mean_step = scratch;
    memory.jump_scores = scratch + n;
    d.bends = memory.jump_scores + n * d.n_outputs;
    memory.jump = d.bends + size;
    for (int i = 0; i <= SKMLP_REMEMBERED; i++)
        memory.known[i] = memory.jump + (i + 1) * size;
    if (d.n_outputs == 1) {
        if (!skmlp_begin_single(&d, &single)) {
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
        double fall = skmlp_sweep(&d, &single, all, size);
        sweeps += 1;
        total += fall;
        *last = total > 0 ? fall / total : 0;
        if (*last <= share) break;
        memory.n_active = memory.n_known = 0;
        for (int64_t e = 0; e < size; e++)
            if (d.parameters[all[e]] != 0) memory.active[memory.n_active++] = all[e];
        skmlp_remember(&d, &memory);
        while (sweeps < max_sweeps) {
            fall = skmlp_sweep(&d, &single, memory.active, memory.n_active);
            sweeps += 1;
            total += fall;
            if (fall <= share * total) break;
            skmlp_remember(&d, &memory);
            if (memory.n_known > SKMLP_REMEMBERED) {
                total += skmlp_extrapolate(&d, &single, &memory);
                skmlp_remember(&d, &memory);
            }
        }
    }
    *fallen = total;
    if (d.n_outputs == 1) skmlp_end_single(&d, &single);
done:
    free(single.start);
    free(single.first);
    free(scratch);
    free(all);
    return sweeps;
}

/* out (m, K) = Σᵢ xᵢⱼ·pullₖᵢ of every column. */
SKMLP_CLONES static void skmlp_column_products(
    const double *values, const int32_t *indices, const int64_t *starts,
    const int64_t *stops, const double *pull, int64_t n, int64_t m, int64_t K,
    double *out)
{
    for (int64_t j = 0; j < m; j++) {
        int64_t first = indices == NULL ? j * n : starts[j];
        for (int64_t k = 0; k < K; k++)
            out[j * K + k] = indices == NULL
                ? skmlp_dense_dot(values + first, pull + k * n, n)
                : sparse_dot_f64(
                    pull + k * n, values + first, indices + first, stops[j] - first);
    }
}

/* How fast the objective falls along each of (m, K) coordinates within its bounds. */
SKMLP_CLONES static void skmlp_violations(
    const double *gradient, const double *parameters, const double *l1, const double *l2,
    const double *lower, const double *upper, int64_t m, int64_t K, double *out)
{
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

/* Σᵢ wᵢ·ℓᵢ of scores (K, n) and targets (K, n) that sum to one over the classes, or of
   one output between 0 and 1; `mean` gets the probabilities, `pull` w·(mean − y). */
SKMLP_CLONES static double skmlp_log_loss(
    const double *restrict scores, const double *restrict y, const double *restrict w,
    int64_t n, int64_t K, double *restrict mean, double *restrict pull)
{
    enum { BLOCK = 64 };
    double total = 0;
    for (int64_t first = 0; first < n; first += BLOCK) {
        int rows = n - first < BLOCK ? (int)(n - first) : BLOCK;
        double values[BLOCK], largest[BLOCK], sum[BLOCK];
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
                pull[at] = w[first + i] * (mean[at] - y[at]);
            }
        for (int i = 0; i < rows; i++) total += w[first + i] * values[i];
    }
    return total;
}

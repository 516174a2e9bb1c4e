/* A run of mini-batches: gradient, penalty and update, without the interpreter. Included
   once for double and once for float: see network.h.

   A batch is cut into parts by its shape alone; each part's rows go forward and backward
   by themselves, with a workspace and a gradient of their own. Then the parameters are
   updated, in ranges: the parts' gradients are added up in their order, the penalty
   comes in, and the rule takes its step. Threads of a crew take parts and ranges as they
   come, and the results are the same to the last bit on any number of them.

   What a new update rule needs is one case in `update`; what acts on the gradient or on
   the new parameters of a step has its place in `part_update`. */

/* Numbers that pass through all stages of an update while they are in the cache. */
#define SKMLP_STAGE 1024

/* gradient += l2·weights. Returns ‖weights‖² before the step. */
SKMLP_CLONES static double NAME(penalise)(
    REAL *restrict gradient, const REAL *restrict parameters, int64_t n, REAL l2)
{
    double total = 0;
    int64_t i = 0;
#if defined(__GNUC__)
    NAME(wide) lanes = {0};
    for (; i + SKMLP_WIDE <= n; i += SKMLP_WIDE) {
        NAME(wide) w = *(const NAME(wide) *)(parameters + i);
        *(NAME(wide) *)(gradient + i) += l2 * w;
        lanes += w * w;
    }
#else
    REAL lanes[SKMLP_WIDE] = {0};
    for (; i + SKMLP_WIDE <= n; i += SKMLP_WIDE)
        for (int lane = 0; lane < SKMLP_WIDE; lane++) {
            REAL w = parameters[i + lane];
            gradient[i + lane] += l2 * w;
            lanes[lane] += w * w;
        }
#endif
    for (int lane = 0; lane < SKMLP_WIDE; lane++) total += (double)lanes[lane];
    for (; i < n; i++) {
        gradient[i] += l2 * parameters[i];
        total += (double)(parameters[i] * parameters[i]);
    }
    return total;
}

SKMLP_CLONES static void NAME(add)(
    REAL *restrict target, const REAL *restrict source, int64_t n)
{
    for (int64_t i = 0; i < n; i++) target[i] += source[i];
}

static void NAME(update)(
    int rule, REAL *parameters, const REAL *gradient, REAL *first, REAL *second,
    int64_t n, double step_size, const double *settings)
{
    switch (rule) {
    case SKMLP_ADAM:
        NAME(skmlp_adam)(
            parameters, gradient, first, second, n, (REAL)step_size, (REAL)settings[0],
            (REAL)(1 - settings[0]), (REAL)settings[1], (REAL)(1 - settings[1]),
            (REAL)settings[2]);
        break;
    case SKMLP_RMSPROP:
        NAME(skmlp_rmsprop)(
            parameters, gradient, first, second, n, (REAL)step_size, (REAL)settings[0],
            (REAL)(1 - settings[0]), (REAL)settings[1], (REAL)settings[2]);
        break;
    case SKMLP_ADADELTA:
        NAME(skmlp_adadelta)(
            parameters, gradient, first, second, n, (REAL)step_size, (REAL)settings[0],
            (REAL)(1 - settings[0]), (REAL)settings[1]);
        break;
    default: /* momentum */
        NAME(skmlp_momentum)(
            parameters, gradient, first, n, (REAL)step_size, (REAL)settings[0],
            settings[1] != 0);
        break;
    }
}

/* One step, as the threads that share it see it. */
typedef struct {
    NAME(network) net;
    NAME(data) data;
    NAME(workspace) *workspaces; /* one a part */
    REAL *parameters, *gradients, *first, *second;
    int rule;
    const double *settings;
    const int64_t *order; /* of this batch's rows, or NULL */
    int64_t start, rows, n_parts, n_ranges;
    double step_size;
    REAL factor, l2;
    double losses[SKMLP_MOST_PARTS], norms[SKMLP_MOST_PARTS];
} NAME(step);

static void NAME(part_gradient)(void *context, int64_t part)
{
    NAME(step) *step = context;
    int64_t begin = step->rows * part / step->n_parts;
    int64_t end = step->rows * (part + 1) / step->n_parts;
    double weight;
    step->losses[part] = NAME(batch)(
        &step->net, &step->data, step->order == NULL ? NULL : step->order + begin,
        step->start + begin, end - begin, step->factor, step->parameters,
        step->workspaces + part, step->gradients + part * step->net.n_parameters, &weight);
}

static void NAME(part_update)(void *context, int64_t range)
{
    NAME(step) *step = context;
    int64_t n = step->net.n_parameters, n_weights = step->net.n_weights;
    int64_t n_stages = (n + SKMLP_STAGE - 1) / SKMLP_STAGE;
    int64_t last = n_stages * (range + 1) / step->n_ranges;
    double norm = 0;
    for (int64_t stage = n_stages * range / step->n_ranges; stage < last; stage++) {
        int64_t begin = stage * SKMLP_STAGE;
        int64_t length = n - begin < SKMLP_STAGE ? n - begin : SKMLP_STAGE;
        int64_t penalised = n_weights - begin < length ? n_weights - begin : length;
        REAL *gradient = step->gradients + begin, *parameters = step->parameters + begin;
        for (int64_t part = 1; part < step->n_parts; part++)
            NAME(add)(gradient, gradient + part * n, length);
        if (step->l2 != 0 && penalised > 0)
            norm += NAME(penalise)(gradient, parameters, penalised, step->l2);
        NAME(update)(
            step->rule, parameters, gradient, step->first + begin,
            step->second == NULL ? NULL : step->second + begin, length, step->step_size,
            step->settings);
    }
    step->norms[range] = norm;
}

static double NAME(weight_of)(
    const NAME(data) *data, const int64_t *order, int64_t first, int64_t rows)
{
    double total = 0;
    if (data->sample_weight == NULL) return (double)rows;
    for (int64_t i = 0; i < rows; i++)
        total += (double)data->sample_weight[order == NULL ? first + i : order[i]];
    return total;
}

/* One visit of the rows in `order` (NULL: as they stand), batch by batch, each in
   `n_parts`; there are as many gradients. Returns Σ rows·objective; `error` is −1 where
   there was no memory. */
static double NAME(skmlp_train)(
    const skmlp_problem *problem, const int64_t *order, int64_t n_rows,
    int64_t batch_size, int64_t n_parts, double alpha, int rule, REAL *parameters,
    REAL *gradients, REAL *first, REAL *second, const double *step_sizes,
    const double *settings, skmlp_crew *crew, int *error)
{
    NAME(step) step;
    NAME(workspace) workspaces[SKMLP_MOST_PARTS];
    double total = 0;
    int64_t opened = 0;
    unsigned numbers = skmlp_flush_to_zero();
    NAME(unpack)(problem, &step.net, &step.data);
    step.workspaces = workspaces;
    step.parameters = parameters;
    step.gradients = gradients;
    step.first = first;
    step.second = second;
    step.rule = rule;
    step.settings = settings;
    step.n_ranges = n_parts;
    *error = 0;
    for (; opened < n_parts && !*error; opened += !*error)
        *error = NAME(open_workspace)(
            workspaces + opened, &step.net, (batch_size + n_parts - 1) / n_parts,
            NAME(gathers)(&step.data.X, order != NULL));
    for (int64_t start = 0; start < n_rows && !*error; start += batch_size) {
        double loss = 0, norm = 0, weight;
        step.start = start;
        step.order = order == NULL ? NULL : order + start;
        step.rows = n_rows - start < batch_size ? n_rows - start : batch_size;
        step.n_parts = step.rows < n_parts ? step.rows : n_parts;
        weight = NAME(weight_of)(&step.data, step.order, start, step.rows);
        step.factor = (REAL)(1 / weight);
        step.l2 = (REAL)(alpha / weight);
        step.step_size = *step_sizes++;
        skmlp_run_phase(crew, NAME(part_gradient), &step, step.n_parts);
        skmlp_run_phase(crew, NAME(part_update), &step, step.n_ranges);
        for (int64_t part = 0; part < step.n_parts; part++) loss += step.losses[part];
        for (int64_t range = 0; range < step.n_ranges; range++) norm += step.norms[range];
        total += (loss + 0.5 * alpha * norm) / weight * (double)step.rows;
    }
    for (int64_t part = 0; part < opened; part++) free(workspaces[part].memory);
    skmlp_restore_numbers(numbers);
    return total;
}

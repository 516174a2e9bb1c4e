/* A run of mini-batches: gradient, penalty and update, without the interpreter. Included
   once for double and once for float: see network.h.

   A batch is cut into parts by its shape alone; each part's rows go forward and backward
   by themselves, with a workspace and a gradient of their own. Then the parameters are
   updated, in ranges: the parts' gradients are added up in their order, the penalty
   comes in, and the rule takes its step. Threads of a crew take parts and ranges as they
   come, and the results are the same to the last bit on any number of them.

   What a new update rule needs is one case in `update`; what acts on the gradient has its
   place in `prepare`, what acts on the new parameters in `move` or `take_step`. */

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

/* gradient += l1·sign(w), at w = 0 as much as makes it shortest. Returns Σ |w|. */
SKMLP_CLONES static double NAME(penalise_l1)(
    REAL *restrict gradient, const REAL *restrict weights, int64_t n, REAL l1)
{
    enum { LANES = 16 };
    REAL lanes[LANES] = {0};
    double total = 0;
    int64_t i = 0;
    for (int64_t j = 0; j < n; j++) {
        REAL w = weights[j], g = gradient[j];
        REAL clipped = g > l1 ? l1 : g;
        clipped = clipped < -l1 ? -l1 : clipped;
        REAL pull = w < 0 ? -l1 : -clipped;
        gradient[j] = g + (w > 0 ? l1 : pull);
    }
    for (; i + LANES <= n; i += LANES)
        for (int lane = 0; lane < LANES; lane++) {
            REAL w = weights[i + lane];
            lanes[lane] += w < 0 ? -w : w;
        }
    for (; i < n; i++) total += (double)(weights[i] < 0 ? -weights[i] : weights[i]);
    for (int lane = 0; lane < LANES; lane++) total += (double)lanes[lane];
    return total;
}

/* The side of zero that a weight may be on after a step: its own, or where it is sent. */
SKMLP_CLONES static void NAME(sides_of)(
    const REAL *restrict weights, const REAL *restrict gradient, REAL *restrict sides,
    int64_t n)
{
    for (int64_t i = 0; i < n; i++) sides[i] = weights[i] != 0 ? weights[i] : -gradient[i];
}

SKMLP_CLONES static void NAME(keep_sides)(
    REAL *restrict weights, const REAL *restrict sides, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        REAL w = weights[i], s = sides[i];
        REAL above = w < 0 ? 0 : w, below = w > 0 ? 0 : w;
        REAL at_zero = s == 0 ? 0 : w; /* a NaN stays one */
        REAL not_above = s < 0 ? below : at_zero;
        weights[i] = s > 0 ? above : not_above;
    }
}

SKMLP_CLONES static void NAME(clip)(REAL *restrict gradient, int64_t n, REAL most)
{
    for (int64_t i = 0; i < n; i++) {
        REAL g = gradient[i];
        g = g > most ? most : g;
        gradient[i] = g < -most ? -most : g;
    }
}

SKMLP_CLONES static void NAME(scale)(REAL *restrict numbers, int64_t n, REAL factor)
{
    for (int64_t i = 0; i < n; i++) numbers[i] *= factor;
}

SKMLP_CLONES static double NAME(sum_of_squares)(const REAL *restrict numbers, int64_t n)
{
    enum { LANES = 16 };
    double lanes[LANES] = {0}, total = 0;
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int lane = 0; lane < LANES; lane++)
            lanes[lane] += (double)numbers[i + lane] * (double)numbers[i + lane];
    for (; i < n; i++) total += (double)numbers[i] * (double)numbers[i];
    for (int lane = 0; lane < LANES; lane++) total += lanes[lane];
    return total;
}

/* No column of W (in, out) longer than `longest`; `squares` has room for a row. */
SKMLP_CLONES static void NAME(shorten_columns)(
    REAL *restrict W, int64_t in, int64_t out, REAL longest, REAL *restrict squares)
{
    for (int64_t k = 0; k < out; k++) squares[k] = 0;
    for (int64_t j = 0; j < in; j++)
        for (int64_t k = 0; k < out; k++) squares[k] += W[j * out + k] * W[j * out + k];
    for (int64_t k = 0; k < out; k++)
        squares[k] = squares[k] > longest * longest ? longest / SQRT(squares[k]) : 1;
    for (int64_t j = 0; j < in; j++)
        for (int64_t k = 0; k < out; k++) W[j * out + k] *= squares[k];
}

/* One step of a rule: `arrays` are its state, `sizes` the sizes of its steps. */
static void NAME(update)(
    int rule, REAL *parameters, const REAL *gradient, REAL *const *arrays, int64_t n,
    const double *sizes, const double *settings)
{
    REAL first = (REAL)settings[0], rest = (REAL)(1 - settings[0]);
    REAL second = (REAL)settings[1], rest_2 = (REAL)(1 - settings[1]);
    REAL third = (REAL)settings[2], size = (REAL)sizes[0];
    REAL *a = arrays[0], *b = arrays[1], *c = arrays[2];
    switch (rule) {
    case SKMLP_ADAM:
        NAME(skmlp_adam)(
            parameters, gradient, a, b, n, size, first, rest, second, rest_2, third);
        break;
    case SKMLP_AMSGRAD:
        NAME(skmlp_amsgrad)(
            parameters, gradient, a, b, c, n, size, first, rest, second, rest_2, third);
        break;
    case SKMLP_NADAM:
        NAME(skmlp_nadam)(
            parameters, gradient, a, b, n, size, (REAL)sizes[1], first, rest, second,
            rest_2, third);
        break;
    case SKMLP_RMSPROP:
        NAME(skmlp_rmsprop)(
            parameters, gradient, a, b, n, size, first, rest, second, third);
        break;
    case SKMLP_ADAGRAD:
        NAME(skmlp_adagrad)(parameters, gradient, a, n, size, first);
        break;
    case SKMLP_ADADELTA:
        NAME(skmlp_adadelta)(parameters, gradient, a, b, n, size, first, rest, second);
        break;
    default: /* momentum */
        NAME(skmlp_momentum)(parameters, gradient, a, n, size, first, second != 0);
        break;
    }
}

/* One step, as the threads that share it see it. */
typedef struct {
    NAME(network) net;
    NAME(data) data;
    const skmlp_recipe *recipe;
    NAME(workspace) *workspaces; /* one a part */
    REAL *parameters, *gradients, *const *arrays;
    const double *settings;
    const int64_t *order; /* of this batch's rows, or NULL */
    int64_t start, rows, n_parts, n_ranges;
    const double *sizes; /* the rule's step sizes, and what weights decay to */
    REAL factor, l2, l1, shrinks; /* `shrinks`: a long gradient, by this factor */
    double losses[SKMLP_MOST_PARTS], norms[SKMLP_MOST_PARTS];
    double absolutes[SKMLP_MOST_PARTS], squares[SKMLP_MOST_PARTS];
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

/* Some consecutive parameters, of which the first may be weights. */
typedef struct {
    int64_t begin, length, n_weights;
} NAME(stage);

static int64_t NAME(first_stage)(const NAME(step) *step, int64_t range)
{
    int64_t n_stages = (step->net.n_parameters + SKMLP_STAGE - 1) / SKMLP_STAGE;
    return n_stages * range / step->n_ranges;
}

static NAME(stage) NAME(stage_of)(const NAME(step) *step, int64_t number)
{
    NAME(stage) stage;
    int64_t begin = number * SKMLP_STAGE, left = step->net.n_parameters - begin;
    int64_t weights = step->net.n_weights - begin;
    stage.begin = begin;
    stage.length = left < SKMLP_STAGE ? left : SKMLP_STAGE;
    stage.n_weights = weights < stage.length ? weights : stage.length;
    if (stage.n_weights < 0) stage.n_weights = 0;
    return stage;
}

/* The parts' gradients added up, with the penalties and within bounds. */
static void NAME(prepare)(NAME(step) *step, int64_t range, NAME(stage) stage)
{
    const skmlp_recipe *recipe = step->recipe;
    int64_t n = step->net.n_parameters;
    REAL *gradient = step->gradients + stage.begin;
    REAL *parameters = step->parameters + stage.begin;
    for (int64_t part = 1; part < step->n_parts; part++)
        NAME(add)(gradient, gradient + part * n, stage.length);
    if (step->l2 != 0 && stage.n_weights > 0)
        step->norms[range] += NAME(penalise)(
            gradient, parameters, stage.n_weights, step->l2);
    if (step->l1 != 0)
        step->absolutes[range] += NAME(penalise_l1)(
            gradient, parameters, stage.n_weights, step->l1);
    if (recipe->clip_value < INFINITY)
        NAME(clip)(gradient, stage.length, (REAL)recipe->clip_value);
    if (recipe->clip_norm < INFINITY)
        step->squares[range] += NAME(sum_of_squares)(gradient, stage.length);
}

/* The step itself. */
static void NAME(move)(NAME(step) *step, NAME(stage) stage)
{
    REAL *gradient = step->gradients + stage.begin;
    REAL *parameters = step->parameters + stage.begin;
    REAL sides[SKMLP_STAGE], *arrays[3];
    for (int i = 0; i < 3; i++)
        arrays[i] = step->arrays[i] == NULL ? NULL : step->arrays[i] + stage.begin;
    if (step->shrinks != 1) NAME(scale)(gradient, stage.length, step->shrinks);
    if (step->l1 != 0) NAME(sides_of)(parameters, gradient, sides, stage.n_weights);
    if (step->sizes[2] != 1)
        NAME(scale)(parameters, stage.n_weights, (REAL)step->sizes[2]);
    NAME(update)(step->recipe->rule, parameters, gradient, arrays, stage.length,
                 step->sizes, step->settings);
    if (step->l1 != 0) NAME(keep_sides)(parameters, sides, stage.n_weights);
}

static void NAME(part_prepare)(void *context, int64_t range)
{
    NAME(step) *step = context;
    int64_t last = NAME(first_stage)(step, range + 1);
    for (int64_t stage = NAME(first_stage)(step, range); stage < last; stage++)
        NAME(prepare)(step, range, NAME(stage_of)(step, stage));
}

static void NAME(part_move)(void *context, int64_t range)
{
    NAME(step) *step = context;
    int64_t last = NAME(first_stage)(step, range + 1);
    for (int64_t stage = NAME(first_stage)(step, range); stage < last; stage++)
        NAME(move)(step, NAME(stage_of)(step, stage));
}

static void NAME(part_update)(void *context, int64_t range)
{
    NAME(step) *step = context;
    int64_t last = NAME(first_stage)(step, range + 1);
    for (int64_t number = NAME(first_stage)(step, range); number < last; number++) {
        NAME(stage) stage = NAME(stage_of)(step, number);
        NAME(prepare)(step, range, stage);
        NAME(move)(step, stage);
    }
}

static double NAME(sum_of_ranges)(const NAME(step) *step, const double *values)
{
    double total = 0;
    for (int64_t range = 0; range < step->n_ranges; range++) total += values[range];
    return total;
}

/* All of an update, the gradients of the parts being there. */
static void NAME(take_step)(NAME(step) *step, skmlp_crew *crew)
{
    const skmlp_recipe *recipe = step->recipe;
    for (int64_t range = 0; range < step->n_ranges; range++)
        step->norms[range] = step->absolutes[range] = step->squares[range] = 0;
    step->shrinks = 1;
    if (recipe->clip_norm < INFINITY) {
        skmlp_run_phase(crew, NAME(part_prepare), step, step->n_ranges);
        double norm = sqrt(NAME(sum_of_ranges)(step, step->squares));
        if (norm > recipe->clip_norm) step->shrinks = (REAL)(recipe->clip_norm / norm);
        skmlp_run_phase(crew, NAME(part_move), step, step->n_ranges);
    } else
        skmlp_run_phase(crew, NAME(part_update), step, step->n_ranges);
    if (recipe->max_norm < INFINITY) {
        REAL *W = step->parameters;
        for (int l = 0; l < step->net.n_layers; l++) {
            int64_t in = step->net.sizes[l], out = step->net.sizes[l + 1];
            NAME(shorten_columns)(
                W, in, out, (REAL)recipe->max_norm, step->workspaces->gradients[0]);
            W += in * out;
        }
    }
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
   `n_parts`; there are as many gradients. `step_sizes` are three a step: see `step`.
   Returns Σ rows·objective; `error` is −1 where there was no memory. */
static double NAME(skmlp_train)(
    const skmlp_problem *problem, const skmlp_recipe *recipe, const skmlp_noise *noise,
    const int64_t *order,
    int64_t n_rows, int64_t batch_size, int64_t n_parts, REAL *parameters,
    REAL *gradients, REAL *const *arrays, const double *step_sizes,
    const double *settings, skmlp_crew *crew, int *error)
{
    NAME(step) step;
    NAME(workspace) workspaces[SKMLP_MOST_PARTS];
    double total = 0;
    int64_t opened = 0;
    unsigned numbers = skmlp_flush_to_zero();
    NAME(unpack)(problem, &step.net, &step.data);
    step.recipe = recipe;
    step.workspaces = workspaces;
    step.parameters = parameters;
    step.gradients = gradients;
    step.arrays = arrays;
    step.settings = settings;
    step.n_ranges = n_parts;
    *error = 0;
    for (; opened < n_parts && !*error; opened += !*error)
        *error = NAME(open_workspace)(
            workspaces + opened, &step.net, (batch_size + n_parts - 1) / n_parts,
            NAME(gathers)(&step.data.X, step.net.sizes[0], order != NULL, noise), noise);
    for (int64_t start = 0; start < n_rows && !*error; start += batch_size) {
        double loss = 0, weight;
        step.start = start;
        step.order = order == NULL ? NULL : order + start;
        step.rows = n_rows - start < batch_size ? n_rows - start : batch_size;
        step.n_parts = step.rows < n_parts ? step.rows : n_parts;
        weight = NAME(weight_of)(&step.data, step.order, start, step.rows);
        step.factor = (REAL)(1 / weight);
        step.l2 = (REAL)(recipe->alpha / weight);
        step.l1 = (REAL)(recipe->l1 / weight);
        step.sizes = step_sizes;
        step_sizes += 3;
        skmlp_run_phase(crew, NAME(part_gradient), &step, step.n_parts);
        NAME(take_step)(&step, crew);
        for (int64_t part = 0; part < step.n_parts; part++) loss += step.losses[part];
        loss += 0.5 * recipe->alpha * NAME(sum_of_ranges)(&step, step.norms);
        loss += recipe->l1 * NAME(sum_of_ranges)(&step, step.absolutes);
        total += loss / weight * (double)step.rows;
    }
    for (int64_t part = 0; part < opened; part++) free(workspaces[part].memory);
    skmlp_restore_numbers(numbers);
    return total;
}

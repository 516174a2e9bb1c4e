/* A run of mini-batches: gradient, penalty and update of every batch in turn.

   A batch is cut into parts by its shape alone; each part's rows go forward and backward
   by themselves, with a workspace and a gradient of their own. Then the parameters are
   updated, in ranges: the parts' gradients are added in their order, the penalty is added,
   and the rule takes its step. Threads take parts and ranges as they find them; the
   results have the same bits on any number of threads.

   What acts on the gradient has its place in `prepare`, what acts on the new parameters
   in `move` or `take_step`. */
#ifndef SKMLP_TRAINING_H
#define SKMLP_TRAINING_H

#include "network.h"
#include "thread_crew.h"
#include "updates.h"
#include "vectors.h"

/* Parameters that pass through all stages of an update while they are in the cache. */
enum { SKMLP_STAGE = 1024 };

/* The update of every batch: a rule with its state, constants and step sizes, and what
   acts on the gradient and the parameters beside it. Bounds that are infinite are none. */
typedef struct {
    int rule;
    void *arrays[SKMLP_STATE_ARRAYS]; /* the rule's state */
    const double *constants;          /* (SKMLP_RULE_CONSTANTS,) */
    const double *sizes; /* (batches, SKMLP_STEP_SIZES + 1): see skmlp_train */
    double l2, l1;       /* penalties, to be divided by the sum of the sample weights */
    double clip_value, clip_norm, max_norm; /* of the gradient; of a unit's weights */
} skmlp_batch_update;

/* One visit of `n_rows` rows in `order` (NULL: as they stand), batch by batch, each batch
   in `n_parts` parts with a gradient each. Of the step sizes of a batch the last one is
   the factor that weights are multiplied by (decay). `noise` and `crew` may be NULL. */
typedef struct {
    const skmlp_problem *problem;
    const skmlp_noise *noise;
    const skmlp_batch_update *update;
    skmlp_crew *crew;
    const int64_t *order;
    int64_t n_rows, batch_size, n_parts;
    void *parameters, *gradients;
    skmlp_signals *signals; /* may be NULL */
    /* Output: Σ rows·objective over the batches done, and their number. */
    double total;
    int64_t n_done;
} skmlp_run;

#define SKMLP_THIS_FILE "training.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

/* gradient += l2·weights. Returns ‖weights‖². */
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

/* gradient += l1·sign(w); where w = 0, the subgradient that makes it smallest. Returns
   Σ |w|. */
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
        REAL subgradient = w < 0 ? -l1 : -clipped;
        gradient[j] = g + (w > 0 ? l1 : subgradient);
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

/* signs[i]: the sign that a weight may have after a step: its own, or for a weight of zero
   the sign of −gradient. */
SKMLP_CLONES static void NAME(signs_of)(
    const REAL *restrict weights, const REAL *restrict gradient, REAL *restrict signs,
    int64_t n)
{
    for (int64_t i = 0; i < n; i++) signs[i] = weights[i] != 0 ? weights[i] : -gradient[i];
}

/* Sets a weight to zero where a step has given it another sign than `signs` allows. */
SKMLP_CLONES static void NAME(keep_signs)(
    REAL *restrict weights, const REAL *restrict signs, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        REAL w = weights[i], s = signs[i];
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

/* Scales columns of W (in, out) whose norm exceeds `longest` to that norm. `squares` is
   scratch for `out` numbers. */
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

/* One batch's step, shared by the threads. */
typedef struct {
    NAME(network) net;
    NAME(data) data;
    const skmlp_batch_update *update;
    NAME(workspace) *workspaces; /* one per part */
    REAL *parameters, *gradients;
    const int64_t *order; /* of this batch's rows, or NULL */
    int64_t start, rows, n_parts, n_ranges;
    const double *sizes; /* the rule's step sizes, and the factor of the weights */
    REAL factor, l2, l1;
    REAL shrinks; /* the factor that brings a gradient to `clip_norm`, or 1 */
    double losses[SKMLP_MOST_PARTS], norms[SKMLP_MOST_PARTS];
    double absolutes[SKMLP_MOST_PARTS], squares[SKMLP_MOST_PARTS];
    skmlp_signals *signals;
    int small; /* so little work that a look for signals after the step is enough */
} NAME(step);

/* Returns the multiplications of the gradient of some rows of a dense X, about; those
   that do not fit an integer are many. */
static int64_t NAME(gradient_work)(const NAME(network) *net, int64_t rows)
{
    double work = 3 * (double)net->n_parameters * (double)rows;
    return work < SKMLP_LOOK_EVERY ? (int64_t)work : SKMLP_LOOK_EVERY;
}

static void NAME(part_gradient)(void *context, int64_t part, int leads)
{
    NAME(step) *step = context;
    NAME(workspace) *work = step->workspaces + part;
    int64_t begin = step->rows * part / step->n_parts;
    int64_t end = step->rows * (part + 1) / step->n_parts;
    double weight;
    work->signals = step->small ? NULL : step->signals;
    work->leads = leads;
    step->losses[part] = NAME(batch)(
        &step->net, &step->data, step->order == NULL ? NULL : step->order + begin,
        step->start + begin, end - begin, step->factor, step->parameters,
        work, step->gradients + part * step->net.n_parameters, &weight);
}

/* Some consecutive parameters; the first n_weights of them are weights. */
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

/* Adds the parts' gradients and the penalties, and clips the gradient. */
static void NAME(prepare)(NAME(step) *step, int64_t range, NAME(stage) stage)
{
    const skmlp_batch_update *update = step->update;
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
    if (update->clip_value < INFINITY)
        NAME(clip)(gradient, stage.length, (REAL)update->clip_value);
    if (update->clip_norm < INFINITY)
        step->squares[range] += NAME(sum_of_squares)(gradient, stage.length);
}

/* Takes the rule's step. */
static void NAME(move)(NAME(step) *step, NAME(stage) stage)
{
    REAL *gradient = step->gradients + stage.begin;
    REAL *parameters = step->parameters + stage.begin;
    const skmlp_batch_update *update = step->update;
    REAL signs[SKMLP_STAGE], *arrays[SKMLP_STATE_ARRAYS];
    for (int i = 0; i < SKMLP_STATE_ARRAYS; i++) {
        REAL *array = update->arrays[i];
        arrays[i] = array == NULL ? NULL : array + stage.begin;
    }
    if (step->shrinks != 1) NAME(scale)(gradient, stage.length, step->shrinks);
    if (step->l1 != 0) NAME(signs_of)(parameters, gradient, signs, stage.n_weights);
    double decay = step->sizes[SKMLP_STEP_SIZES];
    if (decay != 1) NAME(scale)(parameters, stage.n_weights, (REAL)decay);
    NAME(update)(update->rule, parameters, gradient, arrays, stage.length, step->sizes,
                 update->constants);
    if (step->l1 != 0) NAME(keep_signs)(parameters, signs, stage.n_weights);
}

static void NAME(part_prepare)(void *context, int64_t range, int leads)
{
    (void)leads;
    NAME(step) *step = context;
    int64_t last = NAME(first_stage)(step, range + 1);
    for (int64_t stage = NAME(first_stage)(step, range); stage < last; stage++)
        NAME(prepare)(step, range, NAME(stage_of)(step, stage));
}

static void NAME(part_move)(void *context, int64_t range, int leads)
{
    (void)leads;
    NAME(step) *step = context;
    int64_t last = NAME(first_stage)(step, range + 1);
    for (int64_t stage = NAME(first_stage)(step, range); stage < last; stage++)
        NAME(move)(step, NAME(stage_of)(step, stage));
}

static void NAME(part_update)(void *context, int64_t range, int leads)
{
    (void)leads;
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

/* Updates the parameters, once the gradients of all parts are there. */
static void NAME(take_step)(NAME(step) *step, skmlp_crew *crew)
{
    const skmlp_batch_update *update = step->update;
    for (int64_t range = 0; range < step->n_ranges; range++)
        step->norms[range] = step->absolutes[range] = step->squares[range] = 0;
    step->shrinks = 1;
    if (update->clip_norm < INFINITY) {
        skmlp_run_phase(crew, NAME(part_prepare), step, step->n_ranges);
        double norm = sqrt(NAME(sum_of_ranges)(step, step->squares));
        if (norm > update->clip_norm) step->shrinks = (REAL)(update->clip_norm / norm);
        skmlp_run_phase(crew, NAME(part_move), step, step->n_ranges);
    } else
        skmlp_run_phase(crew, NAME(part_update), step, step->n_ranges);
    if (update->max_norm < INFINITY) {
        REAL *W = step->parameters;
        for (int l = 0; l < step->net.n_layers; l++) {
            int64_t in = step->net.sizes[l], out = step->net.sizes[l + 1];
            NAME(shorten_columns)(
                W, in, out, (REAL)update->max_norm, step->workspaces->gradients[0]);
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

static int NAME(train)(skmlp_run *run)
{
    const skmlp_problem *problem = run->problem;
    const skmlp_batch_update *update = run->update;
    const int64_t *order = run->order;
    const int64_t n_rows = run->n_rows, n_parts = run->n_parts, size = run->batch_size;
    NAME(step) step;
    NAME(workspace) workspaces[SKMLP_MOST_PARTS];
    int64_t opened = 0, work;
    int error = SKMLP_DONE;
    unsigned numbers = skmlp_flush_to_zero();
    run->total = 0;
    run->n_done = 0;
    if (run->crew != NULL) run->crew->signals = run->signals;
    NAME(unpack)(problem, &step.net, &step.data);
    step.update = update;
    step.signals = run->signals;
    step.workspaces = workspaces;
    step.parameters = run->parameters;
    step.gradients = run->gradients;
    step.n_ranges = n_parts;
    step.sizes = update->sizes;
    for (; opened < n_parts && !error; opened += !error)
        error = NAME(open_workspace)(
            workspaces + opened, &step.net, (size + n_parts - 1) / n_parts,
            NAME(gathers)(&step.data.X, step.net.sizes[0], order != NULL, run->noise),
            run->noise);
    for (int64_t start = 0; start < n_rows && !error; start += size) {
        double loss = 0, weight;
        step.start = start;
        step.order = order == NULL ? NULL : order + start;
        step.rows = n_rows - start < size ? n_rows - start : size;
        step.n_parts = step.rows < n_parts ? step.rows : n_parts;
        weight = NAME(weight_of)(&step.data, step.order, start, step.rows);
        step.factor = (REAL)(1 / weight);
        step.l2 = (REAL)(update->l2 / weight);
        step.l1 = (REAL)(update->l1 / weight);
        work = NAME(gradient_work)(&step.net, step.rows);
        step.small = work < SKMLP_LOOK_EVERY;
        skmlp_run_phase(run->crew, NAME(part_gradient), &step, step.n_parts);
        /* A batch without its whole gradient is not counted, and moves nothing. */
        work = (step.small ? work : 0) + step.net.n_parameters;
        if (skmlp_poll(run->signals, work)) break;
        NAME(take_step)(&step, run->crew);
        for (int64_t part = 0; part < step.n_parts; part++) loss += step.losses[part];
        loss += 0.5 * update->l2 * NAME(sum_of_ranges)(&step, step.norms);
        loss += update->l1 * NAME(sum_of_ranges)(&step, step.absolutes);
        run->total += loss / weight * (double)step.rows;
        run->n_done++;
        step.sizes += SKMLP_STEP_SIZES + 1;
    }
    if (!error) error = skmlp_end_of(run->signals);
    if (run->crew != NULL) run->crew->signals = NULL;
    for (int64_t part = 0; part < opened; part++) free(workspaces[part].memory);
    skmlp_restore_numbers(numbers);
    return error;
}

#if SKMLP_LAST_TYPE

static int skmlp_train(skmlp_run *run)
{
    return run->problem->is_double ? train_f64(run) : train_f32(run);
}

#endif

#include "end_of_type.h"
#endif

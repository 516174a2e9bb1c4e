/* One epoch of the perceptron's rule for all units: see reference/perceptron.py, and
   perceptron_epochs.h for several.

   Weights are kept as scale·w, so that the l2 decay changes one number and not a vector.
   Their sum over the visits is kept as clock·w + sums, where the clock counts the visits
   so far: a change of w subtracts clock·change from the sums, and nothing else costs
   time. */
#ifndef SKMLP_PERCEPTRON_H
#define SKMLP_PERCEPTRON_H

#include "perceptron_scores.h"
#include "platform.h"
#include "signals.h"
#include "vectors.h"

/* Below this scale the weights are multiplied by it: w = weights / scale would grow, and
   the sums would be a difference of large numbers. */
#define SKMLP_SMALL_SCALE 1e-3

enum {
    SKMLP_CACHE_LINE = 64,      /* bytes */
    SKMLP_MANY_ROWS = 16,       /* worth a copy of the weights in cache lines of its own */
    SKMLP_FEWEST_TURNED = 4,    /* units whose weights of a column may lie side by side */
    SKMLP_WORTH_A_COPY = 4,     /* entries of the rows, for each column, that are worth it */
    SKMLP_COLUMNS_AT_ONCE = 16, /* are copied */
    SKMLP_VISITS_TO_L2 = 8,     /* a row is fetched into the second cache so early */
    SKMLP_VISITS_TO_L1 = 1,     /* a sparse row is fetched into the first cache so early */
    SKMLP_MOST_FETCHED = 2048   /* bytes of a row */
};

/* Fetches the cache lines of some numbers. */
#define SKMLP_FETCH(prefetch, first, count)                                           \
    do {                                                                              \
        const char *byte = (const char *)(first);                                     \
        const char *end = (const char *)((first) + (count));                          \
        if (end > byte + SKMLP_MOST_FETCHED) end = byte + SKMLP_MOST_FETCHED;         \
        for (; byte < end; byte += SKMLP_CACHE_LINE) prefetch(byte);                  \
    } while (0)

/* Pointers to floating-point numbers that are not to double are to double or to float, by
   the type of the epoch. */
typedef struct {
    const void *values;            /* of dense rows, or of the entries of CSR rows */
    const int32_t *indices, *starts; /* NULL for dense rows */
    int64_t stride, n_rows;        /* distance of dense rows, in numbers; length of order */
    const int64_t *labels, *order;
    const void *sample_weight;
} skmlp_perceptron_rows;

typedef struct {
    int64_t n_units, n_features;
    void *weights, *intercepts, *l1_due, *l1_paid;
    double *weight_sums, *intercept_sums; /* NULL without averaging */
    const uint8_t *active;
    const int64_t *classes;
    const double *positive, *negative;
} skmlp_perceptron_units;

typedef struct {
    double rate, decay, l1_step, margin;
    int fit_intercept, joint;
} skmlp_perceptron_rule;

typedef struct {
    skmlp_perceptron_rows rows;
    skmlp_perceptron_units units;
    skmlp_perceptron_rule rule;
    double *losses;    /* output (n_units,) */
    int64_t *mistakes; /* output (n_units,) */
    skmlp_signals *signals;
} skmlp_epoch;

#define SKMLP_THIS_FILE "perceptron.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

/* The scale of a unit's weights, and its clock. */
typedef struct {
    double scale, clock;
} NAME(unit_state);

/* Scratch of one epoch. */
typedef struct {
    NAME(unit_state) *states;  /* of every unit */
    double *pushes;     /* what corrects the units that were wrong */
    int64_t *learning;  /* the units that learn */
    int64_t *wrong;     /* positions in `learning` */
    REAL *scores;       /* of SKMLP_SUMS rows, by position in `learning` */
} NAME(scratch);

/* An epoch, with its scratch. The weights of two units are `weight_stride` apart, those of
   two columns `column_stride`; where this is above 1, the first unit is the first that
   learns. */
typedef struct {
    skmlp_epoch given;
    int64_t weight_stride, column_stride, n_learning;
    NAME(scratch) scratch;
} NAME(perceptron);

/* w += factor·x, in the entries of the row. */
SKMLP_INLINE void NAME(add_row)(
    REAL *restrict w, int64_t step, double *restrict sums, double clock, REAL factor,
    const REAL *restrict x, const int32_t *restrict indices, int64_t length)
{
    if (indices == NULL && sums == NULL)
        for (int64_t j = 0; j < length; j++) w[j] += factor * x[j];
    else if (indices == NULL)
        for (int64_t j = 0; j < length; j++) {
            REAL change = factor * x[j];
            w[j] += change;
            sums[j] -= clock * (double)change;
        }
    else if (sums == NULL)
        for (int64_t e = 0; e < length; e++) w[indices[e] * step] += factor * x[e];
    else
        for (int64_t e = 0; e < length; e++) {
            REAL change = factor * x[e];
            w[indices[e] * step] += change;
            sums[indices[e]] -= clock * (double)change;
        }
}

/* Tsuruoka, Tsujii and Ananiadou (2009): each weight moves towards zero by the l1 penalty
   that has become due since its last visit, and never past zero. */
static inline void NAME(pay_l1)(
    REAL *w, int64_t step, REAL *paid, REAL due, NAME(unit_state) state, double *sums,
    const int32_t *indices, int64_t length)
{
    REAL scale = (REAL)state.scale;
    for (int64_t e = 0; e < length; e++) {
        int64_t j = indices == NULL ? e : indices[e];
        REAL before = w[j * step], value = before;
        if (before > 0) {
            value = before - (due + paid[j]) / scale;
            value = value > 0 ? value : 0;
        } else if (before < 0) {
            value = before + (due - paid[j]) / scale;
            value = value < 0 ? value : 0;
        }
        w[j * step] = value;
        paid[j] += scale * (value - before);
        if (sums != NULL) sums[j] -= state.clock * (double)(value - before);
    }
}

/* Multiplies the weights by their scale, and brings the sums up to date. */
SKMLP_INLINE void NAME(settle)(
    REAL *w, int64_t step, NAME(unit_state) *state, double *sums, int64_t n)
{
    if (sums != NULL)
        for (int64_t j = 0; j < n; j++) sums[j] += state->clock * (double)w[j * step];
    if (state->scale != 1)
        for (int64_t j = 0; j < n; j++) w[j * step] *= (REAL)state->scale;
    state->scale = 1;
    state->clock = 0;
}

/* Counts a mistake of unit k, `weight` times; its score is `behind` the margin. */
SKMLP_INLINE void NAME(count_mistake)(
    const skmlp_epoch *epoch, int64_t k, double behind, double weight)
{
    epoch->losses[k] += weight * behind;
    epoch->mistakes[k]++;
}

/* For the joint rule: finds the two units that a row corrects, and by how much. Returns
   their number, 2 or 0. */
static inline int64_t NAME(find_rivals)(
    NAME(perceptron) p, int64_t label, const REAL *sample_weight, const REAL *scores)
{
    const skmlp_perceptron_units units = p.given.units;
    const skmlp_perceptron_rule rule = p.given.rule;
    const REAL *intercepts = units.intercepts;
    int64_t rival = label == 0;
    REAL best = scores[rival] + intercepts[rival];
    for (int64_t k = rival + 1; k < units.n_units; k++) {
        REAL score = scores[k] + intercepts[k];
        if (k == label || !(score > best)) continue;
        rival = k;
        best = score;
    }
    REAL lead = scores[label] + intercepts[label] - best;
    double weight = (double)*sample_weight * units.positive[label];
    if (lead > (REAL)rule.margin || weight == 0) return 0;
    NAME(count_mistake)(&p.given, label, rule.margin - (double)lead, weight);
    p.scratch.wrong[0] = label;
    p.scratch.wrong[1] = rival;
    p.scratch.pushes[0] = rule.rate * weight;
    p.scratch.pushes[1] = -p.scratch.pushes[0];
    return 2;
}

/* Finds the units that a row corrects, and by how much. Returns their number. */
SKMLP_INLINE int64_t NAME(find_wrong)(
    NAME(perceptron) p, int64_t label, const REAL *sample_weight, const REAL *scores)
{
    const skmlp_perceptron_units units = p.given.units;
    const skmlp_perceptron_rule rule = p.given.rule;
    const REAL *intercepts = units.intercepts;
    REAL margin = (REAL)rule.margin;
    int64_t n_wrong = 0;
    for (int64_t u = 0; u < p.n_learning; u++) {
        int64_t k = p.scratch.learning[u];
        int is_own = label == units.classes[k];
        REAL score = scores[u] + intercepts[k], lead = is_own ? score : -score;
        if (lead > margin) continue; /* a tie is a mistake */
        double weight = (double)*sample_weight;
        weight *= is_own ? units.positive[k] : units.negative[k];
        if (weight == 0) continue;
        NAME(count_mistake)(&p.given, k, rule.margin - (double)lead, weight);
        p.scratch.pushes[n_wrong] = is_own ? rule.rate * weight : -rule.rate * weight;
        p.scratch.wrong[n_wrong++] = u;
    }
    return n_wrong;
}

#define FETCH_ROW(prefetch, visit)                                                    \
    if ((visit) < rows.n_rows) {                                                      \
        int64_t later = rows.order[visit];                                            \
        if (is_sparse) {                                                              \
            int64_t entries = rows.starts[later + 1] - rows.starts[later];            \
            SKMLP_FETCH(prefetch, values + rows.starts[later], entries);              \
            SKMLP_FETCH(prefetch, rows.indices + rows.starts[later], entries);        \
        } else                                                                        \
            SKMLP_FETCH(prefetch, values + later * rows.stride, d);                   \
    }

/* The first weight of the u-th unit that learns, unit k. */
#define WEIGHTS_OF(u, k) (is_turned ? weights + (u) : weights + (k) * stride)

/* Visits the rows. The flags are constants where this is inlined, so that they cost
   nothing: rows are sparse, the weights of a column lie side by side, units have no
   penalty, the sums of their weights are kept. */
SKMLP_INLINE void NAME(visit_rows)(
    int is_sparse, int is_turned, int is_free, int is_summed, NAME(perceptron) p)
{
    const skmlp_perceptron_rows rows = p.given.rows;
    const skmlp_perceptron_units units = p.given.units;
    const skmlp_perceptron_rule rule = p.given.rule;
    const NAME(scratch) scratch = p.scratch;
    const int64_t d = units.n_features, stride = p.weight_stride;
    const int64_t step = is_turned ? p.column_stride : 1;
    const int64_t n_learning = p.n_learning;
    const REAL *values = rows.values, *sample_weight = rows.sample_weight;
    REAL *weights = units.weights, *intercepts = units.intercepts;
    REAL *l1_due = units.l1_due, *l1_paid = units.l1_paid;
    double visits = 0;
    int64_t work = 0; /* of the rows before */
    /* Several rows at a time, with the scores of the weights before the first of them; a
       mistake on one computes the scores of those after it anew. A penalty changes the
       weights at every row: then one row at a time. */
    int most = is_free && !is_sparse ? SKMLP_SUMS : 1;
    for (int64_t first = 0, some = most; first < rows.n_rows; first += some) {
        const REAL *x[SKMLP_SUMS];
        const int32_t *indices = NULL;
        int64_t length = d;
        if (skmlp_poll(p.given.signals, work)) break;
        if (rows.n_rows - first < most) some = 1;
        for (int64_t r = 0; r < some; r++) {
            FETCH_ROW(SKMLP_PREFETCH_L2, first + r + SKMLP_VISITS_TO_L2)
            if (first + r + SKMLP_VISITS_TO_L2 < rows.n_rows) {
                int64_t later = rows.order[first + r + SKMLP_VISITS_TO_L2];
                SKMLP_PREFETCH(rows.labels + later);
                SKMLP_PREFETCH(sample_weight + later);
            }
            if (is_sparse) FETCH_ROW(SKMLP_PREFETCH, first + r + SKMLP_VISITS_TO_L1)
            x[r] = values + rows.order[first + r] * rows.stride;
        }
        if (is_sparse) {
            int64_t start = rows.starts[rows.order[first]];
            x[0] = values + start;
            indices = rows.indices + start;
            length = rows.starts[rows.order[first] + 1] - start;
            if (is_turned)
                NAME(turned_scores)(
                    n_learning, weights, step, x[0], indices, length, scratch.scores);
            else
                for (int64_t u = 0; u < n_learning; u++)
                    scratch.scores[u] = NAME(sparse_dot)(
                        weights + scratch.learning[u] * stride, x[0], indices, length);
        } else if (some > 1)
            NAME(all_scores)(
                SKMLP_SUMS, n_learning, weights, stride, scratch.learning, x, d,
                scratch.scores);
        else
            NAME(all_scores)(
                1, n_learning, weights, stride, scratch.learning, x, d, scratch.scores);
        /* An entry of a sparse row is scattered, and takes longer. */
        work = (is_sparse ? 4 : 1) * some * n_learning * length;
        if (!is_free)
            for (int64_t u = 0; u < n_learning; u++)
                scratch.scores[u] *= (REAL)scratch.states[scratch.learning[u]].scale;
        for (int64_t r = 0; r < some; r++) {
            int64_t row = rows.order[first + r], label = rows.labels[row];
            const REAL *scores = scratch.scores + r * n_learning;
            int64_t n_wrong =
                rule.joint ? NAME(find_rivals)(p, label, sample_weight + row, scores)
                           : NAME(find_wrong)(p, label, sample_weight + row, scores);
            if (!is_free)
                for (int64_t u = 0; u < n_learning; u++) {
                    int64_t k = scratch.learning[u];
                    scratch.states[k].scale *= rule.decay;
                    if (scratch.states[k].scale < SKMLP_SMALL_SCALE)
                        NAME(settle)(
                            WEIGHTS_OF(u, k), step, scratch.states + k,
                            is_summed ? units.weight_sums + k * d : NULL, d);
                }
            for (int64_t m = 0; m < n_wrong; m++) {
                int64_t u = scratch.wrong[m], k = scratch.learning[u];
                double push = scratch.pushes[m], factor = push;
                if (!is_free) factor /= scratch.states[k].scale;
                NAME(add_row)(
                    WEIGHTS_OF(u, k), step, is_summed ? units.weight_sums + k * d : NULL,
                    is_free ? visits : scratch.states[k].clock, (REAL)factor, x[r],
                    indices, length);
                for (int64_t later = r + 1; later < some; later++)
                    NAME(dense_scores)(
                        1, 1, weights, stride, scratch.learning + u, x + later, d,
                        scratch.scores + later * n_learning + u, n_learning);
                if (!rule.fit_intercept) continue;
                intercepts[k] += (REAL)push;
                if (is_summed) units.intercept_sums[k] -= visits * push;
            }
            if (is_summed) visits += (double)sample_weight[row];
            if (is_free) continue;
            for (int64_t u = 0; u < n_learning; u++) {
                int64_t k = scratch.learning[u];
                NAME(unit_state) *state = scratch.states + k;
                if (rule.l1_step > 0) {
                    l1_due[k] += (REAL)rule.l1_step;
                    NAME(pay_l1)(
                        WEIGHTS_OF(u, k), step, l1_paid + k * d, l1_due[k], *state,
                        is_summed ? units.weight_sums + k * d : NULL, indices, length);
                }
                state->clock += (double)sample_weight[row] * state->scale;
            }
        }
    }
    if (is_free)
        for (int64_t u = 0; u < n_learning; u++)
            scratch.states[scratch.learning[u]].clock = visits;
    if (is_summed)
        for (int64_t u = 0; u < n_learning; u++) {
            int64_t k = scratch.learning[u];
            units.intercept_sums[k] += visits * (double)intercepts[k];
        }
}

#undef WEIGHTS_OF
#undef FETCH_ROW

/* Copies the weights of the units that learn to or from scratch. */
static inline void NAME(copy_weights)(NAME(perceptron) p, REAL *given, int is_back)
{
    const int64_t d = p.given.units.n_features, step = p.column_stride;
    REAL *scratch = p.given.units.weights;
    if (step == 1) {
        for (int64_t u = 0; u < p.n_learning; u++) {
            int64_t k = p.scratch.learning[u];
            REAL *to = is_back ? given + k * d : scratch + k * p.weight_stride;
            REAL *from = is_back ? scratch + k * p.weight_stride : given + k * d;
            memcpy(to, from, sizeof(REAL) * (size_t)d);
        }
        return;
    }
    for (int64_t j = 0; j < d; j += SKMLP_COLUMNS_AT_ONCE) {
        int64_t end = j + SKMLP_COLUMNS_AT_ONCE < d ? j + SKMLP_COLUMNS_AT_ONCE : d;
        for (int64_t u = 0; u < p.n_learning; u++) {
            REAL *own = given + p.scratch.learning[u] * d, *turned = scratch + u;
            if (is_back)
                for (int64_t i = j; i < end; i++) own[i] = turned[i * step];
            else
                for (int64_t i = j; i < end; i++) turned[i * step] = own[i];
        }
    }
}

/* Chooses how the weights lie in scratch. Sparse rows read several units faster if the
   weights of a column lie side by side, and the copies cost less than the visits; for many
   dense rows, every unit's weights begin a cache line. Returns the size of the scratch in
   numbers, 0 for none. */
static inline size_t NAME(plan_scratch)(NAME(perceptron) *p)
{
    const skmlp_perceptron_rows rows = p->given.rows;
    const int64_t d = p->given.units.n_features;
    const int64_t line = SKMLP_CACHE_LINE / (int64_t)sizeof(REAL);
    p->weight_stride = d;
    p->column_stride = 1;
    if (rows.indices == NULL) {
        if (rows.n_rows < SKMLP_MANY_ROWS) return 0;
        p->weight_stride = (d + line - 1) / line * line;
        return (size_t)p->given.units.n_units * (size_t)p->weight_stride;
    }
    int64_t n_entries = 0;
    if (p->n_learning < SKMLP_FEWEST_TURNED) return 0;
    for (int64_t i = 0; i < rows.n_rows; i++)
        n_entries += rows.starts[rows.order[i] + 1] - rows.starts[rows.order[i]];
    if (n_entries < SKMLP_WORTH_A_COPY * d) return 0;
    p->column_stride = (p->n_learning + line - 1) / line * line;
    return (size_t)d * (size_t)p->column_stride;
}

SKMLP_CLONES static int NAME(perceptron_epoch)(const skmlp_epoch *epoch)
{
    const skmlp_perceptron_units given = epoch->units;
    const size_t K = (size_t)given.n_units;
    const int64_t d = given.n_features;
    int is_free = epoch->rule.decay == 1 && !(epoch->rule.l1_step > 0);
    int is_summed = given.weight_sums != NULL, is_sparse = epoch->rows.indices != NULL;
    int error = SKMLP_NO_MEMORY;
    /* A joint mistake has two wrong units, even if only one learns. */
    NAME(scratch) scratch = {
        malloc(sizeof(NAME(unit_state)) * K), malloc(sizeof(double) * (K + 1)),
        malloc(sizeof(int64_t) * K), malloc(sizeof(int64_t) * (K + 1)),
        malloc(sizeof(REAL) * K * SKMLP_SUMS)};
    NAME(perceptron) p = {*epoch, d, 1, 0, scratch};
    void *aligned = NULL;
    for (size_t k = 0; k < K; k++) epoch->losses[k] = epoch->mistakes[k] = 0;
    if (!scratch.states || !scratch.pushes || !scratch.learning || !scratch.wrong
        || !scratch.scores)
        goto end;
    for (size_t k = 0; k < K; k++) {
        scratch.states[k] = (NAME(unit_state)){1, 0};
        if (given.active[k]) scratch.learning[p.n_learning++] = (int64_t)k;
    }
    size_t size = NAME(plan_scratch)(&p);
    if (size > 0) {
        aligned = malloc(sizeof(REAL) * size + SKMLP_CACHE_LINE);
        if (!aligned) goto end;
        p.given.units.weights =
            (void *)(((uintptr_t)aligned + SKMLP_CACHE_LINE - 1) / SKMLP_CACHE_LINE
                     * SKMLP_CACHE_LINE);
        if (p.column_stride > 1) memset(p.given.units.weights, 0, sizeof(REAL) * size);
        NAME(copy_weights)(p, given.weights, 0);
    }
    int is_turned = p.column_stride > 1;
    if (!is_free)
        NAME(visit_rows)(is_sparse, is_turned, 0, is_summed, p);
    else if (is_turned)
        NAME(visit_rows)(1, 1, 1, is_summed, p);
    else if (is_sparse && is_summed)
        NAME(visit_rows)(1, 0, 1, 1, p);
    else if (is_sparse)
        NAME(visit_rows)(1, 0, 1, 0, p);
    else if (is_summed)
        NAME(visit_rows)(0, 0, 1, 1, p);
    else
        NAME(visit_rows)(0, 0, 1, 0, p);
    if (size > 0) NAME(copy_weights)(p, given.weights, 1);
    for (int64_t u = 0; u < p.n_learning; u++) {
        int64_t k = scratch.learning[u];
        NAME(settle)(
            (REAL *)given.weights + k * d, 1, scratch.states + k,
            is_summed ? given.weight_sums + k * d : NULL, d);
    }
    error = skmlp_end_of(epoch->signals);
end:
    free(aligned);
    free(scratch.states);
    free(scratch.pushes);
    free(scratch.learning);
    free(scratch.wrong);
    free(scratch.scores);
    return error;
}

#include "end_of_type.h"
#endif

/* One epoch of the perceptron's rule for all classes: see
   reference/perceptron.py. Included once for double and once for float.

   Weights are kept as scale·w, so that the l2 decay touches a number and not a vector.
   Their sum over the visits is kept as clock·w + sums, where the clock counts the visits
   so far: a change of w takes clock·change from the sums, and nothing else costs time. */

/* Below it the weights take in their scale: w = weights/scale grows, and the sums are a
   difference of numbers as large. */
#define SKMLP_SMALL_SCALE 1e-3

/* So many sums at a time, which need not wait for each other: of four rows, whose scores
   are those of the weights before the first of them; what a mistake on it makes of the
   scores of the others is seen to then. */
#define SKMLP_SUMS 4
#define SKMLP_WORTH_LINES 16

/* Rows come from memory into the second cache some visits before their own, and sparse
   ones, which leave the first cache to the weights, into that just before. */
#define SKMLP_LATER 8
#define SKMLP_SOON 1
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

#include "perceptron_scores.h"

/* Numbers of one unit: the scale of its weights, and the clock. */
typedef struct {
    double scale, clock;
} NAME(pace);

/* w += factor·x, in the entries of the row. */
SKMLP_INLINE void NAME(add_row)(
    REAL *restrict w, double *restrict sums, double clock, REAL factor,
    const REAL *restrict x, const int32_t *restrict places, int64_t length)
{
    if (places == NULL && sums == NULL)
        for (int64_t j = 0; j < length; j++) w[j] += factor * x[j];
    else if (places == NULL)
        for (int64_t j = 0; j < length; j++) {
            REAL change = factor * x[j];
            w[j] += change;
            sums[j] -= clock * (double)change;
        }
    else if (sums == NULL)
        for (int64_t e = 0; e < length; e++) w[places[e]] += factor * x[e];
    else
        for (int64_t e = 0; e < length; e++) {
            REAL change = factor * x[e];
            w[places[e]] += change;
            sums[places[e]] -= clock * (double)change;
        }
}

/* Tsuruoka, Tsujii and Ananiadou (2009): each weight moves towards zero by the l1
   penalty that has come up since it was last seen, and never past zero. */
static inline void NAME(pay_l1)(
    REAL *w, REAL *paid, REAL due, NAME(pace) pace, double *sums,
    const int32_t *places, int64_t length)
{
    REAL scale = (REAL)pace.scale;
    for (int64_t e = 0; e < length; e++) {
        int64_t j = places == NULL ? e : places[e];
        REAL before = w[j], value = before;
        if (before > 0) {
            value = before - (due + paid[j]) / scale;
            value = value > 0 ? value : 0;
        } else if (before < 0) {
            value = before + (due - paid[j]) / scale;
            value = value < 0 ? value : 0;
        }
        w[j] = value;
        paid[j] += scale * (value - before);
        if (sums != NULL) sums[j] -= pace.clock * (double)(value - before);
    }
}

/* The sums as they are, and the weights themselves. */
static inline void NAME(settle)(REAL *w, NAME(pace) *pace, double *sums, int64_t n)
{
    if (sums != NULL)
        for (int64_t j = 0; j < n; j++) sums[j] += pace->clock * (double)w[j];
    if (pace->scale != 1)
        for (int64_t j = 0; j < n; j++) w[j] *= (REAL)pace->scale;
    pace->scale = 1;
    pace->clock = 0;
}

/* A mistake of unit k, whose score is behind by so much; it counts `weight` times. */
SKMLP_INLINE void NAME(note)(
    int64_t k, double behind, double weight, double *losses, int64_t *mistakes)
{
    losses[k] += weight * behind;
    mistakes[k]++;
}

/* What a visit of one row needs. */
typedef struct {
    NAME(pace) *paces;
    double *pushes;
    int64_t *learning, *wrong;
    REAL *scores; /* of SKMLP_SUMS rows */
} NAME(desk);

/* The two units that a row corrects, and what by; or none. */
static inline int64_t NAME(find_rivals)(
    skmlp_perceptron_units units, skmlp_perceptron_rule rule, int64_t label,
    const REAL *sample_weight, const REAL *scores, NAME(desk) work, double *losses,
    int64_t *mistakes)
{
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
    NAME(note)(label, rule.margin - (double)lead, weight, losses, mistakes);
    work.wrong[0] = label;
    work.wrong[1] = rival;
    work.pushes[0] = rule.rate * weight;
    work.pushes[1] = -work.pushes[0];
    return 2;
}

/* The places of the units that a row corrects, and what by; their number. */
SKMLP_INLINE int64_t NAME(find_wrong)(
    skmlp_perceptron_units units, skmlp_perceptron_rule rule, int64_t n_learning,
    int64_t label, const REAL *sample_weight, const REAL *scores, NAME(desk) work,
    double *losses, int64_t *mistakes)
{
    const REAL *intercepts = units.intercepts;
    REAL margin = (REAL)rule.margin;
    int64_t n_wrong = 0;
    for (int64_t u = 0; u < n_learning; u++) {
        int64_t k = work.learning[u];
        int is_own = label == units.classes[k];
        REAL score = scores[u] + intercepts[k], lead = is_own ? score : -score;
        if (lead > margin) continue; /* a tie is a mistake */
        double weight = (double)*sample_weight;
        weight *= is_own ? units.positive[k] : units.negative[k];
        if (weight == 0) continue;
        NAME(note)(k, rule.margin - (double)lead, weight, losses, mistakes);
        work.pushes[n_wrong] = is_own ? rule.rate * weight : -rule.rate * weight;
        work.wrong[n_wrong++] = u;
    }
    return n_wrong;
}

/* One visit of the rows. What is constant where this is inlined costs nothing: whether
   rows are sparse, units free of penalties, and their weights summed. */
SKMLP_INLINE void NAME(visit_rows)(
    int is_sparse, int is_free, int is_summed, skmlp_perceptron_rows rows,
    skmlp_perceptron_units units, int64_t apart, skmlp_perceptron_rule rule,
    int64_t n_learning, NAME(desk) work, double *losses, int64_t *mistakes)
{
    int64_t d = units.n_features;
    const REAL *values = rows.values, *sample_weight = rows.sample_weight;
    REAL *weights = units.weights, *intercepts = units.intercepts;
    REAL *l1_due = units.l1_due, *l1_paid = units.l1_paid;
    double visits = 0;
    /* Weights that a penalty moves are others at every row. */
    int most = is_free && !is_sparse ? SKMLP_SUMS : 1;
    for (int64_t first = 0, some = most; first < rows.n_rows; first += some) {
        const REAL *x[SKMLP_SUMS];
        const int32_t *places = NULL;
        int64_t length = d;
        if (rows.n_rows - first < most) some = 1;
        for (int64_t r = 0; r < some; r++) {
            FETCH_ROW(SKMLP_PREFETCH_L2, first + r + SKMLP_LATER)
            if (first + r + SKMLP_LATER < rows.n_rows) {
                SKMLP_PREFETCH(rows.labels + rows.order[first + r + SKMLP_LATER]);
                SKMLP_PREFETCH(sample_weight + rows.order[first + r + SKMLP_LATER]);
            }
            if (is_sparse) FETCH_ROW(SKMLP_PREFETCH, first + r + SKMLP_SOON)
            x[r] = values + rows.order[first + r] * rows.stride;
        }
        if (is_sparse) {
            int64_t start = rows.starts[rows.order[first]];
            x[0] = values + start;
            places = rows.indices + start;
            length = rows.starts[rows.order[first] + 1] - start;
            for (int64_t u = 0; u < n_learning; u++)
                work.scores[u] = NAME(sparse_dot)(
                    weights + work.learning[u] * apart, x[0], places, length);
        } else if (some > 1)
            NAME(all_scores)(
                SKMLP_SUMS, n_learning, weights, apart, work.learning, x, d,
                work.scores);
        else
            NAME(all_scores)(
                1, n_learning, weights, apart, work.learning, x, d, work.scores);
        if (!is_free)
            for (int64_t u = 0; u < n_learning; u++)
                work.scores[u] *= (REAL)work.paces[work.learning[u]].scale;
        for (int64_t r = 0; r < some; r++) {
            int64_t row = rows.order[first + r], label = rows.labels[row];
            const REAL *scores = work.scores + r * n_learning;
            int64_t n_wrong =
                rule.joint
                ? NAME(find_rivals)(
                      units, rule, label, sample_weight + row, scores, work, losses,
                      mistakes)
                : NAME(find_wrong)(
                      units, rule, n_learning, label, sample_weight + row, scores, work,
                      losses, mistakes);
            if (!is_free)
                for (int64_t u = 0; u < n_learning; u++) {
                    int64_t k = work.learning[u];
                    work.paces[k].scale *= rule.decay;
                    if (work.paces[k].scale < SKMLP_SMALL_SCALE)
                        NAME(settle)(
                            weights + k * apart, work.paces + k,
                            is_summed ? units.weight_sums + k * d : NULL, d);
                }
            for (int64_t m = 0; m < n_wrong; m++) {
                int64_t u = work.wrong[m], k = work.learning[u];
                double push = work.pushes[m], factor = push;
                if (!is_free) factor /= work.paces[k].scale;
                NAME(add_row)(
                    weights + k * apart, is_summed ? units.weight_sums + k * d : NULL,
                    is_free ? visits : work.paces[k].clock, (REAL)factor, x[r], places,
                    length);
                for (int64_t later = r + 1; later < some; later++)
                    NAME(dense_scores)(
                        1, 1, weights, apart, work.learning + u, x + later, d,
                        work.scores + later * n_learning + u, n_learning);
                if (!rule.fit_intercept) continue;
                intercepts[k] += (REAL)push;
                if (is_summed) units.intercept_sums[k] -= visits * push;
            }
            if (is_summed) visits += (double)sample_weight[row];
            if (is_free) continue;
            for (int64_t u = 0; u < n_learning; u++) {
                int64_t k = work.learning[u];
                if (rule.l1_step > 0) {
                    l1_due[k] += (REAL)rule.l1_step;
                    NAME(pay_l1)(
                        weights + k * apart, l1_paid + k * d, l1_due[k], work.paces[k],
                        is_summed ? units.weight_sums + k * d : NULL, places, length);
                }
                work.paces[k].clock += (double)sample_weight[row] * work.paces[k].scale;
            }
        }
    }
    for (int64_t u = 0; u < n_learning; u++) {
        int64_t k = work.learning[u];
        if (is_free) work.paces[k].clock = visits;
        NAME(settle)(
            weights + k * apart, work.paces + k,
            is_summed ? units.weight_sums + k * d : NULL, d);
        if (is_summed) units.intercept_sums[k] += visits * (double)intercepts[k];
    }
}

/* One array of weights to another, with so much room for a unit in each. */
static inline void NAME(carry)(
    int64_t n_units, int64_t d, const REAL *from, int64_t from_apart, REAL *to,
    int64_t to_apart)
{
    for (int64_t k = 0; k < n_units; k++)
        memcpy(to + k * to_apart, from + k * from_apart, sizeof(REAL) * (size_t)d);
}

SKMLP_CLONES static void NAME(skmlp_perceptron)(
    const skmlp_perceptron_rows *rows, const skmlp_perceptron_units *given,
    const skmlp_perceptron_rule *rule, double *losses, int64_t *mistakes)
{
    size_t K = (size_t)given->n_units;
    int64_t n_learning = 0;
    int is_free = rule->decay == 1 && !(rule->l1_step > 0);
    int is_summed = given->weight_sums != NULL, is_sparse = rows->indices != NULL;
    /* A joint mistake has two wrong units, even of one that learns. */
    NAME(desk) work = {
        malloc(sizeof(NAME(pace)) * K), malloc(sizeof(double) * (K + 1)),
        malloc(sizeof(int64_t) * K), malloc(sizeof(int64_t) * (K + 1)),
        malloc(sizeof(REAL) * K * SKMLP_SUMS)};
    /* Many rows are worth weights in lines of the cache of their own. */
    skmlp_perceptron_units units = *given;
    int64_t d = given->n_features, apart = d, line = 64 / (int64_t)sizeof(REAL);
    int is_lined_up = !is_sparse && rows->n_rows >= SKMLP_WORTH_LINES;
    void *room = NULL;
    if (is_lined_up) {
        apart = (d + line - 1) / line * line;
        room = malloc(sizeof(REAL) * K * (size_t)apart + 64);
        units.weights = (void *)(((uintptr_t)room + 63) / 64 * 64);
    }
    for (size_t k = 0; k < K; k++) losses[k] = mistakes[k] = 0;
    if (!work.paces || !work.pushes || !work.learning || !work.wrong || !work.scores
        || (is_lined_up && !room)) {
        mistakes[0] = -1;
        goto end;
    }
    if (is_lined_up) NAME(carry)(units.n_units, d, given->weights, d, units.weights, apart);
    for (size_t k = 0; k < K; k++) {
        work.paces[k] = (NAME(pace)){1, 0};
        if (units.active[k]) work.learning[n_learning++] = (int64_t)k;
    }
#define VISIT(is_sparse, is_free, is_summed)                                          \
    NAME(visit_rows)(                                                                 \
        is_sparse, is_free, is_summed, *rows, units, apart, *rule, n_learning, work,  \
        losses, mistakes)
    if (!is_free)
        VISIT(is_sparse, 0, is_summed);
    else if (is_sparse && is_summed)
        VISIT(1, 1, 1);
    else if (is_sparse)
        VISIT(1, 1, 0);
    else if (is_summed)
        VISIT(0, 1, 1);
    else
        VISIT(0, 1, 0);
#undef VISIT
    if (is_lined_up) NAME(carry)(units.n_units, d, units.weights, apart, given->weights, d);
end:
    free(room);
    free(work.paces);
    free(work.pushes);
    free(work.learning);
    free(work.wrong);
    free(work.scores);
}

#undef FETCH_ROW
#undef SKMLP_SMALL_SCALE
#undef SKMLP_SUMS
#undef SKMLP_WORTH_LINES
#undef SKMLP_LATER
#undef SKMLP_SOON

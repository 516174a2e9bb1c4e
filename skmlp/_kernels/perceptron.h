/* One epoch of the perceptron's rule for all classes: see reference.py. Included once
   for double and once for float.

   Weights are kept as scale·w, so that the l2 decay touches a number and not a vector.
   Their sum over the visits is kept as clock·w + sums, where the clock counts the visits
   so far: a change of w takes clock·change from the sums, and nothing else costs time. */

#include "perceptron_scores.h"

/* Below it the weights take in their scale: w = weights/scale grows, and the sums are a
   difference of numbers as large. */
#define SKMLP_SMALL_SCALE 1e-3

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
static inline int64_t NAME(note)(
    int64_t k, double behind, double weight, double *losses, int64_t *mistakes)
{
    losses[k] += weight * behind;
    mistakes[k]++;
    return k;
}

/* The units that a row corrects, and what by; their number. */
static inline int64_t NAME(find_wrong)(
    const skmlp_perceptron_units *units, const skmlp_perceptron_rule *rule,
    const int64_t *learning, int64_t n_learning, const REAL *scores, int64_t label,
    double visit, int64_t *wrong, double *pushes, double *losses, int64_t *mistakes)
{
    REAL margin = (REAL)rule->margin;
    if (rule->joint) {
        int64_t rival = label == 0;
        for (int64_t k = rival + 1; k < units->n_units; k++)
            if (k != label && scores[k] > scores[rival]) rival = k;
        REAL lead = scores[label] - scores[rival];
        double weight = visit * units->positive[label];
        if (lead > margin || weight == 0) return 0;
        wrong[0] = NAME(note)(label, rule->margin - (double)lead, weight, losses, mistakes);
        wrong[1] = rival;
        pushes[0] = rule->rate * weight;
        pushes[1] = -pushes[0];
        return 2;
    }
    int64_t n_wrong = 0;
    for (int64_t u = 0; u < n_learning; u++) {
        int64_t k = learning[u];
        int is_own = label == units->classes[k];
        REAL lead = is_own ? scores[u] : -scores[u];
        if (lead > margin) continue; /* a tie is a mistake */
        double weight = visit * (is_own ? units->positive[k] : units->negative[k]);
        if (weight == 0) continue;
        pushes[n_wrong] = is_own ? rule->rate * weight : -rule->rate * weight;
        wrong[n_wrong++] =
            NAME(note)(k, rule->margin - (double)lead, weight, losses, mistakes);
    }
    return n_wrong;
}

SKMLP_CLONES static void NAME(skmlp_perceptron)(
    const skmlp_perceptron_rows *rows, const skmlp_perceptron_units *units,
    const skmlp_perceptron_rule *rule, double *losses, int64_t *mistakes)
{
    int64_t K = units->n_units, d = units->n_features, n_learning = 0;
    const REAL *values = rows->values, *sample_weight = rows->sample_weight;
    REAL *weights = units->weights, *intercepts = units->intercepts;
    REAL *l1_due = units->l1_due, *l1_paid = units->l1_paid;
    double *weight_sums = units->weight_sums, *intercept_sums = units->intercept_sums;
    int is_free = rule->decay == 1 && !(rule->l1_step > 0);
    double visits = 0;
    NAME(pace) *paces = malloc(sizeof(NAME(pace)) * (size_t)K);
    double *pushes = malloc(sizeof(double) * (size_t)(K + 1));
    int64_t *learning = malloc(sizeof(int64_t) * (size_t)K);
    int64_t *wrong = malloc(sizeof(int64_t) * (size_t)(K + 1));
    REAL *scores = malloc(sizeof(REAL) * (size_t)K);
    for (int64_t k = 0; k < K; k++) losses[k] = mistakes[k] = 0;
    if (!paces || !pushes || !learning || !wrong || !scores) {
        mistakes[0] = -1;
        goto end;
    }
    for (int64_t k = 0; k < K; k++) {
        paces[k] = (NAME(pace)){1, 0};
        if (units->active[k]) learning[n_learning++] = k;
    }
    for (int64_t i = 0; i < rows->n_rows; i++) {
        int64_t row = rows->order[i], length = d, label = rows->labels[row];
        const REAL *x = values + row * rows->stride;
        const int32_t *places = NULL;
        int64_t later = rows->order[i + SKMLP_AHEAD < rows->n_rows ? i + SKMLP_AHEAD : i];
        if (rows->indices == NULL) {
            SKMLP_FETCH(values + later * rows->stride, d);
            NAME(all_scores)(n_learning, weights, learning, x, d, scores);
        } else {
            int64_t entries = rows->starts[later + 1] - rows->starts[later];
            SKMLP_FETCH(values + rows->starts[later], entries);
            SKMLP_FETCH(rows->indices + rows->starts[later], entries);
            x = values + rows->starts[row];
            places = rows->indices + rows->starts[row];
            length = rows->starts[row + 1] - rows->starts[row];
            NAME(sparse_scores)(n_learning, weights, learning, x, places, length, d, scores);
        }
        for (int64_t u = 0; u < n_learning; u++) {
            int64_t k = learning[u];
            if (!is_free) scores[u] *= (REAL)paces[k].scale;
            scores[u] += intercepts[k];
        }
        double visit = (double)sample_weight[row];
        int64_t n_wrong = NAME(find_wrong)(
            units, rule, learning, n_learning, scores, label, visit, wrong, pushes, losses,
            mistakes);
        if (rule->decay != 1)
            for (int64_t u = 0; u < n_learning; u++) {
                int64_t k = learning[u];
                paces[k].scale *= rule->decay;
                if (paces[k].scale < SKMLP_SMALL_SCALE)
                    NAME(settle)(
                        weights + k * d, paces + k,
                        weight_sums == NULL ? NULL : weight_sums + k * d, d);
            }
        for (int64_t m = 0; m < n_wrong; m++) {
            int64_t k = wrong[m];
            double clock = is_free ? visits : paces[k].clock;
            NAME(add_row)(
                weights + k * d, weight_sums == NULL ? NULL : weight_sums + k * d, clock,
                (REAL)(pushes[m] / paces[k].scale), x, places, length);
            if (!rule->fit_intercept) continue;
            intercepts[k] += (REAL)pushes[m];
            if (intercept_sums != NULL) intercept_sums[k] -= visits * pushes[m];
        }
        visits += visit;
        if (is_free) continue;
        for (int64_t u = 0; u < n_learning; u++) {
            int64_t k = learning[u];
            if (rule->l1_step > 0) {
                l1_due[k] += (REAL)rule->l1_step;
                NAME(pay_l1)(
                    weights + k * d, l1_paid + k * d, l1_due[k], paces[k],
                    weight_sums == NULL ? NULL : weight_sums + k * d, places, length);
            }
            paces[k].clock += visit * paces[k].scale;
        }
    }
    for (int64_t u = 0; u < n_learning; u++) {
        int64_t k = learning[u];
        if (is_free) paces[k].clock = visits;
        NAME(settle)(
            weights + k * d, paces + k, weight_sums == NULL ? NULL : weight_sums + k * d, d);
        if (intercept_sums != NULL) intercept_sums[k] += visits * (double)intercepts[k];
    }
end:
    free(paces);
    free(pushes);
    free(learning);
    free(wrong);
    free(scores);
}

#undef SKMLP_SMALL_SCALE

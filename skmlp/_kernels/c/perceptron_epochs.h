/* Epochs of the perceptron's rule until its units have stopped: see
   reference/perceptron.py. */
#ifndef SKMLP_PERCEPTRON_EPOCHS_H
#define SKMLP_PERCEPTRON_EPOCHS_H

#include <float.h>

#include "perceptron.h"
#include "random_orders.h"

enum {
    SKMLP_WORK_OF_A_ROW = 16, /* multiplications that take as long as to shuffle a row */
    SKMLP_PENALTY_SUMS = 8    /* independent sums */
};

typedef struct {
    int64_t max_epochs, n_iter_no_change;
    int is_patient; /* 0: epochs without progress end no unit */
    double tol, l2, l1;
} skmlp_perceptron_plan;

/* All arrays but the first and the last have one entry for each unit, or one with joint
   units. */
typedef struct {
    int64_t *curve; /* output (max_epochs,) */
    double *objectives, *first, *best;
    int64_t *waited;
    uint8_t *faultless;
    double *visits; /* (n_units,), or NULL without averaging */
} skmlp_perceptron_progress;

typedef struct {
    skmlp_epoch epoch;
    skmlp_perceptron_plan plan;
    skmlp_perceptron_progress progress;
    int64_t *order;   /* that of the epoch */
    uint8_t *active;  /* those of the epoch */
    uint32_t *words;  /* of the generator of the orders, or NULL: the order stays */
    int64_t n_epochs; /* output */
    int is_sound;     /* output: 0 if a number overflowed, or an average vanished */
} skmlp_perceptron_epochs_of;

/* Returns 1 if n numbers are finite. */
SKMLP_INLINE int skmlp_are_finite(const double *x, int64_t n)
{
    int64_t n_bad = 0;
    for (int64_t j = 0; j < n; j++) n_bad += !(x[j] <= DBL_MAX && x[j] >= -DBL_MAX);
    return n_bad == 0;
}

/* Records an epoch of the c-th unit, or of all units that learn jointly, and ends the
   unit if it made no mistake, or for too long no progress. */
static inline void skmlp_record_epoch(
    skmlp_perceptron_epochs_of *run, int64_t c, int64_t mistakes)
{
    const skmlp_perceptron_plan plan = run->plan;
    const skmlp_perceptron_progress progress = run->progress;
    double cost = progress.objectives[c];
    int is_penalised = plan.l2 > 0 || plan.l1 > 0;
    int ends = !is_penalised && mistakes == 0;
    if (run->active[c]) progress.faultless[c] = mistakes == 0;
    if (plan.is_patient) {
        if (isnan(progress.first[c])) progress.first[c] = cost;
        int is_worse = cost > progress.best[c] - plan.tol * progress.first[c];
        progress.waited[c] = is_worse ? progress.waited[c] + 1 : 0;
        if (cost < progress.best[c]) progress.best[c] = cost;
        ends |= progress.waited[c] >= plan.n_iter_no_change;
    }
    if (!ends) return;
    int is_joint = run->epoch.rule.joint;
    memset(run->active + c, 0, is_joint ? (size_t)run->epoch.units.n_units : 1);
}

/* Returns 1 if some unit may still make a mistake. */
static inline int skmlp_goes_on(const skmlp_perceptron_epochs_of *run)
{
    int is_active = 0;
    for (int64_t k = 0; k < run->epoch.units.n_units; k++) is_active |= run->active[k];
    return is_active;
}

#define SKMLP_THIS_FILE "perceptron_epochs.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

/* Returns l2/2·Σw² + l1·Σ|w|, with squares in the type of w and sums in double. */
SKMLP_INLINE double NAME(penalty_of)(const REAL *w, int64_t n, double l2, double l1)
{
    double squares[SKMLP_PENALTY_SUMS] = {0}, sizes[SKMLP_PENALTY_SUMS] = {0};
    double square = 0, size = 0;
    int64_t j = 0;
    for (; j + SKMLP_PENALTY_SUMS <= n; j += SKMLP_PENALTY_SUMS)
        for (int lane = 0; lane < SKMLP_PENALTY_SUMS; lane++) {
            REAL value = w[j + lane];
            squares[lane] += (double)(value * value);
            sizes[lane] += (double)(value < 0 ? -value : value);
        }
    for (; j < n; j++) {
        square += (double)(w[j] * w[j]);
        size += (double)(w[j] < 0 ? -w[j] : w[j]);
    }
    for (int lane = 0; lane < SKMLP_PENALTY_SUMS; lane++) {
        square += squares[lane];
        size += sizes[lane];
    }
    return l2 / 2 * square + l1 * size;
}

/* Returns the largest |x|, or infinity if some x is not finite. */
SKMLP_INLINE double NAME(size_of)(const REAL *x, int64_t n)
{
    REAL largest = 0;
    int64_t n_bad = 0;
    for (int64_t j = 0; j < n; j++) {
        REAL size = x[j] < 0 ? -x[j] : x[j];
        largest = size > largest ? size : largest;
        n_bad += !(size <= (SKMLP_DOUBLE ? (REAL)DBL_MAX : (REAL)FLT_MAX));
    }
    return n_bad ? INFINITY : (double)largest;
}

/* Returns 1 if all numbers of a unit are finite and its average does not vanish: an
   average sums products of weights of two kinds. An l1 penalty can set weights that have
   overflowed to zero, but not what it took from them, nor their sums. */
SKMLP_INLINE int NAME(is_sound)(
    const skmlp_perceptron_units *units, int64_t k, int has_l1, double largest_visit)
{
    const int64_t d = units->n_features;
    double size = NAME(size_of)((const REAL *)units->weights + k * d, d);
    double intercept = (double)((const REAL *)units->intercepts)[k];
    if (!skmlp_are_finite(&size, 1) || !skmlp_are_finite(&intercept, 1)) return 0;
    if (has_l1) {
        double paid = NAME(size_of)((const REAL *)units->l1_paid + k * d, d);
        if (!skmlp_are_finite(&paid, 1)) return 0;
    }
    if (units->weight_sums == NULL) return 1;
    double product = size * 0x1p500 * largest_visit;
    return !(0 < product && product < 0x1p-522)
           && skmlp_are_finite(units->weight_sums + k * d, d)
           && skmlp_are_finite(units->intercept_sums + k, 1);
}

/* Sets the objectives of an epoch: mean losses plus penalties. Returns 0 if a number is
   not finite, or an average vanishes. */
SKMLP_CLONES static int NAME(set_objectives)(
    skmlp_perceptron_epochs_of *run, double largest_visit)
{
    const skmlp_perceptron_units units = run->epoch.units;
    const skmlp_perceptron_plan plan = run->plan;
    const int64_t n_rows = run->epoch.rows.n_rows, d = units.n_features;
    int is_joint = run->epoch.rule.joint, is_sound = 1;
    int is_penalised = plan.l2 > 0 || plan.l1 > 0;
    double loss = 0, penalty = 0;
    for (int64_t k = 0; k < units.n_units; k++) {
        const REAL *w = (const REAL *)units.weights + k * d;
        double own = is_penalised ? NAME(penalty_of)(w, d, plan.l2, plan.l1) : 0;
        if (units.active[k])
            is_sound &= NAME(is_sound)(&units, k, run->epoch.rule.l1_step > 0,
                                       largest_visit);
        if (is_joint) {
            loss += run->epoch.losses[k];
            penalty += own;
        } else
            run->progress.objectives[k] =
                run->epoch.losses[k] / (double)(n_rows ? n_rows : 1) + own;
    }
    if (is_joint)
        run->progress.objectives[0] = loss / (double)(n_rows ? n_rows : 1) + penalty;
    return is_sound
           && skmlp_are_finite(run->progress.objectives, is_joint ? 1 : units.n_units);
}

static int NAME(perceptron_epochs)(skmlp_perceptron_epochs_of *run)
{
    const skmlp_epoch *epoch = &run->epoch;
    const skmlp_perceptron_rows rows = epoch->rows;
    const int64_t n_units = epoch->units.n_units;
    double visits = 0, largest_visit = 0;
    if (run->progress.visits != NULL)
        for (int64_t i = 0; i < rows.n_rows; i++) {
            double weight = (double)((const REAL *)rows.sample_weight)[rows.order[i]];
            visits += weight;
            if (weight > largest_visit) largest_visit = weight;
        }
    while (run->n_epochs < run->plan.max_epochs && skmlp_goes_on(run)) {
        if (skmlp_poll(epoch->signals, (rows.n_rows + n_units) * SKMLP_WORK_OF_A_ROW))
            return SKMLP_STOPPED;
        if (run->words != NULL) skmlp_shuffle(run->words, run->order, rows.n_rows);
        int error = NAME(perceptron_epoch)(epoch);
        if (error != SKMLP_DONE) return error;
        run->is_sound = NAME(set_objectives)(run, largest_visit);
        int64_t mistakes = 0;
        for (int64_t k = 0; k < n_units; k++) {
            mistakes += epoch->mistakes[k];
            if (run->progress.visits != NULL && run->active[k])
                run->progress.visits[k] += visits;
        }
        run->progress.curve[run->n_epochs++] = mistakes;
        if (!run->is_sound) break;
        if (epoch->rule.joint)
            skmlp_record_epoch(run, 0, mistakes);
        else
            for (int64_t k = 0; k < n_units; k++)
                skmlp_record_epoch(run, k, epoch->mistakes[k]);
    }
    return SKMLP_DONE;
}

#if SKMLP_LAST_TYPE

static int skmlp_perceptron_epochs(int is_double, skmlp_perceptron_epochs_of *run)
{
    return is_double ? perceptron_epochs_f64(run) : perceptron_epochs_f32(run);
}

#endif

#include "end_of_type.h"
#endif

/* Losses of raw scores, and their gradients.

   A new loss is one line in SKMLP_LOSSES and one case in `loss_gradient`. A loss whose
   second derivatives Newton's method needs has a case in curvature.h, too. */
#ifndef SKMLP_LOSSES_H
#define SKMLP_LOSSES_H

#include "elementary.h"
#include "problem.h"

/* X(code, name): in the order of their codes. */
#define SKMLP_LOSSES(X)                                                               \
    X(SKMLP_BINARY, "binary_log_loss")                                                \
    X(SKMLP_MULTINOMIAL, "multinomial_log_loss")                                      \
    X(SKMLP_SQUARED, "squared_error")                                                 \
    X(SKMLP_POISSON, "poisson")                                                       \
    X(SKMLP_BINARY_FOCAL, "binary_focal")                                             \
    X(SKMLP_MULTINOMIAL_FOCAL, "multinomial_focal")                                   \
    X(SKMLP_BINARY_HINGE, "binary_hinge")                                             \
    X(SKMLP_MULTICLASS_HINGE, "multiclass_hinge")                                     \
    X(SKMLP_ABSOLUTE, "absolute_error")                                               \
    X(SKMLP_HUBER, "huber")                                                           \
    X(SKMLP_QUANTILE, "quantile")                                                     \
    X(SKMLP_GAMMA, "gamma")                                                           \
    X(SKMLP_GAUSSIAN, "gaussian")                                                     \
    X(SKMLP_PER_COLUMN, "per_column")                                                 \
    X(SKMLP_PROGRAM_LOSS, "loss_program")

#define SKMLP_CODE(code, name) code,
#define SKMLP_NAME(code, name) name,
enum { SKMLP_LOSSES(SKMLP_CODE) SKMLP_N_LOSSES };
SKMLP_UNUSED static const char *const skmlp_losses[] = {SKMLP_LOSSES(SKMLP_NAME)};
#undef SKMLP_CODE
#undef SKMLP_NAME

#define SKMLP_THIS_FILE "losses.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

/* `loss_gradient` for one binary output and consecutive rows: this loop vectorises. */
SKMLP_CLONES static double NAME(binary_gradient)(
    const REAL *restrict y, REAL smoothing, const REAL *restrict weights, REAL factor,
    REAL *restrict scores, int64_t rows)
{
    enum { BLOCK = 64 };
    double total = 0;
    REAL kept = R(1) - smoothing, added = R(0.5) * smoothing;
    for (int64_t first = 0; first < rows; first += BLOCK) {
        int n = rows - first < BLOCK ? (int)(rows - first) : BLOCK;
        const REAL *restrict yi = y + first;
        REAL *restrict s = scores + first, values[BLOCK];
        for (int i = 0; i < n; i++) {
            REAL target = kept * yi[i] + added;
            values[i] = NAME(softplus)(s[i]) - target * s[i];
            s[i] = (NAME(logistic)(s[i]) - target) * factor;
        }
        if (weights != NULL)
            for (int i = 0; i < n; i++) {
                values[i] *= weights[first + i];
                s[i] *= weights[first + i];
            }
        for (int i = 0; i < n; i++) total += (double)values[i];
    }
    return total;
}

/* `loss_gradient` of −log softmax(scores); `smoothing` of each row's weight is spread
   evenly over all classes. */
SKMLP_CLONES static double NAME(multinomial_gradient)(
    const int64_t *restrict labels, const int64_t *order, int64_t first, REAL smoothing,
    const REAL *restrict weights, REAL factor, REAL *restrict scores, int64_t rows,
    int64_t K)
{
    double total = 0, largest_total = 0;
    REAL kept = R(1) - smoothing, share = smoothing / (REAL)K;
    for (int64_t i = 0; i < rows; i++) { /* subtract the largest score */
        REAL *restrict s = scores + i * K;
        int64_t row = order == NULL ? first + i : order[i];
        REAL largest = s[0];
        for (int64_t k = 1; k < K; k++) largest = s[k] > largest ? s[k] : largest;
        REAL w = weights == NULL ? 1 : weights[i];
        if (smoothing > 0) {
            REAL below = 0;
            for (int64_t k = 0; k < K; k++) below += largest - s[k];
            largest_total += (double)(w * (kept * (largest - s[labels[row]])
                                           + share * below));
        } else {
            largest_total += (double)(w * (largest - s[labels[row]]));
        }
        for (int64_t k = 0; k < K; k++) s[k] -= largest;
    }
    for (int64_t i = 0; i < rows * K; i++) scores[i] = NAME(exponential)(scores[i]);
    for (int64_t i = 0; i < rows; i++) {
        REAL *restrict s = scores + i * K;
        int64_t row = order == NULL ? first + i : order[i];
        REAL sum = 0, w = weights == NULL ? 1 : weights[i];
        for (int64_t k = 0; k < K; k++) sum += s[k];
        total += (double)(w * (REAL)log((double)sum));
        REAL scale = w * factor / sum;
        for (int64_t k = 0; k < K; k++) s[k] *= scale;
        s[labels[row]] -= kept * (w * factor);
        if (smoothing > 0)
            for (int64_t k = 0; k < K; k++) s[k] -= share * (w * factor);
    }
    return total + largest_total;
}

/* Returns (1 − p)^γ·(−log p) with p = logistic(margin); `slope` gets its derivative. */
SKMLP_INLINE REAL NAME(focal)(REAL margin, REAL gamma, REAL *slope)
{
    REAL cost = NAME(softplus)(-margin);
    REAL weight = NAME(exponential)(-gamma * NAME(softplus)(margin));
    *slope = -weight
        * (gamma * NAME(logistic)(margin) * cost + NAME(logistic)(-margin));
    return weight * cost;
}

/* The focal loss of class t. Its margin is its score minus log Σ e^score of the others. */
SKMLP_INLINE REAL NAME(multinomial_focal)(REAL *s, int64_t t, REAL gamma, int64_t K)
{
    REAL own = s[t], largest = s[t == 0 ? K > 1 : 0], sum = 0, slope;
    for (int64_t k = 0; k < K; k++)
        if (k != t && s[k] > largest) largest = s[k];
    for (int64_t k = 0; k < K; k++) {
        s[k] = k == t ? 0 : NAME(exponential)(s[k] - largest);
        sum += s[k];
    }
    REAL value = NAME(focal)(own - largest - (REAL)log((double)sum), gamma, &slope);
    for (int64_t k = 0; k < K; k++) s[k] *= -slope / sum;
    s[t] = slope;
    return value;
}

/* max(0, 1 + the largest other score − the score of class t). */
SKMLP_INLINE REAL NAME(multiclass_hinge)(REAL *s, int64_t t, int64_t K)
{
    int64_t other = t == 0 ? K > 1 : 0;
    for (int64_t k = other + 1; k < K; k++)
        if (k != t && s[k] > s[other]) other = k;
    REAL value = R(1) + s[other] - s[t];
    for (int64_t k = 0; k < K; k++) s[k] = value != value ? value : 0;
    if (!(value > 0)) return value != value ? value : 0;
    s[other] = 1;
    s[t] = -1;
    return value;
}

/* −log softmax(scores)_t of a smoothed label. */
SKMLP_INLINE REAL NAME(softmax_cost)(REAL *s, int64_t t, REAL smoothing, int64_t K)
{
    REAL largest = s[0], sum = 0, below = 0;
    for (int64_t k = 1; k < K; k++) largest = s[k] > largest ? s[k] : largest;
    for (int64_t k = 0; k < K; k++) {
        s[k] -= largest;
        below -= s[k];
    }
    REAL kept = R(1) - smoothing, share = smoothing / (REAL)K;
    REAL value = share * below - kept * s[t];
    for (int64_t k = 0; k < K; k++) sum += s[k] = NAME(exponential)(s[k]);
    for (int64_t k = 0; k < K; k++) s[k] = s[k] / sum - share;
    s[t] -= kept;
    return value + (REAL)log((double)sum);
}

/* The sum of a multiclass loss over several groups of scores, one per target column.
   `settings` holds the code of the loss, its setting, and the sizes of the groups. */
SKMLP_INLINE REAL NAME(per_column)(
    const double *settings, const REAL *y, int64_t n_targets, REAL *s)
{
    const int form = (int)settings[0];
    const REAL setting = (REAL)settings[1];
    REAL sum = 0;
    for (int64_t target = 0; target < n_targets; target++) {
        int64_t size = (int64_t)settings[2 + target], t = (int64_t)y[target];
        if (size == 1)
            s[0] = 0;
        else if (form == SKMLP_MULTINOMIAL)
            sum += NAME(softmax_cost)(s, t, setting, size);
        else if (form == SKMLP_MULTINOMIAL_FOCAL)
            sum += NAME(multinomial_focal)(s, t, setting, size);
        else
            sum += NAME(multiclass_hinge)(s, t, size);
        s += size;
    }
    return sum;
}

/* Returns Σᵢ wᵢ·ℓ(yᵢ, scoresᵢ), and replaces the scores by wᵢ·factor times the gradient of
   the loss. `weights` holds wᵢ (NULL: all ones); `order` gives the rows (NULL: consecutive
   rows from `first`). */
SKMLP_CLONES static double NAME(loss_gradient)(
    int loss, const double *settings, const NAME(data) *data, const int64_t *order,
    int64_t first, const REAL *restrict weights, REAL factor, REAL *restrict scores,
    int64_t rows, int64_t K)
{
    double total = 0;
    const REAL setting = settings == NULL ? 0 : (REAL)settings[0];
    const int64_t n_targets = data->n_targets;
    if (loss == SKMLP_BINARY && K == 1 && order == NULL)
        return NAME(binary_gradient)(
            data->y + first, setting, weights, factor, scores, rows);
    if (loss == SKMLP_MULTINOMIAL)
        return NAME(multinomial_gradient)(
            data->labels, order, first, setting, weights, factor, scores, rows, K);
    for (int64_t i = 0; i < rows; i++) {
        REAL *restrict s = scores + i * K;
        int64_t row = order == NULL ? first + i : order[i];
        const REAL *restrict y = data->y + row * n_targets;
        REAL w = weights == NULL ? 1 : weights[i], sum = 0;
        switch (loss) {
        case SKMLP_BINARY:
            for (int64_t k = 0; k < K; k++) {
                REAL target = (R(1) - setting) * y[k] + R(0.5) * setting;
                sum += NAME(softplus)(s[k]) - target * s[k];
                s[k] = (NAME(logistic)(s[k]) - target) * (w * factor);
            }
            break;
        case SKMLP_POISSON:
            for (int64_t k = 0; k < K; k++) {
                REAL mean = NAME(exponential)(s[k]);
                REAL saturated = (y[k] > 0 ? y[k] * (REAL)log((double)y[k]) : 0) - y[k];
                sum += mean - y[k] * s[k] + saturated;
                s[k] = (mean - y[k]) * (w * factor);
            }
            break;
        case SKMLP_BINARY_FOCAL:
            for (int64_t k = 0; k < K; k++) {
                REAL side = y[k] > R(0.5) ? R(1) : R(-1), slope;
                sum += NAME(focal)(side * s[k], setting, &slope);
                s[k] = side * slope * (w * factor);
            }
            break;
        case SKMLP_MULTINOMIAL_FOCAL:
            sum = NAME(multinomial_focal)(s, data->labels[row], setting, K);
            for (int64_t k = 0; k < K; k++) s[k] *= w * factor;
            break;
        case SKMLP_BINARY_HINGE:
            for (int64_t k = 0; k < K; k++) {
                REAL side = y[k] > R(0.5) ? R(1) : R(-1), value = R(1) - side * s[k];
                sum += value > 0 ? value : value * 0; /* a NaN stays one */
                s[k] = value > 0 ? -side * (w * factor) : value * 0;
            }
            break;
        case SKMLP_MULTICLASS_HINGE:
            sum = NAME(multiclass_hinge)(s, data->labels[row], K);
            for (int64_t k = 0; k < K; k++) s[k] *= w * factor;
            break;
        case SKMLP_ABSOLUTE:
            for (int64_t k = 0; k < K; k++) {
                REAL error = s[k] - y[k], size = error < 0 ? -error : error;
                sum += size;
                s[k] = (error > 0 ? R(1) : (error < 0 ? R(-1) : error)) * (w * factor);
            }
            break;
        case SKMLP_HUBER:
            for (int64_t k = 0; k < K; k++) {
                REAL error = s[k] - y[k];
                REAL inner = error > setting ? setting : error;
                inner = inner < -setting ? -setting : inner;
                sum += inner * (error - R(0.5) * inner);
                s[k] = inner * (w * factor);
            }
            break;
        case SKMLP_QUANTILE: {
            int64_t n_quantiles = K / n_targets;
            for (int64_t k = 0; k < K; k++) {
                REAL q = (REAL)settings[k % n_quantiles];
                REAL error = y[k / n_quantiles] - s[k];
                REAL slope = error > 0 ? q : (error < 0 ? q - R(1) : error);
                sum += slope * error;
                s[k] = -slope * (w * factor);
            }
            break;
        }
        case SKMLP_GAMMA:
            for (int64_t k = 0; k < K; k++) {
                REAL ratio = y[k] * NAME(exponential)(-s[k]);
                sum += s[k] - (REAL)log((double)y[k]) + ratio - R(1);
                s[k] = (R(1) - ratio) * (w * factor);
            }
            break;
        case SKMLP_GAUSSIAN:
            for (int64_t k = 0; k < K; k += 2) {
                REAL error = s[k] - y[k / 2], precision = NAME(exponential)(-s[k + 1]);
                REAL square = error * error * precision;
                sum += R(0.5) * (s[k + 1] + square) + R(0.9189385332046727);
                s[k] = error * precision * (w * factor);
                s[k + 1] = R(0.5) * (R(1) - square) * (w * factor);
            }
            break;
        case SKMLP_PER_COLUMN:
            sum = NAME(per_column)(settings, y, n_targets, s);
            for (int64_t k = 0; k < K; k++) s[k] *= w * factor;
            break;
        default: /* squared error */
            for (int64_t k = 0; k < K; k++) {
                REAL error = s[k] - y[k];
                sum += R(0.5) * error * error;
                s[k] = error * (w * factor);
            }
            break;
        }
        total += (double)(w * sum);
    }
    return total;
}

/* `loss_gradient` by the program of a user's function of y and scores. Labels are turned
   into rows of zeros with a one; `targets` is scratch for the rows of a block. */
static double NAME(loss_gradient_by_program)(
    const NAME(machine) *machine, REAL *targets, const NAME(data) *data,
    const int64_t *order, int64_t first, const REAL *weights, REAL factor, REAL *scores,
    int64_t rows, int64_t K)
{
    double total = 0;
    int64_t some = skmlp_program_rows(machine->program);
    for (int64_t start = 0; start < rows; start += some) {
        int64_t n = rows - start < some ? rows - start : some;
        const REAL *inputs[2] = {targets, scores + start * K};
        if (data->labels == NULL && order == NULL)
            inputs[0] = data->y + (first + start) * K;
        else
            for (int64_t i = 0; i < n; i++) {
                int64_t row = order == NULL ? first + start + i : order[start + i];
                if (data->labels == NULL) {
                    memcpy(targets + i * K, data->y + row * K,
                           sizeof(REAL) * (size_t)K);
                    continue;
                }
                for (int64_t k = 0; k < K; k++) targets[i * K + k] = 0;
                targets[i * K + data->labels[row]] = 1;
            }
        NAME(run_operations)(machine, inputs, machine->program->n_operations, n);
        const REAL *values = NAME(output_of)(machine, inputs, 0);
        const REAL *gradient = NAME(output_of)(machine, inputs, 1);
        /* With one score an output may be the scores, which are overwritten. */
        for (int64_t i = 0; i < n; i++) {
            REAL w = weights == NULL ? 1 : weights[start + i];
            total += (double)(w * values[i]);
            for (int64_t k = 0; k < K; k++)
                scores[(start + i) * K + k] = gradient[i * K + k] * (w * factor);
        }
    }
    return total;
}

#include "end_of_type.h"
#endif

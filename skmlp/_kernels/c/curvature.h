/* Second derivatives of a network with no hidden layer, summed over rows.

   A row's loss has the second derivative C (K, K) by its scores, so the Hessian's block
   of outputs k and m is Σᵢ Cₖₘ·[xᵢ, 1][xᵢ, 1]ᵀ: one symmetric product per pair, in double
   precision. Pairs are (0, 0), (1, 0), (1, 1), (2, 0), …; for losses that do not join
   outputs they are (0, 0), (1, 1), … alone. */
#ifndef SKMLP_CURVATURE_H
#define SKMLP_CURVATURE_H

#include "blas.h"
#include "network.h"

/* The pairs of outputs from `first_pair` to `last_pair` − 1; their sums over a range of
   rows are added to the lower triangles of `sums` (pairs, side, side), where `side` is the
   number of features, plus one if there are intercepts. */
typedef struct {
    const void *parameters;
    skmlp_dsyrk syrk;
    int64_t first_pair, last_pair;
    double *sums;
} skmlp_curvature;

#define SKMLP_THIS_FILE "curvature.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

/* Turns scores into means, in place; the second derivatives follow from the means. */
SKMLP_CLONES static void NAME(means)(
    int loss, REAL *restrict scores, int64_t rows, int64_t K)
{
    switch (loss) {
    case SKMLP_MULTINOMIAL:
        for (int64_t i = 0; i < rows; i++) {
            REAL *restrict s = scores + i * K;
            REAL largest = s[0];
            for (int64_t k = 1; k < K; k++) largest = s[k] > largest ? s[k] : largest;
            for (int64_t k = 0; k < K; k++) s[k] -= largest;
        }
        for (int64_t i = 0; i < rows * K; i++) scores[i] = NAME(exponential)(scores[i]);
        for (int64_t i = 0; i < rows; i++) {
            REAL *restrict s = scores + i * K;
            REAL sum = 0;
            for (int64_t k = 0; k < K; k++) sum += s[k];
            for (int64_t k = 0; k < K; k++) s[k] /= sum;
        }
        break;
    case SKMLP_BINARY:
        for (int64_t i = 0; i < rows * K; i++) scores[i] = NAME(logistic)(scores[i]);
        break;
    case SKMLP_POISSON:
        for (int64_t i = 0; i < rows * K; i++) scores[i] = NAME(exponential)(scores[i]);
        break;
    default: /* squared error: the means are not used */
        break;
    }
}

/* factors[i] = wᵢ·|Cₖₘ| of every row. Cₖₘ ≥ 0 for k = m, and Cₖₘ ≤ 0 for k ≠ m. */
SKMLP_CLONES static void NAME(pair_factors)(
    int loss, const REAL *restrict means, const REAL *restrict weights, int64_t k,
    int64_t m, int64_t rows, int64_t K, double *restrict factors)
{
    for (int64_t i = 0; i < rows; i++) {
        REAL a = means[i * K + k], b = means[i * K + m], c;
        if (loss == SKMLP_SQUARED)
            c = 1;
        else if (loss == SKMLP_POISSON)
            c = a;
        else
            c = k == m ? a * (1 - a) : a * b;
        factors[i] = weights == NULL ? (double)c : (double)c * (double)weights[i];
    }
}

/* target (rows, side) = [xᵢ, 1]·√factorᵢ. */
SKMLP_CLONES static void NAME(scaled_rows)(
    const NAME(rows) *X, int64_t first, const REAL *dense, int64_t stride,
    const double *restrict factors, int64_t rows, int64_t width, int64_t side,
    double *restrict target)
{
    for (int64_t i = 0; i < rows; i++) {
        double *restrict t = target + i * side;
        double root = sqrt(factors[i]);
        if (X->indices == NULL) {
            const REAL *restrict x = dense + i * stride;
            for (int64_t j = 0; j < width; j++) t[j] = (double)x[j] * root;
        } else {
            for (int64_t j = 0; j < width; j++) t[j] = 0;
            for (int32_t e = X->starts[first + i]; e < X->starts[first + i + 1]; e++)
                t[X->indices[e]] += (double)X->values[e] * root;
        }
        if (side > width) t[width] = root;
    }
}

/* Adds sign·factorᵢ·[xᵢ, 1][xᵢ, 1]ᵀ of CSR rows with few entries, below the diagonal
   and on it. */
static void NAME(sparse_products)(
    const NAME(rows) *X, int64_t first, const double *restrict factors, double sign,
    int64_t rows, int64_t width, int64_t side, double *restrict sums,
    skmlp_signals *signals)
{
    for (int64_t i = 0; i < rows; i++) {
        int32_t start = X->starts[first + i], stop = X->starts[first + i + 1];
        if (skmlp_poll(signals, (int64_t)(stop - start) * (stop - start))) return;
        const int32_t *restrict columns = X->indices;
        for (int32_t e = start; e < stop; e++) {
            double *restrict row = sums + (int64_t)columns[e] * side;
            double value = sign * factors[i] * (double)X->values[e];
            /* Entries may be unordered, and an entry may occur several times. */
            for (int32_t f = start; f < stop; f++)
                if (columns[f] <= columns[e])
                    row[columns[f]] += value * (double)X->values[f];
            if (side > width) sums[width * side + columns[e]] += value;
        }
        if (side > width) sums[width * side + width] += sign * factors[i];
    }
}

static int NAME(curvature_sums)(
    const skmlp_problem *problem, skmlp_range range, const skmlp_curvature *wanted)
{
    NAME(network) net;
    NAME(data) data;
    NAME(workspace) work;
    NAME(unpack)(problem, &net, &data);
    int64_t width = net.sizes[0], K = net.sizes[1], side = width + net.has_intercepts;
    const NAME(rows) *X = &data.X;
    int64_t first = range.first, last = range.last, block = skmlp_block_of(range);
    /* A product of dense rows does about 15 multiplications in the time of one between
       scattered entries. */
    int scattered = X->indices != NULL
        && (double)(X->starts[last] - X->starts[first])
            < 0.25 * (double)width * (double)(last - first);
    double *factors = malloc(
        sizeof(double) * (size_t)(block * (1 + (scattered ? 0 : side))));
    int error = factors == NULL ? SKMLP_NO_MEMORY : NAME(open_workspace)(
        &work, &net, block, NAME(gathers)(X, width, 0, NULL), NULL);
    if (error) {
        free(factors);
        return error;
    }
    work.signals = range.signals;
    for (; first < last && !skmlp_stopped(range.signals); first += block) {
        int64_t rows = last - first < block ? last - first : block, stride;
        const REAL *dense = NAME(take_rows)(X, NULL, first, rows, width, &work, &stride);
        const REAL *weights = data.sample_weight;
        REAL *means = work.outputs[0];
        if (weights != NULL) weights += first;
        NAME(forward)(&net, X, NULL, first, dense, stride, wanted->parameters, &work, rows);
        NAME(means)(net.loss, means, rows, K);
        int64_t k = 0, m = 0;
        for (int64_t pair = 0; pair < wanted->last_pair; pair++) {
            if (net.loss != SKMLP_MULTINOMIAL) k = m = pair;
            if (pair >= wanted->first_pair) {
                if (skmlp_poll(range.signals, scattered ? rows : rows * side * side)) break;
                double sign = k == m ? 1 : -1, one = 1;
                double *target = wanted->sums + pair * side * side;
                NAME(pair_factors)(net.loss, means, weights, k, m, rows, K, factors);
                if (scattered) {
                    NAME(sparse_products)(
                        X, first, factors, sign, rows, width, side, target,
                        range.signals);
                } else {
                    double *scaled = factors + block;
                    char upper = 'U', no = 'N';
                    int side_ = (int)side, rows_ = (int)rows;
                    NAME(scaled_rows)(
                        X, first, dense, stride, factors, rows, width, side, scaled);
                    wanted->syrk(&upper, &no, &side_, &rows_, &sign, scaled, &side_, &one,
                         target, &side_);
                }
            }
            if (m == k) {
                k++;
                m = 0;
            } else {
                m++;
            }
        }
    }
    free(work.memory);
    free(factors);
    return skmlp_end_of(range.signals);
}

#if SKMLP_LAST_TYPE

static int skmlp_curvature_sums(
    const skmlp_problem *problem, skmlp_range range, const skmlp_curvature *wanted)
{
    return problem->is_double ? curvature_sums_f64(problem, range, wanted)
                              : curvature_sums_f32(problem, range, wanted);
}

#endif

#include "end_of_type.h"
#endif

/* The direction of L-BFGS: the two loops of Nocedal (1980), over the last steps and the
   changes of the gradient. */
#ifndef SKMLP_LIMITED_MEMORY_H
#define SKMLP_LIMITED_MEMORY_H

#include "platform.h"

/* Rows of `steps` and `changes` (size, n): row `newest` is the last of `n_pairs`, the rows
   before it, and from the end again, are older. */
typedef struct {
    int64_t n, size, newest, n_pairs;
    const double *steps, *changes;
} skmlp_limited_memory;

SKMLP_CLONES static double skmlp_dot(
    const double *restrict a, const double *restrict b, int64_t n)
{
    double sums[8] = {0};
    int64_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (int lane = 0; lane < 8; lane++) sums[lane] += a[i + lane] * b[i + lane];
    double sum = ((sums[0] + sums[4]) + (sums[1] + sums[5]))
        + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
    for (; i < n; i++) sum += a[i] * b[i];
    return sum;
}

SKMLP_CLONES static void skmlp_add(
    double factor, const double *restrict a, double *restrict target, int64_t n)
{
    for (int64_t i = 0; i < n; i++) target[i] += factor * a[i];
}

/* direction = −H·gradient; `shares` and `curvatures` (size,) are scratch. */
static void skmlp_limited_memory_direction(
    const skmlp_limited_memory *memory, const double *gradient, double *direction,
    double *shares, double *curvatures)
{
    int64_t n = memory->n, row = memory->newest;
    for (int64_t i = 0; i < n; i++) direction[i] = -gradient[i];
    for (int64_t pair = 0; pair < memory->n_pairs; pair++) {
        const double *step = memory->steps + row * n, *change = memory->changes + row * n;
        curvatures[row] = skmlp_dot(step, change, n);
        shares[row] = skmlp_dot(step, direction, n) / curvatures[row];
        skmlp_add(-shares[row], change, direction, n);
        row = row == 0 ? memory->size - 1 : row - 1;
    }
    if (memory->n_pairs > 0) {
        const double *newest = memory->changes + memory->newest * n;
        double scale = curvatures[memory->newest] / skmlp_dot(newest, newest, n);
        for (int64_t i = 0; i < n; i++) direction[i] *= scale;
    }
    for (int64_t pair = 0; pair < memory->n_pairs; pair++) {
        row = row == memory->size - 1 ? 0 : row + 1;
        const double *step = memory->steps + row * n, *change = memory->changes + row * n;
        double share = shares[row] - skmlp_dot(change, direction, n) / curvatures[row];
        skmlp_add(share, step, direction, n);
    }
}

#endif

/* Checks of integer arrays before a kernel reads through them. */
#ifndef SKMLP_ARGUMENTS_H
#define SKMLP_ARGUMENTS_H

#include "platform.h"

/* Returns 1 if all n numbers are from 0 to end − 1. Negative numbers are the largest ones
   when they are read as unsigned. */
SKMLP_UNUSED SKMLP_CLONES static int skmlp_all_below(
    const int64_t *numbers, int64_t n, int64_t end)
{
    uint64_t n_outside = 0;
    for (int64_t i = 0; i < n; i++)
        n_outside += (uint64_t)numbers[i] >= (uint64_t)end;
    return n_outside == 0;
}

/* Returns 1 if no number is smaller than the one before it. */
SKMLP_UNUSED SKMLP_CLONES static int skmlp_ascends(const int32_t *numbers, int64_t n)
{
    int64_t n_falls = 0;
    for (int64_t i = 1; i < n; i++) n_falls += numbers[i] < numbers[i - 1];
    return n_falls == 0;
}

#endif

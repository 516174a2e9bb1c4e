/* Random numbers that follow from their position alone: the epoch's seed, the stream, the
   row's position and the column. See reference/random_numbers.py. */
#ifndef SKMLP_RANDOM_NUMBERS_H
#define SKMLP_RANDOM_NUMBERS_H

#include "platform.h"

#define SKMLP_NOISE_STREAM 1000 /* larger than the number of any layer */
#define SKMLP_GOLDEN 0x9E3779B97F4A7C15ULL

SKMLP_INLINE uint64_t skmlp_split_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
    return x ^ (x >> 31);
}

/* The key of a stream; the keys of its rows follow from it. */
SKMLP_INLINE uint64_t skmlp_stream_key(uint64_t seed, uint64_t stream)
{
    return skmlp_split_mix(seed + stream * SKMLP_GOLDEN);
}

SKMLP_INLINE uint64_t skmlp_row_key(uint64_t stream_key, int64_t row)
{
    return skmlp_split_mix(stream_key + (uint64_t)row * SKMLP_GOLDEN);
}

SKMLP_INLINE uint32_t skmlp_bits(uint32_t low, uint32_t high, uint32_t column)
{
    uint32_t x = column * 0x9E3779B9U + low;
    x = (x ^ (x >> 16)) * 0x7FEB352DU;
    x = (x ^ (x >> 15)) + high;
    x *= 0x846CA68BU;
    return x ^ (x >> 16);
}

SKMLP_INLINE float skmlp_log_of_share(float u)
{
    union { float real; int32_t bits; } m;
    m.real = u;
    int32_t exponent = (m.bits - 0x3F3504F3) >> 23;
    m.bits -= (int32_t)((uint32_t)exponent << 23);
    float s = (m.real - 1.0f) / (m.real + 1.0f), q = s * s;
    float p = 0.22222222f * q + 0.28571429f;
    p = (p * q + 0.4f) * q + 0.66666667f;
    p = p * q + 2.0f;
    return (float)exponent * 0.69314718f + s * p;
}

SKMLP_INLINE float skmlp_cosine_of_turns(float t)
{
    float x = t - 0.5f;
    x = ((x < 0 ? -x : x) - 0.25f) * 6.2831853f;
    float q = x * x;
    float p = -2.5052108e-08f * q + 2.7557319e-06f;
    p = (p * q + -1.9841270e-04f) * q + 8.3333333e-03f;
    p = (p * q + -1.6666667e-01f) * q + 1.0f;
    return p * x;
}

#define SKMLP_THIS_FILE "random_numbers.h"
#include "both_types.h"
#endif

#ifdef REAL /* read for float, then for double: see both_types.h */

/* factors (rows, width): 0 with probability p, else 1 / (1 − p). out = a·factors; `out` may
   be `a`. */
SKMLP_CLONES static void NAME(drop_units)(
    uint64_t stream_key, double p, int64_t first, const REAL *a,
    REAL *restrict factors, REAL *out, int64_t rows, int64_t width)
{
    double limit = p * 4294967296.0 + 0.5;
    uint32_t threshold = limit < 4294967295.0 ? (uint32_t)limit : 4294967295U;
    REAL grown = (REAL)(1 / (1 - p));
    for (int64_t i = 0; i < rows; i++) {
        uint64_t key = skmlp_row_key(stream_key, first + i);
        uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
        REAL *restrict fi = factors + i * width;
        int n = (int)width;
        for (int k = 0; k < n; k++)
            fi[k] = skmlp_bits(low, high, (uint32_t)k) >= threshold ? grown : 0;
    }
    for (int64_t i = 0; i < rows * width; i++) out[i] = a[i] * factors[i];
}

/* x (rows, width) += deviation · standard normal variables. */
SKMLP_CLONES static void NAME(disturb)(
    uint64_t length_key, uint64_t angle_key, double deviation, int64_t first,
    REAL *restrict x, int64_t rows, int64_t width)
{
    for (int64_t i = 0; i < rows; i++) {
        uint64_t lengths = skmlp_row_key(length_key, first + i);
        uint64_t angles = skmlp_row_key(angle_key, first + i);
        uint32_t low = (uint32_t)lengths, high = (uint32_t)(lengths >> 32);
        uint32_t angle_low = (uint32_t)angles, angle_high = (uint32_t)(angles >> 32);
        REAL *restrict xi = x + i * width;
        int n = (int)width;
        for (int k = 0; k < n; k++) {
            int32_t u = (int32_t)(skmlp_bits(low, high, (uint32_t)k) >> 8);
            int32_t t = (int32_t)(skmlp_bits(angle_low, angle_high, (uint32_t)k) >> 8);
            float share = ((float)u + 0.5f) * 5.9604645e-08f;
            float length = sqrtf(-2.0f * skmlp_log_of_share(share));
            float z = length * skmlp_cosine_of_turns((float)t * 5.9604645e-08f);
            xi[k] += (REAL)deviation * (REAL)z;
        }
    }
}

#include "end_of_type.h"
#endif

/* Random orders, the same as those of numpy.random.RandomState, without its objects.

   Its generator is the Mersenne Twister of Matsumoto and Nishimura (1998). The state is
   its 624 words and, as word 625, the number of words that are used up. An order is drawn
   as by RandomState.shuffle: each number changes places with one before it or itself. */
#ifndef SKMLP_RANDOM_ORDERS_H
#define SKMLP_RANDOM_ORDERS_H

#include "platform.h"

enum { SKMLP_WORDS = 624, SKMLP_TWIST_FROM = 397, SKMLP_STATE_WORDS = SKMLP_WORDS + 1 };

#define SKMLP_TWIST(high, low)                                                        \
    ((((high) & 0x80000000U) | ((low) & 0x7FFFFFFFU)) >> 1                            \
     ^ ((0U - ((low) & 1U)) & 0x9908B0DFU))

/* Computes the next 624 words of the state. */
SKMLP_INLINE void skmlp_twist(uint32_t *words)
{
    const int left = SKMLP_WORDS - SKMLP_TWIST_FROM;
    for (int i = 0; i < left; i++)
        words[i] = words[i + SKMLP_TWIST_FROM] ^ SKMLP_TWIST(words[i], words[i + 1]);
    for (int i = left; i < SKMLP_WORDS - 1; i++)
        words[i] = words[i - left] ^ SKMLP_TWIST(words[i], words[i + 1]);
    words[SKMLP_WORDS - 1] = words[SKMLP_TWIST_FROM - 1]
                             ^ SKMLP_TWIST(words[SKMLP_WORDS - 1], words[0]);
}

/* The random numbers of the words. */
SKMLP_INLINE void skmlp_temper(const uint32_t *restrict words, uint32_t *restrict numbers)
{
    for (int i = 0; i < SKMLP_WORDS; i++) {
        uint32_t x = words[i];
        x ^= x >> 11;
        x ^= (x << 7) & 0x9D2C5680U;
        x ^= (x << 15) & 0xEFC60000U;
        numbers[i] = x ^ (x >> 18);
    }
}

/* Shuffles n numbers in place, n <= 2^32. A random number with the bits of `last` that is
   above it is drawn again: then a number changes places with itself, which costs less
   than a branch that no processor can predict. */
SKMLP_CLONES SKMLP_UNUSED static void skmlp_shuffle(
    uint32_t *words, int64_t *order, int64_t n)
{
    uint32_t numbers[SKMLP_WORDS], mask = 0xFFFFFFFFU;
    uint32_t used = words[SKMLP_WORDS];
    skmlp_temper(words, numbers);
    for (int64_t last = n - 1; last > 0;) {
        while ((mask >> 1) >= (uint64_t)last) mask >>= 1;
        if (used == SKMLP_WORDS) {
            skmlp_twist(words);
            skmlp_temper(words, numbers);
            used = 0;
        }
        int64_t other = numbers[used++] & mask, fits = other <= last;
        other = fits ? other : last;
        int64_t moved = order[last];
        order[last] = order[other];
        order[other] = moved;
        last -= fits;
    }
    words[SKMLP_WORDS] = used;
}

#endif

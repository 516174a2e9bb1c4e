/* What depends on the compiler and the processor.

   Under GNU/Linux on x86-64 each function that is marked SKMLP_CLONES is built several
   times, and the loader picks the version for the processor; elsewhere it is built once,
   and so it is with -DSKMLP_CLONES= (tests/sanitize: a third of the time). */
#ifndef SKMLP_PLATFORM_H
#define SKMLP_PLATFORM_H

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(_MSC_VER) && !defined(__clang__) && !defined(restrict)
#define restrict __restrict
#endif

#if defined(SKMLP_CLONES)
/* as the command line says */
#elif defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) \
    && defined(__linux__) && defined(__GLIBC__)
#define SKMLP_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define SKMLP_CLONES
#endif

/* A function that is inlined into one with several versions gets their instructions.
   SKMLP_PREFETCH loads a cache line before it is read, SKMLP_PREFETCH_L2 into the second
   cache only. A header's function that a module does not call is SKMLP_UNUSED there. */
#if defined(__GNUC__)
#define SKMLP_INLINE static inline __attribute__((always_inline))
#define SKMLP_UNUSED __attribute__((unused))
#define SKMLP_PREFETCH(address) __builtin_prefetch(address)
#define SKMLP_PREFETCH_L2(address) __builtin_prefetch(address, 0, 2)
#else
#define SKMLP_INLINE static inline
#define SKMLP_UNUSED
#define SKMLP_PREFETCH(address) ((void)(address))
#define SKMLP_PREFETCH_L2(address) ((void)(address))
#endif

/* Kernels return one of these. compiled/arguments.pxd raises the exception of the second;
   the third: a handler of a signal has raised one, see signals.h. */
enum { SKMLP_DONE = 0, SKMLP_NO_MEMORY = -1, SKMLP_STOPPED = -2 };

/* For the calling thread, treat numbers below the normal range as zero until
   skmlp_restore_numbers: processors are slow on them, and running means of vanishing
   gradients end there. Returns the mode from before. */
#if defined(__SSE2__) && defined(__GNUC__)
#define SKMLP_FLUSH_BITS 0x8040
static inline unsigned skmlp_mode_of_numbers(void) { return __builtin_ia32_stmxcsr(); }
static inline unsigned skmlp_flush_to_zero(void)
{
    unsigned before = skmlp_mode_of_numbers();
    __builtin_ia32_ldmxcsr(before | SKMLP_FLUSH_BITS);
    return before;
}
static inline void skmlp_restore_numbers(unsigned before)
{
    __builtin_ia32_ldmxcsr(before);
}
#else
static inline unsigned skmlp_mode_of_numbers(void) { return 0; }
static inline unsigned skmlp_flush_to_zero(void) { return 0; }
static inline void skmlp_restore_numbers(unsigned before) { (void)before; }
#endif

#endif

/* Threads that work through numbered parts together, without the interpreter.

   One thread leads: it publishes a phase of so many parts, takes parts itself, and goes on
   when all are done. Helpers take parts as they find them. The leader never waits for a
   helper that has not taken a part, so it is safe for none to come; which thread took
   which part cannot be told from the results. Helpers spin between the phases, which
   follow each other within microseconds, and leave when there was nothing to do for a
   while. Where the processors have other things to do, so that a helper is interrupted
   amid its part, the leader works alone for some time. */
#ifndef SKMLP_CREW_H
#define SKMLP_CREW_H

#include <stdint.h>

typedef void (*skmlp_part)(void *context, int64_t part);

typedef struct {
    /* The number of the phase, and the parts not yet taken: first and end. The leader
       takes the first, helpers the last, so that a thread mostly meets numbers that are
       in its own cache from the phase before. */
    uint64_t tickets;
    char apart[120]; /* what the threads wait for lies on cache lines of its own */
    int64_t done;
    char from[120];
    skmlp_part work;
    void *context;
    int ended;
    int64_t alone, setback, together; /* phases: see skmlp_judge_waiting */
} skmlp_crew;

#define SKMLP_MOST_PARTS 64

/* While a network is trained, numbers below the normal range count as zero: processors
   are slow on them, and moments of gradients that vanish end there. For the thread that
   asks, and only for so long. */
#if defined(__SSE2__) && defined(__GNUC__)
#define SKMLP_FLUSHES 0x8040
static inline unsigned skmlp_flush_to_zero(void)
{
    unsigned before = __builtin_ia32_stmxcsr();
    __builtin_ia32_ldmxcsr(before | SKMLP_FLUSHES);
    return before;
}
static inline void skmlp_restore_numbers(unsigned before)
{
    __builtin_ia32_ldmxcsr(before);
}
#else
static inline unsigned skmlp_flush_to_zero(void) { return 0; }
static inline void skmlp_restore_numbers(unsigned before) { (void)before; }
#endif

#if defined(__GNUC__) && (defined(__unix__) || defined(__APPLE__))
#include <sched.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#define SKMLP_RELAX() __builtin_ia32_pause()
#else
#define SKMLP_RELAX() ((void)0)
#endif

/* Some tenths of a millisecond. */
#define SKMLP_PATIENCE (1 << 14)
#define SKMLP_LONG_WAIT 2e-4

/* Takes a part and does it; 0 where there is none to take. */
static int skmlp_take_part(skmlp_crew *crew, int leads)
{
    uint64_t tickets = __atomic_load_n(&crew->tickets, __ATOMIC_ACQUIRE);
    int64_t first = tickets >> 16 & 0xffff, end = tickets & 0xffff;
    if (first >= end) return 0;
    uint64_t rest = leads ? tickets + (1 << 16) : tickets - 1;
    if (!__atomic_compare_exchange_n(
            &crew->tickets, &tickets, rest, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        return 1; /* another thread was faster; look again */
    crew->work(crew->context, leads ? first : end - 1);
    __atomic_fetch_add(&crew->done, 1, __ATOMIC_RELEASE);
    return 1;
}

static inline double skmlp_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* After a wait far longer than its own part took, the leader works alone, twice as long
   after every such wait; a long time without one makes up for it. */
static void skmlp_judge_waiting(skmlp_crew *crew, double worked, double waited)
{
    enum { SHORTEST = 2, LONGEST = 1024 };
    if (waited > SKMLP_LONG_WAIT && waited > 2 * worked) {
        crew->setback = crew->setback == 0 ? SHORTEST : 2 * crew->setback;
        if (crew->setback > LONGEST) crew->setback = LONGEST;
        crew->alone = crew->setback;
        crew->together = 0;
    } else if (++crew->together > crew->setback) {
        crew->setback /= 2;
        crew->together = 0;
    }
}

static void skmlp_run_phase(
    skmlp_crew *crew, skmlp_part work, void *context, int64_t n_parts)
{
    if (crew == NULL || n_parts == 1 || crew->alone > 0) {
        for (int64_t part = 0; part < n_parts; part++) work(context, part);
        if (crew != NULL && crew->alone > 0) crew->alone--;
        return;
    }
    uint64_t phase = (__atomic_load_n(&crew->tickets, __ATOMIC_RELAXED) >> 32) + 1;
    double began = skmlp_seconds();
    crew->work = work;
    crew->context = context;
    __atomic_store_n(&crew->done, 0, __ATOMIC_RELAXED);
    __atomic_store_n(
        &crew->tickets, phase << 32 | (uint64_t)n_parts, __ATOMIC_RELEASE);
    while (skmlp_take_part(crew, 1)) continue;
    double ended = skmlp_seconds();
    for (int spins = 0; __atomic_load_n(&crew->done, __ATOMIC_ACQUIRE) < n_parts;) {
        SKMLP_RELAX();
        if (spins < SKMLP_PATIENCE)
            spins++;
        else
            sched_yield(); /* its thread may not be running */
    }
    skmlp_judge_waiting(crew, ended - began, skmlp_seconds() - ended);
}

static void skmlp_help(skmlp_crew *crew)
{
    unsigned numbers = skmlp_flush_to_zero();
    for (int idle = 0; idle < SKMLP_PATIENCE; idle++) {
        if (__atomic_load_n(&crew->ended, __ATOMIC_RELAXED)) break;
        if (skmlp_take_part(crew, 0))
            idle = 0;
        else
            SKMLP_RELAX();
    }
    skmlp_restore_numbers(numbers);
}

static void skmlp_end_crew(skmlp_crew *crew)
{
    __atomic_store_n(&crew->ended, 1, __ATOMIC_RELAXED);
}

#else /* one thread does all parts */

static void skmlp_run_phase(
    skmlp_crew *crew, skmlp_part work, void *context, int64_t n_parts)
{
    (void)crew;
    for (int64_t part = 0; part < n_parts; part++) work(context, part);
}

static void skmlp_help(skmlp_crew *crew) { (void)crew; }
static void skmlp_end_crew(skmlp_crew *crew) { (void)crew; }

#endif
#endif

/* Threads that work through numbered parts together: see thread_crew.h.

   Helpers spin between the phases, which follow each other within microseconds. With
   nothing to do for longer, they look for work only now and then, and leave in the end.
   Where the system interrupts a helper amid its part, because the processors have other
   work, the leader works alone for some time.

   Threads meet through C11 atomics. A compiler without them builds a crew whose leader
   does all parts. */
#include "thread_crew.h"

#include <stdlib.h>

#include "platform.h"

#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L \
    && !defined(__STDC_NO_ATOMICS__)                         \
    && (defined(__unix__) || defined(__APPLE__) || defined(_WIN32))

#include <stdatomic.h>

#if !defined(_WIN32)
#include <sched.h>
#include <time.h>
#endif

#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
#define RELAX() __builtin_ia32_pause()
#elif defined(__GNUC__) && defined(__aarch64__)
#define RELAX() __asm__ __volatile__("yield")
#else
#define RELAX() ((void)0)
#endif

/* Spins of some tenths of a millisecond, and a wait that is longer than these, in
   seconds. After the spins a helper naps, so often that it is still there when a leader
   that worked alone shares its work again. */
enum { PATIENCE = 1 << 14, NAPS = 1000 };
#define LONG_WAIT 2e-4
#define NAP_NANOSECONDS 50000 /* Linux adds as much */
/* Shortest and longest time for which the leader works alone, in seconds. */
#define SHORTEST_ALONE 1e-3
#define LONGEST_ALONE 5e-2

typedef struct {
    skmlp_crew crew;
    /* The number of the phase (32 bits), and the parts not yet taken: the first and the
       end (16 bits each). The leader takes the first part, helpers take the last, so that
       a thread mostly meets numbers that are in its own cache from the phase before. */
    _Atomic uint64_t tickets;
    char padding[120]; /* threads wait for numbers on different cache lines */
    _Atomic int64_t done;
    char more_padding[120];
    skmlp_part work;
    void *context;
    atomic_int ended;
    /* In seconds: see judge_waiting. */
    double alone_until, setback, together_since;
} crew_with_helpers;

static void yield_processor(void)
{
#if defined(_WIN32)
    SwitchToThread();
#else
    sched_yield();
#endif
}

static void nap(void)
{
#if defined(_WIN32)
    Sleep(1);
#else
    const struct timespec time = {0, NAP_NANOSECONDS};
    nanosleep(&time, NULL);
#endif
}

/* Takes a part and does it; returns 0 if there is none to take. */
static int take_part(crew_with_helpers *crew, int leads)
{
    uint64_t tickets = atomic_load_explicit(&crew->tickets, memory_order_acquire);
    int64_t first = (int64_t)(tickets >> 16 & 0xffff), end = (int64_t)(tickets & 0xffff);
    if (first >= end) return 0;
    uint64_t rest = leads ? tickets + (1 << 16) : tickets - 1;
    if (!atomic_compare_exchange_strong_explicit(
            &crew->tickets, &tickets, rest, memory_order_acq_rel, memory_order_relaxed))
        return 1; /* another thread was faster; look again */
    crew->work(crew->context, leads ? first : end - 1, leads);
    atomic_fetch_add_explicit(&crew->done, 1, memory_order_release);
    return 1;
}

/* After a wait much longer than its own part took, the leader works alone, twice as long
   after every such wait; as long a time without one halves that again. */
static void judge_waiting(crew_with_helpers *crew, double began, double ended)
{
    double now = skmlp_seconds(), waited = now - ended;
    if (waited > LONG_WAIT && waited > 2 * (ended - began)) {
        crew->setback *= 2;
        if (crew->setback < SHORTEST_ALONE) crew->setback = SHORTEST_ALONE;
        if (crew->setback > LONGEST_ALONE) crew->setback = LONGEST_ALONE;
        crew->alone_until = crew->together_since = now + crew->setback;
    } else if (now - crew->together_since > crew->setback) {
        crew->setback /= 2;
        crew->together_since = now;
    }
}

static void run_phase(skmlp_crew *base, skmlp_part work, void *context, int64_t n_parts)
{
    crew_with_helpers *crew = (crew_with_helpers *)base;
    double began = n_parts == 1 ? 0 : skmlp_seconds();
    if (n_parts == 1 || began < crew->alone_until) {
        for (int64_t part = 0; part < n_parts; part++) work(context, part, 1);
        return;
    }
    uint64_t phase = (atomic_load_explicit(&crew->tickets, memory_order_relaxed) >> 32) + 1;
    crew->work = work;
    crew->context = context;
    atomic_store_explicit(&crew->done, 0, memory_order_relaxed);
    atomic_store_explicit(
        &crew->tickets, phase << 32 | (uint64_t)n_parts, memory_order_release);
    while (take_part(crew, 1)) continue;
    double ended = skmlp_seconds();
    for (int spins = 0;
         atomic_load_explicit(&crew->done, memory_order_acquire) < n_parts;) {
        RELAX();
        if (spins < PATIENCE)
            spins++;
        else {
            yield_processor(); /* the helper's thread may not be running */
            skmlp_poll(base->signals, SKMLP_LOOK_EVERY);
        }
    }
    judge_waiting(crew, began, ended);
}

void skmlp_help(skmlp_crew *base)
{
    crew_with_helpers *crew = (crew_with_helpers *)base;
    unsigned numbers = skmlp_flush_to_zero();
    for (int idle = 0; idle < PATIENCE + NAPS; idle++) {
        if (atomic_load_explicit(&crew->ended, memory_order_relaxed)) break;
        if (take_part(crew, 0))
            idle = 0;
        else if (idle < PATIENCE)
            RELAX();
        else
            nap();
    }
    skmlp_restore_numbers(numbers);
}

void skmlp_end_crew(skmlp_crew *base)
{
    crew_with_helpers *crew = (crew_with_helpers *)base;
    atomic_store_explicit(&crew->ended, 1, memory_order_relaxed);
}

#else /* the leader does all parts */

typedef struct {
    skmlp_crew crew;
} crew_with_helpers;

static void run_phase(skmlp_crew *crew, skmlp_part work, void *context, int64_t n_parts)
{
    (void)crew;
    for (int64_t part = 0; part < n_parts; part++) work(context, part, 1);
}

void skmlp_help(skmlp_crew *crew) { (void)crew; }
void skmlp_end_crew(skmlp_crew *crew) { (void)crew; }

#endif

skmlp_crew *skmlp_new_crew(void)
{
    crew_with_helpers *crew = calloc(1, sizeof *crew);
    if (crew == NULL) return NULL;
    crew->crew.run_phase = run_phase;
    return &crew->crew;
}

void skmlp_free_crew(skmlp_crew *crew) { free(crew); }

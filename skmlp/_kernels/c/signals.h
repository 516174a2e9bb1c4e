/* Signals that arrive while a kernel works without the GIL: see compiled/signals.pxd.

   A kernel tells how much work it has done. After much work the clock is read, and every
   SKMLP_ASK_EVERY seconds `ask` takes the GIL, so that Python calls the handlers of the
   signals that wait. If a handler raises, the kernel has to stop. */
#ifndef SKMLP_SIGNALS_H
#define SKMLP_SIGNALS_H

#include "clock.h"
#include "platform.h"

/* Threads share the flag. Without C11 atomics a crew has no helpers: see thread_crew.c. */
#if defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L \
    && !defined(__STDC_NO_ATOMICS__)
#include <stdatomic.h>
typedef atomic_int skmlp_flag;
#define SKMLP_READ_FLAG(flag) atomic_load_explicit(flag, memory_order_relaxed)
#define SKMLP_SET_FLAG(flag) atomic_store_explicit(flag, 1, memory_order_relaxed)
#else
typedef int skmlp_flag;
#define SKMLP_READ_FLAG(flag) (*(flag))
#define SKMLP_SET_FLAG(flag) (*(flag) = 1)
#endif

/* Multiplications between two looks at the clock: they take from some tens of
   microseconds to some milliseconds. */
enum { SKMLP_LOOK_EVERY = 1000000 };
/* Seconds. Another thread of Python may keep the GIL for 5 milliseconds. */
#define SKMLP_ASK_EVERY 0.03

/* What `ask` answers. */
enum { SKMLP_ASK_NO_MORE = 0, SKMLP_ASK_AGAIN = 1, SKMLP_RAISED = -1 };

/* Of one call of a kernel. All but the flag belongs to the thread that called it. */
typedef struct {
    int (*ask)(void);
    double next;      /* when to ask; zero before the clock was read */
    int64_t work;     /* since the clock was read */
    unsigned numbers; /* the mode of the processor in which handlers run */
    skmlp_flag stopped;
} skmlp_signals;

static inline void skmlp_begin_signals(skmlp_signals *signals, int (*ask)(void))
{
    memset(signals, 0, sizeof *signals);
    signals->ask = ask;
    signals->numbers = skmlp_mode_of_numbers();
}

/* Returns 1 if the kernel has to stop; any thread may call it. */
static inline int skmlp_stopped(skmlp_signals *signals)
{
    return signals != NULL && SKMLP_READ_FLAG(&signals->stopped);
}

/* Asks if it is time to. Returns 1 if the kernel has to stop. */
SKMLP_UNUSED static int skmlp_look(skmlp_signals *signals)
{
    signals->work = 0;
    if (signals->ask == NULL || skmlp_stopped(signals)) return skmlp_stopped(signals);
    double now = skmlp_seconds();
    if (signals->next == 0) signals->next = now + SKMLP_ASK_EVERY;
    if (now < signals->next) return 0;
    unsigned here = skmlp_mode_of_numbers();
    skmlp_restore_numbers(signals->numbers);
    int answer = signals->ask();
    skmlp_restore_numbers(here);
    if (answer == SKMLP_ASK_NO_MORE) signals->ask = NULL;
    if (answer == SKMLP_RAISED) SKMLP_SET_FLAG(&signals->stopped);
    signals->next = skmlp_seconds() + SKMLP_ASK_EVERY;
    return answer == SKMLP_RAISED;
}

/* Returns what a kernel returns at its end. */
static inline int skmlp_end_of(skmlp_signals *signals)
{
    return skmlp_stopped(signals) ? SKMLP_STOPPED : SKMLP_DONE;
}

/* Counts multiplications, or work that takes as long. Returns 1 if the kernel has to
   stop. For the thread that called the kernel; `signals` may be NULL. */
static inline int skmlp_poll(skmlp_signals *signals, int64_t work)
{
    if (signals == NULL) return 0;
    signals->work += work;
    return signals->work < SKMLP_LOOK_EVERY ? skmlp_stopped(signals) : skmlp_look(signals);
}

/* The same for any thread of a crew: only the leader asks. */
static inline int skmlp_poll_part(skmlp_signals *signals, int leads, int64_t work)
{
    return leads ? skmlp_poll(signals, work) : skmlp_stopped(signals);
}

#endif

/* Threads that work through numbered parts together.

   One thread leads: it publishes a phase of `n_parts` parts, takes parts itself, and
   returns when all are done. Helpers take parts as they find them. The leader never waits
   for a helper that has not taken a part, so it works without any helper; the results do
   not show which thread took which part.

   thread_crew.c has the functions. It is built into one extension module,
   compiled/thread_crew.pyx; the others reach them through the crew. */
#ifndef SKMLP_THREAD_CREW_H
#define SKMLP_THREAD_CREW_H

#include <stddef.h>
#include <stdint.h>

#include "signals.h"

/* The largest number of parts. */
enum { SKMLP_MOST_PARTS = 64 };

/* `leads` is 1 in the thread that leads. */
typedef void (*skmlp_part)(void *context, int64_t part, int leads);

typedef struct skmlp_crew skmlp_crew;
struct skmlp_crew {
    void (*run_phase)(skmlp_crew *, skmlp_part, void *context, int64_t n_parts);
    skmlp_signals *signals; /* the leader looks for them while it waits; may be NULL */
};

/* Does all parts: with the helpers of a crew, or alone if `crew` is NULL. */
static inline void skmlp_run_phase(
    skmlp_crew *crew, skmlp_part work, void *context, int64_t n_parts)
{
    if (crew != NULL)
        crew->run_phase(crew, work, context, n_parts);
    else
        for (int64_t part = 0; part < n_parts; part++) work(context, part, 1);
}

/* A crew without helpers, or NULL if there is no memory. */
skmlp_crew *skmlp_new_crew(void);
void skmlp_free_crew(skmlp_crew *crew);

/* Helps: takes parts until there have been none for some tens of milliseconds. */
void skmlp_help(skmlp_crew *crew);

/* Makes the helpers return. */
void skmlp_end_crew(skmlp_crew *crew);

#endif

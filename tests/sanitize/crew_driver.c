/* Run thread_crew.c alone under the thread sanitizer: one leader and several helpers run
   many phases, and the leader checks that every part was done exactly once.

   The thread that takes a part writes its slots without atomics, and the leader reads
   them after the phase: if thread_crew.c did not order the two, the sanitizer reports a
   race.

   With -DPLANTED_RACE all parts also add to one number without atomics, which must be
   reported. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "thread_crew.c"

enum { N_HELPERS = 3 };

typedef struct {
    int64_t phase;
    int64_t counts[SKMLP_MOST_PARTS], values[SKMLP_MOST_PARTS];
    int helped[SKMLP_MOST_PARTS]; /* 1 if a helper did the part */
    int64_t shared;
} slots;

typedef struct {
    skmlp_crew *crew;
    int leave; /* atomic: the round is over */
    int64_t entries; /* atomic: number of times that a helper began to help */
} helpers;

static void work_on(void *context, int64_t part, int leads)
{
    slots *all = context;
    all->counts[part]++;
    all->values[part] = all->phase * 1000 + part;
    all->helped[part] = !leads;
#ifdef PLANTED_RACE
    all->shared++;
#endif
}

static void *help(void *argument)
{
    helpers *team = argument;
    while (!__atomic_load_n(&team->leave, __ATOMIC_ACQUIRE)) {
        __atomic_fetch_add(&team->entries, 1, __ATOMIC_RELAXED);
        skmlp_help(team->crew); /* returns when there is nothing to do for a while */
        sched_yield();
    }
    return NULL;
}

int main(int argc, char **argv)
{
    int n_rounds = argc > 1 ? atoi(argv[1]) : 20;
    int n_phases = argc > 2 ? atoi(argv[2]) : 2000;
    unsigned seed = 1;
    int64_t done = 0, helped = 0, entries = 0, shared = 0;
    for (int round = 0; round < n_rounds; round++) {
        skmlp_crew *crew = skmlp_new_crew();
        slots *all = calloc(1, sizeof(slots));
        helpers team = {crew, 0, 0};
        pthread_t threads[N_HELPERS];
        int n_threads = rand_r(&seed) % (N_HELPERS + 1); /* may be zero */
        if (crew == NULL || all == NULL) return 2;
        for (int i = 0; i < n_threads; i++)
            if (pthread_create(threads + i, NULL, help, &team)) return 2;
        for (int64_t phase = 1; phase <= n_phases; phase++) {
            int64_t n_parts = 1 + rand_r(&seed) % SKMLP_MOST_PARTS;
            all->phase = phase;
            memset(all->counts, 0, sizeof(all->counts));
            memset(all->values, 0, sizeof(all->values));
            /* Waits are long under the sanitizer: let the leader share its work again. */
            if (phase % 4) ((crew_with_helpers *)crew)->alone_until = 0;
            if (phase % 500 == 0) usleep(250000); /* long enough for helpers to return */
            skmlp_run_phase(crew, work_on, all, n_parts);
            for (int64_t part = 0; part < SKMLP_MOST_PARTS; part++) {
                int64_t expected = part < n_parts;
                if (all->counts[part] != expected
                    || all->values[part] != expected * (phase * 1000 + part)) {
                    printf("round %d, phase %lld: part %lld of %lld was done %lld times\n",
                           round, (long long)phase, (long long)part, (long long)n_parts,
                           (long long)all->counts[part]);
                    return 1;
                }
                done += expected;
                helped += expected && all->helped[part];
            }
        }
        skmlp_end_crew(crew);
        __atomic_store_n(&team.leave, 1, __ATOMIC_RELEASE);
        for (int i = 0; i < n_threads; i++) pthread_join(threads[i], NULL);
        entries += team.entries;
        shared += all->shared;
        free(all);
        skmlp_free_crew(crew);
    }
    printf("each of %lld parts was done once, %lld by helpers, which were called %lld times\n",
           (long long)done, (long long)helped, (long long)entries);
    /* A run in which helpers did no part proves nothing. */
    return helped > 0 && shared >= 0 ? 0 : 3;
}

"""Print how often each illness is found, and how often its cure helps."""

import argparse
import sys
import time

from benchmarks.doctor.data import ALL
from benchmarks.doctor.illnesses import ILLNESSES, N_VARIANTS, healthy
from benchmarks.doctor.trial import trial
from benchmarks.doctor.watching import cost_of_watching

_WIDTH = 46


def main():
    """Run the trials and print the table; return 1 if a figure misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="illnesses with this text")
    parser.add_argument("--details", action="store_true", help="every variant")
    parser.add_argument("--seed", type=int, default=0, help="the first variant")
    parser.add_argument(
        "--watch", action="store_true", help="print the time of Watch() instead"
    )
    options = parser.parse_args()
    if options.watch:
        print(cost_of_watching())
        return 0
    variants = range(options.seed, options.seed + N_VARIANTS)
    start, missed = time.perf_counter(), 0
    print(f"{'illness':<{_WIDTH}}{'found':>8}{'cure helps':>12}")
    for name, make in ILLNESSES.items():
        if options.only not in name:
            continue
        trials = [trial(make(variant), name) for variant in variants]
        found = sum(each.finds(name) for each in trials)
        tried = [each for each in trials if each.measure]
        helped = sum(each.improves for each in tried)
        cures = f"{helped}/{len(tried)}" if tried else "–"
        print(f"{name:<{_WIDTH}}{f'{found}/{len(trials)}':>8}{cures:>12}", flush=True)
        missed += found < 9 or (bool(tried) and helped < 0.8 * len(tried))
        if options.details:
            for variant, each in enumerate(trials):
                print(
                    f"    {variant}: {each.names[:4]} "
                    f"{each.before:.4g} → {each.after:.4g}"
                )
    if not options.only or options.only == "healthy":
        alarms = []
        for name in ALL:
            for seed in range(options.seed, options.seed + 3):
                found = trial(healthy(name, seed)).names
                alarms += [(name, seed, found)] if found else []
        print(
            f"{'healthy networks with a finding':<{_WIDTH}}{len(alarms)}/{3 * len(ALL)}"
        )
        missed += len(alarms) > 1
        for each in alarms:
            print(f"    {each}")
    print(f"{(time.perf_counter() - start) / 60:.1f} minutes")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())

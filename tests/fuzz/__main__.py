"""Command line `python -m tests.fuzz`, run from the root of the repository."""

import argparse
import sys
import time
from collections import Counter, defaultdict

from .cases import ESTIMATORS, draw
from .pool import FIT_SECONDS, run_all, run_one

COLUMNS = ("finite", "warned", "refused", "findings")


def main():
    """Run the fits, and exit with status 0, or 1 if there are findings."""
    options = _options()
    if options.case is not None:
        sys.exit(show_case(options.seed, options.case))
    began = time.monotonic()
    table, groups = defaultdict(Counter), defaultdict(list)
    numbers = _numbers(options)
    for number, outcome, findings in run_all(options.seed, numbers, options.jobs):
        table[draw(options.seed, number).estimator][outcome] += 1
        for kind, text in findings[:1]:
            groups[kind].append((number, text))
    print(f"{'estimator':<28}" + "".join(f"{name:>10}" for name in COLUMNS))
    total = sum(table.values(), Counter())
    for name, row in [*sorted(table.items()), ("all", total)]:
        print(f"{name:<28}" + "".join(f"{row[each]:>10}" for each in COLUMNS))
    for kind, found in sorted(groups.items(), key=lambda item: -len(item[1])):
        print(f"\n{kind}: {len(found)} (all about one: --case NUMBER)")
        for number, text in sorted(found)[: options.show]:
            print(f"{number:>6} {draw(options.seed, number).estimator}: {text}")
    spent = time.monotonic() - began
    print(f"\n{len(numbers)} fits, {total['findings']} findings, {spent:.0f} s")
    sys.exit(1 if total["findings"] else 0)


def _options():
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description="Fit estimators to random data with random parameters.",
    )
    add = parser.add_argument
    add("--fits", type=int, default=1000, help="how many (default 1000)")
    add("--seed", type=int, default=0, help="seed of all cases (default 0)")
    add("--only", default="", help="an estimator, such as MLPClassifier")
    add("--case", type=int, help="run this one only, and print its program")
    add("--jobs", type=int, default=2, help="processes (default 2)")
    add("--show", type=int, default=20, help="findings shown of each kind")
    options = parser.parse_args()
    for name, least in (("fits", 1), ("jobs", 1), ("seed", 0), ("case", 0)):
        value = getattr(options, name)
        if value is not None and value < least:
            parser.error(f"--{name}={value}: expected {least} or more")
    if options.only and options.only not in ESTIMATORS:
        parser.error(f"--only={options.only}: expected one of {', '.join(ESTIMATORS)}")
    return options


def _numbers(options):
    """Return the numbers of the cases that the options choose."""
    numbers = range(options.fits)
    if not options.only:
        return list(numbers)
    return [n for n in numbers if draw(options.seed, n).estimator == options.only]


def show_case(seed, number):
    """Run one case, print its program and its findings; return the exit status."""
    ((_, outcome, findings),) = run_all(seed, [number], 1)
    if outcome != "findings" or findings[0][0] not in ("hang", "killed"):
        run = run_one(seed, number)
        print("\n".join(run.program))
    else:
        print(draw(seed, number))
    print(f"-> {outcome} (limit: {FIT_SECONDS} s)")
    for kind, text in findings:
        print(f"   {kind}: {text}")
    return 1 if findings else 0


if __name__ == "__main__":
    main()

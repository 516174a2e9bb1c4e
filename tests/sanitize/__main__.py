"""Command line `python -m tests.sanitize`, run from the root of the repository."""

import argparse
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict

from . import build, reports
from .controls import CONTROLS
from .fuzz import CASE_SECONDS, Fuzz, Worker, WorkerLost

PROGRAM = "python -m tests.sanitize"
CONTROL_SECONDS = 8


def main():
    """Run the steps, and exit with status 0 (no report), 1 (reports) or 2 (no tools).

    A planted fault that is not reported gives status 1 too.
    """
    options = _options()
    began = time.monotonic()
    try:
        good = options.skip_threads or threads()
        if not options.threads_only:
            folder = build.package()
            if options.case is not None:
                sys.exit(show_case(folder, options.case))
            good = (options.skip_controls or controls(folder)) and good
            good = fuzz(folder, options) and good
    except build.MissingTool as missing:
        print(f"No sanitizers here: {missing}")
        sys.exit(2)
    verdict = "no report" if good else "REPORTS, see above"
    print(f"{verdict} ({time.monotonic() - began:.0f} s)")
    sys.exit(0 if good else 1)


def _options():
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Run random cases of the package under gcc's sanitizers.",
    )
    add = parser.add_argument
    add("--cases", type=int, default=1000, help="how many (default 1000)")
    add("--seed", type=int, default=0, help="the number of the first case (default 0)")
    add("--only", default="", help="those of a kind, such as 'MLPClassifier/layout'")
    add("--case", type=int, help="run this one only, and show all about it")
    add("--seconds", type=float, help="begin no more cases after so long")
    add("--jobs", type=int, default=os.cpu_count(), help="processes (default: cores)")
    add("--threads-only", action="store_true", help="step 1 only: the crew's threads")
    add("--skip-threads", action="store_true", help="skip step 1: the crew's threads")
    add("--skip-controls", action="store_true", help="skip step 2: planted faults")
    options = parser.parse_args()
    for name, least in (("cases", 1), ("jobs", 1), ("seed", 0), ("case", 0)):
        value = getattr(options, name)
        if value is not None and value < least:
            parser.error(f"--{name}={value}: expected {least} or more")
    if options.seconds is not None and options.seconds <= 0:
        parser.error(f"--seconds={options.seconds:g}: expected a number above zero")
    if options.threads_only and (options.skip_threads or options.case is not None):
        parser.error("--threads-only leaves nothing to do with this other option")
    if options.only and not options.threads_only and not _numbers(options):
        last = options.seed + options.cases - 1
        parser.error(
            f"--only={options.only}: none of the cases {options.seed} to {last} is of "
            "such a kind; kinds are like 'MLPClassifier/layout' or 'kernel adam_step'"
        )
    if options.case is not None:
        options.skip_threads = True
    return options


def _numbers(options):
    """Return the numbers of the cases that the options choose."""
    from .cases import draw  # imports the package, which is not needed before

    numbers = range(options.seed, options.seed + options.cases)
    if not options.only:
        return list(numbers)
    return [n for n in numbers if options.only in "/".join(draw(n).kind)]


def threads():
    """Run thread_crew.c under the thread sanitizer; return True if all runs are right.

    Two runs have a planted fault, which must be reported.
    """
    print("== threads: the crew's driver under the thread sanitizer", flush=True)
    good = True
    for name, faults in (
        ("no fault", {}),
        ("planted: a race of the parts", {"race": True}),
        ("planted: parts done without a release", {"weakened": True}),
    ):
        program = build.crew_driver(**faults)
        options = {"TSAN_OPTIONS": "halt_on_error=1"}
        done = subprocess.run(
            [str(program)], capture_output=True, text=True, env=os.environ | options
        )
        text = done.stdout + done.stderr
        reported = reports.kind_of(text) == "thread"
        right = reported if faults else done.returncode == 0 and not reported
        good = good and right
        said = reports.headline_of(text)
        place = f" at {reports.place_of(text)}" if reported else ""
        print(f"{'ok  ' if right else 'FAIL'} {name}: {said}{place}", flush=True)
        if not right:
            print(text)
    return good


def controls(folder):
    """Return True if every planted fault is reported with its kind."""
    print("== controls: planted faults have to be reported", flush=True)
    good = True
    worker = Worker(folder, case_seconds=CONTROL_SECONDS)
    for name, control in CONTROLS.items():
        (_, outcome, detail), *_ = worker.batch(f"control {name}")
        right = outcome == control.expected
        good = good and right
        said = f": {reports.headline_of(detail)}" if detail else ""
        mark = "ok  " if right else "FAIL"
        print(f"{mark} {name} -> {outcome}{said[:70]}", flush=True)
        if not right:
            print(f"     expected: {control.expected}\n{detail}")
    worker.close()
    return good


def fuzz(folder, options):
    """Run the cases, print the table and the reports; return True without reports."""
    from .cases import draw

    first, last = options.seed, options.seed + options.cases
    numbers = _numbers(options)
    print(f"== cases {first} to {last - 1}, {options.jobs} processes", flush=True)
    began = time.monotonic()
    run = Fuzz(folder, numbers, jobs=options.jobs, seconds=options.seconds)
    run.run()
    table = defaultdict(Counter)
    for number, outcome in run.outcomes.items():
        kept = outcome if outcome in ("finished", "refused") else "reports"
        table[draw(number).kind][kept] += 1
    print(f"{'what':<28}{'fault':<15}{'cases':>7}{'finished':>10}", end="")
    print(f"{'refused':>9}{'reports':>9}")
    total = sum(table.values(), Counter())
    for (subject, fault), row in [*sorted(table.items()), (("all", ""), total)]:
        counts = [row[name] for name in ("finished", "refused", "reports")]
        print(f"{subject:<28}{fault:<15}{sum(counts):>7}{counts[0]:>10}", end="")
        print(f"{counts[1]:>9}{counts[2]:>9}")
    _print_reports(run, draw)
    spent = time.monotonic() - began
    count = len(run.outcomes)
    print(f"{count} cases, {len(run.details)} reports, {spent:.0f} s")
    if count < len(numbers):
        print(f"{len(numbers) - count} cases were not begun")
    return count > 0 and not run.details


def _print_reports(run, draw):
    """Print each group of similar reports, the most frequent first."""
    groups = defaultdict(list)
    for number, detail in sorted(run.details.items()):
        report = {
            "kind": run.outcomes[number],
            "headline": reports.headline_of(detail),
            "place": reports.place_of(detail),
        }
        groups[reports.group_of(report)].append(number)
    if groups:
        print("\nreports (all about one: --case NUMBER)")
    for group, numbers in sorted(groups.items(), key=lambda item: -len(item[1])):
        kind, headline, place = group
        faults = Counter("/".join(draw(number).kind) for number in numbers)
        (most, _), *_ = faults.most_common(1)
        print(f"{len(numbers):>5} {kind}: {headline} {place}")
        print(f"      cases {', '.join(map(str, numbers[:6]))}; most are {most}")


def show_case(folder, number):
    """Run one case, print its description and its output; return the exit status."""
    from .cases import draw

    print(draw(number))
    worker = Worker(folder, case_seconds=2 * CASE_SECONDS)
    try:
        (_, outcome, detail), *_ = worker.batch(str(number))
    except WorkerLost as lost:
        outcome, detail = "hang", str(lost)
    worker.close()
    print(f"{outcome}\n{detail}".strip())
    return 0 if outcome in ("finished", "refused") else 1


if __name__ == "__main__":
    main()

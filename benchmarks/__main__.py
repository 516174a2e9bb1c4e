"""Time skmlp beside scikit-learn, PyTorch and the bare matrix products."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

from benchmarks import (
    against,
    checks,
    features,
    gradients,
    memory,
    report,
    scaling,
    timing,
)
from benchmarks.revisions import RevisionError
from benchmarks.sizes import fits as size_fits
from benchmarks.sizes import report as size_report
from benchmarks.sizes.rows import ROWS as SIZES
from benchmarks.targets import race
from benchmarks.targets import report as target_report
from benchmarks.targets.tasks import TASKS
from benchmarks.workers import Worker, WorkerError, spawn
from benchmarks.works import WORKS


def main():
    """Measure and print the chosen rows one by one; return the exit status."""
    parser = _parser()
    arguments = parser.parse_args()
    chosen = {
        part: [
            entry
            for entry in part.entries
            if _matches(arguments.only, part.title(entry))
        ]
        for part in PARTS
    }
    if arguments.against is not None:
        return _against(chosen[PARTS[0]], arguments, parser)
    if not any(chosen.values()):
        parser.error(f"--only: no row has the text {' or '.join(arguments.only)}")
    if arguments.list:
        for part, entries in chosen.items():
            print(*map(part.title, entries), sep="\n", end="\n" if entries else "")
        return 0
    quick = arguments.quick
    about = report.environment()
    print(report.header(about, quick=quick), flush=True)
    start = time.perf_counter()
    workers = {role: Worker(partial(spawn, role)) for role in timing.ROLES}
    try:
        measured = {
            part.key: part.measure(entries, workers, quick=quick)
            for part, entries in chosen.items()
            if entries
        }
    finally:
        for worker in workers.values():
            worker.stop()
    minutes = (time.perf_counter() - start) / 60
    print(f"\n{minutes:.1f} minutes; load at the end {os.getloadavg()[0]:.1f}")
    if arguments.json:
        numbers = {"environment": about, "quick": quick, "minutes": minutes} | measured
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump(numbers, file, indent=1)
    return 0


def _against(works, arguments, parser):
    """Compare the works by the tree and by a git revision; return the exit status."""
    if not works:
        parser.error(
            "--against compares the rows of the main table only; none of them has this "
            "text in its name"
        )
    if arguments.list:
        print(*(work.name for work in works), sep="\n")
        return 0
    settings = {"quick": arguments.quick, "file": arguments.json}
    try:
        return against.compare(works, arguments.against, **settings)
    except RevisionError as error:
        parser.error(str(error))


def _measure_rows(works, workers, *, quick):
    """Measure works and print a row of the table for each; return the rows for JSON."""
    print(f"\n{report.table_header()}", flush=True)
    skip = set() if find_spec("torch") else {"torch_eager", "torch_compiled"}
    if quick:
        skip.add("torch_compiled")
    rows, notes = [], []
    for work in works:
        result = timing.measure(
            work, workers, quick=quick, budget=2 if quick else 12, skip=skip
        )
        peaks = {
            role: memory.peak(work, role, quick=quick)
            for role in ("ours", "theirs")
            if role in result.times and work.measures_memory and not quick
        }
        print(report.table_row(work, result, peaks), flush=True)
        notes += report.footnotes(work, result)
        rows.append(report.row_numbers(work, result, peaks))
    print("", *notes, sep="\n", flush=True)
    return rows


def _measure_features(compared, workers, *, quick):
    """Measure and print the cost of each feature; return {name: seconds} for JSON."""
    print(f"\n{report.feature_header()}", flush=True)
    costs = {}
    for feature in compared:
        try:
            repeats = 2 if quick else 15
            times = workers["ours"].call(features.seconds, feature.name, repeats)
        except WorkerError as error:
            print(f"{feature.name}: {error}")
            continue
        print(report.feature_row(feature, *times), flush=True)
        costs[feature.name] = dict(zip(("with", "without"), times, strict=True))
    return costs


def _measure_checks(checked, workers, *, quick):
    """Measure and print the share of each check in a fit or prediction.

    Return {name: seconds} for JSON.
    """
    print(f"\n{report.check_header()}", flush=True)
    shares = {}
    for check in checked:
        try:
            settings = check.name, 3 if quick else 15, quick
            times = workers["ours"].call(checks.seconds, *settings)
        except WorkerError as error:
            print(f"{check.name}: {error}")
            continue
        max_share = None if check.predicts else checks.MAX_SHARE
        print(report.check_row(check, *times, max_share), flush=True)
        shares[check.name] = dict(zip(("whole", "checks"), times, strict=True))
    return shares


def _measure_gradients(entries, workers, *, quick):
    """Measure and print the gradients of networks; return {name: seconds} for JSON."""
    print(gradients.header(), flush=True)
    measured = {}
    for entry in entries:
        arguments = entry.name, 20 if quick else 500
        try:
            measured[entry.name] = workers["ours"].call(gradients.seconds, *arguments)
        except WorkerError as error:
            print(f"{entry.name}: {error}", flush=True)
            continue
        print(gradients.row(entry, measured[entry.name]), flush=True)
    return measured


def _measure_exponents(curves, workers, *, quick):
    """Measure scaling curves and print their exponents; return them for JSON."""
    print(report.exponent_header(), flush=True)
    fitted = {}
    for curve in curves:
        try:
            fitted[curve.name] = scaling.exponents(curve, workers["ours"], quick=quick)
        except WorkerError as error:
            print(f"{curve.name}: {error}")
            continue
        print(report.exponent_row(curve, fitted[curve.name]), flush=True)
    return fitted


def _measure_sizes(entries, workers, *, quick):
    """Measure and print the rows of "every size"; return {name: numbers} for JSON."""
    print(size_report.header(), flush=True)
    measured = {}
    for entry in entries:
        arguments = entry.name, 2 if quick else 7, quick
        try:
            measured[entry] = workers["ours"].call(size_fits.measure, *arguments)
        except WorkerError as error:
            print(f"{entry.name}: {error}", flush=True)
            continue
        print(size_report.row(entry, measured[entry]), flush=True)
    print(size_report.summary(measured), flush=True)
    return size_report.numbers(measured)


def _matches(patterns, name):
    return not patterns or any(p.lower() in name.lower() for p in patterns)


def _measure_targets(tasks, workers, *, quick):
    """Measure and print the seconds to an accuracy; return the numbers for JSON."""
    print(target_report.header(), flush=True)
    roles = ["ours", "theirs"] + (["torch_eager"] if find_spec("torch") else [])
    if "torch_eager" not in roles:
        print("PyTorch is left out: it is not installed.", flush=True)
    results, written = {}, {}
    for task in tasks:
        if task.missing():
            print(f"\n{task.name} is left out: {task.missing()}.", flush=True)
            continue
        accuracy = task.quick_accuracy if quick else task.accuracy
        if accuracy is None:
            accuracy = workers["ours"].call(race.best_accuracy, task.name)
            accuracy -= task.below_best
        print(target_report.title(task, accuracy), flush=True)
        try:
            threads, outcomes = race.compete(
                task, accuracy, roles, workers, quick=quick
            )
        except WorkerError as error:
            print(f"{task.name}: {error}", flush=True)
            continue
        for role, settings in outcomes.items():
            for name, each in settings.items():
                print(target_report.row(role, name, threads[role, name], each))
        print(target_report.best(outcomes), flush=True)
        results[task.name] = outcomes
        written[task.name] = target_report.numbers(accuracy, outcomes)
    print(target_report.summary(results), flush=True)
    return written


@dataclass(frozen=True, eq=False)
class Part:
    """A table of the benchmarks.

    `measure(entries, workers, quick=...)` prints it and returns its numbers for JSON,
    where they stand under `key`. The titles of its entries begin with `prefix`.
    """

    key: str
    prefix: str
    entries: tuple
    measure: Callable

    def title(self, entry):
        """Return the name by which `--only` finds an entry."""
        return self.prefix + entry.name


PARTS = (
    Part("rows", "", WORKS, _measure_rows),
    Part("features", "feature: ", features.FEATURES, _measure_features),
    Part("exponents", "scaling: ", scaling.CURVES, _measure_exponents),
    Part("checks", "check: ", checks.CHECKS, _measure_checks),
    Part("sizes", "every size: ", SIZES, _measure_sizes),
    Part("gradients", "graph: ", gradients.GRADIENTS, _measure_gradients),
    Part("targets", "target: ", TASKS, _measure_targets),
)


def _parser():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        metavar="TEXT",
        help="only rows with this text in their name; may be repeated",
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer runs, smaller n, a few minutes"
    )
    parser.add_argument(
        "--against",
        metavar="REV",
        help="our rows by the tree and by a git revision, in turns, each built in an "
        "environment of its own; the exit status is 1 if a row is lost",
    )
    parser.add_argument("--list", action="store_true", help="list the rows and end")
    parser.add_argument("--json", metavar="FILE", help="write all numbers to a file")
    return parser


if __name__ == "__main__":
    sys.exit(main())

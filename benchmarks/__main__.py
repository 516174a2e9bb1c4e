"""Time skmlp beside scikit-learn, PyTorch and the bare matrix products."""

import argparse
import json
import os
import sys
import time
from functools import partial
from importlib.util import find_spec

from benchmarks import against, checks, features, memory, report, scaling, timing
from benchmarks.revisions import RevisionError
from benchmarks.workers import Worker, WorkerError, spawn
from benchmarks.works import WORKS


def main():
    """Measure and print the chosen rows one by one; return the exit status."""
    parser = _parser()
    arguments = parser.parse_args()
    works = [work for work in WORKS if _matches(arguments.only, work.name)]
    if arguments.against is not None:
        return _against(works, arguments, parser)
    curves = [
        curve for curve in scaling.CURVES if _matches(arguments.only, _title(curve))
    ]
    compared = [
        feature
        for feature in features.FEATURES
        if _matches(arguments.only, _feature_title(feature))
    ]
    checked = [
        check
        for check in checks.CHECKS
        if _matches(arguments.only, _check_title(check))
    ]
    if not (works or curves or compared or checked):
        parser.error(f"--only: no row has the text {' or '.join(arguments.only)}")
    if arguments.list:
        titles = (*map(_feature_title, compared), *map(_title, curves))
        titles += tuple(map(_check_title, checked))
        print(*(work.name for work in works), *titles, sep="\n")
        return 0
    quick = arguments.quick
    about = report.environment()
    print(report.header(about, quick=quick), flush=True)
    start = time.perf_counter()
    workers = {role: Worker(partial(spawn, role)) for role in timing.ROLES}
    try:
        rows = _measure_rows(works, workers, quick=quick)
        costs = _measure_features(compared, workers["ours"], quick=quick)
        shares = _measure_checks(checked, workers["ours"], quick=quick)
        exponents = _measure_exponents(curves, workers["ours"], quick=quick)
    finally:
        for worker in workers.values():
            worker.stop()
    minutes = (time.perf_counter() - start) / 60
    print(f"\n{minutes:.1f} minutes; load at the end {os.getloadavg()[0]:.1f}")
    if arguments.json:
        numbers = {
            "environment": about,
            "quick": quick,
            "minutes": minutes,
            "rows": rows,
            "features": costs,
            "checks": shares,
            "exponents": exponents,
        }
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
    if not works:
        return []
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


def _measure_features(compared, worker, *, quick):
    """Measure and print the cost of each feature; return {name: seconds} for JSON."""
    if not compared:
        return {}
    print(f"\n{report.feature_header()}", flush=True)
    costs = {}
    for feature in compared:
        try:
            times = worker.compare(feature.name, 2 if quick else 15)
        except WorkerError as error:
            print(f"{feature.name}: {error}")
            continue
        print(report.feature_row(feature, *times), flush=True)
        costs[feature.name] = dict(zip(("with", "without"), times, strict=True))
    return costs


def _measure_checks(checked, worker, *, quick):
    """Measure and print the share of each check in a fit or prediction.

    Return {name: seconds} for JSON.
    """
    if not checked:
        return {}
    print(f"\n{report.check_header()}", flush=True)
    shares = {}
    for check in checked:
        try:
            times = worker.check(check.name, 3 if quick else 15, quick)
        except WorkerError as error:
            print(f"{check.name}: {error}")
            continue
        max_share = None if check.predicts else checks.MAX_SHARE
        print(report.check_row(check, *times, max_share), flush=True)
        shares[check.name] = dict(zip(("whole", "checks"), times, strict=True))
    return shares


def _measure_exponents(curves, worker, *, quick):
    """Measure scaling curves and print their exponents; return them for JSON."""
    if not curves:
        return {}
    print(report.exponent_header(), flush=True)
    fitted = {}
    for curve in curves:
        try:
            fitted[curve.name] = scaling.exponents(curve, worker, quick=quick)
        except WorkerError as error:
            print(f"{curve.name}: {error}")
            continue
        print(report.exponent_row(curve, fitted[curve.name]), flush=True)
    return fitted


def _feature_title(feature):
    return f"feature: {feature.name}"


def _check_title(check):
    return f"check: {check.name}"


def _title(curve):
    return f"scaling: {curve.name}"


def _matches(patterns, name):
    return not patterns or any(p.lower() in name.lower() for p in patterns)


def _parser():
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        metavar="TEXT",
        help="only rows with this text in their name; may be repeated",
    )
    parser.add_argument(
        "--quick", action="store_true", help="fewer runs, smaller n, at most 2 minutes"
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

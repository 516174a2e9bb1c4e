"""Compare the working tree with a git revision: two builds of skmlp run in turns."""

import json
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import product

from benchmarks import report, revisions, sides, timing
from benchmarks.workers import WorkerError

# Ratios of medians of nine rounds that count as noise.
LEAST, MOST = 0.95, 1.05
# Numbers of rounds, one number per pair of processes. The place of the arrays in memory
# depends on chance, and alone can make one process some percent faster than another.
ROUNDS, QUICK_ROUNDS = (3, 3, 3), (3,)
# In a round, short runs are repeated until they have taken this time. The fastest run
# counts, since other work of the machine can only make a run slower.
_ROUND_SECONDS = 0.2

WITHIN, FASTER, LOST = "within noise", "faster", "LOST"
_WIDTHS = (33, 13, 13, 7)


def verdict(ratios):
    """Return WITHIN, FASTER or LOST for the ratios tree / revision of a row.

    `ratios` has one ratio for each measurement of the row. None means that the row has
    to be measured again before it counts as lost.
    """
    if ratios[-1] > MOST:
        return LOST if len(ratios) > 1 else None
    return FASTER if max(ratios) < LEAST else WITHIN


def compare(works, revision, *, quick=False, file=None, build=revisions.build_both):
    """Print a table of works by the tree and by a revision; return the exit status.

    The status is 1 if a row is lost, else 0.
    """
    start, rows = time.perf_counter(), []
    about = report.environment() | {"kernels": "compiled"}
    environments = build(revision)
    origins = {side: environment.origin for side, environment in environments.items()}
    print(_header(about, origins, revision, quick=quick), flush=True)
    with sides.running(environments) as workers:
        for work in works:
            results, decided = measure_until_decided(work, workers, quick=quick)
            decided = decided or f"not in {_short(revision)}"
            print(_line(work, results, decided), flush=True)
            rows.append(_numbers(work, results, decided))
    minutes, load = (time.perf_counter() - start) / 60, os.getloadavg()[0]
    _print_failures(rows, revision)
    print(f"\n{_summary(rows)}; {minutes:.1f} minutes; load at the end {load:.1f}")
    if file:
        numbers = {
            "environment": about,
            "quick": quick,
            "against": revision,
            "origins": origins,
            "within_noise": [LEAST, MOST],
            "minutes": minutes,
            "load_at_the_end": load,
            "rows": rows,
        }
        with open(file, "w", encoding="utf-8") as opened:
            json.dump(numbers, opened, indent=1)
    return int(any(row["verdict"] == LOST for row in rows))


def measure_until_decided(work, workers, *, quick):
    """Return (measurements of a row, verdict); None if the revision cannot run it."""
    # The number of rounds is odd: the side that goes first more often in one
    # measurement goes first less often in the next.
    results, order = [], list(workers)
    while True:
        results.append(_measure(work, workers, order, quick=quick))
        failures = results[-1].failures
        if failures:
            return results, None if "revision" in failures else LOST
        decided = verdict([_ratio(result) for result in results])
        if decided:
            return results, decided


def _measure(work, workers, order, *, quick):
    """Return the Result of a work; every round reverses the order of the sides."""
    result = timing.Result({}, {}, {})
    for n_rounds in QUICK_ROUNDS if quick else ROUNDS:
        for worker in workers.values():
            worker.stop()  # its next request starts a new process
        # Warm up in the order of the first round: no side has two turns in a row.
        upcoming = order[::-1]
        variants = _prepare(work, workers, upcoming, result, quick=quick)
        for _ in range(n_rounds):
            order.reverse()
            for variant, side in product(variants, order):
                time.sleep(timing.SETTLING_SECONDS)
                try:
                    seconds = workers[side].repeat(variant, _ROUND_SECONDS)
                except WorkerError as error:
                    result.failures[side] = str(error)
                    return result
                result.times[side][variant].runs.append(min(seconds))
    return result


def _prepare(work, workers, order, result, *, quick):
    """Prepare all sides and run each once, in order; return the names of the variants.

    The list is empty if a side failed.
    """

    def prepare(side):
        try:
            return workers[side].prepare(work, quick)
        except WorkerError as error:
            result.failures[side] = str(error)
            return []

    with ThreadPoolExecutor(len(workers)) as threads:
        variants = dict(zip(workers, threads.map(prepare, workers), strict=True))
    for side in order:
        times = result.times.setdefault(side, {})
        try:
            for variant in variants[side]:
                unfinished = workers[side].run(variant).unfinished
                times.setdefault(variant, timing.Times(unfinished=unfinished))
        except WorkerError as error:
            result.failures[side] = str(error)
    return [] if result.failures else variants["tree"]


def _ratio(result):
    return None if result.failures else result.ratio("tree", "revision")


def _header(about, origins, revision, *, quick):
    """Return the lines above the table: environment, both sides, and an explanation."""
    name, rounds = _short(revision), sum(QUICK_ROUNDS if quick else ROUNDS)
    lines = [
        *report.machine(about),
        *(origins[side] for side in ("tree", "revision")),
        f"Medians of {rounds} rounds in which both take turns ± their median absolute "
        "deviation in percent; of",
        f"threads, the better of one and all. Within noise: {LEAST} ≤ tree / {name} ≤ "
        f"{MOST}. A row above that is measured",
        "again, and is lost if it is above that again.",
    ]
    if quick:
        lines.append("--quick: fewer rounds, smaller n; a first impression.")
    head = _cells("work", "tree", name, "ratio", "")
    return "\n".join((*lines, "", head, "-" * 100))


def _line(work, results, decided):
    """Return a row of the table: both times, their ratio, and the verdict."""
    last = results[-1]
    times = {
        side: report.time_cell(None if last.failures else last.best(side))
        for side in ("tree", "revision")
    }
    ratios = [_three_digits(_ratio(result)) for result in results]
    twice = f", measured twice: {' and '.join(ratios)}" if len(ratios) > 1 else ""
    text = f"  {decided}{twice}"
    return _cells(work.name, times["tree"], times["revision"], ratios[-1], text)


def _numbers(work, results, decided):
    """Return the numbers of a row for JSON."""
    return {
        "work": work.name,
        "unit": work.unit,
        "verdict": decided,
        "measurements": [
            {
                "ratio": _ratio(result),
                "seconds": {} if result.failures else report.seconds(result),
                "failures": result.failures,
            }
            for result in results
        ],
    }


def _print_failures(rows, revision):
    """Print the errors of the rows that a side could not run."""
    names = {"tree": "tree", "revision": _short(revision)}
    lines = [
        f"{row['work']}: {names[side]}: {text}"
        for row in rows
        for side, text in row["measurements"][-1]["failures"].items()
    ]
    if lines:
        print("", *(line.replace("\n", " ")[:120] for line in lines), sep="\n")


def _summary(rows):
    """Return one line with the number of rows of each verdict."""
    counts = Counter({WITHIN: 0, FASTER: 0, LOST: 0})
    counts.update(row["verdict"] for row in rows)
    parts = (
        f"{number} {name.replace(LOST, 'lost')}" for name, number in counts.items()
    )
    return f"{len(rows)} rows: {', '.join(parts)}"


def _cells(*cells):
    name, *numbers, text = cells
    widths = zip(numbers, _WIDTHS[1:], strict=True)
    return f"{name:<{_WIDTHS[0]}}{''.join(f'{n:>{w}}' for n, w in widths)}{text}"


def _three_digits(ratio):
    return "–" if ratio is None else f"{ratio:.3f}"


def _short(revision):
    return revision if len(revision) <= 12 else f"{revision[:11]}…"

"""Command line `python -m tests.mutated_files`: damaged files end in one line at most.

Messy files of all formats are damaged at random and compared by `skmlp compare`, in
processes of their own.
"""

import argparse
import multiprocessing
import re
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from multiprocessing.connection import wait
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "helpers"))

OUTCOMES = ("compared", "refused", "finding")
SECONDS = 300  # files take less than one; a loaded machine may need more
MEMORY = 4 << 30  # for a file of some kilobytes


def main():
    """Run the files, and exit with status 0, or 1 if there are findings."""
    options = _options()
    if options.file is not None:
        sys.exit(show_file(options.seed, options.file))
    began = time.monotonic()
    table, groups = defaultdict(Counter), defaultdict(list)
    for number, name, outcome, text in _run_all(options):
        table[_kind(name)][outcome] += 1
        if outcome == "finding":
            groups[text.strip().splitlines()[-1][:100]].append((number, name))
    print(f"{'files':<14}" + "".join(f"{name:>10}" for name in OUTCOMES))
    total = sum(table.values(), Counter())
    for name, row in [*sorted(table.items()), ("all", total)]:
        print(f"{name:<14}" + "".join(f"{row[each]:>10}" for each in OUTCOMES))
    for text, found in groups.items():
        print(f"\n{text}: {len(found)} (all about one: --file NUMBER)")
        print("\n".join(f"{number:>6} {name}" for number, name in sorted(found)[:10]))
    spent = time.monotonic() - began
    print(f"\n{options.files} files, {total['finding']} findings, {spent:.0f} s")
    sys.exit(1 if total["finding"] else 0)


def _options():
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutated_files",
        description="Compare files with random damage.",
    )
    add = parser.add_argument
    add("--files", type=int, default=500, help="how many (default 500)")
    add("--seed", type=int, default=0, help="seed of all files (default 0)")
    add("--file", type=int, help="run this one only, and print what it says")
    add("--jobs", type=int, default=2, help="processes (default 2)")
    options = parser.parse_args()
    for name, least in (("files", 1), ("jobs", 1), ("seed", 0), ("file", 0)):
        value = getattr(options, name)
        if value is not None and value < least:
            parser.error(f"--{name}={value}: expected {least} or more")
    return options


def _kind(name):
    """Return the format of a messy file by its name."""
    name = name.rpartition(", then ")[2]
    known = "Excel|Parquet|Feather|JSON lines|JSON|gzip|bzip2|xz|Zstandard|ZIP"
    found = re.search(known, name)
    return found[0] if found else "CSV"


def show_file(seed, number):
    """Run one file in this process, print what it says; return the exit status."""
    from mutated_files import answer, mutated

    name, raw = mutated(number, seed)
    with tempfile.TemporaryDirectory() as folder:
        outcome, text = answer(raw, Path(folder) / "table")
    print(f"{name}: {raw[:300]!r}\n-> {outcome}\n{text}")
    return int(outcome == "finding")


def _run_all(options):
    """Yield the number, name, outcome and text of every file.

    A file that takes too long, or ends its process, is a finding.
    """
    context = multiprocessing.get_context("spawn")
    waiting = list(range(options.files))
    running = {}
    while waiting or running:
        while waiting and len(running) < options.jobs:
            ours, theirs = context.Pipe()
            numbers, waiting = waiting[:100], waiting[100:]
            process = context.Process(
                target=_work, args=(theirs, options.seed, numbers)
            )
            process.start()
            theirs.close()
            running[ours] = [process, numbers, time.monotonic()]
        ready = wait(list(running), timeout=1)
        for pipe, state in list(running.items()):
            process, numbers, began = state
            text = ""
            if pipe in ready:
                try:
                    answered = pipe.recv()
                    yield numbers.pop(0), *answered
                    state[2] = time.monotonic()
                except EOFError:
                    process.join()
                    text = f"the process ended with status {process.exitcode}"
            elif time.monotonic() - began > SECONDS:
                text = f"no end within {SECONDS} s"
            if text or not numbers:
                process.kill()
                process.join()
                del running[pipe]
            if text:
                yield numbers[0], "", "finding", text
                waiting += numbers[1:]


def _work(pipe, seed, numbers):
    """Run files, and send the name, outcome and text of each."""
    from mutated_files import answer, mutated

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            name, raw = mutated(number, seed)
            outcome, text = answer(raw, Path(folder) / "table")
            if re.search(r"MemoryError|[Aa]llocat|memory", text):
                outcome = "finding"  # of a file of some kilobytes
            pipe.send((name, outcome, text))


if __name__ == "__main__":
    main()

"""Command line `python -m tests.comparison_memory`: memory of a comparison of files.

Each row of the table is a file, which `skmlp compare` compares in a process of its own.
The peak is that of the process less its memory after the imports, and the ratio is
that to the size of the table in pandas.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

MEBIBYTE = 1 << 20

# Runs the command line and prints, on the last line, its status and its memory.
CHILD = """
import json, sys
import pandas, pyarrow, sklearn.linear_model, sklearn.model_selection, skrub
import skmlp.model_comparison.datasets, skmlp.model_comparison.terminal
from skmlp.__main__ import main

def memory(key):
    with open("/proc/self/status") as file:
        lines = file.readlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key))

after_import = memory("VmRSS:")
status = main(sys.argv[1:])
print()
print(json.dumps([status, after_import, memory("VmHWM:")]))
"""


def mixed_table(rows, seed=0):
    """Return a frame of 30 columns: numbers, categories, flags, dates, and a target."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    columns = {f"number {i}": rng.normal(size=rows).round(4) for i in range(12)}
    columns["number 0"][rng.random(rows) < 0.02] = np.nan
    columns |= {f"count {i}": rng.poisson(5 + 20 * i, rows) for i in range(5)}
    for i, size in enumerate((2, 3, 5, 8, 12, 20, 30, 60)):
        names = np.array([f"{chr(97 + i)}{j:02d} category" for j in range(size)])
        columns[f"category {i}"] = names[rng.integers(size, size=rows)]
    columns |= {f"flag {i}": rng.random(rows) < 0.3 for i in range(2)}
    columns["share"] = [f"{each:.1f}%" for each in rng.uniform(0, 100, rows)]
    days = rng.integers(0, 3000, rows).astype("m8[D]")
    columns["date"] = (np.datetime64("2015-01-01") + days).astype(str)
    score = columns["number 1"] + (columns["category 1"] == "b01 category")
    columns["target"] = np.where(score + rng.normal(size=rows) > 0.3, "yes", "no")
    return pd.DataFrame(columns)


def wide_table(rows, numbers, categories, seed=0):
    """Return a frame of many columns of numbers and of categories, and a target."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    columns = {f"n{i}": rng.normal(size=rows).round(3) for i in range(numbers)}
    for i in range(categories):
        names = np.array([f"c{i} {j}" for j in range(2 + i % 40)])
        columns[f"c{i}"] = names[rng.integers(len(names), size=rows)]
    first = columns["n0"] if numbers else rng.normal(size=rows)
    columns["target"] = np.where(first + rng.normal(size=rows) > 0, "yes", "no")
    return pd.DataFrame(columns)


def measured(path, options):
    """Run the command line on a file; return bytes after import and at the peak."""
    command = [sys.executable, "-c", CHILD, "compare", str(path), "--target", "target"]
    done = subprocess.run([*command, *options], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the command failed on {path.name}:\n{done.stderr}")
    status, after_import, peak = json.loads(done.stdout.splitlines()[-1])
    if status:
        raise RuntimeError(f"the command ended with {status}:\n{done.stderr}")
    return after_import * 1024, peak * 1024


def main():
    """Print the table of memory."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.comparison_memory", description=__doc__.splitlines()[0]
    )
    add = parser.add_argument
    add("--rows", type=int, default=500_000, help="of mixed columns (default 500000)")
    add("--columns", type=int, default=5000, help="of the wide table (default 5000)")
    add("--cv", type=int, default=2, help="folds (default 2)")
    add("--estimators", help="names, divided by commas (default: all)")
    add("--only", choices=["mixed", "wide", "categories"], help="one table only")
    arguments = parser.parse_args()
    options = ["--cv", str(arguments.cv), "--repeats", "1"]
    if arguments.estimators:
        options += ["--estimators", arguments.estimators]
    tables = {
        "mixed": lambda: mixed_table(arguments.rows),
        "wide": lambda: wide_table(400, arguments.columns, 0),
        "categories": lambda: wide_table(2000, 0, 300),
    }
    head = ("table", "rows", "columns", "size", "after import", "peak", "ratio", "time")
    print("".join(f"{each:>13}" for each in head), "(sizes in MiB)")
    for name, make in tables.items():
        if arguments.only in (None, name):
            print(_row(name, make, options), flush=True)


def _row(name, make, options):
    """Return the row of one table, as text."""
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv"
        make().to_csv(path, index=False)
        frame = pd.read_csv(path, low_memory=False)
        size, shape = int(frame.memory_usage(deep=True).sum()), frame.shape
        del frame
        began = time.monotonic()
        after_import, peak = measured(path, options)
    seconds = time.monotonic() - began
    numbers = [size, after_import, peak]
    shown = [f"{each / MEBIBYTE:.0f}" for each in numbers]
    cells = [name, *map(str, shape), *shown, f"{(peak - after_import) / size:.2f}"]
    return "".join(f"{each:>13}" for each in [*cells, f"{seconds:.0f} s"])


if __name__ == "__main__":
    main()

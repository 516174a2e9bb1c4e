"""A small table, whose files are changed in tests, and its text as CSV."""

import csv
import io

import numpy as np

N_ROWS = 90
TARGET = "out"
CITIES = ("Paris", "Rome", "Oslo")


def clean_table():
    """Return columns by name: `a`, of which `out` is the sign but for noise, and more.

    `a` has three decimals, so that 1000·a is a whole number.
    """
    rng = np.random.default_rng(7)
    a = np.round(rng.normal(scale=3, size=N_ROWS), 3)
    b = np.round(rng.normal(size=N_ROWS), 3)
    positive = a + rng.normal(scale=0.7, size=N_ROWS) > 0
    return {
        "a": a.tolist(),
        "b": b.tolist(),
        "city": [CITIES[i] for i in rng.integers(0, 3, N_ROWS)],
        TARGET: ["yes" if each else "no" for each in positive],
    }


def csv_text(columns, sep=",", end="\n", quoting=csv.QUOTE_MINIMAL):
    """Return the text of a CSV file of columns by name."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=sep, lineterminator=end, quoting=quoting)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return stream.getvalue()

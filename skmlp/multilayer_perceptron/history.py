"""What is noted down of every epoch, as arrays and as lines of a table."""

from typing import NamedTuple

import numpy as np

__all__ = ["EpochRecord", "heading", "history", "line"]


class EpochRecord(NamedTuple):
    """The figures of one epoch, or iteration of L-BFGS; None: not looked at."""

    loss: float
    training_loss: float | None = None
    validation_loss: float | None = None
    validation_score: float | None = None
    learning_rate: float | None = None
    gradient_norm: float | None = None
    seconds: float | None = None


# Heading, width and format of the columns of the table that `verbose` prints.
_COLUMNS = {
    "loss": ("loss", 12, ".6f"),
    "training_loss": ("training loss", 15, ".6f"),
    "validation_loss": ("validation loss", 17, ".6f"),
    "validation_score": ("score", 9, ".4f"),
    "learning_rate": ("rate", 11, ".3g"),
    "gradient_norm": ("gradient", 11, ".2e"),
    "seconds": ("seconds", 10, ".5f"),
}


def history(records):
    """Records -> {figure: array with one entry an epoch}, the figures looked at."""
    columns = zip(EpochRecord._fields, zip(*records, strict=True), strict=False)
    return {
        name: np.array([np.nan if value is None else value for value in values])
        for name, values in columns
        if any(value is not None for value in values)
    }


def heading(record):
    """The line above the table of records like this one."""
    titles = (
        f"{title:>{width}}"
        for title, width, _ in (_COLUMNS[name] for name in _shown(record))
    )
    return "Iteration" + "".join(titles)


def line(number, record):
    """One record as a line of the table."""
    values = record._asdict()
    cells = []
    for name in _shown(record):
        _, width, style = _COLUMNS[name]
        cell = f"{values[name]:{style}}"
        if len(cell) >= width:  # a loss of 1e20 has too many digits before the point
            cell = f"{values[name]:.4e}"
        cells.append(f"{cell:>{width}}")
    return f"{number:9d}" + "".join(cells)


def _shown(record):
    """The figures that a record has."""
    return [name for name, value in record._asdict().items() if value is not None]

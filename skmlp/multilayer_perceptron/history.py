"""History of a fit: as arrays, as a printed table, and as calls of callbacks."""

from dataclasses import replace
from functools import partial

import numpy as np

from skmlp.solvers.epoch import EpochRecord
from skmlp.solvers.training import Observer

__all__ = ["FitObserver", "history"]


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
    """Return {name: array (n_epochs,)} of the recorded values; NaN stands for None."""
    columns = zip(EpochRecord._fields, zip(*records, strict=True), strict=False)
    return {
        name: np.array([np.nan if value is None else value for value in values])
        for name, values in columns
        if any(value is not None for value in values)
    }


def table_heading(record):
    """Return the heading of the table, for the values that the record has."""
    titles = (
        f"{title:>{width}}"
        for title, width, _ in (_COLUMNS[name] for name in _figures_of(record))
    )
    return "Iteration" + "".join(titles)


def table_line(number, record):
    """Return the record of epoch `number` as a line of the table."""
    values = record._asdict()
    cells = []
    for name in _figures_of(record):
        _, width, style = _COLUMNS[name]
        cell = f"{values[name]:{style}}"
        # A large number has too many digits before the point; scores have few places.
        for digits in range(5, 0, -1):
            if len(cell) < width:
                break
            cell = f"{values[name]:.{digits}g}"
        cells.append(f"{cell:>{width}}")
    return f"{number:9d}" + "".join(cells)


def _figures_of(record):
    """Return the names of the values of a record that are not None."""
    return [name for name, value in record._asdict().items() if value is not None]


class FitObserver(Observer):
    """Observer that reports each epoch to callbacks and, if verbose, prints it."""

    def __init__(self, callbacks, estimator, problem, training):
        self.callbacks, self.training = callbacks, training
        self.verbose, self.n_iter = estimator.verbose, 0
        self.prediction_attributes = partial(
            estimator._prediction_attributes, problem.network, problem.targets
        )

    def attributes(self, parameters):
        """Return {name: value} of the fitted attributes so far, as copies."""
        scores = self.training.validation_scores
        training = replace(
            self.training,
            losses=self.training.losses.copy(),
            records=self.training.records.copy(),
            validation_scores=None if scores is None else scores.copy(),
        )
        return {
            **self.prediction_attributes(parameters.copy()),
            "loss_curve_": training.losses,
            "validation_scores_": training.validation_scores,
            "n_iter_": self.n_iter,
            "t_": training.samples,
            "_training": training,
        }

    def begin(self, parameters):
        """Report to the callbacks that an epoch begins."""
        self.callbacks.begin(lambda: self.attributes(parameters))

    def record(self, record):
        """Print the record as a line of the table, after a heading if it is new."""
        self.n_iter += 1
        if not self.verbose:
            return
        title = table_heading(record)
        if title != self.training.heading:
            print(title)
        self.training.heading = title
        print(table_line(len(self.training.records), record))

    def end(self, parameters, epoch):
        """Report that an epoch has ended; return True if a callback asks to stop."""
        return self.callbacks.end(lambda: self.attributes(parameters))

    def tell(self, text):
        """Print the text if verbose."""
        if self.verbose:
            print(text)

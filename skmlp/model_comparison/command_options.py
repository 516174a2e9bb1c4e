"""Options of ``skmlp compare``: their names, their help, and what values they take."""

import argparse
from pathlib import Path

__all__ = ["add_compare_options"]

_LARGEST_SEED = 2**32 - 1


def add_compare_options(parser):
    """Add the arguments of ``skmlp compare`` to a parser."""
    add = parser.add_argument
    add(
        "data",
        metavar="DATA",
        help="iris, wine, breast_cancer, digits, diabetes, the path of a file (CSV, "
        "Parquet, Feather, JSON or Excel; ./iris for a file of such a name), or - for "
        "standard input",
    )
    add(
        "--target",
        metavar="COLUMN",
        help="column of a file to predict (default: the one named target, class, "
        "label or y)",
    )
    add(
        "--task",
        choices=["classification", "regression"],
        help="kind of target (default: classification for text, booleans and whole "
        "numbers with at most 20 distinct values, else regression)",
    )
    add("--cv", type=_at_least(2), default=5, metavar="N", help="folds (default 5)")
    add(
        "--repeats",
        type=_at_least(1),
        metavar="N",
        help="number of random splits into folds (default 3, and 1 from 100,000 rows "
        "on)",
    )
    add(
        "--seed",
        type=_at_least(0, _LARGEST_SEED),
        default=0,
        metavar="N",
        help="seed of the folds and the networks (default 0)",
    )
    add(
        "--estimators",
        metavar="NAMES",
        help="models to compare, divided by commas, such as LDA,MLP (default: all of "
        "Perceptron, LDA, logistic regression and MLP; for a numeric target MLP and "
        "ridge)",
    )
    add(
        "--tune",
        type=_above_zero,
        metavar="SECONDS",
        help="try other parameters of each model in the training rows of each fold, "
        "for so many seconds a model",
    )
    add(
        "--budget",
        type=_above_zero,
        metavar="SECONDS",
        help="end after so many seconds, and report the folds that are done; a fit in "
        "progress is ended too (on Windows the time is looked at between the fits)",
    )
    add(
        "--against",
        choices=["sklearn"],
        help="also fit scikit-learn's estimators, and show the ratio of fit times",
    )
    add(
        "--scoring",
        metavar="NAME",
        help="scorer of scikit-learn to rank by, such as roc_auc (default: log loss; "
        "for a numeric target RMSE)",
    )
    add(
        "--rope",
        type=_not_negative,
        metavar="WIDTH",
        help="largest difference that does not matter (default: 0.01 for accuracy and "
        "other shares, else 1 %% of the baseline's loss)",
    )
    add(
        "-v",
        "--verbose",
        action="store_true",
        help="also print the other measures, the tests of all pairs, and what was "
        "fitted: preparation of the columns, and parameters of the models",
    )
    add(
        "--plot",
        type=Path,
        metavar="FILE",
        help="plot scores and calibration into a .png, .pdf or .svg file",
    )
    add("--json", type=Path, metavar="FILE", help="write all numbers into a JSON file")
    add(
        "--snippet",
        type=Path,
        metavar="FILE",
        help="write Python code that fits the same models into a .py file",
    )
    _add_file_options(parser)


def _add_file_options(parser):
    """Add the arguments on how a file is read, in place of what is guessed."""
    group = parser.add_argument_group(
        "how a file is read", "What is guessed is told by notes; these override it."
    )
    add = group.add_argument
    add(
        "--sep",
        metavar="MARK",
        help="delimiter of a CSV file: one character, or the word tab",
    )
    add(
        "--decimal",
        choices=[".", ","],
        metavar="MARK",
        help="decimal mark of numbers: . or ,",
    )
    add(
        "--thousands",
        choices=[".", ",", " ", "'"],
        metavar="MARK",
        help="mark between thousands in numbers: . , ' or a blank",
    )
    add("--encoding", metavar="NAME", help="encoding of text, such as cp1252")
    add(
        "--na",
        action="append",
        metavar="TEXT",
        help="text or number that stands for a missing value, in place of usual ones "
        "such as NA and ? (may be repeated)",
    )
    add("--sheet", metavar="NAME", help="sheet of an Excel file (default: the first)")
    for name, what in (
        ("drop", "column to leave out"),
        ("keep", "column to use though it looks like an identifier"),
    ):
        add(
            f"--{name}",
            action="append",
            default=[],
            metavar="COLUMN",
            help=f"{what} (may be repeated)",
        )
    add(
        "--groups",
        metavar="COLUMN",
        help="column of groups, such as patients: rows of one group are in one fold",
    )
    add(
        "--time",
        metavar="COLUMN",
        help="column of times: tests are on later rows than the training",
    )


def _at_least(least, most=None):
    """Return a function that converts text to an integer from `least` to `most`."""

    def whole_number(text):
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number"
            ) from None
        if number < least or (most is not None and number > most):
            limits = f"{least} or more" if most is None else f"{least} to {most}"
            raise argparse.ArgumentTypeError(f"{number} is out of range: {limits}")
        return number

    return whole_number


def _not_negative(text):
    """Convert text to a number of zero or more."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is out of range: 0 or more")
    return number


def _above_zero(text):
    """Convert text to a number above zero."""
    number = _not_negative(text)
    if number == 0:
        raise argparse.ArgumentTypeError("0 is out of range: above 0")
    return number

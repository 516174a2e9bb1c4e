"""The command line: ``skmlp compare DATA``."""

import argparse
import codecs
import dataclasses
import os
import sys
import warnings
from pathlib import Path

import skmlp

__all__ = ["main"]

EXIT_WRONG_INPUT = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE
_LARGEST_SEED = 2**32 - 1
_PLAIN_LETTERS = {"−": "-", "–": "-", "─": "-", "±": "+-", "×": "x", "²": "^2"}


def main(argv=None):
    """Run the command line; returns the exit status."""
    try:
        status = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        # A terminal has shown ^C on this line already.
        print("\n" * sys.stderr.isatty() + "interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read has left; the interpreter must not flush into that pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except (ValueError, OSError, ImportError, MemoryError) as error:
        print(f"skmlp: error: {_one_line(error)}", file=sys.stderr)
        return EXIT_WRONG_INPUT


class _Parser(argparse.ArgumentParser):
    """A parser whose errors take one line."""

    def error(self, message):
        self.exit(
            EXIT_WRONG_INPUT,
            f"{self.prog}: error: {message}; see {self.prog} --help\n",
        )


def _run(argv):
    """Parse and do what is asked; returns the exit status."""
    codecs.register_error("skmlp-plain", _in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="skmlp-plain")
    try:
        arguments = _parser().parse_args(argv)
    except SystemExit as stop:
        return stop.code
    return _compare(arguments)


def _in_plain_letters(error):
    """Error handler of an encoding without ± and the like, such as ASCII."""
    missing = error.object[error.start : error.end]
    return "".join(_PLAIN_LETTERS.get(each, "?") for each in missing), error.end


def _parser():
    """The options of every command."""
    parser = _Parser(
        prog="skmlp",
        description="Perceptron, linear discriminant analysis, logistic regression and "
        "multi-layer perceptrons.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--version", action="version", version=f"skmlp {skmlp.__version__}"
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    compare = commands.add_parser(
        "compare",
        help="compare the estimators on a data set",
        description="Compare the estimators on the same folds of a data set: scores, "
        "fit times, and whether linear discriminant analysis and logistic regression "
        "(for a numeric target: the network and ridge) can be told apart.",
        allow_abbrev=False,
    )
    _add_compare_options(compare)
    return parser


def _add_compare_options(parser):
    """The options of ``skmlp compare``."""
    add = parser.add_argument
    add(
        "data",
        metavar="DATA",
        help="iris, wine, breast_cancer, digits, diabetes, or the path of a CSV or "
        "Parquet file (./iris for a file of such a name)",
    )
    add(
        "--target",
        metavar="COLUMN",
        help="column of a file to predict; one called target, class, label or y if "
        "left out",
    )
    add(
        "--task",
        choices=["classification", "regression"],
        help="unless given, text, truth values and whole numbers of at most 20 "
        "distinct values are classes, and all else is a regression",
    )
    add("--cv", type=_at_least(2), default=5, metavar="N", help="folds (default 5)")
    add(
        "--repeats",
        type=_at_least(1),
        default=3,
        metavar="N",
        help="how often the rows are dealt into folds anew (default 3)",
    )
    add(
        "--seed",
        type=_at_least(0, _LARGEST_SEED),
        default=0,
        metavar="N",
        help="seed of the folds and the networks (default 0)",
    )
    add(
        "--against",
        choices=["sklearn"],
        help="put scikit-learn's estimators beside those of skmlp, with the ratio of "
        "fit times",
    )
    add(
        "--plot",
        type=Path,
        metavar="FILE",
        help="draw scores and calibration into a .png, .pdf or .svg file",
    )
    add("--json", type=Path, metavar="FILE", help="write every number into a file")


def _at_least(least, most=None):
    """Type of an option: a whole number in a range."""

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


def _compare(arguments):
    """``skmlp compare``."""
    _check_outputs(arguments)
    # Imported here: these take seconds, --help should not.
    from skmlp import model_comparison
    from skmlp.model_comparison import datasets
    from skmlp.model_comparison.terminal import FitProgress

    dataset = datasets.load(arguments.data, arguments.target)
    _print_warning_of_kernels()
    with FitProgress() as on_fit:
        comparison = model_comparison.compare(
            dataset.X,
            dataset.y,
            cv=arguments.cv,
            repeats=arguments.repeats,
            random_state=arguments.seed,
            task=arguments.task,
            against=arguments.against,
            name=dataset.name,
            target_name=dataset.target,
            on_fit=on_fit,
        )
    notes = (*dataset.notes, *comparison.notes)
    comparison = dataclasses.replace(comparison, notes=notes)
    try:
        _write_files(comparison, arguments)
    finally:
        # Last, as a reader who leaves early must not cost the files; but in any case.
        _print_report(comparison)
    return 0


def _print_warning_of_kernels():
    """Print in one line, not as Python does, that the reference kernels are slow."""
    from skmlp.base.fit_context import warn_of_reference_kernels

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_reference_kernels()
    for each in caught:
        print(f"skmlp: warning: {_one_line(each.message)}", file=sys.stderr)


def _write_files(comparison, arguments):
    """What was asked for beside the report."""
    if arguments.json is not None:
        arguments.json.write_text(comparison.to_json() + "\n", encoding="utf-8")
    if arguments.plot is not None:
        comparison.plot(arguments.plot)


def _check_outputs(arguments):
    """Raise now for what would fail after the work is done."""
    for option in ("plot", "json"):
        path = getattr(arguments, option)
        if path is None:
            continue
        if path.is_dir():
            raise ValueError(f"--{option} {path} is a directory; name a file in it.")
        if not path.parent.is_dir():
            raise ValueError(
                f"there is no directory {path.parent} for --{option}; create it first."
            )
    if arguments.plot is not None:
        from skmlp.model_comparison.display import require_format

        require_format(arguments.plot)


def _print_report(comparison):
    """The report, with colours on a terminal only."""
    from skmlp.model_comparison.terminal import print_on_terminal, rich_console

    console = rich_console(sys.stdout)
    if console is None:
        print(comparison)
        return
    print_on_terminal(comparison, console)


def _one_line(error):
    """An error's message on one line."""
    text = " ".join(str(error).split())
    notes = getattr(error, "__notes__", [])
    return f"{text or type(error).__name__}{''.join(f' ({note})' for note in notes)}"


if __name__ == "__main__":
    sys.exit(main())

"""Command line of skmlp: ``skmlp compare DATA``."""

import argparse
import codecs
import dataclasses
import os
import sys
import warnings
from functools import partial

import skmlp
from skmlp.model_comparison.command_options import add_compare_options
from skmlp.model_comparison.visible_text import visible

__all__ = ["main"]

EXIT_WRONG_INPUT = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as in shells
EXIT_BROKEN_PIPE = 141  # 128 + SIGPIPE
_PLAIN_LETTERS = {"−": "-", "–": "-", "─": "-", "±": "+-", "×": "x", "²": "^2"}


def main(argv=None):
    """Run the command line; return the exit status."""
    try:
        status = _run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        print(f"{_new_line_of_terminal()}interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _leave_standard_output()
        return EXIT_BROKEN_PIPE
    except (ValueError, OSError, ImportError, MemoryError) as error:
        print(f"skmlp: error: {_one_line(error)}", file=sys.stderr)
        return EXIT_WRONG_INPUT


class _Parser(argparse.ArgumentParser):
    """Argument parser that prints errors on one line."""

    def error(self, message):
        """Print the message on one line and exit with EXIT_WRONG_INPUT."""
        self.exit(
            EXIT_WRONG_INPUT,
            f"{self.prog}: error: {visible(message)}; see {self.prog} --help\n",
        )


def _run(argv):
    """Parse the arguments and run the command; return the exit status."""
    codecs.register_error("skmlp-plain", _in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="skmlp-plain")
    try:
        arguments = _parse(argv)
    except SystemExit as stop:
        return stop.code
    return _compare(arguments)


def _parse(argv):
    """Return the parsed arguments; an unknown one is an error of its own command."""
    parser = _parser()
    arguments, unknown = parser.parse_known_args(argv)
    if unknown:
        parser = getattr(arguments, "parser", parser)
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return arguments


def _in_plain_letters(error):
    """Replace characters such as ± by ASCII text: an error handler of encodings."""
    missing = error.object[error.start : error.end]
    return "".join(_PLAIN_LETTERS.get(each, "?") for each in missing), error.end


def _parser():
    """Return the argument parser of all commands."""
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
        "fit times, which of them suits the data best or whether several do equally "
        "well, and whether any of them is better than a baseline.",
        allow_abbrev=False,
    )
    compare.set_defaults(parser=compare)
    add_compare_options(compare)
    return parser


def _compare(arguments):
    """Run ``skmlp compare``; return the exit status."""
    from skmlp.model_comparison.output_files import output_files, write_files

    files = output_files(arguments)
    # Imported here, as they take seconds, and --help should be fast.
    from skmlp import model_comparison
    from skmlp.model_comparison import datasets, table_files
    from skmlp.model_comparison.finished_folds import even_if_interrupted
    from skmlp.model_comparison.recipe_of_data import recipe_of_data
    from skmlp.model_comparison.running_time import RunningTime
    from skmlp.model_comparison.terminal import FitProgress

    running = RunningTime(arguments.budget, ends_fits=True)

    if arguments.groups is not None and arguments.time is not None:
        raise ValueError("--groups and --time cannot be combined; give one of them.")
    if arguments.na is not None and arguments.data in datasets.BUNDLED:
        raise ValueError(f"{arguments.data} is no file; leave out the option --na.")
    dataset = datasets.load(
        arguments.data,
        arguments.target,
        options=table_files.FileOptions(
            arguments.sep,
            arguments.encoding,
            arguments.sheet,
            as_text=arguments.decimal is not None or arguments.thousands is not None,
        ),
        drop=arguments.drop,
        keep=arguments.keep,
        groups=arguments.groups,
        time=arguments.time,
    )
    _print_warning_of_kernels()
    # `compare` gets the only reference, so that it can free the table before the fits.
    columns, dataset = (
        [dataset.y, dataset.X],
        dataclasses.replace(dataset, X=None, y=None),
    )
    with FitProgress(running) as on_fit:
        compare = partial(
            model_comparison.compare,
            estimators=_names(arguments.estimators),
            cv=arguments.cv,
            repeats=arguments.repeats,
            random_state=arguments.seed,
            task=arguments.task,
            against=arguments.against,
            scoring=arguments.scoring,
            rope=arguments.rope,
            name=dataset.name,
            target_name=dataset.target,
            on_fit=on_fit,
            groups=dataset.groups,
            time=dataset.time,
            keep=arguments.keep,
            decimal=arguments.decimal,
            thousands=arguments.thousands,
            missing=arguments.na,
            tune=arguments.tune,
            budget=running,
        )
        comparison, held = even_if_interrupted(
            lambda: compare(columns.pop(), columns.pop())
        )
    notes = (*dataset.notes, *comparison.notes)
    recipe = recipe_of_data(comparison.recipe, arguments)
    comparison = dataclasses.replace(comparison, notes=notes, recipe=recipe)
    if comparison.ended_by == "interrupt":
        print(
            f"{_new_line_of_terminal()}skmlp: interrupted; the report holds {held}",
            file=sys.stderr,
        )
    messages = write_files(files, comparison)
    try:
        # After the files, as printing may fail if the reader closes the pipe.
        _print_report(comparison, verbose=arguments.verbose)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        messages.append(_keep_report(comparison, error, verbose=arguments.verbose))
    finally:
        for message in messages:
            print(f"skmlp: error: {_one_line(message)}", file=sys.stderr)
    if messages:
        return EXIT_WRONG_INPUT
    return EXIT_INTERRUPTED if comparison.ended_by == "interrupt" else 0


def _names(text):
    """Return a list of names divided by commas, or None."""
    if text is None:
        return None
    return [name for name in map(str.strip, text.split(",")) if name]


def _print_warning_of_kernels():
    """Print the warning of slow reference kernels on one line, without a traceback."""
    from skmlp.base.fit_context import warn_of_reference_kernels

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_reference_kernels()
    for each in caught:
        print(f"skmlp: warning: {_one_line(each.message)}", file=sys.stderr)


def _keep_report(comparison, error, *, verbose):
    """Write the report into a temporary file; return the message that names it."""
    from skmlp.model_comparison.output_files import temporary_file

    _leave_standard_output()
    report = f"{comparison.report(verbose=verbose)}\n"
    name = temporary_file(report.encode("utf-8"), ".txt")
    where = "" if name is None else f"; it is in {name}"
    return f"the report could not be printed ({error.strerror or error}){where}"


def _leave_standard_output():
    """Lead standard output nowhere: at exit, Python must not flush into it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _new_line_of_terminal():
    """Return a line break if standard error is a terminal, whose line shows ^C."""
    return "\n" * sys.stderr.isatty()


def _print_report(comparison, *, verbose=False):
    """Print the report, with colours if standard output is a terminal."""
    from skmlp.model_comparison.terminal import print_on_terminal, rich_console

    console = rich_console(sys.stdout)
    if console is None:
        print(comparison.report(verbose=verbose))
        return
    print_on_terminal(comparison, console, verbose=verbose)


def _one_line(error):
    """Return the message of an error, with its notes, on one line."""
    text = " ".join(str(error).split())
    notes = getattr(error, "__notes__", [])
    shown = f"{text or type(error).__name__}{''.join(f' ({note})' for note in notes)}"
    return visible(shown)


if __name__ == "__main__":
    sys.exit(main())

"""Command line of skmlp: ``skmlp compare DATA``."""

import argparse
import codecs
import dataclasses
import os
import sys
import warnings

import skmlp
from skmlp.model_comparison.command_options import add_compare_options

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
        # In a terminal, this line already shows ^C.
        print("\n" * sys.stderr.isatty() + "interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader closed the pipe; at exit, Python must not flush into it again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
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
            f"{self.prog}: error: {message}; see {self.prog} --help\n",
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
    _check_outputs(arguments)
    # Imported here, as they take seconds, and --help should be fast.
    from skmlp import model_comparison
    from skmlp.model_comparison import datasets, table_files
    from skmlp.model_comparison.recipe_of_data import recipe_of_data
    from skmlp.model_comparison.terminal import FitProgress

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
    with FitProgress() as on_fit:
        comparison = model_comparison.compare(
            columns.pop(),
            columns.pop(),
            _names(arguments.estimators),
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
        )
    notes = (*dataset.notes, *comparison.notes)
    recipe = recipe_of_data(comparison.recipe, arguments)
    comparison = dataclasses.replace(comparison, notes=notes, recipe=recipe)
    try:
        _write_files(comparison, arguments)
    finally:
        # After the files, as printing may fail if the reader closes the pipe; and even
        # if the files could not be written.
        _print_report(comparison, verbose=arguments.verbose)
    return 0


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


def _write_files(comparison, arguments):
    """Write the files that --json, --plot and --snippet ask for."""
    if arguments.json is not None:
        arguments.json.write_text(comparison.to_json() + "\n", encoding="utf-8")
    if arguments.plot is not None:
        comparison.plot(arguments.plot)
    if arguments.snippet is not None:
        arguments.snippet.write_text(comparison.snippet_, encoding="utf-8")


def _check_outputs(arguments):
    """Raise ValueError before the fits if an output file could not be written."""
    for option in ("plot", "json", "snippet"):
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
    return f"{text or type(error).__name__}{''.join(f' ({note})' for note in notes)}"


if __name__ == "__main__":
    sys.exit(main())

"""Command line: ``python -m benchmarks.tabular``."""

import argparse
import os
import sys
from pathlib import Path

from benchmarks.tabular.report import REFERENCE, lines
from benchmarks.tabular.runs import N_FOLDS, N_REPEATS, run
from benchmarks.tabular.settings import SETTINGS
from benchmarks.tabular.tables import TABLES

_ONLY = "only the {} whose names contain TEXT; may be repeated"


def main(argv=None):
    """Run the fits that are not in the cache, and print the report."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tabular", description=main.__doc__
    )
    add = parser.add_argument
    add("--only", metavar="TEXT", action="append", help=_ONLY.format("tables"))
    add("--setting", metavar="TEXT", action="append", help=_ONLY.format("settings"))
    add(
        "--folds",
        type=int,
        default=N_FOLDS * N_REPEATS,
        choices=range(1, N_FOLDS * N_REPEATS + 1),
        metavar="N",
        help="the first N of the ten folds (default: all)",
    )
    add(
        "--cache",
        type=Path,
        default=Path("build/tabular"),
        metavar="FOLDER",
        help="folder of the results of fits, which are not repeated (default: "
        "build/tabular). Delete it after a change of the code",
    )
    add("--plot", type=Path, metavar="FILE", help="draw the scores of all tables")
    add("--report-only", action="store_true", help="no fits: report what is there")
    arguments = parser.parse_args(argv)
    try:
        tables = _chosen(TABLES, "--only", arguments.only, lambda each: each.name)
        settings = _chosen(
            SETTINGS, "--setting", arguments.setting, lambda each: each.key
        )
        _make_folder(arguments.cache)
        if arguments.plot is not None:
            _check_plot(arguments.plot, settings)
    except ValueError as error:
        parser.error(str(error))
    records, missing = run(
        tables,
        settings,
        arguments.cache,
        folds=arguments.folds,
        on_fit=_progress,
        fits=not arguments.report_only,
    )
    for each in missing:
        print(f"left out: {each}", file=sys.stderr)
    if not records:
        print(f"There are no results in {arguments.cache}.", file=sys.stderr)
        return 2
    print("\n".join(lines(records, tables)))
    if arguments.plot is not None:
        from benchmarks.tabular.picture import plot  # needs matplotlib

        try:
            plot(records, tables, arguments.plot)
        except (OSError, ValueError) as error:
            print(f"--plot {arguments.plot}: {error}", file=sys.stderr)
            return 2
    return 0


def _chosen(entries, option, texts, name_of):
    """Return the entries whose names contain one of the texts; all without texts.

    ValueError if no name contains a text.
    """
    for text in texts or ():
        if not any(text in name_of(each) for each in entries):
            names = ", ".join(map(name_of, entries))
            raise ValueError(f"{option}: no name contains {text!r}. Names are: {names}")
    if texts is None:
        return list(entries)
    return [each for each in entries if any(text in name_of(each) for text in texts)]


def _make_folder(folder):
    """Make the folder of the results; ValueError if this is impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(f"--cache {folder}: {error.strerror}") from None


def _check_plot(file, settings):
    """Raise ValueError if a picture of the settings cannot be drawn to a file."""
    try:
        from matplotlib.backend_bases import FigureCanvasBase
    except ImportError:
        raise ValueError("--plot needs matplotlib: pip install matplotlib") from None
    kinds = sorted(FigureCanvasBase.get_supported_filetypes())
    if file.suffix[1:].lower() not in kinds:
        raise ValueError(f"--plot {file}: give one of the suffixes {', '.join(kinds)}")
    if file.is_dir() or not os.access(file.parent, os.W_OK):
        raise ValueError(f"--plot {file}: this is no file, or its folder is missing")
    if not any(each.key == REFERENCE[each.task] for each in settings):
        needed = " or ".join(map(repr, REFERENCE.values()))
        raise ValueError(f"--plot compares with {needed}: choose it by --setting, too")


def _progress(record):
    """Print one line for a fit on standard error."""
    score = next(iter(record.scores.items()))
    print(
        f"{record.table}, {record.setting}, fold {record.fold}: "
        f"{score[0]} {score[1]:.3f}, {record.seconds:.1f} s",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())

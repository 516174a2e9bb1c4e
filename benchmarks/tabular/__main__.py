"""Command line: ``python -m benchmarks.tabular``."""

import argparse
import sys
from pathlib import Path

from benchmarks.tabular.report import lines
from benchmarks.tabular.runs import N_FOLDS, N_REPEATS, run
from benchmarks.tabular.settings import SETTINGS
from benchmarks.tabular.tables import TABLES


def main(argv=None):
    """Run the fits that are not in the cache, and print the report."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.tabular", description=main.__doc__
    )
    add = parser.add_argument
    add("--only", metavar="TEXT", action="append", help="tables with this text")
    add("--setting", metavar="TEXT", action="append", help="settings with this text")
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
        help="folder of the results of fits (default: build/tabular)",
    )
    add("--plot", type=Path, metavar="FILE", help="draw the scores of all tables")
    add("--report-only", action="store_true", help="no fits: report what is there")
    arguments = parser.parse_args(argv)
    tables = _chosen(TABLES, arguments.only, lambda each: each.name)
    settings = _chosen(SETTINGS, arguments.setting, lambda each: each.key)
    if not tables or not settings:
        parser.error("nothing is chosen; see the names in benchmarks/tabular")
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
    print("\n".join(lines(records, tables)))
    if arguments.plot is not None:
        from benchmarks.tabular.picture import plot  # needs matplotlib

        plot(records, tables, arguments.plot)
    return 0


def _chosen(entries, texts, name_of):
    """Return the entries whose names contain one of the texts; all without texts."""
    if texts is None:
        return list(entries)
    return [each for each in entries if any(text in name_of(each) for text in texts)]


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
